"""Porting layers: executors that are programs of this machine, linked to the Winsock that they test."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from wsconform import places, processes
from wsconform.errors import BadUsage, TargetError
from wsconform.targets import Target

#: How long an executor may take to say what it is.
_DESCRIBE_S = 30
#: What an executor calls a layer whose adapter does not.
UNNAMED = "layer"
#: An executor that was not built again for so long is built anew when it is wanted.
_KEPT_S = 86400


@dataclass(frozen=True)
class Layer:
    """A porting layer as its author has it."""

    include: tuple[Path, ...]
    library: tuple[Path, ...]
    adapter: Path | None = None
    link: tuple[str, ...] = ()

    @property
    def options(self) -> tuple[str, ...]:
        """The options of ./wsconform run that choose it again."""
        words = [("--winsock-include", path) for path in self.include] + [("--winsock-library", path) for path in self.library]
        words += [("--winsock-adapter", self.adapter)] if self.adapter else []
        return (*(str(word) for pair in words for word in pair), *(f"--winsock-link={word}" for word in self.link))


def _settings(layer: Layer) -> list[str]:
    def listed(words: Sequence[object]) -> str:
        return ";".join(map(str, words))
    return [f"-DWSCONFORM_WINSOCK_INCLUDE={listed(layer.include)}", f"-DWSCONFORM_WINSOCK_LIBRARY={listed(layer.library)}",
            f"-DWSCONFORM_WINSOCK_ADAPTER={layer.adapter or ''}", f"-DWSCONFORM_WINSOCK_LINK={listed(layer.link)}"]


def build(layer: Layer) -> Path:
    """The executor for the layer, built beside our other programs. Raises BadUsage if that cannot be,
    with what the compiler says."""
    for word in (*layer.include, *layer.library, *filter(None, [layer.adapter]), *layer.link):
        if ";" in str(word):
            raise BadUsage(f"{word}: to CMake a semicolon ends a word; give it another name, or --winsock-link once for each word")
    for path in (*layer.include, *layer.library, *filter(None, [layer.adapter])):
        if not path.exists():
            raise BadUsage(f"{path}: there is no such {'folder' if path in layer.include else 'file'}")
    if not layer.adapter and not any((path / "winsock2.h").exists() for path in layer.include):
        raise BadUsage(f"there is no winsock2.h in {', '.join(map(str, layer.include))}: an adapter must say which headers declare "
                       "WSASend (--winsock-adapter FILE.h; runner/executor/posix/adapter.h is a template)")
    settings = _settings(layer)
    folder = places.build().parent / "layers"  # one for all: what is not the layer's is compiled once
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        processes.lock(lock.fileno())
        made = _made(layer, settings, folder)
        digest = hashlib.sha256("\n".join(settings).encode()).hexdigest()[:12]
        kept = folder / f"wsconform-exec-{digest}"
        shutil.copy(made, f"{kept}.new")
        os.replace(f"{kept}.new", kept)
        for old in folder.glob("wsconform-exec-*"):
            if old.stat().st_mtime < time.time() - _KEPT_S:
                old.unlink()
    return kept


def _made(layer: Layer, settings: Sequence[str], folder: Path) -> Path:
    steps = [["cmake", "-G", "Ninja", "-S", str(places.TREE), "-B", str(folder), "-DCMAKE_BUILD_TYPE=RelWithDebInfo", *settings],
             ["cmake", "--build", str(folder), "--target", "wsconform-exec"]]
    for step in steps:
        try:
            done = subprocess.run(step, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  errors="replace")
        except OSError as error:
            raise TargetError(f"{step[0]} cannot be started: {error.strerror}") from error
        if done.returncode:
            of = layer.library or layer.include or (layer.adapter or Path(),)
            raise BadUsage(f"no executor can be built for {', '.join(path.name for path in of)}; the adapter, or what it "
                           f"includes, does not fit (runner/executor/README.md tells what it may say):\n{_said(done.stdout)}")
    return folder / "runner" / "executor" / "wsconform-exec"


def _said(output: str) -> str:
    """What matters of a failed build: not ninja's own lines and command lines."""
    lines = [line for line in output.splitlines() if not re.match(r"\[\d+/\d+\]|FAILED:|ninja: |-- |: && |cd .* && |/\S+ .* -o ", line)]
    return "\n".join(lines[-60:]).strip() or output.strip()[-2000:]


def target(executor: Path, options: tuple[str, ...], taken: Sequence[str]) -> Target:
    """The target that this executor tests. It says itself what it is called."""
    try:
        done = subprocess.run([str(executor), "--describe"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=_DESCRIBE_S)
    except OSError as error:
        raise BadUsage(f"{executor}: cannot be started: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise TargetError(f"{executor}: does not say what it is; does the library's initialisation hang?") from error
    said = dict(re.findall(r'(target|kind|version|arch) "((?:[^"\\]|\\.)*)"', done.stdout))
    if done.returncode or said.get("kind") != "posix":
        if "error while loading shared libraries" in done.stderr:
            raise TargetError(f"{done.stderr.strip()} (LD_LIBRARY_PATH may say where it is)")
        if done.returncode < 0:
            raise TargetError(f"{executor}: ended by signal {-done.returncode} before it began")
        raise BadUsage(f"{executor}: no executor for a porting layer (one that was built with -DWSCONFORM_WINSOCK_LIBRARY=...)"
                       + (f": {done.stderr.strip()}" if done.stderr.strip() else "")
                       + ("\nthe layer was built with -fsanitize=address: add --winsock-link=-fsanitize=address"
                          if "ASan runtime does not come first" in done.stderr else ""))
    library = next((Path(path).name for word, path in pairwise(options) if word == "--winsock-library"), "")
    called = said["target"] if said["target"] != UNNAMED else library.removeprefix("lib").partition(".")[0]
    stem = re.sub(r"[^A-Za-z0-9._+-]", "_", "-".join(filter(None, (called, said["version"])))).lstrip(".-") or UNNAMED
    name = next(n for n in (stem, *(f"{stem}-{i}" for i in range(2, 1000))) if n not in taken)
    return Target(name, "posix", said["version"], said["arch"], options=options, executor=executor)


def absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))
