"""The bundle for Windows: what is in it, run.cmd under Wine's cmd, and the driver in it where all but Wine says Windows."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import GOOD, LIMIT_S, TREE, Ended, Wsconform, results

from wsconform import bundle, places, wine
from wsconform.engine import windows_path

#: What a user's folder may be called.
FOLDER = "mein Ordner ü (x86) & co"
#: A case that needs what is not there, and one in which Wine does otherwise.
MORE = '''
case "needs a network"
  clauses err.netdown
  requires netns
  a, b = tcp()

case "not as documented"
  clauses err.fault.overlapped
  a, b = tcp()
  WSASend(a, [10], &sent, 0, wild, NULL) = SOCKET_ERROR WSAEFAULT
'''


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "b.zip"
    bundle.write(path)
    return path


@pytest.fixture(scope="module")
def unpacked(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle's folder, as a user has it; its cases are the three good ones and MORE."""
    folder = tmp_path_factory.mktemp("unpacked") / FOLDER
    with zipfile.ZipFile(archive) as inside:
        inside.extractall(folder)
    folder /= bundle.TOP
    for path in sorted((folder / "cases").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (folder / "cases" / "few.case").write_text(GOOD + MORE)
    return folder


@pytest.fixture(scope="module")
def cmd(system_wine: wine.Wine, warm_prefix: Path) -> Callable[..., Ended]:
    """Runs a command line with Wine's cmd.exe."""

    def run(line: str, at: Path, **more: str) -> Ended:
        env = wine.environment(warm_prefix) | {"CI": "true"} | more
        done = subprocess.run([system_wine.program, "cmd", "/c", line], cwd=at, env=env, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=LIMIT_S)
        return Ended(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

    return run


def verdicts(folder: Path) -> dict[str, tuple[str, str]]:
    return {case["id"]: (case["verdict"], case["signature"]) for case in results(folder)["cases"]}


# --- the archive -------------------------------------------------------------------------------------------


def test_the_same_build_gives_the_same_bytes(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle.write(tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    bundle.write(tmp_path / "dated.zip")
    with zipfile.ZipFile(tmp_path / "dated.zip") as inside:
        assert {entry.date_time for entry in inside.infolist()} == {(2023, 11, 14, 22, 13, 20)}


def test_what_is_in_it(archive: Path) -> None:
    with zipfile.ZipFile(archive) as inside:
        names = inside.namelist()
        assert names == sorted(names) and all(name.startswith("wsconform-windows/") for name in names)
        have = {name.removeprefix("wsconform-windows/"): inside.read(name) for name in names}
    for arch in ("x86_64", "i686"):
        assert have[f"{arch}/wsconform-exec.exe"] == places.pe_executor(arch).read_bytes()
        assert have[f"{arch}/wsconform-judge.exe"][:2] == b"MZ"
    cases = {p.relative_to(TREE).as_posix() for p in (TREE / "cases").rglob("*.case")}
    assert {name for name in have if name.endswith(".case")} == {c for c in cases if not c.startswith("cases/notation/")}
    for name in ("run.cmd", "wsconform.cmd", "README.txt", "LICENSE.txt"):
        text = have[name]
        assert text.count(b"\n") == text.count(b"\r\n") > 3, f"{name} has the line ends of Windows"
        assert text.isascii(), f"{name} is the same in every code page"
    assert not [name for name in have if "__pycache__" in name or "/tests/" in name]


def test_programs_that_are_not_built_and_places_that_cannot_be_written_to(wsconform: Wsconform, tmp_path: Path) -> None:
    ended = wsconform("bundle", WSCONFORM_BUILD=str(tmp_path))
    assert ended.status == 3 and "is not built" in ended.err and not list(tmp_path.glob("*.zip"))
    ended = wsconform("bundle", "--out", "no/such/folder.zip")
    assert ended.status == 2 and "folder.zip" in ended.err and "Traceback" not in ended.text


# --- run.cmd -----------------------------------------------------------------------------------------------


def test_run_cmd_sees_what_the_driver_sees(cmd: Callable[..., Ended], unpacked: Path, wsconform: Wsconform, tmp_path: Path) -> None:
    ended = cmd("run.cmd --arch x86_64", unpacked)
    assert "5 cases" in ended.out and "3 conforms, 1 crash, 1 unsupported" in ended.out, ended.text
    assert ended.status == 1
    trace = unpacked / "trace"
    assert "few/not as documented" in (trace / "x86_64" / "verdicts.txt").read_text()
    assert not (trace / "i686").exists()
    version = results_of(wsconform, tmp_path, trace)
    assert version["kind"] == "wine" and version["name"] == f"wine-{version['version']}-x86_64"
    there = verdicts(tmp_path / "judged")
    ended = wsconform("run", "--target", "wine", "--cases", unpacked / "cases", "--out", "here")
    assert ended.status == 1
    here = {id: seen for id, seen in verdicts(tmp_path / "here").items() if id != "few/needs a network"}
    assert {id: seen for id, seen in there.items() if id != "few/needs a network"} == here and len(here) == 4
    assert there["few/needs a network"] == ("unsupported", "")


def results_of(wsconform: Wsconform, at: Path, trace: Path) -> dict[str, str]:
    """Judges a folder of traces into judged/; the target that it tells of."""
    ended = wsconform("check", trace, "--out", "judged")
    assert ended.status == 1, ended.text
    target: dict[str, str] = results(at / "judged")["target"]
    return target


def test_run_cmd_from_another_folder_with_options_that_it_passes_on(
        cmd: Callable[..., Ended], unpacked: Path, tmp_path: Path, provider: Callable[[str], Path]) -> None:
    (tmp_path / "only these").write_text("few/small send\nfew/shut down\n")
    (tmp_path / "a shim.dll").write_bytes(provider("miscounts").read_bytes())
    there = tmp_path / "else where"
    there.mkdir()
    (there / "go.cmd").write_bytes(b'@call "%BUNDLE%\\run.cmd" --only "..\\only these" --provider "..\\a shim.dll" --out out\r\n'
                                   b"@exit /b %errorlevel%\r\n")
    ended = cmd("go.cmd", there, BUNDLE=windows_path(unpacked))
    assert "2 cases" in ended.out and "1 deviates" in ended.out, ended.text
    assert ended.status == 1
    head = (there / "out" / "x86_64" / "trace.txt").read_text().splitlines()[1]
    assert head.endswith('arch "x86_64" provider "a shim.dll"') and '-x86_64-a shim" kind' in head
    assert not (there / "out" / "i686").exists(), "a DLL is for one architecture"


@pytest.mark.parametrize(("line", "status", "says"), [
    ("run.cmd --arch arm", 2, "--arch is x86_64 or i686"),
    ("run.cmd --out", 2, "--out needs a value"),
    ("run.cmd --arch x86_64 --lmit 3", 2, "there is no option"),
    ("run.cmd --arch x86_64 --provider none.dll", 3, "cannot be loaded"),
    ("run.cmd --help", 0, "--faults WHO"),
])
def test_run_cmd_says_what_is_wrong(cmd: Callable[..., Ended], unpacked: Path, line: str, status: int, says: str) -> None:
    ended = cmd(line, unpacked)
    assert (ended.status, says in ended.text) == (status, True), ended.text


def test_run_cmd_without_its_files(cmd: Callable[..., Ended], unpacked: Path, tmp_path: Path) -> None:
    (tmp_path / "run.cmd").write_bytes((unpacked / "run.cmd").read_bytes())
    ended = cmd("run.cmd", tmp_path)
    assert ended.status == 2 and "extract the whole archive first" in ended.text


def test_run_cmd_with_an_architecture_that_does_not_start(cmd: Callable[..., Ended], unpacked: Path, tmp_path: Path) -> None:
    """What the other one has seen is there."""
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", unpacked, copy], check=True)
    (copy / "i686" / "wsconform-exec.exe").write_bytes(b"no program")
    ended = cmd("run.cmd", copy)
    assert ended.status == 3 and "i686: could not be run" in ended.out, ended.text
    assert "x86_64: 5 cases" in ended.out


def test_wsconform_cmd_starts_the_driver_with_the_python_there(cmd: Callable[..., Ended], unpacked: Path, tmp_path: Path) -> None:
    """A Python that tells how it was started; the launcher py is not there."""
    (tmp_path / "python.c").write_text('''
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
    puts(getenv("PYTHONPATH"));
    for (int i = 1; i < argc; i++) puts(argv[i]);
    return 5;
}
''')
    there = tmp_path / "there"
    there.mkdir()
    subprocess.run(["x86_64-w64-mingw32-gcc", "-o", there / "python.exe", tmp_path / "python.c"], check=True)
    ended = cmd("wsconform.cmd run --cases ab.case", unpacked, WINEPATH=windows_path(there))
    path, *arguments = ended.out.splitlines()
    assert ended.status == 5 and arguments == ["-m", "wsconform", "run", "--cases", "ab.case"], ended.text
    assert [part.rsplit("\\", 1)[1] for part in path.split(";")] == ["runner", "spec", "reports"]


# --- the driver in the bundle ------------------------------------------------------------------------------


@pytest.fixture
def on_windows(unpacked: Path, system_wine: wine.Wine, warm_prefix: Path, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts the driver of the bundle as on Windows (see fake_windows.py)."""
    env = wine.environment(warm_prefix) | {
        "FAKE_WINE": str(system_wine.program), "COLUMNS": "160",
        "PYTHONPATH": os.pathsep.join(str(unpacked / folder) for folder in ("runner", "spec", "reports"))}
    env.pop("WSCONFORM_BUILD", None)

    def start(*arguments: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen([sys.executable, TREE / "runner" / "tests" / "fake_windows.py", *map(str, arguments)], cwd=tmp_path,
                                env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return start


def test_the_driver_runs_on_windows(on_windows: Callable[..., subprocess.Popen[str]], unpacked: Path, tmp_path: Path) -> None:
    driver = on_windows("run", "--out", "out")
    out, err = driver.communicate(timeout=LIMIT_S)
    assert driver.returncode == 1, out + err
    found = results(tmp_path / "out")
    assert found["target"] == {"name": "windows-10.0.19045-x86_64", "kind": "windows", "version": "10.0.19045",
                               "arch": "x86_64", "provider": None}
    reasons = {case["id"]: (case["verdict"], case["reason"]) for case in found["cases"]}
    assert reasons["few/needs a network"] == ("unsupported", "needs netns: Windows has no network namespaces")
    assert [reasons[f"few/{name}"][0] for name in ("shut down", "small send", "after it", "not as documented")] == [
        "conforms", "conforms", "conforms", "crash"]
    driver = on_windows("check", "out", "--json")
    out, err = driver.communicate(timeout=LIMIT_S)
    assert driver.returncode == 1 and json.loads(out.splitlines()[-1])["summary"]["crash"] == 1, out + err


def test_interrupted_on_windows_nothing_is_left(on_windows: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    waits = tmp_path / "waits.case"
    waits.write_text(GOOD + '''
case "waits"
  clauses ov.event-wait
  limit 100s
  e = WSACreateEvent()
  WSAWaitForMultipleEvents([e], TRUE, 90000, FALSE) = WSA_WAIT_TIMEOUT
''')
    driver = on_windows("run", "--cases", waits, "--out", "out")
    while not (mine := executors(tmp_path)):
        assert driver.poll() is None, driver.communicate()
        time.sleep(0.05)
    driver.send_signal(signal.SIGINT)
    out, err = driver.communicate(timeout=LIMIT_S)
    assert driver.returncode == 130 and "interrupted" in err, out + err
    end = time.monotonic() + 30
    while executors(tmp_path) and time.monotonic() < end:
        time.sleep(0.05)
    assert mine and not executors(tmp_path)


def executors(below: Path) -> list[str]:
    """The executor processes that work in that folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"wsconform-exec.exe" in (process / "cmdline").read_bytes() and (process / "cwd").resolve() == below:
                found.append(process.name)
        except OSError:
            continue
    return found


def test_the_windows_target_is_for_windows_only(wsconform: Wsconform, good: Path) -> None:
    ended = wsconform("run", "--target", "windows", "--cases", good)
    assert ended.status == 3 and "this is no Windows" in ended.err


# --- folders of traces -------------------------------------------------------------------------------------


def test_check_and_report_take_a_folder_of_traces(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    assert wsconform("run", "--target", "model", "--cases", good, "--out", "out").status == 0
    trace = (tmp_path / "out" / "model" / "trace.txt").read_text()
    for name, target in (("x86_64/trace.txt", "there"), ("by hand.trace", "by hand")):
        path = tmp_path / "traces" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(trace.replace('"model" kind', f'"{target}" kind', 1))
    ended = wsconform("check", "traces")
    assert ended.status == 0 and "6 cases" in ended.out
    ended = wsconform("report", "traces", "out", "--out", "merged")
    assert ended.status == 0, ended.text
    assert sorted(path.parent.name for path in (tmp_path / "merged").glob("*/results.json")) == ["by_hand", "model", "there"]
    ended = wsconform("report", "--diff", "traces/x86_64", "traces/x86_64")
    assert ended.status == 0 and "0 new" in ended.out, ended.text


def test_a_folder_without_traces_and_one_with_a_damaged_trace(wsconform: Wsconform, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for command in (["check", "empty"], ["report", "empty", "--out", "merged"]):
        ended = wsconform(*command)
        assert ended.status == 2 and "there is no trace in this folder" in ended.err
    for name in ("good", "other"):
        (tmp_path / name).mkdir()
        for n in (1, 2):
            (tmp_path / name / f"{n}.trace").write_text(f'trace 1\ntarget "{name}{n}"\ncase "y"\n  a, b = tcp()\nend\n')
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "trace.txt").write_text('trace 1\ntarget "x"\ncase "y"\n  WSASend(((\nend\n')
    ended = wsconform("report", "--diff", "good", "other")
    assert ended.status == 2 and "good and other have no target in common" in ended.err
    ended = wsconform("report", "bad", "--out", "merged")
    assert ended.status == 2 and ended.err.startswith("bad/trace.txt:4:"), ended.text
    assert not (tmp_path / "merged" / "index.html").exists()
