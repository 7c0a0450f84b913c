"""What can be tested: a Wine (or a DLL under it), a porting layer on this machine, and the reference model itself."""

from __future__ import annotations

import platform
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wsconform import launch as launching
from wsconform import pe, places, wine
from wsconform.errors import BadUsage, TargetError

if TYPE_CHECKING:
    from wsconform.parts import Part

ARCHES = ("x86_64", "i686")


@dataclass(frozen=True)
class Target:
    """One implementation under test. name is also the name of its folder in the output."""

    name: str
    kind: str  # "wine", "windows", "posix", "model", or what a trace says that it is of
    version: str
    arch: str
    provider: Path | None = None
    wine: wine.Wine | None = None
    #: The options that choose this target again, for the command that reruns a case.
    options: tuple[str, ...] = ()
    #: The words of the command through which the executor is started, {} among them; none: it is started as it is.
    launch: tuple[str, ...] = ()
    #: With a provider or a launcher: the name of the same Wine without it. Its known deviations are this one's, too.
    plain: str = ""
    #: A porting layer: the program of this machine that is linked to it.
    executor: Path | None = None
    #: What was recorded elsewhere, and is judged instead of run: where it is, and what became of its cases.
    trace: Path | None = None
    recorded: Part | None = field(default=None, repr=False, compare=False)

    @property
    def identity(self) -> str:
        return identity_of(self.describe())

    @property
    def names(self) -> frozenset[str]:
        """What a baseline may call it."""
        bare = {self.plain, identity_of({**self.describe(), "provider": None})} if self.plain else set()
        return frozenset({self.name, self.identity, *bare})

    def describe(self) -> dict[str, Any]:
        """As it stands in results.json."""
        return {"name": self.name, "kind": self.kind, "version": self.version, "arch": self.arch,
                "provider": self.provider.name if self.provider else None,
                **({"options": shlex.join(self.options)} if self.executor else {})}

    def head(self) -> str:
        """The first lines of its traces."""
        pairs = [("", self.name), ("kind ", self.kind), ("version ", self.version), ("arch ", self.arch)]
        if self.provider:
            pairs.append(("provider ", self.provider.name))
        return "trace 1\ntarget " + " ".join(f"{word}{quoted(text)}" for word, text in pairs) + "\n"


def quoted(text: str) -> str:
    """A string of the notation."""
    return '"' + re.sub(r"[\x00-\x1f]", lambda m: f"\\x{ord(m[0]):02x}",
                        text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def folder_name(text: str) -> str:
    """The text with nothing in it that a file name or --target must not have."""
    return re.sub(r"[^A-Za-z0-9._+-]", "_", text)


def identity_of(target: dict[str, Any]) -> str:
    """A name that says what a target of results.json is, whatever the user calls it."""
    if target["kind"] == "model":
        return "model"
    provider = f"-{Path(target['provider']).stem}" if target["provider"] else ""
    return folder_name(f"{target['kind']}-{target['version']}-{target['arch']}{provider}")


def own_words(provider: Path | None, launch: Sequence[str]) -> list[str]:
    """What provider and launcher add to a target's name."""
    words = [*([provider.stem] if provider else []), *([launching.name(launch)] if launch else [])]
    return [folder_name(word) for word in words]


def model(version: str) -> Target:
    return Target("model", "model", version, platform.machine(), options=("--target", "model"))


def wines(programs: list[str], arches: list[str], provider: Path | None, launch: str | None = None) -> list[Target]:
    """A target for each Wine (none named: the system's) and architecture."""
    found: list[Target] = []
    words = launching.words(launch) if launch is not None else ()
    for program in programs or [""]:
        one = wine.find(program or None)
        for arch in arches:
            options: tuple[str, ...] = ("--wine", program) if program else ("--target", "wine")
            options += ("--arch", arch) if arch != "x86_64" else ()
            options += ("--provider", str(provider)) if provider else ()
            options += ("--launch", launch) if launch is not None else ()
            plain = identity_of({"kind": "wine", "version": one.version, "arch": arch, "provider": None})
            stem = "-".join([plain, *own_words(provider, words)])
            taken = {t.name for t in found}
            name = next(n for n in (stem, *(f"{stem}-{i}" for i in range(2, 100))) if n not in taken)
            found.append(Target(name, "wine", one.version, arch, provider, one, options, words, plain if stem != plain else ""))
    return found


def windows(arches: list[str], provider: Path | None) -> list[Target]:
    """A target for each architecture of the Windows that this runs on. Raises TargetError if it is none."""
    if sys.platform != "win32":
        raise TargetError("this is no Windows: the target is there for runs on one")
    version = platform.version()
    found = []
    for arch in arches:
        options: tuple[str, ...] = ("--target", "windows") + (("--arch", arch) if arch != "x86_64" else ())
        options += ("--provider", str(provider)) if provider else ()
        plain = f"windows-{version}-{arch}"
        name = re.sub(r"[^A-Za-z0-9._+-]", "_", f"{plain}-{provider.stem}") if provider else plain
        found.append(Target(name, "windows", version, arch, provider, options=options, plain=plain if provider else ""))
    return found


def default_kinds() -> list[str]:
    """What is tested if nothing is named. A bundle for Windows comes without the model's executor."""
    if sys.platform == "win32":
        return ["windows", "model"] if places.model_executor().exists() else ["windows"]
    return ["wine", "model"]


def provider_arch(path: Path) -> str:
    """The architecture of a DLL; raises BadUsage if it is none that can be tested."""
    try:
        arch = pe.machine(path)
    except OSError as error:
        raise BadUsage(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise BadUsage(f"{path}: {error}") from error
    if not pe.is_dll(path):
        raise BadUsage(f"{path}: a program, not a DLL")
    if arch not in ARCHES:
        raise BadUsage(f"{path}: a DLL for {arch}; only {' and '.join(ARCHES)} can be tested")
    return arch
