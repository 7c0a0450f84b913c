"""results.json: what one run says of every case, clause and documented error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wsconform_spec import Clause, Code, Spec

from .model import BAD, SCHEMA, Run


def results(
    run: Run, *, spec: Spec, case_list: Iterable[Mapping[str, Any]], tool_version: str, profile: str
) -> dict[str, Any]:
    """The content of results.json (see results.schema.json): cases in the order in which they were judged, clauses and
    codes in the order of the spec."""
    listing: dict[str, list[str]] = {}  # clause: the cases that are about it
    for case in case_list:
        for clause in case["clauses"]:
            listing.setdefault(clause, []).append(case["id"])
    cases = [_case(judged, run.unstable.get(judged["id"], ())) for judged in run.judged]
    return {
        "schema": SCHEMA,
        "tool": f"wsconform {tool_version.removeprefix('wsconform ')}",
        "profile": profile,
        "target": {key: run.target.get(key) for key in ("name", "kind", "version", "arch", "provider")},
        "seconds": round(float(run.seconds), 6),
        "cases": cases,
        "clauses": [_clause(clause, run.judged) for clause in spec.clauses],
        "codes": [_code(code, run.judged, listing.get(code.clause, []), spec) for code in spec.codes],
    }


def deciding(case: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The steps for which a case deviates; in one that crashed or hung at least the step in which it did."""
    if case["verdict"] not in BAD:
        return []
    wrong = [step for step in case["steps"] if not step["ok"]]
    return wrong or (case["steps"][-1:] if case["verdict"] != "deviates" else [])


def deviating(judged: Mapping[str, Any]) -> list[str]:
    """The clauses that the deviations of a case name. Where a crash or hang names none, it is what the case is about,
    first of all, that was not kept."""
    if judged["verdict"] not in BAD:
        return []
    steps = deciding(judged)
    return list(judged.get("deviating") or (steps[0]["clauses"] if steps else ()) or judged["clauses"][:1])


def _case(judged: Mapping[str, Any], unstable: Sequence[tuple[str, int]]) -> dict[str, Any]:
    decided = deciding(judged)
    steps = [
        {
            "line": step["line"],
            "call": step["call"],
            "observed": step["observed"],
            "allowed": list(dict.fromkeys(step["allowed"])),
            "clauses": list(step["clauses"]),
            "ok": bool(step["ok"]) and step not in decided,
        }
        for step in judged["steps"]
    ]
    notes = [step["note"] for step in judged["steps"] if not step["ok"] and step.get("note")]
    reasons = [judged["reason"]] if judged["reason"] else notes[:3]
    if unstable:
        reasons.append("not the same in every repeat: " + ", ".join(f"{seen} ({n} times)" for seen, n in unstable))
    return {
        "id": judged["id"],
        "clauses": list(judged["clauses"]),
        "verdict": judged["verdict"],
        "baseline": judged.get("baseline") or "none",
        "signature": judged["signature"] or "",
        "reason": "; ".join(reasons),
        "seconds": round(float(judged.get("seconds") or 0), 6),
        "steps": steps,
    }


def _clause(clause: Clause, cases: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    about, verdicts = [], set()
    for case in cases:
        named = clause.id in deviating(case)
        if named or clause.id in case["clauses"]:
            about.append(case["id"])
        if named:
            verdicts.add("deviates")
        elif clause.id in case["clauses"] and case["verdict"] not in BAD:
            verdicts.add(case["verdict"])
    order = ("deviates", "conforms", "unsupported", "inconclusive")
    return {
        "id": clause.id,
        "kind": clause.kind,
        "verdict": next((v for v in order if v in verdicts), "untested"),
        "cases": about,
    }


def _code(code: Code, cases: Sequence[Mapping[str, Any]], listed: list[str], spec: Spec) -> dict[str, Any]:
    injected = [case["id"] for case in cases if code.clause in case.get("injected", ())]
    natural = [case["id"] for case in cases if code.clause in case["conditions"] and case["id"] not in injected]
    provoked = "natural" if natural else "injected" if injected else "no"
    return {
        "code": code.code,
        "clause": code.clause,
        "provoked": provoked,
        "cases": natural + injected,
        "why_not": _why_not(code.clause, cases, listed, spec) if provoked == "no" else None,
    }


def _why_not(clause_id: str, cases: Sequence[Mapping[str, Any]], listed: list[str], spec: Spec) -> str:
    """Why the condition did not arise: what the spec says of a clause without cases, else what its cases said."""
    mine = [case for case in cases if clause_id in case["clauses"]]
    for verdict in ("unsupported", "inconclusive"):
        reasons = sorted({case["reason"] for case in mine if case["verdict"] == verdict and case["reason"]})
        if reasons:
            return f"{verdict}: " + "; ".join(reasons)
    if mine:
        return "the situation did not arise in " + ("its case" if len(mine) == 1 else f"its {len(mine)} cases")
    if listed:
        return "its cases were not part of this run"
    return spec.uncovered.get(clause_id) or "no case brings it about"
