"""./wsconform selftest: what it makes of faults that are caught, of faults that are not, and of false alarms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Wsconform
from wsconform import planted, planted_table
from wsconform.errors import BadUsage, TargetError

STREAM = """\
case "ten bytes"
  clauses {clause}
  a, b = tcp()
  WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10
  recv(b, 10) = 1[0..10]
"""


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    file = tmp_path / "stream.case"
    file.write_text(STREAM.format(clause="param.buffers.array"))
    return file


def test_the_list_is_read_whole() -> None:
    known = planted.faults()
    lines = [line for line in (planted.places.FAULTY / "faults.def").read_text().splitlines()
             if line.startswith(("FAULT(", "OTHER(", "ODD("))]
    assert len(known) == len(lines)
    assert len([f for f in known if not f.odd]) >= 180 and len([f for f in known if f.odd]) >= 40


def test_clauses_of_faults_are_those_of_the_document() -> None:
    import wsconform_spec

    ids = {clause.id for clause in wsconform_spec.load().clauses}
    assert not ({c for f in planted.faults() for c in f.clauses} | set(planted.without())) - ids


def test_every_clause_that_can_be_broken_has_a_fault_or_a_reason_why_not() -> None:
    against = {c for f in planted.faults() for c in f.clauses}
    reasons = planted.without()
    assert set(planted_table.must_clauses()) - against == set(reasons)
    assert not against & set(reasons)
    assert all(reasons.values())


def test_a_name_that_stands_twice() -> None:
    with pytest.raises(TargetError, match="x stands there twice"):
        planted.faults('ODD(x, "a")\nODD(x, "b")\n')


def test_a_name_that_is_not_known() -> None:
    with pytest.raises(BadUsage, match="no planted fault 'nothing'"):
        planted.choose(planted.faults(), ["nothing"])


def test_a_fault_that_is_caught_and_an_odd_way_that_is_not_flagged(wsconform: Wsconform, stream: Path) -> None:
    ended = wsconform("selftest", "--cases", stream, "drop_last", "odd_yields", "--json")
    data = json.loads(ended.out)
    assert ended.status == 0, ended.err
    lost, odd = data["faults"]
    assert [c["case"] for c in lost["catching"]] == ["stream/ten bytes"] and not lost["others"]
    assert lost["named"] and "param.buffers.array" in lost["catching"][0]["named"]
    assert not odd["others"] and odd["ran"] == 1 and data["silent_cases"] == [] and data["untried_cases"] == []


def test_a_fault_that_no_case_about_it_notices(wsconform: Wsconform, stream: Path) -> None:
    stream.write_text(STREAM.format(clause="use.gather"))
    ended = wsconform("selftest", "--cases", stream, "drop_last")
    assert ended.status == 1
    assert "NOT CAUGHT" in ended.out and "caught elsewhere: stream/ten bytes" in ended.out


def test_the_table_as_a_file(wsconform: Wsconform, stream: Path, tmp_path: Path) -> None:
    """With --full a case that catches nothing is named, and only there."""
    stream.write_text(STREAM.format(clause="param.buffers.array") + STREAM.format(clause="ret.zero").replace("ten", "other ten"))
    table = tmp_path / "table.md"
    ended = wsconform("selftest", "--cases", stream, "--full", "amount_one_more", "--out", table)
    assert ended.status == 1  # no case is about the clause of this fault
    assert "| amount_one_more |" in table.read_text() and "**nothing**; elsewhere: stream/ten bytes" in table.read_text()
    ended = wsconform("selftest", "--cases", stream, "--full", "amount_one_more", "--out", stream / "table.md")
    assert ended.status == 3 and "cannot write" in ended.err


def test_what_counts_as_a_false_alarm() -> None:
    """An odd way must leave alone what is in order without it; what deviates anyway may deviate differently."""
    plain = planted.Fault("odd", (), "")
    shop = planted.Workshop.__new__(planted.Workshop)
    shop.plain = {"x": ("conforms", "")}
    assert shop.new(plain, {"id": "x", "verdict": "deviates", "signature": "s"})
    assert not planted.Found(plain, others=[planted.Catch("x", "deviates", (), ())]).good
    shop.plain = {"x": ("deviates", "another")}
    assert not shop.new(plain, {"id": "x", "verdict": "deviates", "signature": "s"})
    assert shop.new(planted.Fault("f", ("a",), ""), {"id": "x", "verdict": "deviates", "signature": "s"})


def test_quick_cases_come_first_long_limits_then_and_those_with_sites_last(tmp_path: Path) -> None:
    file = tmp_path / "x.case"
    file.write_text("".join(STREAM.format(clause="ret.zero").replace("ten bytes", name) for name in ("slow", "bad", "quick"))
                    + STREAM.format(clause="ret.zero\n  requires inject").replace("ten bytes", "site")
                    + STREAM.format(clause="ret.zero\n  limit 20s").replace("ten bytes", "long"))
    shop = planted.Workshop.__new__(planted.Workshop)
    shop.plain = {"x/bad": ("deviates", "s")} | {f"x/{name}": ("conforms", "") for name in ("slow", "quick", "long")}
    shop.seconds, shop._full = {"x/slow": 2.0, "x/quick": 0.1, "x/bad": 0.0, "x/long": 0.0}, False
    cases = planted.collect([file]).cases
    assert [[c.id for c in stage] for stage in shop.stages(cases)] == [["x/quick", "x/slow", "x/bad"], ["x/long"], ["x/site"]]
    assert [c.id for c in cases if shop.may_flag(c)] == ["x/quick", "x/long"]
    shop._full = True
    assert [c.id for c in cases if shop.may_flag(c)] == ["x/slow", "x/quick", "x/site", "x/long"]


def test_odd_ways_come_evenly_among_the_faults() -> None:
    odd, some = [planted.Fault(name, (), "") for name in "xy"], [planted.Fault(name, ("a",), "") for name in "abcd"]
    assert "".join(f.name for f in planted.mixed([*some, *odd])) == "xabycd"


def test_a_clause_whose_fault_another_clause_has_caught_has_its_own_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "x.case"
    file.write_text(STREAM.format(clause="ret.zero") + STREAM.format(clause="use.gather").replace("ten bytes", "gather")
                    + STREAM.format(clause="use.gather").replace("ten bytes", "gather again"))
    shop = planted.Workshop.__new__(planted.Workshop)
    shop.cases, shop.plain, shop.seconds, shop._full = list(planted.collect([file]).cases), {}, {}, False

    def run(name: str, cases: list[planted.Case], jobs: int) -> Iterator[dict[str, Any]]:
        for case in cases:
            verdict = "conforms" if name == "quiet" else "deviates"
            yield {"id": case.id, "verdict": verdict, "signature": "s", "clauses": case.clauses, "deviating": ["ret.zero"]}
    monkeypatch.setattr(shop, "run", run)
    quiet, loud, unused = (planted.Found(planted.Fault(name, ("ret.zero", "use.gather"), ""), ran={"x/ten bytes"},
                                         catching=[planted.Catch("x/ten bytes", "deviates", ("ret.zero",), ("ret.zero",))])
                           for name in ("quiet", "loud", "unused"))
    shop.try_clause("use.gather", [quiet, loud, unused])
    assert quiet.ran == {"x/ten bytes", "x/gather", "x/gather again"} and len(quiet.catching) == 1
    assert [c.case for c in loud.catching] == ["x/ten bytes", "x/gather"] and len(unused.ran) == 1


@pytest.mark.parametrize("model", [(), ("--model",)])
def test_a_table_that_cannot_be_written_is_told_at_once(wsconform: Wsconform, model: tuple[str, ...]) -> None:
    ended = wsconform("selftest", *model, "--out", "no/such/table.md")
    assert ended.status == 2 and "--out no/such/table.md" in ended.err and ended.out == "", ended.text
