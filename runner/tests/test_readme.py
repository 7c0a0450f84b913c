"""Every command of README.md is run, in its order."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from conftest import TREE

README = (TREE / "README.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.S | re.M)
#: This very test is part of it.
RUN_BY_ITSELF = "./wsconform test\n"
#: Runs of the example shim find what the text says, by its step: these clauses, and nothing under these words.
SHIM = "./wsconform run --target wine --provider shim.dll"
FOUND = {"0": ({"ov.immediate", "err.msgsize", "msg.too-long-nothing-sent", "err.fault.buffers"}, ()),
         "1": ({"err.msgsize", "msg.too-long-nothing-sent", "err.fault.buffers"}, (" ov.", " apc.")),
         "2": ({"err.fault.buffers"}, (" ov.", " apc.", " msg.", " err.msgsize")),
         "": (set(), (" does not keep",))}
#: A porting layer that does not know EPIPE.
LAYER = "--winsock-library layer/libmy.so"


#: Recipes for CI systems.
RECIPES = re.findall(r"^```(yaml|groovy)\n(.*?)^```", README, re.S | re.M)


def test_every_block_is_known() -> None:
    assert set(re.findall(r"^```(\w+)", README, re.M)) == {"sh", "toml", "text", "yaml", "groovy"}
    assert len(BLOCKS) == README.count("```sh\n") >= 10
    assert BLOCKS.count(RUN_BY_ITSELF) == 1
    assert "./wsconform run\n" in BLOCKS


def test_every_command_works(tmp_path: Path, warm_prefix: Path) -> None:
    (tmp_path / "wsconform").symlink_to(TREE / "wsconform")
    for folder in ("cases", "examples", "reports"):
        (tmp_path / folder).mkdir() if folder == "reports" else (tmp_path / folder).symlink_to(TREE / folder)
    step = ""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "WSCONFORM_BUILD")}
    for block in BLOCKS:
        if block == RUN_BY_ITSELF:
            continue
        for command in commands(block):
            command = command.replace("/tmp/merged", str(tmp_path / "merged"))
            if command.startswith("./wsconform run") and "--help" not in command:
                command += " --out reports/out"
            done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=env, capture_output=True, text=True)
            if "examples/shim" in command:
                made = re.search(r"-DSTEP=(\d)", command)
                step = made[1] if made else ""
            allowed = (1 if FOUND[step][0] else 0,) if SHIM in command else (1,) if LAYER in command else (0, 1) if "./wsconform run" in command else (0,)
            assert done.returncode in allowed, f"{command}\n{done.stdout}{done.stderr}"
            if LAYER in command:
                assert "err.shutdown" in done.stdout and " 32 " in done.stdout
            if SHIM in command:
                found, gone = FOUND[step]
                assert {clause for clause in found if f"  {clause} " in done.stdout} == found, done.stdout
                assert not [word for word in gone if word in done.stdout.partition("beside its baseline")[0]], done.stdout
    assert (tmp_path / "reports" / "out" / "index.html").exists()
    assert (tmp_path / "repro.exe").exists()


def commands(block: str) -> list[str]:
    """One a line, comments cut off; a here-document belongs to its line."""
    found = []
    lines = iter(block.splitlines())
    for line in lines:
        if "<<'END'" in line:
            for more in lines:
                line += "\n" + more
                if more == "END":
                    break
            line += "\n"
        else:
            line = re.sub(r"\s+#.*", "", line)
        found.append(line)
    return found


def test_files_that_it_shows_are_there() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (TREE / link).exists(), link


def test_recipes_call_what_there_is() -> None:
    """Their commands, as the driver's own parser takes them; what they publish is what a report has."""
    from wsconform import cli

    assert len(RECIPES) == 3
    for _, recipe in RECIPES:
        found = re.findall(r"\./wsconform ([^'\n]+)", recipe)
        assert found and "--baseline known.txt" in recipe
        for command in found:
            words = command.replace("${{ matrix.shard }}", "2").split()
            arguments = cli.parser().parse_args(words)
            assert arguments.command in ("run", "report") and str(arguments.out) in ("report", "part")
        for name in ("junit.xml", "summary.md", "index.html"):
            assert name in recipe or "paths: [report]" in recipe, name
