"""Porting layers on this machine: the executor is built for libraries that are as unlike Windows as layers are, and says what
each has, lacks, and does wrong."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import TREE, Ended, Wsconform, results, verdicts

from wsconform import layers

LAYER = TREE / "runner" / "tests" / "layer"
CASES = """\
case "sends"
  clauses use.connection-oriented
  a, b = tcp()
  WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10
  recv(b, 10) = 1[0..10]

case "gathers"
  clauses use.connection-oriented
  a, b = tcp(nonblocking)
  WSASend(a, [10, 5], &sent, 0, NULL, NULL) = 0 sent 15
  recv(b, 15) = 1[0..15]

case "datagrams"
  clauses use.connection-oriented
  a, b = udp6()
  WSASend(a, [7], &sent, 0, NULL, NULL) = 0 sent 7
  recv(b, 100) = 1[0..7]

case "shut down"
  clauses err.shutdown.sd-send
  a, b = tcp()
  shutdown(a, SD_SEND)
  WSASend(a, [10], &sent, 0, NULL, NULL) = SOCKET_ERROR WSAESHUTDOWN

case "no socket"
  clauses err.notsock
  WSASend(INVALID_SOCKET, [10], &sent, 0, NULL, NULL) = SOCKET_ERROR WSAENOTSOCK

case "event"
  clauses complete.indication
  a, b = tcp(wsasocket)
  e = WSACreateEvent()
  o = overlapped(e)
  WSASend(a, [10], NULL, 0, &o, NULL) = 0 or SOCKET_ERROR WSA_IO_PENDING
  WSAWaitForMultipleEvents([e], TRUE, limit, FALSE) = WSA_WAIT_EVENT_0
  WSAGetOverlappedResult(a, &o, &n, FALSE) = TRUE transferred 10

case "routine"
  clauses complete.indication
  a, b = tcp(wsasocket)
  o = overlapped(NULL)
  r = routine()
  WSASend(a, [10], NULL, 0, &o, r) = 0 or SOCKET_ERROR WSA_IO_PENDING
  alertable_wait(1) = ran r(0, 10, &o, 0)

case "accepted"
  clauses use.connection-oriented
  a, b = tcp(accepted)
  WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10

case "not started"
  clauses err.notinitialised
  start uninitialised
  WSASend(0, [10], &sent, 0, NULL, NULL) = SOCKET_ERROR WSANOTINITIALISED

case "partial"
  clauses err.opnotsupp.partial
  a, b = tcp()
  WSASend(a, [10], &sent, MSG_PARTIAL, NULL, NULL) = SOCKET_ERROR WSAEOPNOTSUPP

case "network"
  clauses use.connection-oriented
  requires netns
  a, b = tcp()
  fault(link_down)
  WSASend(a, [10], &sent, 0, NULL, NULL)
"""

Compile = Callable[..., Path]
Run = Callable[..., Ended]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Compile:
    """Compiles a layer, with faults planted by name: a shared library, or an archive of the same; always at the same place."""
    folder = tmp_path_factory.mktemp("layers")

    def compiled(name: str, *faults: str, static: bool = False, include: Path = LAYER) -> Path:
        made = folder / (f"{name}.o" if static else f"lib{name}.so")
        kind = ["-c"] if static else ["-shared", "-fPIC"]
        subprocess.run(["gcc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", *kind, f"-I{include}", *(f"-D{fault}" for fault in faults),
                        "-o", made, LAYER / f"{name}.c"], check=True)
        if not static:
            return made
        archive = folder / f"lib{name}.a"
        subprocess.run(["ar", "rcs", archive, made], check=True)
        return archive

    return compiled


@pytest.fixture(scope="session")
def odd_executor(library: Compile) -> Path:
    """Linked to the shared library: that can be another one when it is started."""
    return layers.build(layers.Layer((LAYER,), (library("odd"),), LAYER / "odd_adapter.h"))


@pytest.fixture
def run(wsconform: Wsconform, tmp_path: Path) -> Run:
    def ran(*options: str | Path) -> Ended:
        (tmp_path / "a.case").write_text(CASES)
        return wsconform("run", *options, "--cases", "a.case", "--out", "out", "--limit", "1500ms")
    return ran


def reasons(out: Path) -> dict[str, str]:
    return {case["id"]: case["reason"] for case in results(out)["cases"]}


ODD = ("--winsock-include", LAYER, "--winsock-adapter", LAYER / "odd_adapter.h")


def test_a_layer_unlike_windows(run: Run, library: Compile, tmp_path: Path) -> None:
    """Pointers, a prefix, constants that are objects, errno; no start-up, no events, and the other end is the system's."""
    ended = run(*ODD, "--winsock-library", library("odd"))
    assert ended.status == 0, ended.text
    found, why = verdicts(tmp_path / "out"), reasons(tmp_path / "out")
    assert {id for id, verdict in found.items() if verdict == "conforms"} == {
        "a/sends", "a/gathers", "a/datagrams", "a/shut down", "a/no socket", "a/network"}, why
    assert {id for id, verdict in found.items() if verdict == "unsupported"} == {
        "a/event", "a/routine", "a/accepted", "a/not started", "a/partial"}
    assert "WSASocketW: the headers do not declare it" in why["a/event"]
    assert "the library does not have it (odd_listen)" in why["a/accepted"] or "getsockname" in why["a/accepted"]
    assert "WSAStartup: the headers do not declare it" in why["a/not started"]
    assert "MSG_PARTIAL: the headers do not declare it" in why["a/partial"]
    target = results(tmp_path / "out")["target"]
    assert (target["name"], target["kind"], target["version"]) == ("odd-0.1", "posix", "0.1")


def test_a_layer_that_takes_only_its_own_sockets(run: Run, library: Compile, tmp_path: Path) -> None:
    """One that dies of what is no socket: a crash, unless its adapter says that this is not promised."""
    adapter = tmp_path / "adapter.h"
    for promised, expected in ((True, "crash"), (False, "unsupported")):
        adapter.write_text((LAYER / "odd_adapter.h").read_text() + ("" if promised else "#define WSCONFORM_ONLY_SOCKETS 1\n"))
        run("--winsock-include", LAYER, "--winsock-adapter", adapter, "--winsock-library", library("odd", "ODD_TRUSTS"))
        found, why = verdicts(tmp_path / "out"), reasons(tmp_path / "out")
        assert found["a/no socket"] == expected, why
        assert promised or "WSCONFORM_ONLY_SOCKETS" in why["a/no socket"]
        assert found["a/sends"] == found["a/gathers"] == found["a/shut down"] == "conforms", why


@pytest.mark.parametrize(("fault", "case", "verdict", "said"), [
    ("ODD_MISCOUNTS", "a/sends", "deviates", ""), ("ODD_RAW_ERRORS", "a/shut down", "crash", "0xE000000D"),
    ("ODD_CRASHES", "a/gathers", "crash", "0xC0000005"), ("ODD_HANGS", "a/gathers", "hang", ""),
    ("ODD_EXITS", "a/gathers", "crash", "0x00000007")])
def test_what_a_layer_does_wrong_is_caught(run: Run, library: Compile, odd_executor: Path, tmp_path: Path, fault: str, case: str,
                                           verdict: str, said: str) -> None:
    library("odd", fault)
    ended = run("--executor", odd_executor)
    found = verdicts(tmp_path / "out")
    assert ended.status == 1 and found[case] == verdict, ended.text
    assert said in (tmp_path / "out" / "odd-0.1" / "trace.txt").read_text()
    assert found["a/no socket"] == "conforms", "and only its own case suffers"


def test_a_layer_over_the_systems_sockets(run: Run, library: Compile, tmp_path: Path) -> None:
    """No adapter, an archive, enumerators, inline functions: socket, bind, recv ... are the C library's."""
    plain = library("plain", static=True, include=LAYER / "plain")
    ended = run("--winsock-include", LAYER / "plain", "--winsock-library", plain)
    assert ended.status == 0, ended.text
    found, why = verdicts(tmp_path / "out"), reasons(tmp_path / "out")
    assert {id for id, verdict in found.items() if verdict == "conforms"} == {
        "a/sends", "a/gathers", "a/datagrams", "a/shut down", "a/no socket", "a/accepted", "a/not started", "a/network"}, why
    assert "WSASocketW" in why["a/event"]
    assert results(tmp_path / "out")["target"]["name"] == "plain", "as the library is called"


def test_a_layer_with_events_and_routines(run: Run, library: Compile, tmp_path: Path) -> None:
    full = ("--winsock-include", LAYER, "--winsock-adapter", LAYER / "full_adapter.h", "--winsock-library")
    ended = run(*full, library("full"))
    assert ended.status == 0, ended.text
    found = verdicts(tmp_path / "out")
    assert [found[id] for id in ("a/event", "a/routine", "a/accepted")] == ["conforms"] * 3, reasons(tmp_path / "out")
    ended = run(*full, library("full", "FULL_EVENT_FORGOTTEN", "FULL_ROUTINE_TWICE"))
    found = verdicts(tmp_path / "out")
    assert ended.status == 1 and found["a/event"] == found["a/routine"] == "deviates", found


def test_what_does_not_fit_is_said_in_the_compilers_words(wsconform: Wsconform, library: Compile, tmp_path: Path) -> None:
    def refused(adapter: str, *more: str | Path) -> str:
        (tmp_path / "adapter.h").write_text(adapter)
        ended = wsconform("run", "--winsock-library", library("odd"), "--winsock-adapter", "adapter.h", *more)
        assert ended.status == 2 and "Traceback" not in ended.text, ended.text
        return ended.err

    assert "adapter.h:1:10: fatal error: nowhere.h" in refused("#include <nowhere.h>\n", "--winsock-include", LAYER)
    assert "unknown type name 'WSABUF'" in refused("typedef int SOCKET;\n", "--winsock-include", LAYER).replace("‘", "'").replace("’", "'")
    said = refused("#include <odd.h>\ntypedef odd_handle SOCKET;\ntypedef odd_buffer WSABUF;\n#define WSCONFORM_LEN length\n"
                   "#define WSCONFORM_BUF base\n", "--winsock-include", LAYER)
    assert "there is no WSASend to be tested: the headers do not declare it" in said
    (tmp_path / "text.so").write_text("no library\n")
    said = wsconform("run", "--winsock-library", "text.so", *ODD).err
    assert "no library can be read there: " in said and "text.so: file format not recognized" in said, said
    assert "no such file" in wsconform("run", "--winsock-library", "gone.so", "--winsock-include", LAYER).err
    assert "needs --winsock-include" in wsconform("run", "--winsock-library", library("odd")).err
    assert "an adapter must say which headers" in wsconform("run", "--winsock-include", LAYER).err
    said = wsconform("run", *ODD).err
    assert "there is no WSASend to be tested: no library is given" in said


def test_a_layer_by_name(wsconform: Wsconform, library: Compile, odd_executor: Path, tmp_path: Path) -> None:
    library("odd")
    (tmp_path / "a.case").write_text(CASES)
    (tmp_path / "t.toml").write_text(f'[mine]\nexecutor = "{odd_executor}"\n[bad]\nexecutor = "{odd_executor}"\narch = "i686"\n')
    ended = wsconform("run", "--targets", "t.toml", "--target", "mine", "--cases", "a.case", "--out", "out")
    assert ended.status == 2 and "t.toml:5:1: arch does not go with executor" in ended.err, ended.text
    (tmp_path / "t.toml").write_text(f'[mine]\nexecutor = "{odd_executor}"\n')
    ended = wsconform("run", "--targets", "t.toml", "--target", "mine", "--cases", "a.case", "--out", "out")
    assert ended.status == 0 and verdicts(tmp_path / "out", "mine")["a/sends"] == "conforms", ended.text
    assert results(tmp_path / "out", "mine")["target"]["kind"] == "posix"


def test_an_executor_that_is_none(wsconform: Wsconform, tmp_path: Path) -> None:
    for program, why in ((Path("/bin/true"), "no executor for a porting layer"), (tmp_path / "gone", "cannot be started")):
        ended = wsconform("run", "--executor", program)
        assert ended.status == 2 and why in ended.err, ended.text


HEADER = """\
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#define SOCKET int
#define WSABUF struct iovec
#define ioctlsocket ioctl
static int tiny_up;
static inline void tiny_begin(void) { tiny_up = 1; }
static inline void closesocket(SOCKET s) { close(s); }
static inline int WSASend(SOCKET s, WSABUF *b, int n, unsigned *sent, int flags, void *o, void *r) {
    ssize_t done = tiny_up ? sendmsg(s, &(struct msghdr){.msg_iov = b, .msg_iovlen = n}, flags | MSG_NOSIGNAL) : (errno = EPERM, -1);
    return done < 0 ? (errno = errno == EPIPE ? ESHUTDOWN : errno == EBADF ? ENOTSOCK : errno, -1) : (*sent = done, 0);
}
"""


def test_a_layer_of_nothing_but_a_header(run: Run, wsconform: Wsconform, tmp_path: Path) -> None:
    """Inline functions and no library; it wants to be begun, knows no WSADATA and no end, and closes without a word."""
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "tiny.h").write_text(HEADER)
    (tmp_path / "adapter.h").write_text("#include <tiny.h>\n#define WSCONFORM_LEN iov_len\n#define WSCONFORM_BUF iov_base\n"
                                        "#define WSAStartup(version, data) tiny_begin()\n"
                                        "#define WSASendTo(s, b, n, sent, flags, to, size, o, r) tiny_send_to(s, b, n, sent)\n")
    tiny = ("--winsock-include", "tiny", "--winsock-adapter", "adapter.h")
    ended = run(*tiny)
    assert ended.status == 0, ended.text
    found, why = verdicts(tmp_path / "out"), reasons(tmp_path / "out")
    assert {id for id, verdict in found.items() if verdict == "conforms"} == {
        "a/sends", "a/gathers", "a/datagrams", "a/shut down", "a/no socket", "a/accepted", "a/network"}, why
    assert "WSACleanup: the headers do not declare it" in why["a/not started"]
    (tmp_path / "b.case").write_text("""\
case "begun"
  clauses err.notconn
  requires netns
  s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)
  ioctlsocket(s, FIONBIO, 1) = 0
  connect(s, silent) = SOCKET_ERROR WSAEWOULDBLOCK

case "shut down below"
  clauses err.shutdown.sd-send
  requires inject
  a, b = tcp()
  fault(inject(WSAESHUTDOWN)) = ok
  WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10 or SOCKET_ERROR WSAESHUTDOWN

case "to"
  clauses use.connection-oriented
  a, b = udp()
  WSASendTo(a, [10], &sent, 0, b, NULL, NULL) = 0 sent 10

case "routine"
  clauses complete.indication
  r = routine()
  WSASend(INVALID_SOCKET, [10], NULL, 0, NULL, r) = SOCKET_ERROR WSAENOTSOCK
""")
    # Two archives that need each other.
    (tmp_path / "end.h").write_text('#include "adapter.h"\nint first(void);\n#define WSACleanup() first()\n')
    for archive, parts in (("one", {"first": "second()", "third": "0"}), ("two", {"second": "third()"})):
        for name, result in parts.items():
            (tmp_path / f"{name}.c").write_text(f"int second(void); int third(void);\nint {name}(void) {{ return {result}; }}\n")
            subprocess.run(["gcc", "-c", f"{name}.c"], cwd=tmp_path, check=True)
        subprocess.run(["ar", "rcs", f"{archive}.a", *(f"{name}.o" for name in parts)], cwd=tmp_path, check=True)
    ended = wsconform("run", *tiny[:2], "--winsock-adapter", "end.h", "--winsock-library", "one.a", "--winsock-library", "two.a",
                      "--cases", "b.case", "--out", "out2")
    assert verdicts(tmp_path / "out2")["b/begun"] == "conforms", ended.text
    why = reasons(tmp_path / "out2")
    assert "no such send of this system fails with ESHUTDOWN" in why["b/shut down below"]
    assert "WSASendTo: the headers do not declare tiny_send_to" in why["b/to"]
    assert "routine: the target lacks this: WSAOVERLAPPED: the headers do not declare it" in why["b/routine"]


LATE = """\
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>
typedef struct late { int fd; } *SOCKET;
typedef struct { unsigned len; char *buf; } WSABUF;
typedef struct { int *hEvent; } WSAOVERLAPPED;
#define INVALID_SOCKET NULL
#define SD_SEND SHUT_WR
#define WSAECONNRESET ECONNRESET
static inline SOCKET late_of(int fd) { SOCKET s = fd < 0 ? NULL : malloc(sizeof *s); if (s) s->fd = fd; return s; }
#define WSASocketW(f, t, p, info, group, flags) late_of(socket(f, t, p))
#define bind(s, a, n) bind((s)->fd, a, n)
#define connect(s, a, n) connect((s)->fd, a, n)
#define listen(s, n) listen((s)->fd, n)
#define accept(s, a, n) late_of(accept((s)->fd, a, n))
#define shutdown(s, how) shutdown((s)->fd, how)
#define closesocket(s) close((s)->fd)
#define ioctlsocket(s, c, v) ioctl((s)->fd, c, v)
#define setsockopt(s, l, o, v, n) setsockopt((s)->fd, l, o, v, n)
#define getsockname(s, a, n) getsockname((s)->fd, a, n)
#define recv(s, p, n, flags) recv((s)->fd, p, n, flags)
#undef FD_SET
#define FD_SET(s, set) ((void)(s))
#define select(n, r, w, x, t) late_poll(one, r, w, x, t)
static inline int late_poll(SOCKET s, void *r, void *w, void *x, struct timeval *t) {
    struct pollfd p = {s->fd, r ? POLLIN : w ? POLLOUT : x ? POLLPRI : 0, 0};
    int n = poll(&p, 1, (int)(t->tv_sec * 1000 + t->tv_usec / 1000));
    return n > 0 ? 3 : n;
}
static inline int WSASend(SOCKET s, WSABUF *b, unsigned n, unsigned *sent, unsigned flags, WSAOVERLAPPED *o, void *r) {
    struct iovec parts[2];
    if (n > 2) return errno = ENOBUFS, -1;
    for (unsigned i = 0; i < n; i++) parts[i] = (struct iovec){b[i].buf, b[i].len};
    ssize_t done = sendmsg(s->fd, &(struct msghdr){.msg_iov = parts, .msg_iovlen = n}, flags | MSG_NOSIGNAL);
    if (done >= 0 && o && o->hEvent) *o->hEvent = 1;
    return done < 0 ? -1 : (*sent = done, 0);
}
"""


def test_a_layer_that_does_the_least(wsconform: Wsconform, tmp_path: Path) -> None:
    """It makes sockets in one way only, hands time-outs on as they are, counts oddly in select, and trusts its events."""
    (tmp_path / "late.h").write_text(LATE)
    (tmp_path / "adapter.h").write_text('#include "late.h"\n#define WSCONFORM_NAME "late"\n#define WSCONFORM_ONLY_SOCKETS 1\n')
    (tmp_path / "c.case").write_text("""\
case "made"
  clauses err.notconn
  s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)
  connect(s, nobody) = 0
  WSASend(s, [10], &sent, 0, NULL, NULL) = 0 sent 10

case "time-out"
  clauses sync.timeouts-blocking-only
  a, b = tcp()
  setsockopt(a, SO_SNDTIMEO, 60000) = 0
  WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10

case "urgent"
  clauses flags.oob
  a, b = tcp()
  WSASend(a, [1], &sent, MSG_OOB, NULL, NULL) = 0 sent 1
  recv_oob(b, 1) = 1[0..1]

case "on another thread"
  clauses use.gather
  a, b = tcp()
  thread t
  t: WSASend(a, [1, 1, 1], &sent, 0, NULL, NULL) ...
  recv(b, 3) = 1[0..3]
  t: ... WSASend = 0 sent 3

case "no event"
  clauses ov.event-signalled
  a, b = tcp()
  o = overlapped(0x7ffffff0)
  WSASend(a, [10], &sent, 0, &o, NULL)

case "in progress"
  clauses err.inprogress.blocking-call
  requires inject
  a, b = tcp()
  fault(inject(WSAEINPROGRESS)) = ok
  WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10 or SOCKET_ERROR WSAEINPROGRESS
""")
    layer = ("--winsock-adapter", tmp_path / "adapter.h")
    ended = wsconform("run", *layer, "--cases", "c.case", "--out", "out", "--limit", "500ms")
    found, why = verdicts(tmp_path / "out"), reasons(tmp_path / "out")
    assert found == {"c/made": "conforms", "c/time-out": "conforms", "c/urgent": "conforms", "c/on another thread": "deviates",
                     "c/no event": "unsupported", "c/in progress": "unsupported"}, (why, ended.text)
    assert "WSAENOBUFS" in why["c/on another thread"] and "hEvent is no event" in why["c/no event"]
    assert "no such send of this system fails with EINPROGRESS" in why["c/in progress"]
    # The report says how to run it again, and of no program for Windows.
    page = (tmp_path / "out" / "index.html").read_text()
    assert f"./wsconform run --winsock-adapter {tmp_path / 'adapter.h'} --cases" in page and "wsconform repro" not in page
    ended = wsconform("repro", "--from", "out", "--cases", "c.case", "c/on another thread")
    assert ended.status == 2 and "late is a porting layer: what repro writes is a Windows program" in ended.err, ended.text
    (tmp_path / "a;b.h").touch()
    ended = wsconform("run", "--winsock-adapter", "a;b.h")
    assert ended.status == 2 and "a;b.h: to CMake a semicolon ends a word" in ended.err, ended.text


def test_a_layer_under_a_sanitizer(wsconform: Wsconform, tmp_path: Path) -> None:
    (tmp_path / "i.case").write_text("""\
case "injected"
  clauses err.nobufs
  requires inject
  a, b = tcp()
  fault(inject(WSAENOBUFS)) = ok
  WSASend(a, [10], &sent, 0, NULL, NULL) = SOCKET_ERROR WSAENOBUFS
""")
    # And it needs another library, which is beside it.
    (tmp_path / "aside.c").write_text("int aside;\n")
    for made, *parts in (("libaside.so", "aside.c"), ("libodd.so", f"-I{LAYER}", LAYER / "odd.c", "-Wl,--no-as-needed", "-L.", "-laside")):
        subprocess.run(["gcc", "-std=gnu11", "-fsanitize=address", "-shared", "-fPIC", "-o", made, *parts], cwd=tmp_path, check=True)
    ended = wsconform("run", *ODD, "--winsock-library", "libodd.so")
    assert ended.status == 2 and "add --winsock-link=-fsanitize=address" in ended.err, ended.text
    ended = wsconform("run", *ODD, "--winsock-library", "libodd.so", "--winsock-link=-fsanitize=address", "--cases", "i.case",
                      "--out", "out")
    assert ended.status == 0 and verdicts(tmp_path / "out") == {"i/injected": "conforms"}, ended.text
