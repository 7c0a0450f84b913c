"""Baselines: what they hold, and what a run beside one says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import wsconform_reports
from conftest import Wsconform, results

from wsconform import baseline, cases, places, targets
from wsconform.errors import BadUsage, TargetError
from wsconform.verdicts import UNEXPECTED


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


def test_lines_may_be_indented(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("# any\n  a/b #3 WSASend(…) = 0\n\t# a comment\n", "utf-8")
    assert baseline.read(tmp_path / "b.txt").signatures == {"a/b #3 WSASend(…) = 0"}


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
    """Cases that were not chosen, or could not be set up. Those that are gone go with a run of all."""
    path = tmp_path / "b"
    path.write_text(HEAD + "a/fixed #1 x = y\na/gone #1 x = y\na/not run #1 x = y\na/unseen #1 x = y\n", "utf-8")
    ran = [record("a/fixed"), record("a/now", "deviates", "0"), record("a/unseen", "unsupported")]
    ids = {"a/fixed", "a/now", "a/unseen"}
    said = baseline.update(path, [doc("wine", *ran), doc("model", kind="model")], None, {*ids, "a/not run"})
    assert path.read_text("utf-8") == (HEAD + "a/gone #1 x = y\na/not run #1 x = y\na/now #3 WSASend(…) = 0\na/unseen #1 x = y\n")
    assert "4 known deviations of wine (1 new, 1 gone; 1 of cases that are not here stays" in said
    said = baseline.update(path, [doc("wine", *ran, record("a/not run"))], None, {*ids, "a/not run"})
    assert path.read_text("utf-8") == HEAD + "a/now #3 WSASend(…) = 0\na/unseen #1 x = y\n" and "0 new, 2 gone)" in said
    assert [p.name for p in tmp_path.iterdir()] == ["b"]


def test_update_keeps_comments(tmp_path: Path) -> None:
    path = tmp_path / "b"
    path.write_text(HEAD + "# ours\n\n# bug 1\n# and 2\na/x #3 WSASend(…) = 0\n# bug 3\na/y #3 WSASend(…) = 0\n# the end\n", "utf-8")
    run = [doc("wine", record("a/a", "deviates", "0"), record("a/x", "deviates", "0"), record("a/y"))]
    for _ in range(2):
        baseline.update(path, run, None, {"a/a", "a/x", "a/y"})
        assert path.read_text("utf-8") == (HEAD + "# ours\n# the end\n\na/a #3 WSASend(…) = 0\n# bug 1\n# and 2\na/x #3 WSASend(…) = 0\n")


def test_update_of_what_is_something_else(tmp_path: Path) -> None:
    """A baseline of another target, unless that is wanted; what is no file."""
    path = tmp_path / "b"
    path.write_text(HEAD.replace("wine", "wine-7.0-x86_64") + "a/x #3 WSASend(…) = 0\n", "utf-8")
    run = [doc("mine", record("a/x", "deviates", "0"))]
    with pytest.raises(BadUsage, match="b:1:1: it is the baseline of wine-7.0-x86_64, and the results are of mine: .* --as mine "):
        baseline.update(path, run, None, {"a/x"})
    baseline.update(path, run, None, {"a/x"}, "wine-8.0-x86_64")
    (tmp_path / "link").symlink_to(path)
    baseline.update(tmp_path / "link", run, None, {"a/x"})
    assert baseline.read(path).target == "wine-8.0-x86_64" and (tmp_path / "link").is_symlink()
    path.write_text("a/x #3 WSASend(…) = 0\n", "utf-8")
    baseline.update(path, run, None, {"a/x"})
    assert path.read_text("utf-8") == "a/x #3 WSASend(…) = 0\n", "it is still for every Winsock"
    path.write_text(HEAD.replace("wine", "mine").replace("documented", "windows"), "utf-8")
    with pytest.raises(BadUsage, match="b:1:1: it is of the profile windows, the results of documented"):
        baseline.update(path, run, None, {"a/x"})
    for special in (tmp_path, Path("/dev/zero")):  # of which there is no end
        with pytest.raises(BadUsage, match=f"{special}:1:1: "):
            baseline.update(special, run, None, {"a/x"})


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


# --- targets and files ------------------------------------------------------------------------------------------------


def test_each_file_goes_to_its_target_by_its_name_or_by_what_it_is(tmp_path: Path) -> None:
    mine = targets.Target("mine", "wine", "8.0", "x86_64")
    old = targets.Target("old", "wine", "5.0.3", "x86_64")
    for name, of in (("a", "mine"), ("b", "wine-5.0.3-x86_64"), ("c", "wine-8.0-x86_64")):
        (tmp_path / f"{name}.txt").write_text(HEAD.replace("of wine", f"of {of}") + f"{name} #1 x = y\n", "utf-8")
    found = baseline.chosen([tmp_path / "b.txt", tmp_path / "a.txt"], [mine, old, targets.model("1")], "documented")
    assert {name: [b.path.stem for b in files] for name, files in found.items()} == {"mine": ["a"], "old": ["b"], "model": []}
    found = baseline.chosen([tmp_path], [mine, old], "documented")
    assert {name: [b.path.stem for b in files] for name, files in found.items()} == {"mine": ["a", "c"], "old": ["b"]}


def test_a_folder_without_a_file_for_a_target_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text(HEAD.replace("documented", "windows"), "utf-8")
    assert baseline.chosen([tmp_path], [WINE, targets.model("1")], "documented") == {"wine": [], "model": []}
    said = capsys.readouterr().err
    assert "holds no baseline of wine (wine-8.0-x86_64), profile documented" in said and "model" not in said


@pytest.mark.parametrize("content", [
    HEAD + "a/one #3 x = y\na/one #3 x = y\n", HEAD.replace("\n", "\r\n") + "a/one #3 x = y\r\n",
    "\ufeff" + HEAD + "a/one #3 x = y", HEAD + "# why\n\n  \na/one #3 x = y  \n"])
def test_what_editors_and_merges_do_to_a_file_does_not_matter(tmp_path: Path, content: str) -> None:
    (tmp_path / "b").write_bytes(content.encode())
    read = baseline.read(tmp_path / "b")
    assert (read.target, read.profile, read.signatures) == ("wine", "documented", {"a/one #3 x = y"})


@pytest.mark.parametrize(("content", "message"), [
    ("# wsconform baseline of wine\n", ":1:1: no first line of a baseline"),
    (HEAD + "<<<<<<< mine\na/one #3 x = y\n=======\n", ":2:1: no signature"),
    (HEAD.encode() + b"a/one #3 x = y\n\x80\x81", ":3:1: no baseline: not UTF-8"),
])
def test_a_damaged_file_is_refused_with_its_place(tmp_path: Path, content: str | bytes, message: str) -> None:
    (tmp_path / "b").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadUsage) as refused:
        baseline.read(tmp_path / "b")
    assert str(refused.value).startswith(f"{tmp_path / 'b'}{message}")


def test_a_target_that_deviates_now_so_now_otherwise(tmp_path: Path) -> None:
    for seen in ("0", "1"):
        baseline.update(tmp_path / "b", [doc("wine", record("a/x", "deviates", seen))], None, {"a/x"}, add=True)
    assert baseline.read(tmp_path / "b").signatures == {"a/x #3 WSASend(…) = 0", "a/x #3 WSASend(…) = 1"}
    baseline.update(tmp_path / "b", [doc("wine", record("a/x"))], None, {"a/x"}, add=True)
    assert len(baseline.read(tmp_path / "b").signatures) == 2
    baseline.update(tmp_path / "b", [doc("wine", record("a/x"))], None, {"a/x"})
    assert not baseline.read(tmp_path / "b").signatures


def test_what_a_file_is_of(tmp_path: Path) -> None:
    run = [doc("mine", record("a/x", "deviates", "0"))]
    baseline.update(tmp_path / "b", run, None, {"a/x"}, "wine-8.0-x86_64")
    assert baseline.read(tmp_path / "b").target == "wine-8.0-x86_64"
    with pytest.raises(BadUsage, match="--as other: the results are of mine, which is wine-8.0-x86_64"):
        baseline.update(tmp_path / "b", run, None, {"a/x"}, "other")


def test_a_name_that_the_system_refuses(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    """No question about such a file has an answer: as where one may not look."""
    name = tmp_path / ("x" * 300)
    with pytest.raises(BadUsage, match=":1:1: cannot be read: File name too long"):
        baseline.chosen([name], [WINE], "documented")
    with pytest.raises(TargetError, match="File name too long"):
        baseline.update(name, [doc("wine")], None, set())
    ended = wsconform("run", "--target", "model", "--cases", name)
    assert ended.status in (2, 3) and "File name too long" in ended.err and "Traceback" not in ended.err, ended.err


# --- signatures -------------------------------------------------------------------------------------------------------

PLAIN = '''\
case "small send"
  clauses use.connection-oriented
  a, b = tcp()
  WSASend(a, [7], &sent, 0, NULL, NULL) = 0 sent 7
  recv(b, 7) = 1[0..7]

table "sizes"
  clauses use.connection-oriented
  | size | done        | got          |
  | 1    | 0 sent 1    | 1[0..1]      |
  | 4096 | 0 sent 4096 | 1[0..4096]   |
  | 64   | 0 sent 64   | 1[0..64]     |
  a, b = tcp()
  WSASend(a, [$size], &sent, 0, NULL, NULL) = $done
  recv(b, $size) = $got

case "on a thread"
  clauses use.connection-oriented
  a, b = tcp()
  thread t1
  t1: WSASend(a, [5], &sent, 0, NULL, NULL) = 0 sent 5
'''
OTHERWISE = '''\
# The same, in another order and another hand.
case "on a thread"    clauses use.connection-oriented
    a,b = tcp()       # both ends
    thread   t1

    t1: WSASend( a, [ 5 ], &sent,
                 0, NULL,
                 NULL ) = 0   sent 5
end

table "sizes" clauses use.connection-oriented
  | size | got | done |
  | 64 | 1[0..64] | 0 sent 64 |
  | 1 | 1[0..1] | 0 sent 1 |
  | 4096 | 1[0..4096] | 0 sent 4096 |
      a, b = tcp()
      # a remark between two calls
      WSASend(a, [$size], &sent, 0, NULL,
              NULL) = $done
      recv(b, $size) = $got


case "small send"
  because "of this"
  clauses use.connection-oriented
  a, b = tcp()
  WSASend(a, [7], &sent, 0, NULL, NULL) = 0 sent 7
  recv(b, 7) = 1[0..7]
'''


def off_by_one(wsconform: Wsconform, folder: Path, name: str) -> None:
    """Targets whose sends say one byte less than the model's did: NAME/trace.txt, as recorded elsewhere."""
    assert wsconform("run", "--target", "model", "--cases", folder / "cases.case", "--out", folder / "out").status == 0
    text = (folder / "out" / "model" / "trace.txt").read_text("utf-8")
    text = re.sub(r"= 0 sent (\d+)", lambda match: f"= 0 sent {int(match[1]) - 1}", text)
    text = re.sub(r"(?m)^target .*", f'target "{name}" kind "windows" version "1" arch "x86_64"', text)
    (folder / "trace.txt").write_text(text, "utf-8")
    (folder / "t.toml").write_text(f'[{name}]\ntrace = "trace.txt"\n')


def test_signatures_survive_another_order_and_another_hand(wsconform: Wsconform, tmp_path: Path) -> None:
    found = []
    for name, text in (("plain", PLAIN), ("otherwise", OTHERWISE)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "cases.case").write_text(text, "utf-8")
        off_by_one(wsconform, folder, "odd")
        run = ("run", "--targets", folder / "t.toml", "--target", "odd", "--cases", folder / "cases.case", "--out", folder / "out")
        assert wsconform(*run).status == 1
        assert wsconform("baseline", "update", folder / "known", folder / "out").status == 0
        found.append((folder / "known").read_text("utf-8"))
        ended = wsconform(*run, "--baseline", tmp_path / "plain" / "known", "--strict")
        assert ended.status == 0 and "5 same, 0 new" in ended.out, ended.text
    assert found[0] == found[1] and found[0].count("\n") == 6


def test_several_targets_and_their_files(wsconform: Wsconform, tmp_path: Path) -> None:
    """One target's line is not another's; a line too many is fixed or stale."""
    (tmp_path / "cases.case").write_text(PLAIN, "utf-8")
    off_by_one(wsconform, tmp_path, "odd")
    (tmp_path / "even.txt").write_text(re.sub("odd", "even", (tmp_path / "trace.txt").read_text("utf-8")), "utf-8")
    (tmp_path / "t.toml").write_text('[odd]\ntrace = "trace.txt"\n[even]\ntrace = "even.txt"\n')

    def run(*more: str) -> tuple[int, str]:
        ended = wsconform("run", "--targets", "t.toml", "--target", "odd", "--target", "even", "--cases", "cases.case", "--out", "out", *more)
        return ended.status, ended.out

    assert run()[0] == 1
    assert wsconform("baseline", "update", "k", "out").status == 2, "of one target only"
    for name in ("odd", "even"):
        assert wsconform("baseline", "update", f"k-{name}", "out", "--target", name).status == 0
    assert run("--baseline", "k-odd")[0] == 1, "of the other nothing is known"
    assert run("--baseline", "k-even", "--baseline", "k-odd", "--strict")[0] == 0
    known = (tmp_path / "k-odd").read_text("utf-8")
    (tmp_path / "k-odd").write_text(known + "cases/gone #3 x = y\n", "utf-8")
    both = ("--baseline", "k-even", "--baseline", "k-odd")
    status, said = run(*both)
    assert status == 0 and re.search(r"odd, beside its baseline: 5 same, 0 new .*, 0 fixed, 1 stale", said), said
    assert "stale  cases/gone #3 x = y" in said
    assert run(*both, "--strict")[0] == 1
    (tmp_path / "k-odd").write_text("\n".join(line for line in known.splitlines() if "[64]" not in line) + "\n", "utf-8")
    status, said = run(*both)
    assert status == 1 and "4 same, 1 new" in said and "5 same, 0 new" in said, said
    (tmp_path / "k-odd").write_text("", "utf-8")
    status, said = run("--baseline", "k-even", "--baseline", "k-odd")
    assert status == 1 and "0 same, 5 new" in said, "an empty file knows nothing"


# --- what is shipped --------------------------------------------------------------------------------------------------

SHIPPED = sorted((places.TREE / "reports" / "baselines").glob("*.txt"))


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_a_shipped_baseline_is_of_cases_that_there_are(path: Path) -> None:
    """If not: reports/wines/make.sh makes them anew."""
    known = {case["id"] for case in cases.known()}
    assert known
    shipped = baseline.read(path)
    assert (shipped.target, shipped.profile) == (path.stem, "documented")
    assert [line for line in shipped.signatures if not baseline.case_of(line, known)] == []


def test_the_shipped_results_and_baselines_are_of_the_same_run() -> None:
    found = wsconform_reports.stored([places.TREE / "reports" / "wines"], case_list=cases.known())
    assert len(found) == len(SHIPPED) >= 4
    for _, doc in found:
        shipped = baseline.read(places.TREE / "reports" / "baselines" / f"{targets.identity_of(doc['target'])}.txt")
        seen = {case["signature"] for case in doc["cases"] if case["verdict"] in UNEXPECTED}
        assert seen and seen <= shipped.signatures  # which is of several runs, as a Wine may deviate now so, now otherwise
