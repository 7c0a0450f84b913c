"""Two runs side by side."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import wsconform_reports
from conftest import SEND, TOOL, case, run_of, step

GOOD = step(SEND, "SOCKET_ERROR WSAENOTCONN", ("SOCKET_ERROR WSAENOTCONN",), ("err.notconn",))


def bad(seen: str) -> dict[str, Any]:
    return step(SEND, seen, ("SOCKET_ERROR WSAENOTCONN",), ("err.notconn",), ok=False)


@pytest.fixture
def made(tmp_path: Path, spec: Any) -> Any:
    def make(folder: str, *runs: wsconform_reports.Run) -> Path:
        wsconform_reports.write(tmp_path / folder, runs, spec=spec, case_list=[], tool_version=TOOL, profile="documented")
        return tmp_path / folder

    return make


def test_what_has_changed(made: Any, tmp_path: Path) -> None:
    skipped = case("f/skipped", verdict="unsupported", reason="netns is missing")
    before = [case("f/same", bad("0")), case("f/broken", GOOD), case("f/mended", bad("0")), case("f/otherwise", bad("0")),
              case("f/skipped", GOOD), case("f/gone", GOOD), case("f/well", GOOD)]  # fmt: skip
    after = [case("f/same", bad("0")), case("f/broken", bad("0 sent 9")), case("f/mended", GOOD),
             case("f/otherwise", bad("crash 0xC0000005"), verdict="crash"), skipped, case("f/well", GOOD)]  # fmt: skip
    said, worse = wsconform_reports.compare(made("a", run_of(before)), made("b", run_of(after)), tmp_path / "both")
    assert worse
    assert said.splitlines() == [
        "wine-before -> wine-after: 1 new, 1 changed, 1 fixed, 1 other; 1 case in one only",
        "new      f/broken  (conforms -> deviates)", f"           {SEND}",
        "             before SOCKET_ERROR WSAENOTCONN", "             after  0 sent 9",
        "changed  f/otherwise  (deviates -> crash)", f"           {SEND}",
        "             before 0", "             after  crash 0xC0000005",
        "fixed    f/mended  (deviates -> conforms)", f"           {SEND}",
        "             before 0", "             after  SOCKET_ERROR WSAENOTCONN",
        "other    f/skipped  (conforms -> unsupported)",
    ]  # fmt: skip
    both = tmp_path / "both"
    assert {p.parent.name for p in both.glob("*/results.json")} == {"wine-before", "wine-after"}
    (comparison,) = json.loads((both / "changes.json").read_text("utf-8"))["comparisons"]
    assert [(one["kind"], one["case"]) for one in comparison["found"]] == [
        ("new", "f/broken"), ("changed", "f/otherwise"), ("fixed", "f/mended"), ("other", "f/skipped"), ("alone", "f/gone")]  # fmt: skip
    assert comparison["found"][0]["calls"] == [{"call": SEND, "before": "SOCKET_ERROR WSAENOTCONN", "after": "0 sent 9"}]
    page = (both / "index.html").read_text("utf-8")
    section = page[page.index('<section id="changes">') : page.index('<section id="matrix">')]
    cells = [re.sub(r"<[^>]*>|\s+", " ", row).split() for row in section.split("<tr>")[2:]]
    assert [(row[0], row[1]) for row in cells] == [("new", "f/broken"), ("changed", "f/otherwise"), ("fixed", "f/mended"),
                                                   ("other", "f/skipped")]  # fmt: skip
    assert " ".join(cells[0]).endswith("SOCKET_ERROR WSAENOTCONN 0 sent 9")
    assert f"| new | `f/broken` | `{SEND}` | `SOCKET_ERROR WSAENOTCONN` | `0 sent 9` |" in (both / "summary.md").read_text("utf-8")
    wsconform_reports.merge([tmp_path / "a"], both)
    assert not (both / "changes.json").exists() and 'id="changes"' not in (both / "index.html").read_text("utf-8")


def test_nothing_has_changed(made: Any) -> None:
    folder = made("a", run_of([case("f/a", bad("0"))]))
    assert wsconform_reports.compare(folder, folder) == ("wine-before -> wine-after: 0 new, 0 changed, 0 fixed, 0 other\n",
                                                         False)


def test_what_is_better_is_not_worse(made: Any) -> None:
    a, b = made("a", run_of([case("f/a", bad("0"))])), made("b", run_of([case("f/a", GOOD)]))
    assert not wsconform_reports.compare(a, b)[1] and wsconform_reports.compare(b, a)[1]


def test_targets_are_paired(made: Any, spec: Any, tmp_path: Path) -> None:
    """By name, or if there is one beside the model on each side."""
    model = run_of([case("f/a", GOOD)], "model", kind="model")
    old, new = run_of([case("f/a", GOOD)], "wine-8"), run_of([case("f/a", bad("0"))], "wine-9")
    said, worse = wsconform_reports.compare(made("a", old, model), made("b", new, model))
    assert said.startswith("wine-8-before -> wine-9-after: 1 new") and worse
    strict = wsconform_reports.results(new, spec=spec, case_list=[], tool_version=TOOL, profile="windows")
    (tmp_path / "b" / "wine-9" / "results.json").write_text(json.dumps(strict), "utf-8")
    said, _ = wsconform_reports.compare(tmp_path / "a", tmp_path / "b")
    assert said.splitlines()[0].endswith("0 other; profile documented -> windows")
    said, _ = wsconform_reports.compare(made("c", old, new), made("d", new, model, old))
    assert [line.split(":")[0] for line in said.splitlines()] == ["wine-8-before -> wine-8-after",
                                                                  "wine-9-before -> wine-9-after"]  # fmt: skip
    with pytest.raises(wsconform_reports.ReportError, match="no target in common"):
        wsconform_reports.compare(made("e", old, new), made("f", run_of([], "x"), run_of([], "y")))
