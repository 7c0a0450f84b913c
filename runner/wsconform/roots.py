"""Programs of another root: a chroot that holds a Debian of another age, and its Wine.

Such a program runs in a mount namespace of its own. There the chroot is the root, and all of this machine that is no part of
its system is in it under its own path: /proc, /dev, /tmp, the homes, the clone and the cache. So a path means inside what it
means outside, and a Wine prefix, a wineserver's socket and a preload library are found. The mounts are the namespace's: they
end with its last process, however that ends, and none is ever seen outside.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from wsconform import places, processes
from wsconform.errors import TargetError

#: What a system consists of: these are the chroot's own.
SYSTEM = ("bin", "boot", "etc", "lib", "lib32", "lib64", "libx32", "lost+found", "opt", "sbin", "usr")
#: Mounts what is shared, and becomes the program, in the folder where it was started. Nothing of the chroot is needed for it.
_ENTER = """\
root=$1 here=$PWD
while shift && [ "$1" != -- ]; do
    { [ -d "$root$1" ] || mkdir -p "$root$1"; } && mount --rbind "$1" "$root$1" || exit 3
done
exec unshare --root="$root" --wd="$here" "$@"
"""


def enter(root: Path, also: Sequence[Path] = ()) -> tuple[str, ...]:
    """The words before a command that run it there. also: folders that it must be able to see. Raises TargetError."""
    if not (root / "usr" / "bin").is_dir():
        raise TargetError(f"{root} is no chroot: there is no /usr/bin in it")
    return (*namespace(), "sh", "-c", _ENTER, "sh", str(root), *map(str, shared(root, also)), "--")


def namespace() -> tuple[str, ...]:
    """The words before a command that run it in a mount namespace of its own. Raises TargetError."""
    tool = shutil.which("unshare")
    if tool is None:
        raise TargetError("a chroot is entered by unshare (Debian, Ubuntu: apt-get install util-linux)")
    mapped = () if processes.privileged() else ("--map-root-user",)
    return (tool, *mapped, "--mount")


def refusal() -> str:
    """Why no mount namespace can be made here; empty: it can. Raises TargetError."""
    tried = subprocess.run([*namespace(), "true"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if tried.returncode == 0:
        return ""
    said = tried.stderr.strip() or f"exit status {tried.returncode}"
    if "propagation: Invalid argument" in said:
        # What is mounted in there would be seen outside, if that shares its mounts.
        said += "\nthe root here is that of a chroot and no mount point: before it is entered,  mount --bind DIR DIR  makes it one"
    return said


def shared(root: Path, also: Sequence[Path] = ()) -> list[Path]:
    """The folders of this machine that are seen in the chroot."""
    tops = [top for top in sorted(Path("/").iterdir())
            if top.name not in SYSTEM and top.is_dir() and not top.is_symlink() and not top.name.startswith(".")]
    wanted = [places.TREE, places.build(), places.cache(), Path.cwd(), *also]
    folders = [Path(os.path.abspath(folder)) for folder in wanted]
    return tops + list(dict.fromkeys(folder for folder in folders
                                     if folder.is_dir() and not any(folder.is_relative_to(top) for top in tops)))
