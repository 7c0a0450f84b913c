"""What a program that runs tests (Bazel's, and others that do as it does) asks for in the environment, shards apart (shards.py)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wsconform.errors import TargetError

#: A file to touch by which we say that we know of shards; one that is there for as long as we run, so that who ended early is
#: found out whatever its exit status; and where junit.xml is wanted.
STATUS_FILE, PREMATURE_EXIT_FILE, XML_FILE = "TEST_SHARD_STATUS_FILE", "TEST_PREMATURE_EXIT_FILE", "XML_OUTPUT_FILE"


@contextmanager
def announced() -> Iterator[None]:
    """Does what is asked for around a run. Raises TargetError if that cannot be."""
    _touch(STATUS_FILE)
    running = _touch(PREMATURE_EXIT_FILE)
    try:
        yield
    finally:
        if running:
            running.unlink(missing_ok=True)


def _touch(variable: str) -> Path | None:
    name = os.environ.get(variable)
    if not name:
        return None
    try:
        Path(name).touch()
    except OSError as error:
        raise TargetError(f"{variable}={name} in the environment: {error.strerror}") from error
    return Path(name)


def hand_over(junit: Path) -> str:
    """Copies junit.xml to where it is wanted; the reason if that was not possible, else ""."""
    name = os.environ.get(XML_FILE)
    if name:
        try:
            shutil.copyfile(junit, name)
        except OSError as error:
            return f"{XML_FILE}={name} in the environment: {error.strerror or error}"
    return ""
