"""The script at the top: what it installs, what it builds, and that it does nothing twice."""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import TREE, Ended

SCRIPT = TREE / "wsconform"
NOBODY = 65534


def script(*arguments: str, path: Path | None = None, user: int | None = None, program: Path = SCRIPT,
           **more: str) -> Ended:
    """Runs the script as on the command line: in front of PATH the programs of a folder, perhaps as another user, who
    stands where everybody may stand: the present folder may be one that is closed to others."""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "WSCONFORM_BUILD", "WINE")}
    if path:
        env["PATH"] = f"{path}:/usr/bin:/bin"
    done = subprocess.run([program, *arguments], env=env | more, capture_output=True, text=True, user=user,
                          cwd=None if user is None else "/", timeout=300)
    return Ended(done.returncode, done.stdout, done.stderr)


def plant(folder: Path, name: str, code: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/bash\n{code}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In place of pytest's own: that one lies below a folder which every other pytest that starts closes to others."""
    with tempfile.TemporaryDirectory(prefix="wsconform-test-") as folder:
        yield Path(folder)


@pytest.fixture
def built() -> None:
    """The tree is built: as after a first run."""
    assert script("list", "questions").status == 0


@pytest.mark.usefixtures("built")
def test_the_second_run_installs_and_builds_nothing(tmp_path: Path) -> None:
    for program in ("apt-get", "cmake", "ninja", "gcc"):
        plant(tmp_path / "bin", program, f"echo {program} $* >> {tmp_path}/called; exit 1")
    ended = script("list", "questions", path=tmp_path / "bin")
    assert ended.status == 0, ended.text
    assert not (tmp_path / "called").exists()
    assert ended.err == "", "and has nothing to say about it"


def test_help_needs_nothing(tmp_path: Path) -> None:
    for program in ("apt-get", "cmake", "dpkg-query"):
        plant(tmp_path / "bin", program, f"touch {tmp_path}/called; exit 1")
    for arguments in ([], ["--help"], ["run", "--help"], ["--version"]):
        ended = script(*arguments, path=tmp_path / "bin")
        assert ended.status == 0 and "wsconform" in ended.out
    assert script("frobnicate", path=tmp_path / "bin").status == 2
    assert not (tmp_path / "called").exists()


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """Programs of a machine where nothing is installed, with an apt-get that writes down what it is asked."""
    folder = tmp_path / "bin"
    plant(folder, "dpkg-query", "exit 1")
    plant(folder, "sudo", "exit 1")
    plant(folder, "apt-get", f'echo "$@" >> {tmp_path}/asked; [ -e {tmp_path}/fails ] && exit 100; exit 0')
    open_to_all(tmp_path)
    return folder


def open_to_all(path: Path) -> None:
    """Lets every user read a folder that is ours, and pass through those above it."""
    for folder in [path, *path.parents]:
        if folder.stat().st_uid == os.getuid() and folder.name not in ("", "tmp"):
            folder.chmod(folder.stat().st_mode | 0o055)


def test_who_may_not_install_gets_the_command(bare: Path) -> None:
    user = NOBODY if os.geteuid() == 0 and reachable() else None
    if user is None and os.geteuid() == 0:
        pytest.skip("the tree cannot be reached by an ordinary user")
    ended = script("run", path=bare, user=user)
    assert ended.status == 3
    assert "apt-get install --no-install-recommends gcc " in ended.err
    for package in ("gcc-mingw-w64-x86-64-win32", "gcc-mingw-w64-i686-win32", "python3-pytest", "ninja-build"):
        assert package in ended.err
    assert not (bare.parent / "asked").exists(), "nothing was tried"
    for command, unneeded in (("check", "mingw"), ("list", "mingw"), ("report", "wine64")):
        ended = script(command, path=bare, user=user)
        assert ended.status == 3 and unneeded not in ended.err


def reachable() -> bool:
    """Whether users without rights can read the tree."""
    return all(folder.stat().st_mode & 0o005 == 0o005 for folder in [TREE, *TREE.parents])


@pytest.mark.skipif(os.geteuid() != 0, reason="installs, so to speak, as root")
@pytest.mark.usefixtures("built")
def test_what_is_missing_is_installed_and_told(bare: Path, tmp_path: Path) -> None:
    ended = script("list", "questions", path=bare)
    assert ended.status == 0, ended.text
    assert "installing what list needs and this machine lacks: gcc" in ended.err
    asked = (tmp_path / "asked").read_text().splitlines()
    assert [line.split()[0] for line in asked] == ["-s", "install"], "no update where the lists do"
    assert asked[1].startswith("install -y --no-install-recommends gcc libc6-dev cmake")
    assert "wine" not in asked[1]


@pytest.mark.skipif(os.geteuid() != 0, reason="installs, so to speak, as root")
def test_an_apt_that_fails_is_told(bare: Path, tmp_path: Path) -> None:
    (tmp_path / "fails").touch()
    ended = script("list", "questions", path=bare)
    assert ended.status == 3 and "apt-get failed" in ended.err
    assert "update" in (tmp_path / "asked").read_text(), "older lists are brought up to date first"


def clone(to: Path) -> Path:
    shutil.copytree(TREE, to, ignore=shutil.ignore_patterns("build", "out", ".git", "__pycache__", "*.png"))
    return to


def test_a_build_that_fails_is_shown(tmp_path: Path) -> None:
    broken = clone(tmp_path / "clone")
    (broken / "spec" / "CMakeLists.txt").write_text('message(FATAL_ERROR "the planted fault")\n')
    ended = script("list", "questions", program=broken / "wsconform")
    assert ended.status == 3
    assert "the planted fault" in ended.err and str(broken / "build" / "all.log") in ended.err
    shutil.copy(TREE / "spec" / "CMakeLists.txt", broken / "spec" / "CMakeLists.txt")


@pytest.mark.skipif(os.geteuid() != 0, reason="makes a clone that another user may not write to")
def test_an_ordinary_user_with_somebody_elses_clone(tmp_path: Path) -> None:
    """Builds in the cache, runs, and reports into the cache."""
    theirs = clone(tmp_path / "clone")
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    open_to_all(tmp_path)
    good = home / "good.case"
    good.write_text('case "x"\n  clauses err.notconn\n  a, b = tcp()\n  WSASend(a, [1], &sent, 0, NULL, NULL) = 0 sent 1\n')
    ended = script("run", "--target", "model", "--cases", str(good), program=theirs / "wsconform", user=NOBODY,
                   HOME=str(home), XDG_CACHE_HOME="")
    assert ended.status == 0, ended.text
    assert list((home / ".cache" / "wsconform").glob("build-*/all/model/judge/wsconform-judge"))
    assert (home / ".cache" / "wsconform" / "out" / "index.html").exists()
    assert not (theirs / "build").exists()
    compileall.compile_dir(theirs / "spec", quiet=1)  # as the run itself does where it may
    again = script("run", "--target", "model", "--cases", str(good), program=theirs / "wsconform", user=NOBODY,
                   HOME=str(home), XDG_CACHE_HOME="")
    assert again.status == 0 and "building" not in again.err
