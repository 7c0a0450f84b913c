"""Builders of judged runs. What they make is for testing the reports' code; it says nothing of any implementation."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_TOP = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(_TOP / "reports"), str(_TOP / "spec")]

import wsconform_reports  # noqa: E402  the path comes first
import wsconform_spec  # noqa: E402

TOOL = "0.0-test"


def step(call: str, observed: str = "ok", allowed: tuple[str, ...] = (), clauses: tuple[str, ...] = (), ok: bool = True,
         line: int = 0) -> dict[str, Any]:  # fmt: skip
    return {"n": 0, "line": line, "call": call, "observed": observed, "allowed": list(allowed), "rules": [],
            "clauses": list(clauses), "ok": ok, "note": ""}  # fmt: skip


def case(id: str, *steps: dict[str, Any], clauses: tuple[str, ...] = ("err.notconn",), **more: Any) -> dict[str, Any]:
    """A judged case; what is not given follows from the steps."""
    bad = [s for s in steps if not s["ok"]]
    made = {
        "id": id, "line": 1, "clauses": list(clauses), "verdict": "deviates" if bad else "conforms", "reason": "",
        "signature": f"{id} {bad[0]['observed']}" if bad else "",
        "deviating": list(dict.fromkeys(c for s in bad for c in s["clauses"])), "conditions": [], "seconds": 0.0012,
        "steps": [{**s, "n": n} for n, s in enumerate(steps, 1)],
    }  # fmt: skip
    return made | more


def trace_of(judged: list[dict[str, Any]], name: str = "wine") -> str:
    """A trace with these cases; sets the steps' lines to where they stand in it."""
    lines = ["trace 1", f'target "{name}"']
    for c in judged:
        lines.append('case "' + c["id"].replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"')
        for s in c["steps"]:
            lines.append("  " + s["call"].replace("\n", " ") + " = " + s["observed"].replace("\n", " "))
            s["line"] = len(lines)
        lines.append("end @12")
    return "\n".join(lines) + "\n"


def run_of(judged: list[dict[str, Any]], name: str = "wine", **target: Any) -> wsconform_reports.Run:
    facts = {"name": name, "kind": "wine", "version": "8.0", "arch": "x86_64", "provider": None} | target
    return wsconform_reports.Run(facts, judged, trace_of(judged, name), 1.5)


def listed(judged: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What `wsconform-judge list` would say of these cases."""
    return [{"id": c["id"], "file": f"cases/{c['id'].rsplit('/', 1)[0]}.case", "line": 3, "clauses": c["clauses"],
             "requires": [], "limit_ms": 5000, "steps": []} for c in judged]  # fmt: skip


SEND = "WSASend(a, [10], &sent, 0, NULL, NULL)"


def small() -> list[dict[str, Any]]:
    """One case of each verdict."""
    return [
        case("errors/notconn/never connected", step("a = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)"),
             step(SEND, "SOCKET_ERROR WSAENOTCONN", ("SOCKET_ERROR WSAENOTCONN",), ("err.notconn",)),
             conditions=["err.notconn"]),
        case("errors/shutdown/SD_SEND[tcp()]", step("a, b = tcp()"), step("shutdown(a, SD_SEND)", "0"),
             step(SEND, "0 sent 10", ("SOCKET_ERROR WSAESHUTDOWN",), ("err.shutdown.sd-send",), ok=False),
             clauses=("err.shutdown.sd-send", "ret.no-indication"), conditions=["err.shutdown.sd-send"]),
        case("errors/fault/NULL lpBuffers", step("a, b = tcp()"),
             step("WSASend(a, NULL count 1, &sent, 0, NULL, NULL)", "crash 0xC0000005", ("SOCKET_ERROR WSAEFAULT",),
                  ("err.fault.buffers",), ok=False),
             clauses=("err.fault.buffers",), verdict="crash", conditions=["err.fault.buffers"]),
        case("send/blocking/hangs", step("a, b = tcp()"), step(SEND, "hang", ("0 sent 10",), ("ret.zero",), ok=False),
             clauses=("ret.zero",), verdict="hang"),
        case("flags/bits/0x10", step("a, b = tcp()"), step("WSASend(a, [1], &sent, 0x10, NULL, NULL)", "0 sent 1"),
             clauses=("flags.or",), verdict="undefined"),
        case("flags/oob/MSG_OOB[udp()]", step("a, b = udp()"),
             step("WSASend(a, [1], &sent, MSG_OOB, NULL, NULL)", "SOCKET_ERROR WSAEOPNOTSUPP",
                  ("SOCKET_ERROR WSAEOPNOTSUPP",), ("err.opnotsupp.oob-not-stream",)),
             clauses=("flags.oob", "err.opnotsupp.oob-not-stream"), conditions=["err.opnotsupp.oob-not-stream"]),
        case("net/down/interface", clauses=("err.netdown",), verdict="unsupported", reason="netns is missing"),
        case("overlapped/pending/2 MiB", step("a, b = tcp(narrow)"),
             step("WSASend(a, [2097152], NULL, 0, &o, NULL)", "0 unwanted", ("0", "SOCKET_ERROR WSA_IO_PENDING")),
             clauses=("err.io-pending",), verdict="inconclusive", reason="the send completed at once"),
    ]  # fmt: skip


def many(count: int, steps: int = 8) -> list[dict[str, Any]]:
    """So many cases in files of 16, one in ten deviating."""
    out = []
    for i in range(count):
        ok = i % 10 != 0
        calls = [step("a, b = tcp(nonblocking)")] + [
            step(
                f"WSASend(a, [{n}, 64, 4 x {i}], &sent, 0, NULL, NULL)",
                f"0 sent {n}",
                (f"0 sent {n}", f"0 sent 1..{n}"),
                ("ret.zero",),
            )
            for n in range(1, steps)
        ]
        calls.append(step("recv(b, 100)", "1[0..100]" if ok else "timeout", ("1[0..100]",), ("order.calls",), ok))
        out.append(
            case(
                f"theme{i // 64}/file{i // 16}/case number {i}[row, {i}]",
                *calls,
                clauses=("ret.zero", "order.calls", "param.count"),
            )
        )
    return out


@pytest.fixture(scope="session")
def spec() -> wsconform_spec.Spec:
    return wsconform_spec.load()


@dataclass(frozen=True)
class Written:
    """A report on disk."""

    out: Path

    def __getattr__(self, name: str) -> str:
        return (self.out / {"html": "index.html", "junit": "junit.xml", "markdown": "summary.md"}[name]).read_text(
            "utf-8"
        )


@pytest.fixture
def report(tmp_path: Path, spec: wsconform_spec.Spec) -> Callable[..., Written]:
    """Writes the report of some runs and returns where it is."""

    def make(*runs: wsconform_reports.Run, case_list: list[dict[str, Any]] | None = None) -> Written:
        if case_list is None:
            case_list = listed([c for run in runs for c in run.judged])
        out = tmp_path / "out"
        wsconform_reports.write(
            out, list(runs), spec=spec, case_list=case_list, tool_version=TOOL, profile="documented"
        )
        return Written(out)

    return make
