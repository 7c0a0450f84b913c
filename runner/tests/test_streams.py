"""Pipes that are read ahead, but not for ever; processes that end with all that they started."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from conftest import living

from wsconform import processes
from wsconform.streams import AHEAD, PIECE, Inbox, Outbox, Voice


def test_who_is_not_dealt_with_has_to_wait_and_who_may_not_wait_does_not() -> None:
    much = (AHEAD + 4) * PIECE
    for bounded in (True, False):
        process = processes.start([sys.executable, "-c", f"import os\nfor _ in range({AHEAD + 4}): os.write(1, b'x' * {PIECE})"],
                                  stdout=subprocess.PIPE)
        assert process.stdout
        inbox = Inbox()
        voice = inbox.listen(process.stdout, "it", bounded=bounded)
        pieces: list[bytes] = []
        while not pieces or pieces[-1]:
            said = inbox.next()
            if not said:
                continue
            pieces.append(said[1])
            if bounded and len(pieces) == AHEAD:
                assert inbox.next() is None, "it has to wait"
            if bounded and len(pieces) >= AHEAD:
                voice.done()
        assert sum(map(len, pieces)) == much
        assert processes.exit_status(process, 60) == 0
        processes.end(process)


def test_a_dropped_voice_is_not_heard_though_it_speaks_on() -> None:
    read, write = os.pipe()
    inbox = Inbox()
    voice = inbox.listen(os.fdopen(read, "rb"), "it")
    os.write(write, b"before")
    while not (said := inbox.next()):
        pass
    assert said == (voice, b"before")
    os.write(write, b"unheard")
    voice.drop()
    assert inbox.next() is None
    os.close(write)
    assert inbox.next() is None


def test_what_nobody_takes_any_more_is_done_with() -> None:
    process = processes.start([sys.executable, "-c", ""], stdin=subprocess.PIPE)
    process.wait()
    assert process.stdin
    outbox = Outbox(process.stdin)
    source = Voice("somebody", threading.Semaphore(0))
    for _ in range(3):
        outbox.put(b"x" * PIECE, source)
    assert source.room
    for _ in range(3):
        assert source.room.acquire(timeout=60)
    outbox.close()


def test_a_child_ends_with_all_that_it_started_and_says_how_it_ended(tmp_path: Path) -> None:
    mark = f"WSCONFORM_TEST={tmp_path}"
    process = processes.start(["sh", "-c", "sleep 1000 & echo; exec sleep 1000"], stdout=subprocess.PIPE,
                              env={**os.environ, "WSCONFORM_TEST": str(tmp_path)})
    assert process.stdout and process.stdout.readline()
    assert len(living(mark)) == 2
    processes.end(process)
    assert process.returncode == -9
    while living(mark):  # the other one is init's to wait for
        pass
    process = processes.start(["sh", "-c", "kill -9 $$"])
    assert processes.exit_status(process) == -9
    processes.end(process)
