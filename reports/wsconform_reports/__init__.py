"""Reports: results.json, index.html, junit.xml and summary.md out of judged runs.

    import wsconform_reports

    wsconform_reports.write(out, [run], spec=spec, case_list=cases, tool_version="1.0", profile="documented")
    wsconform_reports.merge([Path("shard1"), Path("shard2")], out)
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from wsconform_spec import Spec, load

from .comparing import Comparison, differences, document, pairs, told, unlike
from .files import CHANGES, MANIFEST, PACKED, Staged, left_over, lines_of, manifest, packed, targets_in
from .junit import junit
from .merging import incomplete, read, together
from .model import CASE_VERDICTS, CLAUSE_VERDICTS, ReportError, Run
from .page import Report, targets_of
from .results import results
from .summary import summary

__all__ = ["CASE_VERDICTS", "CLAUSE_VERDICTS", "ReportError", "Run", "compare", "incomplete", "merge", "results", "stored", "write"]


def write(
    out: Path,
    runs: Sequence[Run],
    *,
    spec: Spec,
    case_list: Iterable[Mapping[str, Any]],
    tool_version: str,
    profile: str,
) -> list[str]:
    """Writes the whole report of some runs into the folder out, made if need be: TARGET/results.json, TARGET/trace.txt
    for each, index.html, junit.xml, summary.md, manifest.json. All or nothing (see files.Staged); OSError if it cannot be
    written. case_list is what `wsconform-judge list` prints. A folder holds one report: the
    names of the folders that an earlier one left there for other targets, and that are no part of this one, are returned."""
    case_list = list(case_list)
    docs = [results(run, spec=spec, case_list=case_list, tool_version=tool_version, profile=profile) for run in runs]
    return _write(out, docs, [run.trace for run in runs], spec, case_list)


def merge(
    dirs: Sequence[Path],
    out: Path,
    *,
    spec: Spec | None = None,
    case_list: Iterable[Mapping[str, Any]] = (),
    compact: bool = False,
) -> tuple[list[str], list[str]]:
    """Makes one report out of earlier ones: shards, machines, targets. Each folder is an output of write(), or one
    target's folder in it. The same target (name, kind, version, arch, provider, profile) from several folders becomes
    one; where a case of it was run twice the graver verdict stands. compact: for keeping, see _write(). Raises
    ReportError for input that is no report, or of shards that do not belong together; returns what write() does, and
    remarks: shards that are missing, or there twice."""
    case_list, spec = list(case_list), spec or load()
    folders = list({folder.resolve(): folder for folder in dirs}.values())
    docs, traces, remarks = together([found for folder in folders for found in read(folder)], spec, case_list)
    if len(folders) < len(dirs):
        remarks.append("a folder that is named more than once counts once")
    return _write(out, docs, traces, spec, case_list, compact), remarks


def compare(
    before: Path,
    after: Path,
    out: Path | None = None,
    *,
    spec: Spec | None = None,
    case_list: Iterable[Mapping[str, Any]] = (),
) -> tuple[str, bool]:
    """What has changed between two runs (output folders) as text, and whether something has become worse. With out also
    a report in which each run is a target of its own, side by side, and what has changed in changes.json."""
    compared: list[Comparison] = []
    docs: list[dict[str, Any]] = []
    traces: list[str] = []
    for one, other in pairs(before, after):
        names = [part.doc["target"]["name"] for part in (one, other)]
        names = [f"{name}-{word}" for name, word in zip(names, ("before", "after"), strict=True)]
        compared.append(Comparison(names[0], names[1], tuple(differences(one.doc, other.doc)), unlike(one.doc, other.doc)))
        for name, part in zip(names, (one, other), strict=True):
            docs.append({**part.doc, "target": {**part.doc["target"], "name": name}})
            traces.append(part.trace)
    if out:
        _write(out, docs, traces, spec or load(), list(case_list), compared=compared)
    return "".join(map(told, compared)), any(one.worse for one in compared)


def stored(
    dirs: Sequence[Path], *, spec: Spec | None = None, case_list: Iterable[Mapping[str, Any]] = ()
) -> list[tuple[str, dict[str, Any]]]:
    """The contents of results.json in such folders, merged as merge() does, each with a short name of its target."""
    docs, _, _ = together([found for folder in dirs for found in read(folder)], spec or load(), list(case_list))
    return [(target.label, dict(target.doc)) for target in targets_of(docs)]


def _write(
    out: Path,
    docs: list[dict[str, Any]],
    traces: list[str],
    spec: Spec,
    case_list: list[Mapping[str, Any]],
    compact: bool = False,
    compared: Sequence[Comparison] = (),
) -> list[str]:
    """compared: how the targets differ that are runs of one. compact: results and traces are compressed, index.html does not
    tell the calls of cases that went well on every target, and there is no junit.xml: a tenth of the size."""
    models_last = sorted(range(len(docs)), key=lambda i: bool(docs[i]["target"]["kind"] == "model"))
    docs, traces = [docs[i] for i in models_last], [traces[i] for i in models_last]
    report = Report.of(docs, spec, case_list)
    made = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH") or time.time()), timezone.utc)
    before, now = targets_in(out) or [], [target.folder for target in report.targets]
    with Staged(out) as staged:
        for target, trace in zip(report.targets, traces, strict=True):
            for name, content in (("results.json", lines_of(target.doc)), ("trace.txt", trace)):
                name = f"{target.folder}/{name}"
                staged.put(name + PACKED if compact else name, packed(content) if compact else content)
                staged.drop(name if compact else name + PACKED)
        staged.put("index.html", report.html(made, compact, compared))
        if not compact:
            staged.put("junit.xml", junit(report.targets, report.cases, spec))
        staged.put("summary.md", summary(report.targets, report.deviations, report.side_by_side, compared))
        if compared:
            staged.put(CHANGES, lines_of(document(compared)))
        else:
            staged.drop(CHANGES)
        staged.put(MANIFEST, manifest(now))
    return left_over(out, before, now)
