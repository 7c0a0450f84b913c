"""Where things are: the tree, the build folder, the cache, the programs."""

from __future__ import annotations

import os
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


def judge() -> Path:
    return build() / "model" / "judge" / "wsconform-judge"


def model_executor() -> Path:
    return build() / "model" / "judge" / "wsconform-exec-model"


def pe_executor(arch: str) -> Path:
    """The executor for Windows; arch is x86_64 or i686."""
    return build() / f"pe-{arch}" / "runner" / "executor" / "wsconform-exec.exe"


def faulty_provider(arch: str) -> Path:
    """The provider with planted faults, none of them chosen; arch is x86_64 or i686."""
    return build() / f"pe-{arch}" / "runner" / "faulty" / "none.dll"
