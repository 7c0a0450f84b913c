"""Reads clauses.toml, questions.toml, windows.toml and unprovoked.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

#: The folder of the TOML files.
FOLDER = Path(__file__).resolve().parent.parent

CLAUSE_KINDS = ("must", "may", "app", "undef", "info")
QUESTION_KINDS = ("contradiction", "silence")
FACT_STRENGTHS = ("tested", "comment", "documented", "user")

#: Kinds of clause that a target can keep or break, so that each needs a case.
JUDGED_KINDS = frozenset({"must", "may"})


class SpecError(ValueError):
    """A file of the spec cannot be read; the message says which, and where in it."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One promise of the document (or one duty of the application, or one remark)."""

    #: Fixed for ever; cases, model rules and reports cite it.
    id: str
    #: must, may: the implementation's; app: the application's duty; undef: expressly undefined; info: cannot be tested.
    kind: str
    #: Theme, for grouping.
    section: str
    #: What it says, in our words.
    statement: str
    #: Where in the document: section, paragraph, sentence.
    place: str
    #: Number of characters of the normalised sentence that it stands for (see document.normalise).
    length: int
    #: SHA-256 of that sentence as UTF-8, in hexadecimal.
    sha256: str


@dataclass(frozen=True, slots=True)
class Question:
    """A contradiction or silence of the document."""

    id: str
    #: contradiction or silence.
    kind: str
    title: str
    #: Ids of the clauses that clash, or that leave it open.
    clauses: tuple[str, ...]
    #: What can be read into the document.
    readings: tuple[str, ...]
    #: Which of the readings the model admits, counted from 1.
    admitted: tuple[int, ...]
    #: Why these and no others.
    why: str


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that real Windows is publicly known to do."""

    id: str
    #: What it does, in our words.
    statement: str
    #: Ids of the clauses that it is about.
    clauses: tuple[str, ...]
    #: Where it was read.
    source: str
    #: tested, comment, documented or user: how well it is founded.
    strength: str
    #: Said of a neighbour (send, WSARecv, ...) and not of WSASend itself.
    inferred: bool
    #: The model can tell whether it speaks against an outcome; else it is here to be read only.
    judged: bool


@dataclass(frozen=True, slots=True)
class Code:
    """One documented error condition."""

    #: Name of the error code, for instance WSAENOTCONN. Several conditions can share it.
    code: str
    #: Id of its clause.
    clause: str
    #: When it is reported, one line.
    condition: str


@dataclass(frozen=True)
class Spec:
    """Everything that this folder knows."""

    #: In the document's order.
    clauses: tuple[Clause, ...]
    questions: tuple[Question, ...]
    #: What real Windows does.
    facts: tuple[Fact, ...] = ()
    #: Error conditions that cannot be relied upon to arise here, each with the reason.
    unprovoked: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @cached_property
    def clause_by_id(self) -> Mapping[str, Clause]:
        return MappingProxyType({clause.id: clause for clause in self.clauses})

    @cached_property
    def question_by_id(self) -> Mapping[str, Question]:
        return MappingProxyType({question.id: question for question in self.questions})

    @cached_property
    def fact_by_id(self) -> Mapping[str, Fact]:
        return MappingProxyType({fact.id: fact for fact in self.facts})

    def clause(self, clause_id: str) -> Clause:
        """The clause of that id; KeyError if there is none."""
        return self.clause_by_id[clause_id]

    def questions_of(self, clause_id: str) -> tuple[Question, ...]:
        """The questions that concern a clause."""
        return tuple(question for question in self.questions if clause_id in question.clauses)

    @cached_property
    def codes(self) -> tuple[Code, ...]:
        """One row for each err.* clause: its statement begins with the name of the code."""
        rows = []
        for clause in self.clauses:
            if clause.id.startswith("err."):
                code, _, condition = clause.statement.partition(": ")
                rows.append(Code(code, clause.id, condition[:1].upper() + condition[1:]))
        return tuple(rows)


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "str": lambda value: isinstance(value, str) and value.strip() == value != "",
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool) and value > 0,
    "tuple[str, ...]": lambda value: isinstance(value, list) and value != [] and all(map(_TYPES["str"], value)),
    "tuple[int, ...]": lambda value: isinstance(value, list) and value != [] and all(map(_TYPES["int"], value)),
}


def _record(cls: type, table: Any, where: str) -> Any:
    """Makes a dataclass of a TOML table that must have exactly its fields, with their types."""
    if not isinstance(table, dict):
        raise SpecError(f"{where}: not a table")
    names = {f.name: str(f.type) for f in fields(cls)}
    for name in table:
        if name not in names:
            raise SpecError(f"{where}: unknown field {name!r}")
    for name, kind in names.items():
        if name not in table:
            raise SpecError(f"{where}: field {name!r} is missing")
        if not _TYPES[kind](table[name]):
            raise SpecError(f"{where}: field {name!r} is empty or no {kind}")
    return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in table.items()})


def _tables(path: Path, key: str) -> list[tuple[str, Any]]:
    """The tables [[key]] of a file, each with words that say which one it is."""
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SpecError(f"{path}: {error}") from error
    unknown = sorted(set(content) - {key})
    if unknown:
        raise SpecError(f"{path}: unknown table {unknown[0]!r}; known: {key!r}")
    tables = content.get(key, [])
    if not isinstance(tables, list):
        raise SpecError(f"{path}: {key!r} is not a list of tables")
    named = []
    for number, table in enumerate(tables, 1):
        name = table.get("id", number) if isinstance(table, dict) else number
        named.append((f"{path}: {key} {name}", table))
    return named


def _check_unique(ids: list[str], path: Path) -> None:
    for clause_id in ids:
        if ids.count(clause_id) > 1:
            raise SpecError(f"{path}: {clause_id} stands there twice")


def _load_clauses(path: Path) -> tuple[Clause, ...]:
    clauses = []
    for where, table in _tables(path, "clause"):
        clause: Clause = _record(Clause, table, where)
        if clause.kind not in CLAUSE_KINDS:
            raise SpecError(f"{where}: kind {clause.kind!r} is none of {', '.join(CLAUSE_KINDS)}")
        if not re.fullmatch("[0-9a-f]{64}", clause.sha256):
            raise SpecError(f"{where}: sha256 is not 64 hexadecimal digits")
        clauses.append(clause)
    _check_unique([clause.id for clause in clauses], path)
    return tuple(clauses)


def _load_questions(path: Path) -> tuple[Question, ...]:
    questions = []
    for where, table in _tables(path, "question"):
        question: Question = _record(Question, table, where)
        if not question.id.startswith("q."):
            raise SpecError(f"{where}: the id of a question begins with 'q.'")
        if question.kind not in QUESTION_KINDS:
            raise SpecError(f"{where}: kind {question.kind!r} is none of {', '.join(QUESTION_KINDS)}")
        if max(question.admitted) > len(question.readings):
            raise SpecError(f"{where}: admits reading {max(question.admitted)} of {len(question.readings)}")
        questions.append(question)
    _check_unique([question.id for question in questions], path)
    return tuple(questions)


def _load_facts(path: Path) -> tuple[Fact, ...]:
    facts = []
    for where, table in _tables(path, "fact"):
        fact: Fact = _record(Fact, table, where)
        if not re.fullmatch(r"w\.[a-z0-9]+(-[a-z0-9]+)*", fact.id):
            raise SpecError(f"{where}: the id of a fact is 'w.' and words joined by '-'")
        if fact.strength not in FACT_STRENGTHS:
            raise SpecError(f"{where}: strength {fact.strength!r} is none of {', '.join(FACT_STRENGTHS)}")
        facts.append(fact)
    _check_unique([fact.id for fact in facts], path)
    return tuple(facts)


@dataclass(frozen=True, slots=True)
class _Reason:
    reason: str
    clauses: tuple[str, ...]


def _load_reasons(path: Path, key: str) -> Mapping[str, str]:
    """A reason for each of some clauses, from tables [[key]] that give one for several."""
    groups = [_record(_Reason, table, where) for where, table in _tables(path, key)]
    _check_unique([clause_id for group in groups for clause_id in group.clauses], path)
    return MappingProxyType({clause_id: group.reason for group in groups for clause_id in group.clauses})


def load(folder: Path | str = FOLDER) -> Spec:
    """Reads the spec. Raises SpecError for a file that is missing or not as it should be.

    References between the files are not checked here: coverage() does.
    """
    folder = Path(folder)
    return Spec(
        clauses=_load_clauses(folder / "clauses.toml"),
        questions=_load_questions(folder / "questions.toml"),
        facts=_load_facts(folder / "windows.toml"),
        unprovoked=_load_reasons(folder / "unprovoked.toml", "unprovoked"),
    )
