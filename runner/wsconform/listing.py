"""./wsconform list."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from wsconform import __version__, cases, targets
from wsconform.errors import OK, Stop
from wsconform.targets import Target


def listing(what: str, as_json: bool, against: Path | None, paths: Sequence[Path]) -> int:
    """Prints clauses, questions (wsconform_spec does), cases or targets."""
    if what in ("clauses", "questions"):
        from wsconform_spec.cli import main

        return main([what, *(["--json"] if as_json else []), *(["--against", str(against)] if against else [])])
    if what == "cases":
        return _cases(as_json, paths)
    return _targets(as_json)


def _cases(as_json: bool, paths: Sequence[Path]) -> int:
    collection = cases.collect(paths)
    if as_json:
        print(json.dumps(collection.records, ensure_ascii=False, indent=1))
        return OK
    for case in collection.cases:
        print(f"{case.id}  ({os.path.relpath(case.file)}:{case.line}; {' '.join(case.clauses)})")
    print(f"{len(collection.cases)} cases in {len(collection.files)} files")
    return OK


def _targets(as_json: bool) -> int:
    """What ./wsconform run tests without --wine and --target."""
    found: list[Target] = []
    missing = ""
    try:
        found += targets.wines([], ["x86_64"], None)
    except Stop as stop:
        missing = str(stop)
    found.append(targets.model(__version__))
    if as_json:
        print(json.dumps([target.describe() for target in found], indent=1))
        return OK
    for target in found:
        program = f"  {target.wine.program}" if target.wine else "  the reference model"
        print(f"{target.name}  version {target.version}, {target.arch}{program}")
    if missing:
        print(f"no Wine: {missing}")
    return OK
