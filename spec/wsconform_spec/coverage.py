"""Compares the spec with what cites it: cases, model rules, and clause ids in C sources."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wsconform_spec.data import JUDGED_KINDS, Spec, SpecError


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that makes the check fail."""

    #: Who is wrong: a case as file:line, a rule, a question, or a file of the spec.
    where: str
    #: What is wrong, one sentence.
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def judge_list(judge: Path | str, cases: Path | str) -> list[dict[str, Any]]:
    """All cases below a folder, as `wsconform-judge list` tells them. Raises SpecError if it fails or there is none."""
    files = sorted(str(path) for path in Path(cases).rglob("*.case"))
    if not files:
        raise SpecError(f"{cases}: no .case files there")
    output = _run([str(judge), "list", "--root", str(cases), *files])
    return [_parse(line, "list") for line in output.splitlines() if line.strip()]


def judge_rules(judge: Path | str) -> list[dict[str, Any]]:
    """The rules of the model, as `wsconform-judge rules` tells them. Raises SpecError if it fails."""
    rules: list[dict[str, Any]] = _parse(_run([str(judge), "rules"]), "rules")
    return rules


def _run(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    except OSError as error:
        raise SpecError(f"{command[0]}: {error}") from error
    if done.returncode != 0:
        raise SpecError(f"{command[0]} {command[1]} failed ({done.returncode}): {done.stderr.strip()}")
    return done.stdout


def _parse(text: str, command: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise SpecError(f"wsconform-judge {command}: {error}: {text[:100]!r}") from error


def citations(cases: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """For each id that a case names in its `clauses`, the ids of those cases."""
    cited: dict[str, list[str]] = {}
    for case in cases:
        for clause_id in case["clauses"]:
            cited.setdefault(clause_id, []).append(case["id"])
    return cited


def cited_in_sources(spec: Spec, folders: Iterable[Path | str]) -> Iterator[tuple[str, str]]:
    """Clause and question ids in string literals of C files below the folders, as (file:line, id).

    A word counts as an id if its part before the first dot is one that the spec uses. The table of rules (a .def file)
    is left out: rules have names of the same form, and judge_rules() tells their clauses.
    """
    heads = {known.split(".")[0] for known in [*spec.clause_by_id, *spec.question_by_id]}
    word = re.compile(rf"(?:{'|'.join(sorted(heads))})(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)+")
    for folder in folders:
        for path in sorted(Path(folder).rglob("*.[ch]")):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                for literal in re.findall(r'"((?:[^"\\]|\\.)*)"', line):
                    for candidate in literal.split():
                        if word.fullmatch(candidate):
                            yield f"{path}:{number}", candidate


def coverage(
    spec: Spec,
    cases: Iterable[Mapping[str, Any]],
    rules: Iterable[Mapping[str, Any]],
    sources: Iterable[tuple[str, str]] = (),
) -> list[Problem]:
    """Everything that does not fit together; an empty list if all is well.

    cases: the objects of `wsconform-judge list`. rules: those of `wsconform-judge rules`. sources: (place, id) pairs.
    """
    cases, rules = list(cases), list(rules)
    covered = set(citations(cases))
    return [
        *_dangling(spec, cases, rules, sources),
        *(Problem(f"rule {rule['rule']}", "names no clause") for rule in rules if not _clauses_only(rule["clauses"])),
        *_holes(spec, covered),
        *_no_conditions(spec),
    ]


def _clauses_only(ids: Iterable[str]) -> list[str]:
    return [cited for cited in ids if not cited.startswith("q.")]


def _dangling(
    spec: Spec,
    cases: Sequence[Mapping[str, Any]],
    rules: Sequence[Mapping[str, Any]],
    sources: Iterable[tuple[str, str]],
) -> Iterator[Problem]:
    """Ids that nothing defines."""
    known = spec.clause_by_id.keys() | spec.question_by_id.keys()
    # Names of rules have the same form as ids, and C code (tests above all) speaks of rules by name.
    names = {rule["rule"] for rule in rules}
    # The rows of a table share its header: told once, where its first row is.
    first: dict[tuple[str, str], str] = {}
    for case in cases:
        for cited_id in case["clauses"]:
            first.setdefault((case["id"].partition("[")[0], cited_id), f"{case['file']}:{case['line']}")
    cited = [
        *((where, cited) for (_, cited), where in first.items()),
        *((f"rule {rule['rule']}", cited) for rule in rules for cited in rule["clauses"]),
        *((f"questions.toml: {question.id}", cited) for question in spec.questions for cited in question.clauses),
        *((f"windows.toml: {fact.id}", cited) for fact in spec.facts for cited in fact.clauses),
        *(("unprovoked.toml", cited) for cited in spec.unprovoked),
        *((where, cited) for where, cited in sources if cited not in names),
    ]
    for where, clause_id in dict.fromkeys(cited):
        if clause_id not in known:
            yield Problem(where, f"there is no clause or question {clause_id}")


def _holes(spec: Spec, covered: set[str]) -> Iterator[Problem]:
    """Promises that no case is about."""
    for clause in spec.clauses:
        if clause.kind in JUDGED_KINDS and clause.id not in covered:
            yield Problem("clauses.toml", f"no case is about {clause.id} ({clause.kind})")


def _no_conditions(spec: Spec) -> Iterator[Problem]:
    """Clauses of unprovoked.toml that are no error conditions."""
    for clause_id in spec.unprovoked:
        if clause_id in spec.clause_by_id and not clause_id.startswith("err."):
            yield Problem("unprovoked.toml", f"{clause_id} is no error condition: take it out")
