"""results.json: what one run says of every case, clause and documented error."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from wsconform_spec import Clause, Code, Spec

from . import text
from .folding import answers, folded
from .model import BAD, SCHEMA, SKIPPED, Run


def results(
    run: Run, *, spec: Spec, case_list: Iterable[Mapping[str, Any]], tool_version: str, profile: str,
    answered: Mapping[str, list[dict[str, Any]]] | None = None
) -> dict[str, Any]:
    """The content of results.json (see results.schema.json): cases in the order of run.judged, clauses, codes and facts in
    the order of the spec. answered: the answers to each documented error, by clause, where they are known already."""
    listing: dict[str, list[str]] = {}  # clause: the cases that are about it
    for case in case_list:
        for clause in case["clauses"]:
            listing.setdefault(clause, []).append(case["id"])
    cases = [_case(judged, run.unstable.get(judged["id"], ())) for judged in run.judged]
    judged = [{**of_judge, "reason": case["reason"]} for of_judge, case in zip(run.judged, cases, strict=True)]
    otherwise = _otherwise(judged)
    return {
        "schema": SCHEMA,
        "tool": f"wsconform {tool_version.removeprefix('wsconform ')}",
        "profile": profile,
        "target": {key: run.target.get(key) for key in ("name", "kind", "version", "arch", "provider")}
        | ({"options": run.target["options"]} if run.target.get("options") else {}),
        "seconds": round(float(run.seconds), 6),
        **({"shards": dict(run.shards)} if run.shards else {}),
        "cases": cases,
        "clauses": [_clause(clause, judged, listing.get(clause.id, [])) for clause in spec.clauses],
        "codes": [
            _code(code, judged, listing.get(code.clause, []), spec, None if answered is None else answered.get(code.clause, []))
            for code in spec.codes
        ],
        "facts": [{"id": fact.id, "otherwise": otherwise.get(fact.id, [])} for fact in spec.facts],
    }


def deciding(case: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The steps for which a case deviates; in one that crashed or hung at least the step in which it did."""
    if case["verdict"] not in BAD:
        return []
    wrong = [step for step in case["steps"] if not step["ok"]]
    return wrong or (case["steps"][-1:] if case["verdict"] != "deviates" else [])


def against_document(step: Mapping[str, Any]) -> bool:
    """Is a step that decides against what the document says? Else the document allows it, and only the profile of a
    system (see Fact) makes it a deviation."""
    return not step.get("practice")


def deviating(judged: Mapping[str, Any]) -> list[str]:
    """The clauses that the deviations of a case name; those of the profile alone name none. Where a crash or hang names
    none, it is what the case is about, first of all, that was not kept."""
    steps = [step for step in deciding(judged) if against_document(step)]
    if not steps and (judged["verdict"] not in BAD or deciding(judged)):
        return []
    if len(steps) < len(deciding(judged)):
        return list(dict.fromkeys(clause for step in steps for clause in step["clauses"]))
    return list(judged.get("deviating") or (steps[0]["clauses"] if steps else ()) or judged["clauses"][:1])


def is_injected(judged: Mapping[str, Any]) -> bool:
    """Does the case plant failures in the transport? What comes of them is not natural."""
    return any("fault(inject(" in step["call"] for step in judged["steps"])


def _case(judged: Mapping[str, Any], unstable: Sequence[tuple[str, int]]) -> dict[str, Any]:
    decided = {id(step) for step in deciding(judged)}
    steps = [_step(step, bool(step["ok"]) and id(step) not in decided) for step in judged["steps"]]
    _without_chance(steps, judged["verdict"])
    left_out = judged.get("left_out")
    told: Sequence[Mapping[str, Any]] = steps
    if left_out is None:  # else it was folded when it was written
        told, left_out = folded(steps)
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
        "injected": is_injected({"steps": told}),
        "left_out": left_out,
        "steps": list(told),
    }


#: Calls and answers longer than this are cut.
_LONG = 2000
#: Keys of a step that are there only where they say something.
_RARE = ("held", "practice", "repeat")


def _step(step: Mapping[str, Any], ok: bool) -> dict[str, Any]:
    return {
        "line": step["line"],
        "call": text.clip(step["call"], _LONG),
        "observed": text.clip(step["observed"], _LONG),
        "allowed": list(dict.fromkeys(step["allowed"])),
        "clauses": list(step["clauses"]),
        "ok": ok,
    } | {key: step[key] for key in _RARE if step.get(key)}


_DRAIN = re.compile(r"(?:\w+: )?drain\(\w+\)")
_RUN = re.compile(r"(\d+)\[(\d+)\.\.(\d+)\]")
#: Where an answer tells how much was sent, transferred or received.
_AMOUNT = re.compile(r"(?<=\bsent )\d+|(?<=\btransferred )\d+|(?<=\.\.)\d+(?=\])|(?<=, )\d+(?=, &)")


def _without_chance(steps: Sequence[dict[str, Any]], verdict: str) -> None:
    """What no two runs would have in common, and nothing is demanded of, is written in a form that they have; trace.txt has
    it as it was. Where a peer reads all the time while something is sent, how much of it passes before it is cancelled or
    would block is chance: an amount that no call names is written #. Where several calls at once are undefined, so is
    whose data comes first: it is told call by call."""
    last = max((n for n, step in enumerate(steps) if "WSASend(" in step["call"]), default=0)
    if any(_DRAIN.match(step["call"]) for step in steps[:last]):
        named = {number for step in steps for number in _numbers(step["call"])}
        for step in steps:
            if step["ok"]:
                step["observed"] = _AMOUNT.sub(lambda found: found[0] if found[0] in named else "#", step["observed"])
    if verdict == "undefined":
        for step in steps:
            if not step["allowed"]:
                step["observed"] = _by_call(step["observed"])


def _numbers(call: str) -> Iterable[str]:
    """The numbers that a call names, and how much the buffers of an array are together."""
    yield from re.findall(r"\d+", call)
    for array in re.findall(r"\[([^\]]*)\]", call):
        parts = re.findall(r"(?:(\d+) x )?(\d+)", array)
        yield str(sum(int(times or 1) * int(length) for times, length in parts))


def _by_call(observed: str) -> str:
    """The runs of data that a peer got, those of each send together."""
    found = [(int(id), int(begin), int(end)) for id, begin, end in _RUN.findall(observed)]
    if len(found) < 2 or not re.fullmatch(rf"(?:{_RUN.pattern} )*{_RUN.pattern}(?P<rest> \D*)?", observed):
        return observed
    runs: list[tuple[int, int, int]] = []
    for id, begin, end in sorted(found):
        if runs and runs[-1][0] == id and runs[-1][2] == begin:
            begin = runs.pop()[1]
        runs.append((id, begin, end))
    rest = observed[observed.rindex("]") + 1 :]
    return " ".join(f"{id}[{begin}..{end}]" for id, begin, end in runs) + rest


def _clause(clause: Clause, cases: Iterable[Mapping[str, Any]], listed: list[str]) -> dict[str, Any]:
    about, verdicts, skipped = [], set(), []
    for case in cases:
        named = clause.id in deviating(case)
        if named or clause.id in case["clauses"]:
            about.append(case["id"])
        if named:
            verdicts.add("deviates")
        elif clause.id in case["clauses"]:
            # A deviation of the profile alone leaves the document's clause kept.
            only_profile = case["verdict"] in BAD and not deviating(case)
            verdicts.add("conforms" if only_profile else "" if case["verdict"] in BAD else case["verdict"])
            skipped += [case] if case["verdict"] in SKIPPED else []
    order = ("deviates", "conforms", "unsupported", "inconclusive")
    verdict = next((v for v in order if v in verdicts), "untested")
    reason = None
    if verdict in SKIPPED:
        reason = _reasons(skipped, verdict)
    elif verdict == "untested":
        reason = _untested(clause, about, verdicts, listed)
    return {"id": clause.id, "kind": clause.kind, "verdict": verdict, "cases": about, "reason": reason}


#: Why nothing is said of a clause or an error that has cases elsewhere.
NOT_HERE = "its cases were not part of this run"


def _untested(clause: Clause, about: list[str], verdicts: set[str], listed: list[str]) -> str:
    """Why nothing is said of a clause."""
    if "undefined" in verdicts:
        return "what its cases do the document leaves undefined: they were run, and nothing is demanded"
    if about:
        return "its cases deviate before it could be seen"
    if listed:
        return NOT_HERE
    if clause.kind == "info":
        return "says nothing that could be tested"
    return "no case is about it"


def _code(
    code: Code,
    cases: Sequence[Mapping[str, Any]],
    listed: list[str],
    spec: Spec,
    answered: list[dict[str, Any]] | None,
) -> dict[str, Any]:
    natural = [case for case in cases if code.clause in case["conditions"]]
    injected = [case for case in cases if code.clause in case.get("injected", ()) and case not in natural]
    provoked = "natural" if natural else "injected" if injected else "no"
    why_not = _why_not(code.clause, cases, listed, spec)
    return {
        "code": code.code,
        "clause": code.clause,
        "provoked": provoked,
        "cases": [case["id"] for case in natural + injected],
        "injected": [case["id"] for case in injected],
        "answers": _answers(code, natural + injected, {case["id"] for case in injected}) if answered is None else answered,
        "why_not": why_not if provoked == "no" else None,
        "not_natural": None if provoked == "natural" else spec.unprovoked.get(code.clause) or why_not,
    }


#: So many different answers to one condition are told: more than there are ways to answer, unless a target makes them up.
_ANSWERS = 100


def _answers(
    code: Code, cases: Iterable[Mapping[str, Any]], injected: Collection[str]
) -> list[dict[str, Any]]:
    """What the target answered where the condition held: first what the document does not say, then what came without
    an injection, then the most frequent."""
    found: dict[tuple[str, bool, bool], dict[str, Any]] = {}
    for case in cases:
        planted = case["id"] in injected
        for step in _answering(code, case):
            ok = bool(step["ok"]) or not against_document(step)
            for observed, number in answers(step):
                observed = text.gist(observed, ok)
                row = found.setdefault(
                    (observed, ok, planted),
                    {"observed": observed, "allowed": ok, "injected": planted, "calls": 0, "case": case["id"]},
                )
                row["calls"] += number
    return _sorted(found.values())


def _sorted(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row["allowed"], row["injected"], -row["calls"], row["observed"]))[:_ANSWERS]


def joined_answers(tables: Iterable[Sequence[Mapping[str, Any]]], order: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The answers to each documented error in several results of different cases (their `codes`) as those of one; order
    is that of all cases."""
    place = {id: n for n, id in enumerate(order)}
    found: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {}
    for row in (row for table in tables for row in table):
        rows = found.setdefault(row["clause"], {})
        for answer in row.get("answers", ()):
            held = rows.setdefault((answer["observed"], answer["allowed"], answer["injected"]), {**answer, "calls": 0})
            held["calls"] += answer["calls"]
            held["case"] = min(held["case"], answer["case"], key=lambda id: place.get(id, len(place)))
    return {clause: _sorted(rows.values()) for clause, rows in found.items()}


def _answering(code: Code, case: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The calls that were made while the condition held: as the judge says, else as can be seen from the clauses, else
    from the allowed sets."""
    steps = case["steps"]
    told = [step for step in steps if code.clause in step.get("held", ())]
    if told:
        return told
    named = [step for step in steps if code.clause in step["clauses"]]
    if named:
        return named
    word = re.compile(rf"\b{re.escape(code.code)}\b")
    could = [step for step in steps if any(word.search(outcome) for outcome in step["allowed"])]
    return [step for step in could if not step["observed"].startswith("0")] or could


def _why_not(clause_id: str, cases: Sequence[Mapping[str, Any]], listed: list[str], spec: Spec) -> str:
    """Why the condition did not arise: what its cases said, and what the spec says of it in general."""
    mine = [case for case in cases if clause_id in case["clauses"]]
    known = spec.unprovoked.get(clause_id, "")
    if said := _reasons(mine, "unsupported"):
        return f"{said}. {known[0].upper()}{known[1:]}" if known else said
    if said := _reasons(mine, "inconclusive"):
        return f"{known} ({said})" if known else said
    if mine:
        seen = "the situation did not arise in " + ("its case" if len(mine) == 1 else f"its {len(mine)} cases")
        return f"{seen}: {known}" if known else seen
    if listed:
        return NOT_HERE
    return known or "no case brings it about"


def _reasons(cases: Iterable[Mapping[str, Any]], verdict: str) -> str:
    """The reasons of the cases with this verdict, each once."""
    found = sorted({case["reason"] for case in cases if case["verdict"] == verdict and case["reason"]})
    more = f"; and {len(found) - 5} other reasons" if len(found) > 5 else ""
    return f"{verdict}: " + "; ".join(found[:5]) + more if found else ""


def _otherwise(cases: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The cases in which this target was seen to behave otherwise than a fact of how a system behaves, by fact; a case may
    have them in a list of its own, if not all of its steps are told."""
    found: dict[str, list[str]] = {}
    for case in cases:
        seen = (fact for step in case["steps"] for fact in step.get("practice", ()))
        for fact in case.get("otherwise") or dict.fromkeys(seen):
            found.setdefault(fact, []).append(case["id"])
    return found
