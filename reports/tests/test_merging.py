"""Several reports made one."""

from __future__ import annotations

import copy
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import wsconform_reports
from conftest import SEND, TOOL, case, listed, run_of, small, step
from wsconform_reports.merging import validator


@pytest.fixture
def made(tmp_path: Path, spec: Any) -> Any:
    """Writes a report into a folder of that name."""

    def make(folder: str, *runs: wsconform_reports.Run, profile: str = "documented") -> Path:
        case_list = listed([c for run in runs for c in run.judged])
        wsconform_reports.write(
            tmp_path / folder, runs, spec=spec, case_list=case_list, tool_version=TOOL, profile=profile
        )
        return tmp_path / folder

    return make


def doc_of(folder: Path, target: str = "wine") -> dict[str, Any]:
    doc = json.loads((folder / target / "results.json").read_text())
    validator().validate(doc)
    return dict(doc)


def test_shards_make_the_whole(made: Any, tmp_path: Path) -> None:
    whole = made("whole", run_of(small()))
    shards = [made("one", run_of(small()[::2])), made("two", run_of(small()[1::2]))]
    wsconform_reports.merge(shards, tmp_path / "merged")
    merged, expected = doc_of(tmp_path / "merged"), doc_of(whole)
    by_id = {c["id"]: c for c in merged["cases"]}
    lines = (tmp_path / "merged/wine/trace.txt").read_text().splitlines()
    for c in expected["cases"]:
        for mine, its in zip(by_id[c["id"]]["steps"], c["steps"], strict=True):
            assert (
                lines[mine["line"] - 1].strip() == f"{its['call']} = {its['observed']}"
            ), "lines are those of the merged trace"
            assert {**mine, "line": 0} == {**its, "line": 0}
        assert {**by_id[c["id"]], "steps": 0} == {**c, "steps": 0}
    plain = lambda doc, table: [{**row, "cases": sorted(row["cases"])} for row in doc[table]]  # noqa: E731
    assert plain(merged, "clauses") == plain(expected, "clauses")
    assert [{**r, "why_not": 0} for r in plain(merged, "codes")] == [
        {**r, "why_not": 0} for r in plain(expected, "codes")
    ]
    assert merged["seconds"] == 3.0
    assert sorted(lines) == sorted((whole / "wine/trace.txt").read_text().splitlines())


def test_targets_stay_apart(made: Any, tmp_path: Path) -> None:
    one = made("one", run_of(small(), "wine"), run_of(small()[:1], "model", kind="model"))
    two = made("two", run_of(small(), "wine", version="9.0"))
    wsconform_reports.merge([one, two / "wine"], tmp_path / "merged")
    assert {
        doc_of(p.parent.parent, p.parent.name)["target"]["version"] for p in (tmp_path / "merged").glob("wine*/*.json")
    } == {"8.0", "9.0"}
    assert doc_of(tmp_path / "merged", "model")["target"]["kind"] == "model"


def test_a_porting_layer_is_the_same_wherever_it_was_built(made: Any, tmp_path: Path) -> None:
    one = made("one", run_of(small()[::2], "mine", kind="posix", options="--executor /here"))
    two = made("two", run_of(small()[1::2], "mine", kind="posix", options="--executor /there"))
    wsconform_reports.merge([one, two], tmp_path / "merged")
    merged = doc_of(tmp_path / "merged", "mine")
    assert len(merged["cases"]) == len(small()) and merged["target"]["options"] == "--executor /here"


def test_the_graver_verdict_stands(made: Any, tmp_path: Path) -> None:
    good = case("f/a", step(SEND, "0 sent 10"), clauses=("ret.zero",))
    bad = case("f/a", step(SEND, "0 sent 9", ("0 sent 10",), ("ret.zero",), ok=False), clauses=("ret.zero",))
    for order in ([good, bad], [bad, good]):
        parts = [made(str(n), run_of([copy.deepcopy(c)])) for n, c in enumerate(order)]
        wsconform_reports.merge(parts, tmp_path / "merged")
        merged = doc_of(tmp_path / "merged")
        assert [c["verdict"] for c in merged["cases"]] == ["deviates"]
        assert (tmp_path / "merged/wine/trace.txt").read_text().count("case ") == 1


def shard(number: int, *cases: dict[str, Any]) -> wsconform_reports.Run:
    """One of two, of the small run."""
    told = {"count": 2, "have": [number], "cases": len(small()), "selection": "all", "baseline": "", "places": [c["place"] for c in cases]}
    return replace(run_of([{k: v for k, v in c.items() if k != "place"} for c in cases]), shards=told)


def test_what_is_there_twice_counts_once(made: Any, tmp_path: Path) -> None:
    numbered = [{**c, "place": n} for n, c in enumerate(small())]
    one, two = made("one", shard(1, *numbered[::2])), made("two", shard(2, *numbered[1::2]))
    _, remarks = wsconform_reports.merge([one, two], tmp_path / "merged")
    assert remarks == []
    shutil.copytree(one, tmp_path / "copy")
    _, remarks = wsconform_reports.merge([one, two, tmp_path / "copy"], tmp_path / "again")
    assert len(remarks) == 1 and "shard 1/2 is there twice" in remarks[0]
    assert doc_of(tmp_path / "again") == doc_of(tmp_path / "merged")
    wsconform_reports.merge([tmp_path / "merged", tmp_path / "again"], tmp_path / "both")
    assert doc_of(tmp_path / "both") == doc_of(tmp_path / "merged")


def test_a_shard_beside_the_whole(made: Any, tmp_path: Path) -> None:
    """No case is missing; but beside a run of other cases one is."""
    numbered = [{**c, "place": n} for n, c in enumerate(small())]
    one, whole = made("one", shard(1, *numbered[::2])), made("whole", run_of(small()))
    _, remarks = wsconform_reports.merge([one, whole], tmp_path / "merged")
    assert remarks == [] and "shards" not in doc_of(tmp_path / "merged")
    few = made("few", run_of(small()[1:2]))
    _, remarks = wsconform_reports.merge([one, few], tmp_path / "part")
    assert len(remarks) == 1 and "shard 2/2 missing" in remarks[0]


def test_profiles_stay_apart(made: Any, tmp_path: Path) -> None:
    parts = [made("one", run_of(small())), made("two", run_of(small()), profile="windows")]
    wsconform_reports.merge(parts, tmp_path / "merged")
    assert len(list((tmp_path / "merged").glob("*/results.json"))) == 2


def test_a_merged_report_can_be_merged_again(made: Any, tmp_path: Path) -> None:
    parts = [made("one", run_of(small()[:4])), made("two", run_of(small()[4:]))]
    wsconform_reports.merge(parts, tmp_path / "merged")
    wsconform_reports.merge([tmp_path / "merged"], tmp_path / "again")
    for name in ("index.html", "junit.xml", "summary.md", "wine/results.json", "wine/trace.txt"):
        if name != "index.html":  # says when it was made
            assert (tmp_path / "merged" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: f.write_text("{\n 1"), "results.json:2:2: Expecting"),
        (lambda f: f.write_text("{}"), "required"),
        (lambda f: f.write_text(f.read_text().replace('"conforms"', '"passed"', 1)), "passed"),
        (lambda f: f.unlink(), "No such file"),
        (lambda f: [f.unlink(), (f.parents[1] / "manifest.json").unlink()], "no results.json"),
        (lambda f: f.with_name("trace.txt").unlink(), "trace.txt"),
    ],
)  # fmt: skip
def test_what_is_no_report_is_refused(made: Any, tmp_path: Path, change: Any, says: str) -> None:
    one = made("one", run_of(small()))
    change(one / "wine" / "results.json")
    with pytest.raises(wsconform_reports.ReportError, match=says):
        wsconform_reports.merge([one], tmp_path / "merged")
    assert not (tmp_path / "merged").exists()
