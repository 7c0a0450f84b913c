"""./wsconform repro: programs that show a deviation. They are compiled, and run where it was seen and where it is not there."""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conftest import LIMIT_S, Wsconform, environment
from wsconform import cases, places, repro, targets, wine
from wsconform.faults import Site, Sites, demand
from wsconform.verdicts import UNEXPECTED, deciding_step

COMPILERS = {"x86_64": "x86_64-w64-mingw32-gcc", "i686": "i686-w64-mingw32-gcc"}
STRICT = ["-Wall", "-Wextra", "-Werror"]
SHOWN, NOT_SHOWN, NOT_ARISEN = 1, 0, 2
#: Set: every deviation is tried; else one for each kind of call and observation.
EVERY = bool(os.environ.get("WSCONFORM_EVERY"))


@pytest.fixture(autouse=True)
def _warm(warm_prefix: Path) -> None:
    """Programs run in the cache's prefix."""


def compiled(source: Path, arch: str = "x86_64") -> Path:
    """The program. Both compilers have to be content with it, as C99 and as C11."""
    program = source.with_suffix(f".{arch}.exe")
    for other, standard in (("i686", "-std=c99"), ("x86_64", "-std=c11")):
        output = ["-o", program] if other == arch else ["-fsyntax-only"]
        done = subprocess.run([COMPILERS[other], standard, *STRICT, *output, source, *(["-lws2_32"] if other == arch else [])],
                              capture_output=True, text=True)
        assert done.returncode == 0, f"{source}\n{done.stderr}"
    return program


@dataclass
class Shown:
    """What a program did: its exit status, what it printed, and what Wine said."""

    status: int
    text: str
    err: str = ""


def run(prefix: wine.Prefix, program: Path, *arguments: str | Path, site: Site | None = None, group: str = "repro") -> Shown:
    """Runs a program; makes the faults that it asks for, if there is a site where that can be done."""
    site = site or Site()
    command = site.command([str(prefix.wine.program), str(program), *map(str, arguments)])
    env = prefix.environment(group) | site.environment
    said: list[str] = []
    err = program.with_suffix(".err")  # a file: a server that this Wine starts keeps it open
    with err.open("wb") as to, subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=to, text=True,
                                                errors="replace", cwd=program.parent, start_new_session=True) as process:
        assert process.stdin and process.stdout
        for line in process.stdout:
            said.append(line)
            if match := re.match(r"FAULT (\w+(?:\([\d, ]+\))?): .*, then press Enter$", line):
                asked = demand(f"# fault 1: {match[1]}".encode())
                assert asked and site.answer(asked) == b"1 done\n", line
                process.stdin.write("\n")
                process.stdin.flush()
        process.wait(LIMIT_S)
    site.heal()
    return Shown(process.returncode, "".join(said), err.read_text(errors="replace"))


@dataclass
class Everything:
    """All that deviates on the system's Wine."""

    folder: Path
    records: list[dict[str, Any]]
    text: str
    root: Path
    known: dict[str, cases.Case]
    written: dict[Path, list[dict[str, Any]]] = field(default_factory=dict)

    def source(self, record: dict[str, Any], folder: Path) -> Path:
        """The reproducer."""
        found = repro.judged(repro.blocks(self.text, record["id"])[0], "documented", datetime.date(2000, 1, 1), None)
        path = folder / f"{self.records.index(record):03}.c"
        path.write_text(repro.program(found, self.known[record["id"]], self.root, path.name))
        return path


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory, warm_prefix: Path) -> Everything:
    out = tmp_path_factory.mktemp("everything")
    command = [sys.executable, "-m", "wsconform", "run", "--target", "wine", "--out", str(out)]
    subprocess.run(command, env=environment(), capture_output=True, timeout=LIMIT_S)
    [results] = out.glob("*/results.json")
    records = [case for case in json.loads(results.read_text())["cases"] if case["verdict"] in UNEXPECTED]
    collection = cases.collect([places.CASES])
    return Everything(out, records, (results.parent / "trace.txt").read_text(), collection.root,
                      {case.id: case for case in collection.cases})


def kind(record: dict[str, Any]) -> tuple[str, str]:
    """Deviations of one kind are of one call, and the same was seen, but for numbers."""
    step = deciding_step(record)
    assert step
    return step["call"].partition("(")[0], re.sub(r"\d+", "N", step["observed"])


def test_every_deviation_on_wine_is_shown_again(everything: Everything, system_wine: wine.Wine, tmp_path: Path) -> None:
    chosen = everything.records if EVERY else list({kind(record): record for record in everything.records}.values())
    assert len(chosen) > 20
    [target] = targets.wines([], ["x86_64"], None)
    failed: dict[str, str] = {}
    with wine.opened(system_wine, "x86_64") as prefix, Sites(target, prefix) as sites, ThreadPoolExecutor(os.cpu_count()) as pool:
        programs = list(pool.map(lambda record: compiled(everything.source(record, tmp_path)), chosen))
        needs = [frozenset(everything.known[record["id"]].record["requires"]) & {"netns", "inject"} for record in chosen]
        plain = [n for n, wanted in enumerate(needs) if not wanted]
        others = [n for n, wanted in enumerate(needs) if wanted]
        shown = dict(zip(plain, pool.map(lambda n: run(prefix, programs[n]), plain)))
        for n in others:
            site = sites.find(needs[n])
            assert isinstance(site, Site), site
            shown[n] = run(prefix, programs[n], site=site, group="repro-" + "-".join(sorted(needs[n])))
        for n, ended in shown.items():
            if ended.status != SHOWN or "THE DEVIATION IS THERE" not in ended.text:
                failed[chosen[n]["id"]] = f"{ended.status}: {ended.text[-400:]} {ended.err[-400:]}"
    assert not failed, "\n".join(f"{id}\n{text}" for id, text in failed.items())




# --- with a provider: there with its fault, and not there without --------------------------------------------------------

#: A fault, and a case that says something new with it.
PLANTED = [
    ("amount_one_less", "blocking/waits-for-the-peer/until the peer has read[tcp(narrow)]"),
    ("amount_wide", "blocking/waits-for-the-peer/until the peer has read[tcp(narrow)]"),
    ("drop_last", "memory/places/the data, plain[[1 guard]]"),
    ("doubled", "after-error/still-works/stream, after a refused call[no array]"),
    ("reversed", "completion/results/gathered and empty[[3, 7]]"),
]


@pytest.mark.parametrize("fault, id", PLANTED, ids=[fault for fault, _ in PLANTED])
def test_a_fault_of_a_provider(fault: str, id: str, system_wine: wine.Wine, tmp_path: Path) -> None:
    """The program shows it with the provider, and without it the same program says that it is not there."""
    dll = tmp_path / f"{fault}.dll"
    shutil.copyfile(places.faulty_provider("x86_64"), dll)
    [target] = targets.wines([], ["x86_64"], dll)
    [case] = cases.select(cases.collect([places.CASES]).cases, [id])
    found = repro.run_case(target, case, places.CASES, None, "documented")
    source = tmp_path / "repro.c"
    source.write_text(repro.program(found, case, places.CASES))
    program = compiled(source)
    with wine.opened(system_wine, "x86_64") as prefix:
        with_it, without = run(prefix, program, dll), run(prefix, program)
    assert (with_it.status, without.status) == (SHOWN, NOT_SHOWN), f"{with_it.text}\n{without.text}"


# --- from traces made by hand --------------------------------------------------------------------------------------------------

HEAD = 'trace 1\ntarget "hand" kind "wine" version "1" arch "x86_64"\n'


def written(body: str, case: cases.Case | None = None) -> str:
    """The program for a trace."""
    found = repro.judged(f'{HEAD}case "x/y"\n{body}end\n', "documented", datetime.date(2000, 1, 1), None)
    assert found.record["verdict"] in UNEXPECTED, found.record
    return repro.program(found, case, places.CASES)


def test_what_is_done_again_and_again_is_a_loop(system_wine: wine.Wine, tmp_path: Path) -> None:
    """The one that deviates ends it; there a Wine says what is right, after as many rounds as its transport has room for."""
    send = "  WSASend(a, [65536], &sent, 0, NULL, NULL) = "
    text = written("  a, b = tcp(nonblocking, narrow)\n" + 5 * f"{send}0 sent 65536\n" + f"{send}SOCKET_ERROR WSAEFAULT sent untouched\n")
    assert " -o repro.exe repro.c -lws2_32" in text
    assert text.count("WSASend(a, buffers, 1, &sent, 0, NULL, NULL);") == 1 and "for (i = 0; i < 1024; i++) {" in text
    source = tmp_path / "repro.c"
    source.write_text(text)
    with wine.opened(system_wine, "x86_64") as prefix:
        ended = run(prefix, compiled(source))
    assert ended.status == NOT_SHOWN and "seen      -1, error WSAEWOULDBLOCK" in ended.text


def test_what_leads_up_to_it_goes_otherwise(system_wine: wine.Wine, tmp_path: Path) -> None:
    """Where a send fails that was in order when this was recorded, nothing can be said."""
    text = written("  a, b = tcp()\n  shutdown(a, SD_SEND) = 0\n  WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10\n")
    source = tmp_path / "repro.c"
    source.write_text(text.replace("shutdown(a, SD_SEND) == 0", "shutdown(a, 77) == 0"))
    with wine.opened(system_wine, "x86_64") as prefix:
        ended = run(prefix, compiled(source))
    assert ended.status == NOT_ARISEN and "The situation did not arise: shutdown(a, SD_SEND) = 0" in ended.text


def test_a_routine_that_never_ran_does_what_is_written() -> None:
    """An implementation in which it runs needs it to."""
    collection = cases.collect([places.CASES / "blocking"])
    [case] = cases.select(collection.cases, ["blocking/apc/a user APC"])
    body = ("  limit 300ms\n  a, b = tcp(narrow)\n  thread t1\n  r = routine()\n  t1: WSASend(a, [1048576], &sent, 0, NULL, NULL) ...\n"
            "  QueueUserAPC(r, t1) = 0\n  t1: ... WSASend = hang\n")
    assert "drain(&drained_b, b);" in written(body, case)
    assert "    cl repro.c\n" in written(body, case)
    assert "drain(" not in written(body)


# --- the command ------------------------------------------------------------------------------------------------------------

WRONG = '''\
case "seven bytes"
  clauses param.sent.immediate
  a, b = tcp()
  WSASend(a, [7], &sent, 0, NULL, NULL) = 0 sent 7
'''


@pytest.fixture
def wrong(tmp_path: Path, provider: Any, wsconform: Wsconform) -> Path:
    """The results of a run with a provider that counts wrongly, and its case file beside them."""
    (tmp_path / "wrong.case").write_text(WRONG)
    out = tmp_path / "out"
    ended = wsconform("run", "--target", "wine", "--provider", provider("miscounts"), "--cases", "wrong.case", "--out", out)
    assert ended.status == 1, ended.text
    return out


def test_from_the_results_of_an_earlier_run(wrong: Path, wsconform: Wsconform, provider: Any, tmp_path: Path,
                                            system_wine: wine.Wine) -> None:
    ended = wsconform("repro", "wrong/seven bytes", "--from", wrong, "--cases", "wrong.case", "--out", "-")
    assert ended.status == 0, ended.err
    comment, _, code = ended.out.partition("*/")
    for part in ("x86_64-w64-mingw32-gcc -o repro.exe repro.c -lws2_32", "param.sent.immediate: ", "provider miscounts.dll",
                 "allowed   0 sent 7", "WSASend(a, [7], &sent, 0, NULL, NULL) = 0 sent 7"):
        assert part in comment, comment
    assert "WSASend(a, buffers, 1, &sent, 0, NULL, NULL)" in code and "wsconform" not in code
    source = tmp_path / "repro.c"
    source.write_text(ended.out)
    with wine.opened(system_wine, "x86_64") as prefix:
        assert run(prefix, compiled(source), provider("miscounts")).status == SHOWN
        assert run(prefix, compiled(source), "nothing.dll").status == NOT_ARISEN


def test_the_trace_alone_is_enough(wrong: Path, wsconform: Wsconform) -> None:
    """From another machine: its case file is not here."""
    ended = wsconform("repro", "wrong/seven bytes", "--from", wrong)
    assert (ended.status, ended.out) == (0, "wrong-seven-bytes.c\n"), ended.err
    assert wsconform("repro", "wrong/seven bytes", "--from", wrong, "--out", "re pro.c").status == 0
    assert '-gcc -o repro.exe "re pro.c" -lws2_32' in (wrong.parent / "re pro.c").read_text()


def test_a_case_that_does_not_deviate(good: Path, wsconform: Wsconform) -> None:
    ended = wsconform("repro", "good/small send", "--cases", good)
    assert ended.status == 2 and "'good/small send' does not deviate on wine-" in ended.err and "conforms" in ended.err


@pytest.mark.parametrize("arguments, message", [
    (["nothing"], "no case 'nothing'"),
    (["good"], "'good' stands for several cases"),
    (["good/small send", "--target", "model"], "that is not the model"),
    (["good/small send", "--from", "."], "no results here"),
    (["good/small send", "--from", "nowhere"], "no results here"),
])
def test_bad_usage(arguments: Sequence[str], message: str, good: Path, wsconform: Wsconform) -> None:
    ended = wsconform("repro", *arguments, "--cases", good)
    assert ended.status == 2 and message in ended.err and "Traceback" not in ended.text


def test_a_file_that_cannot_be_written(wrong: Path, wsconform: Wsconform) -> None:
    ended = wsconform("repro", "wrong/seven bytes", "--from", wrong, "--out", "no/folder.c")
    assert ended.status == 2 and "--out no/folder.c: No such file or directory" in ended.err
