"""What several processes say, piece by piece, in the order in which it comes; and telling one of them something at length.

A thread serves each pipe: the only way to wait for several that works on every system (Windows' select knows sockets alone).
Nobody waits for these threads: a process that we could not end may hold a pipe for ever.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Semaphore, Thread
from typing import IO, Any

#: The size of a piece, and how many pieces of one process may be on their way; then it has to wait.
PIECE, AHEAD = 1 << 16, 16
#: How long next() waits. On Windows Ctrl-C is noticed between two waits only.
PATIENCE_S = 0.5


@dataclass(eq=False)
class Voice:
    """One process that is listened to, by its output. whose is for who made it."""

    whose: Any
    #: For so many more pieces there is room; None: for any number, the process never has to wait for us.
    room: Semaphore | None
    dropped: bool = field(default=False)

    def done(self) -> None:
        """A piece of it has been dealt with: there is room for one more."""
        if self.room:
            self.room.release()

    def drop(self) -> None:
        """Nothing of it is heard any more."""
        self.dropped = True
        self.done()


class Inbox:
    """What all voices say, in one queue."""

    def __init__(self) -> None:
        self._said: SimpleQueue[tuple[Voice, bytes]] = SimpleQueue()

    def listen(self, pipe: IO[bytes], whose: Any, *, bounded: bool = True) -> Voice:
        """From now on hears what comes through the pipe, and closes it at its end."""
        voice = Voice(whose, Semaphore(AHEAD) if bounded else None)
        Thread(target=self._read, args=(voice, pipe), daemon=True).start()
        return voice

    def next(self) -> tuple[Voice, bytes] | None:
        """Who spoke next and what it said, b"" at its end; None if nobody did for a while. Once the piece is dealt with,
        voice.done() is due."""
        while True:
            try:
                voice, data = self._said.get(timeout=PATIENCE_S)
            except Empty:
                return None
            if not voice.dropped:
                return voice, data

    @property
    def empty(self) -> bool:
        """Whether all that was said has been heard."""
        return self._said.empty()

    def _read(self, voice: Voice, pipe: IO[bytes]) -> None:
        with pipe:
            data = b"begins"
            while data and not voice.dropped:
                try:
                    data = os.read(pipe.fileno(), PIECE)
                except OSError:
                    data = b""
                if voice.room:
                    voice.room.acquire()
                self._said.put((voice, data))


class Outbox:
    """Tells a process what is put here, and goes on when it is gone. What was put is done with when the process took it."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._due: SimpleQueue[tuple[bytes, Voice | None] | None] = SimpleQueue()
        Thread(target=self._write, args=(pipe,), daemon=True).start()

    def put(self, text: bytes, source: Voice | None = None) -> None:
        """source is the voice whose piece is dealt with as soon as the text has been taken."""
        self._due.put((text, source))

    def close(self) -> None:
        """Nothing comes any more; may be called again."""
        self._due.put(None)

    @property
    def empty(self) -> bool:
        return self._due.empty()

    def _write(self, pipe: IO[bytes]) -> None:
        gone = False
        while due := self._due.get():
            text, source = due
            try:
                if text and not gone:
                    pipe.write(text)
                    pipe.flush()
            except OSError:
                gone = True  # whoever listens to it hears its end
            if source:
                source.done()
        try:
            pipe.close()
        except OSError:
            pass  # of what was not taken nothing is left to tell
