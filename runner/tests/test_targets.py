"""targets.toml, chroots, and traces as targets."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import Wsconform, results, verdicts

from wsconform import catalog, places, recorded, roots, suites, targets, wine
from wsconform.errors import BadUsage, TargetError

FILE = Path("/some/where/targets.toml")


def test_a_table_is_a_target() -> None:
    found = catalog.parse('''# mine
[staging]
wine = "/opt/wine-staging/bin/wine"   # of today
[old]
chroot = "chroots/old"
arch = "i686"
["by.hand"]
command = "env WINEESYNC=1 'my wine'"
[words]
command = ["./run", "wine"]
[shim]
provider = "../shim.dll"
[win10]
trace = "from windows"
''', FILE)
    assert {name: dict(entry.values) for name, entry in found.items()} == {
        "staging": {"wine": "/opt/wine-staging/bin/wine"},
        "old": {"chroot": Path("/some/where/chroots/old"), "arch": "i686"},
        "by.hand": {"command": ("env", "WINEESYNC=1", "my wine")},
        "words": {"command": ("/some/where/run", "wine")},
        "shim": {"provider": Path("/some/shim.dll")},
        "win10": {"trace": Path("/some/where/from windows")},
    }
    assert catalog.parse("", FILE) == {}


@pytest.mark.parametrize(("text", "place", "message"), [
    ("[a]\nwine = 'x'\nchrot = '/x'\n", "3:1", "no key 'chrot'; did you mean chroot?"),
    ("[a]\n\n  zzz = 1\n", "3:3", "there are wine, chroot"),
    ("[a]\nwine = 1\n", "2:1", "wine must be a path"),
    ("[a]\narch = 'amd64'\n", "2:1", "arch must be one of x86_64, i686"),
    ("[a]\ncommand = []\n", "2:1", "command must be a command"),
    ("[a]\ncommand = \"it's\"\n", "2:1", "cannot be split"),
    ("[b]\nwine = 'x'\n[a]\nwine = 'x'\ncommand = 'y'\n", "5:1", "wine and command do not go together"),
    ("[a]\ntrace = 'x'\narch = 'i686'\n", "3:1", "arch does not go with trace"),
    ("wine = '/usr/bin/wine'\n", "1:1", "does a line [NAME] lack above it?"),
    ("\n[model]\n", "2:1", "model is a target anyway"),
    ("[\"a/b\"]\n", "1:1", "no name of a target"),
    ("[a]\nwine = \n", "2:8", "invalid value"),
    ("[a]\n[a]\n", "2:3", "cannot declare"),
    ("[a", "1:3", "expected"),
    ("a.chrot = 'x'\n", "1:1", "no key 'chrot'"),
    ("a = {chrot = 'x'}\n", "1:1", "no key 'chrot'"),
])
def test_what_is_wrong_is_told_with_its_place(text: str, place: str, message: str) -> None:
    with pytest.raises(BadUsage) as refused:
        catalog.parse(text, FILE)
    assert re.match(rf"{re.escape(str(FILE))}:{place}: ", str(refused.value)), str(refused.value)
    assert message.lower() in str(refused.value).lower()


def test_a_byte_order_mark_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_bytes("\ufeff[a]\r\nwine = 'x'\r\n".encode())
    assert list(catalog.read(tmp_path / "t.toml")) == ["a"]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_bytes(b"[a]\nwine = '\xff'\n")
    with pytest.raises(BadUsage, match=r"t\.toml:2:9: not UTF-8"):
        catalog.read(tmp_path / "t.toml")
    with pytest.raises(BadUsage, match=r"none\.toml:1:1: cannot be read"):
        catalog.read(tmp_path / "none.toml")


def test_the_example_file_is_right() -> None:
    assert catalog.read(places.TREE / "targets.example.toml")


# --- runs -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def trace(wsconform: Wsconform, good: Path, tmp_path: Path) -> Path:
    """A folder as it comes from elsewhere: traces and other files."""
    assert wsconform("run", "--target", "model", "--cases", good, "--out", "there").status == 0
    folder = tmp_path / "from windows"
    folder.mkdir()
    (folder / "notes.txt").write_text("nothing\n")
    text = (tmp_path / "there" / "model" / "trace.txt").read_text("utf-8")
    text = re.sub(r"\ntarget .*", '\ntarget "exec" kind "windows" version "10.0.19045" arch "x86_64"', text, count=1)
    (folder / "trace.txt").write_text(text, "utf-8")
    return folder


def test_several_targets_make_one_report(wsconform: Wsconform, good: Path, trace: Path, tmp_path: Path, warm_prefix: Path) -> None:
    (tmp_path / "t.toml").write_text(f'[mine]\ncommand = "env FOO=bar wine"\n[win10]\ntrace = "{trace.name}"\n')
    ended = wsconform("run", "--targets", "t.toml", "--target", "win10", "--target", "mine", "--target", "model", "--cases", good,
                      "--out", "out")
    assert ended.status == 0, ended.text
    for name, kind in (("win10", "windows"), ("mine", "wine"), ("model", "model")):
        found = json.loads((tmp_path / "out" / name / "results.json").read_text("utf-8"))
        assert (found["target"]["name"], found["target"]["kind"]) == (name, kind)
        assert len(found["cases"]) == len(verdicts(tmp_path / "out", "model"))
    text = (tmp_path / "out" / "win10" / "trace.txt").read_text("utf-8").splitlines()
    step = results(tmp_path / "out", "win10")["cases"][-1]["steps"][-1]
    assert step["call"].partition("(")[0] in text[step["line"] - 1]
    assert "./wsconform run --target mine" in (tmp_path / "out" / "index.html").read_text("utf-8")


def test_of_a_trace_only_what_was_chosen(wsconform: Wsconform, good: Path, trace: Path, tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text(f'[win10]\ntrace = "{trace}/trace.txt"\n')
    chosen = next(iter(verdicts(tmp_path / "there", "model")))
    ended = wsconform("run", "--targets", "t.toml", "--target", "win10", "--cases", good, "--out", "out", chosen)
    assert ended.status == 0, ended.text
    assert list(verdicts(tmp_path / "out", "win10")) == [chosen]
    (tmp_path / "other.case").write_text('case "other"\n  clauses err.notconn\n  a, b = tcp()\n')
    ended = wsconform("run", "--targets", "t.toml", "--target", "win10", "--cases", "other.case", "--out", "out")
    assert ended.status == 2 and "no case matches" in ended.err


def test_a_folder_holds_the_same_traces_for_every_command(wsconform: Wsconform, good: Path, trace: Path, tmp_path: Path) -> None:
    (trace / "trace.txt").rename(trace / "of any name")
    (tmp_path / "t.toml").write_text(f'[win10]\ntrace = "{trace}"\n')
    assert wsconform("check", trace).status == 0
    assert wsconform("run", "--targets", "t.toml", "--target", "win10", "--cases", good, "--out", "out").status == 0


def test_a_damaged_trace_is_refused_with_its_place(wsconform: Wsconform, good: Path, trace: Path, tmp_path: Path) -> None:
    file = trace / "trace.txt"
    file.write_text(file.read_text("utf-8") + 'case "half\n', "utf-8")
    (tmp_path / "t.toml").write_text(f'[win10]\ntrace = "{trace}"\n')
    ended = wsconform("run", "--targets", "t.toml", "--target", "win10", "--cases", good, "--out", "out")
    assert ended.status == 2 and re.search(r"trace\.txt:\d+:\d+: ", ended.err), ended.text


def test_a_trace_in_several_files_is_one_target_for_each_architecture(trace: Path) -> None:
    text = (trace / "trace.txt").read_text("utf-8")
    (trace / "trace-i686.txt").write_text(text.replace('"x86_64"', '"i686"'), "utf-8")
    found = recorded.targets_of("w", trace, "documented")
    assert sorted((target.name, target.arch, target.version) for target in found) == [
        ("w-i686", "i686", "10.0.19045"), ("w-x86_64", "x86_64", "10.0.19045")]
    head, first, *rest = re.split(r"(?m)^(?=case )", text)
    (trace / "trace-i686.txt").unlink()
    (trace / "trace.txt").write_text(head + first, "utf-8")
    (trace / "trace2.txt").write_text(head + "".join(rest), "utf-8")
    [target] = recorded.targets_of("w", trace, "documented")
    assert target.name == "w" and target.recorded and len(target.recorded.records) == 1 + len(rest)
    run = target.recorded.run(target, target.recorded.records)
    lines = run.trace.splitlines()
    for record in run.judged:
        for step in record["steps"]:
            assert step["call"].partition("(")[0] in lines[step["line"] - 1]


@pytest.mark.parametrize(("arguments", "message"), [
    (["--target", "mind"], "no target 'mind': did you mean mine?"),
    (["--target", "zzzzz"], "there are wine, windows, model, mine, gone"),
    (["--target", "gone"], "there is no Wine at '/no/wine'"),
    (["--target", "none", "--targets", "no.toml"], "no.toml:1:1: cannot be read"),
])
def test_targets_that_are_not_there(wsconform: Wsconform, good: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "t.toml").write_text('[mine]\nwine = "wine"\n[gone]\nwine = "/no/wine"\n')
    ended = wsconform("run", "--targets", "t.toml", *arguments, "--cases", good, "--out", "out")
    assert ended.status in (2, 3) and message in ended.err, ended.text
    assert "Traceback" not in ended.err


def test_list_says_which_can_be_run(wsconform: Wsconform, tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text('[mine]\nwine = "wine"\n[gone]\nwine = "/no/wine"\n')
    found = json.loads(wsconform("list", "targets", "--targets", "t.toml", "--json").out)
    assert [(row["target"], row["kind"], bool(row["lacks"])) for row in found] == [
        ("wine", "wine", False), ("model", "model", False), ("mine", "wine", False), ("gone", None, True)]
    assert "cannot be run" in wsconform("list", "targets", "--targets", "t.toml").out


def test_a_provider_goes_into_every_named_wine(tmp_path: Path, provider: object) -> None:
    dll = provider("honest")  # type: ignore[operator]
    entry = catalog.parse('[mine]\nwine = "wine"\n[other]\nwine = "wine"\narch = "i686"\n', tmp_path / "t.toml")
    [target] = entry["mine"].targets(dll)
    assert (target.name, target.provider) == (f"mine-{dll.stem}", dll)
    assert target.options == ("--target", "mine", "--provider", str(dll))
    with pytest.raises(BadUsage, match="is for x86_64, and other for i686"):
        entry["other"].targets(dll)


# --- chroots ----------------------------------------------------------------------------------------------------------


def needs_namespaces() -> None:
    if why := roots.refusal():
        pytest.skip(f"no mount namespaces can be made here: {why}")


@pytest.fixture
def chroot(tmp_path: Path) -> Path:
    """A root that holds a shell, and a Wine that only says its version. It is somewhere where only its own system is hidden."""
    needs_namespaces()
    root = tmp_path / "root"
    for link, to in (("bin", "usr/bin"), ("lib", "usr/lib"), ("lib64", "usr/lib64")):
        (root / to).mkdir(parents=True)
        (root / link).symlink_to(to)
    needed = subprocess.run(["ldd", "/bin/sh"], capture_output=True, text=True, check=True).stdout
    for file in ["/bin/sh", *re.findall(r"(/\S+)", needed)]:
        copy = root / file.lstrip("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    for name in ("wine", "wineserver"):
        (root / "usr" / "bin" / name).write_text("#!/bin/sh\necho wine-1.2.3\n")
        (root / "usr" / "bin" / name).chmod(0o755)
    return root


def mounts() -> str:
    return re.sub(r"(?m)^\d+ \d+ ", "", Path("/proc/self/mountinfo").read_text())


def test_the_wine_of_a_chroot(chroot: Path) -> None:
    before = mounts()
    found = wine.find_in(chroot)
    assert (found.version, str(found.program), str(found.server)) == ("1.2.3", "/usr/bin/wine", "/usr/bin/wineserver")
    assert found.loader[-2:] == ["--", "/usr/bin/wine"]
    assert mounts() == before
    assert not list((chroot / "proc").iterdir()), "what is mounted there is seen in the namespace alone"
    assert wine.find_in(chroot).identity != wine.Wine(found.program, found.version, found.server).identity


def test_what_is_ours_is_seen_there_and_its_system_is_its_own(chroot: Path, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    script = '''pwd; [ -f /usr/bin/wine ] && [ ! -e /usr/bin/env ] && echo its own
[ -r /proc/self/stat ] && [ -c /dev/null ] && [ -f "$0" ] && echo ours; echo "$1"'''
    done = subprocess.run([*roots.enter(chroot), "sh", "-c", script, str(places.TREE / "wsconform"), "a  word"],
                          cwd=tmp_path / "here", capture_output=True, text=True)
    assert done.stdout.splitlines() == [str(tmp_path / "here"), "its own", "ours", "a  word"], done.stderr


def test_what_is_no_chroot(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="is no chroot"):
        wine.find_in(tmp_path)


def test_a_chroot_without_a_wine(chroot: Path) -> None:
    (chroot / "usr" / "bin" / "wineserver").unlink()
    with pytest.raises(TargetError, match="no wineserver"):
        wine.find_in(chroot)
    (chroot / "usr" / "bin" / "wine").unlink()
    with pytest.raises(TargetError, match="there is no wine in it"):
        wine.find_in(chroot)


# --- wine install -----------------------------------------------------------------------------------------------------


def test_suites() -> None:
    assert [suites.suite(text).target for text in ("bullseye", "trixie/i386", "sid/amd64")] == ["bullseye", "trixie-i386", "sid"]
    for text in ("Bull", "trixie/arm64", "../x", "", "a b", "-x"):
        with pytest.raises(BadUsage, match="is no suite"):
            suites.suite(text)


def test_a_target_is_added_to_the_file_and_what_is_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / 'a "cache'))
    file = tmp_path / "targets.toml"
    one, other = suites.suite("bullseye"), suites.suite("trixie/i386")
    assert suites.add(one, file) and not suites.add(one, file)
    mine = '# mine\n[x]\nwine = "x" # here\n'
    file.write_text(mine + "# no end of line", "utf-8")
    assert suites.add(one, file) and suites.add(other, file) and not suites.add(other, file)
    assert file.read_text("utf-8").startswith(mine + "# no end of line\n")
    found = catalog.read(file)
    assert found["bullseye"].values == {"chroot": one.folder}
    assert found["trixie-i386"].values == {"chroot": other.folder, "arch": "i686"}
    suites.drop(one, file)
    assert list(catalog.read(file)) == ["x", "trixie-i386"]
    suites.drop(other, file)
    assert file.read_text("utf-8") == mine + "# no end of line\n"


def test_a_name_that_is_taken_is_told_before_any_work(wsconform: Wsconform, tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text("[bullseye]\nwine = 'wine'\n")
    ended = wsconform("wine", "install", "bullseye", "--targets", "t.toml")
    assert ended.status == 2 and ended.err.startswith("t.toml:1:1: bullseye is another target already"), ended.text
    (tmp_path / "t.toml").write_text("[bullseye]\nchrot = 'x'\n")
    ended = wsconform("wine", "install", "bullseye", "--targets", "t.toml")
    assert ended.status == 2 and "did you mean chroot?" in ended.err


FAKE = '''#!/bin/sh
for word; do case $word in */*.new) root=$word ;; esac; done
echo "I: Retrieving things"
mkdir -p "$root/usr/bin"
echo "$@" >"{said}"
{then}
'''


@pytest.fixture
def debootstrap(tmp_path: Path) -> object:
    """Another debootstrap, first on PATH; it does what is said here."""
    needs_namespaces()
    folder = tmp_path / "bin"
    folder.mkdir()

    def make(then: str) -> dict[str, str]:
        (folder / "debootstrap").write_text(FAKE.format(said=tmp_path / "said", then=then))
        (folder / "debootstrap").chmod(0o755)
        return {"PATH": f"{folder}:{os.environ['PATH']}", "XDG_CACHE_HOME": str(tmp_path / "cache")}

    return make


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes chroots")
@pytest.mark.parametrize(("then", "status", "message"), [
    ("echo 'E: Failed getting release file'; exit 1", 2, "the mirror has no suite bullseye"),
    ("echo 'E: no room'; exit 1", 3, "debootstrap failed (exit status 1):\nI: Retrieving things\nE: no room"),
    ("exit 0", 3, "does not say that it is a Wine"),
])
def test_an_install_that_fails_leaves_nothing(wsconform: Wsconform, tmp_path: Path, debootstrap: object, then: str, status: int,
                                              message: str) -> None:
    ended = wsconform("wine", "install", "bullseye", "--targets", "t.toml", "--mirror", "file:///mirror",
                      **debootstrap(then))  # type: ignore[operator]
    assert ended.status == status and message in ended.err, ended.text
    assert not (tmp_path / "t.toml").exists()
    assert [path.name for path in (tmp_path / "cache" / "wsconform" / "wine").iterdir()] == ["bullseye-amd64.lock"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes chroots")
def test_install_list_remove(wsconform: Wsconform, tmp_path: Path, debootstrap: object, chroot: Path) -> None:
    environment = debootstrap(f'cp -a {chroot}/. "$root"')  # type: ignore[operator]
    for said in ("Wine 1.2.3 is in ", "Wine 1.2.3 is there already"):
        ended = wsconform("wine", "install", "trixie/i386", "--targets", "t.toml", "--mirror", "file:///mirror", **environment)
        assert ended.status == 0 and said in ended.out, ended.text
    assert "--arch=i386" in (tmp_path / "said").read_text() and "wine,wine32" in (tmp_path / "said").read_text()
    assert list(catalog.read(tmp_path / "t.toml")) == ["trixie-i386"]
    assert "trixie-i386  Wine 1.2.3" in wsconform("wine", "list", **environment).out
    assert wsconform("wine", "remove", "trixie/i386", "--targets", "t.toml", **environment).status == 0
    assert catalog.read(tmp_path / "t.toml") == {}
    assert "none is installed" in wsconform("wine", "list", **environment).out
    ended = wsconform("wine", "remove", "trixie/i386", "--targets", "t.toml", **environment)
    assert ended.status == 2 and "trixie/i386 is not installed" in ended.err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes chroots")
def test_an_install_where_there_are_no_mount_namespaces(wsconform: Wsconform, tmp_path: Path) -> None:
    """In a chroot, say, that was entered without more ado."""
    for name, then in (("unshare", "echo 'unshare: cannot change root filesystem propagation: Invalid argument' >&2; exit 1"),
                       ("debootstrap", "exit 0")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{then}\n")
        (tmp_path / name).chmod(0o755)
    ended = wsconform("wine", "install", "bullseye", "--targets", "t.toml", "--mirror", "file:///mirror",
                      PATH=f"{tmp_path}:{os.environ['PATH']}", XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert ended.status == 3 and "there can be none: unshare: cannot change root" in ended.err and "mount --bind DIR DIR" in ended.err


def test_identities() -> None:
    one = targets.Target("mine", "wine", "8.0", "x86_64", Path("a/my shim.dll"))
    assert one.identity == "wine-8.0-x86_64-my_shim"
    assert targets.model("1").identity == "model"
