"""Every file of a report is whole or not there."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import wsconform_reports
from conftest import TOOL, Written, listed, run_of, small
from wsconform_reports import files, merging


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_files_of_a_report(report: Callable[..., Written]) -> None:
    out = report(run_of(small(), "model", kind="model"), run_of(small(), "wine-8.0")).out
    assert everything(out) == [
        "index.html", "junit.xml", "manifest.json", "model", "model/results.json", "model/trace.txt", "summary.md", "wine-8.0",
        "wine-8.0/results.json", "wine-8.0/trace.txt",
    ]  # fmt: skip
    assert json.loads((out / "wine-8.0/results.json").read_text())["target"]["name"] == "wine-8.0"
    assert (out / "model/trace.txt").read_text() == run_of(small(), "model").trace


@pytest.mark.parametrize("fails_at", range(8))
def test_a_failing_write_leaves_nothing(
    tmp_path: Path, spec: Any, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    """The disk is full after some of the files."""
    real, written = Path.write_bytes, []

    def full(self: Path, data: bytes) -> int:
        written.append(self)
        if len(written) > fails_at:
            real(self, data[: len(data) // 2])
            raise OSError(28, "No space left on device")
        return real(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    arguments = {"spec": spec, "case_list": listed(small()), "tool_version": TOOL, "profile": "documented"}
    runs = [run_of(small(), "wine"), run_of(small(), "model", kind="model")]
    with pytest.raises(OSError, match="No space left"):
        wsconform_reports.write(tmp_path / "a" / "out", runs, **arguments)
    assert len(written) == fails_at + 1, "eight files are written"
    assert everything(tmp_path) == [], "what was made for it is gone too"


def test_a_failing_write_leaves_the_report_before_it(
    report: Callable[..., Written], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = report(run_of(small(), "wine")).out
    before = {name: (out / name).read_bytes() for name in everything(out) if (out / name).is_file()}
    real = Path.write_bytes
    monkeypatch.setattr(
        Path,
        "write_bytes",
        lambda self, data: real(self, data) if "index" not in self.name else real(self / "no", data),
    )
    with pytest.raises(OSError):
        report(run_of(small()[:2], "wine"), run_of(small(), "another"))
    assert {name: (out / name).read_bytes() for name in everything(out) if (out / name).is_file()} == before
    assert everything(out) == sorted([*before, "wine"])


def test_a_final_name_appears_only_at_the_end(tmp_path: Path) -> None:
    with files.Staged(tmp_path) as staged:
        staged.put("one/a", "1")
        staged.put("b", "2")
        assert not (tmp_path / "one/a").exists() and not (tmp_path / "b").exists()
    assert everything(tmp_path) == ["b", "one", "one/a"]


def test_an_interrupted_write_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), files.Staged(tmp_path) as staged:
        staged.put("one/a", "1")
        raise KeyboardInterrupt
    assert everything(tmp_path) == []


def test_files_have_the_usual_mode(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with files.Staged(tmp_path) as staged:
            staged.put("a", "1")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_bytes_of_a_trace_come_out_as_they_were() -> None:
    raw = b"\xff\x00caf\xc3\xa9\r\n"
    assert files.encode(raw.decode("utf-8", "surrogateescape")) == raw
    assert json.loads(files.encode(json.dumps("\ud800", ensure_ascii=False))) == "\ud800"


def test_a_case_is_a_line_of_its_results(report: Callable[..., Written]) -> None:
    lines = (report(run_of(small(), "wine")).out / "wine/results.json").read_text().splitlines()
    assert [json.loads(line.rstrip(","))["id"] for line in lines if line.startswith('  {"id": "')][: len(small())] == [
        c["id"] for c in small()
    ]
    assert files.lines_of({"a": [], "b": [1, "\n"], "c": {"d": "é"}}) == (
        '{\n "a": [],\n "b": [\n  1,\n  "\\n"\n ],\n "c": {"d": "é"}\n}\n'
    )


@pytest.mark.parametrize("name", ["../../x", "/etc/x", "..", ".", "", "a/b", "con\x00", "index.html", "x" * 500])
def test_a_targets_name_stays_in_the_folder(report: Callable[..., Written], tmp_path: Path, name: str) -> None:
    out = report(run_of(small(), name)).out
    (found,) = out.glob("*/results.json")
    assert found.parent.parent == out and len(list(tmp_path.iterdir())) == 1


def test_targets_of_one_name_get_folders_of_their_own(report: Callable[..., Written]) -> None:
    out = report(
        run_of(small(), "wine"), run_of(small(), "Wine", arch="i686"), run_of(small(), "wine", arch="i686")
    ).out
    assert [p.parent.name for p in sorted(out.glob("*/results.json"))] == ["Wine-i686", "wine", "wine-i686-2"]


def test_a_folder_holds_one_report(report: Callable[..., Written]) -> None:
    """What an earlier run left for another target must not pass for a result of this one."""
    out = report(run_of(small(), "wine"), run_of(small(), "model", kind="model")).out
    (out / "yours").mkdir()
    (out / "yours" / "results.json").write_text("{}")
    report(run_of(small(), "wine"))
    assert [doc["target"]["name"] for doc, *_ in merging.read(out)] == ["wine"]
    assert {"model/trace.txt", "yours/results.json"} <= set(everything(out)), "nothing is taken away"
    (out / "yours" / "results.json").unlink()
    (out / "manifest.json").unlink()
    assert len(merging.read(out)) == 2, "as before there was a manifest"


def test_who_writes_is_told_what_else_is_there(spec: Any, tmp_path: Path) -> None:
    def write(*names: str) -> list[str]:
        runs = [run_of(small(), name) for name in names]
        return wsconform_reports.write(tmp_path, runs, spec=spec, case_list=[], tool_version="0", profile="documented")

    assert write("a", "b", "c") == []
    assert write("b", "d") == ["a", "c"]
    assert write("b", "d") == [], "it was told once"
    assert write("B") == ["d"], "on some systems b and B are one folder"


@pytest.mark.parametrize(
    "named", ['["../beside"]', '["/etc"]', '[".."]', '["."]', '[""]', "[7]", '{"a": 1}', '"beside"', "null"]
)
def test_a_manifest_names_nothing_outside(tmp_path: Path, named: str) -> None:
    (tmp_path / "beside").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.json").write_text('{"schema": 1, "targets": %s}' % named)
    assert not files.targets_in(tmp_path / "out")
