"""junit.xml: a suite for each target, a test for each case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from wsconform_spec import Spec

from . import text
from .folding import answers, times
from .model import BAD, SKIPPED
from .page import Case, Target
from .results import against_document


def junit(targets: Sequence[Target], cases: Mapping[str, Case], spec: Spec) -> str:
    """The document as text. A deviation that the baseline lists is skipped, with that reason; so is what could not be
    set up or did not arise; everything else that is no deviation has passed."""
    root = ET.Element("testsuites", name="wsconform")
    for target in targets:
        suite = ET.SubElement(root, "testsuite", name=text.visible(target.label))
        facts = ET.SubElement(suite, "properties")
        for key, value in {
            **target.doc["target"],
            "profile": target.doc["profile"],
            "tool": target.doc["tool"],
        }.items():
            if value is not None:
                ET.SubElement(facts, "property", name=key, value=text.visible(str(value)))
        for result in target.doc["cases"]:
            case = cases[result["id"]]
            test = ET.SubElement(suite, "testcase", classname=text.visible(case.file or target.label),
                                 name=text.visible(case.name), time=f"{result['seconds']:.6f}")  # fmt: skip
            _outcome(test, result, case, spec)
            if case.injected:
                ET.SubElement(test, "system-out").text = "injected: this case plants failures in the transport"
        _count(suite)
        suite.set("time", f"{target.doc['seconds']:.6f}")
    _count(root)
    root.set("time", f"{sum(target.doc['seconds'] for target in targets):.6f}")
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _outcome(test: ET.Element, result: Mapping[str, Any], case: Case, spec: Spec) -> None:
    verdict = result["verdict"]
    if verdict in SKIPPED:
        ET.SubElement(test, "skipped", type=verdict, message=_line(f"{verdict}: {result['reason']}"))
    elif verdict in BAD:
        bad = next((step for step in result["steps"] if not step["ok"]), None)
        message = f"{verdict}: {bad['call']} = {bad['observed']}" if bad else f"{verdict}: {result['reason']}"
        if case.injected:
            message = f"with an injected failure, {message}"
        if result["baseline"] == "same":
            ET.SubElement(test, "skipped", type="baseline", message=_line("known, in the baseline: " + message))
        else:
            failure = ET.SubElement(test, "failure", type=verdict, message=_line(message))
            failure.text = text.visible(_explain(result, case, spec))


def _explain(result: Mapping[str, Any], case: Case, spec: Spec) -> str:
    """Everything that it takes to understand the failure and to see it again."""
    out = [f"case      {result['id']}", f"signature {result['signature']}", f"rerun     {case.rerun}"]
    if result["reason"]:
        out.append(f"reason    {result['reason']}")
    out += ["", "calls, as seen:"]
    shown = result["steps"][-200:]
    if len(shown) < len(result["steps"]):
        out.append(f"   ... {sum(map(times, result['steps'][: -len(shown)])):,} calls before, see trace.txt")
    for step in shown:
        told = " or ".join(text.clip(observed) for observed, _ in answers(step))
        number = f"  ({times(step):,} times)" if times(step) > 1 else ""
        out.append(f"{'   ' if step['ok'] else '>> '}{text.clip(step['call'])} = {told}{number}")
    if result.get("left_out"):
        out.append(f"   ... {result['left_out']:,} calls more, see trace.txt")
    for step in result["steps"]:
        if not step["ok"]:
            out += ["", f"deviation, line {step['line']} of trace.txt:", f"  call     {text.clip(step['call'])}"]
            out += [f"  {'     or' if i else 'allowed'}  {text.clip(o)}" for i, o in enumerate(step["allowed"])]
            out.append(f"  observed {text.clip(step['observed'])}")
            if not against_document(step):
                out.append("  the document allows it; the profile does not")
                out += [f"  fact     {id}: {spec.fact_by_id[id].statement if id in spec.fact_by_id else 'not in the spec'}" for id in step["practice"]]
                continue
            for id in step["clauses"]:
                known = id in spec.clause_by_id
                out.append(f"  clause   {id}: {spec.clause(id).statement if known else 'not in the spec'}")
    return "\n".join(out)


def _line(message: str) -> str:
    return text.clip(text.visible(" ".join(message.split())), 300)


def _count(element: ET.Element) -> None:
    tests = list(element.iter("testcase"))
    element.set("tests", str(len(tests)))
    element.set("failures", str(sum(test.find("failure") is not None for test in tests)))
    element.set("errors", "0")
    element.set("skipped", str(sum(test.find("skipped") is not None for test in tests)))
