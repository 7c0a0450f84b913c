"""Providers that are none, and providers that do what they want with the process that they are in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import GOOD, TREE, Wsconform, environment, judge, living, results, verdicts
from test_executor import Execute, execute, start  # noqa: F401  # fixtures

TESTS = TREE / "runner" / "tests"
Build = Callable[..., Path]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Builds a source with -DNAME... and the text of a .def file, if given; gives the DLL or program."""

    def built(source: str, *flags: str, name: str = "shim.dll", exports: str = "", arch: str = "x86_64") -> Path:
        made = tmp_path / name
        made.parent.mkdir(parents=True, exist_ok=True)
        words: list[str | Path] = [*flags]
        if exports:
            (tmp_path / "x.def").write_text(f"LIBRARY x\nEXPORTS\n{exports}\n")
            words.append(tmp_path / "x.def")
        subprocess.run([f"{arch}-w64-mingw32-gcc", "-std=gnu11", "-O1", "-Wall", "-Wno-unused", "-Wno-unknown-pragmas", "-Werror",
                        "-Wno-array-bounds", "-shared", "-o", made, TESTS / source, *words, "-lws2_32"], check=True)
        return made

    return built


# --- what cannot be loaded -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("flags", "exports", "message"), [
    (["-DATTACH=return FALSE"], "", "its DllMain, or that of a DLL that it needs, returned FALSE"),
    (["-DATTACH=*(volatile int *)16 = 1"], "", "crashed with 0xC0000005"),
    (["-DATTACH=ExitProcess(0)"], "", "ended while it loaded the provider"),
    (["-DATTACH=Sleep(INFINITE)"], "", "was not loaded after 15 s: its DllMain"),
    (["-DDATA"], "WSASend = WSASend_data DATA", "exports WSASend as data, not as a function"),
    (["-DDEF"], "plain_send @5 NONAME", "has a number alone"),
    (["-DDEF"], "WSASend = nowhere.WSASend", "exports WSASend as a forward to a function of another DLL that is not there"),
    (["-DDEF"], "_Z7WSASendyP7_WSABUF = plain_send", 'declare it extern "C"'),
    (["-DDEF"], "other = plain_send", "does not export WSASend"),
])
def test_what_is_wrong_with_a_provider(execute: Execute, build: Build, flags: list[str], exports: str,  # noqa: F811
                                       message: str) -> None:
    run = execute(GOOD, "--provider", build("dlls/broken.c", *flags, exports=exports))
    assert run.status == 3 and message in run.err and "shim.dll" in run.err and not run.trace, run.err


def test_a_dll_that_is_missing_is_named(execute: Execute, build: Build, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "needed.c").write_text("__declspec(dllexport) int needed(void) { return 0; }")
    subprocess.run(["x86_64-w64-mingw32-gcc", "-shared", "-o", "needed_by_shim.dll", "needed.c", "-Wl,--out-implib,libneeded.a"],
                   cwd=tmp_path, check=True)
    dll = build("dlls/broken.c", "-DNEEDS", f"{tmp_path / 'libneeded.a'}")
    assert execute(GOOD, "--provider", dll).status == 0, "it stands beside the provider"
    (tmp_path / "needed_by_shim.dll").unlink()
    run = execute(GOOD, "--provider", dll)
    assert run.status == 3 and "it needs needed_by_shim.dll" in run.err


@pytest.mark.parametrize(("content", "message"), [
    ("text", "not a DLL"), ("", "not a DLL"), ("folder", "not a file"), ("fifo", "not a file"), ("program", "a program, not a DLL"),
])
def test_files_that_are_no_dll(wsconform: Wsconform, good: Path, tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "x.dll"
    if content == "folder":
        path.mkdir()
    elif content == "fifo":
        os.mkfifo(path)
    elif content == "program":
        (tmp_path / "x.c").write_text("int main(void) { return 0; }")
        subprocess.run(["x86_64-w64-mingw32-gcc", "-o", path, tmp_path / "x.c"], check=True)
    else:
        path.write_text(content)
    ended = wsconform("run", "--target", "wine", "--provider", path, "--cases", good)
    assert ended.status == 2 and message in ended.err and "Traceback" not in ended.err


def test_a_dll_that_was_cut_off(execute: Execute, build: Build) -> None:  # noqa: F811
    dll = build("dlls/broken.c")
    dll.write_bytes(dll.read_bytes()[:3000])
    run = execute(GOOD, "--provider", dll)
    assert run.status == 3 and "is no whole DLL for x86_64" in run.err


def test_paths_and_names(wsconform: Wsconform, good: Path, tmp_path: Path, provider: Callable[[str], Path], warm_prefix: Path) -> None:
    """A folder that nobody writes to, names that Windows cannot say or that Wine takes for its own, a relative path."""
    for name in ("ä ö €/sh im.dll", "a:b\\c/shim.dll", "none/noext", "sys/wsock32.dll"):
        path = tmp_path / name
        path.parent.mkdir()
        shutil.copy(provider("miscounts"), path)
        path.chmod(0o444)
        path.parent.chmod(0o555)
        ended = wsconform("run", "--target", "wine", "--provider", name, "--cases", good, "--out", f"out-{path.name}")
        path.parent.chmod(0o755)
        assert ended.status == 1, name + ended.text
        assert verdicts(tmp_path / f"out-{path.name}")["good/small send"] == "deviates", name


# --- what misbehaves ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("flag", "verdict", "shown"), [
    ("LONGJMP", "crash", ""),
    ("RAISE=0xE06D7363", "crash", "a C++ exception"),
    ("RAISE=0xC0000094", "crash", "a division by zero"),
    ("STACK", "crash", ""),
    ("WIPE", "crash", ""),
    ("WIPE WITH=0", "crash", ""),
    ("WIPE_SECTIONS", "crash", "memory of the process was written over"),
    ("WIPE_SECTIONS WITH=0", "crash", "memory of the process was written over"),
    ("WIPE_SECTIONS WITH='\\n'", "crash", "memory of the process was written over"),
    ("JUMP=0", "crash", "an access violation"),
    ("JUMP=0x12345000", "crash", "an access violation"),
    ("REGISTERS", "crash", "a register or flag that a function keeps was changed"),
    ("FLAG", "crash", "a register or flag that a function keeps was changed"),
    ("CLOSE", "deviates crash hang", ""),  # which handles it closes besides the socket's is chance
    ("FILTER=1", "crash", ""),
    ("FILTER=-1", "hang", ""),
    ("HANDLER", "crash", ""),
    ("EXIT=0", "crash", ""),
    ("FLOATS", "conforms", ""),
    ("PRINT", "conforms", ""),
    ("READ", "conforms", ""),
    ("FOLDER", "conforms", ""),
    ("THREADS", "conforms", ""),
    ("CHILD", "conforms", ""),
    ("CONSOLE", "conforms", ""),
    ("HANG_AT_PROCESS_END", "conforms", ""),
    ("HANG_AT_THREAD_END", "conforms", ""),
])
def test_it_costs_its_own_case_at_most(start: Callable[..., object], execute: Execute, build: Build, flag: str,  # noqa: F811
                                       verdict: str, shown: str) -> None:
    run = execute(GOOD, "--provider", build("providers/wild.c", *(f"-D{word}" for word in flag.split())), "--limit", "1000")
    assert run.status == 0, run.err
    read = judge("check", "--json", "-", stdin=run.trace.encode())
    records = {record["id"]: record for record in map(json.loads, read.stdout.splitlines()) if "id" in record}
    found = {id: record["verdict"] for id, record in records.items()}
    assert found.pop("t/small send", "") in verdict.split()
    if flag == "CLOSE" and found["t/after it"] == "unsupported":  # for want of what was closed; but never judged wrongly
        found["t/after it"] = "conforms"
    assert found == {"t/shut down": "conforms", "t/after it": "conforms"}
    assert shown in records["t/small send"]["reason"]
    assert "forged" not in run.trace


def test_what_a_provider_starts_does_not_outlive_the_run(build: Build, good: Path, tmp_path: Path) -> None:
    mark = f"MARK={tmp_path}"
    ended = subprocess.run([sys.executable, "-m", "wsconform", "run", "--target", "wine", "--provider",
                            build("providers/wild.c", "-DCHILD"), "--cases", good, "--out", "out"], cwd=tmp_path,
                           env=environment(MARK=str(tmp_path)), capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert not [line for line in living(mark) if "rundll32" in line or "wsconform-exec" in line]


# --- i686 ----------------------------------------------------------------------------------------------------


@pytest.fixture
def runs_i686(warm_prefix: Path) -> None:
    if not (warm_prefix / "drive_c" / "windows" / "syswow64" / "ws2_32.dll").exists():
        pytest.skip("this Wine has no 32-bit part")


@pytest.mark.parametrize(("flags", "exports", "verdict"), [
    (["-DDEF"], "WSASend = plain_send@28", "conforms"),
    ([], "", "conforms"),  # as WSASend@28
    (["-DDEF", "-DCONVENTION=__cdecl"], "WSASend = plain_send", "crash"),
])
def test_names_and_conventions_of_i686(runs_i686: None, wsconform: Wsconform, good: Path, build: Build, tmp_path: Path,
                                       flags: list[str], exports: str, verdict: str) -> None:
    """The architecture is the DLL's, without being asked for."""
    dll = build("dlls/broken.c", *flags, exports=exports, arch="i686")
    ended = wsconform("run", "--target", "wine", "--provider", dll, "--cases", good, "--out", "out")
    assert ended.status == (0 if verdict == "conforms" else 1), ended.text
    assert results(tmp_path / "out")["target"]["arch"] == "i686"
    assert set(verdicts(tmp_path / "out").values()) == {verdict}


def test_a_dll_for_i686_needs_no_arch(wsconform: Wsconform, good: Path, build: Build) -> None:
    """Where Wine cannot run it the message is about that."""
    dll = build("dlls/broken.c", arch="i686")
    ended = wsconform("run", "--target", "wine", "--provider", dll, "--cases", good, "--out", "out")
    assert ended.status in (0, 3) and "--arch" not in ended.err, ended.text
    ended = wsconform("run", "--target", "wine", "--provider", dll, "--arch", "x86_64", "--cases", good)
    assert ended.status == 2 and "is for i686" in ended.err
