"""The executor started through other programs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import TREE, Wsconform, environment, living, results, verdicts

from wsconform import launch
from wsconform.errors import BadUsage

LAUNCH = TREE / "runner" / "tests" / "launch"
HOOKED = '''\
table "sends"
  clauses use.connection-oriented
  limit 1s
  | n |
  | 7 |
  | 8 |
  | 9 |
  | 11 |
  a, b = tcp()
  WSASend(a, [$n], &sent, 0, NULL, NULL) = 0 sent $n
'''


@pytest.fixture
def injector(tmp_path: Path, warm_prefix: Path) -> Path:
    """injector.exe and hook.dll in the test's folder."""
    flags = ["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["x86_64-w64-mingw32-gcc", *flags, "-o", tmp_path / "injector.exe", LAUNCH / "injector.c"], check=True)
    subprocess.run(["x86_64-w64-mingw32-gcc", *flags, "-shared", "-o", tmp_path / "hook.dll", LAUNCH / "hook.c", "-lws2_32"],
                   check=True)
    (tmp_path / "hooked.case").write_text(HOOKED)
    return tmp_path / "injector.exe"


@pytest.mark.parametrize("before", ["", "wine ./"])
def test_a_hook_that_is_injected_into_one_process_is_seen(wsconform: Wsconform, injector: Path, tmp_path: Path, before: str) -> None:
    """That each case has its own verdict says that a worker that crashed or hung was replaced by one with the hook."""
    command = before + "injector.exe hook.dll {}"
    ended = wsconform("run", "--target", "wine", "--launch", command, "--cases", "hooked.case", "--out", "out")
    assert ended.status == 1, ended.text
    assert {id[-3:]: verdict for id, verdict in verdicts(tmp_path / "out").items()} == {
        "[7]": "deviates", "[8]": "conforms", "[9]": "crash", "11]": "hang"}
    target = results(tmp_path / "out")["target"]
    assert target["name"].endswith("-injector") and target["provider"] is None


def test_the_command_to_run_a_case_again_has_the_launcher(wsconform: Wsconform, injector: Path) -> None:
    ended = wsconform("run", "--target", "wine", "--launch", "injector.exe hook.dll {}", "--cases", "hooked.case", "--out", "out",
                      "--", "-q")
    assert ended.status == 1
    assert "--launch 'injector.exe hook.dll {}'" in ended.out


def test_an_injector_that_fails(wsconform: Wsconform, injector: Path, good: Path) -> None:
    ended = wsconform("run", "--target", "wine", "--launch", "injector.exe none.dll {}", "--cases", good, "--out", "out")
    assert ended.status == 3
    assert "injector: cannot inject" in ended.err and "none.dll" in ended.err and "ended before the worker" in ended.err


@pytest.mark.parametrize("command", ["env A=1 {}", "sh -c 'exec {}'", "sh -c '{}; true' x", "sh -c '\"$@\"' x {}"])
def test_commands_of_this_machine(wsconform: Wsconform, good: Path, tmp_path: Path, command: str) -> None:
    ended = wsconform("run", "--target", "wine", "--launch", command, "--cases", good, "--out", "out")
    assert ended.status == 0, ended.text
    assert set(verdicts(tmp_path / "out").values()) == {"conforms"} and len(verdicts(tmp_path / "out")) == 3


def test_faults_of_a_provider_are_contained_through_a_launcher_too(wsconform: Wsconform, good: Path, tmp_path: Path,
                                                                   provider: Callable[[str], Path]) -> None:
    ended = wsconform("run", "--target", "wine", "--launch", "sh -c '{}'", "--provider", provider("crashes"), "--cases", good,
                      "--out", "out")
    assert ended.status == 1, ended.text
    assert sorted(verdicts(tmp_path / "out").values()) == ["conforms", "conforms", "crash"]
    assert results(tmp_path / "out")["target"]["name"].endswith("-crashes-sh")


def test_a_launcher_that_starts_nothing(wsconform: Wsconform, good: Path) -> None:
    ended = wsconform("run", "--target", "wine", "--launch", "sh -c 'echo no such hook >&2; exit 2' {}", "--cases", good, "--out",
                      "out")
    assert ended.status == 3, ended.text
    assert "no such hook" in ended.err and "ended with status 2" in ended.err and "Traceback" not in ended.err
    assert "making a prefix" not in ended.err, "the Wine is not to blame"


@pytest.mark.parametrize(("command", "message"), [
    ("env A=1", "{} must stand"), ("", "{} must stand"), ("{}", "the program comes first"), ("not-there {}", "no program not-there"),
    ("sh -c 'x {}", "No closing quotation"),
])
def test_commands_that_are_none(command: str, message: str) -> None:
    with pytest.raises(BadUsage) as refused:
        launch.words(command)
    assert message in str(refused.value)


def test_where_the_command_stands() -> None:
    inner = ["wine", "a b.exe", "--jobs", "2"]
    assert launch.around(["env", "A=1", "{}"], inner) == ["env", "A=1", *inner]
    assert launch.around(["strace", "-c", "{}"], inner) == ["strace", "-c", *inner]
    assert launch.around(["env", "sh", "-c", "{}"], inner) == ["env", "sh", "-c", "wine 'a b.exe' --jobs 2"]
    assert launch.around(["sh", "-c", "exec {} <x"], inner) == ["sh", "-c", "exec wine 'a b.exe' --jobs 2 <x"]


def test_the_model_has_no_launcher(wsconform: Wsconform, good: Path) -> None:
    ended = wsconform("run", "--target", "model", "--launch", "env {}", "--cases", good)
    assert ended.status == 2 and "--launch" in ended.err


def test_ctrl_c_through_a_launcher_leaves_no_process(tmp_path: Path, warm_prefix: Path) -> None:
    """Not even one that the launcher put into a session of its own."""
    begun = tmp_path / "begun"
    (tmp_path / "slow.case").write_text(HOOKED.replace("  | 7 |", "".join(f"  | {n} |\n" for n in range(100, 140)) + "  | 7 |").replace(
        "  WSASend", "  recv(b, 1)\n  WSASend"))
    command = f"sh -c 'setsid sleep 321 & touch {begun}; {{}}; true'"
    with subprocess.Popen([sys.executable, "-m", "wsconform", "run", "--target", "wine", "--launch", command, "--cases", "slow.case",
                           "--out", "out"], cwd=tmp_path, env=environment(MARK=str(tmp_path)), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 60
        while not begun.exists() or not [line for line in living(f"MARK={tmp_path}") if "--worker" in line]:
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    left = [line for line in living(f"MARK={tmp_path}") if "wsconform" in line or "sleep" in line or "setsid" in line]
    assert not left
