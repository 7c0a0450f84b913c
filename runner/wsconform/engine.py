"""Runs cases on one target: executor | judge, with a copy of the trace, until every case has its verdict.

The executor contains crashes and hangs of single cases itself. Here its own death or standstill is survived: it is
started again with the cases that are not done yet. Only whole cases go on to the judge and into the trace. Cases that need
a network or a libc of their own have executors of their own; their results and traces go together with the others'.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wsconform import interrupts, launch, places, processes
from wsconform.cases import Case
from wsconform.errors import NOT_RUN, BadUsage, NeverRan, TargetError
from wsconform.faults import PLAIN, Demand, Site, Sites, demand, grouped
from wsconform.netns import Unavailable
from wsconform.streams import Inbox, Outbox, Voice
from wsconform.targets import Target
from wsconform.wine import Prefix

#: An executor that dies or stands still that often without finishing a case is not started again.
STRIKES = 3
#: Silence of the executor beyond what the cases' own limits explain, in seconds.
STALL_S = 30.0
#: So many calls of a case may each use up the whole limit.
STALL_CALLS = 8
#: An executor has at most so many workers.
_JOBS_MOST = 16

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
    #: what results.json says of a shard (see shards.py); None: these are all cases
    shards: dict[str, Any] | None = None


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
    voice: Voice | None = None
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
        self._texts: dict[str, bytes] = {}  # by id, as they came
        self._begins: dict[str, int] = {}  # so many lines the judge had read before that case
        self._lines = target.head().count("\n")
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
        self._inbox = Inbox()
        self._to_judge: Outbox | None = None

    @property
    def texts(self) -> dict[str, str]:
        """What was judged so far, case by case: in the order of the cases, not in that in which they ended."""
        return {case.id: self._texts[case.id].decode("utf-8", "surrogateescape")
                for case in self._cases if case.id in self._texts}

    @property
    def trace(self) -> str:
        """All of that as one trace."""
        return self.target.head() + "".join(self.texts.values())

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
        only.write_bytes("".join(f"{id}\n" for id in group.pending).encode("utf-8", "surrogateescape"))
        files = list(dict.fromkeys(os.path.relpath(c.file, self._root) for c in group.pending.values()))
        options = ["--root", ".", "--jobs", str(min(group.jobs, _JOBS_MOST))]
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
            program = places.pe_executor(self.target.arch) if self.target.kind == "windows" else \
                self.target.executor or places.model_executor()
            if self.target.provider:
                options += ["--provider", str(self.target.provider)]
            command = [*(self._command or [str(program)]), *options, "--only", str(only), *files]
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
                group.process = processes.start(self._executor_command(group), cwd=None if self.target.launch else self._root,
                                                env=environment | group.site.environment,
                                                stdin=subprocess.PIPE if group.site.makes_faults else subprocess.DEVNULL,
                                                stdout=subprocess.PIPE, stderr=errors)
            except OSError as error:
                raise TargetError(f"cannot start the executor: {error}") from error
            assert group.process.stdout
            group.voice = self._inbox.listen(group.process.stdout, group)

    def _start_judge(self) -> subprocess.Popen[bytes]:
        command = [str(places.judge()), "check", "--json", "--profile", self._profile, "-"]
        with open(Path(self._folder.name) / "judge", "wb") as errors:
            try:
                return processes.start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
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

    def _end_executor(self, group: _Group) -> None:
        """Ends it and its group. Its output is closed by who reads it."""
        with interrupts.held():
            process, group.process = group.process, None
            if group.voice:
                group.voice.drop()
            if process is None:
                return
            if process.stdin:
                with suppress(OSError):
                    process.stdin.close()
            processes.end(process)
            if self._prefix:
                self._prefix.end_stragglers(group.name)

    def close(self) -> None:
        """Ends all processes, wherever they are; may be called twice."""
        with interrupts.held():
            for group in self._groups:
                self._end_executor(group)
            judge, self._judge = self._judge, None
            if judge:
                processes.end(judge)
            if self._to_judge:
                self._to_judge.close()
            self._folder.cleanup()

    # --- the pump ------------------------------------------------------------------------------------------

    def results(self) -> Iterator[dict[str, Any]]:
        """The judge's record of each case, as it comes; lines count within the case's text. Raises TargetError if the target
        cannot be run at all."""
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
        verdicts = self._inbox.listen(judge.stdout, _Lines(), bounded=False)
        self._to_judge = Outbox(judge.stdin)
        self._to_judge.put(self.target.head().encode())
        self._groups = self._gathered()
        while self._staffed() and not verdicts.whose.ended:
            yield from self._heard(self._to_judge)
            self._end_stalled(self._to_judge)
        self._to_judge.close()
        while not verdicts.whose.ended:
            yield from self._heard(self._to_judge)
        status = judge.wait()
        if status not in (0, 1):
            raise TargetError(f"the judge ended with status {status}: {self._said('judge')}")
        yield from self._not_run()

    def _heard(self, to_judge: Outbox) -> Iterator[dict[str, Any]]:
        """What comes of the next piece that an executor or the judge says. While the judge is behind, executors wait."""
        said = self._inbox.next()
        if said:
            voice, data = said
            if isinstance(voice.whose, _Group):
                to_judge.put(self._hear(voice.whose, data), voice)
            else:
                yield from self._judged(voice.whose.whole(data))

    def _staffed(self) -> bool:
        """Starts the executors that are to run now; whether any runs."""
        running = sum(group.process is not None for group in self._groups)
        for group in self._groups:
            if not group.process and not group.finished and (self._jobs > 1 or not running):
                self._start_executor(group)
                running += group.process is not None
        return running > 0

    def _hear(self, group: _Group, data: bytes) -> bytes:
        """Takes what an executor has said; does what it asks for. Gives the cases that are whole now."""
        assert group.process
        group.heard = time.monotonic()
        whole = []
        for id, text in group.splitter.feed(data):
            if group.pending.pop(id, None):
                whole.append(text)
                self._texts[id], self._begins[id] = text, self._lines
                self._lines += text.count(b"\n")
                group.spoke = True
        demands, group.splitter.demands = group.splitter.demands, []
        for asked in demands:
            answer = group.site.answer(asked)
            with suppress(OSError):  # if it died meanwhile that is seen soon
                assert group.process.stdin
                os.write(group.process.stdin.fileno(), answer)
        if not data:
            self._ended(group, processes.exit_status(group.process))
        return b"".join(whole)

    def _ended(self, group: _Group, status: int | None) -> None:
        """An executor has closed its output (status None: it stands still), and is started again if cases are left."""
        if group.pending:
            self._after_death(group, status)
            group.strikes = group.strikes + 1 if len(group.pending) == group.before else 0
            if status == NOT_RUN and not group.spoke:
                group.strikes = STRIKES  # it says itself that it cannot
        self._end_executor(group)

    def _end_stalled(self, to_judge: Outbox) -> None:
        """Ends executors that say nothing for too long. While something is on its way it is we, or the judge, who are slow."""
        if not self._inbox.empty or not to_judge.empty:
            return
        now = time.monotonic()
        for group in self._groups:
            if group.process and now - group.heard > self._stall_s:
                silence = group.silence(self._stall_s)
                if now - group.heard > silence:
                    self.trouble = f"the executor stood still for {silence:.0f} s"
                    self._ended(group, None)

    def _judged(self, lines: Sequence[bytes]) -> Iterator[dict[str, Any]]:
        for line in lines:
            record = json.loads(line)
            if "id" in record:
                self._unjudged.pop(record["id"], None)
                why = self._lacking.get(record["id"])
                if why and record["verdict"] == "unsupported":
                    record["reason"] = why
                for step in record["steps"]:
                    step["line"] -= self._begins[record["id"]]
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


class _Lines:
    """Whole lines of what comes piece by piece."""

    def __init__(self) -> None:
        self._rest = b""
        self.ended = False

    def whole(self, data: bytes) -> list[bytes]:
        """The lines that the piece (b"": the end) completes."""
        self.ended = not data
        *lines, self._rest = (self._rest + data).split(b"\n")
        return lines


def windows_path(path: Path) -> str:
    """A path of this machine as programs under Wine see it."""
    return "Z:" + str(path).replace("/", "\\")
