"""Baselines: what they hold, and what a run beside one says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Wsconform, results

from wsconform import baseline, targets
from wsconform.errors import BadUsage


def record(id: str, verdict: str = "conforms", seen: str = "") -> dict[str, Any]:
    return {"id": id, "verdict": verdict, "signature": f"{id} #3 WSASend(…) = {seen}" if seen else ""}


def held(*lines: str, target: str = "wine") -> baseline.Baseline:
    return baseline.Baseline(Path("b"), target, "documented", frozenset(lines))


def test_each_record_is_compared() -> None:
    records = [record("a/same", "deviates", "0"), record("a/new", "hang", "hang"), record("a/other", "crash", "crash"),
               record("a/fixed"), record("a/unseen", "inconclusive"), record("a/well")]
    beside = held("a/same #3 WSASend(…) = 0", "a/other #3 WSASend(…) = 0", "a/fixed #1 recv(…) = timeout",
                  "a/unseen #1 x = y", "a/not run #1 x = y", "a/gone #1 x = y")
    compared = baseline.compare(records, [beside], {r["id"] for r in records} | {"a/not run"})
    assert [r["baseline"] for r in records] == ["same", "new", "new", "fixed", "none", "none"]
    assert (compared.same, compared.new, compared.changed) == (1, ["a/new", "a/other"], ["a/other"])
    assert (compared.fixed, compared.stale) == (["a/fixed"], ["a/gone #1 x = y"])
    assert not compared.strictly and baseline.compare([record("a/well")], [held()], {"a/well"}).strictly


def test_an_id_may_look_like_the_end_of_one() -> None:
    known = {"a/case", "a/case #3 of many"}
    assert baseline.case_of("a/case #3 of many #4 recv(…) = 0", known - {"a/case"}) == "a/case #3 of many"
    assert baseline.case_of("a/case #4 recv(…) = \" #3 \"", known) == "a/case"
    assert baseline.case_of("b/case #4 recv(…) = 0", known) == ""


def test_several_files_of_one_target_are_one(tmp_path: Path) -> None:
    records = [record("a/one", "deviates", "0"), record("a/two", "deviates", "1")]
    both = [held("a/one #3 WSASend(…) = 0"), held("a/two #3 WSASend(…) = 1")]
    assert baseline.compare(records, both, {"a/one", "a/two"}).same == 2


WINE = targets.Target("wine", "wine", "8.0", "x86_64")
HEAD = "# wsconform baseline of wine, profile documented\n"


@pytest.mark.parametrize(("content", "message"), [
    (HEAD + "\n# a remark\nno signature\n", ":4:1: no signature"), (b"\xff", ":1:1: no baseline: not UTF-8"), (None, ":1:1: "),
    (HEAD.replace("documented", "windows"), "profile windows"), (HEAD.replace("wine", "other"), "baseline of other"),
])
def test_files_that_do_not_fit_are_refused(tmp_path: Path, content: str | bytes | None, message: str) -> None:
    path = tmp_path / "b"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadUsage) as refused:
        baseline.chosen([path], [WINE], "documented")
    assert str(refused.value).startswith(str(path)) and message in str(refused.value)


def test_a_file_without_a_head_is_for_every_winsock(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("a/one #3 WSASend(…) = 0\n", "utf-8")
    found = baseline.chosen([tmp_path / "b"], [WINE, targets.model("1")], "documented")
    assert [len(found[name]) for name in ("wine", "model")] == [1, 0]


def test_a_file_of_the_wine_without_the_provider_is_for_the_provider_too(tmp_path: Path) -> None:
    (tmp_path / "b").write_text(HEAD + "a/one #3 WSASend(…) = 0\n", "utf-8")
    shim = replace(WINE, name="wine-shim", provider=Path("shim.dll"), plain="wine")
    assert len(baseline.chosen([tmp_path / "b"], [shim], "documented")["wine-shim"]) == 1
    with pytest.raises(BadUsage):
        baseline.chosen([tmp_path / "b"], [replace(shim, plain="other")], "documented")


def doc(name: str, *cases: dict[str, Any], kind: str = "wine") -> tuple[str, dict[str, Any]]:
    target = {"name": name, "kind": kind, "version": "8.0", "arch": "x86_64", "provider": None}
    return name, {"target": target, "profile": "documented", "cases": list(cases)}


def test_update_keeps_what_the_run_did_not_have(tmp_path: Path) -> None:
    path = tmp_path / "b"
    path.write_text(HEAD + "a/fixed #1 x = y\na/gone #1 x = y\na/not run #1 x = y\n", "utf-8")
    run = doc("wine", record("a/fixed"), record("a/now", "deviates", "0")), doc("model", kind="model")
    said = baseline.update(path, run, None, {"a/fixed", "a/now", "a/not run"})
    assert path.read_text("utf-8") == HEAD + "a/not run #1 x = y\na/now #3 WSASend(…) = 0\n"
    assert "2 known deviations of wine (1 new, 2 gone)" in said
    assert [p.name for p in tmp_path.iterdir()] == ["b"]


def test_update_wants_one_target(tmp_path: Path) -> None:
    two = doc("wine", record("a/x", "deviates", "0")), doc("other")
    with pytest.raises(BadUsage, match="--target"):
        baseline.update(tmp_path / "b", two, None, set())
    with pytest.raises(BadUsage, match="--target"):
        baseline.update(tmp_path / "b", two, "third", set())
    baseline.update(tmp_path / "b", two, "wine", {"a/x"})
    assert baseline.read(tmp_path / "b").signatures == {"a/x #3 WSASend(…) = 0"}


def test_a_run_beside_its_baseline(wsconform: Wsconform, good: Path, tmp_path: Path, warm_prefix: Path,
                                   provider: Callable[[str], Path]) -> None:
    """On a DLL with a planted fault: known, then new, then fixed."""
    def run(name: str, *more: str | Path) -> int:
        return wsconform("run", "--target", "wine", "--provider", provider(name), "--cases", good, "--out", name,
                         *more).status

    def compared(name: str) -> list[str]:
        return [case["baseline"] for case in results(tmp_path / name)["cases"]]

    assert run("miscounts") == 1
    assert wsconform("baseline", "update", "known", "miscounts").status == 0
    assert run("miscounts", "--baseline", "known", "--strict") == 0
    assert compared("miscounts") == ["none", "same", "none"]
    assert 'type="baseline"' in (tmp_path / "miscounts" / "junit.xml").read_text()
    line = baseline.read(tmp_path / "known").signatures
    (tmp_path / "known").write_text("\n".join(line) + "\n", "utf-8")  # for any target
    assert run("garbles", "--baseline", "known") == 1, "the same case deviates otherwise"
    assert compared("garbles") == ["none", "new", "none"]
    assert run("honest", "--baseline", "known") == 0
    assert compared("honest") == ["none", "fixed", "none"]
    assert run("honest", "--baseline", "known", "--strict") == 1


def test_strict_goes_with_a_baseline(wsconform: Wsconform, good: Path) -> None:
    ended = wsconform("run", "--target", "model", "--cases", good, "--strict")
    assert ended.status == 2 and "--baseline" in ended.err
