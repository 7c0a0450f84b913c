"""results.json: what it says, and that it keeps its schema."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
import wsconform_reports
from conftest import SEND, TOOL, case, listed, run_of, small, step
from wsconform_reports.merging import validator


def results(judged: list[dict[str, Any]], spec: Any, case_list: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    doc = wsconform_reports.results(
        run_of(judged), spec=spec, case_list=listed(judged) if case_list is None else case_list, tool_version=TOOL,
        profile="documented",
    )  # fmt: skip
    return json.loads(json.dumps(doc))


def row(doc: dict[str, Any], table: str, key: str, value: str) -> dict[str, Any]:
    (found,) = [entry for entry in doc[table] if entry[key] == value]
    return found


def test_schema_is_itself_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(validator().schema)


def test_every_verdict_keeps_the_schema(spec: Any) -> None:
    doc = results(small(), spec)
    validator().validate(doc)
    assert {c["verdict"] for c in doc["cases"]} == set(wsconform_reports.CASE_VERDICTS)


def test_every_clause_and_every_error_has_a_row(spec: Any) -> None:
    doc = results(small(), spec)
    assert [c["id"] for c in doc["clauses"]] == [c.id for c in spec.clauses]
    assert [c["clause"] for c in doc["codes"]] == [c.id for c in spec.clauses if c.id.startswith("err.")]
    assert len(doc["codes"]) == 32


def _objects(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    if isinstance(node, dict):
        return [(path, node)] + [o for k, v in node.items() for o in _objects(v, (*path, k))]
    if isinstance(node, list):
        return [o for i, v in enumerate(node[:3]) for o in _objects(v, (*path, i))]
    return []


def test_schema_is_strict(spec: Any) -> None:
    """No object may lack one of its fields or have one more."""
    doc = results(small(), spec)
    for path, found in _objects(doc):
        for change in [*found, None]:
            altered = copy.deepcopy(doc)
            at = altered
            for key in path:
                at = at[key]
            if change is None:
                at["surplus"] = 1
            else:
                del at[change]
            assert not validator().is_valid(altered), f"{path} {change}"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), 2), (("tool",), ""), (("seconds",), -1), (("seconds",), "1"), (("target", "kind"), "linux"),
        (("target", "arch"), "arm"), (("target", "provider"), ""), (("cases", 0, "verdict"), "passed"),
        (("cases", 0, "baseline"), "old"), (("cases", 0, "id"), ""), (("cases", 0, "steps", 0, "line"), -1),
        (("cases", 0, "steps", 0, "ok"), 1), (("cases", 0, "steps", 0, "allowed"), ["0", "0"]),
        (("cases", 0, "clauses"), ["Not An Id"]), (("cases", 1, "signature"), ""),
        (("cases", 6, "reason"), ""), (("cases", 0, "signature"), "conforms, yet has one"),
        (("clauses", 0, "kind"), "should"), (("clauses", 0, "verdict"), "undefined"), (("codes", 0, "provoked"), "yes"),
        (("codes", 0, "why_not"), None), (("codes", 0, "code"), "EFAULT"), (("codes", 0, "clause"), "ret.zero"),
        (("codes", 0, "cases"), ["none"]),
    ],
)  # fmt: skip
def test_schema_refuses(spec: Any, path: tuple[Any, ...], value: Any) -> None:
    doc = results(small(), spec)
    validator().validate(doc)
    at: Any = doc
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    assert not validator().is_valid(doc)


def verdict(spec: Any, clause: str, *judged: dict[str, Any]) -> str:
    doc = results(list(judged), spec)
    validator().validate(doc)
    return str(row(doc, "clauses", "id", clause)["verdict"])


def of(name: str, what: str, **more: Any) -> dict[str, Any]:
    """A case about ret.zero with that verdict."""
    reason = "because" if what in ("unsupported", "inconclusive") else ""
    return case(f"f/{name}", step(SEND, "0 sent 10"), clauses=("ret.zero",), verdict=what, reason=reason, **more)


def bad(name: str, names: str, about: tuple[str, ...] = ("ret.zero",)) -> dict[str, Any]:
    return case(f"f/{name}", step(SEND, "0 sent 9", ("0 sent 10",), (names,), ok=False), clauses=about)


def test_clause_verdicts(spec: Any) -> None:
    assert verdict(spec, "ret.zero") == "untested"
    assert verdict(spec, "ret.zero", of("a", "undefined")) == "untested"
    assert verdict(spec, "ret.zero", of("a", "inconclusive")) == "inconclusive"
    assert verdict(spec, "ret.zero", of("a", "inconclusive"), of("b", "unsupported")) == "unsupported"
    assert verdict(spec, "ret.zero", of("a", "unsupported"), of("b", "conforms")) == "conforms"
    assert verdict(spec, "ret.zero", of("a", "conforms"), bad("b", "ret.zero")) == "deviates"
    assert verdict(spec, "ret.zero", bad("a", "ret.pending")) == "untested", "another clause's deviation"
    assert verdict(spec, "ret.pending", bad("a", "ret.pending")) == "deviates", "named, though the case is not about it"
    assert verdict(spec, "ret.pending", of("a", "conforms")) == "untested"


def test_a_crash_counts_against_what_the_case_is_about(spec: Any) -> None:
    """Also where the judge names no clause: a dead target has kept no promise."""
    crash = case("f/a", step(SEND, "crash 0xC0000005"), clauses=("ret.zero", "param.count"), verdict="crash",
                 signature="f/a 1 crash")  # fmt: skip
    assert verdict(spec, "ret.zero", crash) == "deviates"
    doc = results([crash], spec)
    assert [s["ok"] for s in doc["cases"][0]["steps"]] == [False]


def test_clauses_list_the_cases_that_are_about_them_or_break_them(spec: Any) -> None:
    doc = results([of("a", "conforms"), bad("b", "ret.pending"), bad("c", "ret.zero", about=("param.count",))], spec)
    assert row(doc, "clauses", "id", "ret.zero")["cases"] == ["f/a", "f/b", "f/c"]
    assert row(doc, "clauses", "id", "ret.pending")["cases"] == ["f/b"]


def code(spec: Any, *judged: dict[str, Any], case_list: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    doc = results(list(judged), spec, case_list)
    validator().validate(doc)
    return row(doc, "codes", "clause", "err.notconn")


def test_codes(spec: Any) -> None:
    natural = case("f/a", step(SEND), conditions=["err.notconn"])
    injected = case("f/b", step(SEND), conditions=["err.notconn"], injected=["err.notconn"])
    assert code(spec, natural) == {"code": "WSAENOTCONN", "clause": "err.notconn", "provoked": "natural",
                                   "cases": ["f/a"], "why_not": None}  # fmt: skip
    assert code(spec, injected)["provoked"] == "injected"
    both = code(spec, injected, natural)
    assert (both["provoked"], both["cases"]) == ("natural", ["f/a", "f/b"])


def test_a_condition_counts_whatever_was_answered(spec: Any) -> None:
    wrong = case("f/a", step(SEND, "0 sent 10", ("SOCKET_ERROR WSAENOTCONN",), ("err.notconn",), ok=False),
                 conditions=["err.notconn"])  # fmt: skip
    assert code(spec, wrong)["provoked"] == "natural"


def test_why_not(spec: Any) -> None:
    none = case("f/a", step(SEND))
    missing = case("f/b", verdict="unsupported", reason="netns is missing")
    missed = case("f/c", verdict="inconclusive", reason="it went through")
    assert code(spec, missed, missing)["why_not"] == "unsupported: netns is missing"
    assert code(spec, missed)["why_not"] == "inconclusive: it went through"
    assert code(spec, none)["why_not"] == "the situation did not arise in its case"
    assert code(spec, case_list=listed([none]))["why_not"] == "its cases were not part of this run"
    assert code(spec)["why_not"] == spec.uncovered.get("err.notconn", "no case brings it about")


def test_an_unstable_case_says_so(spec: Any) -> None:
    run = replace(run_of([of("a", "conforms")]), unstable={"f/a": [("conforms", 2), ("deviates", 1)]})
    doc = wsconform_reports.results(run, spec=spec, case_list=[], tool_version=TOOL, profile="documented")
    assert doc["cases"][0]["reason"] == "not the same in every repeat: conforms (2 times), deviates (1 times)"


def test_a_reason_is_made_of_the_notes_where_there_is_none(spec: Any) -> None:
    noted = bad("a", "ret.zero")
    noted["steps"][0]["note"] = "one byte is missing"
    assert results([noted], spec)["cases"][0]["reason"] == "one byte is missing"
