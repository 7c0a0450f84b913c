"""Traces made elsewhere, as targets: judged and reported beside what runs here."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from wsconform import check
from wsconform.engine import CaseSplitter, Run
from wsconform.errors import BadUsage
from wsconform.parts import Part
from wsconform.targets import Target
from wsconform.verdicts import VERDICTS

#: Of two verdicts on one case the graver stands, as where reports are merged.
_GRAVITY = ("crash", "hang", "deviates", "inconclusive", "unsupported", "undefined", "conforms")
assert set(_GRAVITY) == set(VERDICTS)


def targets_of(name: str, path: Path, profile: str) -> list[Target]:
    """A target for each architecture (system, provider) that the traces are of. Raises BadUsage for a damaged trace."""
    runs: dict[tuple[Any, ...], list[Run]] = {}
    if not path.exists():
        raise BadUsage(f"{path}: no such file or folder")
    for file in check.traces_in([str(path)]):
        run, message = check.judged(file, profile)
        if message or run is None:
            raise BadUsage(message or f"{file}:1:1: there is no case in this trace")
        what = run.target
        runs.setdefault((what["kind"], what["version"], what["arch"], what["provider"]), []).append(run)
    found: list[Target] = []
    arches = [arch for _, _, arch, _ in runs]
    for (kind, version, arch, provider), parts in runs.items():
        own = name if len(runs) == 1 else f"{name}-{arch}"
        taken = {target.name for target in found}
        own = next(n for n in (own, *(f"{own}-{i}" for i in range(2, len(arches) + 2))) if n not in taken)
        found.append(Target(own, kind, version, arch, Path(provider) if provider else None, trace=path, recorded=_one(parts)))
    return found


def _one(runs: Iterable[Run]) -> Part:
    """Several files, one after another."""
    part = Part()
    for run in runs:
        cases = CaseSplitter().feed(run.trace.encode("utf-8", "surrogateescape"))
        for record, (_, text) in zip(run.judged, cases):
            held = part.records.get(record["id"])
            if held is None or _GRAVITY.index(record["verdict"]) < _GRAVITY.index(held["verdict"]):
                before = record["line"] - 1
                part.records[record["id"]] = {**record, "steps": [{**step, "line": step["line"] - before} for step in record["steps"]]}
                part.texts[record["id"]] = text.decode("utf-8", "surrogateescape")
        part.seconds += run.seconds
    return part
