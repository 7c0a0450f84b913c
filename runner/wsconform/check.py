"""./wsconform check: traces made earlier or elsewhere, with a report; case files against the model."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wsconform import cases, output, places, summary
from wsconform.engine import Run
from wsconform.errors import BAD_USAGE, DEVIATES, NOT_RUN, OK, BadUsage, TargetError
from wsconform.verdicts import UNEXPECTED


def expect(files: Sequence[Path]) -> int:
    """Compares what the case files state as allowed with what the model allows; the judge prints the differences."""
    root, found = cases.find_files(files)
    status = subprocess.run([str(places.judge()), "expect", "--root", str(root), *map(str, found)]).returncode
    if status == OK:
        cases.collect(files)  # names what the judge does not know of: ids of clauses
        print(f"every set equals the model's: {', '.join(map(str, files))}")
    return status


#: What a trace begins with.
_MAGIC = b"trace 1"


def traces_in(names: Sequence[str]) -> list[str]:
    """The traces that are meant: a folder stands for those below it. Raises BadUsage if there is none."""
    found: list[str] = []
    for name in names:
        if name == "-" or not Path(name).is_dir():
            found.append(name)
            continue
        inside = _traces(Path(name))
        if not inside:
            raise BadUsage(f"{name}: there is no trace in this folder (trace.txt, *.trace, or what begins with {_MAGIC.decode()!r})")
        found += map(str, inside)
    return found


def _traces(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and _is_trace(path))


def _is_trace(file: Path) -> bool:
    """Does it say so, by its name (it may be damaged) or by how it begins?"""
    if file.name == "trace.txt" or file.suffix == ".trace":
        return True
    try:
        with file.open("rb") as opened:
            return opened.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


@contextmanager
def with_results(folders: Sequence[Path]) -> Iterator[list[Path]]:
    """The folders for a report; in the place of a trace, or of one that holds bare traces, a folder of the same name with what
    is judged of them, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="wsconform-") as temporary:
        found: list[Path] = []
        stands_for: dict[str, str] = {}
        for number, folder in enumerate(folders):
            if folder.is_file() or (folder.is_dir() and not any(any(folder.glob(f"{where}results.json*")) for where in ("", "*/"))):
                made = Path(temporary) / str(number) / folder.resolve().name
                runs: list[Run] = []
                if folder.is_dir() and not any(_traces(folder)):
                    raise BadUsage(f"{folder}: no results.json is here, nor in a folder in it, and there is no trace in this folder either")
                for trace in traces_in([str(folder)]):
                    _add(runs, trace, "documented")
                output.prepare(made)
                trouble = output.write(made, runs, case_list=cases.known(), profile="documented")
                if trouble:
                    raise TargetError(trouble)
                stands_for[str(made)] = str(folder)
                folder = made
            found.append(folder)
        try:
            yield found
        except BadUsage as error:
            text = str(error)
            for made_there, given in stands_for.items():
                text = text.replace(made_there, given)
            raise BadUsage(text) from error


def _add(runs: list[Run], trace: str, profile: str) -> None:
    """Judges a whole trace. Raises BadUsage if it is damaged."""
    run, message = judged(trace, profile)
    if message or run is None:
        raise BadUsage(message or f"{trace}:1:1: no case is in it")
    runs.append(_renamed(run, {r.target["name"] for r in runs}))


def report(traces: Sequence[str], out: Path, profile: str) -> int:
    """Judges the traces and writes a report with one target for each. A damaged trace is judged up to the damage."""
    out = output.prepare(out)
    runs: list[Run] = []
    status = OK
    for trace in traces:
        run, message = judged(trace, profile)
        if message:
            print(message, file=sys.stderr)
            status = BAD_USAGE
        if run is not None:
            runs.append(_renamed(run, {r.target["name"] for r in runs}))
    trouble = output.write(out, runs, case_list=cases.known(), profile=profile) if runs else ""
    summary.show(runs, out=out if runs and not trouble else None)
    if trouble:
        print(f"wsconform: {trouble}", file=sys.stderr)
        return NOT_RUN
    if status == OK and any(record["verdict"] in UNEXPECTED for run in runs for record in run.judged):
        return DEVIATES
    return status


def judged(trace: str, profile: str) -> tuple[Run | None, str]:
    """The judged trace (None if not even its head could be read) and the judge's message if it is damaged."""
    try:
        text = sys.stdin.buffer.read() if trace == "-" else Path(trace).read_bytes()
    except OSError as error:
        raise BadUsage(f"{trace}:1:1: cannot be opened: {error.strerror}") from error
    command = [str(places.judge()), "check", "--json", "--profile", profile, "-" if trace == "-" else trace]
    try:
        done = subprocess.run(command, input=text if trace == "-" else None, capture_output=True)
    except OSError as error:
        raise TargetError(f"{command[0]}: {error.strerror}") from error
    records = [json.loads(line) for line in done.stdout.splitlines() if line]
    head: dict[str, Any] = next((r["head"] for r in records if "head" in r), {})
    target = {"name": head.get("name") or "trace", "kind": head.get("kind") or "windows",
              "version": head.get("version") or "", "arch": head.get("arch") or "x86_64",
              "provider": head.get("provider")}
    found = [r for r in records if "id" in r]
    message = "" if done.returncode in (OK, DEVIATES) else done.stderr.decode("utf-8", "replace").strip()
    if done.returncode not in (OK, DEVIATES, BAD_USAGE):
        raise TargetError(f"the judge ended with status {done.returncode}: {message}")
    seconds = sum(record["seconds"] for record in found)
    return Run(target, found, text.decode("utf-8", "surrogateescape"), seconds) if found else None, message


def _renamed(run: Run, taken: set[str]) -> Run:
    """A target's name is the name of its folder: it must be one of its own."""
    name = "".join(c if c.isalnum() or c in "._+-" else "_" for c in run.target["name"]).strip(".") or "trace"
    free = next(n for n in (name, *(f"{name}-{i}" for i in range(2, len(taken) + 3))) if n not in taken)
    return Run({**run.target, "name": free}, run.judged, run.trace, run.seconds)
