"""./wsconform selftest: does the suite notice the planted faults of the faulty provider, and let its odd ways pass?

Each fault is one provider DLL (runner/faulty). First only the cases about the clauses that the fault breaks run, the quick
ones before the others, until a few of them have caught it: one that says something which it does not say without the
fault. What they do not catch all cases are tried on. Then a clause that no catching case is about has its faults tried on
all cases about it. An odd way runs all cases that can flag it but those that take long or need a site of their own;
whatever becomes a deviation, a crash or a hang, and does so again when it is run alone, is a false alarm. With --full every
case about a fault's clauses has its say, and an odd way runs the others, too.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from wsconform import places, planted_table, targets, wine
from wsconform.cases import Case, collect
from wsconform.engine import Engine
from wsconform.errors import DEVIATES, OK, BadUsage, Stop, TargetError
from wsconform.faults import Sites, needs
from wsconform.progress import plain_bar
from wsconform.targets import Target
from wsconform.verdicts import UNEXPECTED

#: So many catching cases are enough to go on to the next fault.
ENOUGH = 3
#: So many cases about a fault's clauses, those that were quickest without it, run before the others.
QUICK = 60
#: A case that takes longer than so many seconds without a fault is left out for odd ways, unless --full.
LONG_S = 0.1
#: So many cases with a fault run at once: what a fault spoils often waits for what does not come.
FAULT_JOBS = 2
#: So many cases of an odd way run at once: many of them wait now and then.
ODD_JOBS = 3
#: How long a call may take where the case does not say: faults that never return cost this each time.
LIMIT_MS = 1000
_ENTRY = re.compile(r'^(FAULT|OTHER|ODD)\((\w+),(?: "([^"]*)",)? "([^"]*)"\)$', re.MULTILINE)
_NONE = re.compile(r'^NONE\("([^"]*)", "([^"]*)"\)$', re.MULTILINE)


@dataclass(frozen=True)
class Fault:
    """One line of faults.def. An odd way breaks no clause."""

    name: str
    clauses: tuple[str, ...]
    text: str

    @property
    def odd(self) -> bool:
        return not self.clauses


@dataclass(frozen=True)
class Catch:
    """A case that says something new: what, about which clauses it is, and which the verdict names."""

    case: str
    verdict: str
    clauses: tuple[str, ...]
    named: tuple[str, ...]


@dataclass
class Found:
    """What became of one fault: cases that say something new, of those about its clauses and of the others. `once`: of an
    odd way, what a case said and did not say again."""

    fault: Fault
    ran: set[str] = field(default_factory=set)
    catching: list[Catch] = field(default_factory=list)
    others: list[Catch] = field(default_factory=list)
    once: list[str] = field(default_factory=list)
    trouble: str = ""

    @property
    def good(self) -> bool:
        return not self.trouble and (not self.others if self.fault.odd else bool(self.catching))

    @property
    def named(self) -> bool:
        """Whether the verdict of a catching case, and not only its header, names one of the fault's clauses."""
        return any(set(catch.named) & set(self.fault.clauses) for catch in self.catching)


def faults(text: str | None = None) -> list[Fault]:
    """Everything in faults.def, in its order. Raises TargetError if two have one name."""
    found = [Fault(name, tuple(clauses.split()), says) for _, name, clauses, says in _ENTRY.findall(_definitions(text))]
    names = [f.name for f in found]
    for name in names:
        if names.count(name) > 1:
            raise TargetError(f"faults.def: {name} stands there twice")
    return found


def without(text: str | None = None) -> dict[str, str]:
    """The clauses for which faults.def says why no fault is planted against them."""
    return dict(_NONE.findall(_definitions(text)))


def _definitions(text: str | None) -> str:
    return (places.FAULTY / "faults.def").read_text(encoding="utf-8") if text is None else text


def choose(known: Sequence[Fault], wanted: Sequence[str]) -> list[Fault]:
    """The wanted ones (none: all). Raises BadUsage for a name that is not known."""
    for name in wanted:
        if name not in {f.name for f in known}:
            raise BadUsage(f"no planted fault {name!r} (./wsconform selftest --list names them)")
    return [f for f in known if f.name in wanted] if wanted else list(known)


def mixed(chosen: Sequence[Fault]) -> list[Fault]:
    """The odd ways evenly among the faults: an odd way computes, while a fault that hangs waits."""
    return [fault for _, fault in sorted(
        ((place / len(kind), fault) for kind in ([f for f in chosen if f.odd], [f for f in chosen if not f.odd])
         for place, fault in enumerate(kind)), key=lambda placed: placed[0])]


class Workshop:
    """Runs cases with one fault planted. Calls may come from several threads, as many as it has sets of sites."""

    def __init__(self, target: Target, prefix: wine.Prefix, folder: Path, cases: Sequence[Case], root: Path,
                 full: bool = False) -> None:
        self._target, self._prefix, self._folder, self._root, self._full = target, prefix, folder, root, full
        self._sites: SimpleQueue[Sites] = SimpleQueue()
        self.cases = list(cases)
        self.plain: dict[str, tuple[str, str]] = {}
        self.seconds: dict[str, float] = {}

    def add_sites(self, sites: Sites) -> None:
        self._sites.put(sites)

    def run(self, name: str, cases: Sequence[Case], jobs: int = 1, limit_ms: int | None = LIMIT_MS) -> Iterator[dict[str, Any]]:
        """The judge's records, as they come. The provider is a copy of the faulty DLL with the fault's name."""
        own = self._folder / name
        own.mkdir(exist_ok=True)
        dll = own / f"{name}.dll"
        if not dll.exists():
            shutil.copyfile(places.faulty_provider(self._target.arch), dll)
        # A prefix of its own to the engine, though the same folder: an engine ends what still runs of its prefix.
        prefix = wine.Prefix(self._prefix.wine, self._prefix.arch, self._prefix.path)
        sites = self._sites.get()
        engine = Engine(replace(self._target, provider=dll), prefix, self._root, cases, jobs=jobs, limit_ms=limit_ms,
                        sites=sites)
        try:
            yield from engine.results()
        finally:
            engine.close()
            self._sites.put(sites)

    def run_plain(self, jobs: int) -> None:
        """What the cases say without a fault."""
        for record in self.run("none", self.cases, jobs):
            self.plain[record["id"]] = (record["verdict"], record["signature"])
            self.seconds[record["id"]] = record["seconds"]

    def is_bad(self, id: str) -> bool:
        """Whether the case deviates without any fault, so that it cannot flag an odd way."""
        return self.plain.get(id, ("", ""))[0] in UNEXPECTED

    def may_flag(self, case: Case) -> bool:
        """Whether an odd way runs the case."""
        costly = needs(case) or self.seconds.get(case.id, 0.0) > LONG_S
        return not self.is_bad(case.id) and (self._full or not costly)

    def new(self, fault: Fault, record: dict[str, Any]) -> bool:
        """Whether a case says something bad that it does not say without the fault. What deviates anyway may deviate in
        another way when something odd, but conforming, comes on top."""
        if record["verdict"] not in UNEXPECTED or (fault.odd and self.is_bad(record["id"])):
            return False
        return (record["verdict"], record["signature"]) != self.plain.get(record["id"], ("", ""))

    def _new(self, found: Found, cases: Sequence[Case], caught: list[Catch], enough: int) -> None:
        for record in self.run(found.fault.name, cases, FAULT_JOBS) if cases else ():
            found.ran.add(record["id"])
            if self.new(found.fault, record):
                caught.append(Catch(record["id"], record["verdict"], tuple(record["clauses"]), tuple(record["deviating"])))
                if len(caught) >= enough:
                    break

    def stages(self, about: Sequence[Case]) -> list[list[Case]]:
        """The cases about a fault in the order in which they are tried: quick ones that say nothing without it, the others,
        those that need a site of their own. What never returns costs the limit of its case: a long one is not quick."""
        if self._full:
            return [list(about)]
        here = sorted((c for c in about if not needs(c)), key=lambda c: (self.is_bad(c.id), self.seconds.get(c.id, 0.0)))
        quick = [c for c in here if (c.record["limit_ms"] or 0) <= LIMIT_MS][:QUICK]
        return [quick, [c for c in here if c not in quick], [c for c in about if needs(c)]]

    def try_one(self, fault: Fault, report: Callable[[Found], None]) -> Found:
        found = Found(fault)
        try:
            if fault.odd:
                self._try_odd(found)
            else:
                about = [c for c in self.cases if set(c.clauses) & set(fault.clauses)]
                for cases in self.stages(about):
                    if not found.catching:
                        self._new(found, cases, found.catching, len(self.cases) if self._full else ENOUGH)
                if not found.catching:
                    self._new(found, [c for c in self.cases if c not in about], found.others, len(self.cases))
        except Stop as stop:
            found.trouble = str(stop)
        report(found)
        return found

    def try_clause(self, clause: str, tried: Sequence[Found]) -> None:
        """Tries faults against the clause on cases about it until one is caught: of what was tried, a case about another
        clause of the same fault was enough."""
        about = [c for c in self.cases if clause in c.clauses]
        for found in tried:
            for cases in self.stages([c for c in about if c.id not in found.ran]):
                caught: list[Catch] = []
                try:
                    self._new(found, cases, caught, 1)
                except Stop as stop:
                    found.trouble = str(stop)
                    return
                found.catching += caught
                if caught:
                    return

    def _try_odd(self, found: Found) -> None:
        """All cases that can flag it. One that does is run again, alone and with time: a machine that is busy is no odd way."""
        flagged: list[Catch] = []
        self._new_odd(found, [c for c in self.cases if self.may_flag(c)], flagged, ODD_JOBS, LIMIT_MS)
        again = {catch.case for catch in flagged}
        if again:
            self._new_odd(found, [c for c in self.cases if c.id in again], found.others, 1, None)
        found.once = sorted(again - {catch.case for catch in found.others})

    def _new_odd(self, found: Found, cases: Sequence[Case], caught: list[Catch], jobs: int, limit_ms: int | None) -> None:
        for record in self.run(found.fault.name, cases, jobs, limit_ms):
            found.ran.add(record["id"])
            if self.new(found.fault, record):
                caught.append(Catch(record["id"], record["verdict"], tuple(record["clauses"]), tuple(record["deviating"])))


def selftest(names: Sequence[str], *, paths: Sequence[Path], jobs: int, program: str | None, as_json: bool,
             out: Path | None, full: bool = False) -> int:
    """Exit status 0 if every fault is caught by a case about a clause that it breaks and no odd way is flagged."""
    chosen = choose(faults(), names)
    [target] = targets.wines([program] if program else [], ["x86_64"], None)
    assert target.wine
    collection = collect(paths or [places.CASES])
    with ExitStack() as stack:
        prefix = stack.enter_context(wine.opened(target.wine, target.arch))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wsconform-")))
        prefix.start()
        shop = Workshop(target, prefix, folder, collection.cases, collection.root, full)
        for _ in range(jobs):
            shop.add_sites(stack.enter_context(Sites(target, prefix)))
        shop.run_plain(jobs)
        progress = stack.enter_context(_Progress(len(chosen)))
        pool = stack.enter_context(ThreadPoolExecutor(jobs))
        by_name = {f.fault.name: f for f in pool.map(lambda fault: shop.try_one(fault, progress.done), mixed(chosen))}
        table = planted_table.Table([by_name[fault.name] for fault in chosen], shop, target.describe(), without(),
                                    full, bool(names or paths))
        for clause in table.open_clauses:
            shop.try_clause(clause, [f for f in table.faults if clause in f.fault.clauses])
    table.write(out)
    table.show(as_json)
    return OK if table.good else DEVIATES


class _Progress:
    """A bar on terminals."""

    def __init__(self, total: int) -> None:
        self._bar = plain_bar()
        self._task = self._bar.add_task("selftest", total=total) if self._bar else None

    def __enter__(self) -> _Progress:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def done(self, found: Found) -> None:
        if self._bar:
            self._bar.update(self._task, advance=1, description=found.fault.name)


def show_list(as_json: bool) -> int:
    """The faults and odd ways, and the clauses that no fault is planted against; nothing runs."""
    planted_table.show_list(faults(), without(), as_json)
    return OK
