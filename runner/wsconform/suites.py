"""./wsconform wine: the Wines of Debian's suites, each in a chroot of its own in the cache folder.

debootstrap makes it, from the mirror that apt uses here, in a folder with another name, which gets its own only when the Wine in it has
said its version. It runs in namespaces of mounts and processes: however it ends, nothing stays mounted and no process is left.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wsconform import catalog, interrupts, places, processes, roots, wine
from wsconform.errors import OK, BadUsage, TargetError

#: Debian's words for architectures, ours, and the packages of the Wine.
ARCHES: Mapping[str, tuple[str, tuple[str, ...]]] = {"amd64": ("x86_64", ("wine", "wine64")), "i386": ("i686", ("wine", "wine32"))}
#: Where those packages are, as far as apt has it.
COMPONENTS = ("main", "universe")
_SUITE = re.compile(r"[a-z][a-z0-9.-]*")
#: What is of no use once all is installed.
_SPARE = ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale")


@dataclass(frozen=True)
class Suite:
    """A suite for an architecture, as Debian calls it."""

    name: str
    debian_arch: str = "amd64"

    @property
    def arch(self) -> str:
        return ARCHES[self.debian_arch][0]

    @property
    def packages(self) -> tuple[str, ...]:
        return ARCHES[self.debian_arch][1]

    @property
    def target(self) -> str:
        """Its name in targets.toml."""
        return self.name if self.debian_arch == "amd64" else f"{self.name}-{self.debian_arch}"

    @property
    def folder(self) -> Path:
        return places.cache() / "wine" / f"{self.name}-{self.debian_arch}"

    @property
    def installed(self) -> bool:
        return self.folder.is_dir()


def suite(text: str) -> Suite:
    """bullseye, or trixie/i386. Raises BadUsage."""
    name, _, arch = text.partition("/")
    if not _SUITE.fullmatch(name) or (arch or "amd64") not in ARCHES:
        raise BadUsage(f"{text!r} is no suite: SUITE or SUITE/ARCH, as in bullseye, trixie/i386 (ARCH is {' or '.join(ARCHES)})")
    return Suite(name, arch or "amd64")


def install(suites: list[Suite], mirror: str | None, file: Path | None) -> int:
    """Installs what is not there yet, and names each in targets.toml."""
    for one in suites:
        _check_room(one, file or catalog.default_file())
    for one in suites:
        with _locked(one):
            if one.installed:
                found = wine.find_in(one.folder)
                print(f"{one.target}: Wine {found.version} is there already, in {one.folder}")
            else:
                found = _make(one, mirror)
                print(f"{one.target}: Wine {found.version} is in {one.folder}")
        if add(one, file or catalog.default_file()):
            print(f"{one.target}: added to {file or catalog.default_file()}; now:  ./wsconform run --target {one.target}")
    return OK


def remove(suites: list[Suite], file: Path | None) -> int:
    """Removes chroots, the Wine prefixes for them, and what install wrote into targets.toml."""
    for one in suites:
        if not one.installed:
            there = ", ".join(f"{s.name}/{s.debian_arch}" for s in installed()) or "none"
            raise BadUsage(f"{one.name}/{one.debian_arch} is not installed; installed: {there}")
        with _locked(one):
            wine.remove_prefixes(one.folder)
            # A new name first: what is half removed is never taken for whole.
            going = one.folder.with_name(f"{one.folder.name}.new")
            _clear(going)
            one.folder.rename(going)
            _clear(going)
        print(f"{one.target}: removed")
        drop(one, file or catalog.default_file())
    return OK


def show() -> int:
    """Lists what is installed."""
    for one in installed():
        print(f"{one.target}  Wine {wine.find_in(one.folder).version}  {one.folder}")
    if not installed():
        print("none is installed: ./wsconform wine install SUITE, for instance bullseye or trixie/i386")
    return OK


def installed() -> list[Suite]:
    found = []
    for folder in sorted((places.cache() / "wine").glob("*-*")):
        name, _, arch = folder.name.rpartition("-")
        if folder.is_dir() and arch in ARCHES:
            found.append(Suite(name, arch))
    return found


# --- chroots --------------------------------------------------------------------------------------------------------


@contextmanager
def _locked(one: Suite) -> Iterator[None]:
    """One at a time makes or removes it."""
    try:
        one.folder.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(one.folder.with_name(f"{one.folder.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise TargetError(f"cannot keep a chroot in {one.folder.parent}: {error.strerror}") from error
    try:
        processes.lock(lock)
        yield
    finally:
        os.close(lock)


def _tool(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if not found:
        raise TargetError(f"{name} is not installed (Debian, Ubuntu: apt-get install {name})")
    return found


def _make(one: Suite, mirror: str | None) -> wine.Wine:
    if not processes.privileged():
        raise TargetError(f"only root can make a chroot: run as root  ./wsconform wine install {one.name}/{one.debian_arch}")
    debootstrap = _tool("debootstrap")
    if why := roots.refusal():
        raise TargetError(f"a chroot is made in a mount namespace of its own, and there can be none: {why}")
    url, components = (mirror, COMPONENTS[:1]) if mirror else _mirror()
    fresh = one.folder.with_name(f"{one.folder.name}.new")
    _clear(fresh)
    script = Path("/usr/share/debootstrap/scripts") / one.name
    command = [*roots.namespace(), "--pid", "--fork", "--kill-child", "--mount-proc", debootstrap, "--variant=minbase",
               f"--arch={one.debian_arch}", f"--components={','.join(components)}", f"--include={','.join(one.packages)}",
               one.name, str(fresh), url, *([] if script.exists() else [str(script.with_name("sid"))])]
    print(f"wsconform: installing the Wine of {one.name}/{one.debian_arch} into {one.folder}; this takes a minute or two",
          file=sys.stderr)
    try:
        _run(command, one)
        for spare in _SPARE:
            shutil.rmtree(fresh / spare, ignore_errors=True)
        found = wine.find_in(fresh)
        fresh.rename(one.folder)
    finally:
        with interrupts.held():
            _clear(fresh)
    return wine.find_in(one.folder)


def _run(command: list[str], one: Suite) -> None:
    """Runs debootstrap and tells how far it is. Raises TargetError with what it complained of."""
    environment = {k: v for k, v in os.environ.items() if k not in ("LD_PRELOAD", "TMPDIR")}
    environment |= {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive",
                    "PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"}
    said: list[str] = []
    process = None
    try:
        with interrupts.held():
            process = processes.start(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      env=environment)
        assert process.stdout
        with _Told() as told:
            for raw in process.stdout:
                line = raw.decode("utf-8", "replace")
                said = [*said[-200:], line.rstrip()]
                told.line(line)
        status = process.wait()
    finally:
        with interrupts.held():
            if process:
                processes.end(process)  # and by --kill-child all that it has started
    if status != 0:
        text = "\n".join(said[-8:])
        if any(word in text for word in ("Failed getting release", "Invalid Release", "No such script")):
            raise BadUsage(f"the mirror has no suite {one.name}:\n{text}")
        raise TargetError(f"debootstrap failed (exit status {status}):\n{text}")


class _Told:
    """Progress: a line that changes on a terminal, else one for each stage."""

    def __init__(self) -> None:
        self._status = None
        self._stage = ""
        if sys.stderr.isatty():
            from rich.console import Console

            self._status = Console(stderr=True).status("starting")

    def __enter__(self) -> _Told:
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def line(self, line: str) -> None:
        match = re.match(r"I: (Retrieving|Validating|Extracting|Unpacking|Configuring)\b(.*)", line)
        if not match:
            return
        if self._status:
            self._status.update((match[1] + match[2]).strip().replace("[", "\\["))
        elif match[1] in ("Retrieving", "Unpacking", "Configuring") and match[1] != self._stage:
            self._stage = match[1]
            print(f"wsconform: {match[1].lower()} packages", file=sys.stderr)


def _mirror() -> tuple[str, tuple[str, ...]]:
    """Where apt has the packages of this machine's own system from, and which components of it. Raises TargetError."""
    what = "$(ORIGIN)|$(CODENAME)|$(REPO_URI)|$(COMPONENT)"
    for update in (False, True):
        if update:  # the lists may never have been fetched, or have been removed to save room
            subprocess.run(["apt-get", "update"], stdin=subprocess.DEVNULL, capture_output=True)
        try:
            listed = subprocess.run(["apt-get", "indextargets", "--format", what, "Created-By: Packages"], capture_output=True,
                                    text=True, env={**os.environ, "LC_ALL": "C"}).stdout
        except OSError as error:
            raise TargetError(f"apt-get: {error.strerror}; name a mirror with --mirror URL") from error
        rows = [line.split("|") for line in listed.splitlines() if line.count("|") == 3]
        # Those of updates, security and backports have a codename with a hyphen.
        own = [(url, component) for origin, codename, url, component in rows if origin in ("Debian", "Ubuntu") and "-" not in codename]
        if own:
            url = own[0][0]
            return url, tuple(name for name in COMPONENTS if (url, name) in own)
    raise TargetError("apt knows no mirror of Debian or Ubuntu here: name one with --mirror URL")


def _clear(folder: Path) -> None:
    """Removes what is left of an attempt. Raises TargetError if something is mounted in it: that is not ours to remove."""
    if not folder.exists():
        return
    mounted = [line.split(" ")[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    inside = [place for place in mounted if Path(place).is_relative_to(folder.resolve())]
    if inside:
        raise TargetError(f"{folder} cannot be removed while something is mounted there: umount {' '.join(inside)}")
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        raise TargetError(f"{folder} cannot be removed")


# --- targets.toml ---------------------------------------------------------------------------------------------------


def _table(one: Suite) -> str:
    path = str(one.folder).replace("\\", "\\\\").replace('"', '\\"')
    arch = f'arch = "{one.arch}"\n' if one.arch != "x86_64" else ""
    return f'[{one.target}]\nchroot = "{path}"\n{arch}'


def _check_room(one: Suite, path: Path) -> None:
    """Raises BadUsage before any work if the name is taken, or the file is wrong."""
    held = (catalog.read(path) if path.exists() else {}).get(one.target)
    if held and held.values.get("chroot") != one.folder:
        raise BadUsage(f"{held.where}: {one.target} is another target already; rename that one first")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise BadUsage(f"{path} cannot be written to: name another file with --targets FILE")


def add(one: Suite, file: Path) -> bool:
    """Appends the target to the file, made if need be; whether it was not there yet. What else is there stays as it is."""
    text = file.read_text("utf-8") if file.exists() else ""
    if one.target in catalog.parse(text, file):
        return False
    text += "" if not text or text.endswith("\n") else "\n"
    _write(file, text + ("\n" if text else "") + _table(one))
    return True


def drop(one: Suite, file: Path) -> None:
    """Takes out what add wrote, if it is still as it was written."""
    if not file.exists() or one.target not in catalog.read(file):
        return
    text = file.read_text("utf-8")
    for written in ("\n" + _table(one), _table(one)):
        if text.count(written) == 1 and (written.startswith("\n") or text.startswith(written)):
            rest = text.replace(written, "")
            if one.target not in catalog.parse(rest, file):
                _write(file, rest)
                return
    print(f"wsconform: {catalog.read(file)[one.target].where}: {one.target} was changed since, and stays in this file", file=sys.stderr)


def _write(file: Path, text: str) -> None:
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, "utf-8")
        if file.exists():
            shutil.copymode(file, temporary)
        os.replace(temporary, file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise TargetError(f"{file}: {error.strerror}") from error
