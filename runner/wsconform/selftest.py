"""./wsconform test: the tool's own tests. Unit tests in C under sanitizers (gcc, clang), then pytest."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from wsconform import places
from wsconform.errors import DEVIATES, OK, TargetError

PARTS = ("unit", "clang", "python")
#: Folders with pytest tests; each run ends with a line of its own.
PYTHON_TESTS = ("spec/tests", "reports/tests", "runner/tests")


def selftest(parts: Sequence[str], extra: Sequence[str]) -> int:
    """Runs the parts (none: all), goes on after failures. Exit status 1 if anything failed."""
    good = True
    for part in parts or PARTS:
        if part == "python":
            good &= _python(extra)
        else:
            good &= _unit({"unit": "test", "clang": "clang"}[part])
    print("wsconform: all tests passed" if good else "wsconform: there are failures", flush=True)
    return OK if good else DEVIATES


def folder(preset: str) -> Path:
    """The build folder of a preset: beside that of "all"."""
    return places.build().parent / preset


def build(preset: str) -> None:
    """Configures and builds; the output is shown only if that fails."""
    where = folder(preset)
    where.mkdir(parents=True, exist_ok=True)
    log = where.with_suffix(".log")
    with log.open("wb") as file:
        for command in (["cmake", "--preset", preset, "-B", str(where)], ["cmake", "--build", str(where)]):
            if subprocess.run(command, cwd=places.TREE, stdout=file, stderr=subprocess.STDOUT).returncode != 0:
                sys.stderr.write(log.read_text(errors="replace"))
                raise TargetError(f"the build {preset!r} failed; its output is in {log}")


def _unit(preset: str) -> bool:
    print(f"== unit tests, build {preset!r} (ASan, UBSan)", flush=True)
    build(preset)
    jobs = str(os.cpu_count() or 1)
    # ctest says itself what failed, and how many passed.
    return subprocess.run(["ctest", "--output-on-failure", "--no-tests=error", "-j", jobs],
                          cwd=folder(preset)).returncode == 0


def _python(extra: Sequence[str]) -> bool:
    good = True
    workers = (os.cpu_count() or 1) + 1  # a quarter of the time a test does nothing but wait for Wine
    parallel = ["-n", str(workers)] if importlib.util.find_spec("xdist") else []
    for tests in PYTHON_TESTS:
        if not any((places.TREE / tests).glob("test_*.py")):
            continue
        print(f"== {tests}", flush=True)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(places.TREE),
                   *parallel, *extra, tests]
        status = subprocess.run(command, cwd=places.TREE).returncode
        good &= status == 0 or (status == 5 and bool(extra))  # 5: nothing selected by the extra arguments
    return good
