"""The executor itself, on the real Wine: what it tells, what it survives, what it refuses."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import TREE, judge, living
from wsconform import pe, places, wine

LIMIT_S = 120
SYSTEM_DLLS = {"kernel32.dll", "msvcrt.dll"}


@dataclass(frozen=True)
class Run:
    """What a run of the executor left."""

    status: int
    trace: str
    err: str

    def lines(self, case: str) -> list[str]:
        """The statements of a case, without stamps and white space."""
        text = re.search(rf'^case "t/{re.escape(case)}"\n(.*?)^end\b', self.trace, re.M | re.S)
        assert text, f"exit status {self.status}: no case {case} in\n{self.trace}\n{self.err}"
        kept = [re.sub(r" @[0-9+]+$", "", line.strip()) for line in text[1].splitlines()]
        return [line for line in kept if not re.match(r"(clauses|limit|start|requires|because)\b", line)]

    def outcome(self, case: str, call: str) -> str:
        """What stands behind the first call that begins so."""
        line = next(line for line in self.lines(case) if line.startswith(call))
        return line.split(") = ", 1)[1] if ") = " in line else ""


Execute = Callable[..., Run]


@dataclass(frozen=True)
class Started:
    """An executor that is running, and the text that its processes have in their environment."""

    process: subprocess.Popen[bytes]
    token: str
    err: Path

    def run(self) -> Run:
        """Waits for its end."""
        out, _ = self.process.communicate(timeout=LIMIT_S)
        return Run(self.process.returncode, out.decode(), self.err.read_text(errors="replace"))


@pytest.fixture
def start(tmp_path: Path, system_wine: wine.Wine, warm_prefix: Path) -> Iterator[Callable[..., Started]]:
    """Starts the executor on a case file with this text; what is left of it at the end is killed."""
    tokens = []

    def started(text: str, *options: str | Path, arch: str = "x86_64", asks: bool = False) -> Started:
        (tmp_path / "t.case").write_text(text)
        token = uuid.uuid4().hex
        tokens.append(token)
        env = wine.environment(warm_prefix) | {wine.TOKEN: token}
        command = [system_wine.program, places.pe_executor(arch), "--root", tmp_path, *options, tmp_path / "t.case"]
        err = tmp_path / f"{token}.err"  # a file: a server that this Wine starts keeps it open as long as others use it
        with err.open("wb") as to:
            process = subprocess.Popen(list(map(str, command)), env=env, stdout=subprocess.PIPE, stderr=to,
                                       stdin=subprocess.PIPE if asks else subprocess.DEVNULL)
        return Started(process, token, err)

    yield started
    for token in tokens:
        for pid in pids(token):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def execute(start: Callable[..., Started]) -> Execute:
    """Runs the executor to its end. Every trace must be one that the judge can read."""

    def run(text: str, *options: str | Path, arch: str = "x86_64") -> Run:
        begun = start(text, *options, arch=arch)
        done = begun.run()
        if done.status == 0:
            read = judge("check", stdin=done.trace.encode())
            assert read.returncode in (0, 1) and b"damaged" not in read.stdout, done.trace + read.stderr.decode()
        return done

    return run


@pytest.fixture(scope="session")
def dll(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Builds dlls/NAME.c and gives the DLL."""
    folder = tmp_path_factory.mktemp("dlls")

    def built(name: str) -> Path:
        path = folder / f"{name}.dll"
        if not path.exists():
            source = TREE / "runner" / "tests" / "dlls" / f"{name}.c"
            subprocess.run(["x86_64-w64-mingw32-gcc", "-std=c11", "-O1", "-Wall", "-Werror", "-Wno-unused-function",
                            "-shared", "-o", path, source], check=True)
        return path

    return built


def pids(token: str) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            ours = token.encode() in (process / "environ").read_bytes()
            if ours and b"wsconform" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


def kill(token: str, workers: bool) -> None:
    """Kills the executor's workers, or what is no worker."""
    for pid in pids(token):
        with suppress(OSError):  # gone meanwhile
            if (b"--worker" in Path(f"/proc/{pid}/cmdline").read_bytes()) == workers:
                os.kill(pid, signal.SIGKILL)


def wait_until(true: Callable[[], object], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.01)
    return bool(true())


def case(name: str, *statements: str, header: str = "") -> str:
    return "\n".join([f'case "{name}"', "  clauses ret.zero", *([header] if header else []), *statements, ""])


def send(size: int | str = 10, outcome: str = "") -> str:
    return f"  WSASend(a, [{size}], &sent, 0, NULL, NULL)" + (f" = {outcome}" if outcome else "")


GOOD = (case("before", "  a, b = tcp()", send(8), "  recv(b, 8)"),
        case("after", "  a, b = tcp()", send(9), "  recv(b, 9)"))


def good_ones_went_well(run: Run) -> None:
    assert run.outcome("before", "recv") == "1[0..8]"
    assert run.outcome("after", "recv") == "1[0..9]"


# --- the program ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arch", ["x86_64", "i686"])
def test_nothing_links_to_ws2_32(arch: str) -> None:
    headers = subprocess.run([f"{arch}-w64-mingw32-objdump", "-p", places.pe_executor(arch)], capture_output=True,
                             text=True, check=True).stdout
    assert {name.lower() for name in re.findall(r"DLL Name: (\S+)", headers)} == SYSTEM_DLLS


def test_i686_runs_where_wine_has_a_32_bit_part(execute: Execute, warm_prefix: Path) -> None:
    libraries = [warm_prefix / "drive_c" / "windows" / folder / "ntdll.dll" for folder in ("system32", "syswow64")]
    able = any(pe.machine(library) == "i686" for library in libraries if library.exists())
    run = execute(GOOD[0], arch="i686")
    assert pe.machine(places.pe_executor("i686")) == "i686"
    assert able == ('arch "i686"' in run.trace)
    assert not able or run.outcome("before", "recv") == "1[0..8]"


def test_help(start: Callable[..., Started]) -> None:
    out, _ = start(GOOD[0], "--help").process.communicate(timeout=LIMIT_S)
    run = Run(0, out.decode(), "")
    assert run.trace.startswith("wsconform-exec") and "--provider" in run.trace and "exit status" in run.trace


@pytest.mark.parametrize("options", [["--jobs", "0"], ["--jobs", "x"], ["--limit", "-1"], ["--what", "x"]])
def test_bad_usage(execute: Execute, options: list[str]) -> None:
    run = execute(GOOD[0], *options)
    assert run.status == 2 and options[1] in run.err + "--what x" and not run.trace


def test_a_bad_case_file_is_told_with_its_place(execute: Execute) -> None:
    run = execute('case "x"\n  clauses ret.zero\n  a, b = tcp(\n')
    assert run.status == 2 and re.search(r"t\.case:\d+:\d+: ", run.err)


def test_only_what_was_chosen(execute: Execute, tmp_path: Path) -> None:
    (tmp_path / "ids").write_text("t/after\r\n")
    run = execute("".join(GOOD), "--only", tmp_path / "ids")
    assert run.status == 0 and re.findall(r'^case "(.*)"', run.trace, re.M) == ["t/after"]
    (tmp_path / "ids").write_text("t/nothing of that name\n")
    assert execute("".join(GOOD), "--only", tmp_path / "ids").status == 2


def test_the_head_names_the_target(execute: Execute) -> None:
    run = execute(GOOD[0], "--name", "my wine")
    assert re.match(r'trace 1\ntarget "my wine" kind "wine" version "\d[^"]*" arch "x86_64"\n', run.trace)


# --- containment ---------------------------------------------------------------------------------------------


def test_a_crash_costs_only_its_case(execute: Execute, provider: Callable[[str], Path]) -> None:
    crash = case("crash", "  a, b = tcp()", send(8, "0 sent 8"), send(7, "0 sent 7"), send(8, "0 sent 8"))
    run = execute(GOOD[0] + crash + GOOD[1], "--provider", provider("crashes"))
    assert run.status == 0
    good_ones_went_well(run)
    assert run.lines("crash")[-2:] == ["WSASend(a, [8], &sent, 0, NULL, NULL) = 0 sent 8",
                                       "WSASend(a, [7], &sent, 0, NULL, NULL) = crash 0xC0000005"]


def test_a_process_that_ends_itself_is_a_crash(execute: Execute, provider: Callable[[str], Path]) -> None:
    run = execute(GOOD[0] + case("exit", "  a, b = tcp()", send(7)) + GOOD[1], "--provider", provider("exits"))
    good_ones_went_well(run)
    assert run.outcome("exit", "WSASend") == "crash 0x0000004D"


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_a_hang_is_told_after_the_limit(execute: Execute, provider: Callable[[str], Path], jobs: str) -> None:
    hang = case("hang", "  a, b = tcp()", send(7), header="  limit 300ms")
    began = time.monotonic()
    run = execute(GOOD[0] + hang + GOOD[1], "--provider", provider("hangs"), "--jobs", jobs)
    assert time.monotonic() - began < 15
    good_ones_went_well(run)
    assert run.outcome("hang", "WSASend") == "hang"


def test_a_call_that_is_meant_to_block_is_no_hang_and_one_that_stays_is(execute: Execute) -> None:
    blocked = ["  a, b = tcp(narrow)", "  thread t1", "  t1: WSASend(a, [2097152], &sent, 0, NULL, NULL) ..."]
    run = execute(case("blocks", *blocked, "  recv(b, 2097152) = 1[0..2097152]", "  t1: ... WSASend = 0 sent 2097152") +
                  case("stays", *blocked, "  t1: ... WSASend = 0 sent 2097152", header="  limit 300ms"))
    assert run.lines("blocks") == [
        "a, b = tcp(narrow)", "thread t1", "t1: WSASend(a, [2097152], &sent, 0, NULL, NULL) ...",
        "recv(b, 2097152) = 1[0..2097152]", "t1: ... WSASend = 0 sent 2097152"]
    assert run.lines("stays")[-1] == "t1: ... WSASend = hang"


def test_a_crash_on_another_thread_is_told_of_its_call(execute: Execute, provider: Callable[[str], Path]) -> None:
    crash = case("crash", "  a, b = tcp()", "  thread t1", "  t1: WSASend(a, [7], &sent, 0, NULL, NULL)")
    run = execute(crash + GOOD[1], "--provider", provider("crashes"))
    assert run.lines("crash")[-1] == "t1: WSASend(a, [7], &sent, 0, NULL, NULL) = crash 0xC0000005"
    assert run.outcome("after", "recv") == "1[0..9]"


def test_a_close_that_hangs_loses_nothing(execute: Execute, dll: Callable[[str], Path]) -> None:
    run = execute(case("stuck", "  e = WSACreateEvent()", "  s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)",
                       "  WSASend(s, [7], &sent, 0, NULL, NULL)", header="  limit 200ms") +
                  case("next", "  e = WSACreateEvent()"), "--provider", dll("stuck"))
    assert run.status == 0
    assert "SOCKET_ERROR" in run.outcome("stuck", "WSASend") and run.lines("next") == ["e = WSACreateEvent()"]


def test_a_killed_supervisor_leaves_no_process(start: Callable[..., Started]) -> None:
    slow = case("slow", "  a, b = tcp()", "  recv(b, 9)", header="  limit 60s")
    begun = start(slow, "--jobs", "2")
    assert wait_until(lambda: len(pids(begun.token)) >= 2)
    kill(begun.token, workers=False)
    assert wait_until(lambda: not pids(begun.token)), [line for line in living(begun.token) if "wsconform" in line]


# --- providers -----------------------------------------------------------------------------------------------


def test_a_provider_that_is_not_there(execute: Execute, tmp_path: Path) -> None:
    run = execute(GOOD[0], "--provider", tmp_path / "none.dll")
    assert run.status == 3 and "cannot be loaded" in run.err and "none.dll" in run.err and not run.trace


def test_a_provider_that_is_no_dll(execute: Execute, tmp_path: Path) -> None:
    (tmp_path / "text.dll").write_text("no program")
    run = execute(GOOD[0], "--provider", tmp_path / "text.dll")
    assert run.status == 3 and "cannot be loaded" in run.err


def test_a_provider_named_like_the_system_dll_is_not_taken_for_it(execute: Execute, tmp_path: Path,
                                                                  provider: Callable[[str], Path]) -> None:
    shutil.copy(provider("miscounts"), tmp_path / "ws2_32.dll")
    run = execute(GOOD[0], "--provider", tmp_path / "ws2_32.dll")
    assert run.status == 3 and "builtin" in run.err and "WINEDLLOVERRIDES" in run.err and not run.trace


def test_a_provider_without_the_function(execute: Execute, dll: Callable[[str], Path]) -> None:
    run = execute(GOOD[0], "--provider", dll("without"))
    assert run.status == 3 and "does not export WSASend" in run.err


def test_a_provider_that_ends_the_process_while_it_is_loaded(execute: Execute, dll: Callable[[str], Path]) -> None:
    run = execute(GOOD[0], "--provider", dll("loading"))
    assert run.status == 3 and "while it loaded the provider" in run.err


def test_a_wait_that_an_apc_of_the_providers_own_ends_goes_on(execute: Execute, dll: Callable[[str], Path]) -> None:
    run = execute(case("own", "  a, b = tcp()", "  e = WSACreateEvent()", "  o = overlapped(e)", "  o2 = overlapped(NULL)", "  r = routine()",
                       "  WSASend(a, [10], NULL, 0, &o, NULL) = 0 or SOCKET_ERROR WSA_IO_PENDING", "  SleepEx(0, TRUE) = 0",
                       "  WSASend(a, [10], NULL, 0, &o2, r) = 0 or SOCKET_ERROR WSA_IO_PENDING",
                       "  SleepEx(limit, TRUE) = WAIT_IO_COMPLETION ran r(0, 10, &o2, 0)",
                       "  WSASend(a, [10], NULL, 0, &o, NULL) = 0 or SOCKET_ERROR WSA_IO_PENDING",
                       "  WSAWaitForMultipleEvents([e], TRUE, limit, TRUE) = WSA_WAIT_EVENT_0", "  SleepEx(50, TRUE) = 0"),
                  "--provider", dll("apcs"))
    assert "unforeseen" not in run.trace and len(run.lines("own")) == 12, run.trace


def test_an_odd_provider_that_conforms_is_not_in_the_way(execute: Execute, dll: Callable[[str], Path]) -> None:
    run = execute(case("odd", "  a, b = tcp()", send(20, "0 sent 20"), "  recv(b, 20) = 1[0..20]",
                       "  shutdown(a, SD_SEND)", send(1, "SOCKET_ERROR WSAESHUTDOWN")), "--provider", dll("odd"))
    assert "unforeseen" not in run.trace and run.lines("odd")[2] == "recv(b, 20) = 1[0..20]"
    assert run.lines("odd")[-1].endswith("= SOCKET_ERROR WSAESHUTDOWN sent 12345")


# --- data ----------------------------------------------------------------------------------------------------

TWO = ["  a, b = tcp()", send(100), send(60)]


@pytest.mark.parametrize(("name", "size", "runs"), [
    ("", 160, "1[0..100] 2[0..60]"),
    ("swaps", 160, "2[0..60] 1[0..100]"),
    ("drops", 140, "1[0..40] 1[50..100] 2[0..40] 2[50..60]"),
    ("doubles", 320, "1[0..100] 1[0..100] 2[0..60] 2[0..60]"),
    ("garbles", 220, '1[0..20] x"0A" 1[21..100] x"00000000000000000000000000000000" foreign 30 '
                     '2[0..20] x"1F" 2[21..60] x"00000000000000000000000000000000" foreign 30'),
])
def test_received_data_is_told_by_where_it_comes_from(execute: Execute, dll: Callable[[str], Path], name: str,
                                                      size: int, runs: str) -> None:
    run = execute(case("data", *TWO, f"  recv(b, {size})"), *(["--provider", dll(name)] if name else []))
    told = re.sub(r'x"[0-9A-F]{2}"', 'x"??"', run.outcome("data", "recv"))
    assert told == re.sub(r'x"[0-9A-F]{2}"', 'x"??"', runs)


def test_sixteen_megabytes_both_ways_of_reading(execute: Execute) -> None:
    drained = "  a, b = tcp()", "  drain(b)"
    run = execute(case("drained", *drained, send(16777216, "0 sent 16777216"), "  recv(b, 16777216)") +
                  case("pieces", *drained, send("16 x 1048576"), send("3, 0, 5"), "  recv(b, 16777224)"))
    assert run.outcome("drained", "recv") == "1[0..16777216]"
    assert run.outcome("pieces", "recv") == "1[0..16777216] 2[0..8]"


def test_urgent_data_stands_apart(execute: Execute) -> None:
    run = execute(case("oob", "  a, b = tcp()", "  WSASend(a, [4], &sent, MSG_OOB, NULL, NULL)", send(3),
                       "  recv_oob(b, 1)", "  recv(b, 6)"))
    assert run.outcome("oob", "recv_oob") == "1[3..4]" and run.outcome("oob", "recv(") == "1[0..3] 2[0..3]"


def test_datagrams_one_by_one(execute: Execute) -> None:
    run = execute(case("udp", "  a, b = udp()", send("3, 7"), send(0), send(5), *["  recv(b, 100)"] * 3, "  recv(b, 1)",
                       header="  limit 100ms"))
    told = [line.split(" = ")[1] for line in run.lines("udp") if line.startswith("recv")]
    assert told == ["1[0..10]", "empty", "3[0..5]", "timeout"]


def test_a_case_that_ends_early_tells_what_other_threads_calls_returned(execute: Execute, dll: Callable[[str], Path]) -> None:
    run = execute(case("part", "  a, b = tcp()", "  thread t1", "  t1: WSASend(a, [10], &sent, 0, NULL, NULL) ...",
                       "  recv(b, 10) = 1[0..10]", "  t1: ... WSASend = 0 sent 10", header="  limit 100ms") +
                  case("next", "  a, b = tcp()"), "--provider", dll("parts"))
    assert run.lines("part")[-2:] == ["recv(b, 10) = 1[0..5] timeout unforeseen", "t1: ... WSASend = 0 sent 5"]
    assert b"sync.blocks-until-consumed" in judge("check", stdin=run.trace.encode()).stdout
    assert run.lines("next") == ["a, b = tcp()"]


# --- memory --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "told"), [(1, "changed lpBuffers"), (2, "changed data"), (3, "changed lpOverlapped"),
                                            (4, "changed guard"), (5, "changed guard"), (6, "")])
def test_memory_that_was_written_to_is_told(execute: Execute, dll: Callable[[str], Path], size: int, told: str) -> None:
    run = execute(case("memory", "  a, b = tcp()", "  e = WSACreateEvent()", "  o = overlapped(e)",
                       f"  WSASend(a, [{size}], &sent, 0, &o, NULL)"), "--provider", dll("writes"))
    assert run.outcome("memory", "WSASend") == f"0 sent {size} {told}".strip()


def test_an_array_that_is_read_late_shows_in_the_data(execute: Execute, dll: Callable[[str], Path]) -> None:
    run = execute(case("late", "  a, b = tcp()", "  o = overlapped(NULL)",
                       "  WSASend(a, [10], NULL, 0, &o, NULL) = SOCKET_ERROR WSA_IO_PENDING",
                       "  WSAGetOverlappedResult(a, &o, &n, FALSE) = TRUE transferred 10", "  recv(b, 10)"),
                  "--provider", dll("late"))
    assert run.outcome("late", "recv") == 'x"DBDBDBDBDBDBDBDBDBDB"'


# --- routines ------------------------------------------------------------------------------------------------

WITH_ROUTINE = ["  a, b = tcp()", "  o = overlapped(NULL)", "  r = routine()", "  WSASend(a, [10], NULL, 0, &o, r) = 0"]


def test_routines_in_a_wait_are_told_short(execute: Execute) -> None:
    run = execute(case("short", *WITH_ROUTINE, "  SleepEx(limit, TRUE) = WAIT_IO_COMPLETION ran r(0, 10, &o, 0)") +
                  case("count", *WITH_ROUTINE, "  alertable_wait(1) = ran r(0, 1..10, &o, 0)"))
    assert run.lines("short")[-1] == "SleepEx(limit, TRUE) = WAIT_IO_COMPLETION ran r(0, 10, &o, 0)"
    assert run.lines("count")[-1] == "alertable_wait(1) = ran r(0, 10, &o, 0)"


def test_calls_inside_a_routine(execute: Execute) -> None:
    run = execute(case("calls", "  a, b = tcp()", "  o = overlapped(NULL)", "  routine r", send(5, "0 sent 5"),
                       "  end", "  WSASend(a, [10], NULL, 0, &o, r) = 0", "  SleepEx(limit, TRUE) = WAIT_IO_COMPLETION",
                       "  recv(b, 15)"))
    assert run.lines("calls")[2:] == [
        "r = routine()", "WSASend(a, [10], NULL, 0, &o, r) = 0", "SleepEx(limit, TRUE) ...", "enter r(0, 10, &o, 0)",
        "WSASend(a, [5], &sent, 0, NULL, NULL) = 0 sent 5", "leave r", "... SleepEx = WAIT_IO_COMPLETION",
        "recv(b, 15) = 1[0..10] 2[0..5]"]


def test_a_routine_called_before_its_time_is_told_where_it_was(execute: Execute, dll: Callable[[str], Path]) -> None:
    run = execute(case("inline", *WITH_ROUTINE), "--provider", dll("inline"))
    assert run.lines("inline")[3:] == ["WSASend(a, [10], NULL, 0, &o, r) ...", "enter r(0, 10, &o, 0)", "leave r",
                                       "... WSASend = 0"]


def test_a_routine_called_on_a_strange_thread_is_told(execute: Execute, dll: Callable[[str], Path]) -> None:
    run = execute(case("elsewhere", *WITH_ROUTINE), "--provider", dll("elsewhere"))
    assert run.lines("elsewhere")[3:] == ["WSASend(a, [10], NULL, 0, &o, r) ...", "thread foreign",
                                          "foreign: enter r(0, 10, &o, 0)", "foreign: leave r", "... WSASend = 0"]


# --- control -------------------------------------------------------------------------------------------------


def test_what_no_alternative_says_ends_the_case(execute: Execute) -> None:
    run = execute(case("ends", "  a, b = tcp()", send(10, "SOCKET_ERROR WSAENOBUFS or 0 sent 11..12"), send(10)) +
                  case("range", "  a, b = tcp()", send(10, "SOCKET_ERROR WSAEINTR or 0 sent 1..10"), "  recv(b, 10)") +
                  case("want", "  a, b = tcp()", send(10, "0 sent 10 or want SOCKET_ERROR WSAEWOULDBLOCK")))
    assert run.lines("ends")[1:] == ["WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10 unforeseen"]
    assert run.lines("range")[-1] == "recv(b, 10) = 1[0..10]"
    assert run.outcome("want", "WSASend") == "0 sent 10 unwanted"


def test_a_setup_that_fails_ends_the_case(execute: Execute) -> None:
    run = execute(case("fails", "  s = socket(AF_INET, SOCK_STREAM, IPPROTO_UDP)", "  e = WSACreateEvent()"))
    assert len(run.lines("fails")) == 1 and run.outcome("fails", "s").startswith('failed "socket: WSAE')


def test_requirements(execute: Execute) -> None:
    text = case("net", "  a, b = tcp()", send(1), header="  requires netns root")
    assert execute(text).lines("net") == ['a, b = tcp() = unsupported "needs netns"']
    assert execute(text, "--have", "netns").outcome("net", "a, b") == 'unsupported "needs root"'
    assert execute(text, "--have", "root netns").outcome("net", "WSASend") == "0 sent 1"


def test_uninitialised_and_fresh_processes(execute: Execute) -> None:
    bare = case("bare", "  WSASend(INVALID_SOCKET, [1], &sent, 0, NULL, NULL)", "  WSACleanup()",
                header="  start uninitialised")
    fresh = "".join(case(f"fresh {i}", "  a, b = tcp()", send(1, "0 sent 1"), header="  start fresh")
                    for i in range(5))
    run = execute("".join(GOOD) + bare + fresh, "--jobs", "2")
    assert run.outcome("bare", "WSACleanup") == "SOCKET_ERROR WSANOTINITIALISED"
    assert [run.outcome(f"fresh {i}", "WSASend") for i in range(5)] == ["0 sent 1"] * 5


def test_a_thousand_cases_in_one_process(execute: Execute) -> None:
    names = [f"case {i}" for i in range(1000)]
    run = execute("".join(case(name, "  a, b = udp()", send(10), "  recv(b, 10)") for name in names))
    assert run.status == 0 and re.findall(r'^case "t/(.*)"', run.trace, re.M) == names
    assert len(re.findall(r"recv\(b, 10\) = 1\[0\.\.10\] @", run.trace)) == 1000


def test_a_long_case_streams_and_stays_whole(execute: Execute) -> None:
    long = case("long", "  e = WSACreateEvent()", "  repeat 200000", "    WSAResetEvent(e) = 0", "  end")
    run = execute(long + "".join(GOOD), "--jobs", "2")
    good_ones_went_well(run)
    assert len(run.trace) > 6 << 20 and run.lines("long").count("WSAResetEvent(e) = 0") == 200000


def test_repeat_until(execute: Execute) -> None:
    run = execute(case("until", "  a, b = tcp(nonblocking, narrow)", "  repeat 1000 until WSAEWOULDBLOCK",
                       "  " + send(65536), "  end"))
    lines = run.lines("until")
    assert 2 < len(lines) < 1000 and "WSAEWOULDBLOCK" in lines[-1] and "WSAEWOULDBLOCK" not in lines[-2]


def test_completion_ports(execute: Execute) -> None:
    run = execute(case("port", "  a, b = tcp()", "  p = CreateIoCompletionPort(a, 7)", "  o = overlapped(NULL)",
                       "  WSASend(a, [10], NULL, 0, &o, NULL) = 0",
                       "  GetQueuedCompletionStatus(p, limit) = TRUE &o transferred 10",
                       "  GetQueuedCompletionStatus(p, 0) = FALSE WAIT_TIMEOUT"))
    assert run.lines("port")[-2:] == ["GetQueuedCompletionStatus(p, limit) = TRUE &o transferred 10",
                                      "GetQueuedCompletionStatus(p, 0) = FALSE WAIT_TIMEOUT"]


# --- further verbs -------------------------------------------------------------------------------------------


def test_second_handles(execute: Execute) -> None:
    run = execute(case("second", "  a, b = tcp()", "  d = WSADuplicateSocket(a)",
                       "  WSASend(d, [6], &sent, 0, NULL, NULL)",
                       "  closesocket(a) = 0", "  WSASend(d, [5], &sent, 0, NULL, NULL)", "  e = WSADuplicateSocket(b)",
                       "  recv(b, 6)", "  recv(e, 5)") +
                  case("handle", "  a, b = tcp()", "  d = DuplicateHandle(a)", "  closesocket(d)"))
    assert run.lines("second")[-2:] == ["recv(b, 6) = 1[0..6]", "recv(e, 5) = 2[0..5]"]
    assert run.lines("handle")[1] == "d = DuplicateHandle(a)"


def test_connect_ex(execute: Execute) -> None:
    run = execute(case("ex", "  l = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)", "  bind(l, loopback) = 0",
                       "  listen(l) = 0", "  a = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)", "  ConnectEx(a, l)",
                       "  bind(a, loopback) = 0", "  ConnectEx(a, l) = 0", "  b = accept(l)", "  " + send(10),
                       "  shutdown(a, SD_SEND) = 0", "  recv(b, 11)") +
                  case("nobody", "  a = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)", "  bind(a, loopback) = 0",
                       "  ConnectEx(a, nobody)"))
    assert run.lines("ex")[4] == "ConnectEx(a, l) = SOCKET_ERROR WSAEINVAL"
    assert run.lines("ex")[-1] == "recv(b, 11) = 1[0..10] eof"
    assert run.outcome("nobody", "ConnectEx") == "SOCKET_ERROR WSAECONNREFUSED"


def test_send_to_has_data_ids(execute: Execute) -> None:
    run = execute(case("to", "  a, b = udp()", "  o = overlapped(NULL)",
                       "  WSASendTo(a, [10], &sent, 0, b, NULL, NULL)",
                       "  WSASendTo(a, [4, 6], &sent, 0, b, &o, NULL)", "  WSAGetOverlappedResult(a, &o, &n, TRUE)",
                       send(9), *["  recv(b, 100)"] * 3))
    assert [line.split(" = ")[1] for line in run.lines("to") if line.startswith("recv")] == [
        "1[0..10]", "2[0..10]", "3[0..9]"]


def test_receives_that_are_only_started(execute: Execute) -> None:
    run = execute(case("receives", "  a, b = tcp()", "  r = routine()", "  o = overlapped(NULL)",
                       "  WSARecv(a, 100, &o, r)",
                       "  WSASend(b, [9], &sent, 0, NULL, NULL)", "  SleepEx(limit, TRUE)",
                       "  WSARecvFrom(a, 3, &o, NULL)",
                       "  WSASend(b, [8], &sent, 0, NULL, NULL)", "  WSAGetOverlappedResult(a, &o, &n, TRUE)",
                       "  recv(a, 5)"))
    assert run.outcome("receives", "WSARecv(") == "SOCKET_ERROR WSA_IO_PENDING"
    assert run.outcome("receives", "SleepEx") == "WAIT_IO_COMPLETION ran r(0, 9, &o, 0)"
    assert run.outcome("receives", "WSAGetOverlappedResult") == "TRUE transferred 3"
    assert run.outcome("receives", "recv(") == "2[3..8]"


def test_printf(execute: Execute) -> None:
    run = execute(case("prints", "  a, b = tcp()", send(10), '  printf("%d of %u%%\\n", &sent, 4294967295)',
                       '  printf("%d", 4294967295) = "-2"', '  printf("never")'))
    assert run.lines("prints")[2:] == ['printf("%d of %u%%\\n", &sent, 4294967295) = "10 of 4294967295%\\n"',
                                       'printf("%d", 4294967295) = "-1" unforeseen']


@pytest.mark.parametrize(("call", "code"), [
    ("WSAStartup(0x0101)", "WSAVERNOTSUPPORTED"), ("WSAStartup()", ""), ("WSASendDisconnect(a)", "WSAENETDOWN"),
    ("d = WSADuplicateSocket(a)", "WSADuplicateSocket: WSAEMFILE"), ("d = DuplicateHandle(a)",
                                                                     "DuplicateHandle: WSAEPROCLIM"),
    ("setsockopt(a, IPPROTO_IP, IP_TTL, 1)", "WSAENOPROTOOPT"), ("setsockopt(a, SO_SNDBUF, 4096)", "WSAEPROTOTYPE"),
    ("keepalive(a, 1000, 200)", "WSAEPFNOSUPPORT"), ("WSASendTo(a, [4, 1], &sent, MSG_DONTROUTE, a, &o, r)",
                                                     "WSAEHOSTUNREACH sent untouched"),
    ("WSARecv(a, 12, &o, r)", "WSAEISCONN"), ("WSARecvFrom(a, 13, NULL, NULL)", "WSAEALREADY"),
    ("QueueUserAPC(r, main)", "WSAEUSERS"), ("QueueUserAPC(r, t1)", "WSAEUSERS"), ("connect(a, beyond)",
                                                                                   "WSAEHOSTUNREACH"),
    ("connect(a, silent)", "WSAEHOSTDOWN"), ("connect(c, beyond)", "WSAEHOSTUNREACH"), ("connect(c, silent)",
                                                                                        "WSAEHOSTDOWN"),
])
def test_each_function_is_called_as_it_should_be(execute: Execute, dll: Callable[[str], Path], call: str,
                                                 code: str) -> None:
    run = execute(case("one", "  a = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)", "  bind(a, loopback)",
                       "  c = socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP)", "  o = overlapped(NULL)", "  r = routine()",
                       "  thread t1", f"  {call}", header="  requires netns"), "--have", "netns", "--provider",
                  dll("refuses"))
    told = run.lines("one")[-1].removeprefix(call.replace("0x0101", "0x101")).removeprefix(" = ")
    assert told == (f'failed "{code}"' if ":" in code else f"SOCKET_ERROR {code}" if code else "0")


def test_connect_ex_that_is_not_there(execute: Execute, dll: Callable[[str], Path]) -> None:
    run = execute(case("ex", "  a = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)", "  ConnectEx(a, nobody)"), "--provider",
                  dll("refuses"))
    assert run.outcome("ex", "ConnectEx") == 'unsupported "there is no ConnectEx"'


def test_far_addresses_only_in_a_network_of_its_own(execute: Execute, dll: Callable[[str], Path]) -> None:
    run = execute(case("far", "  a = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)", "  connect(a, beyond)"),
                  "--have", "netns", "--provider", dll("refuses"))
    assert run.outcome("far", "connect") == 'unsupported "needs netns"'


def test_sockets_of_other_kinds(execute: Execute) -> None:
    run = execute(case("raw", "  a = raw(nonblocking)", send(10)) + case("unix", "  a, b = af_unix()", send(10),
                                                                         "  recv(b, 10)"))
    assert run.outcome("raw", "a =") in ("", 'failed "WSASocket: WSAEACCES"')
    assert run.lines("unix")[0] == 'a, b = af_unix() = failed "socket: WSAEAFNOSUPPORT"' \
        or run.outcome("unix", "recv") == "1[0..10]"


# --- threads -------------------------------------------------------------------------------------------------


def test_calls_that_block_on_several_threads(execute: Execute) -> None:
    big = "[2097152], &sent, 0, NULL, NULL)"
    run = execute(case("block", "  a, b = tcp(narrow)", "  c, d = tcp(narrow)", "  e, f = tcp()", "  thread t1",
                       "  thread t2",
                       "  thread t3", f"  t1: WSASend(a, {big} ...", f"  t2: WSASend(c, {big} ...",
                       "  t3: recv(f, 20) ...", "  recv(d, 2097152)", "  recv(b, 2097152)",
                       "  WSASend(e, [20], &sent, 0, NULL, NULL)",
                       "  t2: ... WSASend = 0 sent 2097152", "  t1: ... WSASend = 0 sent 2097152",
                       "  t3: ... recv = 3[0..20]", header="  limit 20s"))
    assert run.outcome("block", "recv(d") == "2[0..2097152]" and run.outcome("block", "recv(b") == "1[0..2097152]"
    assert run.lines("block")[-3:] == ["t2: ... WSASend = 0 sent 2097152", "t1: ... WSASend = 0 sent 2097152",
                                       "t3: ... recv = 3[0..20]"]


def test_user_apcs(execute: Execute) -> None:
    run = execute(case("apc", "  a, b = tcp()", "  r = routine()", "  routine r2", "  " + send(3), "  end",
                       "  thread t1",
                       "  QueueUserAPC(r, main) = 0", "  QueueUserAPC(r, t1) = 0", "  SleepEx(0, TRUE)",
                       "  SleepEx(0, TRUE)", "  QueueUserAPC(r2, t1)", "  t1: SleepEx(limit, TRUE)", "  recv(b, 3)"))
    assert run.lines("apc")[4:] == [
        "QueueUserAPC(r, main) = 0", "QueueUserAPC(r, t1) = 0",
        "SleepEx(0, TRUE) = WAIT_IO_COMPLETION ran r(0, 0, NULL, 0)",
        "SleepEx(0, TRUE) = 0", "QueueUserAPC(r2, t1) = 0", "t1: SleepEx(limit, TRUE) ...",
        "t1: enter r(0, 0, NULL, 0)",
        "t1: leave r", "t1: enter r2(0, 0, NULL, 0)", "t1: WSASend(a, [3], &sent, 0, NULL, NULL) = 0 sent 3",
        "t1: leave r2",
        "t1: ... SleepEx = WAIT_IO_COMPLETION", "recv(b, 3) = 1[0..3]"]


def test_an_apc_that_is_left_over_runs_in_no_other_case(execute: Execute) -> None:
    run = execute("".join(case(f"queue {i}", "  r = routine()", "  QueueUserAPC(r, main) = 0") +
                          case(f"wait {i}", "  r = routine()", "  SleepEx(0, TRUE)") for i in range(5)))
    assert [run.outcome(f"wait {i}", "SleepEx") for i in range(5)] == ["0"] * 5


def test_an_apc_in_a_blocking_send_is_told_inside_it(execute: Execute, dll: Callable[[str], Path]) -> None:
    run = execute(case("inside", "  a, b = tcp()", "  r = routine()", "  thread t1",
                       "  t1: WSASend(a, [7], &sent, 0, NULL, NULL) ...", "  QueueUserAPC(r, t1) = 0",
                       "  t1: ... WSASend = 0 sent 7", "  recv(b, 7)") +
                  case("own thread", "  a, b = tcp()", "  r = routine()", "  QueueUserAPC(r, main) = 0", send(7)),
                  "--provider", dll("alertable"))
    lines = [line for line in run.lines("inside") if "QueueUserAPC" not in line]  # may have ended before or after
    assert lines[3:] == ["t1: WSASend(a, [7], &sent, 0, NULL, NULL) ...", "t1: enter r(0, 0, NULL, 0)", "t1: leave r",
                         "t1: ... WSASend = 0 sent 7", "recv(b, 7) = 1[0..7]"]
    assert run.lines("own thread")[-4:] == ["WSASend(a, [7], &sent, 0, NULL, NULL) ...", "enter r(0, 0, NULL, 0)",
                                            "leave r",
                                            "... WSASend = 0 sent 7"]


def test_a_thread_that_ends(execute: Execute) -> None:
    run = execute(case("ends", "  a, b = tcp(narrow)", "  o = overlapped(NULL)", "  r = routine()", "  thread t1",
                       "  thread t2",
                       "  t1: WSASend(a, [2097152], NULL, 0, &o, r)", "  t1: ExitThread() = 0", "  QueueUserAPC(r, t1)",
                       "  t2: SleepEx(0, FALSE) = 0") + "".join(GOOD))
    assert run.lines("ends")[-3:] == ["t1: ExitThread() = 0", "QueueUserAPC(r, t1) = SOCKET_ERROR ERROR_GEN_FAILURE",
                                      "t2: SleepEx(0, FALSE) = 0"]
    good_ones_went_well(run)


def test_a_call_that_ends_its_thread_is_a_crash(execute: Execute, dll: Callable[[str], Path]) -> None:
    run = execute(case("own", "  a, b = tcp()", "  thread t1", "  t1: WSASend(a, [7], &sent, 0, NULL, NULL)",
                       "  shutdown(a, SD_SEND)") +
                  case("later", "  a, b = tcp()", "  thread t1", "  t1: WSASend(a, [7], &sent, 0, NULL, NULL) ...",
                       "  t1: ... WSASend = 0 sent 7") + case("next", "  a, b = tcp()"), "--provider", dll("ends"))
    assert run.lines("own")[-1] == "t1: WSASend(a, [7], &sent, 0, NULL, NULL) = crash 5"
    assert run.lines("later")[-1] == "t1: ... WSASend = crash 5"
    assert run.lines("next") == ["a, b = tcp()"]


# --- Windows Sockets 1.1 -------------------------------------------------------------------------------------

HOOKED = case("hooked", "  a, b = tcp()", "  routine r", "  " + send(3, "SOCKET_ERROR WSAEINPROGRESS"),
              "    WSACancelBlockingCall() = 0", "  end", "  WSASetBlockingHook(r) = 0", send(7), send(7), send(8),
              "  WSACancelBlockingCall()", "  WSAUnhookBlockingHook() = 0", send(7), "  recv(b, 22)")


def test_blocking_hooks(execute: Execute, dll: Callable[[str], Path]) -> None:
    seven = "WSASend(a, [7], &sent, 0, NULL, NULL)"
    run = execute(HOOKED, "--provider", dll("hooks"))
    assert judge("check", stdin=run.trace.encode()).returncode == 0
    assert run.lines("hooked")[2:] == [
        "WSASetBlockingHook(r) = 0", f"{seven} ...", "enter r(0, 0, NULL, 0)",
        "WSASend(a, [3], &sent, 0, NULL, NULL) = SOCKET_ERROR WSAEINPROGRESS sent untouched",
        "WSACancelBlockingCall() = 0",
        "leave r", "... WSASend = SOCKET_ERROR WSAEINTR sent untouched", f"{seven} ...", "enter r(0, 0, NULL, 0)",
        "leave r",
        "... WSASend = 0 sent 7", "WSASend(a, [8], &sent, 0, NULL, NULL) = 0 sent 8",
        "WSACancelBlockingCall() = SOCKET_ERROR WSAEINVAL", "WSAUnhookBlockingHook() = 0", f"{seven} = 0 sent 7",
        "recv(b, 22) = 3[0..7] 4[0..8] 5[0..7]"]


def test_blocking_hooks_that_do_nothing(execute: Execute, dll: Callable[[str], Path]) -> None:
    assert execute(HOOKED, "--provider", dll("nohooks")).lines("hooked")[2:] == [
        'WSASetBlockingHook(r) = unsupported "the target has no blocking hooks here"']


# --- many operations -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("many", [10000])
def test_many_operations_outstanding(execute: Execute, many: int) -> None:
    def loop(*lines: str) -> list[str]:
        return [f"  repeat {many}", *lines, "  end"]

    def sends(routine: str) -> list[str]:
        return loop("  o# = overlapped(NULL)",
                    f"  WSASend(a, [640], NULL, 0, &o#, {routine}) = 0 or SOCKET_ERROR WSA_IO_PENDING")

    run = execute(case("routines", "  a, b = tcp(narrow)", "  r = routine()", *sends("r"), "  drain(b)",
                       f"  alertable_wait({many})", f"  recv(b, {640 * many})", header="  limit 60s") +
                  case("port", "  a, b = tcp(narrow)", "  p = CreateIoCompletionPort(a, 1)", *sends("NULL"),
                       f"  recv(b, {640 * many})",
                       *loop("  GetQueuedCompletionStatus(p, limit) = TRUE &o# transferred 640"), header="  limit 60s"))
    data = " ".join(f"{i}[0..640]" for i in range(1, many + 1))
    assert run.outcome("routines", "recv") == run.outcome("port", "recv") == data
    ran = run.outcome("routines", "alertable_wait").removeprefix("ran ").split(") ")
    assert sorted(ran[-1:] + [f"{one})" for one in ran[:-1]]) == sorted(f"r(0, 640, &o{i}, 0)" for i in range(1, many +
                                                                                                              1))
    assert run.lines("port")[-1] == f"GetQueuedCompletionStatus(p, limit) = TRUE &o{many} transferred 640"
    assert sum("WSA_IO_PENDING" in line for line in run.lines("port")) > many // 2


def test_data_of_an_operation_that_may_be_outstanding_is_left_alone(execute: Execute) -> None:
    """An event that something else may have set says nothing of the operation."""
    sent = "  WSASend(a, [{}], NULL, 0, &{}, NULL) = 0 or SOCKET_ERROR WSA_IO_PENDING"
    wait = "  WSAWaitForMultipleEvents([e], TRUE, limit, FALSE) = WSA_WAIT_EVENT_0"
    head = ["  a, b = tcp(narrow)", "  e = WSACreateEvent()", "  o = overlapped(e)", "  o2 = overlapped(e)"]
    run = execute(case("set by hand", *head, sent.format(2097152, "o"), "  WSASetEvent(e) = 0", wait,
                       "  recv(b, 2097152)") +
                  case("shared", *head, "  c, d = tcp()", sent.format(2097152, "o"),
                       sent.format(5, "o2").replace("(a", "(c"), wait, "  recv(b, 2097152)"))
    assert run.outcome("set by hand", "recv") == "1[0..2097152]" and run.outcome("shared", "recv") == "1[0..2097152]"


def test_events_and_ports_of_an_operation_that_may_be_outstanding_become_no_other_cases(
        execute: Execute, dll: Callable[[str], Path]) -> None:
    """A provider that is slow may have kept the numbers of their handles."""
    lines = ["  a, b = udp()", "  e = WSACreateEvent()", "  o = overlapped(e)", "  p = CreateIoCompletionPort(a, 1)",
             "  WSASend(a, [10], NULL, 0, &o, NULL) = 0 or SOCKET_ERROR WSA_IO_PENDING",
             "  WSAWaitForMultipleEvents([e], TRUE, 0, FALSE)", "  GetQueuedCompletionStatus(p, 0)"]
    run = execute("".join(case(name, *lines) for name in ("first", "second", "third")), "--jobs", "1", "--provider",
                  dll("tells_late"))
    for name in ("first", "second", "third"):
        assert run.outcome(name, "WSAWaitForMultipleEvents") == "WSA_WAIT_TIMEOUT"
        assert run.outcome(name, "GetQueuedCompletionStatus") == "FALSE WAIT_TIMEOUT"


# --- faults --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Driven:
    """What an executor asked for, in its order among the cases ("fault link_down", "case t/x"), and its run."""

    story: list[str]
    run: Run


Drive = Callable[..., Driven]


@pytest.fixture
def drive(start: Callable[..., Started]) -> Drive:
    """Runs the executor as a driver does that answers what it is told to answer, "done" if nothing. kills_first: before the first
    answer the workers are killed."""

    def run(text: str, *options: str | Path, kills_first: bool = False, **answers: str) -> Driven:
        begun = start(text, "--faults", "-", *options, asks=True)
        assert begun.process.stdout and begun.process.stdin
        story, trace = [], []
        at_most = threading.Timer(LIMIT_S, begun.process.kill)
        at_most.start()
        for raw in begun.process.stdout:
            line = raw.decode().rstrip("\n")
            asked = re.match(r"# fault (\d+): (.*)", line)
            if asked:
                if kills_first and not story:
                    kill(begun.token, workers=True)
                story.append(f"fault {asked[2]}")
                begun.process.stdin.write(f"{asked[1]} {answers.get(asked[2].split('(')[0], 'done')}\n".encode())
                begun.process.stdin.flush()
            elif line.startswith("case "):
                story.append(line.replace('"', ""))
            trace.append(line)
        at_most.cancel()
        status = begun.process.wait(LIMIT_S)
        return Driven(story, Run(status, "\n".join(trace) + "\n", begun.err.read_text(errors="replace")))

    return run


def test_a_worker_that_somebody_kills_is_replaced(drive: Drive) -> None:
    """In the middle of a case, for it has asked for something: the case is done again."""
    driven = drive(case("killed", "  a, b = tcp()", "  fault(mtu(1500))", send(8), "  recv(b, 8)") + GOOD[0], kills_first=True)
    assert driven.run.status == 0 and driven.story.count("fault mtu(1500)") == 2, driven.run
    assert driven.run.outcome("killed", "recv") == driven.run.outcome("before", "recv") == "1[0..8]"


FAULT = ["  a, b = tcp()", "  fault(link_down, inject(WSAENETDOWN, 3)) = ok", "  fault(mtu(1500))"]


def test_faults_are_asked_for_and_healed(drive: Drive) -> None:
    driven = drive(case("fault", *FAULT, send(10)) + GOOD[1])
    assert driven.story == ["fault link_down", "fault inject(10050, 3)", "fault mtu(1500)", "case t/fault",
                            "fault heal",
                            "case t/after"]
    assert driven.run.status == 0 and driven.run.lines("fault")[1:] == [
        "fault(link_down, inject(WSAENETDOWN, 3)) = ok", "fault(mtu(1500)) = ok",
        "WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10"]


def test_a_fault_that_cannot_be_made(drive: Drive) -> None:
    driven = drive(case("fault", *FAULT) + GOOD[1], inject="failed: it is \"not\" there", heal="failed: what?")
    assert driven.story == ["fault link_down", "fault inject(10050, 3)", "case t/fault", "fault heal"]
    assert driven.run.lines("fault")[-1].endswith(r'= unsupported "it is \"not\" there"')
    assert driven.run.status == 3 and "what?" in driven.run.err  # link_down was made: the next case would be wrong
    driven = drive(case("fault", *FAULT) + GOOD[1], link_down="failed: no network", heal="failed: no network")
    assert driven.run.status == 0 and driven.run.outcome("after", "recv") == "1[0..9]"


@pytest.mark.parametrize(("name", "outcome"), [("crashes", "crash 0xC0000005"), ("exits", "crash 0x0000004D"),
                                               ("hangs", "hang")])
def test_faults_are_healed_whatever_happens(drive: Drive, provider: Callable[[str], Path], name: str,
                                            outcome: str) -> None:
    driven = drive(case("fault", *FAULT, send(7), header="  limit 300ms") + GOOD[1], "--provider", provider(name))
    made = ["fault link_down", "fault inject(10050, 3)", "fault mtu(1500)"]
    assert driven.story in ([*made, "case t/fault", "fault heal", "case t/after"],
                            [*made, "fault heal", *made, "case t/fault", "fault heal", "case t/after"])
    assert driven.run.outcome("fault", "WSASend") == outcome and driven.run.outcome("after", "recv") == "1[0..9]"


def test_cases_run_alone_where_faults_are_made(drive: Drive) -> None:
    slow = ["  a, b = tcp()", "  fault(link_down)", "  recv(b, 1) = timeout"]
    driven = drive("".join(case(f"slow {i}", *slow, header="  limit 400ms") for i in range(3)), "--jobs", "3")
    told = [line for line in driven.story if line.startswith("fault")]
    assert told == ["fault link_down", "fault heal"] * 3


def test_faults_in_a_long_trace_stand_between_lines(drive: Drive) -> None:
    driven = drive(case("long", "  e = WSACreateEvent()", "  repeat 200000", "    WSAResetEvent(e) = 0", "  end",
                        "  fault(drop)", "  repeat 10000", "    WSASetEvent(e) = 0", "  end"))
    assert driven.story == ["case t/long", "fault drop", "fault heal"]
    lines = [line for line in driven.run.lines("long") if not line.startswith("#")]
    assert len(lines) == 210002 and all(re.fullmatch(r"WSA(Res|S)etEvent\(e\) = 0|e = .*|fault\(drop\) = ok",
                                                     line) for line in lines)


def test_nobody_who_makes_faults(execute: Execute) -> None:
    text = case("fault", *FAULT)
    assert execute(text).lines("fault")[-1].endswith('= unsupported "nobody makes faults here (--faults)"')
    assert execute(text, "--faults",
                   "-").lines("fault")[-1].endswith('= unsupported "nobody on standard input makes faults"')


def test_an_operators_command_makes_faults(execute: Execute, tmp_path: Path) -> None:
    program, log = tmp_path / "command.exe", tmp_path / "log"
    subprocess.run(["x86_64-w64-mingw32-gcc", "-std=c11", "-Wall", "-Werror", "-o", program,
                    TREE / "runner" / "tests" / "dlls" / "command.c"], check=True)
    text = case("fault", *FAULT) + case("fails", "  fault(drop)") + GOOD[1]
    run = execute(text, "--faults", f"Z:{program} Z:{log}")
    assert run.status == 0 and log.read_text().splitlines() == ["link_down", "inject 10050 3", "mtu 1500", "heal",
                                                                "drop", "heal"]
    assert run.lines("fault")[-1] == "fault(mtu(1500)) = ok" and "ended with status 3" in run.outcome("fails", "fault")
    assert "this is no trace" not in run.trace and "# fault" not in run.trace
    run = execute(text, "--faults", "no such program")
    assert "no such program cannot be started" in run.lines("fault")[-1]
