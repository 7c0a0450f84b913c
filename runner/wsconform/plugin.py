"""The pytest plugin: one item per case and target; one engine run per target for all that is selected."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from wsconform import wine
from wsconform.baseline import Baseline, Compared, compare
from wsconform.cases import Case, Collection
from wsconform.cases import known as cases_of_tree
from wsconform.engine import Engine, Run
from wsconform.errors import NeverRan, Stop, TargetError, internal
from wsconform.faults import Sites
from wsconform.parts import Part
from wsconform.shards import Shard, divided, told
from wsconform.targets import Target
from wsconform.verdicts import SKIPPED, UNEXPECTED, failure_text, rerun_command


@dataclass
class Board:
    """Where verdicts come in. Filled target by target when the first item of a target wants its verdict."""

    collection: Collection
    targets: list[Target]
    statement: Callable[[str], str]
    out: Path
    jobs: int = 2
    repeat: int = 1
    limit_ms: int | None = None
    profile: str = "documented"
    chosen: frozenset[str] | None = None  # ids; None: all
    rerun_options: tuple[str, ...] = ()
    shard: Shard = Shard(1, 1)  # of the chosen cases these are run
    share: Shard = Shard(1, 1)  # and of those these in this process
    started: Callable[[Target, int], None] = lambda target, cases: None
    progressed: Callable[[Target, dict[str, Any]], None] = lambda target, record: None
    ended: Callable[[], None] = lambda: None  # a target has been run, or could not be
    whole: dict[str, list[Case]] = field(default_factory=dict)  # what was chosen, of all shards, by target name
    selected: dict[str, list[Case]] = field(default_factory=dict)  # what is run here, by target name
    parts: dict[str, Part] = field(default_factory=dict)  # by target name
    runs: dict[str, Run] = field(default_factory=dict)  # by target name
    records: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)  # workers that ended early, and what became of their cases
    broken: dict[str, Stop] = field(default_factory=dict)  # targets that could not be run, by name
    failed: Stop | None = None  # why there is nothing to tell: this tool itself
    baselines: dict[str, list[Baseline]] = field(default_factory=dict)  # by target name; none: nothing to compare with
    compared: dict[str, Compared] = field(default_factory=dict)  # by target name, if it has a baseline

    def verdict(self, target: Target, case: Case) -> dict[str, Any]:
        """The judge's record of the case. Raises Stop if the target cannot be run."""
        if target.name in self.broken:
            raise self.broken[target.name]
        if target.name not in self.runs:
            try:
                self._run(target)
            except Stop as stop:
                self.broken[target.name] = stop
                raise
            except Exception as error:
                why = error if isinstance(error, OSError) else internal(error)
                self.broken[target.name] = TargetError(f"{target.name}: {why}")
                raise self.broken[target.name] from error
            finally:
                self.ended()
        return self.records[target.name, case.id]

    def _run(self, target: Target) -> None:
        cases = self.selected[target.name]
        self.started(target, len(cases) * self.repeat)
        if target.recorded:
            self._judged(target, cases)
            return
        if target.wine is None:
            passes = self._passes(target, None, cases)
        else:
            try:
                with wine.opened(target.wine, target.arch) as prefix:
                    passes = self._passes(target, prefix, cases)
            except NeverRan:
                if prefix.fresh:
                    raise
                # The prefix may be of another time: this Wine may have got its 32-bit part since.
                with wine.opened(target.wine, target.arch) as prefix:
                    passes = self._passes(target, prefix, cases)
        self.parts[target.name] = Part.of(passes)
        self.assemble(target, cases)

    def _judged(self, target: Target, cases: list[Case]) -> None:
        """What a trace from elsewhere says of these cases."""
        assert target.recorded
        part = target.recorded
        for case in cases:
            self.progressed(target, part.records[case.id])
        missing = len(part.records.keys() - {case.id for case in self.collection.cases})
        if missing:
            self.troubles.append(f"{target.name}: {missing} of the {len(part.records)} cases of its trace are none of "
                                 "the cases here, and are left out (./wsconform check judges them)")
        self.parts[target.name] = part
        self.assemble(target, cases)

    def assemble(self, target: Target, cases: list[Case]) -> None:
        """The run of a target of what became of these cases: compared with its baselines, in order."""
        part, name = self.parts[target.name], target.name
        baselines = self.baselines.get(name, [])
        if baselines:
            known = {case.id for case in self.collection.cases} | {record["id"] for record in cases_of_tree()}
            here = [part.records[case.id] for case in cases if case.id in part.records]
            self.compared[name] = compare(here, baselines, known)
        self.runs[name] = part.run(target, [case.id for case in cases], told(self.shard, self.whole[name], cases, baselines))
        self.records.update({(name, record["id"]): record for record in self.runs[name].judged})

    def _passes(self, target: Target, prefix: wine.Prefix | None,
                cases: list[Case]) -> list[tuple[Engine, dict[str, dict[str, Any]]]]:
        try:
            if target.kind == "model":
                return [self._once(target, None, cases, None) for _ in range(self.repeat)]
            with Sites(target, prefix) as sites:
                return [self._once(target, prefix, cases, sites) for _ in range(self.repeat)]
        except NeverRan:
            if prefix:
                prefix.broken = True
            raise

    def _once(self, target: Target, prefix: wine.Prefix | None, cases: list[Case],
              sites: Sites | None) -> tuple[Engine, dict[str, dict[str, Any]]]:
        engine = Engine(target, prefix, self.collection.root, cases, jobs=self.jobs, limit_ms=self.limit_ms,
                        profile=self.profile, sites=sites)
        found = {}
        try:
            for record in engine.results():
                found[record["id"]] = record
                self.progressed(target, record)
        finally:
            engine.close()
        if engine.trouble:
            self.troubles.append(f"{target.name}: {engine.trouble}; was started again for the rest")
        return engine, found

    def failure(self, target: Target, record: dict[str, Any]) -> str:
        text = failure_text(record, target=target.name, statement=self.statement,
                            trace=self.out / target.name / "trace.txt", lined=self.share.count == 1,
                            rerun=rerun_command([*target.options, *self.rerun_options], record["id"]))
        unstable = self.runs[target.name].unstable.get(record["id"])
        if unstable:
            text += "\n  unstable     " + "; ".join(f"{what} ({times} times)" for what, times in unstable)
        return text


class Failed(Exception):
    """The case deviates, crashed, hung or is unstable."""


class CaseItem(pytest.Item):
    """One case on one target."""

    def __init__(self, *, board: Board, target: Target, case: Case, **rest: Any) -> None:
        super().__init__(**rest)
        self.board = board
        self.target = target
        self.case = case
        self.extra_keyword_matches.update((case.id, target.name, *case.clauses))

    def runtest(self) -> None:
        try:
            record = self.board.verdict(self.target, self.case)
        except Stop as stop:
            pytest.skip(f"the target could not be run: {stop}")
        unstable = self.case.id in self.board.runs[self.target.name].unstable
        if record.get("baseline") == "same" and not unstable:
            pytest.xfail(f"known, in the baseline: {record['signature']}")
        if record["verdict"] in UNEXPECTED or unstable:
            raise Failed(self.board.failure(self.target, record))
        if record["verdict"] in SKIPPED:
            pytest.skip(f"{record['verdict']}: {record['reason']}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, Failed):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.line - 1, f"{self.case.id} on {self.target.name}"


class CaseFile(pytest.File):
    """A *.case file."""

    board: Board

    def collect(self) -> Iterable[CaseItem]:
        for target in self.board.targets:
            for case in self.board.collection.cases:
                if target.recorded and case.id not in target.recorded.records:
                    continue
                if case.file == self.path and (self.board.chosen is None or case.id in self.board.chosen):
                    short = case.id.removeprefix(self._prefix())
                    yield CaseItem.from_parent(self, name=f"{short}@{target.name}", board=self.board, target=target,
                                               case=case)

    def _prefix(self) -> str:
        return self.path.relative_to(self.board.collection.root).with_suffix("").as_posix() + "/"


class Plugin:
    """Registered with pytest.main by the run command."""

    def __init__(self, board: Board, quiet: bool) -> None:
        self.board = board
        self.quiet = quiet

    @pytest.hookimpl(trylast=True)  # type: ignore[misc]  # pytest 7.2 does not say its type
    def pytest_configure(self, config: pytest.Config) -> None:
        if self.quiet:
            config.pluginmanager.unregister(name="terminalreporter")

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        """Where pytest is silent, we alone tell of it: `-- -v` shows it all."""
        self.board.failed = internal(excinfo.value)
        return self.quiet

    def pytest_exception_interact(self, node: pytest.Item | pytest.Collector, call: pytest.CallInfo[Any]) -> None:
        """What goes wrong in an item is told of its target (Board.verdict)."""
        if isinstance(node, pytest.Collector) and call.excinfo:
            self.board.failed = internal(call.excinfo.value)

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> CaseFile | None:
        if file_path.suffix != ".case":
            return None
        collector: CaseFile = CaseFile.from_parent(parent, path=file_path)
        collector.board = self.board
        return collector

    @pytest.hookimpl(trylast=True)  # type: ignore[misc]  # when all other choices have been made
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Target after target, each in the order of the cases; and of them our share only."""
        order = {target.name: n for n, target in enumerate(self.board.targets)}
        place = {case.id: n for n, case in enumerate(self.board.collection.cases)}
        items.sort(key=lambda item: (order[item.target.name], place[item.case.id]) if isinstance(item, CaseItem) else (-1, 0))
        ours = set()
        for name in order:
            chosen = [item.case for item in items if isinstance(item, CaseItem) and item.target.name == name]
            if chosen:
                self.board.whole[name] = chosen
                for shard in (self.board.shard, self.board.share):
                    chosen = divided(chosen, shard.count)[shard.index - 1]
                ours |= {(name, case.id) for case in chosen}
        others = [item for item in items if isinstance(item, CaseItem) and (item.target.name, item.case.id) not in ours]
        if others:
            left = set(others)
            items[:] = [item for item in items if item not in left]
            config.hook.pytest_deselected(items=others)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            if isinstance(item, CaseItem):
                self.board.selected.setdefault(item.target.name, []).append(item.case)
