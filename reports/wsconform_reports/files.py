"""Files that are whole or not there, and which of those in a folder are of the report that stands there."""

from __future__ import annotations

import gzip
import json
import os
import re
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any


class Staged:
    """Writes a set of files below one folder. Inside `with`, put() writes each under a temporary name in the folder in
    which it will stand; when the block ends they all get their names, and if anything fails nothing of them stays.

    A file that stood there before is replaced in one step: who reads it sees the old or the new one, whole.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._waiting: list[tuple[Path, Path]] = []
        self._made: list[Path] = []
        self._going: list[Path] = []

    def __enter__(self) -> Staged:
        return self

    def put(self, name: str, content: str | bytes) -> None:
        final = self._root / name
        self._folder(final.parent)
        temporary = final.with_name(f".{final.name}.{os.getpid()}.tmp")
        self._waiting.append((temporary, final))
        temporary.write_bytes(content if isinstance(content, bytes) else encode(content))

    def drop(self, name: str) -> None:
        """A file of an earlier report that would contradict this one; goes when the others come."""
        self._going.append(self._root / name)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                for temporary, final in self._waiting:
                    os.replace(temporary, final)
                for path in self._going:
                    path.unlink(missing_ok=True)
        finally:
            self._sweep()

    def _folder(self, folder: Path) -> None:
        missing = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for folder in reversed(missing):
            folder.mkdir(exist_ok=True)
            self._made.append(folder)

    def _sweep(self) -> None:
        for temporary, _ in self._waiting:
            temporary.unlink(missing_ok=True)
        for folder in reversed(self._made):
            try:
                folder.rmdir()  # only the empty ones go: those whose files did not come
            except OSError:
                pass


#: What a file is called that was compressed to be kept.
PACKED = ".gz"


def packed(text: str) -> bytes:
    """The same text gives the same bytes."""
    return gzip.compress(encode(text), mtime=0)


def stored(folder: Path, name: str) -> Path | None:
    """The file of that name in the folder, or the compressed one."""
    return next((path for path in (folder / name, folder / (name + PACKED)) if path.is_file()), None)


def content(path: Path) -> bytes:
    """What is in a file, compressed or not. Raises OSError."""
    data = path.read_bytes()
    if path.suffix != PACKED:
        return data
    try:
        return gzip.decompress(data)
    except (EOFError, zlib.error) as error:
        raise OSError(f"damaged: {error}") from error


#: In an output folder: which targets' folders belong to the report that stands there.
MANIFEST = "manifest.json"
#: What has changed between the two runs that a report is of.
CHANGES = "changes.json"


def manifest(folders: Collection[str]) -> str:
    """The content of manifest.json."""
    return json.dumps({"schema": 1, "targets": list(folders)}, indent=1) + "\n"


def targets_in(root: Path) -> list[str] | None:
    """The targets' folders that manifest.json of an output folder names; None if there is none, or none to rely on.
    Only plain names are believed: nothing outside the folder is ever meant."""
    try:
        named = json.loads((root / MANIFEST).read_text("utf-8"))["targets"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not isinstance(named, list):
        return None
    return [name for name in named if isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name)]


def left_over(root: Path, before: Collection[str], now: Collection[str]) -> list[str]:
    """The targets' folders of an earlier report (before) that the report of now has not. They stay, for their traces may
    be wanted, but as manifest.json does not name them any more they do not pass for results of this run."""
    kept = {name.lower() for name in now}  # some file systems do not tell a from A
    return [name for name in before if name.lower() not in kept and (root / name).is_dir()]


def lines_of(doc: Mapping[str, Any]) -> str:
    """A document as JSON: what is a list in it one element in a line, so that the lines of two files can be compared."""
    parts = []
    for key, value in doc.items():
        if isinstance(value, list) and value:
            told = "[\n" + ",\n".join(f"  {json.dumps(item, ensure_ascii=False)}" for item in value) + "\n ]"
        else:
            told = json.dumps(value, ensure_ascii=False)
        parts.append(f" {json.dumps(key)}: {told}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def encode(text: str) -> bytes:
    """UTF-8. Bytes that were no UTF-8 when read (surrogateescape) come out as they were; what else has no place in
    UTF-8 is spelled \\udXXX, which in JSON is the same string."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace")
