"""Several reports made one. What shards of one run make is, times apart, byte for byte what the whole run would have been."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema  # type: ignore[import]  # Debian packages no stubs for it
from wsconform_spec import Spec

from .files import content, stored, targets_in
from .model import BAD, CASE_VERDICTS, ReportError, Run
from .results import NOT_HERE, deciding, joined_answers, results

SCHEMA_FILE = Path(__file__).resolve().parent.parent / "results.schema.json"

_CASE = re.compile(r'case\s+"((?:[^"\\]|\\.)*)"')
_END = re.compile(r"end\s*(@\d+\s*)?(#.*)?$")


@cache
def validator() -> Any:
    """Of results.json."""
    return jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text("utf-8")))


Doc = dict[str, Any]


class Part(NamedTuple):
    """What a report has of one target."""

    doc: Doc
    trace: str
    folder: str  # where it was read; of several, all


def read(folder: Path) -> list[Part]:
    """Every target of the report in an output folder, or the one target whose folder it is."""
    named = targets_in(folder)
    if stored(folder, "results.json"):
        found = [folder]
    elif named is not None:
        found = [folder / name for name in named]
    else:
        found = sorted(path for path in folder.glob("*/") if stored(path, "results.json"))
    if not found:
        raise ReportError(f"{folder}: no results.json here, nor in a folder in it")
    return [Part(_results(_file(path, "results.json")), _trace(_file(path, "trace.txt")), str(folder)) for path in found]


def together(
    found: Sequence[Part], spec: Spec, case_list: Sequence[Mapping[str, Any]]
) -> tuple[list[Doc], list[str], list[str]]:
    """The parts of one target made one; (documents, traces, remarks on what may not be as it should). Raises ReportError
    for shards that are of different runs."""
    by_target: dict[tuple[Any, ...], list[Part]] = {}
    for part in found:
        by_target.setdefault(tuple(_facts(part.doc).values()), []).append(part)
    whole: list[Part] = []
    remarks: list[str] = []
    for parts in by_target.values():
        shards, others = [p for p in parts if "shards" in p.doc], [p for p in parts if "shards" not in p.doc]
        if shards:
            others.append(_of_shards(shards, spec, case_list, remarks.append))
        whole.append(others[0] if len(others) == 1 else _one(others, spec, case_list))
        if len(tools := sorted({part.doc["tool"] for part in parts})) > 1:
            remarks.append(f"{whole[-1].doc['target']['name']}: parts of it were made by different tools: {', '.join(tools)}")
    for one in whole:
        if missing := incomplete(one.doc):
            remarks.append(f"{one.doc['target']['name']}: {missing}{_elsewhere(one, whole)}")
    return [one.doc for one in whole], [one.trace for one in whole], remarks


def _facts(doc: Mapping[str, Any]) -> dict[str, Any]:
    """What parts of one target have in common. The options that choose a porting layer are not the same on all machines."""
    return {"profile": doc["profile"], **{key: value for key, value in doc["target"].items() if key != "options"}}


def incomplete(doc: Mapping[str, Any]) -> str:
    """What of a target's shards is not there; "" if these are all cases that were chosen."""
    shards = doc.get("shards")
    if not shards:
        return ""
    have, count = set(shards["have"]), shards["count"]
    missing = [f"{n}/{count}" for n in range(1, count + 1) if n not in have]
    if not missing:
        return f"{shards['cases'] - len(doc['cases'])} of {shards['cases']} cases are missing, though all shards are there"
    few = missing[:10] + ([f"and {len(missing) - 10} more"] if len(missing) > 10 else [])
    return f"shard{'s' * (len(missing) > 1)} {', '.join(few)} missing: {len(doc['cases'])} of {shards['cases']} cases are here"


def _elsewhere(one: Part, among: Sequence[Part]) -> str:
    """Shards of the same name that are of another target after all."""
    mine = _facts(one.doc)
    told = []
    for other in among:
        its = _facts(other.doc)
        if other is not one and "shards" in other.doc and its["name"] == mine["name"]:
            facts = {key: (mine[key], its[key]) for key in mine}
            said = ", ".join(f"{key} {b} instead of {a}" for key, (a, b) in facts.items() if a != b)
            told.append(f"{other.folder} has shards with {said}")
    return f" ({'; '.join(told)})" if told else ""


def _of_shards(
    parts: list[Part], spec: Spec, case_list: Sequence[Mapping[str, Any]], remark: Callable[[str], None]
) -> Part:
    """The shards of one target made one: in their order, whole if they are."""
    first = parts[0]
    name = first.doc["target"]["name"]
    told: dict[int, str] = {}
    for part in parts:
        for key, what in (("count", "the number of shards"), ("selection", "the choice of cases"), ("cases", "the number of cases")):
            a, b = (one.doc["shards"][key] for one in (first, part))
            if a != b:
                said = f": {a} and {b}" if key != "selection" else ""
                raise ReportError(f"{first.folder} and {part.folder} are shards of different runs of {name}: {what} is not the same{said}")
        for n in part.doc["shards"]["have"]:
            if n in told:
                remark(f"{name}: shard {n}/{part.doc['shards']['count']} is there twice, in {told[n]} and {part.folder}: "
                       "of each case the graver verdict stands")  # fmt: skip
            told[n] = part.folder
    if len({part.doc["shards"]["baseline"] for part in parts}) > 1:
        remark(f"{name}: its shards were compared with different baselines")
    place = {case["id"]: at for part in parts for case, at in zip(part.doc["cases"], part.doc["shards"]["places"])}
    one = _one(parts, spec, case_list, place)
    cases = [case["id"] for case in one.doc["cases"]]
    if len(told) == first.doc["shards"]["count"] and len(cases) == first.doc["shards"]["cases"]:
        shards = None
    else:
        places = [place[id] for id in cases] if all(id in place for id in cases) else []
        shards = {**first.doc["shards"], "have": sorted(told), "places": places}
    return one._replace(doc=_with(one.doc, shards))


def _with(doc: Doc, shards: Mapping[str, Any] | None) -> Doc:
    """The document with that in the key `shards`, in its place."""
    out: Doc = {}
    for key, value in doc.items():
        if key == "cases" and shards:
            out["shards"] = dict(shards)
        if key != "shards":
            out[key] = value
    return out


def _file(folder: Path, name: str) -> Path:
    return stored(folder, name) or folder / name


def _results(path: Path) -> dict[str, Any]:
    try:
        doc = json.loads(content(path).decode())
    except json.JSONDecodeError as error:
        raise ReportError(f"{path}:{error.lineno}:{error.colno}: {error.msg}") from error
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise ReportError(f"{path}: {error}") from error
    if wrong := jsonschema.exceptions.best_match(validator().iter_errors(doc)):
        raise ReportError(f"{path}: {wrong.json_path}: {wrong.message[:300]}")
    return dict(doc)


def _trace(path: Path) -> str:
    try:
        return content(path).decode("utf-8", "surrogateescape")
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror or error}") from error


def _one(
    parts: Sequence[Part], spec: Spec, case_list: Sequence[Mapping[str, Any]], place: Mapping[str, int] | None = None
) -> Part:
    """One document and trace from several of the same target: each case from the part in which it fared worst. They stand
    where place says, else in the order of the case list, else as they come. What is there twice counts once."""
    parts = [part for i, part in enumerate(parts) if all(part[:2] != other[:2] for other in parts[:i])]
    chosen: dict[str, tuple[int, Doc]] = {}
    for number, part in enumerate(parts):
        for case in part.doc["cases"]:
            held = chosen.get(case["id"])
            if held is None or CASE_VERDICTS.index(case["verdict"]) < CASE_VERDICTS.index(held[1]["verdict"]):
                chosen[case["id"]] = (number, case)
    listed = {case["id"]: n for n, case in enumerate(case_list)}
    order = place if place and chosen.keys() <= place.keys() else listed
    if chosen.keys() <= order.keys():
        chosen = dict(sorted(chosen.items(), key=lambda item: order[item[0]]))
    traces = [part.trace.split("\n") for part in parts]
    blocks = [_blocks(lines) for lines in traces]
    first = min((start for start, _ in blocks[0].values()), default=len(traces[0]))
    lines, judged = traces[0][:first], []
    while lines and not lines[-1]:
        lines.pop()
    for number, case in chosen.values():
        if case["steps"] and case["id"] not in blocks[number]:
            raise ReportError(f"{parts[number].folder}: {case['id']!r} is in results.json, and not in trace.txt")
        start, end = blocks[number].get(case["id"], (0, 0))
        judged.append(_judged(case, parts[number].doc, len(lines) - start))
        lines += traces[number][start:end]
    run = Run(parts[0].doc["target"], judged, "", sum(part.doc["seconds"] for part in parts))
    last = parts[-1].doc
    overlap = len(chosen) < sum(len(part.doc["cases"]) for part in parts)  # then answers are counted anew
    doc = results(run, spec=spec, case_list=_listing(parts, case_list), tool_version=last["tool"], profile=last["profile"],
                  answered=None if overlap else joined_answers([part.doc["codes"] for part in parts], list(chosen)))  # fmt: skip
    shards = next((part.doc["shards"] for part in parts if "shards" in part.doc), None)
    if shards and (beside := [part for part in parts if "shards" not in part.doc]):
        # What came beside the shards has no place among them; but if it is as much as they are shares of, nothing is missing.
        ids = {case["id"] for part in parts if "shards" in part.doc for case in part.doc["cases"]}
        whole = any(len(part.doc["cases"]) >= shards["cases"] and ids <= {case["id"] for case in part.doc["cases"]} for part in beside)
        shards = None if whole else {**shards, "places": []}
    return Part(_with(doc, shards), "\n".join(lines) + "\n", ", ".join(dict.fromkeys(part.folder for part in parts)))


def _listing(parts: Sequence[Part], case_list: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Which clauses there are cases about: as the parts say, for they knew the cases that were there; else as the list says."""
    if any("reason" not in row for part in parts for row in part.doc["clauses"]):
        return case_list  # an older results.json
    rows = [row for part in parts for row in (*part.doc["clauses"], *part.doc["codes"])]
    here = [row.get("clause", row["id"] if "id" in row else "") for row in rows if NOT_HERE in (row.get("reason"), row.get("why_not"))]
    return [{"id": NOT_HERE, "clauses": list(dict.fromkeys(here))}]


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
        "otherwise": rows("id", doc.get("facts", ()), "otherwise"),
    }
