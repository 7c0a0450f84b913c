"""summary.md: what a pull request needs to see."""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import matrix, text
from .comparing import Comparison
from .model import CASE_VERDICTS
from .page import MARKS, Pattern, Target

_LINES, _DIFFERENCES = 25, 40


def summary(
    targets: Sequence[Target],
    deviations: Sequence[tuple[str, list[Pattern]]],
    side_by_side: Sequence[matrix.Group] = (),
    compared: Sequence[Comparison] = (),
) -> str:
    """Counts of each target, in which clauses targets differ, the deviating clauses one line each, where to look further."""
    out = ["## wsconform: `WSASend` against its documentation", ""]
    present = [v for v in reversed(CASE_VERDICTS) if any(v in dict(t.case_counts) for t in targets)]
    out.append("| target | " + " | ".join(["cases", *present, "clauses that deviate"]) + " |")
    out.append("| --- |" + " ---: |" * (len(present) + 2))
    for target in targets:
        counts, facts = dict(target.case_counts), target.doc["target"]
        name = " ".join(str(f) for f in (facts["name"], facts["version"], facts["arch"], facts["provider"]) if f)
        numbers = [str(len(target.cases)), *(str(counts.get(v, 0)) for v in present)]
        numbers.append(str(dict(target.clause_counts).get("deviates", 0)))
        out.append(f"| {_code(name)} | " + " | ".join(numbers) + " |")
    out.append("")
    out += [f"{_code(t.label)}: **not all cases**: {said}.\n" for t in targets if (said := t.incomplete)]
    for one in compared:
        out += _changes(one)
    for target in targets:
        if not target.is_model:
            out += _errors(target) + _practice(target)
    if side_by_side:
        out += _differences(targets, side_by_side)
    if not deviations:
        out.append("No deviation was observed.")
    else:
        out += ["| clause | call | allowed | observed | cases | on |", "| --- | --- | --- | --- | ---: | --- |"]
        for clause, patterns in deviations[:_LINES]:
            first, more = patterns[0], len(patterns) - 1
            count = len({case.id for pattern in patterns for case in pattern.cases})
            observed = _code(first.observed) + (f" and {more} other{'s' * (more > 1)}" if more else "")
            allowed = " or ".join(map(_code, first.allowed[:4])) + (" …" if len(first.allowed) > 4 else "")
            who = ", ".join(map(_code, dict.fromkeys(target.label for p in patterns for target in p.targets)))
            cells = [_code(clause or "no clause"), _code(first.call), allowed or "see the case", observed, str(count), who]
            out.append(f"| {' | '.join(cells)} |")
        if len(deviations) > _LINES:
            out.append(f"\n… and {len(deviations) - _LINES} more clauses.")
    out += ["", "Every call, clause and case: `index.html`. The raw observations: `trace.txt` of each target."]
    return "\n".join(out) + "\n"


def _changes(comparison: Comparison) -> list[str]:
    """The cases that did not come out the same in two runs."""
    out = [f"{_code(comparison.before)} → {_code(comparison.after)}: {comparison.counts}.", ""]
    if not comparison.cases:
        return out
    out += ["| | case | call | before | after |", "| --- | --- | --- | --- | --- |"]
    for one in comparison.cases[:_DIFFERENCES]:
        call, before, after = (
            (one.calls[0].call, one.calls[0].before or "not called", one.calls[0].after or "not called")
            if one.calls
            else ("", one.before, one.after)
        )
        out.append(f"| {one.kind} | {_code(one.case)} | {_code(call) if call else ''} | {_code(before)} | {_code(after)} |")
    if len(comparison.cases) > _DIFFERENCES:
        out.append(f"\n… and {len(comparison.cases) - _DIFFERENCES} more.")
    return [*out, ""]


def _differences(targets: Sequence[Target], groups: Sequence[matrix.Group]) -> list[str]:
    """The clauses in which targets differ, as a matrix; a number is how many cases deviate."""
    rows = matrix.differing(groups)
    if not rows:
        return ["The targets differ in no clause.", ""]
    out = [f"The targets differ in {len(rows)} clause{'s' * (len(rows) > 1)} (a number: so many cases deviate):", ""]
    out.append("| clause | " + " | ".join(_code(target.label) for target in targets) + " |")
    out.append("| --- |" + " --- |" * len(targets))
    for row in rows[:_DIFFERENCES]:
        out.append(f"| {_code(row.id)} | " + " | ".join(f"{MARKS[c.verdict]} {c.text}".strip() for c in row.cells) + " |")
    if len(rows) > _DIFFERENCES:
        out.append(f"\n… and {len(rows) - _DIFFERENCES} more clauses.")
    return [*out, ""]


def _errors(target: Target) -> list[str]:
    """What of the documented errors was brought about, and how."""
    number = dict(target.code_counts)
    total, natural, injected = sum(number.values()), number.get("natural", 0), number.get("injected", 0)
    said = f"{natural} of {total} documented errors were brought about naturally"
    said += f", {injected} by injected failures" if injected else ""
    missing = [_code(code["clause"]) for code in target.doc["codes"] if code["provoked"] == "no"]
    said += f"; not: {', '.join(missing)}" if 0 < len(missing) <= 12 else f"; {len(missing)} were not" if missing else ""
    planted = sum(bool(case.get("injected")) for case in target.doc["cases"])
    if planted:
        said += f". {planted} case{'s plant' if planted > 1 else ' plants'} failures in the transport"
    return [f"{_code(target.label)}: {said}.", ""]


def _practice(target: Target) -> list[str]:
    """What the document allows and a system is not seen to do."""
    found = [fact for fact in target.facts.values() if fact["otherwise"]]
    if not found:
        return []
    told = ", ".join(f"{_code(fact['id'])} ({len(fact['otherwise'])})" for fact in found[:_LINES])
    return [f"{_code(target.label)}: allowed by the document, not seen on Windows (cases): {told}.", ""]


def _code(value: str) -> str:
    """A code span that nothing in the text can leave, also inside a table."""
    value = text.clip(" ".join(text.visible(value).split()), 120) or " "
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", value)), default=0))
    pad = " " if value[0] == "`" or value[-1] == "`" else ""
    return ticks + pad + value.replace("|", "\\|") + pad + ticks
