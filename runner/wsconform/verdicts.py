"""What the judge says of a case, in the words of pytest and of a terminal."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VERDICTS = ("conforms", "deviates", "crash", "hang", "undefined", "unsupported", "inconclusive")
#: These make the run's exit status 1.
UNEXPECTED = frozenset({"deviates", "crash", "hang"})
SKIPPED = frozenset({"unsupported", "inconclusive"})

Record = dict[str, Any]


def counts(judged: Iterable[Record]) -> Counter[str]:
    return Counter(record["verdict"] for record in judged)


def deciding_step(record: Record) -> Record | None:
    """The step that made the case deviate, crash or hang."""
    steps: list[Record] = record["steps"]
    wrong = [step for step in steps if not step["ok"]]
    if wrong:
        return wrong[0]
    return steps[-1] if steps and record["verdict"] in ("crash", "hang") else None


def wrong_steps(record: Record, *, profile: bool) -> list[Record]:
    """The steps that decide against the case: with profile those that the document allows and the profile does not, else
    those that the document forbids."""
    wrong = [step for step in record["steps"] if not step["ok"]]
    return [step for step in wrong if bool(step.get("practice")) == profile]


def only_profile(record: Record) -> bool:
    """Does the case deviate from the profile of a system alone, and keep what the document says?"""
    return bool(wrong_steps(record, profile=True)) and not wrong_steps(record, profile=False)


def deviating_clauses(record: Record) -> list[str]:
    """The clauses that the case's failure is about; a crash or a hang names none itself, a deviation from a profile
    concerns none."""
    if only_profile(record):
        return []
    wrong = wrong_steps(record, profile=False)
    if wrong_steps(record, profile=True):
        return list(dict.fromkeys(clause for step in wrong for clause in step["clauses"]))
    step = deciding_step(record)
    named: list[str] = record["deviating"]
    return named or (step["clauses"] if step else []) or record["clauses"][:1]


def rerun_command(options: Sequence[str], id: str) -> str:
    """The one command that runs this case again."""
    return shlex.join(["./wsconform", "run", *options, id])


def failure_text(record: Record, *, target: str, statement: Callable[[str], str], trace: Path | None,
                 rerun: str, lined: bool = True) -> str:
    """All that is needed to understand and to reproduce: requirement, call, allowed, observed, trace line (if lined: it is
    known), command."""
    lines = [f"{record['id']} on {target}: {record['verdict']}"]
    if record["reason"]:
        lines.append(f"  reason       {record['reason']}")
    for clause in deviating_clauses(record):
        lines.append(f"  requirement  {clause}: {statement(clause)}")
    for step in [s for s in record["steps"] if not s["ok"]] or list(filter(None, [deciding_step(record)])):
        lines.append(f"  call         {step['call']}")
        lines.append(f"  allowed      {' or '.join(step['allowed']) or '-'}")
        lines.append(f"  observed     {step['observed']}")
        if step.get("note"):
            lines.append(f"  note         {step['note']}")
        for fact in step.get("practice", ()):
            lines.append(f"  fact         {fact}: {statement(fact)}")
        if trace:
            lines.append(f"  trace        {trace}" + (f":{step['line']}" if lined else ""))
    lines.append(f"  again        {rerun}")
    return "\n".join(lines)


@dataclass(frozen=True)
class Deviation:
    """One line of the summary: a clause (or fact) that does not hold, with the first case that shows it."""

    clause: str
    call: str
    allowed: str
    observed: str
    cases: int


def deviations(judged: Iterable[Record]) -> list[Deviation]:
    """One per clause, most cases first."""
    first: dict[str, tuple[Record, Record | None]] = {}
    number: Counter[str] = Counter()
    for record in judged:
        if record["verdict"] not in UNEXPECTED:
            continue
        for clause in dict.fromkeys(deviating_clauses(record)):
            number[clause] += 1
            step = next((s for s in wrong_steps(record, profile=False) if clause in s["clauses"]), deciding_step(record))
            first.setdefault(clause, (record, step))
    found = []
    for clause, (record, step) in first.items():
        found.append(Deviation(clause, step["call"] if step else record["id"],
                               " or ".join(dict.fromkeys(step["allowed"])) or "see the case" if step else "",
                               step["observed"] if step else record["verdict"], number[clause]))
    return sorted(found, key=lambda d: (-d.cases, d.clause))


def departures(judged: Iterable[Record]) -> list[Deviation]:
    """One per fact of practice that was held against a case, most cases first."""
    first: dict[str, Record] = {}
    number: Counter[str] = Counter()
    for record in judged:
        by_fact = {fact: step for step in reversed(wrong_steps(record, profile=True)) for fact in step["practice"]}
        number.update(by_fact.keys())
        first |= {fact: step for fact, step in by_fact.items() if fact not in first}
    found = [Deviation(fact, step["call"], " or ".join(dict.fromkeys(step["allowed"])), step["observed"], number[fact])
             for fact, step in first.items()]
    return sorted(found, key=lambda d: (-d.cases, d.clause))


def remarked(judged: Iterable[Record]) -> int:
    """In how many cases something was seen that the document allows and a system is not seen to do."""
    return sum(any(step.get("practice") for step in record["steps"]) for record in judged)


def brought_about(judged: Sequence[Record]) -> tuple[set[str], set[str]]:
    """The documented error conditions that arose: naturally, and by injected failures only."""
    natural = {clause for record in judged for clause in record["conditions"]}
    return natural, {clause for record in judged for clause in record.get("injected", ())} - natural
