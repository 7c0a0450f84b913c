"""The engine with executors that misbehave in every way that a supervisor can: it must lose nothing and end."""

from __future__ import annotations

import stat
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from wsconform.cases import Case
from wsconform.engine import CaseSplitter, Engine, unquoted, windows_path
from wsconform.errors import TargetError
from wsconform.faults import PLAIN, Demand, Needs, Site, demand, grouped
from wsconform.netns import Unavailable
from wsconform.targets import quoted
from wsconform.targets import model as model_target

TEXT = '''case "{id}"
  clauses err.notconn
  s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) @1+1
  bind(s, loopback) = 0 @2+1
  WSASend(s, [10], &sent, 0, NULL, NULL) = SOCKET_ERROR WSAENOTCONN @3+1
end @5
'''

#: An executor in Python: ids in `only` is the list of the cases to run; say(id) writes one's trace.
HEAD = f'''#!{sys.executable}
import os, pathlib, signal, sys, time
only = pathlib.Path(sys.argv[sys.argv.index("--only") + 1]).read_text().splitlines()
memory = pathlib.Path(__file__ + ".starts")
starts = int((memory.read_text() if memory.exists() else "") or 0)  # empty while another executor writes it
memory.write_text(str(starts + 1))
def say(id, cut=None):
    sys.stdout.write({TEXT!r}.format(id=id)[:cut])
    sys.stdout.flush()
print("trace 1\\ntarget \\"someone else\\"")
'''

Make = Callable[..., Engine]


@pytest.fixture
def engine(tmp_path: Path) -> Make:
    """An engine whose executor is HEAD and this Python code; with so many cases."""

    def make(code: str, cases: int = 6, stall_s: float = 60, sites: Any = None, **more: Any) -> Engine:
        program = tmp_path / "executor"
        program.write_text(HEAD + code)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        wanted = [Case(f"f/{n}", tmp_path / "f.case", n, ("err.notconn",), 1, {"requires": sites.needs(n) if sites else []})
                  for n in range(cases)]
        return Engine(model_target("0"), None, tmp_path, wanted, command=[str(program)], stall_s=stall_s, sites=sites,
                      **more)

    return make


def verdicts(engine: Engine) -> dict[str, str]:
    return {record["id"]: record["verdict"] for record in engine.results()}


ALL = {f"f/{n}": "conforms" for n in range(6)}


def test_everything_goes_well(engine: Make) -> None:
    one = engine("for id in only: say(id)")
    assert verdicts(one) == ALL
    assert (one.trouble, one.restarts) == ("", 0)
    assert one.trace.startswith('trace 1\ntarget "model" kind "model"'), "the trace has the engine's head"
    assert one.trace.count("\nend @5\n") == 6 and "someone else" not in one.trace


def test_killed_in_the_middle_of_a_case_it_is_started_again_with_the_rest(engine: Make) -> None:
    one = engine('''
for n, id in enumerate(only):
    if starts == 0 and n == 2:
        say(id, 60)
        os.kill(os.getpid(), signal.SIGKILL)
    say(id)
''')
    assert verdicts(one) == ALL
    assert one.restarts == 1
    assert "status -9" in one.trouble
    assert one.trace.count('case "f/2"') == 1, "no half case in the trace"


def test_a_case_that_kills_the_executor_again_and_again_does_not_stop_the_run(engine: Make) -> None:
    one = engine('''
print("the roof fell in", file=sys.stderr)
for id in only:
    if id == "f/4": os.kill(os.getpid(), signal.SIGKILL)
    say(id)
''')
    found = verdicts(one)
    assert [found[f"f/{n}"] for n in range(4)] == ["conforms"] * 4
    assert found["f/4"] == found["f/5"] == "unsupported"
    assert "the roof fell in" in one.trouble


def test_an_executor_that_never_runs_a_case_is_an_error(engine: Make) -> None:
    one = engine("print('no such thing here', file=sys.stderr); sys.exit(5)")
    with pytest.raises(TargetError, match="could not be run: no such thing here"):
        verdicts(one)


def test_an_executor_that_stands_still_is_ended(engine: Make) -> None:
    one = engine('''
for n, id in enumerate(only):
    if starts == 0 and n == 3:
        time.sleep(1000)
    say(id)
''', stall_s=0.5)
    began = time.monotonic()
    assert verdicts(one) == ALL
    assert time.monotonic() - began < 20
    assert "stood still" in one.trouble


def test_a_case_that_comes_twice_or_was_not_asked_for_counts_once_or_not(engine: Make) -> None:
    one = engine('''
for id in only:
    say(id)
    say(id)
say("f/foreign")
''')
    records = list(one.results())
    assert sorted(r["id"] for r in records) == sorted(ALL)
    assert "foreign" not in one.trace


def test_garbage_between_cases_does_no_harm(engine: Make) -> None:
    one = engine('''
for id in only:
    sys.stdout.buffer.write(b"\\xff\\x00 garbage\\n# note\\n"); sys.stdout.flush()
    say(id)
''')
    assert verdicts(one) == ALL


def test_a_damaged_case_is_the_judges_error_with_its_line(engine: Make) -> None:
    one = engine('''
for id in only:
    say(id)
print('case "f/5"')
''' .replace("for id in only:", "for id in only[:5]:") + "print('  WSASend(((\\nend @1')\n")
    with pytest.raises(TargetError, match=r":\d+:\d+: "):
        verdicts(one)


def test_much_output_passes_without_a_jam(engine: Make) -> None:
    one = engine('''
for id in only:
    text = TEXT.format(id=id)
    call = "  WSASend(s, [10], &sent, 0, NULL, NULL) = SOCKET_ERROR WSAENOTCONN @3+1\\n"
    head, tail = text.split(call)
    sys.stdout.write(head + call * 20000 + tail)
'''.replace("TEXT.format", f"{TEXT!r}.format"))
    assert verdicts(one) == ALL
    assert one.trace.count("WSASend") == 120_000


def test_closing_early_ends_the_processes(engine: Make, tmp_path: Path) -> None:
    one = engine("say(only[0]); time.sleep(1000)")
    results = one.results()
    assert next(results)["id"] == "f/0"
    executor, judge = one._groups[0].process, one._judge
    assert executor and judge
    results.close()  # type: ignore[attr-defined]
    assert executor.returncode is not None and judge.returncode is not None


@dataclass(frozen=True)
class FakeSite(Site):
    """Notes what is asked of it; knows link_down and heal."""

    asked: list[str] = field(default_factory=list)
    faulty: bool = False

    @property
    def makes_faults(self) -> bool:
        return bool(self.have)

    def heal(self) -> None:
        self.asked.append("heal")
        if self.faulty:
            raise Unavailable("the network is beyond repair")

    def _make(self, asked: Demand) -> None:
        self.asked.append(asked.word)
        if asked.word != "link_down":
            raise Unavailable("no such\nfault")


@dataclass
class FakeSites:
    """Of six cases two need netns, two both; one site is not to be had."""

    lacking: str = ""
    faulty: bool = False
    made: dict[Needs, FakeSite] = field(default_factory=dict)

    def needs(self, n: int) -> list[str]:
        return [[], ["netns"], ["netns", "inject", "root"]][n % 3]

    def find(self, wanted: Needs, number: int = 0) -> Site | str:
        if self.lacking and "inject" in wanted:
            return self.lacking
        return self.made.setdefault(wanted, FakeSite(tuple(sorted(wanted)), faulty=self.faulty and wanted != PLAIN))


#: An executor that knows its site by --have, and writes its trace with an outcome.
AT_SITE = '''
have = sys.argv[sys.argv.index("--have") + 1] if "--have" in sys.argv else ""
memory = pathlib.Path(__file__ + "." + (have.replace(" ", "-") or "plain"))
memory.write_text((memory.read_text() if memory.exists() else "") + " ".join(only) + ";")
def ask(words):
    print("# fault", words, flush=True)
    return sys.stdin.readline().strip()
'''


def test_cases_are_grouped_by_what_they_need(engine: Make, tmp_path: Path) -> None:
    sites = FakeSites()
    one = engine(AT_SITE + "for id in only: say(id)", sites=sites)
    assert verdicts(one) == ALL
    assert [(tmp_path / f"executor.{name}").read_text() for name in ("plain", "netns", "inject-netns")] == [
        "f/0 f/3;", "f/1 f/4;", "f/2 f/5;"]
    assert one.trace.count("\nend @5\n") == 6, "one trace for all"


@pytest.mark.parametrize("jobs", [1, 2])
def test_groups_run_beside_each_other_if_they_may(engine: Make, tmp_path: Path, jobs: int) -> None:
    one = engine(AT_SITE + '''
pathlib.Path(__file__ + ".at-" + (have or "plain")).touch()
others = 0
end = time.monotonic() + (5 if "JOBS" == "2" else 0.3)
while others < 3 and time.monotonic() < end:
    others = len(list(pathlib.Path(__file__).parent.glob("executor.at-*")))
    time.sleep(0.01)
for id in only: say(id)
pathlib.Path(__file__ + ".at-" + (have or "plain")).unlink() if "JOBS" == "1" else None
pathlib.Path(__file__ + f".saw-{others}").touch()
'''.replace("JOBS", str(jobs)), sites=FakeSites(), jobs=jobs)
    assert verdicts(one) == ALL
    assert {path.suffix for path in tmp_path.glob("executor.saw-*")} == {".saw-3" if jobs == 2 else ".saw-1"}


def test_a_fault_is_made_and_answered(engine: Make, tmp_path: Path) -> None:
    sites = FakeSites()
    head = len(TEXT.format(id="f/1").splitlines(keepends=True)[0])
    one = engine(AT_SITE + f'''
for id in only:
    if have == "netns":
        say(id, {head})
        (memory.parent / "answers").open("a").write(ask("1: link_down") + "|" + ask("2: mtu(1500)") + ";")
        sys.stdout.write({TEXT!r}.format(id=id)[{head}:])
    else:
        say(id)
''', sites=sites)
    found = verdicts(one)
    assert (tmp_path / "answers").read_text() == "1 done|2 failed: no such fault;" * 2
    assert sites.made[frozenset({"netns"})].asked == ["heal", "link_down", "mtu", "link_down", "mtu"]
    assert "fault" not in one.trace
    assert len(found) == 6


def test_before_an_executor_starts_again_its_site_is_healed(engine: Make) -> None:
    sites = FakeSites()
    one = engine(AT_SITE + '''
if have == "netns" and memory.read_text().count(";") == 1:
    ask("1: link_down")
    os.kill(os.getpid(), signal.SIGKILL)
for id in only: say(id)
''', sites=sites)
    assert verdicts(one) == ALL
    assert sites.made[frozenset({"netns"})].asked == ["heal", "link_down", "heal"]
    assert one.restarts == 1


def test_a_site_that_cannot_be_had_leaves_its_cases_to_the_plain_executor_which_says_so(engine: Make) -> None:
    refused = TEXT.replace("@1+1", '= unsupported "needs inject" @1')
    refused = "\n".join(line for line in refused.splitlines() if "bind" not in line and "WSASend" not in line) + "\n"
    one = engine(AT_SITE + f'''
for id in only:
    if have == "" and id in ("f/2", "f/5"): sys.stdout.write({refused!r}.format(id=id))
    else: say(id)
''', sites=FakeSites(lacking="the library is gone"))
    records = {record["id"]: record for record in one.results()}
    assert {id for id, record in records.items() if record["verdict"] == "conforms"} == {"f/0", "f/1", "f/3", "f/4"}
    for id in ("f/2", "f/5"):
        assert records[id]["verdict"] == "unsupported"
        assert records[id]["reason"] == "needs inject and netns: the library is gone"


def test_a_site_beyond_repair_costs_only_its_own_cases(engine: Make) -> None:
    one = engine(AT_SITE + "for id in only: say(id)", sites=FakeSites(faulty=True))
    records = {record["id"]: record for record in one.results()}
    assert {id for id, record in records.items() if record["verdict"] == "conforms"} == {"f/0", "f/3"}
    assert {records[id]["reason"] for id in ("f/1", "f/2", "f/4", "f/5")} == {"the network is beyond repair"}


def test_executors_that_never_run_at_their_sites_say_nothing_about_the_target(engine: Make) -> None:
    sites = FakeSites()
    sites.needs = lambda n: ["netns"]  # type: ignore[method-assign]
    one = engine("print('no such library', file=sys.stderr); sys.exit(5)", sites=sites)
    records = list(one.results())
    assert {record["verdict"] for record in records} == {"unsupported"} and len(records) == 6
    assert all("no such library" in record["reason"] for record in records)


@pytest.mark.parametrize(("jobs", "cases", "shares"), [(1, 100, [100]), (2, 15, [15]), (2, 16, [8, 8]), (2, 99, [50, 49]),
                                                       (9, 99, [25, 25, 25, 24])])
def test_many_cases_are_shared_among_equal_sites(tmp_path: Path, jobs: int, cases: int, shares: list[int]) -> None:
    all_of_them = [Case(str(n), tmp_path, n, (), 1, {"requires": ["netns"] if n % 2 else []}) for n in range(2 * cases)]
    found = grouped(all_of_them, jobs)
    assert [(sorted(wanted), number, len(share)) for wanted, number, share in found] == [
        *((["netns"], n, size) for n, size in enumerate(shares)), ([], 0, cases)]
    assert sorted(case.line for _, _, share in found for case in share) == list(range(2 * cases))


@pytest.mark.parametrize(("line", "meant"), [
    (b"# fault 7: link_down", Demand(7, "link_down")),
    (b"# fault 12: inject(10050, 3)\r", Demand(12, "inject", (10050, 3))),
    (b"# fault 1: mtu(1500)", Demand(1, "mtu", (1500,))),
    (b"# fault: link_down", None),
    (b"# faulty 1: x", None),
    (b"  # fault 1: link_down", None),
    (b"# fault 1: inject(WSAENETDOWN)", None),
])
def test_what_is_a_demand(line: bytes, meant: Demand | None) -> None:
    assert demand(line) == meant


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_cases_are_cut_out_wherever_the_pieces_end(size: int) -> None:
    text = ("trace 1\n" + TEXT.format(id="a/b[x\\\"y]") + "# between\n" + TEXT.format(id="c")).encode()
    splitter = CaseSplitter()
    found = [case for i in range(0, len(text), size) for case in splitter.feed(text[i:i + size])]
    assert [id for id, _ in found] == ['a/b[x"y]', "c"]
    assert b"".join(t for _, t in found) == text.replace(b"trace 1\n", b"").replace(b"# between\n", b"")


def test_only_end_lines_end_a_case() -> None:
    text = b'case "x"\n  ended = f()\n  endless(1)\n  end\ncase "y"\nend @7\n'
    assert [id for id, _ in CaseSplitter().feed(text)] == ["x", "y"]


def test_strings_of_the_notation() -> None:
    for text in ('a"b', "a\\b", "line\nline", "ä€", ""):
        assert unquoted(quoted(text)[1:-1].encode()) == text


def test_paths_for_windows() -> None:
    assert windows_path(Path("/a b/c.case")) == "Z:\\a b\\c.case"
