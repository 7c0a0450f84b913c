"""./wsconform selftest --model: rules that are twisted, cases that notice, and holes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Wsconform
from wsconform import spoiled, twisted
from wsconform.cases import collect
from wsconform.errors import BadUsage

CASES = """\
case "shut down"
  clauses err.shutdown.sd-send
  a, b = tcp()
  shutdown(a, SD_SEND) = 0
  WSASend(a, [10], &sent, 0, NULL, NULL) = SOCKET_ERROR WSAESHUTDOWN

case "arrives"
  clauses ret.zero
  a, b = tcp()
  WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10
  recv(b, 10) = 1[0..10]
"""


@pytest.fixture
def bench(tmp_path: Path) -> twisted.Bench:
    file = tmp_path / "x.case"
    file.write_text(CASES)
    return twisted.Bench(collect([file]))


def twist(name: str) -> twisted.Twist:
    [found] = [t for t in twisted.twists(twisted.rules(), {}) if t.name == name]
    return found


@pytest.mark.parametrize("name, noticed", [
    ("shutdown.sd-send=drop", ["x/shut down"]), ("shutdown.sd-send=doubt", ["x/shut down"]), ("shutdown.sd-send=sure", []),
    ("shutdown.sd-send=wide", ["x/arrives"]), ("shutdown.sd-send=code", ["x/shut down"]), ("sent.blocking=drop", ["x/arrives"]),
    ("sent.blocking=amount", ["x/arrives"]), ("data.gap=drop", ["x/arrives"]), ("memory.data=drop", ["x/shut down", "x/arrives"]),
    ("packet.once=drop", []), ("pending=drop", [])])
def test_who_notices(bench: twisted.Bench, name: str, noticed: list[str]) -> None:
    assert bench.try_one(twist(name)).noticed == noticed


def test_every_rule_is_twisted_in_every_way_of_its_kind() -> None:
    known = twisted.rules()
    found = twisted.twists(known, {})
    assert {t.rule for t in found} == {rule["rule"] for rule in known}
    assert {t.way for t in found if t.kind == "error"} == set(twisted.WAYS["error"])
    assert {rule["rule"] for rule in known if rule["kind"] == "check"} == set(spoiled.SPOILERS)


def test_a_hole_fails_and_so_does_an_excuse_that_is_wrong() -> None:
    hole = twisted.Twist("a", "check", "drop", ())
    assert not hole.good
    hole.why = "nobody can see it"
    assert hole.good
    hole.noticed = ["x"]
    assert not hole.good


@pytest.mark.parametrize("text, message", [
    ("[[unnoticed]]\ntwists = ['a=drop']\n", "has twists and because"),
    ("[[unnoticed]]\ntwists = ['a=drop']\nbecause = ' '\n", "has twists and because"), ("nonsense", "twists.toml")])
def test_excuses_that_are_none(text: str, message: str) -> None:
    with pytest.raises(BadUsage, match=message):
        twisted.excuses(text)


def test_an_excuse_for_nothing() -> None:
    with pytest.raises(BadUsage, match="no twist a=drop"):
        twisted.twists(twisted.rules(), {"a=drop": "why"})


def test_the_command_finds_holes(wsconform: Wsconform, tmp_path: Path) -> None:
    file = tmp_path / "x.case"
    file.write_text(CASES)
    out = tmp_path / "twists.json"
    ended = wsconform("selftest", "--model", "--cases", file, "--out", out)
    assert ended.status == 1 and "notsock=drop" in ended.out and "NOTICED BY NO CASE" in ended.out, ended.err
    assert not json.loads(out.read_text())["good"]


def test_what_does_not_go_together(wsconform: Wsconform) -> None:
    ended = wsconform("selftest", "--model", "drop_last")
    assert ended.status == 2 and "--model takes no faults" in ended.err


def test_cases_that_differ_from_the_model_as_it_is(wsconform: Wsconform, tmp_path: Path) -> None:
    file = tmp_path / "x.case"
    file.write_text(CASES.replace("WSAESHUTDOWN", "WSAENOTCONN"))
    ended = wsconform("selftest", "--model", "--cases", file)
    assert ended.status == 2 and "x/shut down: differs from the model as it is" in ended.err
