"""./wsconform bundle: wsconform-windows.zip, with all that a Windows machine needs to run the cases.

    wsconform-windows/
      run.cmd, README.txt          runs all cases, leaves traces; nothing has to be installed
      x86_64/, i686/               executor and judge
      cases/                       the case files
      wsconform.cmd, requirements.txt, runner/, spec/, reports/     the driver, for who has a Python there

The same build gives the same bytes: names in order, one time for all (SOURCE_DATE_EPOCH, else that of the first archives).
"""

from __future__ import annotations

import os
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from wsconform import places
from wsconform.errors import BadUsage, TargetError
from wsconform.targets import ARCHES

#: The folder that everything is in.
TOP = "wsconform-windows"
_WINDOWS = places.TREE / "runner" / "windows"
#: Of the tree, as it is there: what a pattern finds below a folder.
_TREE = (("cases", "**/*.case"), ("cases", "*.md"), ("runner/wsconform", "*.py"), ("spec", "*.toml"),
         ("spec/wsconform_spec", "*.py"), ("reports", "*.json"), ("reports/wsconform_reports", "**/*"))
#: Files that a person opens there, or cmd.exe: with the line ends of Windows. Name in the bundle, and where it is here.
_TEXTS = {"run.cmd": _WINDOWS / "run.cmd", "wsconform.cmd": _WINDOWS / "wsconform.cmd", "README.txt": _WINDOWS / "README.txt",
          "requirements.txt": _WINDOWS / "requirements.txt", "LICENSE.txt": places.TREE / "LICENSE"}
#: The earliest that a zip archive can tell.
_EARLIEST = (1980, 1, 1, 0, 0, 0)


def write(out: Path) -> None:
    """Writes the archive, whole or not at all."""
    temporary = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    when = _time()
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in sorted(_files()):
                entry = zipfile.ZipInfo(f"{TOP}/{name}", when)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system, entry.external_attr = 3, 0o100644 << 16  # whatever system makes it
                archive.writestr(entry, content)
        os.replace(temporary, out)
    except OSError as error:
        raise BadUsage(f"--out {out}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _files() -> Iterator[tuple[str, bytes]]:
    """Names in the bundle, and contents. Raises TargetError if a program was not built."""
    for arch in ARCHES:
        for program in (places.pe_executor(arch), places.pe_judge(arch)):
            if not program.exists():
                raise TargetError(f"{program} is not built: a bundle needs the programs for Windows")
            yield f"{arch}/{program.name}", program.read_bytes()
    for name, path in _TEXTS.items():
        yield name, path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    for folder, pattern in _TREE:
        for path in (places.TREE / folder).glob(pattern):
            inside = path.relative_to(places.TREE)
            if path.is_file() and "__pycache__" not in inside.parts and not path.is_relative_to(places.CASES / "notation"):
                yield inside.as_posix(), path.read_bytes()


def _time() -> tuple[int, int, int, int, int, int]:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return _EARLIEST
    if not epoch.isdigit():
        raise BadUsage(f"SOURCE_DATE_EPOCH={epoch}: no number of seconds")
    made = time.gmtime(int(epoch))
    return max(_EARLIEST, (made.tm_year, made.tm_mon, made.tm_mday, made.tm_hour, made.tm_min, made.tm_sec))
