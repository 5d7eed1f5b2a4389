"""The gateway beside no gateway, nginx, Portkey's gateway and LiteLLM: what each adds, carries and takes.

    script/bench gateway [--rounds N] [--seconds S] [--peers LIST] [--only LIST] [--soak SECONDS] [--nice N]
    script/bench gateway --smoke       a few seconds, no peers: does the rig work?

All peers stand in front of the same upstream (gateway_upstream.c) and are asked by the same load
(gateway_load.c), in turn, each round in another order; a figure is the median of the rounds, with the smallest
and largest. What a peer adds is its figure minus that of `direct` in the same round. Latency at concurrency 1: the load
on one processor, the peer and the upstream on another, so that `direct` crosses processors as often as they do.
Throughput: the peer alone on its processor. Plimsoll has its ledger, its key check and limits of the key
on; the others do as their classes in gateway_peers.py say. Writes bench/out/gateway.json.

Environment: PLIMSOLL is the program; gateway_upstream and gateway_load are found beside it. PORTKEY and LITELLM are
the folders that script/bench has installed them in.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import gateway_peers
from gateway_peers import Missing, Plimsoll, request_body

OUT = Path(__file__).resolve().parent / "out"
TOOLS = Path(os.environ["PLIMSOLL"]).parent / "bench"
PACED, HELD = "mock-pace-20000x64", "mock-pace-1000000x20"
MODELS = ("mock", PACED, HELD)
MEGABYTE = 1_000_000


class Rig:
    """The upstream, the processors, and how load is made."""

    def __init__(self, options, folder):
        self.options, self.folder = options, Path(folder)
        count = len(os.sched_getaffinity(0))
        processors = sorted(os.sched_getaffinity(0))
        self.pinned = count >= 2
        self.load_on, self.peer_on = processors[0], processors[-1]
        self.peers, self.missing, self.asked = [], {}, {}

    def pin(self):
        return str(self.peer_on) if self.pinned else ""

    @contextmanager
    def upstream(self):
        process = subprocess.Popen([str(TOOLS / "gateway_upstream")], stdout=subprocess.PIPE, text=True)
        try:
            self.url, self.upstream_pid = process.stdout.readline().strip(), process.pid
            yield
        finally:
            process.terminate()
            process.wait(10)

    def place_upstream(self, beside_peer):
        if self.pinned:
            os.sched_setaffinity(self.upstream_pid, {self.peer_on if beside_peer else self.load_on})

    def upstream_stats(self):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.url + "/stats", timeout=10) as reply:
            return json.load(reply)

    def start(self, kind):
        """A peer that runs, or a note that it is missing."""
        peer = kind(self.folder, self.url, self.pin(), MODELS)
        try:
            peer.start()
        except Missing as reason:
            peer.stop()
            self.missing[kind.name] = str(reason)
            print(f"{kind.name} is not measured: {reason}", file=sys.stderr)
            return None
        if peer.process and self.pinned:
            for pid in peer.pids():
                os.sched_setaffinity(pid, {self.peer_on})
        self.peers.append(peer)
        return peer

    def load(self, peer, model="mock", stream=False, size=None, **settings):
        """One run of the load; a dictionary of what it has measured, with the peer's processor time."""
        body = self.folder / "body.json"
        body.write_text(json.dumps(request_body(peer.model_of(model), stream, size)))
        command = [str(TOOLS / "gateway_load"), "--host", peer.host, "--path", peer.path, "--body", str(body)]
        command += [part for header in peer.headers for part in ("--header", header)]
        command += [part for name, value in settings.items() for part in (f"--{name}", str(value))]
        command += ["--stream"] if stream else []
        if self.pinned:
            command = ["taskset", "-c", str(self.load_on), *command]
        used = peer.processor_seconds()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{peer.name}: {done.stderr}")
        if done.stderr:
            print(f"{peer.name}: {done.stderr.strip()}", file=sys.stderr)
        row = json.loads(done.stdout)
        if "asked" in row:
            row["processor_us"] = round((peer.processor_seconds() - used) / max(1, row["asked"]) * 1e6, 2)
            self.asked[peer.name] = self.asked.get(peer.name, 0) + row["asked"]
            row["errors"] = sum(row[name] for name in ("status_bad", "broken", "streams_unfinished", "stream_errors", "unanswered"))
        return row

    def rounds(self, peers, **settings):
        """Each round asks all peers, beginning with another one; the rows of each peer."""
        rows = {peer.name: [] for peer in peers}
        for i in range(self.options.rounds):
            at = i % len(peers)
            for peer in peers[at:] + peers[:at]:
                rows[peer.name].append(self.load(peer, **settings))
        return rows


# --- Figures -------------------------------------------------------------------------------------------


def spread(values):
    return {"median": round(statistics.median(values), 3), "least": round(min(values), 3), "most": round(max(values), 3)}


def quantiles(rows, direct, what, names=("p50", "p90", "p99", "p999")):
    """The quantiles of each peer, and what it adds to those of `direct` in the same round."""
    result = {}
    for peer, mine in rows.items():
        one = {"requests": sum(row["ok"] for row in mine), "errors": sum(row["errors"] for row in mine)}
        for name in names:
            pairs = [(row[what].get(name), base[what].get(name)) for row, base in zip(mine, rows[direct])]
            pairs = [(a, b) for a, b in pairs if a is not None and b is not None]
            if pairs:
                one[name] = spread([a for a, _ in pairs])
                one["added_" + name] = spread([a - b for a, b in pairs])
        result[peer] = one
    return result


def throughput(rows):
    result = {}
    for peer, mine in rows.items():
        result[peer] = {
            "per_second": spread([row["ok_per_second"] for row in mine]),
            "p99_us": spread([row["latency_us"].get("p99", 0.0) for row in mine]),
            "processor_us": spread([row["processor_us"] for row in mine]),
            "errors": sum(row["errors"] for row in mine),
        }
    return result


def ratios(rows, other):
    """How many times what another carries, in each round."""
    return {
        peer: spread([a["ok_per_second"] / max(1.0, b["ok_per_second"]) for a, b in zip(mine, rows[other])])
        for peer, mine in rows.items()
    }


# --- What is measured ----------------------------------------------------------------------------------


def measure_latency(rig, peers):
    rig.place_upstream(beside_peer=True)
    rows = rig.rounds(peers, concurrency=1, seconds=rig.options.seconds, warm=0.3)
    return quantiles(rows, "direct", "latency_us")


def measure_throughput(rig, peers):
    rig.place_upstream(beside_peer=False)
    rows = rig.rounds(peers, concurrency=64, seconds=rig.options.seconds, warm=0.5)
    result = {"peers": throughput(rows)}
    for other in ("nginx", "portkey", "litellm"):
        if other in rows:
            result["times_" + other] = ratios(rows, other)
    return result


def measure_open(rig, peers):
    """Requests due at fixed times, from the time at which they were due."""
    rig.place_upstream(beside_peer=False)
    result = {}
    for rate, slowest in ((100, ()), (2000, ("portkey", "litellm"))):
        able = [peer for peer in peers if peer.name not in slowest]
        rows = rig.rounds(able, concurrency=128, rate=rate, seconds=rig.options.seconds, warm=0.5)
        result[str(rate)] = quantiles(rows, "direct", "latency_us")
        for peer, mine in rows.items():
            result[str(rate)][peer]["unsent"] = sum(row["unsent"] for row in mine)
    return result


def measure_first_event(rig, peers):
    """One stream at a time, its deltas as fast as can be: the first event."""
    rig.place_upstream(beside_peer=True)
    rows = rig.rounds(peers, stream=True, concurrency=1, seconds=rig.options.seconds, warm=0.3)
    return quantiles(rows, "direct", "first_event_us")


def measure_paced(rig, peers):
    """64 deltas, 20 ms apart, 32 streams at a time: the first event and the gaps."""
    rig.place_upstream(beside_peer=False)
    seconds = max(3.0, 2 * rig.options.seconds)
    rows = rig.rounds(peers, model=PACED, stream=True, concurrency=32, seconds=seconds, warm=0, ramp=1)
    return {
        "first_event": quantiles(rows, "direct", "first_event_us"),
        "gap": quantiles(rows, "direct", "gap_us"),
    }


def measure_bodies(rig, peers):
    rig.place_upstream(beside_peer=True)
    result = {}
    for size in (32_000, 1_000_000):
        rows = rig.rounds(peers, size=size, concurrency=1, seconds=rig.options.seconds, warm=0.3)
        result[str(size)] = quantiles(rows, "direct", "latency_us", names=("p50", "p99"))
    return result


class Watcher:
    """Samples a peer's memory, and how many streams the upstream has open, while something runs."""

    def __init__(self, rig, peer, every):
        self.rig, self.peer, self.every = rig, peer, every
        self.samples, self.ends = [], threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.begun = time.monotonic()
        self.thread.start()
        return self

    def run(self):
        while not self.ends.wait(self.every):
            streaming = self.rig.upstream_stats()["streaming"]
            self.samples.append((time.monotonic() - self.begun, self.peer.memory_bytes(), streaming))

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join(10)

    def memory_most(self):
        return max((memory for _, memory, _ in self.samples), default=0)


def measure_streams(rig, peers):
    """So many streams at a time, each 20 deltas a second apart: the memory that they take."""
    rig.place_upstream(beside_peer=False)
    result = {}
    for peer in peers:
        if peer.name in ("direct", "litellm"):  # the second holds one stream of this many
            continue
        before = peer.memory_bytes()
        with Watcher(rig, peer, 0.2) as watcher:
            row = rig.load(peer, model=HELD, stream=True, concurrency=rig.options.streams, seconds=24, warm=0, ramp=6, grace=30)
        result[peer.name] = {
            "streams_most": max((streaming for _, _, streaming in watcher.samples), default=0),
            "whole": row["ok"], "errors": row["errors"], "connects_failed": row["connects_failed"],
            "memory_before": before, "memory_most": watcher.memory_most(),
            "gap_p99_us": row["gap_us"].get("p99"),
        }  # fmt: skip
    return result


def measure_connects(rig, peers):
    """A hundred thousand connections that are opened and reset at once."""
    rig.place_upstream(beside_peer=False)
    result = {}
    for peer in peers:
        if peer.name not in ("nginx", "plimsoll"):
            continue
        before = peer.memory_bytes()
        row = rig.load(peer, concurrency=256, connects=rig.options.connects)
        after = rig.load(peer, concurrency=1, seconds=0.5, warm=0)
        result[peer.name] = {
            **row, "memory_before": before, "memory_after": peer.memory_bytes(), "answers_after": after["ok"],
            "errors_after": after["errors"],
        }  # fmt: skip
    return result


def slope(points):
    """Bytes a second, by least squares."""
    if len(points) < 2:
        return 0.0
    mean_x, mean_y = (statistics.fmean(values) for values in zip(*points))
    above = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return above / sum((x - mean_x) ** 2 for x, _ in points)


def measure_soak(rig, peers):
    """A steady load for long: whether the resident size grows. The first fifth is warm-up."""
    rig.place_upstream(beside_peer=False)
    result = {}
    for peer in peers:
        if peer.name != "plimsoll":
            continue
        with Watcher(rig, peer, 1.0) as watcher:
            row = rig.load(peer, concurrency=64, rate=1000, seconds=rig.options.soak, warm=1)
        settled = [(at, memory) for at, memory, _ in watcher.samples if at > rig.options.soak / 5]
        result[peer.name] = {
            "seconds": rig.options.soak, "requests": row["ok"], "errors": row["errors"], "unsent": row["unsent"],
            "p99_us": row["latency_us"].get("p99"), "memory_first": settled[0][1] if settled else None,
            "memory_last": settled[-1][1] if settled else None, "memory_most": watcher.memory_most(),
            "bytes_per_second": round(slope(settled), 1),
            "samples": [(round(at, 1), memory) for at, memory, _ in watcher.samples],
        }  # fmt: skip
    return result


MEASURES = {
    "latency": measure_latency, "throughput": measure_throughput, "open": measure_open,
    "first_event": measure_first_event, "paced": measure_paced, "bodies": measure_bodies,
    "streams": measure_streams, "connects": measure_connects, "soak": measure_soak,
}  # fmt: skip


def records_of(peer):
    """How many decisions stand in the ledger of a peer that has ended."""
    count = 0
    for segment in sorted((peer.folder / ".plimsoll" / "ledger").glob("segment-*.jsonl")):
        with open(segment, "rb") as file:
            count += sum(b'"kind":"decision"' in line for line in file)
    return count


# --- The table -----------------------------------------------------------------------------------------


def dig(document, *names):
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def shown(value):
    if value is None:
        return "-"
    if isinstance(value, dict):
        return f"{value['median']:,.5g} ({value['least']:,.4g} to {value['most']:,.4g})"
    return f"{value:,.5g}"


# What is shown, where it stands in the results, and the goal for Plimsoll: (least, most).
GOALS = (
    ("added p50 at concurrency 1, µs", ("latency", "plimsoll", "added_p50"), (None, 50)),
    ("added p99 at concurrency 1, µs", ("latency", "plimsoll", "added_p99"), (None, 200)),
    ("throughput, times nginx's", ("throughput", "times_nginx", "plimsoll"), (0.5, None)),
    ("throughput, times Portkey's", ("throughput", "times_portkey", "plimsoll"), (15, None)),
    ("added p99 of the first event, µs", ("first_event", "plimsoll", "added_p99"), (None, 300)),
    ("memory of the concurrent streams, bytes", ("streams", "plimsoll", "memory_most"), (None, 300 * MEGABYTE)),
    ("memory when idle, bytes", ("idle", "plimsoll", "memory"), (None, 20 * MEGABYTE)),
    ("growth over the soak, bytes a second", ("soak", "plimsoll", "bytes_per_second"), (None, 2000)),
)


def print_peers(results):
    rows = (
        ("p50 at concurrency 1, µs", ("latency", None, "p50")),
        ("p99 at concurrency 1, µs", ("latency", None, "p99")),
        ("added p50, µs", ("latency", None, "added_p50")),
        ("added p99, µs", ("latency", None, "added_p99")),
        ("requests a second, 64 at a time", ("throughput", "peers", None, "per_second")),
        ("processor time of a request, µs", ("throughput", "peers", None, "processor_us")),
        ("open loop, 100/s, p99, µs", ("open", "100", None, "p99")),
        ("open loop, 2,000/s, p99, µs", ("open", "2000", None, "p99")),
        ("first event, added p99, µs", ("first_event", None, "added_p99")),
        ("paced: first event, added p99, µs", ("paced", "first_event", None, "added_p99")),
        ("paced: gap, added p99, µs", ("paced", "gap", None, "added_p99")),
        ("memory when idle, bytes", ("idle", None, "memory")),
        ("memory with many streams, bytes", ("streams", None, "memory_most")),
        ("seconds to start", ("idle", None, "started_seconds")),
    )
    for title, path in rows:
        print(f"{title}:")
        for peer in results["peers"]:
            value = dig(results, *(peer if name is None else name for name in path))
            if value is not None:
                print(f"    {peer:10} {shown(value)}")


def print_goals(results):
    for title, path, (least, most) in GOALS:
        value = dig(results, *path)
        number = value["median"] if isinstance(value, dict) else value
        if number is None:
            verdict = "not measured"
        else:
            met = (least is None or number >= least) and (most is None or number <= most)
            verdict = "met" if met else "NOT met"
        goal = f"at least {least:,}" if most is None else f"at most {most:,}"
        print(f"{title}: {shown(value)}; the goal is {goal}: {verdict}")


# --- The runs ------------------------------------------------------------------------------------------


def selected(options):
    names = options.peers.split(",")
    return [kind for kind in gateway_peers.PEERS if kind.name == "direct" or kind.name in names]


def run_all(rig):
    options = rig.options
    wanted = options.only.split(",") if options.only else [name for name in MEASURES if name != "soak"]
    wanted += ["soak"] if options.soak and "soak" not in wanted else []
    results = {"idle": {}, "rounds": options.rounds, "seconds": options.seconds, "load_average": os.getloadavg()}
    for kind in selected(options):
        peer = rig.start(kind)
        if peer and peer.process:
            time.sleep(1.0)
            results["idle"][peer.name] = {"memory": peer.memory_bytes(), "started_seconds": round(peer.started_seconds, 3)}
            rig.load(peer, concurrency=4, seconds=0.1 if options.smoke else 1.5, warm=0)
    results["peers"] = [peer.name for peer in rig.peers]
    for name in wanted:
        print(f"==> {name}", file=sys.stderr)
        results[name] = MEASURES[name](rig, rig.peers)
    results["load_average_after"] = os.getloadavg()
    return results


def stop_all(rig, results):
    for peer in rig.peers:
        code = peer.stop()
        if isinstance(peer, Plimsoll):
            results["record"] = {"asked": rig.asked.get(peer.name, 0), "records": records_of(peer), "exit": code}
    results["missing"] = rig.missing


def smoke(rig):
    """Does the rig work? Each kind of load once, briefly, on what is there."""
    rig.options.rounds, rig.options.seconds, rig.options.soak = 1, 0.3, 2
    results = run_all(rig)
    latency = results["latency"]
    for name, row in latency.items():
        assert row["requests"] > 0 and row["errors"] == 0, (name, row)
        assert 0 < row["p50"]["median"] <= row["p99"]["median"], (name, row)
    for name, row in results["throughput"]["peers"].items():
        assert row["per_second"]["median"] > 0 and row["errors"] == 0, (name, row)
    for name, row in results["first_event"].items():
        assert row["requests"] > 0 and row["errors"] == 0, (name, row)
    for name, row in results["open"]["100"].items():
        assert row["errors"] == 0, (name, row)
    return results


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each run of the load")
    parser.add_argument("--peers", default="nginx,plimsoll,portkey,litellm")
    parser.add_argument("--only", default="", help=", ".join(MEASURES))
    parser.add_argument("--streams", type=int, default=5000)
    parser.add_argument("--connects", type=int, default=100_000)
    parser.add_argument("--soak", type=float, default=0, help="so many seconds of steady load at the end")
    parser.add_argument("--nice", type=int, default=0, help="the priority of everything here; below 0 needs root")
    parser.add_argument("--smoke", action="store_true")
    return parser.parse_args()


def main():
    options = parse()
    if options.nice:
        os.setpriority(os.PRIO_PROCESS, 0, options.nice)
    if options.smoke:
        options.peers, options.only = "plimsoll", "latency,throughput,open,first_event"
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        rig = Rig(options, folder)
        results = {}
        with rig.upstream():
            try:
                results = smoke(rig) if options.smoke else run_all(rig)
            finally:
                stop_all(rig, results)
    OUT.mkdir(exist_ok=True)
    if not options.smoke:
        (OUT / "gateway.json").write_text(json.dumps(results, indent=2) + "\n")
    print_peers(results)
    for name, reason in rig.missing.items():
        print(f"NOT MEASURED: {name}: {reason}")
    if "record" in results:
        print(f"the ledger has {results['record']['records']:,} decisions of {results['record']['asked']:,} requests of the load")
    if not options.smoke:
        print_goals(results)


if __name__ == "__main__":
    main()
