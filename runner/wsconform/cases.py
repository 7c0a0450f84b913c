"""The hand-written cases, as the judge lists them, and the choice among them."""

from __future__ import annotations

import difflib
import json
import os
import re
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wsconform import places
from wsconform.errors import BadUsage, TargetError

DEFAULT_LIMIT_MS = 5000


@dataclass(frozen=True)
class Case:
    """One hand-written case; record is the judge's whole line about it."""

    id: str
    file: Path
    line: int
    clauses: tuple[str, ...]
    limit_ms: int
    record: dict[str, Any]


@dataclass(frozen=True)
class Collection:
    """All cases of the files that were asked for, in their order. root is the folder that ids are relative to."""

    root: Path
    files: tuple[Path, ...]
    cases: tuple[Case, ...]

    @property
    def records(self) -> list[dict[str, Any]]:
        return [case.record for case in self.cases]


def find_files(paths: Sequence[Path]) -> tuple[Path, list[Path]]:
    """The case files below the paths and the folder that their ids are relative to: cases/ for those in it."""
    files: list[Path] = []
    folders: list[str] = []
    for path in paths:
        folders.append(os.path.abspath(path if path.is_dir() else path.parent))
        if path.is_dir():
            files += sorted(p for p in path.rglob("*.case") if p.is_file() and not _example(p, path))
        elif path.is_file():
            files.append(path)
        else:
            raise BadUsage(f"{path}: no such file or folder")
    files = list(dict.fromkeys(Path(os.path.abspath(f)) for f in files))
    if not files:
        raise BadUsage(f"no *.case file in {', '.join(map(str, paths))}")
    if all(f.is_relative_to(places.CASES) for f in files):
        return places.CASES, files
    try:
        return Path(os.path.commonpath(folders)), files
    except ValueError as error:  # of Windows
        raise BadUsage(f"the cases are on different drives: {', '.join(folders)}") from error


def _example(file: Path, below: Path) -> bool:
    """Whether a file is there to test the notation, and not a case; who names their folder gets them all the same."""
    notation = places.CASES / "notation"
    return file.resolve().is_relative_to(notation) and not below.resolve().is_relative_to(notation)


def collect(paths: Sequence[Path]) -> Collection:
    """Reads the cases below the paths (files or folders). Raises BadUsage with the judge's file:line:column."""
    root, files = find_files(paths)
    command = [str(places.judge()), "list", "--root", str(root), *map(str, files)]
    try:
        listed = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")
    except OSError as error:
        raise TargetError(f"{command[0]}: {error.strerror}") from error
    if listed.returncode != 0:
        raise BadUsage(listed.stderr.strip() or f"{command[0]} list: exit status {listed.returncode}")
    cases = [_case(json.loads(line), root) for line in listed.stdout.splitlines() if line]
    _check_ids(cases)
    first: dict[str, Case] = {}
    for case in cases:
        if first.setdefault(case.id, case) is not case:
            raise BadUsage(f"{case.file}:{case.line}:1: a second case {case.id!r}; the first is in line "
                           f"{first[case.id].line} of {first[case.id].file}")
    return Collection(root, tuple(files), tuple(cases))


def _check_ids(cases: Sequence[Case]) -> None:
    """Raises BadUsage for the first case about a clause (or question) that the document's spec does not have."""
    import wsconform_spec

    spec = wsconform_spec.load()
    ids = {clause.id for clause in spec.clauses} | {question.id for question in spec.questions}
    for case in cases:
        for id in case.clauses:
            if id not in ids:
                near = difflib.get_close_matches(id, ids, n=1, cutoff=0.6)
                hint = f"; did you mean {near[0]}?" if near else " (see ./wsconform list clauses)"
                raise BadUsage(f"{case.file}:{case.line}:1: no clause {id}{hint}")


def known() -> list[dict[str, Any]]:
    """The judge's records of the cases of the tree, for reports on results from elsewhere; [] if there are none."""
    try:
        return collect([places.CASES]).records
    except (BadUsage, TargetError):
        return []


def _case(record: dict[str, Any], root: Path) -> Case:
    file = Path(record["file"])
    return Case(record["id"], file if file.is_absolute() else root / file, record["line"], tuple(record["clauses"]),
                record.get("limit_ms") or DEFAULT_LIMIT_MS, record)


def select(cases: Sequence[Case], wanted: Sequence[str]) -> list[Case]:
    """The cases with these ids; the beginning of an id up to a / or [ stands for all that begin so."""
    if not wanted:
        return list(cases)
    chosen: set[str] = set()
    for want in wanted:
        want = want.removesuffix("/")
        hits = {c.id for c in cases if c.id == want or c.id.startswith((want + "/", want + "["))}
        if not hits:
            words = {id[:end] for id in (c.id for c in cases) for end in (*(m.start() for m in re.finditer(r"[/\[]", id)), len(id))}
            near = difflib.get_close_matches(want, sorted(words), n=3, cutoff=0.5)
            hint = f"; did you mean {' or '.join(repr(n) for n in near)}?" if near else " (see ./wsconform list cases)"
            if os.path.exists(want):
                hint = f": for a file or folder it is  --cases {shlex.quote(want)}"
            raise BadUsage(f"no case {want!r}{hint}")
        chosen |= hits
    return [c for c in cases if c.id in chosen]
