"""Runs cases on one target: executor | judge, with a copy of the trace, until every case has its verdict.

The executor contains crashes and hangs of single cases itself. Here its own death or standstill is survived: it is
started again with the cases that are not done yet. Only whole cases go on to the judge and into the trace.
"""

from __future__ import annotations

import json
import os
import re
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from wsconform import interrupts, places
from wsconform.cases import Case
from wsconform.errors import NOT_RUN, BadUsage, NeverRan, TargetError
from wsconform.targets import Target
from wsconform.wine import Prefix

#: An executor that dies or stands still that often without finishing a case is not started again.
STRIKES = 3
#: Silence of the executor beyond what the cases' own limits explain, in seconds.
STALL_S = 30.0
#: So many calls of a case may each use up the whole limit.
STALL_CALLS = 8
_CHUNK = 1 << 16
_HIGH_WATER = 1 << 20

_CASE = re.compile(rb'[ \t]*case[ \t]+"((?:[^"\\]|\\.)*)"')
_END = re.compile(rb"[ \t]*end[ \t]*(?:@|\r?$)")
_ESCAPE = re.compile(rb'\\(?:x([0-9a-fA-F]{2})|(.))', re.DOTALL)


@dataclass(frozen=True)
class Run:
    """What one target did: for the reports."""

    target: dict[str, Any]
    judged: list[dict[str, Any]]
    trace: str
    seconds: float
    #: the options of ./wsconform run that choose this target
    options: tuple[str, ...] = ()
    #: Cases whose verdict or signature changed between repeats: what was seen, and how often.
    unstable: dict[str, list[tuple[str, int]]] = field(default_factory=dict)


def unquoted(text: bytes) -> str:
    """The inside of a string of the notation, as text."""
    def one(match: re.Match[bytes]) -> bytes:
        if match[1]:
            return bytes([int(match[1], 16)])
        return b"\n" if match[2] == b"n" else match[2]
    return _ESCAPE.sub(one, text).decode("utf-8", "surrogateescape")


class CaseSplitter:
    """Cuts an executor's output into whole cases."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        self._id: str | None = None

    def feed(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        """The cases that data completes, as (id, text with its end line)."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if self._id is None:
                begins = _CASE.match(line)
                if begins:
                    self._id, self._lines = unquoted(begins[1]), [line]
                continue  # a head, a blank line, a comment
            self._lines.append(line)
            if _END.match(line):
                yield self._id, b"\n".join(self._lines) + b"\n"
                self._id, self._lines = None, []


class Engine:
    """Runs the given cases once. Iterate over results(); close() ends everything at any time."""

    def __init__(self, target: Target, prefix: Prefix | None, root: Path, cases: Sequence[Case], *, jobs: int = 2,
                 limit_ms: int | None = None, profile: str = "documented", command: Sequence[str] | None = None,
                 stall_s: float = STALL_S) -> None:
        self.target = target
        self.seconds = 0.0
        self.trouble = ""  # why some cases were not run, if so
        self.restarts = 0
        self._status: int | None = None  # of the last executor that ended early
        self._texts: list[bytes] = []
        self._prefix = prefix
        self._root = root
        self._pending = {case.id: case for case in cases}
        self._unjudged = dict(self._pending)
        self._jobs = jobs
        self._limit_ms = limit_ms
        self._profile = profile
        self._command = list(command) if command else None
        self._stall_s = stall_s
        self._folder = tempfile.TemporaryDirectory(prefix="wsconform-")
        self._executor: subprocess.Popen[bytes] | None = None
        self._judge: subprocess.Popen[bytes] | None = None

    @property
    def trace(self) -> str:
        """Everything that was judged so far, as it was judged."""
        return self.target.head() + b"".join(self._texts).decode("utf-8", "surrogateescape")

    # --- processes -----------------------------------------------------------------------------------------

    def _executor_command(self) -> list[str]:
        """The executor gets paths relative to the cases' folder, its working directory: they are plain ASCII
        wherever the clone lies, and mean the same to a Windows program."""
        only = Path(self._folder.name) / "only"
        only.write_text("".join(f"{id}\n" for id in self._pending))
        files = list(dict.fromkeys(os.path.relpath(c.file, self._root) for c in self._pending.values()))
        options = ["--root", ".", "--jobs", str(self._jobs)]
        if self._limit_ms:
            options += ["--limit", str(self._limit_ms)]
        if self._prefix is None:
            start = self._command or [str(places.model_executor())]
            return [*start, *options, "--only", str(only), *files]
        start = self._prefix.command(places.pe_executor(self.target.arch))
        if self.target.provider:
            options += ["--provider", windows_path(self._provider())]
        return [*start, *options, "--only", windows_path(only), *files]

    def _provider(self) -> Path:
        """The DLL to load. One that is named like the system's gets another name, as Wine would load its own instead:
        a folder of links to it and to all that stands beside it."""
        dll = self.target.provider
        assert dll
        if dll.name.lower() != "ws2_32.dll":
            return dll
        folder = Path(self._folder.name) / "provider"
        if not folder.is_dir():
            folder.mkdir()
            for beside in dll.parent.iterdir():
                (folder / ("provider_ws2_32.dll" if beside == dll else beside.name)).symlink_to(beside)
        return folder / "provider_ws2_32.dll"

    def _start_executor(self) -> subprocess.Popen[bytes]:
        environment = self._prefix.env if self._prefix else None
        with open(Path(self._folder.name) / "stderr", "wb") as errors:
            try:
                return subprocess.Popen(self._executor_command(), cwd=self._root, env=environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                                        start_new_session=True)
            except OSError as error:
                raise TargetError(f"cannot start the executor: {error}") from error

    def _start_judge(self) -> subprocess.Popen[bytes]:
        command = [str(places.judge()), "check", "--json", "--profile", self._profile, "-"]
        with open(Path(self._folder.name) / "judge", "wb") as errors:
            try:
                return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                                        start_new_session=True)
            except OSError as error:
                raise TargetError(f"cannot start the judge: {error}") from error

    def _said(self, name: str) -> str:
        """The end of what a process wrote to standard error."""
        with suppress(OSError):
            return (Path(self._folder.name) / name).read_bytes()[-2000:].decode("utf-8", "replace").strip()
        return ""

    def _end(self, process: subprocess.Popen[bytes] | None) -> None:
        """Kills a process and its group. One that has been waited for is left alone: its number may be another's now."""
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()
        if process.returncode is None:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def close(self) -> None:
        """Ends both processes, wherever they are; may be called twice."""
        with interrupts.held():
            executor, self._executor = self._executor, None
            judge, self._judge = self._judge, None
            self._end(executor)
            self._end(judge)
            if self._prefix and executor:
                self._prefix.end_stragglers()
            self._folder.cleanup()

    # --- the pump ------------------------------------------------------------------------------------------

    def results(self) -> Iterator[dict[str, Any]]:
        """The judge's record of each case, as it comes. Raises TargetError if the target cannot be run at all."""
        began = time.monotonic()
        try:
            yield from self._pump()
        finally:
            self.seconds = time.monotonic() - began
            self.close()

    def _pump(self) -> Iterator[dict[str, Any]]:
        with interrupts.held():
            self._judge = judge = self._start_judge()
        assert judge.stdin and judge.stdout
        os.set_blocking(judge.stdin.fileno(), False)
        verdicts = _Lines(judge.stdout)
        to_judge = bytearray(self.target.head().encode())
        strikes = 0
        with selectors.DefaultSelector() as selector:
            selector.register(judge.stdout, selectors.EVENT_READ)
            while self._pending and strikes < STRIKES:
                with interrupts.held():
                    self._executor = executor = self._start_executor()
                assert executor.stdout
                splitter, before = CaseSplitter(), len(self._pending)
                heard = time.monotonic()
                reading = True
                while reading:
                    self._watch(selector, executor.stdout, len(to_judge) < _HIGH_WATER, selectors.EVENT_READ)
                    self._watch(selector, judge.stdin, bool(to_judge), selectors.EVENT_WRITE)
                    for key, _ in selector.select(1.0):
                        if key.fileobj is executor.stdout:
                            data = os.read(key.fd, _CHUNK)
                            heard = time.monotonic()
                            reading = bool(data)
                            for id, text in splitter.feed(data):
                                if self._pending.pop(id, None):
                                    to_judge += text
                                    self._texts.append(text)
                        elif key.fileobj is judge.stdin:
                            self._write(key.fd, to_judge)
                        else:
                            yield from self._judged(verdicts)
                    if len(to_judge) >= _HIGH_WATER:
                        heard = time.monotonic()  # it is the judge that is slow
                    if reading and time.monotonic() - heard > self._silence():
                        self.trouble = f"the executor stood still for {self._silence():.0f} s"
                        break
                self._watch(selector, executor.stdout, False, selectors.EVENT_READ)
                status = None if reading else _exit_status(executor.pid)
                if self._pending:
                    self._after_death(status, before)
                    strikes = strikes + 1 if len(self._pending) == before else 0
                    if status == NOT_RUN and not self._texts:
                        strikes = STRIKES  # it says itself that it cannot
                self._end(executor)
                if self._prefix:
                    self._prefix.end_stragglers()
                self._executor = None
            # What is left in the pipes.
            while to_judge:
                self._watch(selector, judge.stdin, True, selectors.EVENT_WRITE)
                for key, _ in selector.select():
                    if key.fileobj is judge.stdin:
                        self._write(key.fd, to_judge)
                    else:
                        yield from self._judged(verdicts)
            self._watch(selector, judge.stdin, False, selectors.EVENT_WRITE)
        judge.stdin.close()
        while not verdicts.ended:
            yield from self._judged(verdicts)
        status = judge.wait()
        if status not in (0, 1):
            raise TargetError(f"the judge ended with status {status}: {self._said('judge')}")
        yield from self._not_run()

    @staticmethod
    def _watch(selector: selectors.BaseSelector, pipe: IO[bytes], wanted: bool, events: int) -> None:
        watched = pipe in selector.get_map()
        if wanted and not watched:
            selector.register(pipe, events)
        elif watched and not wanted:
            selector.unregister(pipe)

    def _write(self, fd: int, waiting: bytearray) -> None:
        try:
            del waiting[:os.write(fd, waiting[:_CHUNK])]
        except BrokenPipeError:
            assert self._judge
            raise TargetError(f"the judge ended with status {self._judge.wait()}: {self._said('judge')}") from None

    def _judged(self, verdicts: _Lines) -> Iterator[dict[str, Any]]:
        for line in verdicts.read():
            record = json.loads(line)
            if "id" in record:
                self._unjudged.pop(record["id"], None)
                yield record

    def _silence(self) -> float:
        """How long the executor may say nothing: cases come whole, and each call may last as long as the limit."""
        limit = max((c.limit_ms for c in self._pending.values()), default=0)
        return self._stall_s + STALL_CALLS * limit / 1000

    def _after_death(self, status: int | None, before: int) -> None:
        """The executor ended (status None: was ended) with cases left."""
        said = self._said("stderr")
        self._status = status
        if status == 2 and len(self._pending) == before and self.restarts == 0:
            raise BadUsage(said or "the executor refused its command line")
        if status is not None:
            self.trouble = f"the executor ended early (status {status})"
        if said:
            self.trouble += f": {said.splitlines()[-1]}"
        self.restarts += 1

    def _not_run(self) -> Iterator[dict[str, Any]]:
        """Records of the cases that got no verdict because the executor does not live long enough."""
        if self._unjudged and not self._texts:
            said = self._said("stderr")
            kind = TargetError if self._status == NOT_RUN else NeverRan
            raise kind(f"{self.target.name} could not be run: {said or self.trouble}")
        for case in list(self._unjudged.values()):
            yield {"id": case.id, "line": 0, "clauses": list(case.clauses), "verdict": "unsupported",
                   "reason": self.trouble or "the judge gave no verdict", "signature": "", "deviating": [],
                   "conditions": [], "seconds": 0.0, "steps": []}


def _exit_status(pid: int, limit_s: float = 10) -> int | None:
    """The exit status (negative: the signal) of a child that has closed its output, None if it does not end. The child
    is not reaped, so that its group can still be ended safely."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        done = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
        if done:
            return done.si_status if done.si_code == os.CLD_EXITED else -done.si_status
        time.sleep(0.002)
    return None


class _Lines:
    """Whole lines of a pipe that is read piece by piece."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._fd = pipe.fileno()
        self._rest = b""
        self.ended = False

    def read(self) -> list[bytes]:
        """Reads once (blocks if nothing is there) and gives the lines that are now whole."""
        data = os.read(self._fd, _CHUNK)
        self.ended = not data
        *lines, self._rest = (self._rest + data).split(b"\n")
        return lines


def windows_path(path: Path) -> str:
    """A path of this machine as programs under Wine see it."""
    return "Z:" + str(path).replace("/", "\\")
