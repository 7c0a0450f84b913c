"""./wsconform selftest: what it makes of faults that are caught, of faults that are not, and of false alarms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Wsconform
from wsconform import planted
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
    assert len([f for f in known if not f.odd]) >= 100 and len([f for f in known if f.odd]) >= 20


def test_clauses_of_faults_are_those_of_the_document() -> None:
    import wsconform_spec

    ids = {clause.id for clause in wsconform_spec.load().clauses}
    assert not {c for f in planted.faults() for c in f.clauses} - ids


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
    assert lost["catching"] == ["stream/ten bytes"] and not lost["others"]
    assert not odd["others"] and odd["ran"] == 1 and data["silent_cases"] == []


def test_a_fault_that_no_case_about_it_notices(wsconform: Wsconform, stream: Path) -> None:
    stream.write_text(STREAM.format(clause="use.gather"))
    ended = wsconform("selftest", "--cases", stream, "drop_last")
    assert ended.status == 1
    assert "NOT CAUGHT" in ended.out and "caught elsewhere: stream/ten bytes" in ended.out


def test_what_counts_as_a_false_alarm() -> None:
    """An odd way must leave alone what is in order without it; what deviates anyway may deviate differently."""
    plain = planted.Fault("odd", (), "")
    shop = planted.Workshop.__new__(planted.Workshop)
    shop.plain = {"x": ("conforms", "")}
    assert shop.new(plain, {"id": "x", "verdict": "deviates", "signature": "s"})
    assert not planted.Found(plain, others=["x"]).good
    shop.plain = {"x": ("deviates", "another")}
    assert not shop.new(plain, {"id": "x", "verdict": "deviates", "signature": "s"})
    assert shop.new(planted.Fault("f", ("a",), ""), {"id": "x", "verdict": "deviates", "signature": "s"})
