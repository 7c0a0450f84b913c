"""results.json: what it says, and that it keeps its schema."""

from __future__ import annotations

import copy
import json
import time
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


#: Younger fields: an older file has none of them.
OPTIONAL = {
    "facts", "injected", "left_out", "held", "practice", "repeat", "answers", "not_natural",
}  # fmt: skip


def _objects(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    if isinstance(node, dict):
        return [(path, node)] + [o for k, v in node.items() for o in _objects(v, (*path, k))]
    if isinstance(node, list):
        return [o for i, v in enumerate(node[:3]) for o in _objects(v, (*path, i))]
    return []


def test_schema_is_strict(spec: Any) -> None:
    """No object may have one field more, or lack one that is not younger than the others."""
    doc = results(small() + [long(9)], spec)
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
            optional = change in OPTIONAL or (path[:1] == ("clauses",) and change == "reason")
            assert validator().is_valid(altered) == optional, f"{path} {change}"


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
        (("codes", 0, "cases"), ["none"]), (("cases", 0, "injected"), "yes"), (("cases", 0, "left_out"), -1),
        (("cases", 0, "steps", 0, "practice"), ["ret.zero"]), (("cases", 0, "steps", 0, "practice"), []),
        (("clauses", 0, "reason"), ""), (("codes", 0, "answers"), [{"observed": "0"}]),
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


REFUSED = step(SEND, "SOCKET_ERROR WSAENOTCONN sent untouched", ("SOCKET_ERROR WSAENOTCONN",), ("err.notconn",))
INJECT = step("fault(inject(WSAENOTCONN))")


def test_codes(spec: Any) -> None:
    natural = case("f/a", REFUSED, conditions=["err.notconn"])
    injected = case("f/b", INJECT, step(SEND), injected=["err.notconn"])
    answer = {
        "observed": "SOCKET_ERROR WSAENOTCONN", "allowed": True, "injected": False, "calls": 1, "case": "f/a"
    }  # fmt: skip
    assert code(spec, natural) == {"code": "WSAENOTCONN", "clause": "err.notconn", "provoked": "natural", "cases": ["f/a"],
                                   "injected": [], "answers": [answer], "why_not": None, "not_natural": None}  # fmt: skip
    alone = code(spec, injected)
    assert (alone["provoked"], alone["cases"], alone["injected"]) == ("injected", ["f/b"], ["f/b"])
    assert (alone["why_not"], alone["not_natural"]) == (None, "the situation did not arise in its case")
    assert code(replace(spec, unprovoked={"err.notconn": "nobody can"}), injected)["not_natural"] == "nobody can"
    both = code(spec, case("f/b", INJECT, REFUSED, injected=["err.notconn"]), natural)
    assert (both["provoked"], both["cases"], both["injected"]) == ("natural", ["f/a", "f/b"], ["f/b"])
    assert [(a["case"], a["injected"]) for a in both["answers"]] == [("f/a", False), ("f/b", True)]


def test_natural_wins_also_within_a_case(spec: Any) -> None:
    found = code(spec, case("f/a", INJECT, step(SEND), conditions=["err.notconn"], injected=["err.notconn"]))
    assert (found["provoked"], found["injected"]) == ("natural", [])


def test_injected_cases_are_marked(spec: Any) -> None:
    doc = results([case("f/a", INJECT, step(SEND)), case("f/b", step("fault(link_down)"), step(SEND))], spec)
    assert [c["injected"] for c in doc["cases"]] == [True, False]


def test_answers_to_a_condition(spec: Any) -> None:
    """What is not allowed comes first; of a case that never names the clause it is what was answered to calls that
    could have failed so."""
    wrong = step(SEND, "0 sent 10", ("SOCKET_ERROR WSAENOTCONN",), ("err.notconn",), ok=False)
    other = step(SEND, "SOCKET_ERROR WSAEFAULT", ("SOCKET_ERROR WSAENOTCONN", "SOCKET_ERROR WSAEFAULT"), ("err.fault.sent",))
    before = step(SEND, "0 sent 10", ("0 sent 10", "SOCKET_ERROR WSAENOTCONN"), ("ret.zero",))
    found = code(
        spec,
        case("f/a", REFUSED, REFUSED, conditions=["err.notconn"]),
        case("f/b", before, other, conditions=["err.notconn"]),
        case("f/c", wrong, conditions=["err.notconn"]),
        case("f/d", step(SEND, "0 sent 1", (), ("err.notconn",)), clauses=("err.notconn",)),
    )
    assert [(a["observed"], a["allowed"], a["calls"], a["case"]) for a in found["answers"]] == [
        ("0 sent 10", False, 1, "f/c"), ("SOCKET_ERROR WSAENOTCONN", True, 2, "f/a"),
        ("SOCKET_ERROR WSAEFAULT", True, 1, "f/b"),
    ]  # fmt: skip


def test_the_judge_knows_best_which_calls_met_the_condition(spec: Any) -> None:
    told = step(SEND, "0 sent 3", ("0 sent 3",), ("ret.zero",)) | {"held": ["err.notconn"]}
    found = code(spec, case("f/a", REFUSED, told, conditions=["err.notconn"]))
    assert [a["observed"] for a in found["answers"]] == ["0"]


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
    assert code(spec)["why_not"] == "no case brings it about"
    known = replace(spec, unprovoked={"err.notconn": "nobody can"})
    assert code(known, none)["why_not"] == "the situation did not arise in its case: nobody can"
    assert code(known, missing)["why_not"] == "unsupported: netns is missing. Nobody can"
    assert code(known, missed)["why_not"] == "nobody can (inconclusive: it went through)"
    assert code(known)["why_not"] == "nobody can"


def test_reasons_are_not_many(spec: Any) -> None:
    cases = [case(f"f/{n}", verdict="unsupported", reason=f"lacks {n}") for n in range(9)]
    assert code(spec, *cases)["why_not"] == (
        "unsupported: lacks 0; lacks 1; lacks 2; lacks 3; lacks 4; and 4 other reasons"
    )


def test_an_unstable_case_says_so(spec: Any) -> None:
    run = replace(run_of([of("a", "conforms")]), unstable={"f/a": [("conforms", 2), ("deviates", 1)]})
    doc = wsconform_reports.results(run, spec=spec, case_list=[], tool_version=TOOL, profile="documented")
    assert doc["cases"][0]["reason"] == "not the same in every repeat: conforms (2 times), deviates (1 times)"


def test_a_reason_is_made_of_the_notes_where_there_is_none(spec: Any) -> None:
    noted = bad("a", "ret.zero")
    noted["steps"][0]["note"] = "one byte is missing"
    assert results([noted], spec)["cases"][0]["reason"] == "one byte is missing"


def reason(spec: Any, clause: str, *judged: dict[str, Any], case_list: list[dict[str, Any]] | None = None) -> str | None:
    doc = results(list(judged), spec, case_list)
    validator().validate(doc)
    found: str | None = row(doc, "clauses", "id", clause)["reason"]
    return found


def test_a_clause_says_why_nothing_was_judged(spec: Any) -> None:
    assert reason(spec, "ret.zero", of("a", "conforms")) is None
    assert reason(spec, "ret.zero", bad("a", "ret.zero")) is None
    assert reason(spec, "ret.zero", of("a", "unsupported")) == "unsupported: because"
    assert reason(spec, "ret.zero", of("a", "inconclusive")) == "inconclusive: because"
    assert "leaves undefined" in (reason(spec, "ret.zero", of("a", "undefined")) or "")
    assert reason(spec, "ret.zero", bad("a", "ret.pending")) == "its cases deviate before it could be seen"
    assert reason(spec, "ret.zero", case_list=listed([of("a", "conforms")])) == "its cases were not part of this run"
    assert reason(spec, "ret.zero") == "no case is about it"
    assert reason(spec, "req.versions") == "says nothing that could be tested"


# --- the profile of a system ------------------------------------------------------------------------------------------


def practice(ok: bool, observed: str = "0 sent 9") -> dict[str, Any]:
    return step(SEND, observed, ("0 sent 10", "0 sent 9"), ("ret.zero",), ok) | {"practice": ["w.no-short-count"]}


def test_what_only_the_profile_forbids_breaks_no_clause(spec: Any) -> None:
    doc = results([case("f/a", practice(False), clauses=("ret.zero",))], spec)
    validator().validate(doc)
    assert doc["cases"][0]["verdict"] == "deviates"
    assert row(doc, "clauses", "id", "ret.zero")["verdict"] == "conforms"
    wrong = step(SEND, "0 sent 11", ("0 sent 10",), ("ret.zero",), ok=False)
    doc = results([case("f/a", practice(False), wrong, clauses=("ret.zero",))], spec)
    assert row(doc, "clauses", "id", "ret.zero")["verdict"] == "deviates"


def test_facts_name_the_cases_in_which_the_target_does_otherwise(spec: Any) -> None:
    known = replace(spec, facts=(replace(spec.facts[0], id="w.no-short-count"),))
    doc = results([case("f/a", practice(True)), case("f/b", practice(False)), case("f/c", step(SEND))], known)
    validator().validate(doc)
    assert doc["facts"] == [{"id": "w.no-short-count", "otherwise": ["f/a", "f/b"]}]


# --- long cases -------------------------------------------------------------------------------------------------------


def long(rounds: int) -> dict[str, Any]:
    """A loop whose body is two calls, and the routines that run for them in another order."""
    calls = [step("a, b = tcp()")]
    for n in range(1, rounds + 1):
        seen = "0" if n % 3 else "SOCKET_ERROR WSA_IO_PENDING"
        calls.append(step(f"o{n} = overlapped(NULL)"))
        calls.append(step(f"WSASend(a, [64], NULL, 0, &o{n}, r)", seen, ("0", "SOCKET_ERROR WSA_IO_PENDING"),
                          ("ret.zero",) if n % 3 else ("ret.pending",)))  # fmt: skip
    calls += [step(f"enter r(0, 64, &o{n}, 0)", f"r(0, 64, &o{n}, 0)") for n in range(rounds, 0, -1)]
    return case("f/long", *calls)


def test_a_loop_is_told_once(spec: Any) -> None:
    steps = results([long(10_000)], spec)["cases"][0]["steps"]
    assert [(s["call"], s.get("repeat", {}).get("times"), s.get("repeat", {}).get("of")) for s in steps] == [
        ("a, b = tcp()", None, None), ("o1 = overlapped(NULL)", 10_000, 2),
        ("WSASend(a, [64], NULL, 0, &o1, r)", 10_000, 2), ("enter r(0, 64, &o10000, 0)", 10_000, 1),
    ]  # fmt: skip
    assert steps[2]["repeat"]["answers"] == [
        {"observed": "0", "times": 6667}, {"observed": "SOCKET_ERROR WSA_IO_PENDING", "times": 3333},
    ]  # fmt: skip
    assert steps[2]["clauses"] == ["ret.zero", "ret.pending"]
    assert steps[3]["repeat"]["answers"] == [{"observed": "r(0, 64, &o#, 0)", "times": 10_000}]


def test_few_rounds_are_told_in_full(spec: Any) -> None:
    assert len(results([long(7)], spec)["cases"][0]["steps"]) == 1 + 2 * 7 + 7


def test_what_differs_is_not_folded(spec: Any) -> None:
    """Another amount, another thread, another allowed set, a deviation: each is told."""
    def sends(*steps: dict[str, Any]) -> int:
        return len(results([case("f/a", *steps)], spec)["cases"][0]["steps"])

    assert sends(*[step(f"WSASend(a, [{n}])") for n in range(20)]) == 20
    assert sends(*[step(f"t{n}: WSASend(a, [1])") for n in range(20)]) == 20
    assert sends(*[step("WSASend(a, [1])", "0", ("0",) if n % 2 else ("0", f"0 sent {n}")) for n in range(20)]) == 20
    wrong = step("WSASend(a, [1])", "0", ("0",), ok=False)
    assert sends(*[step("WSASend(a, [1])", "0", ("0",))] * 10, wrong, *[step("WSASend(a, [1])", "0", ("0",))] * 10) == 3


def test_a_long_case_without_rhythm_keeps_what_matters(spec: Any) -> None:
    calls = [step(f"WSASend(a, [{n}], &sent, 0, NULL, NULL)", f"0 sent {n}", (f"0 sent {n}",)) for n in range(20_000)]
    calls[9_000] = step("fault(inject(WSAENETDOWN))")
    calls[10_000] = step(SEND, "0 sent 9", ("0 sent 10",), ("ret.zero",), ok=False)
    doc = results([case("f/long", *calls)], spec)
    validator().validate(doc)
    (found,) = doc["cases"]
    assert found["injected"] and found["left_out"] + len(found["steps"]) == 20_000 and len(found["steps"]) < 1000
    assert {calls[n]["call"] for n in (0, 9_000, 10_000, 19_999)} <= {s["call"] for s in found["steps"]}


def test_long_texts_are_cut_and_say_so(spec: Any) -> None:
    ran = "WAIT_IO_COMPLETION ran" + " r(0, 64, &o1, 0)" * 10_000
    (found,) = results([case("f/a", step("SleepEx(0, TRUE)", ran))], spec)["cases"][0]["steps"]
    assert len(found["observed"]) < 2100 and found["observed"].endswith(f"… ({len(ran):,} characters in all)")


def test_long_cases_make_small_files_soon(spec: Any) -> None:
    begin = time.process_time()
    doc = results([long(10_000) | {"id": f"f/{n}"} for n in range(5)], spec)
    assert time.process_time() - begin < 10
    assert len(json.dumps(doc)) < 100_000


def test_what_chance_decides_is_written_alike(report: Any) -> None:
    """How much passes to a peer that reads all the time, and whose data comes first of calls that are undefined together;
    not what a call names, a deviation, or an amount where nobody reads meanwhile."""
    def cut(amount: int, first: str = "drain(b)", last: str = SEND, ok: bool = True) -> list[str]:
        steps = (step(first), step(last, "SOCKET_ERROR WSA_IO_PENDING"), step("shutdown(a, SD_SEND)"),
                 step("recv(b, 11)", f"1[0..{amount}] eof", ok=ok))  # fmt: skip
        written = report(run_of([case("f/x", *steps)]))
        return [s["observed"] for s in json.loads((written.out / "wine/results.json").read_text())["cases"][0]["steps"]]

    assert cut(7)[-1] == cut(8)[-1] == "1[0..#] eof"
    assert cut(10)[-1] == "1[0..10] eof", "all of it"
    assert cut(7, ok=False)[-1] == "1[0..7] eof"
    assert cut(7, first=SEND, last="drain(b)")[-1] == "1[0..7] eof"
    for order in ("1[0..5] 2[0..9] 1[5..9]", "2[0..9] 1[0..9]", "1[0..9] 2[0..9]"):
        written = report(run_of([case("f/x", step("recv(b, 18)", f"{order} eof"), verdict="undefined")]))
        (found,) = json.loads((written.out / "wine/results.json").read_text())["cases"]
        assert found["steps"][0]["observed"] == "1[0..9] 2[0..9] eof"
