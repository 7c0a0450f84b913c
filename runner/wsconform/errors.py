"""What ends a command early, each with its exit status."""

from __future__ import annotations

import traceback
from pathlib import Path

OK, DEVIATES, BAD_USAGE, NOT_RUN, INTERRUPTED = 0, 1, 2, 3, 130


class Stop(Exception):
    """Ends the command with a message for the user and an exit status."""

    status = NOT_RUN


class BadUsage(Stop):
    """The command line or an input is wrong; for an input the message begins with file:line:column."""

    status = BAD_USAGE


class TargetError(Stop):
    """The target (or a program of this tool) could not be run."""

    status = NOT_RUN


def internal(error: BaseException) -> Stop:
    """What to say of an exception where none was expected."""
    if isinstance(error, Stop):
        return error
    at = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__}: {error}".rstrip(": ")
    return TargetError(f"internal error, a fault of wsconform: {what} ({Path(at.filename).name}:{at.lineno})")


class NeverRan(TargetError):
    """Not even the executor came to life: perhaps the Wine prefix does not fit its Wine any more."""
