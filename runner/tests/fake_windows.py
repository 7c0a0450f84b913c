"""The driver as it runs on Windows, as far as that can be seen elsewhere: python3 fake_windows.py ARGUMENT...

What the driver asks to tell systems apart says Windows; what Windows has not is not there; and a program for Windows is started
by $FAKE_WINE, its loader. Not faked are os.name and with it how paths are written, code pages, and consoles.
"""

from __future__ import annotations

import builtins
import ctypes
import os
import platform
import signal
import subprocess
import sys
import types
from typing import Any

# Libraries tell systems apart when they are imported: for them this one is what it is.
import jsonschema  # noqa: F401
import pytest  # noqa: F401
import rich.console
import rich.progress  # noqa: F401

ABSENT = {"fcntl", "pwd", "grp", "resource", "termios", "tty", "pty", "syslog", "crypt"}
GONE = {os: ("fork", "forkpty", "killpg", "waitid", "WNOWAIT", "getuid", "geteuid", "setsid", "getpgid", "set_blocking",
             "sched_getaffinity", "mkfifo", "chown", "O_CLOEXEC"),
        signal: ("SIGHUP", "SIGKILL", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGCHLD", "SIGPIPE", "pthread_sigmask")}

_import, _start = builtins.__import__, subprocess.Popen.__init__


def _absent(name: str, *rest: Any, **more: Any) -> Any:
    importer = rest[0].get("__name__", "") if rest and rest[0] else ""
    if name in ABSENT and importer.startswith("wsconform"):
        raise ImportError(f"No module named {name!r} (on Windows)")
    return _import(name, *rest, **more)


def _under_wine(self: Any, command: Any, *rest: Any, creationflags: int = 0, **more: Any) -> None:
    if "start_new_session" in more or "preexec_fn" in more:
        raise ValueError("no such thing on Windows")
    if isinstance(command, list) and command[0].endswith(".exe"):
        command = [os.environ["FAKE_WINE"], *command]
    _start(self, command, *rest, start_new_session=bool(creationflags & subprocess.CREATE_NEW_PROCESS_GROUP), **more)


def install() -> None:
    for module, names in GONE.items():
        for name in names:
            vars(module).pop(name, None)
    subprocess.CREATE_NEW_PROCESS_GROUP = 0x200  # type: ignore[attr-defined]
    subprocess.Popen.kill = lambda self: os.kill(self.pid, 9)  # type: ignore[method-assign]  # TerminateProcess
    subprocess.Popen.__init__ = _under_wine  # type: ignore[method-assign]
    ctypes.windll = types.SimpleNamespace(shell32=types.SimpleNamespace(IsUserAnAdmin=lambda: 0))  # type: ignore[attr-defined]
    platform.version = lambda: "10.0.19045"
    platform.machine = lambda: "AMD64"
    builtins.__import__ = _absent
    sys.platform = "win32"


if __name__ == "__main__":
    install()
    from wsconform.cli import main

    sys.exit(main())
