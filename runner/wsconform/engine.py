"""Runs cases on one target: executor | judge, with a copy of the trace, until every case has its verdict.

The executor contains crashes and hangs of single cases itself. Here its own death or standstill is survived: it is
started again with the cases that are not done yet. Only whole cases go on to the judge and into the trace. Cases that need
a network or a libc of their own have executors of their own; their results and traces go together with the others'.
"""

from __future__ import annotations

import json
import os
import re
import selectors
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from wsconform import interrupts, launch, places
from wsconform.cases import Case
from wsconform.errors import NOT_RUN, BadUsage, NeverRan, TargetError
from wsconform.faults import PLAIN, Demand, Site, Sites, demand, grouped
from wsconform.netns import Unavailable
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
#: What stands in a path of this machine and cannot in one of Windows.
_UNSPEAKABLE = re.compile(r'[\\:*?"<>|\x00-\x1f]|[. ](?=/|$)')
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
    """Cuts an executor's output into whole cases; the faults that it asks for wait in demands."""

    def __init__(self) -> None:
        self.demands: list[Demand] = []
        self._rest = b""
        self._lines: list[bytes] = []
        self._id: str | None = None

    def feed(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        """The cases that data completes, as (id, text with its end line)."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            asked = demand(line)
            if asked:
                self.demands.append(asked)
            elif self._id is None:
                begins = _CASE.match(line)
                if begins:
                    self._id, self._lines = unquoted(begins[1]), [line]
                # else a head, a blank line, a comment
            else:
                self._lines.append(line)
                if _END.match(line):
                    yield self._id, b"\n".join(self._lines) + b"\n"
                    self._id, self._lines = None, []


@dataclass(eq=False)
class _Group:
    """Cases that one executor runs, at one site, and that executor."""

    name: str
    site: Site
    jobs: int
    pending: dict[str, Case]
    process: subprocess.Popen[bytes] | None = None
    splitter: CaseSplitter = field(default_factory=CaseSplitter)
    before: int = 0  # so many cases were left when it started
    heard: float = 0.0  # when it last said something
    strikes: int = 0  # it ended that often, one after another, without finishing a case
    spoke: bool = False  # it has finished a case, ever

    @property
    def finished(self) -> bool:
        return self.process is None and (not self.pending or self.strikes >= STRIKES)

    def silence(self, stall_s: float) -> float:
        """How long it may say nothing: cases come whole, and each call may last as long as the limit."""
        limit = max((c.limit_ms for c in self.pending.values()), default=0)
        return stall_s + STALL_CALLS * limit / 1000


class Engine:
    """Runs the given cases once. Iterate over results(); close() ends everything at any time.

    Each group of cases with the same needs has an executor of its own, at a site of sites; without sites all run in one,
    just here. They run beside each other where more than one job is allowed, and one judge hears them all."""

    def __init__(self, target: Target, prefix: Prefix | None, root: Path, cases: Sequence[Case], *, jobs: int = 2,
                 limit_ms: int | None = None, profile: str = "documented", command: Sequence[str] | None = None,
                 stall_s: float = STALL_S, sites: Sites | None = None) -> None:
        self.target = target
        self.seconds = 0.0
        self.trouble = ""  # why some cases were not run, if so
        self.restarts = 0
        self._status: int | None = None  # of the last executor that ended early
        self._texts: list[bytes] = []
        self._to_judge = bytearray()
        self._prefix = prefix
        self._root = root
        self._unjudged = {case.id: case for case in cases}
        self._cases = list(cases)
        self._jobs = jobs
        self._limit_ms = limit_ms
        self._profile = profile
        self._command = list(command) if command else None
        self._stall_s = stall_s
        self._sites = sites
        self._lacking: dict[str, str] = {}  # why a case has no site, by id
        if prefix and target.launch:
            prefix.launched = True
        self._folder = tempfile.TemporaryDirectory(prefix="wsconform-")
        self._groups: list[_Group] = []
        self._judge: subprocess.Popen[bytes] | None = None

    @property
    def trace(self) -> str:
        """Everything that was judged so far, as it was judged."""
        return self.target.head() + b"".join(self._texts).decode("utf-8", "surrogateescape")

    # --- groups --------------------------------------------------------------------------------------------

    def _gathered(self) -> list[_Group]:
        """The groups. Cases whose site cannot be had run with the plain ones: their executor says what they need."""
        plain = {}
        groups = []
        for wanted, number, cases in grouped(self._cases, self._jobs) if self._sites else [(PLAIN, 0, self._cases)]:
            pending = {case.id: case for case in cases}
            site = self._sites.find(wanted, number) if self._sites else Site()
            if isinstance(site, str):
                self._lacking.update(dict.fromkeys(pending, f"needs {' and '.join(sorted(wanted))}: {site}"))
            if wanted == PLAIN or isinstance(site, str):
                plain.update(pending)
            else:
                groups.append(_Group("-".join([*sorted(wanted), str(number)]), site, 1, pending))
        if plain:
            site = self._sites.find(PLAIN) if self._sites else Site()
            assert isinstance(site, Site)
            groups.append(_Group("plain", site, self._jobs, plain))
        return groups

    # --- processes -----------------------------------------------------------------------------------------

    def _executor_command(self, group: _Group) -> list[str]:
        """The executor gets paths relative to the cases' folder, its working directory: they are plain ASCII
        wherever the clone lies, and mean the same to a Windows program."""
        only = Path(self._folder.name) / f"only-{group.name}"
        only.write_text("".join(f"{id}\n" for id in group.pending))
        files = list(dict.fromkeys(os.path.relpath(c.file, self._root) for c in group.pending.values()))
        options = ["--root", ".", "--jobs", str(group.jobs)]
        if self.target.launch:  # the command's own paths are relative to the user's folder
            files = [windows_path(self._root / file) for file in files]
            options[1] = windows_path(self._root)
        if self._limit_ms:
            options += ["--limit", str(self._limit_ms)]
        if group.site.have:
            options += ["--have", " ".join(group.site.have)]
        if group.site.makes_faults:
            options += ["--faults", "-"]
        if self._prefix is None:
            start = self._command or [str(places.model_executor())]
            command = [*start, *options, "--only", str(only), *files]
        else:
            start = self._prefix.command(places.pe_executor(self.target.arch))
            if self.target.provider:
                options += ["--provider", windows_path(self._provider())]
            of_workers = launch.of_workers(self.target.launch)
            if of_workers:
                options += ["--launch", of_workers]
            command = [*start, *options, "--only", windows_path(only), *files]
            if self.target.launch and not of_workers:
                command = launch.around(self.target.launch, command)
        return group.site.command(command)

    def _provider(self) -> Path:
        """The DLL to load. One that is named like one of the system's gets another name, as Wine would load its own instead,
        one without a suffix gets one, and one at a path that Windows cannot say another path: a folder of links to it and to all that stands beside it."""
        dll = self.target.provider
        assert dll and self._prefix
        if dll.suffix and not self._prefix.has_builtin(dll.name) and not _UNSPEAKABLE.search(str(dll)):
            return dll
        folder = Path(self._folder.name) / "provider"
        name = "provider_" + _UNSPEAKABLE.sub("_", dll.name) + ("" if dll.suffix else ".dll")
        if not folder.is_dir():
            folder.mkdir()
            for beside in dll.parent.iterdir():
                (folder / (name if beside == dll else beside.name)).symlink_to(beside)
        return folder / name

    def _start_executor(self, group: _Group) -> None:
        environment = self._prefix.environment(group.name) if self._prefix else dict(os.environ)
        group.splitter, group.before, group.heard = CaseSplitter(), len(group.pending), time.monotonic()
        with interrupts.held(), open(Path(self._folder.name) / f"stderr-{group.name}", "wb") as errors:
            try:
                group.site.heal()  # whatever one that died asked for
            except Unavailable as why:
                self.trouble, group.strikes = str(why), STRIKES
                return
            try:
                group.process = subprocess.Popen(self._executor_command(group),
                                                 cwd=None if self.target.launch else self._root,
                                                 env=environment | group.site.environment,
                                                 stdin=subprocess.PIPE if group.site.makes_faults else subprocess.DEVNULL,
                                                 stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
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
        """The end of what a process wrote to standard error; of an executor only its own words, if there are any: a
        provider may be talkative."""
        said = ""
        with suppress(OSError):
            said = (Path(self._folder.name) / name).read_bytes()[-4000:].decode("utf-8", "replace").strip()
        own = [] if self.target.launch else [line for line in said.splitlines() if line.startswith("wsconform-exec: ")]
        return "\n".join(own) or said[-2000:]

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

    def _end_executor(self, group: _Group) -> None:
        with interrupts.held():
            process, group.process = group.process, None
            self._end(process)
            if self._prefix and process:
                self._prefix.end_stragglers(group.name)

    def close(self) -> None:
        """Ends all processes, wherever they are; may be called twice."""
        with interrupts.held():
            for group in self._groups:
                self._end_executor(group)
            judge, self._judge = self._judge, None
            self._end(judge)
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
        self._to_judge += self.target.head().encode()
        self._groups = self._gathered()
        with selectors.DefaultSelector() as selector:
            selector.register(judge.stdout, selectors.EVENT_READ)
            while self._staffed() or self._to_judge:
                self._watch(selector, judge.stdin, bool(self._to_judge), selectors.EVENT_WRITE)
                for group in self._groups:
                    if group.process and group.process.stdout:
                        self._watch(selector, group.process.stdout, len(self._to_judge) < _HIGH_WATER,
                                    selectors.EVENT_READ, group)
                for key, _ in selector.select(1.0):
                    if isinstance(key.data, _Group):
                        self._hear(key.data, selector)
                    elif key.fileobj is judge.stdin:
                        self._write(key.fd)
                    else:
                        yield from self._judged(verdicts)
                self._end_stalled(selector)
            self._watch(selector, judge.stdin, False, selectors.EVENT_WRITE)
        judge.stdin.close()
        while not verdicts.ended:
            yield from self._judged(verdicts)
        status = judge.wait()
        if status not in (0, 1):
            raise TargetError(f"the judge ended with status {status}: {self._said('judge')}")
        yield from self._not_run()

    def _staffed(self) -> bool:
        """Starts the executors that are to run now; whether any runs."""
        running = sum(group.process is not None for group in self._groups)
        for group in self._groups:
            if not group.process and not group.finished and (self._jobs > 1 or not running):
                self._start_executor(group)
                running += group.process is not None
        return running > 0

    @staticmethod
    def _watch(selector: selectors.BaseSelector, pipe: IO[bytes], wanted: bool, events: int, data: Any = None) -> None:
        watched = pipe in selector.get_map()
        if wanted and not watched:
            selector.register(pipe, events, data)
        elif watched and not wanted:
            selector.unregister(pipe)

    def _hear(self, group: _Group, selector: selectors.BaseSelector) -> None:
        """Takes what an executor has said; does what it asks for."""
        assert group.process and group.process.stdout
        data = os.read(group.process.stdout.fileno(), _CHUNK)
        group.heard = time.monotonic()
        for id, text in group.splitter.feed(data):
            if group.pending.pop(id, None):
                self._to_judge += text
                self._texts.append(text)
                group.spoke = True
        demands, group.splitter.demands = group.splitter.demands, []
        for asked in demands:
            answer = group.site.answer(asked)
            with suppress(OSError):  # if it died meanwhile that is seen soon
                assert group.process.stdin
                os.write(group.process.stdin.fileno(), answer)
        if not data:
            self._ended(group, _exit_status(group.process.pid), selector)

    def _ended(self, group: _Group, status: int | None, selector: selectors.BaseSelector) -> None:
        """An executor has closed its output (status None: it stands still), and is started again if cases are left."""
        assert group.process and group.process.stdout
        self._watch(selector, group.process.stdout, False, selectors.EVENT_READ)
        if group.pending:
            self._after_death(group, status)
            group.strikes = group.strikes + 1 if len(group.pending) == group.before else 0
            if status == NOT_RUN and not group.spoke:
                group.strikes = STRIKES  # it says itself that it cannot
        self._end_executor(group)

    def _end_stalled(self, selector: selectors.BaseSelector) -> None:
        now = time.monotonic()
        for group in self._groups:
            if len(self._to_judge) >= _HIGH_WATER:
                group.heard = now  # it is the judge that is slow
            elif group.process and now - group.heard > self._stall_s:
                silence = group.silence(self._stall_s)
                if now - group.heard > silence:
                    self.trouble = f"the executor stood still for {silence:.0f} s"
                    self._ended(group, None, selector)

    def _write(self, fd: int) -> None:
        try:
            del self._to_judge[:os.write(fd, self._to_judge[:_CHUNK])]
        except BrokenPipeError:
            assert self._judge
            raise TargetError(f"the judge ended with status {self._judge.wait()}: {self._said('judge')}") from None

    def _judged(self, verdicts: _Lines) -> Iterator[dict[str, Any]]:
        for line in verdicts.read():
            record = json.loads(line)
            if "id" in record:
                self._unjudged.pop(record["id"], None)
                why = self._lacking.get(record["id"])
                if why and record["verdict"] == "unsupported":
                    record["reason"] = why
                yield record

    def _after_death(self, group: _Group, status: int | None) -> None:
        """The executor ended (status None: was ended) with cases left."""
        said = self._said(f"stderr-{group.name}")
        self._status = status
        if status == 2 and not group.spoke and self.restarts == 0 and not self.target.launch:
            raise BadUsage(said or "the executor refused its command line")
        if status is not None and self.target.launch and not group.spoke:
            self.trouble = f"{shlex.join(self.target.launch)}: ended with status {status}, and no case had been run"
        elif status is not None:
            self.trouble = f"the executor ended early (status {status})"
        if said and (group.spoke or not self.target.launch):
            self.trouble += f": {said.splitlines()[-1]}"
        self.restarts += 1

    def _not_run(self) -> Iterator[dict[str, Any]]:
        """Records of the cases that got no verdict because the executor does not live long enough."""
        if self._unjudged and not self._texts and any(not group.site.makes_faults for group in self._groups):
            said = next(filter(None, (self._said(f"stderr-{group.name}") for group in self._groups)), "")
            if self.target.launch:  # whatever is wrong, the prefix need not be
                raise TargetError(f"{self.target.name} could not be run: {self.trouble}" + (f"\n{said}" if said else ""))
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
