"""Lets the tests import the package beside them, and gives them the programs and the document if they are there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

SPEC = Path(__file__).resolve().parent.parent
ROOT = SPEC.parent
sys.path.insert(0, str(SPEC))


@pytest.fixture(scope="session")
def document() -> str:
    """The real document, which is not in the tree: $WSCONFORM_DOCUMENT, or the shared folder beside the clone."""
    named = os.environ.get("WSCONFORM_DOCUMENT")
    path = Path(named) if named else ROOT.parent / "shared" / "reference" / "wsasend.ko.txt"
    if not named and not path.is_file():
        pytest.skip("no copy of the document here: name one in WSCONFORM_DOCUMENT")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def judge() -> Path:
    """The wsconform-judge of the build folder: $WSCONFORM_BUILD (./wsconform sets it), or build/all of the tree."""
    path = Path(os.environ.get("WSCONFORM_BUILD") or ROOT / "build" / "all") / "model" / "judge" / "wsconform-judge"
    if not path.is_file():
        pytest.skip("wsconform-judge is not built: cmake --preset all && cmake --build --preset all")
    return path
