"""As much of the PE format as is needed to know what a file is for."""

from __future__ import annotations

import struct
from pathlib import Path

_DLL = 0x2000
_MACHINES = {0x8664: "x86_64", 0x14C: "i686"}


def machine(path: Path) -> str:
    """x86_64 or i686, else a description. Raises ValueError if the file is no PE file, OSError if it cannot be read."""
    if path.exists() and not path.is_file():
        raise ValueError("not a file")
    with path.open("rb") as file:
        start = file.read(64)
        if len(start) < 64 or start[:2] != b"MZ":
            raise ValueError("not a DLL")
        file.seek(struct.unpack_from("<I", start, 60)[0])
        header = file.read(6)
    if len(header) < 6 or header[:4] != b"PE\0\0":
        raise ValueError("not a DLL")
    number = struct.unpack_from("<H", header, 4)[0]
    return _MACHINES.get(number, f"machine {number:#x}")


def is_dll(path: Path) -> bool:
    """Of a file that has a machine: does its header say that it is a DLL?"""
    with path.open("rb") as file:
        file.seek(60)
        file.seek(struct.unpack("<I", file.read(4))[0] + 22)
        characteristics = file.read(2)
    return len(characteristics) == 2 and bool(struct.unpack("<H", characteristics)[0] & _DLL)
