"""A network namespace of our own for an executor: networks fail there, and nobody else's is touched.

    namespace A, where the executor and a wineserver of its own run       router R
    lo     127.0.0.1, ::1
    wsc0   192.0.2.2/24, 2001:db8:1::2/64  ----------------------  wsc1   192.0.2.1, 2001:db8:1::1
           192.0.2.99, 2001:db8:1::99 ("silent"): a neighbour      far0   198.51.100.1, 2001:db8:2::1
           entry for a card that does not exist                           198.51.100.2, 2001:db8:2::2 ("beyond"): likewise

R forwards, and answers when a packet's time to live is over. What goes to "silent" or "beyond" gets lost without any error.

The namespaces have no name: each is held by a process that waits for us to end, however that may be. It then ends every
other process in its namespace and removes the Wine prefix that was made for it, and with the last process go namespace and
interfaces. Nothing is mounted, and paths and process ids mean in the namespace what they mean outside: a Wine may be started
by way of a script that changes into another root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from wsconform import interrupts, processes

#: What this needs, and the Debian package that each program is in.
PROGRAMS = {"unshare": "util-linux", "nsenter": "util-linux", "ip": "iproute2", "ss": "iproute2", "nft": "nftables"}
#: Part of the name of a prefix that is a copy.
COPY = ".net-"
#: One command in a namespace takes milliseconds; an interface is up within as many.
LIMIT_S = 10.0
#: The kernel gives up sooner here: about 1.7 s after the first lost segment, after one lost keep-alive probe, about 3 s
#: after the first lost connect. A peer on lo answers at once, whatever the load: nothing else times out.
SYSCTLS = {"net/ipv4/tcp_retries2": 1, "net/ipv4/tcp_keepalive_probes": 1, "net/ipv4/tcp_syn_retries": 1}
ROUTER_SYSCTLS = {"net/ipv4/ip_forward": 1, "net/ipv4/icmp_ratelimit": 0}
IPV6_SYSCTLS = {"net/ipv6/conf/all/disable_ipv6": 0, "net/ipv6/conf/default/disable_ipv6": 0}
IPV6_ROUTER_SYSCTLS = {"net/ipv6/conf/all/forwarding": 1, "net/ipv6/icmp/ratelimit": 0}

LO_MTU = 65536
_NO_CARD = "02:00:00:00:00:63"
#: Commands of ip -batch. All may be given again: they also bring back what a fault took away.
_NETWORK = f"""\
link set lo up
link set wsc0 up
addr replace 192.0.2.2/24 dev wsc0
route replace 198.51.100.0/24 via 192.0.2.1
neigh replace 192.0.2.99 lladdr {_NO_CARD} dev wsc0 nud permanent
"""
_NETWORK_IPV6 = f"""\
addr replace 2001:db8:1::2/64 dev wsc0 nodad
route replace 2001:db8:2::/64 via 2001:db8:1::1
neigh replace 2001:db8:1::99 lladdr {_NO_CARD} dev wsc0 nud permanent
"""
_ROUTER = f"""\
link add far0 type veth peer name far1
link set lo up
link set wsc1 up
link set far0 up
link set far1 up
addr add 192.0.2.1/24 dev wsc1
addr add 198.51.100.1/24 dev far0
neigh replace 198.51.100.2 lladdr {_NO_CARD} dev far0 nud permanent
"""
_ROUTER_IPV6 = f"""\
addr add 2001:db8:1::1/64 dev wsc1 nodad
addr add 2001:db8:2::1/64 dev far0 nodad
neigh replace 2001:db8:2::2 lladdr {_NO_CARD} dev far0 nud permanent
"""
_NO_FILTER = "add table inet wsconform\ndelete table inet wsconform\n"
_FILTER = _NO_FILTER + """\
table inet wsconform {
    chain input {
        type filter hook input priority 0; policy accept;
        iif "lo" drop
    }
}
"""

#: What a holder does: says that it is there, waits for the end of its maker, ends all others, and removes the prefix given
#: with the folder in /tmp where its wineserver kept a socket: Wine derives its name from the prefix, Debian's Wine writes it
#: into the prefix.
_HOLDER = """\
import os, re, shutil, signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
print(flush=True)
sys.stdin.buffer.read()
here = os.stat("/proc/self/ns/net")
left = True
while left:
    left = False
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            if int(process) != os.getpid() and os.path.samestat(os.stat(f"/proc/{process}/ns/net"), here):
                left = True
                os.kill(int(process), signal.SIGKILL)
        except OSError:
            pass
    time.sleep(0.002 if left else 0)
for prefix in sys.argv[1:]:
    its = os.stat(prefix)
    folders = [f"/tmp/.wine-{os.getuid()}/server-{its.st_dev:x}-{its.st_ino:x}"]
    try:
        with open(prefix + "/wineserver") as file:
            folders += re.findall(r"^wine-\\w+$", file.read())
    except OSError:
        pass
    for folder in [*folders, prefix]:
        shutil.rmtree(os.path.join("/tmp", folder), ignore_errors=True)
"""


class Unavailable(Exception):
    """What is asked for cannot be had here; the text says what is missing."""


def missing() -> str:
    """What this machine lacks for network namespaces, as far as that can be told before one is made; "" if nothing."""
    if sys.platform == "win32":
        return "Windows has no network namespaces"
    if not processes.privileged():
        return "only root can make network namespaces and their faults"
    lacking = [f"{name} (package {package})" for name, package in PROGRAMS.items() if not _tool(name)]
    return f"not installed: {', '.join(lacking)}" if lacking else ""


def _tool(name: str) -> str | None:
    return shutil.which(name, path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin")


def copy_of(prefix: Path) -> Path:
    """A prefix for a wineserver of its own: a copy of the registry, and the same drive C. So no two wineservers ever write to
    one registry."""
    copy = Path(tempfile.mkdtemp(prefix=f"{prefix.name}{COPY}", dir=prefix.parent))
    for name in ("system.reg", "user.reg", "userdef.reg", ".update-timestamp"):
        if (prefix / name).exists():
            shutil.copy2(prefix / name, copy / name)
    (copy / "dosdevices").mkdir()
    for drive in (prefix / "dosdevices").glob("?:"):
        target = f"../../{prefix.name}/drive_c" if drive.name == "c:" else os.readlink(drive)
        (copy / "dosdevices" / drive.name).symlink_to(target)
    return copy


class Namespace:
    """A namespace in use, with its router. close() leaves nothing of it. prefix: the Wine prefix of which there is a copy for
    the programs in it, None if there is none. Raises Unavailable if it cannot be made."""

    def __init__(self, prefix: Path | None = None) -> None:
        why = missing()
        if why:
            raise Unavailable(why)
        self._tools = {name: found for name in PROGRAMS if (found := _tool(name))}
        self._holders: list[subprocess.Popen[bytes]] = []
        self._prefix: Path | None = None
        self._dropping = False
        self._ipv6 = Path("/proc/sys/net/ipv6").is_dir()
        try:
            with interrupts.held():
                self._make(prefix)
        except BaseException:
            self.close()
            raise

    def _make(self, prefix: Path | None) -> None:
        self._prefix = copy_of(prefix) if prefix else None
        self._inside = self._hold(*([str(self._prefix)] if self._prefix else []))
        self._router = self._hold()
        self._set(self._inside, SYSCTLS | (IPV6_SYSCTLS if self._ipv6 else {}))
        self._set(self._router, ROUTER_SYSCTLS | (IPV6_SYSCTLS | IPV6_ROUTER_SYSCTLS if self._ipv6 else {}))
        self._ip(self._inside, f"link add wsc0 type veth peer name wsc1 netns {self._router}\n")
        self._ip(self._router, _ROUTER + (_ROUTER_IPV6 if self._ipv6 else ""))
        self._lay()

    def _hold(self, *remove: str) -> int:
        """A process that holds a new namespace; its id."""
        process = subprocess.Popen([self._tools["unshare"], "--net", sys.executable, "-I", "-S", "-c", _HOLDER, *remove],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   start_new_session=True)
        self._holders.append(process)
        assert process.stdout and process.stderr
        if not process.stdout.readline():
            raise Unavailable(_reason(process.stderr.read(), "no namespaces can be made"))
        return process.pid

    def close(self) -> None:
        """Ends everything in the namespace, and the namespace."""
        with interrupts.held():
            for process in self._holders:
                for pipe in (process.stdin, process.stdout, process.stderr):
                    if pipe:
                        pipe.close()
            for process in self._holders:
                try:
                    process.wait(LIMIT_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            self._holders.clear()
            if self._prefix:
                shutil.rmtree(self._prefix, ignore_errors=True)  # if its holder could not

    def command(self, command: Sequence[str]) -> list[str]:
        """A command line that runs the command in the namespace."""
        return [self._tools["nsenter"], f"--net=/proc/{self._inside}/ns/net", *command]

    @property
    def environment(self) -> Mapping[str, str]:
        """What a command in the namespace needs in its environment."""
        return {"WINEPREFIX": str(self._prefix)} if self._prefix else {}

    # --- faults --------------------------------------------------------------------------------------------

    def link_down(self) -> None:
        self._ip(self._inside, "link set lo down\nlink set wsc0 down\n")

    def link_up(self) -> None:
        self._lay()

    def route_gone(self) -> None:
        self._ip(self._inside, "route flush 198.51.100.0/24\n")
        if self._ipv6:
            self._ip(self._inside, "route flush 2001:db8:2::/64\n", "-6")

    def route_back(self) -> None:
        self._lay()

    def address_gone(self) -> None:
        self._ip(self._inside, "addr flush dev wsc0 scope global\n")

    def drop(self) -> None:
        self._dropping = True
        self._run(self._inside, [self._tools["nft"], "-f", "-"], "nft", _FILTER)

    def undrop(self) -> None:
        if self._dropping:
            self._run(self._inside, [self._tools["nft"], "-f", "-"], "nft", _NO_FILTER)
        self._dropping = False

    def connections_killed(self) -> None:
        """Each end is ended by itself: the other end's reset, which would tell it so, gets lost."""
        ss = [self._tools["ss"], "-H", "-n", "-t"]
        already = self._dropping
        self.drop()
        self._run(self._inside, [*ss, "-K", "state", "connected"], "ss")
        if not already:
            self.undrop()
        left = self._run(self._inside, [*ss, "state", "connected", "exclude", "time-wait"], "ss")
        if left:
            raise Unavailable("this kernel cannot end connections (INET_DIAG_DESTROY)")

    def mtu(self, size: int) -> None:
        self._ip(self._inside, f"link set lo mtu {size}\n")

    def heal(self) -> None:
        self.undrop()
        self._lay()
        self.mtu(LO_MTU)

    # --- commands ------------------------------------------------------------------------------------------

    def _lay(self) -> None:
        """Everything is there as at the start; returns when packets can pass."""
        self._ip(self._inside, _NETWORK + (_NETWORK_IPV6 if self._ipv6 else ""))
        end = time.monotonic() + LIMIT_S
        while " state UP " not in self._ip(self._inside, "link show dev wsc0\n"):
            if time.monotonic() > end:
                raise Unavailable("the interface to the router does not come up")

    def _set(self, holder: int, values: Mapping[str, int]) -> None:
        script = "".join(f"echo {value} >/proc/sys/{name} || exit\n" for name, value in values.items())
        self._run(holder, ["sh", "-c", script], "sysctl")

    def _ip(self, holder: int, commands: str, *options: str) -> str:
        return self._run(holder, [self._tools["ip"], *options, "-batch", "-"], "ip", commands)

    def _run(self, holder: int, command: Sequence[str], name: str, text: str = "") -> str:
        """Runs a command in a holder's namespace; what it wrote. Raises Unavailable with what it complained of."""
        enter = [self._tools["nsenter"], f"--net=/proc/{holder}/ns/net"]
        try:
            done = subprocess.run([*enter, *command], input=text.encode(), capture_output=True, timeout=LIMIT_S)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"{name}: {error}") from error
        if done.returncode != 0:
            raise Unavailable(f"{name}: {_reason(done.stderr, f'exit status {done.returncode}')}")
        return done.stdout.decode("utf-8", "replace")


def _reason(said: bytes, otherwise: str) -> str:
    """The first line of a complaint."""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[0].strip() if lines else otherwise
