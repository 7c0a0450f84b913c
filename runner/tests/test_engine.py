"""The engine with executors that misbehave in every way that a supervisor can: it must lose nothing and end."""

from __future__ import annotations

import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from wsconform.cases import Case
from wsconform.engine import CaseSplitter, Engine, unquoted, windows_path
from wsconform.errors import TargetError
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
starts = int(memory.read_text()) if memory.exists() else 0
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

    def make(code: str, cases: int = 6, stall_s: float = 60) -> Engine:
        program = tmp_path / "executor"
        program.write_text(HEAD + code)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        wanted = [Case(f"f/{n}", tmp_path / "f.case", n, ("err.notconn",), 1, {}) for n in range(cases)]
        return Engine(model_target("0"), None, tmp_path, wanted, command=[str(program)], stall_s=stall_s)

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
    executor, judge = one._executor, one._judge
    assert executor and judge
    results.close()  # type: ignore[attr-defined]
    assert executor.returncode is not None and judge.returncode is not None


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
