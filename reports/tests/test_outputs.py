"""junit.xml and summary.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

from conftest import SEND, Written, case, many, run_of, small, step

#: What readers of JUnit files agree on: element, its attributes, its children.
SHAPE = {
    "testsuites": ({"name", "tests", "failures", "errors", "skipped", "time"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped", "time"}, {"properties", "testcase"}),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": ({"classname", "name", "time"}, {"failure", "skipped", "system-out"}),
    "system-out": (set(), set()),
    "failure": ({"type", "message"}, set()),
    "skipped": ({"type", "message"}, set()),
}


def check(element: ET.Element) -> None:
    attributes, children = SHAPE[element.tag]
    assert set(element.attrib) == attributes
    for child in element:
        assert child.tag in children, f"{child.tag} in {element.tag}"
        check(child)
    for number in {"tests", "failures", "errors", "skipped"} & attributes:
        assert element.get(number, "").isdigit()
    if "time" in attributes:
        assert float(element.get("time", "")) >= 0


def junit_of(made: Written) -> ET.Element:
    root = ET.fromstring(made.junit)
    check(root)
    return root


def test_junit(report: Callable[..., Written]) -> None:
    root = junit_of(report(run_of(small(), "wine-8.0"), run_of(small()[:1], "model", kind="model")))
    assert [(s.get("name"), s.get("tests"), s.get("failures"), s.get("skipped")) for s in root] == [
        ("wine-8.0", "8", "3", "2"), ("model", "1", "0", "0"),
    ]  # fmt: skip
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("9", "3", "2")
    tests = {(t.get("classname"), t.get("name")): t for t in root[0].iter("testcase")}
    assert len(tests) == 8
    assert tests["errors/shutdown", "SD_SEND[tcp()]"].get("time") == "0.001200"
    skipped = tests["net/down", "interface"].find("skipped")
    assert skipped is not None and skipped.get("message") == "unsupported: netns is missing"
    assert len(tests["flags/bits", "0x10"]) == 0, "undefined passes"


def test_a_failure_says_how_to_see_it_again(report: Callable[..., Written], spec: Any) -> None:
    root = junit_of(report(run_of(small(), "wine-8.0")))
    (failure,) = [f for f in root.iter("failure") if f.get("type") == "deviates"]
    assert failure.get("message") == f"deviates: {SEND} = 0 sent 10"
    text = failure.text or ""
    for wanted in (
        "errors/shutdown/SD_SEND[tcp()]", "./wsconform run 'errors/shutdown/SD_SEND[tcp()]'", "   a, b = tcp() = ok",
        f">> {SEND} = 0 sent 10", "allowed  SOCKET_ERROR WSAESHUTDOWN", "observed 0 sent 10", "of trace.txt",
        f"err.shutdown.sd-send: {spec.clause('err.shutdown.sd-send').statement}", small()[1]["signature"],
    ):  # fmt: skip
        assert wanted in text, wanted


def test_a_deviation_in_the_baseline_is_skipped(report: Callable[..., Written]) -> None:
    judged = small()
    judged[1]["baseline"], judged[2]["baseline"] = "same", "new"
    root = junit_of(report(run_of(judged)))
    assert root.get("failures") == "2"
    (known,) = [s for s in root.iter("skipped") if s.get("type") == "baseline"]
    assert (known.get("message") or "").startswith("known, in the baseline: deviates: WSASend")


def test_the_command_chooses_the_target_again(report: Callable[..., Written]) -> None:
    made = report(run_of(small(), "wine-8.0-i686-shim", arch="i686", provider="shim.dll"))
    assert "./wsconform run --arch i686 --provider shim.dll 'errors/shutdown/SD_SEND[tcp()]'" in made.junit
    made = report(run_of(small(), "mine", arch="i686"), run_of(small(), "windows", kind="windows"), run_of(small(), "wine-8.0"))
    assert "./wsconform run --target mine --target wine 'errors/shutdown/SD_SEND[tcp()]'" in made.junit


def test_the_command_names_a_file_outside_the_cases(report: Callable[..., Written]) -> None:
    judged = small()[1:2]
    case_list = [{"id": judged[0]["id"], "file": "mine/errors/shutdown.case", "line": 7, "clauses": [], "requires": [],
                  "limit_ms": 1, "steps": []}]  # fmt: skip
    assert "--cases mine/errors/shutdown.case" in report(run_of(judged), case_list=case_list).junit


def test_a_case_of_many_calls_stays_readable(report: Callable[..., Written]) -> None:
    long = case(
        "f/a", *[step(SEND, "0 sent 10")] * 5000, step(SEND, "0 sent 9", ("0 sent 10",), ("ret.zero",), ok=False)
    )
    (failure,) = junit_of(report(run_of([long]))).iter("failure")
    assert f"{SEND} = 0 sent 10  (5,000 times)" in (failure.text or "") and len(failure.text or "") < 2_000
    calls = [step(f"WSASend(a, [{n}], &sent, 0, NULL, NULL)", "0") for n in range(5000)]
    long = case("f/b", *calls, step(SEND, "0 sent 9", ("0 sent 10",), ("ret.zero",), ok=False))
    (failure,) = junit_of(report(run_of([long]))).iter("failure")
    assert "calls before" in (failure.text or "") and "calls more, see trace.txt" in (failure.text or "")
    assert len(failure.text or "") < 20_000


def test_injected_cases_are_marked(report: Callable[..., Written]) -> None:
    calls = step("fault(inject(WSAENETDOWN))"), step(SEND, "SOCKET_ERROR WSAEINVAL", ("SOCKET_ERROR WSAENETDOWN",), ok=False)
    made = report(run_of([case("f/a", *calls, injected=["err.netdown"]), case("f/b", step(SEND))]))
    one, other = junit_of(made).iter("testcase")
    assert (one.findtext("system-out") or "").startswith("injected: ")
    (failure,) = one.iter("failure")
    assert (failure.get("message") or "").startswith("with an injected failure, deviates: WSASend")
    assert len(other) == 0
    assert "0 of 32 documented errors were brought about naturally, 1 by injected failures" in made.markdown
    assert "1 case plants failures in the transport" in made.markdown


def test_summary(report: Callable[..., Written]) -> None:
    made = report(run_of(small(), "wine-8.0"), run_of(small()[:1], "model", kind="model")).markdown
    lines = made.splitlines()
    assert (
        lines[2] == "| target | cases | conforms | undefined | unsupported | inconclusive | deviates | hang | crash "
        "| clauses that deviate |"
    )
    assert lines[4] == "| `wine-8.0 8.0 x86_64` | 8 | 2 | 1 | 1 | 1 | 1 | 1 | 1 | 3 |"
    assert (
        f"| `err.shutdown.sd-send` | `{SEND}` | `SOCKET_ERROR WSAESHUTDOWN` | `0 sent 10` | 1 | `wine-8.0` |" in lines
    )
    assert "index.html" in lines[-1]


def test_summary_without_deviations(report: Callable[..., Written]) -> None:
    assert "No deviation was observed." in report(run_of(small()[:1])).markdown


def test_what_no_outcome_can_tell_leads_to_the_case(report: Callable[..., Written]) -> None:
    made = report(run_of([case("f/a", step("recv(b, 9)", "1[0..3] timeout", (), ("sync.copied",), ok=False))])).markdown
    assert "| `recv(b, 9)` | see the case | `1[0..3] timeout` |" in made


def test_summary_is_short_however_much_deviates(report: Callable[..., Written], spec: Any) -> None:
    everything = [
        case(f"f/{c.id}", step(SEND, f"0 sent {n}", ("0 sent 10",), (c.id,), ok=False))
        for n, c in enumerate(spec.clauses)
    ]
    made = report(run_of(everything + many(100))).markdown
    assert made.count("\n") < 45 and f"and {len(spec.clauses) - 25} more clauses" in made
