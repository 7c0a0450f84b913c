"""--launch COMMAND: the executor started through another program, as something that installs itself needs it.

A program of this machine (env, strace, a script) starts the whole executor; what it starts, as well as its children, is its
business. A Windows program (an injector) starts each of the executor's workers, where the calls are made: one that puts a
hook into nothing but the process that it starts itself is enough.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from wsconform import pe
from wsconform.errors import BadUsage

#: Stands for the command that is started.
HERE = "{}"
_SHELLS = ("sh", "bash", "dash", "ksh", "zsh")


def words(text: str) -> tuple[str, ...]:
    """The words of a command as a shell reads them. Raises BadUsage if it cannot be a launcher."""
    try:
        found = tuple(shlex.split(text))
    except ValueError as error:
        raise BadUsage(f"--launch {text!r}: {error}") from error
    if not any(HERE in word for word in found):
        raise BadUsage(f"--launch {text!r}: {HERE} must stand where the command to start belongs")
    if HERE in found[0]:
        raise BadUsage(f"--launch {text!r}: the program comes first, {HERE} is what it starts")
    program = _windows_program(found)
    if program is None and shutil.which(found[0]) is None:
        raise BadUsage(f"--launch {text!r}: there is no program {found[0]}")
    if program is not None and HERE not in found:
        raise BadUsage(f"--launch {text!r}: for a Windows program {HERE} is a word of its own")
    return found


def name(command: Sequence[str]) -> str:
    """What the target's name says of it."""
    return PurePosixPath(command[_windows_program(command) or 0]).stem


def _windows_program(command: Sequence[str]) -> int | None:
    """Which word is the Windows program, if it is one; a wine before it says no more than that it is."""
    for at in (0, 1) if PurePosixPath(command[0]).name.startswith("wine") else (0,):
        try:
            pe.machine(Path(command[at]))
            return at
        except (OSError, ValueError, IndexError):
            continue
    return None


def of_workers(command: Sequence[str]) -> str | None:
    """The Windows command line that starts each worker, if that is what the command does."""
    at = _windows_program(command) if command else None
    if at is None:
        return None
    return subprocess.list2cmdline(["Z:" + str(Path(command[at]).absolute()).replace("/", "\\"), *command[at + 1:]])


def around(command: Sequence[str], inner: Sequence[str]) -> list[str]:
    """The command line that starts the inner one: its words stand for a word {}; inside another word, or as the script of a
    shell, all of it stands quoted for a shell."""
    started: list[str] = []
    for at, word in enumerate(command):
        script = at > 1 and command[at - 1] == "-c" and PurePosixPath(command[at - 2]).name in _SHELLS
        started += inner if word == HERE and not script else [word.replace(HERE, shlex.join(inner))]
    return started
