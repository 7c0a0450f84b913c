"""Several targets side by side: clauses and documented errors down, targets across."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wsconform_spec import Code, Spec

from .model import BAD
from .results import deciding

#: As much of an answer as a cell has room for.
_LONG = 28

if TYPE_CHECKING:
    from .page import Condition, Target


@dataclass(frozen=True)
class Cell:
    """What one target makes of a row."""

    verdict: str  # "" where its results say nothing
    text: str  # beside the sign
    title: str
    anchor: str  # of the place in the page that tells more


@dataclass(frozen=True)
class Row:
    """A clause (or the clause of an error) on every target."""

    id: str
    head: str  # what stands above or before the id, if it is not all
    cells: tuple[Cell, ...]
    differs: bool  # among the targets that are looked at


@dataclass(frozen=True)
class Group:
    """The rows of a section of the document."""

    name: str
    rows: list[Row]

    @property
    def differs(self) -> bool:
        return any(row.differs for row in self.rows)


def anchor(kind: str, target: Target, clause_anchor: str) -> str:
    """Of the place that tells what one target makes of a clause (at) or of an error (error)."""
    return f"{kind}-{target.index}-{clause_anchor}"


def bad_cases(target: Target, clause: str) -> list[str]:
    """The cases of that target that deviate from the clause."""

    def deviates(case: Mapping[str, Any]) -> bool:
        decided = {named for step in deciding(case) for named in step["clauses"]} or set(case["clauses"][:1])
        return case["verdict"] in BAD and clause in decided

    about = target.clauses[clause]["cases"] if clause in target.clauses else ()
    return [id for id in about if id in target.cases and deviates(target.cases[id])]


def clauses(
    spec: Spec,
    targets: Sequence[Target],
    subjects: Collection[Target],
    verdict: Callable[[Target, str], str],
    anchors: dict[str, str],
) -> list[Group]:
    """Every clause that can be judged, by section."""
    groups: list[Group] = []
    for clause in spec.clauses:
        known = [verdict(target, clause.id) if clause.id in target.clauses else "" for target in targets]
        if all(word in ("", "untested") for word in known):
            continue
        cells, seen = [], set()
        for target, word in zip(targets, known, strict=True):
            bad = bad_cases(target, clause.id) if word == "deviates" else []
            number = len([id for id in target.clauses[clause.id]["cases"] if id in target.cases]) if word else 0
            title = f"{target.label}: {word or 'not known'}" + (f" in {len(bad)} of {number} cases" if bad else "")
            cells.append(Cell(word, str(len(bad)) if bad else "", title, anchor("at", target, anchors[clause.id])))
            if target in subjects:
                seen.add((word, tuple(bad)))
        if not groups or groups[-1].name != clause.section:
            groups.append(Group(clause.section, []))
        groups[-1].rows.append(Row(clause.id, "", tuple(cells), len(seen) > 1))
    return groups


def errors(
    conditions: Sequence[tuple[Code, Sequence[Condition]]],
    targets: Sequence[Target],
    subjects: Collection[Target],
    anchors: dict[str, str],
) -> list[Row]:
    """Every documented error: was its condition brought about, and what was answered that the document does not allow, or
    else what was answered most often."""
    rows = []
    for code, found in conditions:
        cells, seen = [], set()
        for target, one in zip(targets, found, strict=True):
            wrong = [answer.observed for answer in one.answers if not answer.ok]
            told = [observed.removeprefix("SOCKET_ERROR ") for observed in wrong or [a.observed for a in one.answers][:1]]
            if one.provoked == "no":
                cell = ("untested", "not provoked", one.why_not or "not provoked")
            else:
                word = _short(told[0]) + (f" +{len(told) - 1}" if len(told) > 1 else "") if told else one.verdict
                cell = (one.verdict, word, f"{one.provoked}, {one.verdict}; answered {' or '.join(told[:6]) or 'nothing'}")
            cells.append(Cell(cell[0], cell[1], f"{target.label}: {cell[2]}", anchor("error", target, anchors[code.clause])))
            if target in subjects:
                seen.add((cell[0], one.provoked, frozenset(told)))
        rows.append(Row(code.clause, code.code, tuple(cells), len(seen) > 1))
    return rows


def _short(answer: str) -> str:
    return answer if len(answer) <= _LONG else answer[: _LONG - 1] + "…"


def differing(groups: Sequence[Group]) -> list[Row]:
    return [row for group in groups for row in group.rows if row.differs]
