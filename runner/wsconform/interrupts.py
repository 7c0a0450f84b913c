"""Ctrl-C, SIGTERM and SIGHUP (on Windows Ctrl-Break): all end a command in the same orderly way, and never between two steps that belong together."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from wsconform import processes

_held = 0  # how many held() are open
_waiting = False


def interrupt() -> None:
    """Raises KeyboardInterrupt, now or as soon as nothing is held."""
    global _waiting
    if _held:
        _waiting = True
    else:
        raise KeyboardInterrupt


def _interrupt(number: int, frame: FrameType | None) -> None:
    interrupt()


def install() -> None:
    """From now on each of the signals raises KeyboardInterrupt."""
    for number in processes.INTERRUPTS:
        signal.signal(number, _interrupt)


@contextmanager
def held() -> Iterator[None]:
    """Within, a signal waits: a process that was started is known to whoever has to end it, and is ended."""
    global _held, _waiting
    _held += 1
    try:
        yield
    finally:
        _held -= 1
        if _waiting and not _held:
            _waiting = False
            raise KeyboardInterrupt
