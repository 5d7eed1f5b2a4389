"""docs/gateway.md: what it has readers type works, in its order and with the answers that it shows; its tables are those of
the server, the line and the sources; its links lead somewhere."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from call_fixtures import PROGRAM, ROOT, UNWANTED
from gateway_fixtures import Gateway, wait_until

PAGE = (ROOT / "docs" / "gateway.md").read_text(encoding="utf-8")
OPENAPI = yaml.safe_load((ROOT / "docs" / "reference" / "gateway.openapi.yaml").read_text(encoding="utf-8"))


def blocks(language):
    """The blocks of a language, each with the heading that it stands under."""
    found, heading = [], ""
    for match in re.finditer(r"^## ([^\n]+)$|^```(\w*)\n(.*?)^```$", PAGE, re.M | re.S):
        if match.group(1):
            heading = match.group(1)
        elif match.group(2) == language:
            found.append((heading, match.group(3)))
    return found


def rows_under(header):
    """The cells of each row of the table whose header begins so."""
    table = re.search(r"^\| " + re.escape(header) + r".*\n\|[-:| ]+\n((?:\|.*\n)+)", PAGE, re.M).group(1)
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in table.splitlines()]


# --- Five minutes ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The gateway of the page's line, and the ports that stand in place of those of the page."""
    models = subprocess.Popen(
        [sys.executable, ROOT / "examples" / "serve" / "model_server.py", "--token-ms", "0", "--model=small:0", "--model=large:0"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        port = re.search(r":(\d+)/v1", models.stdout.readline()).group(1)  # of both
        line = next(text for heading, text in blocks("yaml") if heading == "Five minutes")
        line = line.replace("8801", port).replace("8802", port)
        # It is served as it stands, on any free ports.
        with Gateway(tmp_path_factory.mktemp("shop"), line + 'serve: {listen: "127.0.0.1:0", admin: "127.0.0.1:0"}\n') as gateway:
            yield gateway
    finally:
        models.terminate()
        models.stdout.close()
        models.wait(timeout=10)


def type_in(gateway, text):
    """Runs a block of the shell in the line's folder; (exit status, standard output, standard error)."""
    for port, real in (("8700", gateway.port), ("8701", gateway.admin_port)):
        text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{real}")
    folder = gateway.folder / "bin"
    folder.mkdir(exist_ok=True)
    if not (folder / "plimsoll").exists():
        (folder / "plimsoll").symlink_to(PROGRAM)
    clean = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    env = {**clean, "PATH": f"{folder}:{os.environ['PATH']}", "NO_COLOR": "1"}
    done = subprocess.run(["bash", "-ec", text], cwd=gateway.folder, env=env, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def typed(gateway, beginning):
    """The block of the page that begins so, run."""
    (text,) = [text for _, text in blocks("sh") if text.startswith(beginning)]
    return text, type_in(gateway, text)


pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the page has readers use curl")


def test_the_first_line_is_a_good_one(shop):
    for more in ([], ["--explain"]):
        done = subprocess.run([PROGRAM, "check", *more], cwd=shop.folder, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr


def test_the_addresses_are_told_as_the_page_shows(shop):
    shown = [text for heading, text in blocks("") if text.startswith("$ plimsoll serve")]
    expected = shown[0].replace("8700", str(shop.port)).replace("8701", str(shop.admin_port)).splitlines()[1:]
    assert shop.stderr.splitlines()[:2] == expected


def test_the_first_question_is_answered_by_the_large_model(shop):
    _, (code, out, _) = typed(shop, "curl -i http://127.0.0.1:8700/v1/chat/completions")
    head, _, body = out.replace("\r\n", "\n").partition("\n\n")
    assert code == 0 and head.startswith("HTTP/1.1 200 ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head.splitlines()[1:])}
    assert (headers["x-plimsoll-model"], headers["x-plimsoll-tier"]) == ("large", "1")
    assert "`x-plimsoll-model: large`, `x-plimsoll-tier: 1`" in PAGE
    assert " EUR" in json.loads(body)["choices"][0]["message"]["content"]
    assert shop.wait_for_record(headers["x-plimsoll-decision"])["model"] == "large"


def test_the_python_of_the_page_runs(shop):
    pytest.importorskip("openai")
    ((_, text),) = blocks("python")
    script = text.replace("127.0.0.1:8700", f"127.0.0.1:{shop.port}")
    done = subprocess.run([sys.executable, "-c", script], env=shop.environment(), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and done.stdout == "That makes 12 EUR.\n", done.stderr


def test_feedback_flag_and_record_are_as_the_page_types_them(shop):
    _, (code, out, err) = typed(shop, "curl http://127.0.0.1:8700/v1/feedback")
    assert code == 0, err
    assert '{"recorded":1}' in out
    assert [record["change"] for record in shop.records("flag")] == ["off", "on"]
    assert shop.records("feedback")[-1]["name"] == "accepted"
    wait_until(lambda: shop.chat("What do 3 cups at 4 EUR cost?", model="orders")[0] == 200, what="the feature")


def test_decisions_of_others_are_reported(shop):
    _, (code, out, err) = typed(shop, "curl http://127.0.0.1:8700/v1/decisions")
    assert code == 0 and out == '{"recorded":1}', err
    assert any(record["id"] == "order-17" for record in shop.records("decision"))


def test_the_flag_is_changed_by_the_admin(shop):
    text, (code, out, err) = typed(shop, "curl http://127.0.0.1:8701/admin/flag")
    assert code == 0 and json.loads(out)["killed"] is True, err
    code, out, err = type_in(shop, text.replace('"off"', '"on"'))
    assert code == 0 and json.loads(out)["killed"] is False, err


def test_every_block_of_the_shell_was_typed():
    """A block that is added is to be tested: here is one test for each."""
    beginnings = [" ".join(text.split()[:2]) for _, text in blocks("sh")]
    assert beginnings == [
        "python3 examples/serve/model_server.py", "curl -i", "curl http://127.0.0.1:8700/v1/feedback",
        "curl http://127.0.0.1:8700/v1/decisions", "curl http://127.0.0.1:8701/admin/flag",
    ]  # fmt: skip


# --- What the front page shows of it ---------------------------------------------------------------------------


README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_line_of_the_front_page_is_that_of_this_page():
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", README, re.M | re.S)
    assert yaml.safe_load(text) == yaml.safe_load(next(text for heading, text in blocks("yaml") if heading == "Five minutes"))


def test_the_question_of_the_front_page_is_answered(shop):
    (text,) = re.findall(r"^```sh\n(.*?)^```$", README, re.M | re.S)
    code, out, err = type_in(shop, text)
    assert code == 0 and json.loads(out)["choices"][0]["message"]["content"] == "That makes 12 EUR.", err


# --- Snippets of the line ------------------------------------------------------------------------------------


SNIPPETS = sorted(set(re.findall(r"`((?:serve|shadow|route|data|guard|flag|experiment): ?\{[^`]+\}|route\.preference: \{[^`]+\}|hold_back: \{[^`]+\})`", PAGE)))


def check(folder, line):
    (folder / "plimsoll.yaml").write_text(json.dumps(line))
    done = subprocess.run([PROGRAM, "check"], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def base():
    line = yaml.safe_load(next(text for heading, text in blocks("yaml") if heading == "Five minutes"))
    line["models"]["challenger"] = line["models"]["small"]
    return line


def test_there_are_snippets():
    assert len(SNIPPETS) >= 6


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_snippet_is_taken_by_the_check_of_the_line(tmp_path, snippet):
    line, (name, value) = base(), next(iter(yaml.safe_load(snippet).items()))
    if name == "hold_back":
        line["route"]["hold_back"] = value
    elif name == "route.preference":
        line["route"]["preference"] = value
    else:
        line[name] = value
    code, said = check(tmp_path, line)
    assert code == 0, said


def test_the_entry_of_another_model_is_taken(tmp_path):
    (text,) = [text for heading, text in blocks("yaml") if heading == "Any other model"]
    line = {**base(), **yaml.safe_load(text)}
    line["route"] = {"tiers": [{"model": "scorer"}], "confidence": {"from": "field", "path": "$.confidence"}}
    code, said = check(tmp_path, line)
    assert code == 0, said


# --- Tables ---------------------------------------------------------------------------------------------------


def test_the_codes_of_errors_are_those_of_the_api():
    told = [code for row in rows_under("status | `code`") for code in re.findall(r"`(\w+)`", row[1])]
    assert sorted(told) == sorted(OPENAPI["components"]["schemas"]["ErrorCode"]["enum"])


def test_the_headers_of_answers_are_those_of_the_api():
    headers = OPENAPI["components"]["responses"]["BadRequest"]["headers"]
    written = " ".join(row[0] for row in rows_under("header of an answer"))
    for name in headers:
        parts = name.lower().split("-")
        if parts[1] == "ratelimit":
            assert f"-{parts[2]}-" in written and parts[3] in written, name
        else:
            assert f"`{name.lower()}`" in written, name


def test_the_sections_are_those_that_are_served():
    reference = (ROOT / "docs" / "reference" / "line.md").read_text(encoding="utf-8")
    anchors = {re.sub(r"[^a-z0-9-]", "", h.lower().replace(" ", "-")) for h in re.findall(r"^#+ (.+)$", reference, re.M)}
    rows = rows_under("section | says")
    assert {re.search(r"`(\w+)`", row[0]).group(1) for row in rows} == {"models", "route", "flag", "experiment", "shadow", "guard", "serve"}
    for row in rows:
        assert re.search(r"line\.md#([\w-]+)\)", row[0]).group(1) in anchors


def number_at(path, pattern):
    return re.search(pattern, (ROOT / path).read_text(encoding="utf-8")).group(1)


# A bound of the page, and where it stands in the sources.
BOUNDS = {
    "10 MB": ("src/line/keys_serve.c", r'"body",[^{}]*\.fallback = "(10MB)"'),
    "32 KiB": ("src/net/http.h", r"HEAD_SIZE_BYTES_MAX \((32) \* 1024\)"),
    "100 headers": ("src/net/http.h", r"HEADERS_MAX\s+(100)\b"),
    "10,000": ("src/line/keys_serve.c", r'"connections",[^{}]*\.fallback = "(10_000)"'),
    "admin address 64": ("src/gateway/worker.c", r"ADMIN_CONNECTIONS_MAX\s+(64)\b"),
    "10 s; 60 s": ("src/gateway/worker.c", r"HEAD_MS\s+(10000)\s[^/]*WRITE_MS\s+60000"),
    "75 s; 60 s": ("src/gateway/worker.c", r"IDLE_MS\s+(75000)\b"),
    "32 MiB; 4 MiB": ("src/gateway/leg.c", r"ANSWER_SIZE_BYTES_MAX \(\(size_t\)(32) << 20\)\n#define EVENT_SIZE_BYTES_MAX\s+\(\(size_t\)4 << 20\)"),
    "64 KiB, then": ("src/gateway/record.c", r"PAYLOAD_SIZE_BYTES_MAX \(\(size_t\)(64) << 10\)"),
    "256 bytes, then": ("src/gateway/start.c", r"SEGMENT_SIZE_BYTES_MAX (256)\b"),
    "1,000": ("src/gateway/feedback.h", r"FEEDBACK_BATCH_MAX (1000)\b"),
    "64 KiB, 256 attributes": ("src/flag/ofrep.h", r"BODY_SIZE_BYTES_MAX \(\(size_t\)(64) << 10\)\n#define PL_OFREP_ATTRIBUTES_MAX\s+256\b"),
    "4,096 for each worker": ("src/gateway/events.h", r"EVENT_CLIENTS_MAX (4096)\b"),
    "8, 64, 16, 16, 32": ("src/line/serving.h", r"TIERS_MAX\s+(8)\n.*RULES_MAX\s+64\n.*ARMS_MAX\s+16\n.*EXPERIMENTS_MAX\s+16\n.*GUARDS_MAX\s+32\n"),
    "1 GiB on disk": ("src/spool/spool.c", r"SPILL_SIZE_BYTES_DEFAULT \(\(uint64_t\)(1) << 30\)"),
    "8 KiB": ("src/net/head.c", r"longer than (8 KiB)"),
}  # fmt: skip


@pytest.mark.parametrize("written", BOUNDS)
def test_a_bound_is_that_of_the_sources(written):
    assert any(written in row[1] for row in rows_under("what | bound")), written
    assert number_at(*BOUNDS[written])


def test_every_bound_is_compared():
    for row in rows_under("what | bound"):
        assert any(written in row[1] for written in BOUNDS) or row[2].startswith("`route.attempts`"), row


def test_links_lead_somewhere():
    links = re.findall(r"\]\(([^)\s]+)\)", PAGE)
    assert len(links) > 20
    for link in links:
        path, _, anchor = link.partition("#")
        target = ROOT / "docs" / path
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.M)
            assert anchor in {re.sub(r"[^a-z0-9-]", "", h.lower().replace(" ", "-")) for h in headings}, link
