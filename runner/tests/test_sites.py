"""Cases with needs, from the command line to the verdict, on the real Wine: faults happen, and nothing is left of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Wsconform, environment, living, results, verdicts

from wsconform import cases, faults, netns, targets, wine
from wsconform.engine import Engine
from wsconform.netns import Unavailable

root_only = pytest.mark.skipif(bool(netns.missing()), reason=f"no network namespaces: {netns.missing()}")


@pytest.fixture(autouse=True)
def _warm(warm_prefix: Path) -> None:
    """No test has to make the prefix."""


def steps(out: Path, id: str) -> list[str]:
    """What was observed in the steps of a case."""
    case = next(c for c in results(out, "wine")["cases"] if c["id"] == id)
    return [step["observed"] for step in case["steps"]]


#: In each case the step behind the fault tells whether it happened.
FAULTS = '''
table "gone"
  clauses err.netdown
  requires netns
  | fault        |
  | link_down    |
  | route_gone   |
  | address_gone |
  s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)
  connect(s, beyond) = 0
  WSASend(s, [10], &sent, 0, NULL, NULL) = 0 sent 10
  fault($fault)
  WSASend(s, [10], &sent, 0, NULL, NULL)
  fault(heal)
  WSASend(s, [10], &sent, 0, NULL, NULL)

table "back"
  clauses err.netdown
  requires netns
  | gone       | back       |
  | link_down  | link_up    |
  | route_gone | route_back |
  s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)
  connect(s, beyond) = 0
  fault($gone)
  fault($back)
  WSASend(s, [10], &sent, 0, NULL, NULL)

case "killed"
  clauses err.connaborted
  requires netns
  a, b = tcp()
  fault(connections_killed)
  WSASend(a, [10], &sent, 0, NULL, NULL)

case "drop"
  clauses err.connaborted
  requires netns
  a, b = tcp()
  fault(drop)
  WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10
  fault(undrop)
  recv(b, 10)

case "mtu"
  clauses err.nobufs
  requires netns
  a, b = udp(nonblocking)
  setsockopt(a, SO_SNDBUF, 1024) = 0
  fault(mtu(1500))
  WSASend(a, [60000], &sent, 0, NULL, NULL)

case "left as it is"
  clauses err.netdown
  requires netns
  fault(link_down)
  s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)

case "the next finds nothing of it"
  clauses use.connectionless.connect
  requires netns
  s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)
  connect(s, beyond) = 0
  WSASend(s, [10], &sent, 0, NULL, NULL) = 0 sent 10

case "crash"
  clauses err.fault.sent
  requires netns
  a, b = tcp()
  fault(link_down)
  WSASend(a, [10], wild, 0, NULL, NULL)

case "after the crash"
  clauses use.connectionless.connect
  requires netns
  s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)
  connect(s, beyond) = 0
  WSASend(s, [10], &sent, 0, NULL, NULL) = 0 sent 10

case "wrong place"
  clauses err.netdown
  requires inject
  fault(link_down)
  a, b = tcp()

case "injected"
  clauses err.netdown
  requires inject
  a, b = tcp()
  fault(inject(WSAENETDOWN, 2))
  WSASend(a, [10], &sent, 0, NULL, NULL)
  WSASend(a, [10], &sent, 0, NULL, NULL)
  WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10

case "injected, and left over"
  clauses err.netdown
  requires inject
  a, b = tcp()
  fault(inject(WSAENETDOWN, 9))

case "left over no more"
  clauses use.connection-oriented
  requires inject
  a, b = tcp()
  WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10

case "both"
  clauses err.netdown
  requires inject netns
  s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)
  connect(s, beyond) = 0
  fault(inject(WSAENETDOWN))
  WSASend(s, [10], &sent, 0, NULL, NULL)
  WSASend(s, [10], &sent, 0, NULL, NULL) = 0 sent 10
  fault(link_down)
  WSASend(s, [10], &sent, 0, NULL, NULL)

case "plain"
  clauses use.connection-oriented
  a, b = tcp()
  WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10
'''


@root_only
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_every_fault_on_a_real_wine(wsconform: Wsconform, tmp_path: Path, jobs: str) -> None:
    (tmp_path / "f.case").write_text(FAULTS)
    out = tmp_path / "out"
    ended = wsconform("run", "--target", "wine", "--cases", "f.case", "--out", out, "-j", jobs)
    assert ended.status in (0, 1), ended.text
    found = verdicts(out, "wine")
    assert len(found) == 18
    for fault in ("link_down", "route_gone", "address_gone"):
        seen = steps(out, f"f/gone[{fault}]")
        assert seen[3] == "ok" and seen[4].startswith("SOCKET_ERROR WSAENET"), (fault, seen)
        assert seen[-2:] == ["ok", "0 sent 10"], (fault, seen)
    for gone in ("link_down", "route_gone"):
        assert steps(out, f"f/back[{gone}]")[-1] == "0 sent 10"
    assert steps(out, "f/killed")[-1].startswith("SOCKET_ERROR WSAECONN")
    assert steps(out, "f/drop")[-3:] == ["0 sent 10", "ok", "1[0..10]"], "what was lost is sent again"
    assert steps(out, "f/mtu")[-1].startswith("SOCKET_ERROR")
    assert found["f/the next finds nothing of it"] == found["f/after the crash"] == found["f/plain"] == "conforms"
    assert found["f/left over no more"] == "conforms"
    assert found["f/wrong place"] == "unsupported"
    assert "requires netns" in steps(out, "f/wrong place")[0]
    assert [s[:24] for s in steps(out, "f/injected")[2:]] == ["SOCKET_ERROR WSAENETDOWN"] * 2 + ["0 sent 10"]
    both = steps(out, "f/both")
    assert both[3].startswith("SOCKET_ERROR WSAENETDOWN") and both[4] == "0 sent 10"
    assert both[6].startswith("SOCKET_ERROR WSAENETUNREACH")
    trace = next(out.glob("*/trace.txt")).read_text()
    assert trace.count("\nend @") == 18 and "# fault" not in trace, "one trace, without what was asked for"


@root_only
def test_repeated_runs_and_choices(wsconform: Wsconform, tmp_path: Path) -> None:
    (tmp_path / "f.case").write_text(FAULTS)
    ended = wsconform("run", "--cases", "f.case", "--out", "out", "--repeat", "3", "-k", "gone or injected or plain")
    assert "not the same" not in ended.out, ended.text
    assert len(verdicts(tmp_path / "out", "wine")) == len(verdicts(tmp_path / "out", "model")) == 7


def run_here(path: Path, warm: wine.Wine) -> dict[str, dict[str, object]]:
    """The records of a file's cases on the system's Wine, in this process."""
    collection = cases.collect([path])
    target = targets.Target("wine", "wine", warm.version, "x86_64", wine=warm)
    with wine.opened(warm, "x86_64") as prefix, faults.Sites(target, prefix) as sites:
        return {r["id"]: r for r in Engine(target, prefix, collection.root, collection.cases, sites=sites).results()}


def test_without_rights_cases_say_what_is_missing(tmp_path: Path, system_wine: wine.Wine,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    def none(arch: str) -> Path:
        raise Unavailable("there is no library")

    monkeypatch.setattr(netns, "missing", lambda: "only root can")
    monkeypatch.setattr("wsconform.inject.library", none)
    (tmp_path / "f.case").write_text(FAULTS)
    found = run_here(tmp_path / "f.case", system_wine)
    assert found["f/plain"]["verdict"] == "conforms"
    others = {id: record for id, record in found.items() if id != "f/plain"}
    assert {record["verdict"] for record in others.values()} == {"unsupported"}
    assert {record["reason"] for record in others.values()} == {
        "needs netns: only root can", "needs inject: there is no library", "needs inject and netns: there is no library"}


@root_only
def test_a_namespace_that_breaks_down_costs_only_its_cases(tmp_path: Path, system_wine: wine.Wine,
                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: netns.Namespace) -> None:
        raise Unavailable("the cable is cut")

    monkeypatch.setattr(netns.Namespace, "heal", broken)
    (tmp_path / "f.case").write_text(FAULTS)
    found = run_here(tmp_path / "f.case", system_wine)
    assert found["f/plain"]["verdict"] == found["f/left over no more"]["verdict"] == "conforms"
    assert found["f/killed"]["verdict"] == "unsupported" and found["f/killed"]["reason"] == "the cable is cut"


LONG = '''case "long"
  clauses use.connection-oriented
  requires netns
  limit 60s
  a, b = tcp()
  fault(drop)
  recv(b, 1)
'''


def server_folders(prefix: Path) -> list[Path]:
    """Where the wineserver of a prefix may keep its socket."""
    its = prefix.stat()
    noted = prefix / "wineserver"
    return [Path(f"/tmp/.wine-{os.getuid()}/server-{its.st_dev:x}-{its.st_ino:x}"),
            *([Path("/tmp") / noted.read_text()] if noted.exists() else [])]


def until(holds: Callable[[], bool], limit_s: float = 60) -> None:
    end = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


@root_only
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_however_it_ends(tmp_path: Path, own_cache: Path, warm_prefix: Path, number: signal.Signals) -> None:
    prefixes = own_cache / "wsconform" / "prefix"
    (tmp_path / "long.case").write_text(LONG)

    def executors() -> int:
        return sum("wsconform-exec" in line for line in living(f"WINEPREFIX={prefixes}/{warm_prefix.name}{netns.COPY}"))

    with subprocess.Popen([sys.executable, "-m", "wsconform", "run", "--target", "wine", "--cases", "long.case", "--out",
                           "out"], cwd=tmp_path, env=environment(XDG_CACHE_HOME=str(own_cache)),
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            until(lambda: executors() >= 2 or process.poll() is not None)  # the supervisor and its worker
            assert process.poll() is None
            servers = server_folders(next(prefixes.glob(f"*{netns.COPY}*")))
            assert any(folder.exists() for folder in servers)
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == (-9 if number == signal.SIGKILL else 130), err
    if number == signal.SIGKILL:
        until(lambda: not living(str(own_cache)))
    assert living(str(own_cache)) == []
    assert list(prefixes.glob(f"*{netns.COPY}*")) == []
    assert not any(folder.exists() for folder in servers), "no socket of a wineserver"


def test_a_copy_that_nobody_removed_is_removed_later(wsconform: Wsconform, good: Path, own_cache: Path,
                                                     warm_prefix: Path) -> None:
    stale = own_cache / "wsconform" / "prefix" / f"{warm_prefix.name}{netns.COPY}stale"
    stale.mkdir()
    assert wsconform("run", "--target", "wine", "--cases", good, "--out", "out", XDG_CACHE_HOME=str(own_cache)).status == 0
    assert not stale.exists()
