"""Two runs side by side: what has become worse, what better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from . import text
from .merging import Part, read
from .model import BAD, ReportError
from .results import deciding

Doc = dict[str, Any]

#: What a case's difference is called. other: another verdict that is neither worse nor better; alone: one run only had it.
KINDS = ("new", "changed", "fixed", "other", "alone")


@dataclass(frozen=True)
class Call:
    """A call that decided, and what was answered in each run; "" where it was not made."""

    call: str
    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    """A case that did not come out the same."""

    case: str
    kind: str
    before: str  # verdicts; "" where it was not run
    after: str
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Comparison:
    """Two runs of a target: what to call them, and the cases that did not come out the same."""

    before: str
    after: str
    found: tuple[Difference, ...]
    unlike: tuple[str, ...] = ()  # what else is not the same: the profile, the version, the tool

    @property
    def cases(self) -> list[Difference]:
        """Without those that one run only had."""
        return [one for one in self.found if one.kind != "alone"]

    @property
    def worse(self) -> bool:
        return any(one.kind in ("new", "changed") for one in self.found)

    @property
    def counts(self) -> str:
        number = {kind: sum(one.kind == kind for one in self.found) for kind in KINDS}
        alone = f"; {number['alone']} case{'s' * (number['alone'] > 1)} in one only" if number["alone"] else ""
        return ", ".join(f"{number[kind]} {kind}" for kind in KINDS[:-1]) + alone + "".join(f"; {one}" for one in self.unlike)


def unlike(before: Doc, after: Doc) -> tuple[str, ...]:
    """What may be why two runs differ, apart from the target's behaviour."""
    sides = [{**doc["target"], "profile": doc["profile"], "tool": doc["tool"]} for doc in (before, after)]
    keys = ("profile", "kind", "version", "arch", "provider", "tool")
    return tuple(f"{key} {sides[0][key] or 'none'} -> {sides[1][key] or 'none'}" for key in keys if sides[0][key] != sides[1][key])


def pairs(before: Path, after: Path) -> list[tuple[Part, Part]]:
    """Each target of two output folders, paired by name; where each has one target beside the model these are a pair,
    whatever their names. Raises ReportError if there is no pair."""
    sides = [read(before), read(after)]
    alone = [[part for part in side if part.doc["target"]["kind"] != "model"] for side in sides]
    if len(alone[0]) == len(alone[1]) == 1:
        return [(alone[0][0], alone[1][0])]
    second = {part.doc["target"]["name"]: part for part in sides[1]}
    found = [(part, second[part.doc["target"]["name"]]) for part in sides[0] if part.doc["target"]["name"] in second]
    if not found:
        raise ReportError(f"{before} and {after} have no target in common")
    return found


def differences(before: Doc, after: Doc) -> list[Difference]:
    """In the order of KINDS, then of the cases."""
    sides = [{case["id"]: case for case in doc["cases"]} for doc in (before, after)]
    found = []
    for id in dict.fromkeys([*sides[0], *sides[1]]):
        a, b = sides[0].get(id), sides[1].get(id)
        if kind := _kind(a, b):
            verdicts = [str(case["verdict"]) if case else "" for case in (a, b)]
            found.append(Difference(id, kind, verdicts[0], verdicts[1], tuple(_calls(a, b))))
    return sorted(found, key=lambda one: KINDS.index(one.kind))


def _kind(a: Mapping[str, Any] | None, b: Mapping[str, Any] | None) -> str:
    """"" if nothing has changed."""
    if not a or not b:
        return "alone"
    was, now = a["verdict"], b["verdict"]
    if now in BAD:
        if was not in BAD:
            return "new"
        return "changed" if a["signature"] != b["signature"] or was != now else ""
    if was in BAD and now in ("conforms", "undefined"):
        return "fixed"
    return "other" if was != now else ""


def _calls(a: Mapping[str, Any] | None, b: Mapping[str, Any] | None) -> list[Call]:
    """The first calls that decided, in either run."""
    wrong: dict[tuple[str, int], None] = {}
    numbered = [_numbered(case) for case in (a, b)]
    for case, steps in zip((b, a), reversed(numbered), strict=True):
        decided = {id(step) for step in deciding(case)} if case else set()
        wrong |= {key: None for key, step in steps.items() if id(step) in decided}
    out = []
    for key in list(wrong)[:3]:
        answers = [text.gist(steps[key]["observed"], False) if key in steps else "" for steps in numbered]
        out.append(Call(key[0], *answers))
    return out


def _numbered(case: Mapping[str, Any] | None) -> dict[tuple[str, int], Mapping[str, Any]]:
    """The steps of a case by call and how often it was made before."""
    seen: dict[str, int] = {}
    found = {}
    for step in case["steps"] if case else ():
        number = seen[step["call"]] = seen.get(step["call"], -1) + 1
        found[step["call"], number] = step
    return found


def told(comparison: Comparison) -> str:
    """All of it as text for a terminal."""
    out = [f"{comparison.before} -> {comparison.after}: {comparison.counts}"]
    for one in comparison.cases:
        out.append(f"{one.kind:<8} {text.visible(one.case)}  ({one.before} -> {one.after})")
        for call in one.calls:
            out.append(f"           {text.visible(text.clip(call.call, 200))}")
            for word, seen in (("before", call.before), ("after", call.after)):
                out.append(f"             {word:<6} {text.visible(text.clip(seen, 200)) or 'not called'}")
    return "\n".join(out) + "\n"


def document(comparisons: Sequence[Comparison]) -> Doc:
    """The content of changes.json."""
    return {"schema": 1, "comparisons": [asdict(one) for one in comparisons]}
