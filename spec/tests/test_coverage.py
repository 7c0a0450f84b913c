"""The check of the spec against cases and rules: sound input passes, and each planted fault is told."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT
from wsconform_spec import Spec, SpecError, cited_in_sources, coverage, judge_list, judge_rules, load
from wsconform_spec.cli import main

CASES: list[dict[str, Any]] = [
    {"id": "f/one", "file": "f.case", "line": 3, "clauses": ["ret.zero", "param.count"]},
    {"id": "f/two[row]", "file": "f.case", "line": 9, "clauses": ["apc.any-order", "param.buffers.owned", "q.unbound"]},
    {"id": "f/three", "file": "f.case", "line": 15, "clauses": ["err.notconn"]},
]
RULES: list[dict[str, Any]] = [
    {"rule": "success", "code": "0", "clauses": ["ret.zero", "q.empty-send"], "text": "…"},
    {"rule": "notconn", "code": "WSAENOTCONN", "clauses": ["err.notconn"], "text": "…"},
]


def small(**changes: Any) -> Spec:
    """A spec of six clauses that CASES and RULES fit."""
    names = ["ret.zero", "param.count", "apc.any-order", "param.buffers.owned", "err.notconn", "hist.win9x-16-buffers"]
    spec = load()
    return Spec(
        clauses=changes.get("clauses", tuple(spec.clause(name) for name in names)),
        questions=changes.get(
            "questions",
            tuple(
                dataclasses.replace(spec.question_by_id[name], clauses=("ret.zero",))
                for name in ("q.unbound", "q.empty-send")
            ),
        ),
        unprovoked=changes.get("unprovoked", {"err.notconn": "a reason"}),
    )


def told(spec: Spec, cases: list[dict[str, Any]] = CASES, rules: list[dict[str, Any]] = RULES) -> list[str]:
    return [str(problem) for problem in coverage(spec, cases, rules)]


def changed(records: list[dict[str, Any]], index: int, **changes: Any) -> list[dict[str, Any]]:
    return [record | changes if number == index else record for number, record in enumerate(records)]


def test_what_fits_passes() -> None:
    assert told(small()) == []


def test_dangling_id_in_a_case() -> None:
    cases = changed(CASES, 0, clauses=["ret.zero", "param.count", "ret.zeroo"])
    assert told(small(), cases=cases) == ["f.case:3: there is no clause or question ret.zeroo"]


def test_dangling_id_of_a_table_is_told_once() -> None:
    ids = [*CASES[1]["clauses"], "x.y"]
    rows = [CASES[1] | {"id": f"f/two[{line}]", "line": line, "clauses": ids} for line in (9, 10)]
    assert told(small(), cases=[CASES[0], *rows, CASES[2]]) == ["f.case:9: there is no clause or question x.y"]


def test_dangling_id_in_a_rule() -> None:
    rules = changed(RULES, 1, clauses=["err.notconn", "q.nonsense"])
    assert told(small(), rules=rules) == ["rule notconn: there is no clause or question q.nonsense"]


def test_dangling_id_in_a_question() -> None:
    question = dataclasses.replace(small().questions[0], clauses=("ret.one",))
    spec = small(questions=(question, small().questions[1]))
    assert told(spec) == ["questions.toml: q.unbound: there is no clause or question ret.one"]


def test_dangling_id_in_a_source(tmp_path: Path) -> None:
    (tmp_path / "model.c").write_text(
        'const char *const ids[] = {\n  "err.notconn q.unbound",\n  "err.notcon", "see ret.", "err.%s", "ret.rule"};\n',
        encoding="utf-8",
    )
    for name in ("notes.txt", "rules.def"):
        (tmp_path / name).write_text('"err.other"', encoding="utf-8")
    found = list(cited_in_sources(small(), [tmp_path]))
    assert [name for _, name in found] == ["err.notconn", "q.unbound", "err.notcon", "ret.rule"]
    problems = coverage(small(), CASES, changed(RULES, 0, rule="ret.rule"), found)
    assert [str(p) for p in problems] == [f"{tmp_path}/model.c:3: there is no clause or question err.notcon"]


@pytest.mark.parametrize(("clause_id", "kind"), [("param.count", "must"), ("apc.any-order", "may"), ("err.notconn", "must")])
def test_clause_without_a_case(clause_id: str, kind: str) -> None:
    cases = [case | {"clauses": [name for name in case["clauses"] if name != clause_id]} for case in CASES]
    assert told(small(), cases=cases) == [f"clauses.toml: no case is about {clause_id} ({kind})"]


def test_clauses_of_other_kinds_need_no_case() -> None:
    cases = changed(CASES, 1, clauses=["apc.any-order"])
    assert told(small(), cases=cases) == []


def test_what_is_said_to_stay_unprovoked() -> None:
    spec = small(unprovoked={"err.nothing": "a reason", "ret.zero": "a reason"})
    assert told(spec) == [
        "unprovoked.toml: there is no clause or question err.nothing",
        "unprovoked.toml: ret.zero is no error condition: take it out",
    ]


@pytest.mark.parametrize("clauses", [[], ["q.unbound"]])
def test_rule_without_a_clause(clauses: list[str]) -> None:
    assert told(small(), rules=changed(RULES, 1, clauses=clauses)) == ["rule notconn: names no clause"]


# --- the command --------------------------------------------------------------------------------------------------


@pytest.fixture
def fake(tmp_path: Path) -> Path:
    """A judge that knows one case about every clause and one rule, and a folder with a case file."""
    cases = tmp_path / "cases"
    cases.mkdir()
    (cases / "all.case").touch()
    names = [clause.id for clause in load().clauses]
    case = {"id": "all/all", "file": "all.case", "line": 1, "clauses": names}
    (tmp_path / "list").write_text(json.dumps(case), encoding="utf-8")
    (tmp_path / "rules").write_text(json.dumps(RULES), encoding="utf-8")
    judge = tmp_path / "wsconform-judge"
    judge.write_text(f'#!/bin/sh\nexec cat "{tmp_path}/$1"\n', encoding="utf-8")
    judge.chmod(0o755)
    return judge


def run_check(fake: Path) -> int:
    return main(["check", "--judge", str(fake), "--cases", str(fake.parent / "cases")])


def test_check_passes(fake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_check(fake) == 0
    assert "0 problems" in capsys.readouterr().out


def test_check_finds(fake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (fake.parent / "list").read_text(encoding="utf-8")
    (fake.parent / "list").write_text(text.replace('"ret.zero"', '"ret.nil"'), encoding="utf-8")
    assert run_check(fake) == 1
    out = capsys.readouterr().out
    assert "all.case:1: there is no clause or question ret.nil" in out
    assert "no case is about ret.zero (must)" in out
    assert "2 problems" in out


def test_check_refuses_a_judge_that_fails(fake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fake.write_text("#!/bin/sh\necho a.case:1:2: wrong >&2\nexit 2\n", encoding="utf-8")
    assert run_check(fake) == 2
    assert "a.case:1:2: wrong" in capsys.readouterr().err


def test_check_refuses_what_is_no_json(fake: Path) -> None:
    (fake.parent / "rules").write_text("[", encoding="utf-8")
    assert run_check(fake) == 2


def test_check_refuses_an_empty_folder(fake: Path, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no .case files"):
        judge_list(fake, tmp_path / "nowhere")


# --- the tree itself ----------------------------------------------------------------------------------------------


def test_the_tree_fits_together(judge: Path) -> None:
    """Every id that cases, model and judge cite exists, and every promise has a case."""
    spec = load()
    cited = cited_in_sources(spec, [ROOT / "model"])
    problems = coverage(spec, judge_list(judge, ROOT / "cases"), judge_rules(judge), cited)
    assert [str(problem) for problem in problems] == []
