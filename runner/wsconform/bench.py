"""./wsconform bench: what judge, executor and suite cost, as ratios and rates of one run on one machine."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wsconform import __version__, cases, places, targets, wine
from wsconform.engine import Engine, windows_path
from wsconform.errors import OK, TargetError
from wsconform.faults import Sites
from wsconform.wine import Prefix

#: The bench folder of the tree: bench.case for the executor, and loop.c, which makes the same calls by hand.
BENCH = places.TREE / "runner" / "bench"
#: Calls of each case of bench.case.
ROUNDS_OF = {"tcp": 20_000, "udp": 20_000, "overlapped": 5_000}
_FIRST_SEND = re.compile(rb"WSASend\(.* @(\d+)\+(\d+)\s*$")
_STAMP = re.compile(rb" @(\d+)\+(\d+)\s*$")


@dataclass(frozen=True)
class Cost:
    """What a process used."""

    seconds: float
    peak_kib: int


def machine() -> dict[str, Any]:
    """Where the numbers come from."""
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return {"cpu": model, "processors": os.cpu_count(), "kernel": platform.release(), "system": _system()}


def _system() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return platform.system()


def pinned() -> list[str]:
    """A prefix for commands that keeps them on one processor, the last that this process may use."""
    if sys.platform == "win32":
        raise TargetError("bench measures on Linux: Windows has no taskset")
    return ["taskset", "-c", str(max(os.sched_getaffinity(0)))]


def measure(command: list[str]) -> Cost:
    """Runs a command whose output does not matter. The peak is the program's own (VmHWM): what rusage tells includes
    the Python that started it."""
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        peak = 0
        while process.poll() is None:
            try:
                status = Path(f"/proc/{process.pid}/status").read_text()
                peak = max(peak, *(int(kib) for kib in re.findall(r"VmHWM:\s+(\d+)", status)), 0)
            except OSError:
                pass
            try:
                process.wait(0.01)
            except subprocess.TimeoutExpired:
                continue
        seconds = time.monotonic() - began
        if process.returncode not in (0, 1):
            assert process.stderr
            raise TargetError(f"{command[0]}: status {process.returncode}: {process.stderr.read().decode()}")
    return Cost(seconds, peak)


def bench_judge(calls: int, rounds: int) -> dict[str, Any]:
    """Calls judged per second on one processor; peak memory on a trace and on one four times as long."""
    program = str(places.judge())
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="wsconform-") as folder:
        for key, length in (("", calls), ("x4_", 4 * calls)):
            trace = Path(folder) / "trace.txt"
            with trace.open("wb") as file:
                subprocess.run([program, "bench-trace", str(length)], stdout=file, check=True)
            judged = subprocess.run([program, "check", "--json", str(trace)], capture_output=True)
            summary = json.loads(judged.stdout.splitlines()[-1])["summary"]
            if summary["conforms"] != summary["cases"]:
                raise TargetError("the trace made for measuring does not conform: nothing is measured")
            runs = [measure([*pinned(), program, "check", str(trace)]) for _ in range(rounds if not key else 1)]
            seconds = statistics.median(run.seconds for run in runs)
            found |= {f"{key}calls": summary["calls"], f"{key}bytes": trace.stat().st_size,
                      f"{key}seconds": round(seconds, 3), f"{key}calls_per_second": round(summary["calls"] / seconds),
                      f"{key}peak_kib": max(run.peak_kib for run in runs)}
    return found


def bench_executor(prefix: Prefix, rounds: int) -> dict[str, Any]:
    """Microseconds per call through the executor and in a bare loop, on one processor; rounds take turns."""
    found: dict[str, Any] = {}
    for name, calls in ROUNDS_OF.items():
        bare: list[float] = []
        ours: list[float] = []
        for _ in range(rounds):
            bare.append(_loop(prefix, name, calls))
            ours.append(_through_executor(prefix, name, calls))
        found[name] = {"calls": calls, "loop_us": round(statistics.median(bare), 2),
                       "executor_us": round(statistics.median(ours), 2),
                       "ratio": round(statistics.median(ours) / statistics.median(bare), 3)}
    return found


def _loop(prefix: Prefix, name: str, calls: int) -> float:
    program = places.build() / f"pe-{prefix.arch}" / "runner" / "executor" / "wsconform-loop.exe"
    done = subprocess.run([*pinned(), *prefix.command(program, name, str(calls))], env=prefix.env, capture_output=True,
                          text=True)
    if done.returncode != 0:
        raise TargetError(f"{program.name} {name}: {done.stderr.strip() or f'status {done.returncode}'}")
    return float(done.stdout) / 1000


def _through_executor(prefix: Prefix, name: str, calls: int) -> float:
    """From the first WSASend of the case to the end of its last step, by the executor's own clock."""
    with tempfile.NamedTemporaryFile("w", prefix="wsconform-") as only:
        only.write(f"{BENCH.name}/bench/{name}\n")
        only.flush()
        program = prefix.command(places.pe_executor(prefix.arch), "--jobs", "1", "--root", ".", "--only",
                                 windows_path(Path(only.name)), f"{BENCH.name}/bench.case")
        done = subprocess.run([*pinned(), *program], cwd=BENCH.parent, env=prefix.env, capture_output=True)
    lines = [line for line in done.stdout.splitlines() if _STAMP.search(line)]
    sends = [match for line in lines if (match := _FIRST_SEND.search(line))]
    if len(sends) != calls:
        raise TargetError(f"bench.case {name}: {len(sends)} of {calls} calls were made "
                          f"{done.stderr.decode('utf-8', 'replace').strip()[-500:]}")
    last = _STAMP.search(lines[-1])
    assert last
    return (int(last[1]) + int(last[2]) - int(sends[0][1])) / calls


def bench_suite(prefix: Prefix | None, rounds: int) -> dict[str, Any]:
    """All cases with two at a time: on Wine with a warm prefix from start to last verdict, and on the model, there also
    inside its C program alone."""
    collection = cases.collect([places.CASES])
    found: dict[str, Any] = {"cases": len(collection.cases)}

    def timed(target: targets.Target, prefix: Prefix | None) -> float:
        with Sites(target, prefix) as sites:
            engine = Engine(target, prefix, collection.root, collection.cases, jobs=2, sites=sites if prefix else None)
            for _ in engine.results():
                pass
            return engine.seconds

    def note(name: str, run: Callable[[], float]) -> None:
        run()  # warm
        seconds = statistics.median(run() for _ in range(rounds))
        found[name] = {"seconds": round(seconds, 3), "cases_per_second": round(len(collection.cases) / seconds)}

    if prefix is not None:
        on_wine = targets.Target("wine", "wine", prefix.wine.version, prefix.arch, wine=prefix.wine)
        note("wine", lambda: timed(on_wine, prefix))
    note("model", lambda: timed(targets.model(__version__), None))
    files = [str(file) for file in collection.files]
    note("model_program", lambda: measure([str(places.model_executor()), "--root", str(collection.root),
                                           *files]).seconds)
    return found


def bench(arguments: argparse.Namespace) -> int:
    parts = arguments.only or ["judge", "executor", "suite"]
    result: dict[str, Any] = {"machine": machine()}
    if "judge" in parts:
        result["judge"] = bench_judge(arguments.calls, arguments.rounds)
    if "executor" in parts or "suite" in parts:
        one = wine.find()
        result["machine"]["wine"] = one.version
        if "executor" in parts:
            with wine.opened(one, "x86_64") as prefix:
                prefix.start(pinned())
                result["executor"] = bench_executor(prefix, arguments.rounds)
        if "suite" in parts:
            with wine.opened(one, "x86_64") as prefix:
                result["suite"] = bench_suite(prefix, arguments.rounds)
    if arguments.json:
        json.dump(result, sys.stdout, indent=1)
        print()
    else:
        _print(result)
    return OK


def _print(result: dict[str, Any]) -> None:
    where = result["machine"]
    print(f"{where['cpu']}, {where['processors']} processors, {where['system']}, Linux {where['kernel']}"
          + (f", Wine {where['wine']}" if "wine" in where else ""))
    if "judge" in result:
        j = result["judge"]
        print(f"\njudge      {j['calls_per_second']:>10,} calls/s on one processor "
              f"({j['calls']:,} calls, {j['bytes'] / 1e6:.0f} MB, {j['seconds']} s), peak {j['peak_kib'] / 1024:.1f} MiB")
        print(f"           {j['x4_calls_per_second']:>10,} calls/s on a trace four times as long, "
              f"peak {j['x4_peak_kib'] / 1024:.1f} MiB")
    for name, row in result.get("executor", {}).items():
        print(f"\nexecutor   {name:<11} {row['ratio']:.2f} times a bare loop "
              f"({row['executor_us']:.1f} us and {row['loop_us']:.1f} us per call; one processor)", end="")
    if "suite" in result:
        s = result["suite"]
        print(f"\n\nsuite      {s['cases']} cases")
        for key, label in (("wine", "Wine, warm prefix, -j 2"), ("model", "model"), ("model_program", "model, C alone")):
            if key in s:
                print(f"           {label:<24} {s[key]['seconds']:.3f} s, {s[key]['cases_per_second']:,} cases/s")
