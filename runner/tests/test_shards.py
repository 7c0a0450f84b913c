"""Runs divided among machines (--shard) and among processes (-- -n), and made one again. No Wine is needed here."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from conftest import Wsconform, environment, living, results

from wsconform import places, shards
from wsconform.cases import Case, collect
from wsconform.faults import PLAIN, needs

MORE = '''table "sizes"
  clauses use.connection-oriented
  | n  |
  | 1  |
  | 12 |
  | 20 |
  | 21 |
  a, b = tcp()
  WSASend(a, [$n], &sent, 0, NULL, NULL) = 0 sent $n
'''


@pytest.fixture
def seven(good: Path, tmp_path: Path) -> Path:
    """A folder with two case files, of three and four cases, in an order that is none of names."""
    folder = tmp_path / "some"
    folder.mkdir()
    good.rename(folder / "good.case")
    (folder / "a-more.case").write_text(MORE)
    return folder


@pytest.fixture
def wrong(tmp_path: Path) -> dict[str, str]:
    """The environment of a model executor that answers one code wrongly, and its cases in another order than asked."""
    build = tmp_path / "build" / "model" / "judge"
    build.mkdir(parents=True)
    (build / "wsconform-judge").symlink_to(places.judge())
    (build / "wsconform-exec-model").write_text(f"""#!{sys.executable}
import re, subprocess, sys
said = subprocess.run([{str(places.model_executor())!r}, *sys.argv[1:]], stdout=subprocess.PIPE, text=True)
head, *cases = re.split(r"^(?=case )", said.stdout.replace("WSAESHUTDOWN", "WSAEACCES"), flags=re.M)
sys.stdout.write(head + "".join(reversed(cases)))
sys.exit(said.returncode)
""")
    (build / "wsconform-exec-model").chmod(0o755)
    return {"WSCONFORM_BUILD": str(tmp_path / "build")}


def timeless(folder: Path) -> dict[str, str]:
    """A report without what is times: seconds of results.json and junit.xml, stamps of the trace."""
    times = {"model/results.json": r'"seconds": [^,}\n]+', "junit.xml": r' time="[^"]+"', "model/trace.txt": r" ?@\d+(\+\d+)?$",
             "summary.md": "$^"}
    return {name: re.sub(time, "", (folder / name).read_text(), flags=re.M) for name, time in times.items()}


# --- the division ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tree() -> tuple[Case, ...]:
    return collect([places.CASES]).cases


@pytest.mark.parametrize("count", [1, 2, 3, 7, 64, 5000])
def test_every_case_is_in_one_shard(tree: tuple[Case, ...], count: int) -> None:
    shares = shards.divided(tree, count)
    assert len(shares) == count
    assert sorted(case.id for share in shares for case in share) == sorted(case.id for case in tree)
    place = {case.id: n for n, case in enumerate(tree)}
    for share in shares:
        assert [place[case.id] for case in share] == sorted(place[case.id] for case in share)
    assert shares == shards.divided(tree, count), "again the same"


def test_shards_have_as_much_to_do(tree: tuple[Case, ...]) -> None:
    def load(share: list[Case]) -> float:
        return sum({PLAIN: 1.0, frozenset({"inject"}): 0.25}.get(needs(case), 2.5) for case in share)

    loads = [load(share) for share in shards.divided(tree, 4)]
    assert max(loads) - min(loads) <= 2.5, loads
    tables = [case.id.partition("[")[0] for case in shards.divided(tree, 4)[0]]
    longest = max(len(list(rows)) for _, rows in itertools.groupby(tables))
    widest = max(len(list(rows)) for _, rows in itertools.groupby(case.id.partition("[")[0] for case in tree))
    assert longest <= widest // 4 + 2, "the rows of a table are spread"


def test_a_site_is_made_where_there_is_enough_to_do(tree: tuple[Case, ...]) -> None:
    """Three cases with a network of their own do not make three shards set up a network."""
    few = [case for case in tree if "netns" in needs(case)][:3] + [case for case in tree if not needs(case)][:30]
    shares = shards.divided(few, 3)
    assert sorted(sum(bool(needs(case)) for case in share) for share in shares) == [0, 0, 3]
    assert max(map(len, shares)) - min(map(len, shares)) <= 8


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/0", "a/b", "1/3/3", "-1/3", "1.5/3", "", "/", "²/3"])
def test_what_is_no_shard(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="no shard: it looks like 1/3"):
        shards.shard(text)


# --- shards ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 3, 9])
def test_shards_make_the_whole(wsconform: Wsconform, seven: Path, tmp_path: Path, wrong: dict[str, str], count: int) -> None:
    """Byte for byte, in whatever order they come, with deviations and more shards than cases. The planted fault: an executor
    that answers in another order than it was asked."""
    run = ["run", "--target", "model", "--cases", seven]
    assert wsconform(*run, "--out", "whole", **wrong).status == 1
    numbers = []
    for n in range(1, count + 1):
        ended = wsconform(*run, "--shard", f"{n}/{count}", "--out", f"part{n}", **wrong)
        part = results(tmp_path / f"part{n}")
        assert part["shards"]["have"] == [n] and part["shards"]["count"] == count and part["shards"]["cases"] == 7
        deviates = any(case["verdict"] == "deviates" for case in part["cases"])
        assert ended.status == deviates, ended.text
        numbers.append(len(part["cases"]))
    assert sum(numbers) == 7 and max(numbers) - min(numbers) <= 1
    ended = wsconform("report", *(f"part{n}" for n in range(count, 0, -1)), "--cases", seven, "--out", "merged")
    assert (ended.status, ended.err) == (0, ""), ended.text
    assert timeless(tmp_path / "merged") == timeless(tmp_path / "whole")
    ended = wsconform("report", *(f"part{n}" for n in range(1, count + 1)), "--out", "blind")
    assert timeless(tmp_path / "blind")["model/results.json"] == timeless(tmp_path / "whole")["model/results.json"], \
        "where the cases are not known, too"


def test_the_choice_of_cases_comes_first(wsconform: Wsconform, seven: Path, tmp_path: Path) -> None:
    chosen = []
    for n in ("1/2", "2/2"):
        ended = wsconform("run", "--target", "model", "--cases", seven, "-k", "sizes", "--shard", n, "--repeat", "2", "--out", "out")
        assert ended.status == 0 and f"shard {n}: 2 of 4 cases" in ended.out, ended.text
        chosen += [case["id"] for case in results(tmp_path / "out")["cases"]]
    assert sorted(chosen) == sorted(f"a-more/sizes[{n}]" for n in (1, 12, 20, 21))
    ended = wsconform("run", "--target", "model", "--cases", seven, "-k", "nothing-like-it", "--shard", "1/2", "--out", "out")
    assert ended.status == 2 and "no case matches" in ended.err


def test_an_empty_shard_is_a_report(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    ended = wsconform("run", "--target", "model", "--cases", good, "--shard", "7/7", "--out", "out")
    assert ended.status == 0, ended.text
    assert results(tmp_path / "out")["cases"] == [] and "shard 7/7: 0 of 3 cases" in ended.out
    assert 'tests="0"' in (tmp_path / "out" / "junit.xml").read_text()


def test_the_environment_names_a_shard(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    """As Bazel does: from 0, and with a file to touch. --shard wins."""
    run = ["run", "--target", "model", "--cases", good, "--out", "out"]
    of = {"TEST_SHARD_INDEX": "2", "TEST_TOTAL_SHARDS": "3"}
    assert wsconform(*run, **of, TEST_SHARD_STATUS_FILE=str(tmp_path / "status")).status == 0
    assert results(tmp_path / "out")["shards"]["have"] == [3] and (tmp_path / "status").exists()
    assert wsconform(*run, "--shard", "1/2", **of).status == 0
    assert results(tmp_path / "out")["shards"] | {"places": 0, "selection": 0} == {
        "count": 2, "have": [1], "cases": 3, "selection": 0, "baseline": None, "places": 0}
    assert wsconform(*run, TEST_SHARD_INDEX="0", TEST_TOTAL_SHARDS="1").status == 0
    assert "shards" not in results(tmp_path / "out")


@pytest.mark.parametrize("of", [{"TEST_SHARD_INDEX": "3"}, {"TEST_TOTAL_SHARDS": "3"},
                                {"TEST_SHARD_INDEX": "3", "TEST_TOTAL_SHARDS": "3"},
                                {"TEST_SHARD_INDEX": "one", "TEST_TOTAL_SHARDS": "3"}])
def test_an_environment_that_makes_no_sense(wsconform: Wsconform, good: Path, of: dict[str, str]) -> None:
    ended = wsconform("run", "--target", "model", "--cases", good, "--out", "out", **of)
    assert ended.status == 2 and "TEST_SHARD_INDEX" in ended.err and "TEST_TOTAL_SHARDS" in ended.err


def test_a_status_file_that_cannot_be_touched(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    ended = wsconform("run", "--target", "model", "--cases", good, "--out", "out",
                      TEST_SHARD_STATUS_FILE=str(tmp_path / "missing" / "file"))
    assert ended.status == 3 and "TEST_SHARD_STATUS_FILE" in ended.err and "No such file" in ended.err


def test_what_a_test_runner_wants(wsconform: Wsconform, good: Path, tmp_path: Path, wrong: dict[str, str]) -> None:
    """junit.xml where it says; a file that is there while cases run, and gone when the run has ended, well or not."""
    running, xml = tmp_path / "running", tmp_path / "test.xml"
    executor = tmp_path / "build" / "model" / "judge" / "wsconform-exec-model"
    executor.write_text(executor.read_text().replace("import", f"open({str(tmp_path / 'seen')!r}, 'w').write(str(__import__('os')"
                                                     f".path.exists({str(running)!r})))\nimport", 1))
    run = ["run", "--target", "model", "--cases", good, "--out", "out"]
    asked = {**wrong, "TEST_PREMATURE_EXIT_FILE": str(running), "XML_OUTPUT_FILE": str(xml)}
    assert wsconform(*run, **asked).status == 1
    assert (tmp_path / "seen").read_text() == "True" and not running.exists()
    assert xml.read_text("utf-8") == (tmp_path / "out" / "junit.xml").read_text("utf-8")
    assert wsconform(*run, "-k", "nothing-like-it", **asked).status == 2 and not running.exists()
    ended = wsconform(*run, **asked | {"XML_OUTPUT_FILE": str(tmp_path / "missing" / "xml")})
    assert ended.status == 3 and "XML_OUTPUT_FILE" in ended.err and "No such file" in ended.err


def test_a_baseline_beside_shards(wsconform: Wsconform, seven: Path, tmp_path: Path, wrong: dict[str, str]) -> None:
    """What is known of the cases of other shards is neither fixed nor stale; a line of no case is stale in each."""
    run = ["run", "--target", "model", "--cases", seven]
    assert wsconform(*run, "--out", "whole", **wrong).status == 1
    assert wsconform("baseline", "update", "known.txt", "whole", "--target", "model").status == 0
    known = ["--baseline", "known.txt", "--strict"]
    for n in ("1/2", "2/2"):
        ended = wsconform(*run, *known, "--shard", n, "--out", f"part{n[0]}", **wrong)
        assert ended.status == 0 and "0 new" in ended.out and "0 fixed, 0 stale" in ended.out, ended.text
    ended = wsconform("report", "part1", "part2", "--cases", seven, "--out", "merged")
    assert wsconform(*run, *known, "--out", "whole", **wrong).status == 0
    assert ended.err == "" and timeless(tmp_path / "merged") == timeless(tmp_path / "whole")
    with (tmp_path / "known.txt").open("a") as file:
        file.write("some/case #3 WSASend(s) = 0 sent 10\n")
    assert wsconform(*run, *known, "--shard", "2/2", "--out", "part2", **wrong).status == 1
    ended = wsconform("report", "part1", "part2", "--out", "merged")
    assert ended.status == 0 and "compared with different baselines" in ended.err


def test_what_does_not_belong_together(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    """Missing shards, shards that come twice, of another choice, another number, another profile: each is said."""
    run = ["run", "--target", "model", "--cases", good]
    for name, *options in (("one", "--shard", "1/3"), ("two", "--shard", "2/3"), ("other", "-k", "not small", "--shard", "3/3"),
                           ("of-two", "--shard", "2/2"), ("windows", "--profile", "windows", "--shard", "3/3")):
        assert wsconform(*run, *options, "--out", name).status == 0
    ended = wsconform("report", "one", "two", "--out", "merged")
    assert ended.status == 0 and "model: shard 3/3 missing: 2 of 3 cases are here" in ended.err
    assert "shard 3/3 missing" in (tmp_path / "merged" / "summary.md").read_text()
    assert "shard 3/3 missing" in (tmp_path / "merged" / "index.html").read_text()
    ended = wsconform("report", "merged", "one", "--out", "again")
    assert "shard 1/3 is there twice, in merged and one" in ended.err, ended.text
    ended = wsconform("report", "one", "one", "two", "--out", "again")
    assert ended.status == 0 and "counts once" in ended.err and "twice" not in ended.err
    ended = wsconform("report", "one", "other", "--out", "bad")
    assert ended.status == 2 and "one and other are shards of different runs of model: the choice of cases" in ended.err
    ended = wsconform("report", "one", "of-two", "--out", "bad")
    assert ended.status == 2 and "the number of shards is not the same: 3 and 2" in ended.err
    assert not (tmp_path / "bad" / "index.html").exists()
    ended = wsconform("report", "one", "two", "windows", "--out", "mixed")
    assert "windows has shards with profile windows instead of documented" in ended.err, ended.err
    (tmp_path / "file").write_text("")
    ended = wsconform("report", "one", "--out", "file/out")
    assert ended.status == 2 and "file/out" in ended.err


# --- workers -----------------------------------------------------------------------------------------------


def test_workers_make_the_same(wsconform: Wsconform, seven: Path, tmp_path: Path, wrong: dict[str, str]) -> None:
    """With deviations, a shard and a baseline; exit statuses and what is printed at the end are those of a run without -n."""
    run = ["run", "--target", "model", "--cases", seven]
    alone = wsconform(*run, "--out", "alone", "--", "-q", **wrong)
    beside = wsconform(*run, "--out", "beside", "--", "-q", "-n", "2", **wrong)
    assert alone.status == beside.status == 1, beside.text
    assert timeless(tmp_path / "beside") == timeless(tmp_path / "alone")
    at_the_end = [re.sub(r" +\d+\.\d s$", "", ended.out[ended.out.rindex("\nmodel  "):], flags=re.M) for ended in (alone, beside)]
    assert at_the_end[0].replace("alone/", "") == at_the_end[1].replace("beside/", "")
    assert "good/shut down on model: deviates" in beside.out and "1 failed, 6 passed" in beside.out
    assert wsconform("baseline", "update", "known.txt", "alone", "--target", "model").status == 0
    known = ["--baseline", "known.txt", "--strict"]
    ended = wsconform(*run, *known, "--out", "known", "--", "-n", "3", **wrong)
    assert ended.status == 0 and "1 xfailed" in ended.out and "1 same, 0 new" in ended.out, ended.text
    for n in ("1/2", "2/2"):
        ended = wsconform(*run, "--shard", n, "--out", f"part{n[0]}", "--", "-n2", **wrong)
    assert wsconform("report", "part1", "part2", "--cases", seven, "--out", "merged").err == ""
    assert timeless(tmp_path / "merged") == timeless(tmp_path / "alone")


def test_more_workers_than_cases_and_none(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    run = ["run", "--target", "model", "--cases", good, "--out", "out"]
    ended = wsconform(*run, "--", "--numprocesses=5")
    assert ended.status == 0 and "3 passed" in ended.out and len(results(tmp_path / "out")["cases"]) == 3, ended.text
    ended = wsconform(*run, "--shard", "5/5", "--", "-n", "2")
    assert ended.status == 0 and results(tmp_path / "out")["cases"] == [], ended.text
    assert wsconform(*run, "-k", "nothing-like-it", "--", "-n", "2").status == 2
    assert wsconform(*run, "--", "-n", "0").status == 0 and len(results(tmp_path / "out")["cases"]) == 3
    ended = wsconform(*run, "--", "-n", "2", "-x")
    assert ended.status == 2 and "do not go with -n" in ended.text and "Traceback" not in ended.text


def test_repeats_in_workers(wsconform: Wsconform, good: Path, tmp_path: Path, wrong: dict[str, str]) -> None:
    executor = tmp_path / "build" / "model" / "judge" / "wsconform-exec-model"
    executor.write_text(executor.read_text().replace('"WSAEACCES"', f'''
    "WSAEACCES" if "WSAESHUTDOWN" in said.stdout and not __import__("os").path.exists({str(tmp_path / 'once')!r})
    and not open({str(tmp_path / 'once')!r}, "w").close() else "WSAESHUTDOWN"'''))
    ended = wsconform("run", "--target", "model", "--cases", good, "--repeat", "3", "--out", "out", "--", "-n", "2", **wrong)
    assert ended.status == 1, ended.text
    assert "good/shut down: conforms (2 times); deviates" in ended.out


def test_a_target_that_workers_cannot_run(wsconform: Wsconform, good: Path, tmp_path: Path, wrong: dict[str, str]) -> None:
    (tmp_path / "build" / "model" / "judge" / "wsconform-exec-model").write_text("#!/bin/sh\necho no licence >&2\nexit 3\n")
    ended = wsconform("run", "--target", "model", "--cases", good, "--out", "out", "--", "-n", "2", **wrong)
    assert ended.status == 3 and ended.err.count("no licence") == 1 and "Traceback" not in ended.text, ended.text


@contextmanager
def waiting(tmp_path: Path, **more: str) -> Iterator[subprocess.Popen[str]]:
    """A run with two workers whose executors never end, once both of them have begun. Nothing of it is left afterwards."""
    executor = tmp_path / "build" / "model" / "judge" / "wsconform-exec-model"
    executor.write_text(f"#!/bin/bash\ntouch {tmp_path}/started.$$\nsleep 1000 & wait\n")
    command = [sys.executable, "-m", "wsconform", "run", "--target", "model", "--cases", "good.case", "--out", "out", "--", "-n", "2"]
    process = subprocess.Popen(command, cwd=tmp_path, env=environment(MARKER=str(tmp_path), **more), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        end = time.monotonic() + 60
        while len(list(tmp_path.glob("started.*"))) < 2:
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.01)
        yield process
    finally:
        process.kill()
        process.communicate()
        for executor in tmp_path.glob("started.*"):
            with suppress(ProcessLookupError):
                os.killpg(int(executor.suffix[1:]), signal.SIGKILL)


@pytest.mark.parametrize("whom", ["group", "controller"])
def test_an_interrupted_run_with_workers_ends_everything(good: Path, tmp_path: Path, wrong: dict[str, str], whom: str) -> None:
    """A Ctrl-C comes to all processes of a terminal; a kill to one."""
    with waiting(tmp_path, **wrong) as process:
        if whom == "group":
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "interrupted" in err, err
    assert living(f"MARKER={tmp_path}") == []
    assert not (tmp_path / "out" / "index.html").exists()


def test_a_worker_that_dies(good: Path, tmp_path: Path, wrong: dict[str, str]) -> None:
    """Its cases have no verdict: that is no success, whatever the others say."""
    with waiting(tmp_path, **wrong) as process:
        workers = children(process.pid)
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 3 and len(workers) == 2, out + err
    assert "the worker gw0 ended early" in err and "the worker gw1 ended early" in err, err


def children(parent: int) -> list[int]:
    return [int(task) for path in Path(f"/proc/{parent}/task").glob("*/children") for task in path.read_text().split()]


def test_the_schema_knows_of_shards(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    import jsonschema  # type: ignore[import]

    assert wsconform("run", "--target", "model", "--cases", good, "--shard", "1/2", "--out", "out").status == 0
    doc = results(tmp_path / "out")
    schema = json.loads((places.TREE / "reports" / "results.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(doc)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate({**doc, "shards": {**doc["shards"], "count": 1}})
