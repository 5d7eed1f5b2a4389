#!/usr/bin/env python3
"""Checks a Plimsoll ledger without Plimsoll: verify_ledger.py FOLDER [PUBLIC_KEY_HEX]"""
import hashlib, json, pathlib, re, sys
P, L, ZERO = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493, "0" * 64
D, ROOT = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)
END = rb',"hash":"([0-9a-f]{64})","signature":"([0-9a-f]{128})"\}\n'
SEAL = re.compile(rb'\{"seal":(\d+),"records":(\d+)' + END)
HEAD = re.compile(rb'\{"head":(\d+),"records":(\d+),"segment":(\d+),"offset":(\d+)' + END)
RECORD = re.compile(rb'\{"seq":(\d+),"time_ms":(?:0|[1-9]\d*),"kind":"[a-z][a-z0-9_]{0,31}","body":(\{.*\})\}')
SEALED = b"plimsoll-ledger 1 block %b records %b hash %b"
STATED = b"plimsoll-ledger 1 head %b records %b segment %b offset %b hash %b"
def add(a, b):  # points of Ed25519, as RFC 8032 section 5.1.4 adds them
    s, t, u, v = (a[1]-a[0]) * (b[1]-b[0]), (a[1]+a[0]) * (b[1]+b[0]), 2*a[3]*b[3]*D, 2*a[2]*b[2]
    return (t-s) * (v-u) % P, (v+u) * (t+s) % P, (v-u) * (v+u) % P, (t-s) * (t+s) % P
def times(n, p): return add(times(n >> 1, add(p, p)), p if n & 1 else (0, 1, 1, 0)) if n else (0, 1, 1, 0)
def point(y, sign):
    x = pow(xx := (y * y - 1) * pow(D * y * y + 1, -1, P) % P, (P + 3) // 8, P)
    x = x if x * x % P == xx else x * ROOT % P
    return (x, y, 1, x * y % P) if x % 2 == sign else (P - x, y, 1, -x * y % P)
def signed(key, text, *values):  # the last value is the signature of the text with the others in it
    key, signature = bytes.fromhex(key.decode()), bytes.fromhex(values[-1].decode())
    r, s, y = signature[:32], int.from_bytes(signature[32:], "little"), int.from_bytes(key, "little")
    h = int.from_bytes(hashlib.sha512(r + key + text % values[:-1]).digest(), "little") % L
    x, y, z, _ = add(times(s, point(4 * pow(5, -1, P) % P, 0)), times(h, point(y % 2**255, 1 - (y >> 255))))
    return s < L and r == (y * pow(z, -1, P) % P | x * pow(z, -1, P) % P % 2 << 255).to_bytes(32, "little")
def need(holds, block, problem): return holds or sys.exit("block %d: %s" % (block, problem))
def verify(folder, key=None):  # returns (records, blocks, hash of the last block)
    files = {p.name: p.read_bytes() for p in pathlib.Path(folder).iterdir() if p.name not in ("key", "lock")}
    number, tail, block, records, last, ends = 1, b"", 0, 0, ZERO, {0: (0, 0, 0, ZERO)}
    if not {"key.pub", "segment-000001.jsonl"} & files.keys() and files.get("head", b"")[:10] in (b"", b'{"head":0,'):
        return 0, 0, ZERO
    key = key.encode() + b"\n" if key else files.get("key.pub", b"")
    need(re.fullmatch(rb"[0-9a-f]{64}\n", key), 1, "there is no valid public key")
    while (data := files.get("segment-%06d.jsonl" % number)) is not None:
        need(not tail, block + 1, "bytes follow the last seal of a segment that is not the last")
        start, header = 0, b'{"plimsoll_ledger":1,"segment":%d,"previous":"%b"}\n' % (number, last.encode())
        for line in re.finditer(rb'^\{"seal":.*\n', data, re.M):
            seal, content = SEAL.fullmatch(line[0]), data[start : line.start()]
            need(seal and seal[1] == b"%d" % (block + 1), block + 1, "the next seal is not its own")
            need(signed(key, SEALED, *seal.groups()), block + 1, "the signature of its seal is not valid")
            last = hashlib.blake2b(bytes.fromhex(last) + content, digest_size=32).hexdigest()
            need(last.encode() == seal[3], block + 1, "its bytes are not those that were sealed")
            need(start or content.startswith(header), block + 1, "its segment has another header")
            for text in content[0 if start else len(header):].split(b"\n")[:-1]:
                record, records = RECORD.fullmatch(text), records + 1
                need(record and record[1] == b"%d" % records and json.loads(record[2]) != 0, block + 1, "not a record")
            block, start = block + 1, line.end()
            need(0 < records - ends[block - 1][0] == int(seal[2]), block, "its seal counts other records")
            ends[block] = records, number, start, last
        number, tail = number + 1, data[start:]
    torn = len(tail) <= 8 << 20 and not any(signed(key, SEALED, *m.groups()) for m in SEAL.finditer(tail))
    need(torn, block + 1, "what follows the last block is no interrupted write")
    head = HEAD.fullmatch(files.get("head", b""))
    need(head and signed(key, STATED, *head.groups()), max(block, 1), "the head is missing or not signed")
    at, *end = map(int, head.group(1, 2, 3, 4))
    need(at <= block, block + 1, "missing or damaged: the head ends with block %d" % at)
    need(ends[at] == (*end, head[5].decode()), at, "the head does not say how it ends")
    return need(block <= at + 1, at + 2, "it is more than one past the head") and (records, block, last)
if __name__ == "__main__":
    print("%d records in %d blocks hold; head %s" % verify(*sys.argv[1:3]))
