"""The output folder: checked before a run, written after it."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wsconform import __version__, cases
from wsconform.engine import Run
from wsconform.errors import DEVIATES, OK, BadUsage, TargetError


def prepare(out: Path) -> Path:
    """Makes the folder and tries to write to it. Raises BadUsage if that cannot be: before any time is spent."""
    out = Path(os.path.abspath(out))
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out) as file:
            file.write(b"x")
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise TargetError(f"--out {out}: {error.strerror}") from error
        raise BadUsage(f"--out {out}: {error.strerror}") from error
    return out


def write(out: Path, runs: Sequence[Run], *, case_list: list[dict[str, Any]], profile: str) -> str:
    """Writes the report; the reason if that was not possible, else "". The verdicts are never lost to a full disk:
    the caller still has them to print."""
    import wsconform_reports
    import wsconform_spec

    reported = [wsconform_reports.Run(run.target, run.judged, run.trace, run.seconds, run.unstable, run.shards)
                for run in runs]
    try:
        left = wsconform_reports.write(out, reported, spec=wsconform_spec.load(), case_list=case_list, tool_version=__version__,
                                profile=profile)
    except OSError as error:
        return f"cannot write the report to {out}: {error.strerror or error}"
    _tell(out, left)
    return ""


def _tell(out: Path, left: Sequence[str]) -> None:
    """A folder holds one report: says what else is there."""
    if left:
        print(f"wsconform: {out} also holds an earlier run's results of {', '.join(left)}: they are no part of this report",
              file=sys.stderr)


def merge(folders: Sequence[Path], out: Path, paths: Sequence[Path], *, compact: bool = False) -> int:
    """One report of several; paths are where the cases are, if not in the tree. compact: for keeping."""
    import wsconform_reports
    import wsconform_spec

    for folder in folders:
        if not folder.is_dir():
            raise BadUsage(f"{folder}: no such folder")
    case_list = cases.collect(paths).records if paths else cases.known()
    prepare(out)
    try:
        left, remarks = wsconform_reports.merge(list(folders), out, spec=wsconform_spec.load(), case_list=case_list, compact=compact)
    except ValueError as error:
        raise BadUsage(str(error)) from error
    except OSError as error:
        raise TargetError(f"cannot write the report to {out}: {error.strerror or error}") from error
    _tell(out, left)
    for remark in remarks:
        print(f"wsconform: {remark}", file=sys.stderr)
    print(f"Report: {out / 'index.html'}")
    return 0


def difference(folders: Sequence[Path], out: Path | None) -> int:
    """Prints what has changed between two runs; with out also writes a report of both."""
    import wsconform_reports
    import wsconform_spec

    if out:
        prepare(out)
    try:
        said, worse = wsconform_reports.compare(folders[0], folders[1], out, spec=wsconform_spec.load(), case_list=cases.known())
    except ValueError as error:
        raise BadUsage(str(error)) from error
    except OSError as error:
        raise TargetError(f"cannot write the report to {out}: {error.strerror or error}") from error
    print(said, end="")
    if out:
        print(f"Report: {out / 'index.html'}")
    return DEVIATES if worse else OK
