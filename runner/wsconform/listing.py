"""./wsconform list."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wsconform import __version__, cases, catalog, places, targets
from wsconform.errors import OK, BadUsage, Stop, TargetError
from wsconform.targets import Target


def listing(what: str, as_json: bool, against: Path | None, paths: Sequence[Path], file: Path | None = None) -> int:
    """Prints clauses, questions, facts (wsconform_spec does), cases or targets."""
    if what in ("clauses", "questions", "facts"):
        from wsconform_spec.cli import main

        return main([what, *(["--json"] if as_json else []), *(["--against", str(against)] if against else [])])
    if what == "cases":
        return _cases(as_json, paths)
    return _targets(as_json, file)


def coverage(folders: Sequence[Path], paths: Sequence[Path], as_json: bool) -> int:
    """Prints for each clause what the model and the cases make of it, and each target's verdict in the results of
    earlier runs: in these folders, or in the default output folder if a report is there."""
    import wsconform_reports
    import wsconform_spec
    from wsconform_spec.coverage import citations, judge_rules

    spec, records = wsconform_spec.load(), cases.collect(paths).records
    if not folders and list(places.default_out().glob("*/results.json")):
        folders = [places.default_out()]
    for folder in folders:
        if not folder.is_dir():
            raise BadUsage(f"{folder}: no such folder")
    try:
        rules = judge_rules(places.judge())
        found = wsconform_reports.stored(folders, spec=spec, case_list=records)
    except wsconform_spec.SpecError as error:
        raise TargetError(str(error)) from error
    except wsconform_reports.ReportError as error:
        raise BadUsage(str(error)) from error
    about = citations(records)
    rows = [Covered(clause.id, clause.kind, tuple(rule["rule"] for rule in rules if clause.id in rule["clauses"]),
                    tuple(about.get(clause.id, ())), _verdicts(clause.id, found)) for clause in spec.clauses]
    if as_json:
        print(json.dumps([row.as_json() for row in rows], ensure_ascii=False, indent=1))
    else:
        _print_coverage(rows, [label for label, _ in found])
    return OK


@dataclass(frozen=True)
class Covered:
    """A clause, the rules of the model that enforce it, the cases about it, and (verdict, why nothing was judged or "")
    on each target."""

    clause: str
    kind: str
    rules: tuple[str, ...]
    cases: tuple[str, ...]
    verdicts: dict[str, tuple[str, str]]

    def as_json(self) -> dict[str, Any]:
        verdicts = {target: {"verdict": verdict, "reason": reason or None}
                    for target, (verdict, reason) in self.verdicts.items()}
        return {"id": self.clause, "kind": self.kind, "rules": list(self.rules), "cases": list(self.cases),
                "verdicts": verdicts}


def _verdicts(clause: str, found: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, tuple[str, str]]:
    verdicts = {}
    for label, results in found:
        row: dict[str, Any] = next((row for row in results["clauses"] if row["id"] == clause), {})
        verdicts[label] = (str(row.get("verdict", "untested")), str(row.get("reason") or ""))
    return verdicts


def _print_coverage(rows: Sequence[Covered], labels: Sequence[str]) -> None:
    head = ("clause", "kind", "rules", "cases", *labels)
    table = [head] + [(row.clause, row.kind, _few(row.rules), str(len(row.cases)),
                       *(row.verdicts[label][0] for label in labels)) for row in rows]
    widths = [max(len(line[i]) for line in table) for i in range(len(head))]
    for line in table:
        print("  ".join(f"{text:>{width}}" if column == 3 else f"{text:<{width}}"
                        for column, (text, width) in enumerate(zip(line, widths))).rstrip())
    judged = [row for row in rows if row.kind in ("must", "may")]
    print(f"\n{sum(bool(row.cases) for row in judged)} of {len(judged)} must and may clauses have a case, "
          f"{sum(bool(row.rules) for row in judged)} a rule of their own")
    for label in labels:
        number = Counter(row.verdicts[label][0] for row in rows)
        print(f"{label}: " + ", ".join(f"{times} {verdict}" for verdict, times in number.most_common()))
    if not labels:
        print(f"no results are in {places.default_out()}: ./wsconform run makes them, for a verdict on each target")


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "") if names else "-"


def _cases(as_json: bool, paths: Sequence[Path]) -> int:
    collection = cases.collect(paths)
    if as_json:
        print(json.dumps(collection.records, ensure_ascii=False, indent=1))
        return OK
    for case in collection.cases:
        print(f"{case.id}  ({places.shown(case.file)}:{case.line}; {' '.join(case.clauses)})")
    print(f"{len(collection.cases)} cases in {len(collection.files)} files")
    return OK


def _targets(as_json: bool, file: Path | None) -> int:
    """What ./wsconform run --target knows, and whether it can be run."""
    built_in: dict[str, tuple[str, Callable[[], list[Target]]]] = {
        "wine": ("the system's Wine", lambda: targets.wines([], ["x86_64"], None)),
        "windows": ("this machine's Winsock", lambda: targets.windows(["x86_64"], None)),
        "model": ("the reference model", lambda: [targets.model(__version__)])}
    offered = {name: built_in[name] for name in targets.default_kinds()}
    offered |= {name: (entry.what, entry.targets) for name, entry in catalog.read(file).items()}
    rows: list[dict[str, Any]] = []
    for name, (what, find) in offered.items():
        try:
            found = find()
        except Stop as stop:
            rows.append({"target": name, "what": what, "name": None, "kind": None, "version": None, "arch": None, "provider": None,
                         "lacks": str(stop)})
        else:
            rows += [{"target": name, "what": what, **target.describe(), "lacks": None} for target in found]
    if as_json:
        print(json.dumps(rows, indent=1))
        return OK
    table = [[row["target"], *([row["kind"], row["version"], row["arch"]] if not row["lacks"] else ["cannot be run", "", ""]),
              row["what"]] for row in rows]
    widths = [max(len(str(line[i])) for line in table) for i in range(4)]
    for line, row in zip(table, rows, strict=True):
        print("  ".join([*(f"{text:<{width}}" for text, width in zip(line, widths)), line[4]]).rstrip())
        if row["lacks"]:
            print("".join(f"    {text}\n" for text in row["lacks"].splitlines()), end="")
    return OK
