"""The whole pipeline on the real Wine, with faults planted on purpose: each must be caught, and cost only its own case."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import TREE, Wsconform, environment, results, verdicts

from wsconform.cases import find_files

Provider = Callable[[str], Path]
FAULTY, OTHERS = "good/small send", ("good/shut down", "good/after it")


@pytest.fixture(autouse=True)
def _warm(warm_prefix: Path) -> None:
    """No test has to make the prefix."""


def test_nothing_planted_nothing_found(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    ended = wsconform("run", "--cases", good, "--out", "out")
    assert ended.status == 0, ended.text
    assert verdicts(tmp_path / "out", "wine") == verdicts(tmp_path / "out", "model")
    target = results(tmp_path / "out", "wine")["target"]
    assert target["kind"] == "wine" and target["arch"] == "x86_64" and target["provider"] is None
    assert target["version"][0].isdigit()


@pytest.mark.parametrize(("name", "verdict", "shown"), [
    ("honest", "conforms", ""),
    ("hangs", "hang", "hang"),
    ("crashes", "crash", "0xC0000005"),
    ("exits", "crash", "crash"),
    ("miscounts", "deviates", "0 sent 6"),
    ("garbles", "deviates", "55555555555555"),
    ("scribbles", "deviates", "changed"),
    ("wrong_error", "deviates", "WSAENOTCONN"),
])
def test_a_provider_with_one_fault(wsconform: Wsconform, good: Path, tmp_path: Path, provider: Provider, name: str,
                                   verdict: str, shown: str) -> None:
    ended = wsconform("run", "--target", "wine", "--provider", provider(name), "--cases", good, "--out", "out",
                      "--limit", "1s")
    assert ended.status == (0 if verdict == "conforms" else 1), ended.text
    found = verdicts(tmp_path / "out")
    assert found[FAULTY] == verdict
    assert [found[id] for id in OTHERS] == ["conforms"] * 2, "what does not meet the fault goes well"
    assert results(tmp_path / "out")["target"]["provider"] == f"{name}.dll"
    if verdict != "conforms":
        assert shown in ended.out, "the summary shows what was seen"
        trace = (tmp_path / "out" / results(tmp_path / "out")["target"]["name"] / "trace.txt").read_text()
        assert shown in trace


def test_a_failure_text_suffices_to_reproduce(wsconform: Wsconform, good: Path, tmp_path: Path,
                                              provider: Provider) -> None:
    ended = wsconform("run", "--target", "wine", "--provider", provider("miscounts"), "--cases", good, "--out", "out",
                      "--", "-q")
    assert ended.status == 1
    step = next(s for c in results(tmp_path / "out")["cases"] for s in c["steps"] if not s["ok"])
    trace = next((tmp_path / "out").glob("*/trace.txt"))
    assert step["call"] in trace.read_text().splitlines()[step["line"] - 1]
    for needed in (FAULTY, "requirement", step["call"], "0 sent 7", "0 sent 6", f"{trace}:{step['line']}"):
        assert needed in ended.out, needed
    command = next(line.split("again", 1)[1].strip() for line in ended.out.splitlines() if "  again  " in line)
    assert command.startswith("./wsconform run ")
    again = subprocess.run(["bash", "-c", command.replace("./wsconform", f"{sys.executable} -m wsconform", 1) + " --out o"],
                           cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert again.returncode == 1 and verdicts(tmp_path / "o") == {FAULTY: "deviates"}


def test_a_provider_may_bear_the_name_of_the_system_dll(wsconform: Wsconform, good: Path, tmp_path: Path,
                                                        provider: Provider) -> None:
    (tmp_path / "shim").mkdir()
    shutil.copy(provider("miscounts"), tmp_path / "shim" / "ws2_32.dll")
    ended = wsconform("run", "--target", "wine", "--provider", "shim/ws2_32.dll", "--cases", good, "--out", "out")
    assert ended.status == 1, ended.text
    assert verdicts(tmp_path / "out")[FAULTY] == "deviates"


def test_a_file_that_is_no_dll_for_this_architecture(wsconform: Wsconform, good: Path, tmp_path: Path,
                                                     provider: Provider) -> None:
    (tmp_path / "text.dll").write_text("not a DLL")
    for file, message in (("text.dll", "not a DLL"), ("missing.dll", "No such file")):
        ended = wsconform("run", "--target", "wine", "--provider", file, "--cases", good)
        assert ended.status == 2 and message in ended.err
    ended = wsconform("run", "--target", "wine", "--provider", provider("honest"), "--arch", "i686", "--cases", good)
    assert ended.status == 2 and "--arch x86_64" in ended.err


SLOW = '''table "slow"
  clauses use.connection-oriented
  limit 300ms
  | n |
''' + "".join(f"  | {n} |\n" for n in range(1, 13)) + '''  a, b = tcp()
  recv(b, 1)
  WSASend(a, [$n], &sent, 0, NULL, NULL) = 0 sent $n
'''


def executors(process: int) -> list[int]:
    """The children of the driver that are executors."""
    found = []
    for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
        if b"wsconform-exec" in Path(f"/proc/{child}/cmdline").read_bytes():
            found.append(int(child))
    return found


def test_an_executor_killed_in_the_middle_of_a_run(tmp_path: Path) -> None:
    (tmp_path / "slow.case").write_text(SLOW)
    with subprocess.Popen([sys.executable, "-m", "wsconform", "run", "--target", "wine", "--cases", "slow.case", "--out",
                           "out", "-j", "1"], cwd=tmp_path, env=environment(), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 60
        while not executors(process.pid):
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.01)
        time.sleep(1.5)  # about a third of the cases
        for pid in executors(process.pid):
            os.kill(pid, signal.SIGKILL)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    assert "ended early (status -9)" in err
    found = verdicts(tmp_path / "out")
    assert len(found) == 12 and set(found.values()) == {"conforms"}


def test_verdicts_do_not_change(wsconform: Wsconform, good: Path) -> None:
    ended = wsconform("run", "--target", "wine", "--cases", good, "--out", "out", "--repeat", "5", "-j", "3")
    assert ended.status == 0, ended.text


def test_the_hand_written_sets_are_the_models(wsconform: Wsconform) -> None:
    """Every set of every case of the tree, neither wider nor narrower."""
    _, files = find_files([TREE / "cases"])
    ended = wsconform("check", *files)
    assert ended.status == 0, ended.text[-4000:]
