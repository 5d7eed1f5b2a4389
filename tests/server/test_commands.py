"""Commands as the engine runs them: fed, read, bounded, killed with all that they started."""

import time

import pytest

from call_fixtures import driver, server  # noqa: F401  fixtures


def command(*argv, **more):
    return {"name": "tool", "argv": list(argv), **more}


def shell(text, **more):
    return command("/bin/sh", "-c", text, **more)


def text_of(result):
    assert result["end"] == "done", result
    return result["replies"][0]["text"]


def test_a_command_is_fed_and_its_output_is_the_answer(driver):
    result = driver.one(command("cat"), {"input": "Grüße\n\"x\"\n"})
    assert text_of(result) == "Grüße\n\"x\"\n" and result["status"] == 0 and result["attempts"] == 1
    assert not result["cost_known"] and result["latency_ms"] > 0


def test_words_are_not_looked_at_by_a_shell(driver):
    assert text_of(driver.one(command("printf", "%s|", "a b", "$HOME", "*", ";true"), {})) == "a b|$HOME|*|;true|"


def test_large_inputs_and_outputs_pass_at_once(driver):
    text = "0123456789abcdef" * 65536 * 3
    result = driver.one(command("cat"), {"input": text})
    assert result["end"] == "done" and result["replies"][0]["text_size"] == len(text)


def test_an_input_that_is_not_read_is_no_failure(driver):
    assert text_of(driver.one(shell("echo done"), {"input": "x" * 1000000})) == "done\n"


def test_a_status_is_told_with_the_last_line_of_stderr(driver):
    result = driver.one(shell("echo part; echo first >&2; echo 'it went wrong' >&2; exit 3"), {})
    assert result["end"] == "exit" and result["status"] == 3
    assert result["sentence"] == "tool ended with status 3: it went wrong"
    assert result["errors"] == "first\nit went wrong\n" and result["replies"][0]["text"] == "part\n"


def test_only_the_end_of_stderr_is_kept(driver):
    result = driver.one(shell("i=0; while [ $i -lt 20000 ]; do echo \"line é $i\" >&2; i=$((i+1)); done; exit 1"), {})
    assert len(result["errors"].encode()) <= 4096 and result["errors"].endswith("line é 19999\n")
    assert "\ufffd" not in result["errors"]


def test_a_signal_is_told(driver):
    result = driver.one(shell("kill -SEGV $$"), {})
    assert result["end"] == "signal" and result["signal"] == 11
    assert result["sentence"] == "tool was ended by the signal SEGV"


@pytest.mark.parametrize("argv", [["/no/such/program"], ["no-such-program-anywhere"], ["/"]])
def test_a_command_that_cannot_start_is_told(driver, argv):
    result = driver.one(command(*argv), {})
    assert result["end"] == "no_start" and result["sentence"].startswith(f"tool: cannot start '{argv[0]}'"), result


def test_a_command_runs_in_its_folder(driver, tmp_path):
    assert text_of(driver.one(command("pwd", folder=str(tmp_path)), {})) == f"{tmp_path}\n"
    result = driver.one(command("pwd", folder=str(tmp_path / "none")), {})
    assert result["end"] == "no_start" and "none" in result["sentence"]


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def is_gone_soon(pid):
    for _ in range(200):
        if not is_alive(pid):
            return True
        time.sleep(0.05)
    return False


def test_a_command_that_takes_too_long_is_killed_with_all_it_started(driver, tmp_path):
    child = tmp_path / "child"
    result = driver.one(shell(f"sleep 300 & echo $! > {child}; echo begun; wait", total_ms=500), {})
    assert result["end"] == "timeout" and result["sentence"] == "tool was not done within 500 ms, and was killed"
    assert is_gone_soon(int(child.read_text()))


def test_what_a_command_leaves_running_is_killed_and_not_waited_for(driver, tmp_path):
    child = tmp_path / "child"
    result = driver.one(shell(f"sleep 300 & echo $! > {child}; echo done", total_ms=60000), {})
    assert text_of(result) == "done\n" and result["latency_ms"] < 30000
    assert is_gone_soon(int(child.read_text()))


def test_a_command_that_closes_its_output_is_waited_for(driver):
    result = driver.one(shell("echo early; exec 1>&- 2>&-; sleep 0.3; exit 4"), {})
    assert result["end"] == "exit" and result["status"] == 4 and result["latency_ms"] >= 300


def test_output_without_end_is_cut_off(driver):
    for text in ("yes", "yes >&2"):
        result = driver.one(shell(text, answer_bytes=100000, total_ms=1000), {})
        assert result["end"] == ("too_large" if text == "yes" else "timeout"), result
    result = driver.one(shell("yes", answer_bytes=100000), {})
    assert result["sentence"] == "tool wrote more than 100000 bytes, its limit"


def test_output_of_just_the_limit_is_whole(driver):
    result = driver.one(shell("head -c 1000 /dev/zero | tr '\\0' x", answer_bytes=1000), {})
    assert text_of(result) == "x" * 1000
    assert driver.one(shell("head -c 1001 /dev/zero", answer_bytes=1000), {})["end"] == "too_large"


def test_many_run_side_by_side_within_their_bound(driver, tmp_path):
    (tmp_path / "now").mkdir()
    script = f"d={tmp_path}/now; touch $d/$$; ls $d | wc -l; sleep 0.05; rm $d/$$"
    results, counts = driver(shell(script, in_flight=3), [{} for _ in range(30)])
    seen = [int(text_of(result)) for result in results]
    assert counts["done"] == 30 and 1 < max(seen) <= 3


def test_failures_are_tried_again_only_when_asked(driver, tmp_path):
    script = f"echo x >> {tmp_path}/runs; [ $(wc -l < {tmp_path}/runs) -ge 3 ]"
    assert driver.one(shell(script), {})["attempts"] == 1
    result = driver.one(shell(script, attempts=5, retry_delay_ms=1), {})
    assert result["end"] == "done" and result["attempts"] == 2


def test_cancelling_kills_commands(driver, tmp_path):
    calls = [{} for _ in range(6)]
    script = f"echo $$ >> {tmp_path}/pids; exec sleep 300"
    results, counts = driver(shell(script, in_flight=4), calls, cancel_after_ms=600)
    assert counts["cancelled"] == 6 and counts["attempts"] == 4
    assert all(is_gone_soon(int(pid)) for pid in (tmp_path / "pids").read_text().split())


def test_freeing_the_engine_ends_what_is_under_way(driver, server, tmp_path):
    """Waiting, running and retried calls of both kinds: nothing is left, and (under ASan) nothing leaks."""
    endpoints = [shell(f"echo $$ >> {tmp_path}/pids; exec sleep 300", in_flight=3),
                 {"name": "small", "url": server.url, "model": "m", "in_flight": 3, "retry_delay_ms": 60000}]  # fmt: skip
    prompts = ["fault:slow-start=60", "fault:stall=60 a b c", "fault:status=500"]
    calls = [{"endpoint": i % 2, "prompt": prompts[i // 2 % 3], "stream": i % 3 == 0} for i in range(24)]
    result = driver.run({"endpoints": endpoints, "calls": calls, "abandon_after_ms": 500})
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    assert all(is_gone_soon(int(pid)) for pid in (tmp_path / "pids").read_text().split())


def test_commands_and_servers_work_side_by_side(driver, server):
    endpoints = [command("tr", "a-z", "A-Z"), {"name": "small", "url": server.url, "model": "m"}]
    calls = [{"endpoint": i % 2, "input": f"case {i}", "prompt": f"case {i}"} for i in range(40)]
    results, _ = driver(endpoints, calls)
    expected = [f"case {i}".upper() if i % 2 == 0 else f"case {i}" for i in range(40)]
    assert [text_of(result) for result in results] == expected


def test_the_engine_leaves_no_descriptors_in_commands(driver):
    """A command sees its three standard streams and nothing of the engine's."""
    # ls has the folder open as well.
    assert text_of(driver.one(command("ls", "/proc/self/fd"), {})).split() == ["0", "1", "2", "3"]
