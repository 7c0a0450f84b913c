"""A worker of ./wsconform run -- -n N (see workers.py): as a plugin of pytest, in whose controller it does nothing."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from wsconform import interrupts, processes
from wsconform.cases import Case
from wsconform.plugin import Board, Plugin
from wsconform.shards import Shard


def pytest_configure(config: pytest.Config) -> None:
    """In a worker, what the run command does before it calls pytest."""
    given = getattr(config, "workerinput", None)
    if given is None:
        return
    from wsconform import cli, run

    name, folder = given["workerid"], Path(given["wsconform"]["folder"])
    _end_in_order()
    (folder / f"{name}.pid").write_text(str(os.getpid()))
    arguments = cli.parser().parse_args(given["wsconform"]["words"])
    board = run.prepared(arguments)
    count = int(given["workercount"])
    board.share = Shard(int(name.removeprefix("gw")) + 1, count)
    board.jobs = max(1, board.jobs // count)  # so many at once in all
    config.pluginmanager.register(_Left(board, name, folder))
    config.pluginmanager.register(Plugin(board, quiet=False))


def _end_in_order() -> None:
    """The first signal ends this process in an orderly way, which no later one disturbs: a Ctrl-C of a terminal comes to the
    worker itself and once more from the controller."""
    def end(number: int, frame: object) -> None:
        for other in processes.INTERRUPTS:
            signal.signal(other, signal.SIG_IGN)
        interrupts.interrupt()

    for number in processes.INTERRUPTS:
        signal.signal(number, end)


class _Left:
    """Leaves what came of a worker's share, whenever there is more of it."""

    def __init__(self, board: Board, name: str, folder: Path) -> None:
        self._board = board
        self._name = name
        self._folder = folder
        self._written: set[str] = set()
        board.ended = self.write

    @pytest.hookimpl(trylast=True)  # type: ignore[misc]
    def pytest_collection_finish(self) -> None:
        self.write()

    def write(self) -> None:
        board = self._board
        for name, part in board.parts.items():
            if name not in self._written:
                part.write(self._folder / f"{self._name}.{name}.part")
                self._written.add(name)
        state = {
            "whole": _ids(board.whole), "selected": _ids(board.selected), "troubles": board.troubles,
            "broken": {name: (stop.status, str(stop)) for name, stop in board.broken.items()},
        }
        temporary = self._folder / f"{self._name}.tmp"
        temporary.write_text(json.dumps(state))
        temporary.replace(self._folder / f"{self._name}.json")


def _ids(cases: dict[str, list[Case]]) -> dict[str, list[str]]:
    return {name: [case.id for case in some] for name, some in cases.items()}
