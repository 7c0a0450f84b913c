"""./wsconform run -- -n N: the cases shared among N processes by pytest-xdist.

Each worker (see worker.py) collects all cases and keeps its share, which follows from the list of cases alone (see shards.py).
It runs that as a process without -n would, and leaves what came of it in a file for the controller, which makes one report
of all. Wine prefixes are shared by the locks that two runs beside each other would use, too.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from wsconform.errors import Stop, TargetError
from wsconform.parts import Part
from wsconform.plugin import Board

#: For the controller's pytest, and with the same words for the workers'. A worker that has died is not replaced: another
#: one would have another share.
OPTIONS = ["-p", "xdist.plugin", "-p", "wsconform.worker", "--max-worker-restart=0"]


def wanted(words: Sequence[str]) -> bool:
    """Do these arguments for pytest ask for workers?"""
    return any(word.startswith(("-n", "--numprocesses")) for word in words)


class Controller:
    """Starts the workers on their shares and gathers what they leave in the folder."""

    def __init__(self, board: Board, words: Sequence[str], folder: Path) -> None:
        if importlib.util.find_spec("xdist") is None:
            raise TargetError("-n needs pytest-xdist; install it (Debian, Ubuntu: apt-get install python3-pytest-xdist)")
        self._board = board
        self._words = list(words)
        self._folder = folder
        self._died: dict[str, str] = {}  # by worker, and why

    @pytest.hookimpl(optionalhook=True)  # type: ignore[misc]
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        from xdist.scheduler import EachScheduling  # type: ignore[import]

        if config.getvalue("maxfail"):
            raise pytest.UsageError("-x and --maxfail do not go with -n: all cases run before the first is told")
        return EachScheduling(config, log)  # each worker runs all that it has kept

    @pytest.hookimpl(optionalhook=True)  # type: ignore[misc]
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["wsconform"] = {"words": self._words, "folder": str(self._folder)}

    @pytest.hookimpl(optionalhook=True)  # type: ignore[misc]
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        if error:
            self._died[node.gateway.id] = str(error).strip().splitlines()[-1]

    @pytest.hookimpl(tryfirst=True)  # type: ignore[misc]
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """A worker whose controller is interrupted ends what it started before it ends."""
        if exitstatus == pytest.ExitCode.INTERRUPTED:
            for note in self._folder.glob("*.pid"):
                with suppress(OSError, ValueError):
                    os.kill(int(note.read_text()), signal.SIGTERM)

    def gather(self) -> None:
        """Puts what the workers have left onto the board."""
        board, case_of = self._board, {case.id: case for case in self._board.collection.cases}
        left = [json.loads(path.read_text()) for path in sorted(self._folder.glob("*.json"))]
        for one in left:
            board.troubles += one["troubles"]
            board.whole |= {name: [case_of[id] for id in ids] for name, ids in one["whole"].items()}
            for name, (status, message) in one["broken"].items():
                board.broken.setdefault(name, _stop(status, message))
        for target in board.targets:
            ids = {id for one in left for id in one["selected"].get(target.name, ())}
            cases = [case for case in board.collection.cases if case.id in ids]
            parts = sorted(self._folder.glob(f"*.{target.name}.part"))
            if cases:
                board.selected[target.name] = cases
            if not parts or target.name in board.broken:
                continue
            board.parts[target.name] = Part()
            for path in parts:
                board.parts[target.name].add(Part.read(path))
            there = [case for case in cases if case.id in board.parts[target.name].records]
            board.assemble(target, there)
            if len(there) < len(cases):
                board.lost.append(f"{target.name}: {len(cases) - len(there)} cases were not run")
        board.lost += [f"the worker {name} ended early: {why}" for name, why in sorted(self._died.items())]


def _stop(status: int, message: str) -> Stop:
    stop = Stop(message)
    stop.status = status
    return stop
