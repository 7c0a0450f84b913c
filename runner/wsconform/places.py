"""Where things are: the tree, the build folder, the cache, the programs."""

from __future__ import annotations

import os
import platform
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
CASES = TREE / "cases"
FAULTY = TREE / "runner" / "faulty"


def build() -> Path:
    """The folder of the preset "all" (the wsconform script says where it built)."""
    return Path(os.environ.get("WSCONFORM_BUILD") or TREE / "build" / "all")


def cache() -> Path:
    """A folder of our own for what can be made again: Wine prefixes, and builds of clones that cannot be written to."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "wsconform"


def default_out() -> Path:
    """reports/out/ of the clone; in the cache where the clone cannot be written to."""
    inside = TREE / "reports" / "out"
    return inside if os.access(TREE, os.W_OK) else cache() / "out"


def bundled() -> bool:
    """Whether this is a bundle for Windows (see bundle.py): its programs are in a folder for each architecture."""
    return "WSCONFORM_BUILD" not in os.environ and (TREE / "x86_64" / "wsconform-judge.exe").exists()


def shown(path: Path) -> str:
    """A path for a person: relative to where we are, if there is a way."""
    try:
        return os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)


def judge() -> Path:
    if bundled():
        return TREE / ("i686" if platform.machine() in ("x86", "i386", "i686") else "x86_64") / "wsconform-judge.exe"
    return build() / "model" / "judge" / "wsconform-judge"


def model_executor() -> Path:
    return build() / "model" / "judge" / "wsconform-exec-model"


def pe_executor(arch: str) -> Path:
    """The executor for Windows; arch is x86_64 or i686."""
    if bundled():
        return TREE / arch / "wsconform-exec.exe"
    return build() / f"pe-{arch}" / "runner" / "executor" / "wsconform-exec.exe"


def pe_judge(arch: str) -> Path:
    """The judge for Windows; arch is x86_64 or i686."""
    return build() / f"pe-{arch}" / "model" / "judge" / "wsconform-judge.exe"


def faulty_provider(arch: str) -> Path:
    """The provider with planted faults, none of them chosen; arch is x86_64 or i686."""
    return build() / f"pe-{arch}" / "runner" / "faulty" / "none.dll"
