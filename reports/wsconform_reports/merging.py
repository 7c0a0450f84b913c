"""Several reports made one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import]  # Debian packages no stubs for it
from wsconform_spec import Spec

from .files import content, stored, targets_in
from .model import BAD, CASE_VERDICTS, ReportError, Run
from .results import deciding, results

SCHEMA_FILE = Path(__file__).resolve().parent.parent / "results.schema.json"

_CASE = re.compile(r'case\s+"((?:[^"\\]|\\.)*)"')
_END = re.compile(r"end\s*(@\d+\s*)?(#.*)?$")


@cache
def validator() -> Any:
    """Of results.json."""
    return jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text("utf-8")))


def read(folder: Path) -> list[tuple[dict[str, Any], str]]:
    """(results, trace) of every target of the report in an output folder, or of the one target whose folder it is."""
    named = targets_in(folder)
    if stored(folder, "results.json"):
        found = [folder]
    elif named is not None:
        found = [folder / name for name in named]
    else:
        found = sorted(path for path in folder.glob("*/") if stored(path, "results.json"))
    if not found:
        raise ReportError(f"{folder}: no results.json here, nor in a folder in it")
    return [(_results(_file(path, "results.json")), _trace(_file(path, "trace.txt"))) for path in found]


def together(
    found: Sequence[tuple[dict[str, Any], str]], spec: Spec, case_list: Sequence[Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], list[str]]:
    """The parts of one target made one; (documents, traces)."""
    by_target: dict[tuple[Any, ...], list[tuple[dict[str, Any], str]]] = {}
    for doc, trace in found:
        by_target.setdefault((*doc["target"].values(), doc["profile"]), []).append((doc, trace))
    docs, traces = [], []
    for parts in by_target.values():
        doc, trace = parts[0] if len(parts) == 1 else _one(parts, spec, case_list)
        docs.append(doc)
        traces.append(trace)
    return docs, traces


def _file(folder: Path, name: str) -> Path:
    return stored(folder, name) or folder / name


def _results(path: Path) -> dict[str, Any]:
    try:
        doc = json.loads(content(path).decode())
    except (OSError, ValueError) as error:
        raise ReportError(f"{path}: {error}") from error
    if wrong := jsonschema.exceptions.best_match(validator().iter_errors(doc)):
        raise ReportError(f"{path}: {wrong.json_path}: {wrong.message[:300]}")
    return dict(doc)


def _trace(path: Path) -> str:
    try:
        return content(path).decode("utf-8", "surrogateescape")
    except OSError as error:
        raise ReportError(f"{path}: {error}") from error


def _one(
    parts: list[tuple[dict[str, Any], str]], spec: Spec, case_list: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, Any], str]:
    """One document and trace from several of the same target: each case from the part in which it fared worst."""
    chosen: dict[str, tuple[int, dict[str, Any]]] = {}
    for number, (doc, _) in enumerate(parts):
        for case in doc["cases"]:
            held = chosen.get(case["id"])
            if held is None or CASE_VERDICTS.index(case["verdict"]) < CASE_VERDICTS.index(held[1]["verdict"]):
                chosen[case["id"]] = (number, case)
    head = parts[0][1].split("\n")
    blocks = [_blocks(trace.split("\n")) for _, trace in parts]
    first = min((start for start, _ in blocks[0].values()), default=len(head))
    lines, judged = head[:first], []
    for number, case in chosen.values():
        start, end = blocks[number].get(case["id"], (0, 0))
        shift = len(lines) - start
        lines += parts[number][1].split("\n")[start:end]
        judged.append(_judged(case, parts[number][0], shift))
    run = Run(parts[0][0]["target"], judged, "", sum(doc["seconds"] for doc, _ in parts))
    last = parts[-1][0]
    doc = results(run, spec=spec, case_list=case_list, tool_version=last["tool"], profile=last["profile"])
    return doc, "\n".join(lines).rstrip("\n") + "\n"


def _blocks(lines: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Where each case of a trace stands: id, first line, line after the last; lines count from 0."""
    out: dict[str, tuple[int, int]] = {}
    id, start = None, 0
    for number, line in enumerate(lines):
        if match := _CASE.match(line):
            id, start = _unquoted(match[1]), number
        elif id is not None and _END.match(line):
            out[id] = (start, number + 1)
            id = None
    return out


def _unquoted(string: str) -> str:
    def plain(match: re.Match[str]) -> str:
        return {"n": "\n"}.get(match[1], match[1]) if not match[2] else chr(int(match[2], 16))

    return re.sub(r"\\(x([0-9a-fA-F]{2})|.)", plain, string)


def _judged(case: Mapping[str, Any], doc: Mapping[str, Any], shift: int) -> dict[str, Any]:
    """A case of results.json as the judge gave it; its lines moved by shift."""

    def rows(key: str, match: Iterable[Mapping[str, Any]], among: str = "cases") -> list[str]:
        return [row[key] for row in match if case["id"] in row[among]]

    bad = {clause for step in deciding(case) for clause in step["clauses"]} or set(case["clauses"][:1])
    # Without a list of its own (an older results.json) a row has natural cases only, or injected ones only.
    codes = [
        {**row, "injected": row.get("injected", row["cases"] if row["provoked"] == "injected" else [])}
        for row in doc["codes"]
    ]
    injected = rows("clause", codes, "injected")
    return {
        **case,
        "steps": [{**step, "line": max(0, step["line"] + shift)} for step in case["steps"]],
        "deviating": [
            clause
            for clause in rows("id", (row for row in doc["clauses"] if row["verdict"] == "deviates"))
            if clause in bad and case["verdict"] in BAD
        ],
        "conditions": [clause for clause in rows("clause", codes) if clause not in injected],
        "injected": injected,
    }
