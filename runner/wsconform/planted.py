"""./wsconform selftest: does the suite notice the planted faults of the faulty provider, and let its odd ways pass?

Each fault is one provider DLL (runner/faulty). First only the cases about the clauses that the fault breaks run, until
a few of them have caught it: one that says something which it does not say without the fault. What they do not catch
all cases are tried on. An odd way runs all cases; whatever becomes a deviation, a crash or a hang is a false alarm.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from wsconform import places, targets, wine
from wsconform.cases import Case, collect
from wsconform.engine import Engine
from wsconform.errors import DEVIATES, OK, BadUsage, Stop, TargetError
from wsconform.progress import plain_bar
from wsconform.targets import Target
from wsconform.verdicts import UNEXPECTED

#: So many catching cases are enough to go on to the next fault.
ENOUGH = 3
#: How long a call may take where the case does not say: faults that never return cost this each time.
LIMIT_MS = 1000
_ENTRY = re.compile(r'^(FAULT|OTHER|ODD)\((\w+),(?: "([^"]*)",)? "([^"]*)"\)$', re.MULTILINE)


@dataclass(frozen=True)
class Fault:
    """One line of faults.def. An odd way breaks no clause."""

    name: str
    clauses: tuple[str, ...]
    text: str

    @property
    def odd(self) -> bool:
        return not self.clauses


@dataclass
class Found:
    """What became of one fault: cases that say something new, of those about its clauses and of the others."""

    fault: Fault
    ran: int = 0
    catching: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    trouble: str = ""

    @property
    def good(self) -> bool:
        return not self.trouble and (not self.others if self.fault.odd else bool(self.catching))


def faults(text: str | None = None) -> list[Fault]:
    """Everything in faults.def, in its order. Raises TargetError if two have one name."""
    if text is None:
        text = (places.FAULTY / "faults.def").read_text(encoding="utf-8")
    found = [Fault(name, tuple(clauses.split()), says) for _, name, clauses, says in _ENTRY.findall(text)]
    names = [f.name for f in found]
    for name in names:
        if names.count(name) > 1:
            raise TargetError(f"faults.def: {name} stands there twice")
    return found


def choose(known: Sequence[Fault], wanted: Sequence[str]) -> list[Fault]:
    """The wanted ones (none: all). Raises BadUsage for a name that is not known."""
    for name in wanted:
        if name not in {f.name for f in known}:
            raise BadUsage(f"no planted fault {name!r} (./wsconform selftest --list names them)")
    return [f for f in known if f.name in wanted] if wanted else list(known)


class Workshop:
    """Runs cases with one fault planted. Calls may come from several threads."""

    def __init__(self, target: Target, prefix: wine.Prefix, folder: Path, cases: Sequence[Case], root: Path) -> None:
        self._target, self._prefix, self._folder, self._root = target, prefix, folder, root
        self.cases = list(cases)
        self.plain: dict[str, tuple[str, str]] = {}

    def run(self, name: str, cases: Sequence[Case], jobs: int = 1) -> Iterator[dict[str, Any]]:
        """The judge's records, as they come. The provider is a copy of the faulty DLL with the fault's name."""
        own = self._folder / name
        own.mkdir(exist_ok=True)
        dll = own / f"{name}.dll"
        if not dll.exists():
            shutil.copyfile(places.faulty_provider(self._target.arch), dll)
        # A prefix of its own to the engine, though the same folder: an engine ends what still runs of its prefix.
        prefix = wine.Prefix(self._prefix.wine, self._prefix.arch, self._prefix.path)
        engine = Engine(replace(self._target, provider=dll), prefix, self._root, cases, jobs=jobs, limit_ms=LIMIT_MS)
        try:
            yield from engine.results()
        finally:
            engine.close()

    def new(self, fault: Fault, record: dict[str, Any]) -> bool:
        """Whether a case says something bad that it does not say without the fault. What deviates anyway may deviate in
        another way when something odd, but conforming, comes on top."""
        plain = self.plain.get(record["id"], ("", ""))
        if record["verdict"] not in UNEXPECTED or (fault.odd and plain[0] in UNEXPECTED):
            return False
        return (record["verdict"], record["signature"]) != plain

    def try_one(self, fault: Fault, report: Callable[[Found], None]) -> Found:
        found = Found(fault)
        try:
            about = [c for c in self.cases if set(c.clauses) & set(fault.clauses)]
            for cases, caught, enough in ((about, found.catching, ENOUGH), (self.cases, found.others, len(self.cases))):
                if found.catching:
                    break
                for record in self.run(fault.name, cases) if cases else ():
                    found.ran += 1
                    if self.new(fault, record):
                        caught.append(record["id"])
                        if len(caught) >= enough:
                            break
        except Stop as stop:
            found.trouble = str(stop)
        report(found)
        return found


def selftest(names: Sequence[str], *, paths: Sequence[Path], jobs: int, program: str | None, as_json: bool,
             out: Path | None) -> int:
    """Exit status 0 if every fault is caught by a case about a clause that it breaks and no odd way is flagged."""
    chosen = choose(faults(), names)
    [target] = targets.wines([program] if program else [], ["x86_64"], None)
    assert target.wine
    collection = collect(paths or [places.CASES])
    with ExitStack() as stack:
        prefix = stack.enter_context(wine.opened(target.wine, target.arch))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wsconform-")))
        prefix.start()
        shop = Workshop(target, prefix, folder, collection.cases, collection.root)
        for record in shop.run("none", shop.cases, jobs):
            shop.plain[record["id"]] = (record["verdict"], record["signature"])
        progress = stack.enter_context(_Progress(len(chosen)))
        pool = stack.enter_context(ThreadPoolExecutor(jobs))
        found = list(pool.map(lambda fault: shop.try_one(fault, progress.done), chosen))
    data = {"target": target.describe(), "faults": [asdict(f) | {"good": f.good} for f in found],
            "silent_cases": _silent(shop, found)}
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    if as_json:
        print(json.dumps(data))
    else:
        _show(found)
    return OK if all(f.good for f in found) else DEVIATES


def _silent(shop: Workshop, found: Sequence[Found]) -> list[str]:
    """Cases that no fault made say anything new. Faults that were caught early leave many of them untried."""
    spoke = {id for f in found for id in (*f.catching, *f.others)}
    return [case.id for case in shop.cases if case.id not in spoke]


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


def _show(found: Sequence[Found]) -> None:
    real, odd = [f for f in found if not f.fault.odd], [f for f in found if f.fault.odd]
    width = max((len(f.fault.name) for f in found), default=0)
    for f in real:
        first = f.catching[0] if f.catching else "NOT CAUGHT by a case about its clauses"
        more = f" and {len(f.catching) - 1} more" if len(f.catching) > 1 else ""
        print(f"{f.fault.name:{width}}  {first}{more}")
        for id in f.others[:3] if not f.catching else ():
            print(f"{'':{width}}    caught elsewhere: {id}")
    for f in odd:
        print(f"{f.fault.name:{width}}  " + (f"FLAGGED by {', '.join(f.others[:3])}" if f.others else "not flagged"))
    for f in found:
        if f.trouble:
            print(f"{f.fault.name:{width}}  {f.trouble}", file=sys.stderr)
    print(f"\n{sum(f.good for f in real)} of {len(real)} faults caught by a case about a clause that they break, "
          f"{sum(not f.good for f in odd)} of {len(odd)} odd ways flagged")


def show_list(as_json: bool) -> int:
    """The faults and odd ways; nothing runs."""
    known = faults()
    if as_json:
        print(json.dumps([asdict(f) | {"odd": f.odd} for f in known]))
    else:
        for f in known:
            print(f"{f.name:32} {f.text}" + (f"  [{' '.join(f.clauses)}]" if f.clauses else "  [odd, but in order]"))
    return OK
