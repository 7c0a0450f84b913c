"""Network namespaces: every fault happens, heals, and stays inside; nothing is left of them. And injected failures."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import environment, living

from wsconform import netns
from wsconform.inject import Injector
from wsconform.netns import Namespace, Unavailable

root_only = pytest.mark.skipif(bool(netns.missing()), reason=f"no network namespaces: {netns.missing()}")

#: Evaluates each line that it reads, and answers with the repr of the value, or the name of the errno.
SHELL = '''
import errno, os, socket, struct, sys, time
from socket import *
def names(code): return errno.errorcode.get(code, code)
def pair(family=AF_INET, at="127.0.0.1"):
    with socket(family, SOCK_STREAM) as one:
        one.bind((at, 0)); one.listen()
        a = create_connection(one.getsockname()[:2]); b, _ = one.accept()
    return a, b
def udp(family=AF_INET, to="198.51.100.2", ttl=None, port=9):
    one = socket(family, SOCK_DGRAM)
    if ttl: one.setsockopt(*((IPPROTO_IP, IP_TTL) if family == AF_INET else (IPPROTO_IPV6, IPV6_UNICAST_HOPS)), ttl)
    one.setsockopt(*((IPPROTO_IP, 11) if family == AF_INET else (IPPROTO_IPV6, 25)), 1)  # IP_RECVERR, IPV6_RECVERR
    one.connect((to, port))
    return one
def error_of(one, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        code = one.getsockopt(SOL_SOCKET, SO_ERROR)
        if code: return names(code)
        time.sleep(0.001)
    return None
def started(family, to):
    one = socket(family, SOCK_STREAM); one.setblocking(False)
    return one, names(one.connect_ex((to, 9)))
vars = globals()
for line in sys.stdin:
    try:
        name, _, text = line.strip().rpartition(" := ")
        value = eval(text)
        if name: vars[name] = value
        print(None if name else repr(value), flush=True)
    except OSError as e:
        print(repr(names(e.errno)), flush=True)
'''


class Shell:
    """A program in the namespace."""

    def __init__(self, command: list[str], **more: str) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=environment(**more))

    def __call__(self, line: str) -> object:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return eval(self.process.stdout.readline())  # noqa: S307  our own program's repr

    def end(self) -> None:
        self.process.communicate()


@pytest.fixture(scope="module")
def space() -> Iterator[Namespace]:
    one = Namespace()
    yield one
    one.close()


@pytest.fixture
def inside(space: Namespace) -> Iterator[Shell]:
    space.heal()
    shell = Shell(space.command([sys.executable, "-c", SHELL]))
    yield shell
    shell.end()


FAMILIES = pytest.mark.parametrize(("family", "lo", "beyond", "silent"), [
    ("AF_INET", "127.0.0.1", "198.51.100.2", "192.0.2.99"), ("AF_INET6", "::1", "2001:db8:2::2", "2001:db8:1::99")])


@root_only
@FAMILIES
def test_links_down_and_up(space: Namespace, inside: Shell, family: str, lo: str, beyond: str, silent: str) -> None:
    inside(f"far := udp({family}, {beyond!r})")
    inside(f"one := pair({family}, {lo!r})")
    assert inside("far.send(b'x')") == 1
    space.link_down()
    assert inside("far.send(b'x')") in ("ENETUNREACH", "EADDRNOTAVAIL", "EINVAL", "ENETDOWN")
    inside("one[0].send(b'x')")
    assert inside("error_of(one[0])") in ("ETIMEDOUT", "ENETUNREACH", "EADDRNOTAVAIL")
    space.link_up()
    assert inside(f"udp({family}, {beyond!r}).send(b'x')") == inside(f"udp({family}, {lo!r}).send(b'x')") == 1


@root_only
@FAMILIES
def test_route_gone_and_back(space: Namespace, inside: Shell, family: str, lo: str, beyond: str, silent: str) -> None:
    inside(f"far := udp({family}, {beyond!r})")
    space.route_gone()
    assert inside("far.send(b'x')") == "ENETUNREACH"
    assert inside(f"udp({family}, {silent!r}).send(b'x')") == 1, "the others stay"
    space.route_gone()  # may be said twice
    space.route_back()
    assert inside("far.send(b'x')") == 1


@root_only
@FAMILIES
def test_address_gone(space: Namespace, inside: Shell, family: str, lo: str, beyond: str, silent: str) -> None:
    ours = {"AF_INET": "192.0.2.2", "AF_INET6": "2001:db8:1::2"}[family]
    inside(f"far := udp({family}, {beyond!r})")
    space.address_gone()
    if family == "AF_INET":  # with IPv6 the kernel goes on from the address that there was
        assert inside("far.send(b'x')") in ("ENETUNREACH", "EADDRNOTAVAIL", "EINVAL", "EHOSTUNREACH")
    assert inside(f"socket({family}, SOCK_DGRAM).bind(({ours!r}, 0))") == "EADDRNOTAVAIL"
    assert inside(f"udp({family}, {lo!r}).send(b'x')") == 1, "lo stays"
    space.heal()
    assert inside(f"udp({family}, {beyond!r}).send(b'x')") == 1
    assert inside(f"socket({family}, SOCK_DGRAM).bind(({ours!r}, 0))") is None


@root_only
@FAMILIES
def test_the_router_tells_when_the_time_to_live_is_over(space: Namespace, inside: Shell, family: str, lo: str, beyond: str,
                                                        silent: str) -> None:
    for _ in range(2):
        inside(f"far := udp({family}, {beyond!r}, ttl=1)")
        for _ in range(20):  # no limit on how often
            inside("far.send(b'x')")
            assert inside("error_of(far)") == "EHOSTUNREACH"
        inside(f"far := udp({family}, {beyond!r}, ttl=2)")
        assert inside("far.send(b'x')") == 1 and inside("error_of(far, 0.05)") is None, "two hops are enough"
        space.link_down()
        space.heal()


@root_only
@FAMILIES
def test_the_silent_neighbour(space: Namespace, inside: Shell, family: str, lo: str, beyond: str, silent: str) -> None:
    assert inside(f"started({family}, {silent!r})[1]") == "EINPROGRESS"
    inside(f"one := udp({family}, {silent!r})")
    assert [inside("one.send(b'x')") for _ in range(3)] == [1, 1, 1]
    known = subprocess.run(space.command(["ip", "neigh", "show", silent, "dev", "wsc0"]), capture_output=True,
                           text=True).stdout
    assert "PERMANENT" in known, "nobody is asked for it, so nobody's silence is an error"


@root_only
@FAMILIES
def test_the_peer_vanishes(space: Namespace, inside: Shell, family: str, lo: str, beyond: str, silent: str) -> None:
    inside(f"one := pair({family}, {lo!r})")
    assert inside("one[0].send(b'x')") == 1 and inside("one[1].recv(9)") == b"x"
    space.drop()
    space.drop()
    began = time.monotonic()
    assert inside("one[0].send(b'y')") == 1
    assert inside("error_of(one[0])") == "ETIMEDOUT"
    assert 0.5 < time.monotonic() - began < 5, "the kernel gives up soon"
    space.undrop()
    space.undrop()
    inside(f"one := pair({family}, {lo!r})")
    assert inside("one[0].send(b'x')") == 1 and inside("one[1].recv(9)") == b"x"


@root_only
def test_keep_alive_finds_out_soon(space: Namespace, inside: Shell) -> None:
    inside("one := pair()")
    inside("[one[0].setsockopt(*o) for o in ((SOL_SOCKET, SO_KEEPALIVE, 1), (IPPROTO_TCP, TCP_KEEPIDLE, 1), "
           "(IPPROTO_TCP, TCP_KEEPINTVL, 1))]")
    space.drop()
    began = time.monotonic()
    assert inside("error_of(one[0])") == "ETIMEDOUT"
    assert time.monotonic() - began < 4


@root_only
@FAMILIES
def test_connections_killed(space: Namespace, inside: Shell, family: str, lo: str, beyond: str, silent: str) -> None:
    space.connections_killed()  # none there
    inside(f"one := pair({family}, {lo!r})")
    inside(f"other := started({family}, {silent!r})[0]")
    space.connections_killed()
    assert inside("[error_of(s, 1) for s in one]") == ["ECONNABORTED"] * 2
    assert inside("error_of(other, 1)") == "ECONNABORTED"
    inside(f"one := pair({family}, {lo!r})")
    assert inside("one[0].send(b'x')") == 1 and inside("one[1].recv(9)") == b"x"


@root_only
def test_a_kernel_that_does_not_end_connections_is_found_out(space: Namespace, inside: Shell,
                                                             monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ss").write_text('#!/bin/sh\ncase "$*" in *-K*) ;; *) exec ss "$@" ;; esac\n')
    (tmp_path / "ss").chmod(0o755)
    monkeypatch.setitem(space._tools, "ss", str(tmp_path / "ss"))
    inside("one := pair()")
    with pytest.raises(Unavailable, match="INET_DIAG_DESTROY"):
        space.connections_killed()


@root_only
def test_a_small_mtu_and_a_small_buffer_starve_a_datagram(space: Namespace, inside: Shell) -> None:
    inside("sink := socket(AF_INET, SOCK_DGRAM)")
    inside("sink.bind(('127.0.0.1', 0))")
    inside("one := udp(to='127.0.0.1', port=sink.getsockname()[1])")
    inside("one.setsockopt(SOL_SOCKET, SO_SNDBUF, 1024)")
    inside("one.setblocking(False)")
    assert inside("one.send(bytes(4000))") == 4000
    inside("sink.recv(9000)")
    space.mtu(1500)
    assert inside("one.send(bytes(60000))") == "ENOBUFS"
    space.heal()
    assert inside("one.send(bytes(1000))") == 1000


@root_only
def test_a_command_that_fails_says_why(space: Namespace) -> None:
    with pytest.raises(Unavailable, match="ip: .*nonsense"):
        space._ip(space._inside, "link set nonsense up\n")


@root_only
def test_nothing_of_it_is_seen_outside() -> None:
    def outside() -> list[str]:
        shown = [subprocess.run(command, capture_output=True, text=True).stdout for command in
                 (["ip", "-br", "addr"], ["ip", "route"], ["nft", "list", "ruleset"])]
        return [*shown, *(Path(f"/proc/sys/{name}").read_text() for name in netns.SYSCTLS | netns.ROUTER_SYSCTLS)]

    before = outside()
    one = Namespace()
    one.drop()
    one.link_down()
    assert outside() == before
    one.close()
    assert outside() == before


def held(marker: str) -> list[str]:
    return [command for command in living(marker) if "sleep" in command]


def in_time(true: Callable[[], bool], marker: str) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, held(marker)
        time.sleep(0.01)


@root_only
def test_nothing_is_left_of_it() -> None:
    marker = f"marked-{os.getpid()}-closed"
    os.environ["MARKED"] = marker
    try:
        one = Namespace()
        inside = subprocess.Popen(one.command(["sh", "-c", "setsid sleep 1000 & echo; sleep 1000"]),
                                  stdout=subprocess.PIPE)
    finally:
        del os.environ["MARKED"]
    try:
        assert inside.stdout and inside.stdout.readline()
        in_time(lambda: len(held(marker)) >= 4, marker)  # two sleeps, two holders
    finally:
        one.close()
    assert held(marker) == [] and inside.wait(10) != 0


@root_only
def test_nor_if_its_maker_is_killed() -> None:
    marker = f"marked-{os.getpid()}-killed"
    code = ("import subprocess, time\nfrom pathlib import Path\nfrom wsconform.netns import Namespace\n"
            "one = Namespace()\n"
            "subprocess.Popen(one.command(['sh', '-c', 'setsid sleep 1000 & echo; sleep 1000']))\n"
            "time.sleep(1000)")
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment(MARKED=marker)) as maker:
        try:
            assert maker.stdout and maker.stdout.readline()
            in_time(lambda: len(held(marker)) >= 4, marker)
        finally:
            maker.kill()
    in_time(lambda: not held(marker), marker)


@root_only
def test_the_prefix_in_it_is_a_copy(warm_prefix: Path) -> None:
    one = Namespace(warm_prefix)
    try:
        copy = Path(one.environment["WINEPREFIX"])
        assert copy.parent == warm_prefix.parent and copy != warm_prefix
        assert not (copy / "wineserver").exists(), "no socket of another's"
        for name in ("system.reg", "user.reg"):
            assert (copy / name).stat().st_size > 1000 and not (copy / name).samefile(warm_prefix / name)
        assert (copy / "dosdevices" / "c:").samefile(warm_prefix / "drive_c")
        assert (copy / "dosdevices" / "z:").samefile("/")
        assert not (copy / "drive_c").exists()
    finally:
        one.close()
    assert not copy.exists()
    assert (warm_prefix / "drive_c" / "windows").is_dir(), "what a link leads to stays"


@root_only
def test_two_at_once() -> None:
    one, two = Namespace(), Namespace()
    try:
        one.link_down()
        there = Shell(two.command([sys.executable, "-c", SHELL]))
        assert there("udp().send(b'x')") == 1
        there.end()
    finally:
        one.close()
        two.close()


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "root" in netns.missing()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(netns, "_tool", lambda name: None if name in ("nft", "ip") else f"/bin/{name}")
    assert netns.missing() == "not installed: ip (package iproute2), nft (package nftables)"
    with pytest.raises(Unavailable, match="nftables"):
        Namespace()


@root_only
def test_rights_that_are_missing_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "unshare").write_text("#!/bin/sh\necho 'unshare: unshare failed: Operation not permitted' >&2\nexit 1\n")
    (tmp_path / "unshare").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(Unavailable, match="^unshare: unshare failed: Operation not permitted$"):
        Namespace()


# --- injected failures ---------------------------------------------------------------------------------------


class Sender:
    """Programs of this machine with the preload library, each running some lines of Python with two connected sockets."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.injector = Injector("x86_64", folder)
        self.more = more

    def __call__(self, code: str) -> list[str]:
        head = SHELL.partition("vars =")[0] + ("def tried(send):\n    try: return send()\n"
                                               "    except OSError as e: return names(e.errno)\n")
        done = subprocess.run([sys.executable, "-c", head + code], capture_output=True, text=True,
                              env=environment(**{**self.injector.environment, **self.more}))
        assert done.returncode == 0, done.stderr
        return done.stdout.split()


@pytest.fixture
def sender(tmp_path: Path) -> Iterator[Sender]:
    one = Sender(tmp_path)
    assert one("print('loaded')") == ["loaded"]
    yield one
    one.injector.close()


@pytest.mark.parametrize("call", ["a.send(b'x')", "a.sendmsg([b'', b'x'])", "os.writev(a.fileno(), [b'x', b'y'])"])
@pytest.mark.parametrize("pair", ["pair()", "pair(AF_INET6, '::1')", "(udp(to='127.0.0.1'), None)"])
def test_sends_fail_to_order(sender: Sender, call: str, pair: str) -> None:
    sender.injector.inject(10052, 2)
    found = sender(f"a, b = {pair}\nfor _ in range(3): print(tried(lambda: {call}))")
    assert found[:2] == ["ENETRESET"] * 2 and found[2] in ("1", "2")
    assert sender.injector.made == 2


def test_sendto_too(sender: Sender) -> None:
    sender.injector.inject(10055)
    assert sender("a = socket(AF_INET, SOCK_DGRAM)\n"
                  "for _ in range(2): print(tried(lambda: a.sendto(b'x', ('127.0.0.1', 9))))") == ["ENOBUFS", "1"]


def test_the_name_of_sendmsg_where_time_has_64_bits(sender: Sender) -> None:
    """A null pointer for a message fails with EFAULT (14) in the kernel: so it got there, and not to another library."""
    assert sender("import ctypes\na, b = pair()\nlibrary = ctypes.CDLL(None, use_errno=True)\n"
                  "print(library.__sendmsg64(a.fileno(), None, 0), ctypes.get_errno())") == ["-1", "14"]


def test_what_is_not_meant_passes(sender: Sender) -> None:
    sender.injector.inject(10054, 5)
    assert sender("a, b = socketpair()\nprint(a.send(b'x'), os.writev(1, [b'']), os.writev(os.open('/dev/null', 1), [b'x']))\n"
                  "c, d = pair()\nprint(c.send(b''), c.sendmsg([]), c.sendmsg([b'', b'']))") == ["1", "0", "1", "0", "0", "0"]
    assert sender.injector.made == 0, "no Internet socket, or no data"


def test_no_order_no_failure_and_heal_takes_it_back(sender: Sender) -> None:
    code = "a, b = pair()\nprint(tried(lambda: a.send(b'x')))"
    assert sender(code) == ["1"]
    sender.injector.inject(10050, 3)
    assert sender(code) == ["ENETDOWN"]
    sender.injector.heal()
    assert sender(code) == ["1"]


def test_errno_is_left_alone_where_nothing_fails(sender: Sender) -> None:
    sender.injector.inject(10054)
    assert sender("import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nctypes.set_errno(77)\n"
                  "print(libc.send(os.open('/dev/null', 1), b'x', 0), ctypes.get_errno())") == ["-1", "88"]


@pytest.mark.parametrize("code", [10004, 10035, 10036])
def test_what_is_tried_again_is_bounded(sender: Sender, code: int) -> None:
    sender.injector.inject(code, 16)
    with pytest.raises(Unavailable, match="1 to 16 times"):
        sender.injector.inject(code, 17)
    sender("a, b = pair()\nwhile not isinstance(tried(lambda: a.sendmsg([b'x'])), int): pass")
    assert sender.injector.made == 16, "whoever tries again for ever comes through"


def test_orders_that_cannot_be(sender: Sender, tmp_path: Path) -> None:
    for code, times, why in ((10093, 1, "10093"), (10050, 0, "not 0"), (10050, 65536, "65535"), (0, 1, "reports")):
        with pytest.raises(Unavailable, match=why):
            sender.injector.inject(code, times)
    (tmp_path / "other").mkdir()
    with pytest.raises(Unavailable, match="not loaded"):
        Injector("x86_64", tmp_path / "other").inject(10050)


def test_a_library_that_was_not_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WSCONFORM_BUILD", str(tmp_path))
    for arch in ("x86_64", "i686"):
        with pytest.raises(Unavailable, match=f"no preload library for {arch}"):
            Injector(arch, tmp_path)


def test_libraries_for_both_kinds_of_programs(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    Injector("i686", tmp_path / "a").close()
    kinds = {name: (tmp_path / "a" / "lib" / name / "inject.so").read_bytes()[4]
             for name in ("x86_64-linux-gnu", "i386-linux-gnu")}
    assert kinds == {"x86_64-linux-gnu": 2, "i386-linux-gnu": 1}, "ELF classes"


@pytest.mark.parametrize("content", [None, b"", b"x" * 16, b"x" * 15])
def test_without_its_file_the_library_lets_all_pass(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "orders"
    if content is not None:
        path.write_bytes(content)
    (tmp_path / "site").mkdir()
    one = Sender(tmp_path / "site", WSCONFORM_INJECT=str(path))
    assert one("a, b = pair()\nprint(tried(lambda: a.send(b'x')))") == ["1"]
    assert content is None or path.read_bytes() == content
