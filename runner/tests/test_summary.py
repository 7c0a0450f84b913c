"""What a run says at its end, and of a failed case."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import TREE  # noqa: F401  puts the packages on the path

from wsconform import summary
from wsconform.engine import Run
from wsconform.verdicts import deviating_clauses, failure_text

CALL = "WSASend(a, [10], &sent, 0, NULL, NULL)"


def record(id: str, *, ok: bool = True, practice: tuple[str, ...] = (), conditions: tuple[str, ...] = (),
           injected: tuple[str, ...] = ()) -> dict[str, Any]:
    """A judged case of one step. One that is not ok deviates from the document, or (practice) from the profile."""
    step = {"n": 1, "line": 3, "call": CALL, "observed": "0 sent 9", "allowed": ["0 sent 10", "0 sent 9"], "rules": [],
            "clauses": ["ret.zero"], "ok": ok, "note": ""}
    return {"id": id, "clauses": ["err.notconn"], "verdict": "conforms" if ok else "deviates", "reason": "",
            "signature": "", "deviating": [] if ok else ["ret.zero"], "conditions": list(conditions),
            "injected": list(injected), "seconds": 0.0, "steps": [step | ({"practice": list(practice)} if practice else {})]}


def shown(capsys: pytest.CaptureFixture[str], *records: dict[str, Any], errors: tuple[str, ...] = (),
          kind: str = "wine") -> str:
    summary.show([Run({"name": "wine", "kind": kind}, list(records), "", 1.0)], out=None, errors=errors)
    return capsys.readouterr().out


def test_deviations_of_the_document_and_of_the_profile_are_apart(capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(capsys, record("f/a", ok=False), record("f/b", ok=False, practice=("w.x",)),
                record("f/c", ok=False, practice=("w.x", "w.y")), record("f/d", practice=("w.z",)))
    document, _, profile = out.partition("wine does what the document allows, and Windows is not seen to do:")
    assert "wine does not keep:" in document
    assert [line.split()[0] for line in document.splitlines() if line.startswith("  ")] == ["clause", "ret.zero"]
    rows = [line.split() for line in profile.splitlines() if line.startswith("  ")]
    assert [(row[0], row[-1]) for row in rows] == [("fact", "cases"), ("w.x", "2"), ("w.y", "1")]


def test_what_no_outcome_can_tell_leads_to_the_case(capsys: pytest.CaptureFixture[str]) -> None:
    told = record("f/a", ok=False)
    told["steps"][0]["allowed"] = []
    assert "see the case" in shown(capsys, told)
    assert "see the case" not in shown(capsys, record("f/a", ok=False))


def test_remarks_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert "in 1 case it does what the document allows" in shown(capsys, record("f/a", practice=("w.x",)), record("f/b"))
    assert "Windows" not in shown(capsys, record("f/a"))
    assert "Windows" not in shown(capsys, record("f/a", practice=("w.x",)), kind="model")


def test_errors_that_arose(capsys: pytest.CaptureFixture[str]) -> None:
    records = [record("f/a", conditions=("err.intr",)), record("f/b", injected=("err.intr", "err.nobufs"))]
    known = ("err.intr", "err.nobufs", "err.netdown")
    assert ("wine: of 3 documented errors 1 were brought about naturally, 1 by injected failures, not err.netdown"
            in shown(capsys, *records, errors=known))
    assert "documented errors" not in shown(capsys, *records)


def test_what_a_layer_lacks_most(capsys: pytest.CaptureFixture[str]) -> None:
    records = [record(f"f/{i}") | {"verdict": "unsupported", "reason": "tcp: the target lacks this: " + what} for i, what in enumerate(
        ["socket: the headers do not declare it"] + 2 * ["select: the library does not have it"])]
    out = shown(capsys, *records, kind="posix")
    assert out.index("2 cases  select: the library does not have it") < out.index("1 case   socket: the headers do not")
    assert "lacks" not in shown(capsys, *records) and "lacks" not in shown(capsys, record("f/a"), kind="posix")


def test_a_failure_names_clauses_or_facts() -> None:
    def text(one: dict[str, Any]) -> str:
        return failure_text(one, target="wine", statement=lambda id: f"says {id}", trace=None, rerun="again")

    assert "requirement  ret.zero: says ret.zero" in text(record("f/a", ok=False))
    only = record("f/b", ok=False, practice=("w.x",))
    assert deviating_clauses(only) == []
    assert "fact         w.x: says w.x" in text(only) and "requirement" not in text(only)
