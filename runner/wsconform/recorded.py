"""Traces made elsewhere, as targets: judged and reported beside what runs here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wsconform import check
from wsconform.engine import Run
from wsconform.errors import BadUsage
from wsconform.targets import Target
from wsconform.verdicts import VERDICTS

#: What a trace begins with.
_MAGIC = b"trace 1"
#: Of two verdicts on one case the graver stands, as where reports are merged.
_GRAVITY = ("crash", "hang", "deviates", "inconclusive", "unsupported", "undefined", "conforms")
assert set(_GRAVITY) == set(VERDICTS)


@dataclass(frozen=True)
class Recorded:
    """Everything that was recorded of one target."""

    trace: str
    records: dict[str, dict[str, Any]]  # by id of the case
    seconds: float


def files_of(path: Path) -> list[Path]:
    """The traces in a folder, or that one file. Raises BadUsage if there is none."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise BadUsage(f"{path}: no such file or folder")
    found = [file for file in sorted(path.rglob("*")) if file.is_file() and _is_trace(file)]
    if not found:
        raise BadUsage(f"{path}: no file in it begins with {_MAGIC.decode()!r}, as a trace does")
    return found


def _is_trace(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def targets_of(name: str, path: Path, profile: str) -> list[Target]:
    """A target for each architecture (system, provider) that the traces are of. Raises BadUsage for a damaged trace."""
    runs: dict[tuple[Any, ...], list[Run]] = {}
    for file in files_of(path):
        run, message = check.judged(str(file), profile)
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


def _one(parts: Iterable[Run]) -> Recorded:
    """Several files, one after another, as one trace."""
    text, lines, seconds = "", 0, 0.0
    records: dict[str, dict[str, Any]] = {}
    for run in parts:
        own = run.trace
        if text:
            # The head of the first is enough. Its lines stay, as comments: so a line keeps its place in its file.
            own = "".join(f"# {line}" if line.startswith(("trace ", "target ")) else line for line in own.splitlines(keepends=True))
        for record in run.judged:
            record = {**record, "line": record["line"] + lines,
                      "steps": [{**step, "line": step["line"] + lines} for step in record["steps"]]}
            held = records.get(record["id"])
            if held is None or _GRAVITY.index(record["verdict"]) < _GRAVITY.index(held["verdict"]):
                records[record["id"]] = record
        text += own if own.endswith("\n") else own + "\n"
        lines = text.count("\n")
        seconds += run.seconds
    return Recorded(text, records, seconds)
