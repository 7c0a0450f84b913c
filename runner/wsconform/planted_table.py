"""What ./wsconform selftest found, as a table of faults and the cases that catch them: text, JSON, Markdown."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wsconform.errors import TargetError

if TYPE_CHECKING:
    from wsconform.planted import Fault, Found, Workshop

#: In text so many cases of a list are named; the JSON and the Markdown have all.
SHOWN = 3


def must_clauses() -> list[str]:
    """The clauses that can be broken by an implementation, in the order of the document."""
    import wsconform_spec

    return [clause.id for clause in wsconform_spec.load().clauses if clause.kind == "must"]


@dataclass(frozen=True)
class Table:
    """All that a selftest says. `part`: not all faults or not all cases were asked for, so that lists of what is missing mean
    nothing."""

    found: Sequence[Found]
    shop: Workshop
    target: dict[str, Any]
    without: Mapping[str, str]
    full: bool
    part: bool

    @cached_property
    def faults(self) -> list[Found]:
        return [f for f in self.found if not f.fault.odd]

    @cached_property
    def odd(self) -> list[Found]:
        return [f for f in self.found if f.fault.odd]

    @property
    def clauses(self) -> dict[str, dict[str, int]]:
        """For each clause that something must keep: how many faults are against it, how many of these are caught by a case
        about this very clause."""
        return {clause: {"faults": sum(clause in f.fault.clauses for f in self.faults),
                         "caught": sum(clause in f.fault.clauses and any(clause in c.clauses for c in f.catching)
                                       for f in self.faults)} for clause in must_clauses()}

    @property
    def open_clauses(self) -> list[str]:
        """Clauses without a fault that a case about them catches, and without a reason why there is none."""
        return [] if self.part else [c for c, n in self.clauses.items() if not n["caught"] and c not in self.without]

    @cached_property
    def stale(self) -> list[str]:
        """Clauses for which there is a reason, and a fault that is caught all the same."""
        return [] if self.part else [c for c in self.without if self.clauses.get(c, {"caught": 1})["caught"]]

    @cached_property
    def silent(self) -> list[str]:
        """Cases that ran with a fault against one of their clauses, and caught none."""
        spoke = {c.case for f in self.faults for c in (*f.catching, *f.others)}
        return [id for id, n in self._tries.items() if n and id not in spoke]

    @cached_property
    def untried(self) -> list[str]:
        """Cases that ran with no fault at all, as others caught those before."""
        return [id for id, n in self._tries.items() if not n]

    @cached_property
    def _tries(self) -> dict[str, int]:
        tries = Counter(id for f in self.faults for id in f.ran)
        return {case.id: tries[case.id] for case in self.shop.cases}

    @property
    def good(self) -> bool:
        return all(f.good for f in self.found) and not self.open_clauses and not self.stale

    def data(self) -> dict[str, Any]:
        found = [{**asdict(f), "ran": len(f.ran), "good": f.good, "named": f.named, "odd": f.fault.odd} for f in self.found]
        return {"date": date.today().isoformat(), "target": self.target, "full": self.full, "good": self.good,
                "faults": found, "clauses": self.clauses, "without": dict(self.without), "open_clauses": self.open_clauses,
                "silent_cases": self.silent, "untried_cases": self.untried}

    def write(self, out: Path | None) -> None:
        """Into a file: Markdown if its name ends so, else JSON."""
        if not out:
            return
        text = self.markdown() if out.suffix == ".md" else json.dumps(self.data(), indent=1) + "\n"
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise TargetError(f"cannot write {out}: {error.strerror}") from error

    def show(self, as_json: bool) -> None:
        print(json.dumps(self.data()) if as_json else "\n".join(self._lines()))
        for f in self.found:
            if f.trouble:
                print(f"{f.fault.name}: {f.trouble}", file=sys.stderr)

    # --- text ---------------------------------------------------------------------------------------------

    def _lines(self) -> list[str]:
        width = max((len(f.fault.name) for f in self.found), default=0)
        lines = []
        for f in self.faults:
            first = f.catching[0].case if f.catching else "NOT CAUGHT by a case about its clauses"
            more = f" and {len(f.catching) - 1} more" if len(f.catching) > 1 else ""
            lines.append(f"{f.fault.name:{width}}  {first}{more}")
            lines += [f"{'':{width}}    caught elsewhere: {c.case}" for c in f.others[:SHOWN] if not f.catching]
        for f in self.odd:
            names = ", ".join(c.case for c in f.others[:SHOWN])
            lines.append(f"{f.fault.name:{width}}  " + (f"FLAGGED by {names}" if f.others else "not flagged"))
        return [*lines, "", *self.summary()]

    def summary(self) -> list[str]:
        caught, flagged = sum(f.good for f in self.faults), sum(bool(f.others) for f in self.odd)
        lines = [f"{caught} of {len(self.faults)} faults caught by a case about a clause that they break, "
                 f"{flagged} of {len(self.odd)} odd ways flagged"]
        header = [f.fault.name for f in self.faults if f.catching and not f.named]
        if header:
            lines.append(f"{len(header)} of these only by cases whose verdict names another clause: {', '.join(header)}")
        if self.odd:
            bad, may = (sum(map(test, self.shop.cases)) for test in (lambda c: self.shop.is_bad(c.id), self.shop.may_flag))
            lines.append(f"odd ways ran {may} of {len(self.shop.cases)} cases: {bad} deviate without them"
                         + ("" if self.full else ", others take long or need a site of their own (--full)"))
        once = {id for f in self.odd for id in f.once}
        if once:
            lines.append(f"said something under an odd way, but not again when run alone: {', '.join(sorted(once))}")
        if not self.part:
            lines += [f"no fault against {clause} is caught by a case about it" for clause in self.open_clauses]
            lines += [f"{clause} has a caught fault, and in faults.def a reason why it has none" for clause in self.stale]
            lines.append(f"{len(self.without)} clauses without a fault, each with a reason (./wsconform selftest --list)")
            bad = sum(self.shop.is_bad(id) for id in self.silent)
            lines.append(f"{len(self.silent)} cases ran with a fault about them and caught none ({bad} of these deviate without "
                         f"a fault, too), {len(self.untried)} got no chance" + ("" if self.full else ": --full gives it"))
        return lines

    # --- Markdown -----------------------------------------------------------------------------------------

    def markdown(self) -> str:
        target = self.target
        lines = ["# Faults and the cases that catch them", "",
                 f"{date.today().isoformat()}, {target['name']} {target['version']} ({target['arch']}), "
                 f"`./wsconform selftest{' --full' if self.full else ''}`.", ""]
        lines += [f"- {line}" for line in self.summary()]
        lines += ["", "| fault | does | clauses | caught by (`*`: the verdict names the clause) |", "| --- | --- | --- | --- |"]
        for f in self.faults:
            cases = [f"{c.case}{' `*`' if set(c.named) & set(f.fault.clauses) else ''}" for c in f.catching]
            if not cases:
                cases = ["**nothing**", *(f"elsewhere: {c.case}" for c in f.others)]
            lines.append(_row(f.fault.name, f.fault.text, " ".join(f.fault.clauses), _several(cases)))
        lines += ["", "| odd, but in order | cases | flagged by |", "| --- | --- | --- |"]
        lines += [_row(f"{f.fault.name}: {f.fault.text}", str(len(f.ran)), _several([c.case for c in f.others])) for f in self.odd]
        lines += ["", "| clause | faults | caught by a case about this clause |", "| --- | --- | --- |"]
        lines += [_row(clause, str(n["faults"]), str(n["caught"]) if n["faults"] else self.without.get(clause, "**no reason**"))
                  for clause, n in self.clauses.items()]
        lines += ["", "## Cases that ran with a fault about them and caught none", ""]
        lines += [f"- {id}{' (deviates without a fault, too)' if self.shop.is_bad(id) else ''}" for id in self.silent]
        return "\n".join(lines) + "\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _several(cases: Sequence[str], most: int = 12) -> str:
    shown = "; ".join(cases[:most])
    return f"{shown}; {len(cases) - most} more" if len(cases) > most else shown


def show_list(faults: Sequence[Fault], without: Mapping[str, str], as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(f) | {"odd": f.odd} for f in faults]))
        return
    for f in faults:
        print(f"{f.name:32} {f.text}" + (f"  [{' '.join(f.clauses)}]" if f.clauses else "  [odd, but in order]"))
    for clause, why in without.items():
        print(f"no fault against {clause}: {why}")
