"""Transport failures to order: what runner/inject does in the processes of a Wine, steered from here."""

from __future__ import annotations

import errno
import mmap
import os
import struct
import sys
from collections.abc import Mapping
from pathlib import Path

from wsconform import places
from wsconform.netns import Unavailable

#: See runner/inject/inject.c: magic, order, made, loaded.
_ORDERS = struct.Struct("=4I")
_MAGIC = 0x57534A31
_ORDER_AT, _MADE_AT, _LOADED_AT = 4, 8, 12

#: The errno behind each Winsock code that has one: 10000 and a number of BSD's, by its name here.
ERRNO = {
    10004: "EINTR", 10009: "EBADF", 10013: "EACCES", 10014: "EFAULT", 10022: "EINVAL", 10024: "EMFILE", 10035: "EAGAIN",
    10036: "EINPROGRESS", 10037: "EALREADY", 10038: "ENOTSOCK", 10039: "EDESTADDRREQ", 10040: "EMSGSIZE",
    10041: "EPROTOTYPE", 10042: "ENOPROTOOPT", 10043: "EPROTONOSUPPORT", 10044: "ESOCKTNOSUPPORT", 10045: "EOPNOTSUPP",
    10046: "EPFNOSUPPORT", 10047: "EAFNOSUPPORT", 10048: "EADDRINUSE", 10049: "EADDRNOTAVAIL", 10050: "ENETDOWN",
    10051: "ENETUNREACH", 10052: "ENETRESET", 10053: "ECONNABORTED", 10054: "ECONNRESET", 10055: "ENOBUFS",
    10056: "EISCONN", 10057: "ENOTCONN", 10058: "ESHUTDOWN", 10059: "ETOOMANYREFS", 10060: "ETIMEDOUT",
    10061: "ECONNREFUSED", 10062: "ELOOP", 10063: "ENAMETOOLONG", 10064: "EHOSTDOWN", 10065: "EHOSTUNREACH",
    10068: "EUSERS", 10069: "EDQUOT", 10070: "ESTALE", 10071: "EREMOTE", 995: "ECANCELED",
}
#: An implementation tries again after these: more of them at once would only make it spin.
TRIED_AGAIN, TRIED_AGAIN_MOST = frozenset({"EINTR", "EAGAIN", "EINPROGRESS"}), 16
MOST = 0xFFFF
#: What Linux never says of such a send, so that a layer need not have a word for it or has made another of it: of a connection
#: that was shut down it says EPIPE, which some call WSAESHUTDOWN; EINPROGRESS is of a connect, and WSAEWOULDBLOCK to many; that a
#: descriptor is no socket a layer may find out itself; and EAGAIN of a socket that blocks means that its SO_SNDTIMEO is over.
NEVER = frozenset({"ESHUTDOWN", "EINPROGRESS", "ENOTSOCK", "EAGAIN"})


#: What the dynamic linker makes of $LIB in programs of 64 and of 32 bits (Debian's glibc, that of others).
_FOLDERS = {"x86_64": ("lib/x86_64-linux-gnu", "lib64", "lib"), "i686": ("lib/i386-linux-gnu", "lib32")}


def library(arch: str) -> Path:
    """The preload library for programs of that architecture. Raises Unavailable if there is none."""
    if sys.platform == "win32":
        raise Unavailable("Windows has no preload libraries")
    path = places.build() / "runner" / "inject" / ("wsconform-inject.so" if arch == "x86_64" else "wsconform-inject-32.so")
    if not path.exists():
        raise Unavailable(f"there is no preload library for {arch}: the compiler here could not make {path.name}")
    return path


class Injector:
    """Orders to the preload library in all processes that have our environment. folder: an empty one, for us alone; its path
    has no blank and no colon in it, as LD_PRELOAD is a list. native: a porting layer uses it, which need not know but what this
    system says. Raises Unavailable if programs of that architecture have none."""

    def __init__(self, arch: str, folder: Path, native: bool = False) -> None:
        library(arch)
        self._native = native
        # A Wine consists of programs of both kinds: each is to find its own.
        self._library = folder / "$LIB" / "inject.so"
        for kind, names in _FOLDERS.items():
            for name in names if kind == arch or kind == "x86_64" else ():
                (folder / name).mkdir(parents=True, exist_ok=True)
                (folder / name / "inject.so").symlink_to(library(kind))
        self._path = folder / "inject"
        self._path.write_bytes(_ORDERS.pack(_MAGIC, 0, 0, 0))
        with self._path.open("r+b") as file:
            self._orders = mmap.mmap(file.fileno(), _ORDERS.size)

    @property
    def environment(self) -> Mapping[str, str]:
        found = {"LD_PRELOAD": str(self._library), "WSCONFORM_INJECT": str(self._path)}
        if self._native:  # a layer may be built with -fsanitize=address, whose library wants to be the first of all
            found["ASAN_OPTIONS"] = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))
        return found

    @property
    def made(self) -> int:
        """How many sends failed to order."""
        return self._word(_MADE_AT)

    def inject(self, code: int, times: int = 1) -> None:
        """The next sends fail with the errno of that Winsock code. Raises Unavailable if that cannot be."""
        name = ERRNO.get(code)
        number = getattr(errno, name, None) if name else None
        if not isinstance(number, int):
            raise Unavailable(f"no transport reports Winsock's {code}")
        if self._native and name in NEVER:
            raise Unavailable(f"no such send of this system fails with {name}")
        most = TRIED_AGAIN_MOST if name in TRIED_AGAIN else MOST
        if not 1 <= times <= most:
            raise Unavailable(f"{name} can be injected 1 to {most} times, not {times}")
        if not self._word(_LOADED_AT):
            raise Unavailable("the preload library was not loaded: is this Wine statically linked, or setuid?")
        self._order(number << 16 | times)

    def heal(self) -> None:
        self._order(0)

    def close(self) -> None:
        self._orders.close()

    def _word(self, at: int) -> int:
        return int.from_bytes(self._orders[at:at + 4], "little")

    def _order(self, word: int) -> None:
        self._orders[_ORDER_AT:_ORDER_AT + 4] = word.to_bytes(4, "little")
