"""What differs between the systems that this runs on: processes and their groups, locks, and who we are.

A child is the leader of a group of its own. So Ctrl-C at the terminal is for us alone, who end every child in good order, and
whatever a child has started ends with it. Elsewhere in the driver no system is told from another, but for what is
only there to serve a Wine.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

#: What ends a command in good order: Ctrl-C, an orderly kill, the end of the terminal (on Windows: Ctrl-Break).
INTERRUPTS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))
#: A process that has closed its output ends within milliseconds.
ENDS_WITHIN_S = 10.0


def start(command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    """Starts a child. The options are those of Popen. Raises OSError."""
    if sys.platform == "win32":
        return subprocess.Popen(command, creationflags=subprocess.CREATE_NEW_PROCESS_GROUP, **options)
    return subprocess.Popen(command, start_new_session=True, **options)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kills a child and all of its group. One that has been waited for is left alone: its number may be another's now."""
    if process.returncode is not None:
        return
    if sys.platform == "win32":
        with suppress(OSError):  # without taskkill the child alone must do; executors end with the first of them
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        process.kill()
    else:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def exit_status(process: subprocess.Popen[bytes], limit_s: float = ENDS_WITHIN_S) -> int | None:
    """The exit status (negative: the signal) of a child that has closed its output, None if it does not end."""
    if sys.platform == "win32":
        try:
            return process.wait(limit_s)
        except subprocess.TimeoutExpired:
            return None
    limit = time.monotonic() + limit_s
    while time.monotonic() < limit:
        # It is not reaped, so that its group can still be ended safely.
        done = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
        if done:
            return done.si_status if done.si_code == os.CLD_EXITED else -done.si_status
        time.sleep(0.002)
    return None


def kill(pid: int) -> None:
    """Ends one process at once. Raises OSError."""
    if sys.platform == "win32":
        os.kill(pid, signal.SIGTERM)  # which is TerminateProcess there
    else:
        os.kill(pid, signal.SIGKILL)


def privileged() -> bool:
    """Whether we are root; on Windows: an administrator with all rights."""
    if sys.platform == "win32":
        import ctypes

        return bool(ctypes.windll.shell32.IsUserAnAdmin())
    return os.geteuid() == 0


def lock(file: int, *, shared: bool = False, wait: bool = True) -> bool:
    """Locks an open file, or changes the lock that we have on it. False if another has it and we do not wait. Only Wine
    prefixes and chroots are locked."""
    if sys.platform == "win32":
        raise OSError("no Wine prefix is used on Windows")
    import fcntl

    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True
