"""Wines and prefixes: never the user's, nothing left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import Wsconform, environment, living, verdicts

from wsconform import wine
from wsconform.errors import TargetError

LONG = '''case "long"
  clauses use.connection-oriented
  limit 60s
  a, b = tcp()
  recv(b, 1)
'''


def test_a_cold_cache_gets_a_prefix_and_the_home_folder_none(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    ended = wsconform("run", "--target", "wine", "--cases", good, "--out", "out", HOME=str(home), XDG_CACHE_HOME="",
                      WINEPREFIX=str(tmp_path / "theirs"))
    assert ended.status == 0, ended.text
    assert [p.name for p in home.iterdir()] == [".cache"], "only the cache"
    assert not (tmp_path / "theirs").exists()
    prefixes = [p for p in (home / ".cache" / "wsconform" / "prefix").iterdir() if p.is_dir()]
    assert len(prefixes) == 1 and (prefixes[0] / "system.reg").exists()
    assert living(str(home)) == []
    made = (prefixes[0] / "drive_c").stat().st_mtime_ns, prefixes[0].stat().st_ino
    assert wsconform("run", "--target", "wine", "--cases", good, "--out", "out", HOME=str(home),
                     XDG_CACHE_HOME="").status == 0
    assert made == ((prefixes[0] / "drive_c").stat().st_mtime_ns, prefixes[0].stat().st_ino), "not made twice"


def test_no_process_is_left_behind(wsconform: Wsconform, good: Path, own_cache: Path) -> None:
    assert wsconform("run", "--cases", good, "--out", "out", XDG_CACHE_HOME=str(own_cache)).status == 0
    assert living(str(own_cache)) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nor_after_an_interrupt(tmp_path: Path, own_cache: Path, number: signal.Signals) -> None:
    (tmp_path / "long.case").write_text(LONG)
    with subprocess.Popen([sys.executable, "-m", "wsconform", "run", "--target", "wine", "--cases", "long.case", "--out",
                           "out"], cwd=tmp_path, env=environment(XDG_CACHE_HOME=str(own_cache)),
                          stderr=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 60
        while not any("wsconform-exec" in command for command in living(str(own_cache))):
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert living(str(own_cache)) == []


def test_two_runs_at_once_share_a_prefix_and_do_not_end_each_other(good: Path, tmp_path: Path, own_cache: Path) -> None:
    command = [sys.executable, "-m", "wsconform", "run", "--target", "wine", "--cases", good]
    env = environment(XDG_CACHE_HOME=str(own_cache))
    first = [subprocess.Popen([*command, "--out", f"out{n}"], cwd=tmp_path, env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) for n in range(3)]
    for n, process in enumerate(first):
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0, out
        assert set(verdicts(tmp_path / f"out{n}").values()) == {"conforms"}
    assert living(str(own_cache)) == []


def test_no_wine(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    ended = wsconform("run", "--wine", "/no/wine", "--cases", good)
    assert ended.status == 3 and "'/no/wine'" in ended.err and "apt-get install wine" in ended.err
    ended = wsconform("run", "--cases", good, WINE="", PATH="/nowhere")
    assert ended.status == 3 and "apt-get install wine" in ended.err
    ended = wsconform("run", "--wine", "/bin/true", "--cases", good)
    assert ended.status == 3 and "/bin/true does not say that it is a Wine" in ended.err


def test_a_wine_that_cannot_make_a_prefix_costs_only_its_own_verdicts(wsconform: Wsconform, good: Path,
                                                                      tmp_path: Path) -> None:
    broken = tmp_path / "wine"
    broken.write_text('#!/bin/sh\n[ "$1" = --version ] && { echo wine-99.9; exit; }\necho no display >&2\nexit 1\n')
    broken.chmod(0o755)
    ended = wsconform("run", "--wine", broken, "--target", "model", "--cases", good, "--out", "out",
                      XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert ended.status == 3
    assert "cannot make a Wine prefix" in ended.err and "no display" in ended.err
    assert verdicts(tmp_path / "out", "model"), "the other target has its report"
    assert [p for p in (tmp_path / "cache" / "wsconform" / "prefix").iterdir() if p.is_dir()] == []


def test_a_prefix_that_does_not_fit_its_wine_any_more_is_made_anew(wsconform: Wsconform, good: Path, tmp_path: Path,
                                                                   system_wine: wine.Wine, warm_prefix: Path) -> None:
    """The planted fault: a Wine that runs nothing in a prefix with a certain file in it."""
    picky = tmp_path / "wine"
    picky.write_text(f'''#!/bin/sh
[ -e "$WINEPREFIX/stale" ] && exit 53
[ "$1" = wineboot ] && exec cp -al {warm_prefix}/. "$WINEPREFIX"
exec {system_wine.program} "$@"
''')
    picky.chmod(0o755)
    arguments = ("run", "--wine", picky, "--cases", good, "--out", "out")
    cache = tmp_path / "cache"
    assert wsconform(*arguments, XDG_CACHE_HOME=str(cache)).status == 0
    prefix = next(p for p in (cache / "wsconform" / "prefix").iterdir() if p.is_dir())
    (prefix / "stale").touch()
    ended = wsconform(*arguments, XDG_CACHE_HOME=str(cache))
    assert ended.status == 0, ended.text
    assert "making a prefix" in ended.err
    assert prefix.is_dir() and not (prefix / "stale").exists()
    assert living(str(cache)) == []


def test_several_wines_get_names_of_their_own(wsconform: Wsconform, good: Path, tmp_path: Path,
                                              system_wine: wine.Wine) -> None:
    ended = wsconform("run", "--wine", "wine", "--wine", system_wine.program, "--cases", good, "--out", "out")
    assert ended.status == 0, ended.text
    names = sorted(p.parent.name for p in (tmp_path / "out").glob("*/results.json"))
    assert names == [f"wine-{system_wine.version}-x86_64", f"wine-{system_wine.version}-x86_64-2"]


def test_both_architectures_or_the_way_to_get_the_second(wsconform: Wsconform, good: Path, tmp_path: Path) -> None:
    ended = wsconform("run", "--target", "wine", "--arch", "x86_64,i686", "--cases", good, "--out", "out")
    if ended.status == 3:
        assert "dpkg --add-architecture i386" in ended.err and "wine32:i386" in ended.err
        assert set(verdicts(tmp_path / "out", "wine").values()) == {"conforms"}, "x86_64 has its report"
    else:
        assert ended.status == 0, ended.text
        assert len(list((tmp_path / "out").glob("wine-*-i686/results.json"))) == 1


@pytest.mark.parametrize(("said", "version"), [("wine-8.0 (Debian 8.0~repack-4)", "8.0"), ("wine-10.0-rc2", "10.0-rc2"),
                                               ("wine-5.0.3", "5.0.3"), ("Wine 7", None), ("", None)])
def test_versions(tmp_path: Path, said: str, version: str | None) -> None:
    program = tmp_path / "wine"
    program.write_text(f"#!/bin/sh\necho '{said}'\n")
    program.chmod(0o755)
    if version is None:
        with pytest.raises(TargetError):
            wine.find(str(program))
    else:
        assert wine.find(str(program)).version == version
