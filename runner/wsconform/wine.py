"""Wines, and a Wine prefix of our own for each of them.

A prefix is made once per Wine (program and version) and architecture, in the cache folder; ~/.wine is never
touched. Runs that share a prefix hold a shared lock on it; the last one to leave ends its wineserver, so that no
process stays behind and no other run loses its processes.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from wsconform import interrupts, netns, pe, places, processes, roots
from wsconform.errors import TargetError

INSTALL = "install it (Debian, Ubuntu: apt-get install wine wine64) or name one with --wine PATH or $WINE"
INSTALL_I386 = (
    "on Debian and Ubuntu, as root:\n"
    "  dpkg --add-architecture i386\n  apt-get update\n  apt-get install --no-install-recommends wine32:i386"
)
#: No debug output, no browser or .NET installers, no desktop menus.
QUIET = {"WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree=;mshtml=;winemenubuilder.exe=d"}
#: In the environment of every process of a run, so that stragglers are known by it.
TOKEN = "WSCONFORM_RUN"
PREFIX_LIMIT_S = 180


@dataclass(frozen=True)
class Wine:
    """A Wine that can be started: its loader, its version as it says it ("8.0"), its wineserver if one was found."""

    program: Path
    version: str
    server: Path | None
    #: Words after the program's, where the Wine is a command of several.
    arguments: tuple[str, ...] = ()
    #: The chroot that program and server are in, and the words that lead there.
    root: Path | None = None
    enter: tuple[str, ...] = ()

    @property
    def loader(self) -> list[str]:
        """The words before the program that it is to run."""
        return [*self.enter, str(self.program), *self.arguments]

    @property
    def where(self) -> str:
        """For messages."""
        return f"{self.program} in {self.root}" if self.root else str(self.program)

    @property
    def identity(self) -> str:
        """Tells Wines apart that need prefixes of their own."""
        where = f"{self.root}\0" if self.root else ""
        return "\0".join([f"{where}{self.program if self.root else self.program.resolve()}", *self.arguments, self.version])


def find(program: str | None = None, arguments: Sequence[str] = ()) -> Wine:
    """The Wine of that path or name, else $WINE, else wine on PATH. arguments: more words of a command that is called like
    one. Raises TargetError if there is none."""
    wanted = program or os.environ.get("WINE") or "wine"
    found = shutil.which(wanted)
    if found is None:
        raise TargetError(f"there is no Wine at {wanted!r}: {INSTALL}")
    path = Path(os.path.abspath(found))
    said = _ask([str(path), *arguments, "--version"], str(path))
    # Nobody knows where the server of a command is.
    return Wine(path, _version(said, str(path)), None if arguments else _server_of(path), tuple(arguments))


#: Prints where loader and wineserver are, and the version. Debian's programs are not all on PATH.
_LOOK = """\
PATH=$PATH:/usr/lib/wine
loader=$(command -v "$1") || { echo "there is no $1 in it" >&2; exit 127; }
server=$(command -v wineserver || command -v wineserver64 || command -v wineserver32)
printf '%s\\n' "$loader" "$server"
exec "$loader" --version
"""


def find_in(root: Path, program: str | None = None, also: Sequence[Path] = ()) -> Wine:
    """The Wine of that path or name in a chroot. also: folders that it must be able to see. Raises TargetError if there is
    none, or if the chroot cannot be entered."""
    enter = roots.enter(root, also)
    said = _ask([*enter, "sh", "-c", _LOOK, "sh", program or "wine"], str(root))
    loader, server, *rest = [*said.stdout.split("\n"), ""]
    said.stdout = "\n".join(rest)
    if said.returncode == 0 and not server:
        raise TargetError(f"{root}: there is no wineserver in it")
    return Wine(Path(loader), _version(said, str(root)), Path(server), root=root, enter=enter)


def _ask(command: Sequence[str], who: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, env=environment(None), capture_output=True, text=True, errors="replace", timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TargetError(f"{who} --version: {error}") from error


def _version(said: subprocess.CompletedProcess[str], who: str) -> str:
    match = re.match(r"wine-?\s*(\S+)", said.stdout.strip())
    if said.returncode != 0 or match is None:
        what = (said.stderr or said.stdout).strip().partition("\n")[0]
        hint = "" if Path("/proc/self").exists() else " (Wine needs /proc, which is not mounted here)"
        raise TargetError(f"{who} does not say that it is a Wine: {what or f'exit status {said.returncode}'}{hint}")
    return match[1]


def _server_of(program: Path) -> Path | None:
    """The wineserver beside a loader: installed, in a Wine build tree, or as the distributions place it."""
    real = program.resolve()
    suffix = real.name.removeprefix("wine")
    candidates = [
        program.parent / "wineserver",
        real.parent / "wineserver",
        real.parent / f"wineserver{suffix}",
        real.parent / "server" / "wineserver",
        real.parent.parent / "server" / "wineserver",
        real.parent.parent / "bin" / "wineserver",
    ]
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            return candidate
    found = shutil.which("wineserver")
    return Path(found) if found else None


def environment(prefix: Path | None, arch: str = "x86_64") -> dict[str, str]:
    """The environment for a Wine program: ours without anything that would lead to another Wine, prefix or display."""
    # TMPDIR: Debian's wineserver keeps its socket there, so with another one a second server would serve the same prefix.
    env = {k: v for k, v in os.environ.items()
           if not k.startswith("WINE") and k not in ("DISPLAY", "WAYLAND_DISPLAY", "TMPDIR")}
    env.update(QUIET, LC_ALL="C.UTF-8")
    # Wine makes its prefix here even for --version in some versions: never in the home folder.
    env["WINEPREFIX"] = str(prefix if prefix is not None else places.cache() / "prefix" / "none")
    if prefix is not None and arch == "x86_64":
        env["WINEARCH"] = "win64"
    return env


class Prefix:
    """A prefix in use. Make one with opened()."""

    def __init__(self, wine: Wine, arch: str, path: Path) -> None:
        self.wine = wine
        self.arch = arch
        self.path = path
        self.fresh = False  # made just now
        self.broken = False  # set it if nothing runs: the prefix is removed when nobody uses it any more
        self.launched = False  # programs that are no Wine's were started here, too: see end_stragglers
        self.token = uuid.uuid4().hex
        self.env = self.environment("")

    def environment(self, group: str) -> dict[str, str]:
        """The environment of a process of this run; those of one group can be ended together."""
        return environment(self.path, self.arch) | {TOKEN: f"{self.token}.{group}."}

    def has_builtin(self, name: str) -> bool:
        """Is there a DLL of that name among the system's?"""
        folder = self.path / "drive_c" / "windows" / "system32"
        return any((folder / known).exists() for known in (name, name.lower()))

    def command(self, program: Path, *arguments: str) -> list[str]:
        return [*self.wine.loader, str(program), *arguments]

    def start(self, pinned: Sequence[str] = ()) -> None:
        """Starts the wineserver (and what it needs), so that no program that comes later has to wait for it. pinned is a
        command that keeps it all on one processor."""
        subprocess.run([*pinned, *self.wine.loader, "cmd", "/c", "exit"], env=self.env, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PREFIX_LIMIT_S)

    def end_stragglers(self, group: str | None = None) -> None:
        """Kills the executor processes that this run started (for that group) and that still live; where something else may
        have been started, that, too. The Wine's own processes stay: other runs need them."""
        wanted = f"{TOKEN}={self.token}.{f'{group}.' if group else ''}".encode()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if wanted in (process / "environ").read_bytes() and (
                        b"wsconform" in (process / "cmdline").read_bytes()
                        or self.launched and "wine" not in os.readlink(process / "exe").rpartition("/")[2]):
                    processes.kill(int(process.name))
            except OSError:
                continue  # gone meanwhile, or somebody else's

    def end_server(self) -> None:
        """Ends the wineserver and with it every process of this prefix; returns when they are gone."""
        if not (self.path / "system.reg").exists() and not (self.path / "dosdevices").exists():
            return
        if self.wine.server is not None:
            server = [*self.wine.enter, str(self.wine.server)]
            kill = [[*server, "-k"], [*server, "-w"]]
        else:
            kill = [[*self.wine.loader, "wineboot", "-k"]]
        for command in kill:
            try:
                subprocess.run(command, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30)
            except (OSError, subprocess.TimeoutExpired):
                pass  # what is left is killed as a straggler or ends with its server


def _path_of(wine: Wine, arch: str) -> Path:
    identity = hashlib.sha256(wine.identity.encode()).hexdigest()[:8]
    return places.cache() / "prefix" / f"{re.sub(r'[^A-Za-z0-9.-]', '_', wine.version)}-{arch}-{identity}"


def remove_prefixes(root: Path) -> None:
    """Removes the prefixes of the Wine in a chroot that is to go."""
    try:
        found = find_in(root)
    except TargetError:
        return  # it never ran: it has none
    for arch in ("x86_64", "i686"):
        path = _path_of(found, arch)
        if path.is_dir():
            with opened(found, arch) as prefix:
                prefix.broken = True


@contextmanager
def opened(wine: Wine, arch: str) -> Iterator[Prefix]:
    """The prefix of this Wine and architecture, made if there is none yet; afterwards no process of it is left."""
    path = _path_of(wine, arch)
    folder = path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / f"{path.name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise TargetError(f"cannot keep a Wine prefix in {folder}: {error.strerror}") from error
    prefix = Prefix(wine, arch, path)
    try:
        if not path.is_dir():
            processes.lock(lock)
            if not path.is_dir():
                _make(wine, arch, path)
                prefix.fresh = True
        processes.lock(lock, shared=True)
        try:
            yield prefix
        finally:
            with interrupts.held():
                _leave(prefix, lock)
    finally:
        os.close(lock)


def _leave(prefix: Prefix, lock: int) -> None:
    prefix.end_stragglers()
    if not processes.lock(lock, wait=False):
        return  # another run still uses this prefix, and will end it
    prefix.end_server()
    for stale in prefix.path.parent.glob(f"{prefix.path.name}{netns.COPY}*"):
        shutil.rmtree(stale, ignore_errors=True)  # of a run that was killed, and its helpers with it
    if prefix.broken and not prefix.fresh:
        shutil.rmtree(prefix.path, ignore_errors=True)


def _make(wine: Wine, arch: str, path: Path) -> None:
    """Makes a prefix under a temporary name first: an interrupted one is never taken for a whole one."""
    for stale in path.parent.glob(f"{path.name}.new*"):
        shutil.rmtree(stale, ignore_errors=True)
    fresh = Prefix(wine, arch, path.with_name(path.name + ".new"))
    fresh.path.mkdir()
    print(f"wsconform: making a prefix for Wine {wine.version} ({arch}) in {path.parent}, once", file=sys.stderr)
    try:
        made = subprocess.run([*wine.loader, "wineboot", "-i"], env=fresh.env, capture_output=True, text=True,
                              timeout=PREFIX_LIMIT_S, start_new_session=True)
        fresh.end_server()
        if not (fresh.path / "system.reg").exists():
            raise TargetError(f"{wine.where} cannot make a Wine prefix (exit status {made.returncode}):\n"
                              f"{made.stderr.strip()}")
        if not _has(fresh.path, arch):
            hint = INSTALL_I386 if arch == "i686" else INSTALL
            raise TargetError(f"{wine.where} runs no {arch} programs" + ("" if wine.root else f"; {hint}"))
        fresh.path.rename(path)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TargetError(f"{wine.where} cannot make a Wine prefix in {path.parent}: {error}") from error
    finally:
        fresh.end_server()
        shutil.rmtree(fresh.path, ignore_errors=True)



def _has(prefix: Path, arch: str) -> bool:
    """Whether a prefix holds the system's libraries for this architecture."""
    for folder in ("system32", "syswow64"):
        with suppress(OSError, ValueError):
            if pe.machine(prefix / "drive_c" / "windows" / folder / "ws2_32.dll") == arch:
                return True
    return False
