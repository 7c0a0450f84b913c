"""A progress bar, on terminals only."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from wsconform.targets import Target
from wsconform.verdicts import UNEXPECTED


def plain_bar() -> Any:
    """A bar for work that is counted, not yet started; None where standard error is no terminal."""
    if not sys.stderr.isatty():
        return None
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    return Bar(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
               console=Console(stderr=True), transient=True)


class Progress:
    """Use as context manager; started and progressed are told what happens."""

    def __init__(self, silent: bool = False) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._bad = 0
        if not silent and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                            TextColumn("{task.fields[bad]}"), console=Console(stderr=True), transient=True)

    def __enter__(self) -> Progress:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self._bar:
            self._bar.stop()

    def started(self, target: Target, cases: int) -> None:
        """cases verdicts of this target are to come."""
        self._bad = 0
        if self._bar:
            self._task = self._bar.add_task(target.name, total=cases, bad="")

    def progressed(self, target: Target, record: dict[str, Any]) -> None:
        if self._bar:
            self._bad += record["verdict"] in UNEXPECTED
            self._bar.update(self._task, advance=1, bad=f"{self._bad} not as documented" if self._bad else "")
