"""Targets side by side, and reports that are kept."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import wsconform_reports
from conftest import SEND, TOOL, Written, case, listed, run_of, small, step


def otherwise() -> list[dict[str, Any]]:
    """As small(), but SD_SEND is kept, and NULL lpBuffers crashes too."""
    judged = small()
    judged[1] = case("errors/shutdown/SD_SEND[tcp()]", step("a, b = tcp()"), step("shutdown(a, SD_SEND)", "0"),
                     step(SEND, "SOCKET_ERROR WSAESHUTDOWN", ("SOCKET_ERROR WSAESHUTDOWN",), ("err.shutdown.sd-send",)),
                     clauses=("err.shutdown.sd-send", "ret.no-indication"), conditions=["err.shutdown.sd-send"])  # fmt: skip
    return judged


def parsed(page: str) -> ElementTree.Element:
    return ElementTree.fromstring(page.split("\n", 1)[1])


def matrix(page: ElementTree.Element) -> ElementTree.Element | None:
    return next((section for section in page.iter("section") if section.get("id") == "matrix"), None)


def rows(section: ElementTree.Element) -> dict[str, tuple[bool, list[str]]]:
    """Of each row, by its first cell: is it alike, and what its other cells say."""
    found = {}
    for row in section.iter("tr"):
        head, cells = row.find("th"), row.findall("td")
        if head is not None and cells:
            said = [" ".join("".join(cell.itertext()).split()) for cell in cells]
            found[" ".join("".join(head.itertext()).split())] = (row.get("class") == "alike", said)
    return found


def test_the_page_shows_where_targets_differ(report: Callable[..., Written]) -> None:
    made = report(run_of(small(), "old"), run_of(otherwise(), "new", version="9.0"), run_of(otherwise(), "model", kind="model"))
    section = matrix(parsed(made.html))
    assert section is not None
    found = rows(section)
    assert found["err.shutdown.sd-send"] == (False, ["✗ 1", "✓", "✓"])
    assert found["WSAESHUTDOWN err.shutdown.sd-send"] == (False, ["✗ 0 sent 10", "✓ WSAESHUTDOWN", "✓ WSAESHUTDOWN"])
    assert found["err.fault.buffers"] == (True, ["✗ 1", "✗ 1", "✗ 1"])
    assert found["WSAENOTCONN err.notconn"][0]
    assert "differ in 2 of" in "".join(section.itertext()), "ret.no-indication was not seen where SD_SEND deviates"


def test_each_cell_leads_to_what_that_target_did(report: Callable[..., Written]) -> None:
    page = parsed(report(run_of(small(), "old"), run_of(otherwise(), "new")).html)
    section = matrix(page)
    assert section is not None
    places = {element.get("id"): element for element in page.iter() if element.get("id")}
    links = [link.get("href") or "" for link in section.iter("a")]
    assert len(links) > 100 and all(link[1:] in places for link in links)
    cell = next(a for a in section.iter("a") if a.get("title") == "old: deviates in 1 of 1 cases" and "sd-send" in (a.get("href") or ""))
    there = places[(cell.get("href") or "")[1:]]
    assert "old deviates in 1 case: errors/shutdown/SD_SEND[tcp()]" in " ".join("".join(there.itertext()).split())


def test_the_switch_needs_no_script(report: Callable[..., Written]) -> None:
    made = report(run_of(small(), "old"), run_of(otherwise(), "new"))
    section = matrix(parsed(made.html))
    assert section is not None
    kinds = [child.tag for child in section]
    assert kinds.index("input") < kinds.index("table"), "the style sheet hides what comes after the checked box"
    assert "#differences:checked ~ table .alike" in made.html


def test_one_target_and_the_model_have_no_matrix(report: Callable[..., Written]) -> None:
    made = report(run_of(small()), run_of(otherwise(), "model", kind="model"))
    assert matrix(parsed(made.html)) is None and "#matrix" not in made.html.split("</style>")[1].split("<script>")[0]
    assert "differ in" not in made.markdown


def test_targets_that_do_the_same(report: Callable[..., Written]) -> None:
    made = report(run_of(small(), "one"), run_of(small(), "other"))
    section = matrix(parsed(made.html))
    assert section is not None and all(alike for alike, _ in rows(section).values())
    assert "No clause is kept differently." in made.html
    assert "The targets differ in no clause." in made.markdown


def test_the_summary_has_a_matrix_of_the_differences(report: Callable[..., Written]) -> None:
    lines = report(run_of(small(), "old"), run_of(otherwise(), "new")).markdown.splitlines()
    at = lines.index("| clause | `old` | `new` |")
    assert lines[at + 2] in ("| `ret.no-indication` | · | ✓ |", "| `err.shutdown.sd-send` | ✗ 1 | ✓ |")
    assert "err.fault.buffers" not in "\n".join(lines[at:lines.index("", at)])


def test_a_report_to_be_kept_is_small_and_can_be_read_again(report: Callable[..., Written], tmp_path: Path, spec: Any) -> None:
    whole = report(run_of(small(), "old"), run_of(otherwise(), "new"))
    kept, again = tmp_path / "kept", tmp_path / "again"
    cases = listed(small())
    wsconform_reports.merge([whole.out], kept, spec=spec, case_list=cases, compact=True)
    assert sorted(str(path.relative_to(kept)) for path in kept.rglob("*") if path.is_file()) == [
        "index.html", "manifest.json", "new/results.json.gz", "new/trace.txt.gz", "old/results.json.gz", "old/trace.txt.gz",
        "summary.md"]  # fmt: skip
    page = (kept / "index.html").read_text("utf-8")
    assert "old/trace.txt.gz" in page and "As documented, everywhere." in page
    targets = {element.get("id") for element in parsed(page).iter()}
    assert all((a.get("href") or "")[1:] in targets for a in parsed(page).iter("a") if (a.get("href") or "").startswith("#"))
    first = (kept / "old" / "results.json.gz").read_bytes()
    wsconform_reports.merge([kept], again, spec=spec, case_list=cases)
    for name in ("old/results.json", "new/trace.txt"):
        assert (again / name).read_bytes() == (whole.out / name).read_bytes()
    wsconform_reports.merge([again], again, spec=spec, case_list=cases, compact=True)
    assert (again / "old" / "results.json.gz").read_bytes() == first, "the same again, byte for byte"
    assert not (again / "old" / "results.json").exists(), "nothing that would contradict it later"


@pytest.mark.parametrize("damage", [lambda data: data[:-20], lambda data: b"no gzip", lambda data: data[:30] + b"\0" * 40])
def test_a_damaged_kept_report_is_refused(report: Callable[..., Written], tmp_path: Path, spec: Any,
                                          damage: Callable[[bytes], bytes]) -> None:
    whole = report(run_of(small(), "old"))
    wsconform_reports.merge([whole.out], tmp_path / "kept", spec=spec, case_list=listed(small()), compact=True)
    file = tmp_path / "kept" / "old" / "results.json.gz"
    assert json.loads(gzip.decompress(file.read_bytes()))["tool"].endswith(TOOL)
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(wsconform_reports.ReportError, match=r"results\.json\.gz: "):
        wsconform_reports.merge([tmp_path / "kept"], tmp_path / "again", spec=spec)
