"""What the tests of the runner share: running wsconform, a warm Wine prefix, providers with planted faults."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

TREE = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TREE / folder) for folder in ("runner", "spec", "reports")]

from wsconform import places, wine  # noqa: E402

LIMIT_S = 240
#: Each takes minutes. Begun first, they are not what all wait for in the end.
LONGEST = ("test_every_deviation_on_wine_is_shown_again", "test_every_command_works")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.name not in LONGEST)


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    status: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


def environment(**more: str) -> dict[str, str]:
    path = os.pathsep.join(str(TREE / folder) for folder in ("runner", "spec", "reports"))
    return {**os.environ, "PYTHONPATH": path, "COLUMNS": "160", "LINES": "50", **more}


Wsconform = Callable[..., Ended]


@pytest.fixture
def wsconform(tmp_path: Path) -> Wsconform:
    """Runs the driver (without the script around it) in an empty folder and gives what came of it."""

    def run(*arguments: str | Path, stdin: str = "", **more: str) -> Ended:
        done = subprocess.run([sys.executable, "-m", "wsconform", *map(str, arguments)], input=stdin, text=True,
                              cwd=tmp_path, env=environment(**more), capture_output=True, timeout=LIMIT_S)
        return Ended(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def system_wine() -> wine.Wine:
    return wine.find()


@pytest.fixture(scope="session")
def warm_prefix(system_wine: wine.Wine) -> Iterator[Path]:
    """The cache's prefix of the system's Wine; made here if no run made it yet."""
    with wine.opened(system_wine, "x86_64") as prefix:
        # Debian's server begins to end when its last program has ended, and one that comes just then it may send away (exit
        # status 1, no output): this one stays. Another test process may have started it already.
        if system_wine.server:
            subprocess.run([system_wine.server, "-p"], env=prefix.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=LIMIT_S)
        # Wine's services stay as long as their server, and keep the output of the program that starts them open: who reads a
        # program's output to its end must not be the first one.
        prefix.start()
        yield prefix.path  # held until the last test: who leaves a prefix last ends its server, and what runs there


@pytest.fixture
def own_cache(tmp_path: Path, warm_prefix: Path) -> Iterator[Path]:
    """A cache folder that nothing else uses, with a ready prefix in it: a copy by hard links (Wine replaces the files
    that it changes)."""
    cache = tmp_path / "cache"
    (cache / "wsconform" / "prefix").mkdir(parents=True)
    subprocess.run(["cp", "-al", warm_prefix, cache / "wsconform" / "prefix" / warm_prefix.name], check=True)
    yield cache
    shutil.rmtree(cache)


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Builds providers/NAME.c and gives the DLL."""
    folder = tmp_path_factory.mktemp("providers")

    def built(name: str) -> Path:
        dll = folder / f"{name}.dll"
        if not dll.exists():
            subprocess.run(["x86_64-w64-mingw32-gcc", "-Wall", "-Werror", "-shared", "-o", dll,
                            TREE / "runner" / "tests" / "providers" / f"{name}.c", "-lws2_32"], check=True)
        return dll

    return built


def results(out: Path, target: str | None = None) -> dict[str, Any]:
    """results.json of the only target in out, or of one whose name begins so."""
    found = [p for p in out.glob("*/results.json") if target is None or p.parent.name.startswith(target)]
    assert len(found) == 1, found
    loaded: dict[str, Any] = json.loads(found[0].read_text())
    return loaded


def verdicts(out: Path, target: str | None = None) -> dict[str, str]:
    return {case["id"]: case["verdict"] for case in results(out, target)["cases"]}


def judge(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([places.judge(), *arguments], input=stdin, capture_output=True, timeout=LIMIT_S)


def living(marker: str) -> list[str]:
    """The processes (zombies apart) with this text in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (process / "environ").read_bytes():
                state = (process / "stat").read_text().rsplit(")", 1)[1].split()[0]
                if state not in "ZX" and int(process.name) != os.getpid():
                    found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found


#: Three cases that conform on every Wine.
GOOD = '''\
case "shut down"
  clauses err.shutdown.sd-send
  a, b = tcp()
  shutdown(a, SD_SEND)
  WSASend(a, [10], &sent, 0, NULL, NULL) = SOCKET_ERROR WSAESHUTDOWN

case "small send"
  clauses use.connection-oriented
  a, b = tcp()
  WSASend(a, [7], &sent, 0, NULL, NULL) = 0 sent 7
  recv(b, 7) = 1[0..7]

case "after it"
  clauses use.connection-oriented
  a, b = tcp()
  WSASend(a, [8], &sent, 0, NULL, NULL) = 0 sent 8
  recv(b, 8) = 1[0..8]
'''


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A case file with three cases that conform."""
    path = tmp_path / "good.case"
    path.write_text(GOOD)
    return path
