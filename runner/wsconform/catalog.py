"""targets.toml: targets with names of their own.

    [staging]
    wine = "/opt/wine-staging/bin/wine"

A table is a target; KEYS says what may stand in it. What is wrong with the file is told with file:line:column.
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wsconform import launch as launching
from wsconform import layers, places, recorded, targets, wine
from wsconform.errors import BadUsage
from wsconform.targets import Target

#: Names that mean something without a file.
BUILT_IN = ("wine", "windows", "model")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
#: Each says by itself what is tested; one of them at most, but for a chroot and the Wine in it.
_WHAT = ("wine", "chroot", "command", "executor", "trace")


class _Wrong(Exception):
    """What is wrong with a value."""


def _path(value: Any, folder: Path) -> Path:
    """Relative to the file."""
    if not isinstance(value, str) or not value:
        raise _Wrong("must be a path in quotes")
    return Path(os.path.abspath(folder / Path(value).expanduser()))


def _program(value: Any, folder: Path) -> str:
    """A path relative to the file, or a name that is looked for on PATH (of the chroot, if it is in one)."""
    path = _path(value, folder)
    return str(path) if "/" in value or "\\" in value or value.startswith("~") else str(value)


def _words(value: Any, folder: Path) -> tuple[str, ...]:
    """A command: a list of words, or one string that is split as a shell splits it."""
    try:
        words = shlex.split(value) if isinstance(value, str) else value
    except ValueError as error:
        raise _Wrong(f"cannot be split into words: {error}") from error
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words) or not words[0]:
        raise _Wrong("must be a command: words in one string, or a list of strings")
    return (_program(words[0], folder), *words[1:])


def _arch(value: Any, folder: Path) -> str:
    if value not in targets.ARCHES:
        raise _Wrong(f"must be one of {', '.join(targets.ARCHES)}")
    return str(value)


#: What may stand in a target's table. A key of a new kind is a line here, and its use in Entry.targets.
KEYS: Mapping[str, Callable[[Any, Path], Any]] = {
    "wine": _program,
    "chroot": _path,
    "command": _words,
    "provider": _path,
    "launch": _words,
    "arch": _arch,
    "executor": _path,
    "trace": _path,
}


@dataclass(frozen=True)
class Entry:
    """A target of the file, not looked for yet."""

    name: str
    values: Mapping[str, Any]
    where: str  # file:line:column

    def targets(self, provider: Path | None = None, launch: str | None = None, profile: str = "documented") -> list[Target]:
        """The target; of a trace folder one for each architecture in it. provider, launch: instead of its own. Raises Stop if
        that cannot be: what the file says wrongly with its place in it."""
        options: tuple[str, ...] = ("--target", self.name)
        values = dict(self.values)
        if "trace" in values:
            if provider or launch is not None:
                raise BadUsage(f"{self.name} is a trace: there is nothing to run with --provider or --launch")
            return [replace(one, options=options) for one in recorded.targets_of(self.name, values["trace"], profile)]
        if "executor" in values:
            if provider or launch is not None:
                raise BadUsage(f"{self.name} is a porting layer of this machine: --provider and --launch are for Windows programs")
            return [replace(layers.target(values["executor"], options, []), name=self.name)]
        options += ("--provider", str(provider)) if provider else ()
        options += ("--launch", launch) if launch is not None else ()
        dll: Path | None = provider or values.get("provider")
        arch = self._arch(dll, provider is not None)
        words = launching.words(launch) if launch is not None else self._launch()
        one = self._wine(dll)
        name = "-".join([self.name, *targets.own_words(provider, words if launch is not None else ())])
        plain = self.name if name != self.name else targets.identity_of(
            {"kind": "wine", "version": one.version, "arch": arch, "provider": None}) if dll or words else ""
        return [Target(name, "wine", one.version, arch, dll, one, options, words, plain)]

    def _arch(self, dll: Path | None, given: bool) -> str:
        """That of the DLL; given: on the command line."""
        arch: str = self.values.get("arch", "x86_64")
        if not dll:
            return arch
        found = targets.provider_arch(dll)
        if found != self.values.get("arch", found):
            raise BadUsage(f"{dll} is for {found}, and {self.name} for {arch}" if given else
                           f"{self.where}: {dll} is for {found}, not for {arch}")
        return found

    def _launch(self) -> tuple[str, ...]:
        if "launch" not in self.values:
            return ()
        try:
            return launching.words(shlex.join(self.values["launch"]))
        except BadUsage as error:
            raise BadUsage(f"{self.where}: {error}") from error

    def _wine(self, dll: Path | None) -> wine.Wine:
        values = self.values
        if "chroot" in values:
            return wine.find_in(values["chroot"], values.get("wine"), [dll.parent] if dll else [])
        program, *arguments = values.get("command") or (values.get("wine"),)
        return wine.find(program, arguments)

    @property
    def what(self) -> str:
        """Shortly, what it is."""
        said = [f"{key} {' '.join(value) if isinstance(value, tuple) else value}" for key, value in self.values.items()]
        return ", ".join(said) or "the system's Wine"


def default_file() -> Path:
    return places.TREE / "targets.toml"


def read(path: Path | None = None) -> dict[str, Entry]:
    """The targets of a file; without one those of targets.toml, if there is one. Raises BadUsage."""
    file = path or default_file()
    if path is None and not file.exists():
        return {}
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadUsage(f"{file}:1:1: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadUsage(f"{file}:{_place(error.object, error.start)}: not UTF-8") from error
    return parse(text, file)


def _place(data: bytes, at: int) -> str:
    before = data[:at]
    line_begins = before.rfind(b"\n") + 1
    return f"{before.count(bytes([10])) + 1}:{len(before[line_begins:].decode(errors='replace')) + 1}"


def parse(text: str, file: Path) -> dict[str, Entry]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        at = re.search(r" \(at line (\d+), column (\d+)\)$", message)
        lines = text.splitlines() or [""]
        line, column = (at[1], at[2]) if at else (len(lines), len(lines[-1]) + 1)
        what = re.sub(r" \(at [^()]*\)$", "", message)
        raise BadUsage(f"{file}:{line}:{column}: {what[:1].lower()}{what[1:]}") from error
    except RecursionError as error:
        raise BadUsage(f"{file}:1:1: nested too deeply") from error
    found = {}
    for name, table in tables.items():
        where = f"{file}:{_find(text, name)}"
        if not isinstance(table, dict):
            near = f"; does a line [NAME] lack above it?" if name in KEYS else ""
            raise BadUsage(f"{where}: {name} is no table: a target is [NAME], with its keys below{near}")
        if not _NAME.fullmatch(name):
            raise BadUsage(f"{where}: {name!r} is no name of a target: letters, digits and . _ + - (it names a folder)")
        if name in BUILT_IN:
            raise BadUsage(f"{where}: {name} is a target anyway; give this one another name")
        found[name] = Entry(name, _values(name, table, text, file), where)
    return found


def _values(name: str, table: Mapping[str, Any], text: str, file: Path) -> dict[str, Any]:
    values = {}
    for key, value in table.items():
        where = f"{file}:{_find(text, name, key)}"
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, n=1, cutoff=0.6)
            raise BadUsage(f"{where}: no key {key!r}; " + (f"did you mean {near[0]}?" if near else f"there are {', '.join(KEYS)}"))
        try:
            values[key] = KEYS[key](value, file.parent)
        except _Wrong as error:
            raise BadUsage(f"{where}: {key} {error}") from error
    what = [key for key in _WHAT if key in values]
    if len(what) > 1 and what != ["wine", "chroot"]:
        raise BadUsage(f"{file}:{_find(text, name, what[1])}: {what[0]} and {what[1]} do not go together: a target is one thing")
    if "trace" in values and len(values) > 1:
        other = next(key for key in values if key != "trace")
        raise BadUsage(f"{file}:{_find(text, name, other)}: {other} does not go with trace: the trace says what it is of")
    if "executor" in values and len(values) > 1:
        other = next(key for key in values if key != "executor")
        raise BadUsage(f"{file}:{_find(text, name, other)}: {other} does not go with executor: that says itself what it is")
    return values


def _find(text: str, name: str, key: str | None = None) -> str:
    """line:column of a table, or of a key in it; as well as it can be told from lines."""
    table, at, begins = "", "", ""
    for number, line in enumerate(text.splitlines(), 1):
        path = _path_of(line)
        if not path:
            continue
        place = f"{number}:{len(line) - len(line.lstrip()) + 1}"
        if line.lstrip().startswith("["):
            table = path[0]
        else:
            path = [table, *path] if table else path
        if path[0] == name:
            begins = begins or place
            if key is not None and len(path) > 1 and path[1] == key:
                at = at or place
    return (at if key is not None else "") or begins or "1:1"


def _path_of(line: str) -> list[str]:
    """The keys that a line of TOML gives values or tables to, outermost first; [] for any other line."""
    line = line.strip()
    if not line.startswith("["):
        match = re.match(r"""((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""", line)
        line = f"{match[1]} = 0" if match else ""
    found, path = None, []
    with suppress(tomllib.TOMLDecodeError):
        found = tomllib.loads(line)
    while isinstance(found, (dict, list)) and found:
        if isinstance(found, dict):
            path.append(next(iter(found)))
        found = next(iter(found.values() if isinstance(found, dict) else found))
    return path


def unknown(name: str, entries: Mapping[str, Entry], file: Path | None) -> BadUsage:
    """Says that there is no such target."""
    known = [*BUILT_IN, *entries]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    there = file or default_file()
    return BadUsage(f"no target {name!r}: {hint}" + ("" if there.exists() else f" (others are named in {there}, which is not there)"))
