"""The command line on the model target: options, exit statuses, selection, output. No Wine is needed here."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import Wsconform, environment, judge, living, results, verdicts


def test_run_writes_everything_and_says_where(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    ended = wsconform("run", "--target", "model", "--cases", good, "--out", "out")
    assert ended.status == 0, ended.text
    assert "Report: out/index.html" in ended.out
    assert "3 conforms" in ended.out
    written = {str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert written == {"index.html", "junit.xml", "summary.md", "manifest.json", "model/results.json", "model/trace.txt"}
    found = results(tmp_path / "out")
    assert found["profile"] == "documented" and found["target"]["kind"] == "model"
    assert [c["verdict"] for c in found["cases"]] == ["conforms"] * 3


def test_check_of_the_trace_gives_the_verdicts_of_the_run(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    wsconform("run", "--target", "model", "--cases", good, "--out", "out")
    trace = tmp_path / "out" / "model" / "trace.txt"
    ended = wsconform("check", "--json", trace)
    assert ended.status == 0
    records = [json.loads(line) for line in ended.out.splitlines()]
    of_check = {r["id"]: (r["verdict"], r["signature"]) for r in records if "id" in r}
    of_run = {c["id"]: (c["verdict"], c["signature"]) for c in results(tmp_path / "out")["cases"]}
    assert of_check == of_run and len(of_run) == 3
    again = wsconform("check", trace, "--out", "again")
    assert again.status == 0, again.text
    assert verdicts(tmp_path / "again") == verdicts(tmp_path / "out")
    assert wsconform("check", "-", stdin=trace.read_text()).status == 0


def test_an_altered_trace_line_deviates(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    wsconform("run", "--target", "model", "--cases", good, "--out", "out")
    trace = tmp_path / "out" / "model" / "trace.txt"
    text = trace.read_text()
    assert text.count("SOCKET_ERROR WSAESHUTDOWN") == 1
    (tmp_path / "altered").write_text(text.replace("SOCKET_ERROR WSAESHUTDOWN", "SOCKET_ERROR WSAEACCES"))
    ended = wsconform("check", "altered", "--out", "out2")
    assert ended.status == 1
    assert "err.shutdown.sd-send" in ended.out and "WSAEACCES" in ended.out
    assert verdicts(tmp_path / "out2") == {"good/shut down": "deviates", "good/small send": "conforms",
                                           "good/after it": "conforms"}


def test_a_truncated_trace_is_judged_up_to_where_it_ends(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    wsconform("run", "--target", "model", "--cases", good, "--out", "out", "-j", "1")
    lines = (tmp_path / "out" / "model" / "trace.txt").read_text().splitlines(keepends=True)
    ends = [n for n, line in enumerate(lines) if line.startswith("end")]
    (tmp_path / "cut").write_text("".join(lines[:ends[1] + 3]))
    ended = wsconform("check", "--json", "cut")
    assert ended.status == 2
    assert f"cut:{ends[1] + 4}:" in ended.err or f"cut:{ends[1] + 3}:" in ended.err
    records = [json.loads(line) for line in ended.out.splitlines()]
    assert sum("id" in r for r in records) == 2, "what was whole is judged"
    ended = wsconform("check", "cut", "--out", "cut-out")
    assert ended.status == 2 and len(verdicts(tmp_path / "cut-out")) == 2


def test_a_changed_expectation_is_found(wsconform: Wsconform, good: Path) -> None:
    assert wsconform("check", good).status == 0
    text = good.read_text()
    good.write_text(text.replace("SOCKET_ERROR WSAESHUTDOWN", "SOCKET_ERROR WSAEISCONN"))
    ended = wsconform("check", good)
    assert ended.status == 1
    assert "WSAESHUTDOWN" in ended.text and "WSAEISCONN" in ended.text
    good.write_text(text.replace("= 0 sent 7", "= 0 sent 7 or SOCKET_ERROR WSAEFAULT"))
    assert wsconform("check", good).status == 1, "a set that is too wide"


def test_a_bad_case_file_is_named_and_nothing_is_lost(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    assert wsconform("run", "--target", "model", "--cases", good, "--out", "out").status == 0
    before = {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    bad = tmp_path / "bad.case"
    bad.write_text('case "x"\n  clauses err.notconn\n  a, b = tcp(\n  WSASend(a [1]\n')
    ended = wsconform("run", "--target", "model", "--cases", good, "--cases", bad, "--out", "out")
    assert ended.status == 2
    assert f"{bad}:4:" in ended.err or f"{bad}:3:" in ended.err, ended.err
    assert before == {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}


@pytest.mark.parametrize("command", [["run", "--target", "model", "--cases"], ["check"]])
def test_a_clause_that_the_document_does_not_have(wsconform: Wsconform, good: Path, command: list[str]) -> None:
    good.write_text(good.read_text().replace("clauses ", "clauses err.notcon ", 1))
    ended = wsconform(*command, good)
    assert ended.status == 2
    assert re.search(r"good\.case:\d+:1: no clause err\.notcon; did you mean err\.notconn\?", ended.err), ended.err


def test_cases_are_chosen_by_id_table_file_and_expression(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    (tmp_path / "more.case").write_text('''table "sizes"
  clauses use.connection-oriented
  | n |
  | 1 |
  | 12 |
  a, b = tcp()
  WSASend(a, [$n], &sent, 0, NULL, NULL) = 0 sent $n
''')

    def chosen(*arguments: str) -> set[str]:
        ended = wsconform("run", "--target", "model", "--cases", tmp_path, "--out", "out", *arguments)
        assert ended.status == 0, ended.text
        return set(verdicts(tmp_path / "out"))

    assert chosen("good/small send") == {"good/small send"}
    assert chosen("more/sizes[1]") == {"more/sizes[1]"}
    assert chosen("more/sizes") == {"more/sizes[1]", "more/sizes[12]"}
    assert chosen("good") == {"good/shut down", "good/small send", "good/after it"}
    assert chosen("-k", "err.shutdown") == {"good/shut down"}
    assert chosen("-k", "small or sizes") == {"good/small send", "more/sizes[1]", "more/sizes[12]"}
    assert chosen("-k", "not good") == {"more/sizes[1]", "more/sizes[12]"}
    assert chosen("good/small send", "--", "-v") == {"good/small send"}


@pytest.mark.parametrize(("arguments", "message"), [
    (["run", "no/such"], "no case 'no/such'"),
    (["run", "good/smal send"], "did you mean 'good/small send'"),
    (["run", "godo"], "did you mean 'good'"),
    (["run", "good.case"], "no case 'good.case': for a file or folder it is  --cases good.case"),
    (["run", "-k", "nothing-like-it"], "no case matches"),
    (["run", "-k", "and and"], "-k"),
    (["run", "-j", "0"], "whole number"),
    (["run", "--repeat", "x"], "whole number"),
    (["run", "--limit", "5 parsecs"], "duration"),
    (["run", "--profile", "linux"], "linux"),
    (["run", "--arch", "arm"], "'arm' is none of"),
    (["run", "--target", "amiga"], "amiga"),
    (["run", "--baseline", "x"], "x:1:1: cannot be read"),
    (["run", "--provider", "missing.dll"], "needs a Wine"),
    (["run", "--", "--no-such-option"], "--no-such-option"),
    (["check", "missing"], "missing"),
    (["check"], "TRACE"),
    (["list", "cases", "--against", "x"], "--against"),
    (["list", "clauses", "--against", "missing"], "missing"),
    (["list", "clauses", "out"], "--coverage"),
    (["list", "cases", "--coverage"], "--coverage"),
    (["list", "clauses", "--coverage", "--against", "x"], "--against"),
    (["list", "clauses", "--coverage", "missing"], "missing: no such folder"),
    (["list", "clauses", "--coverage", "--json", "."], "no results.json"),
    (["check", "x", "--nonsense"], "--nonsense"),
    (["report", "."], "--out"),
    (["report", "--diff", "."], "two folders"),
    (["report", "--diff", ".", "missing"], "no results.json"),
    (["report", "missing", "--out", "x"], "missing"),
    (["frobnicate"], "frobnicate"),
])
def test_bad_usage(wsconform: Wsconform, good: Path, arguments: list[str], message: str) -> None:
    if arguments[0] == "run":
        at = arguments.index("--") if "--" in arguments else len(arguments)
        arguments[at:at] = ["--target", "model", "--cases", str(good), "--out", "out"]
    ended = wsconform(*arguments)
    assert ended.status == 2, ended.text
    assert message in ended.err


def test_no_cases_there(wsconform: Wsconform, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert wsconform("run", "--target", "model", "--cases", "empty").status == 2
    assert wsconform("run", "--target", "model", "--cases", "missing").status == 2


def test_an_output_folder_that_cannot_be_written_to(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = wsconform("run", "--target", "model", "--cases", good, "--out", "file/out")
    assert ended.status == 2
    assert "--out" in ended.err and "file/out" in ended.err


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for 64 KiB; without the right to mount one, none."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a small file system: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_costs_the_report_and_nothing_else(wsconform: Wsconform, good: Path, small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(48 * 1024))
    out = small_disk / "out"
    ended = wsconform("run", "--target", "model", "--cases", good, "--out", out)
    assert ended.status == 3
    assert "3 conforms" in ended.out, "the verdicts are not lost"
    assert f"cannot write the report to {out}: No space left on device" in ended.err
    assert [p for p in out.rglob("*") if p.is_file()] == [], "no half file"


def test_a_limit_on_the_size_of_files_is_like_a_full_disk(good: Path, tmp_path: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = subprocess.run([sys.executable, "-m", "wsconform", "run", "--target", "model", "--cases", good, "--out", "o"],
                          cwd=tmp_path, env=environment(PYTHONDONTWRITEBYTECODE="1"), preexec_fn=limit,
                          capture_output=True, text=True)
    assert done.returncode == 3
    assert "3 conforms" in done.stdout and "cannot write the report" in done.stderr
    assert [p for p in (tmp_path / "o").rglob("*") if p.is_file()] == []


def test_repeats_that_agree(wsconform: Wsconform, good: Path) -> None:
    assert wsconform("run", "--target", "model", "--cases", good, "--out", "out", "--repeat", "5").status == 0


def test_a_case_that_changes_between_repeats_is_unstable(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    """The planted fault: an executor for the model target that alters every third trace."""
    from wsconform import places

    build = tmp_path / "build"
    (build / "model" / "judge").mkdir(parents=True)
    (build / "model" / "judge" / "wsconform-judge").symlink_to(places.judge())
    fickle = build / "model" / "judge" / "wsconform-exec-model"
    fickle.write_text(f'''#!/bin/bash
echo >> {tmp_path}/count
if (($(wc -l < {tmp_path}/count) == 3)); then exec {places.model_executor()} "$@" | sed 's/WSAESHUTDOWN/WSAEACCES/'; fi
exec {places.model_executor()} "$@"
''')
    fickle.chmod(0o755)
    ended = wsconform("run", "--target", "model", "--cases", good, "--out", "out", "--repeat", "4",
                      WSCONFORM_BUILD=str(build))
    assert ended.status == 1, ended.text
    assert "not the same in 4 runs" in ended.out
    assert "good/shut down: conforms (3 times); deviates" in ended.out


def test_lists(wsconform: Wsconform, good: Path) -> None:
    clauses = json.loads(wsconform("list", "clauses", "--json").out)
    assert {"err.notconn", "flags.oob"} <= {clause["id"] for clause in clauses}
    assert "err.notconn" in wsconform("list", "clauses").out
    assert json.loads(wsconform("list", "questions", "--json").out)
    assert json.loads(wsconform("list", "facts", "--json").out)
    listed = json.loads(wsconform("list", "cases", "--json", "--cases", good).out)
    assert [case["id"] for case in listed] == ["good/shut down", "good/small send", "good/after it"]
    assert "model" in {t["name"] for t in json.loads(wsconform("list", "targets", "--json").out)}


def test_coverage_of_clauses(wsconform: Wsconform, good: Path) -> None:
    """Rules, cases, and the verdict of each target; folders may come before and after options."""
    assert wsconform("run", "--target", "model", "--cases", good, "--out", "out").status == 0
    ended = wsconform("list", "clauses", "--coverage", "--json", "--cases", good, "out")
    rows = {row["id"]: row for row in json.loads(ended.out)}
    shut = rows["err.shutdown.sd-send"]
    assert (shut["kind"], shut["rules"], shut["cases"]) == ("must", ["shutdown.sd-send"], ["good/shut down"])
    assert shut["verdicts"] == {"model": {"verdict": "conforms", "reason": None}}
    assert rows["err.intr"]["verdicts"]["model"]["verdict"] == "untested" and rows["err.intr"]["cases"] == []
    table = wsconform("list", "clauses", "out", "--coverage", "--cases", good).out
    (line,) = [line.split() for line in table.splitlines() if line.startswith("err.shutdown.sd-send ")]
    assert line == ["err.shutdown.sd-send", "must", "shutdown.sd-send", "1", "conforms"]


def test_a_folder_holds_the_report_of_one_run(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    assert wsconform("run", "--target", "model", "--cases", good, "--out", "out").status == 0
    (tmp_path / "out" / "model").rename(tmp_path / "out" / "earlier")
    (tmp_path / "out" / "manifest.json").write_text('{"schema": 1, "targets": ["earlier"]}')
    ended = wsconform("run", "--target", "model", "--cases", good, "--out", "out")
    assert ended.status == 0 and "an earlier run's results of earlier: they are no part of this report" in ended.err
    listed = json.loads(wsconform("list", "clauses", "--coverage", "--json", "--cases", good, "out").out)
    assert {name for row in listed for name in row["verdicts"]} == {"model"}


def test_a_reader_that_stops_is_no_error() -> None:
    """One that has left before anything was written, so that the last flush is the first to notice."""
    end, begin = os.pipe()
    os.close(end)
    command = [sys.executable, "-m", "wsconform", "list", "targets"]
    done = subprocess.run(command, stdout=begin, stderr=subprocess.PIPE, text=True, env=environment(), timeout=60)
    os.close(begin)
    assert (done.stderr, done.returncode) == ("", 0)


def test_output_that_cannot_be_written(tmp_path: Path) -> None:
    """To a full disk; to nowhere."""
    command = [sys.executable, "-m", "wsconform", "list", "facts"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment(), timeout=60)
    assert (done.stderr, done.returncode) == ("wsconform: No space left on device\n", 3)
    closed = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
    done = subprocess.run(closed, stderr=subprocess.PIPE, text=True, env=environment(), timeout=60)
    assert (done.stderr, done.returncode) == ("", 0)


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    command = ["sh", "-c", 'rmdir "$PWD" && exec "$@"', "sh", sys.executable, "-m", "wsconform", "list", "facts"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path / "gone", env=environment(), timeout=60)
    assert done.returncode == 2 and "wsconform: the current folder is gone" in done.stderr and "Traceback" not in done.stderr


def test_reports_are_merged(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    for n, id in enumerate(("good/small send", "good/after it")):
        assert wsconform("run", "--target", "model", "--cases", good, "--out", f"part{n}", id).status == 0
    ended = wsconform("report", "part0", "part1", "--out", "whole")
    assert ended.status == 0, ended.text
    assert set(verdicts(tmp_path / "whole")) == {"good/small send", "good/after it"}


def test_two_runs_are_compared(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    assert wsconform("run", "--target", "model", "--cases", good, "--out", "a").status == 0
    ended = wsconform("report", "--diff", "a", "a", "--out", "both")
    assert ended.status == 0 and "0 new, 0 changed, 0 fixed, 0 other" in ended.out, ended.text
    assert (tmp_path / "both" / "index.html").exists()
    worse = (tmp_path / "a" / "model" / "trace.txt").read_text().replace("0 sent 7", "0 sent 6")
    (tmp_path / "worse.txt").write_text(worse)
    assert wsconform("check", "worse.txt", "--out", "b").status == 1
    ended = wsconform("report", "--diff", "a", "worse.txt")
    assert ended.status == 1 and "new      good/small send  (conforms -> deviates)" in ended.out, ended.text
    (tmp_path / "no-trace.txt").write_text("nothing\n")
    ended = wsconform("report", "--diff", "a", "no-trace.txt")
    assert ended.status == 2 and "no-trace.txt:1:1: " in ended.err, ended.text
    ended = wsconform("report", "--diff", "a", "b")
    assert ended.status == 1 and "new      good/small send  (conforms -> deviates)" in ended.out, ended.text


def test_pytest_arguments_are_passed_on(wsconform: Wsconform, good: Path) -> None:
    ended = wsconform("run", "--target", "model", "--cases", good, "--out", "out", "--", "-v")
    assert ended.status == 0
    assert "good.case::small send@model PASSED" in ended.out and "3 passed" in ended.out
    ended = wsconform("run", "--target", "model", "--cases", good, "--out", "out", "--", "--collect-only", "-q")
    assert ended.status == 0 and "small send@model" in ended.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_everything(tmp_path: Path, number: signal.Signals) -> None:
    """A model executor that never ends stands for a long run."""
    from wsconform import places

    build = tmp_path / "build" / "model" / "judge"
    build.mkdir(parents=True)
    (build / "wsconform-judge").symlink_to(places.judge())
    (build / "wsconform-exec-model").write_text("#!/bin/bash\ntouch started\nsleep 1000 & wait\n")
    (build / "wsconform-exec-model").chmod(0o755)
    (tmp_path / "one.case").write_text('case "x"\n  clauses err.notconn\n  a, b = tcp()\n')
    marker = f"MARKER={tmp_path}"
    with subprocess.Popen([sys.executable, "-m", "wsconform", "run", "--target", "model", "--cases", "one.case", "--out",
                           "out"], cwd=tmp_path, env=environment(WSCONFORM_BUILD=str(tmp_path / "build"),
                                                                 MARKER=str(tmp_path)),
                          stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: (tmp_path / "started").exists())
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in err
    assert living(marker) == []
    assert not (tmp_path / "out" / "index.html").exists()


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def test_the_judge_reads_what_the_run_wrote(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    """expect, list and check of the judge agree on the ids."""
    wsconform("run", "--target", "model", "--cases", good, "--out", "out")
    listed = [json.loads(line)["id"] for line in judge("list", "--root", tmp_path, good).stdout.splitlines()]
    assert listed == list(verdicts(tmp_path / "out"))


@pytest.mark.parametrize("where", ["engine.Engine.results", "plugin.CaseFile._prefix", "plugin.divided"])
def test_a_fault_of_our_own_is_told_as_one(where: str, tmp_path: Path) -> None:
    """While a target runs, while cases are collected, and in between: pytest is silent about all of them."""
    module, _, name = where.partition(".")
    code = ("def broken(*rest): raise KeyError('planted')\n"
            f"from wsconform import cli, {module}\n{where} = broken\n"
            "raise SystemExit(cli.main(['run', '--target', 'model', 'errors/notsock', '--out', 'out']))\n")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "internal error, a fault of wsconform: KeyError: 'planted'" in done.stderr
    assert "Traceback" not in done.stderr and "no case matches" not in done.stderr
