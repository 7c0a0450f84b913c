"""index.html: what it shows, and that a browser shows it."""

from __future__ import annotations

import copy
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import wsconform_reports
from conftest import SEND, Written, case, listed, many, run_of, small, step
from wsconform_reports import text
from wsconform_reports.page import MARKS, MEANINGS
from wsconform_reports.model import CASE_VERDICTS, CLAUSE_VERDICTS
from wsconform_spec import Fact

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def page_of(made: Written) -> ET.Element:
    """The page is XML as well as HTML; anything not well-formed fails here."""
    return ET.fromstring(made.html.removeprefix("<!DOCTYPE html>"))


def by_id(page: ET.Element, id: str) -> ET.Element:
    (found,) = [e for e in page.iter() if e.get("id") == id]
    return found


def words(element: ET.Element) -> str:
    return " ".join(" ".join(element.itertext()).split())


def having(page: Iterable[ET.Element], name: str) -> list[ET.Element]:
    return [e for e in page if name in e.get("class", "").split()]


def model_of(judged: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same cases, with the first allowed outcome everywhere."""
    out = copy.deepcopy(judged)
    for c in out:
        for s in c["steps"]:
            if not s["ok"]:
                s.update(ok=True, observed=s["allowed"][0])
        if c["signature"]:
            c.update(verdict="conforms", signature="", deviating=[])
    return out


@pytest.fixture
def both(report: Callable[..., Written]) -> Written:
    return report(run_of(model_of(small()), "model", kind="model"), run_of(small(), "wine-8.0"))


def test_every_verdict_has_a_sign_and_a_meaning() -> None:
    assert set(CASE_VERDICTS) | set(CLAUSE_VERDICTS) == set(MEANINGS) == set(MARKS) - {""}


def test_every_clause_case_and_question_has_an_anchor(both: Written, spec: Any) -> None:
    ids = [e.get("id") for e in page_of(both).iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    assert {f"clause-{c.id}" for c in spec.clauses} <= set(ids)
    assert {f"question-{q.id}" for q in spec.questions} <= set(ids)
    assert set(text.anchors("case", [c["id"] for c in small()]).values()) <= set(ids)


def test_every_link_leads_somewhere(both: Written) -> None:
    page = page_of(both)
    ids = {e.get("id") for e in page.iter()}
    for link in page.iter("a"):
        href = link.get("href", "")
        assert href[1:] in ids if href.startswith("#") else (both.out / href).is_file(), href


def test_it_fetches_nothing(both: Written) -> None:
    assert not re.search(r"""(src|href|action)\s*=\s*["']?\s*(https?:)?//""", both.html)
    assert not re.search(r"@import|url\(", both.html)
    assert "default-src 'none'" in both.html


def test_a_deviating_case_shows_all_that_is_known_of_it(both: Written, spec: Any) -> None:
    found = by_id(page_of(both), "case-errors/shutdown/SD_SEND[tcp()]")
    (finding,) = having(found.iter(), "finding")
    shown = words(finding)
    assert SEND in shown
    assert "allowed SOCKET_ERROR WSAESHUTDOWN observed 0 sent 10 the clause" in shown
    assert words(having(finding.iter(), "words")[0]).startswith(
        "the clause " + spec.clause("err.shutdown.sd-send").statement
    )
    (bad,) = [row for row in found.iter("tr") if row.get("class") == "bad"]
    assert words(bad) == f"3 {SEND} 0 sent 10 SOCKET_ERROR WSAESHUTDOWN", "the target's answer, the model's beside it"
    assert "./wsconform run 'errors/shutdown/SD_SEND[tcp()]'" in words(found)
    assert "./wsconform repro 'errors/shutdown/SD_SEND[tcp()]'" in words(found)
    assert small()[1]["signature"] in words(found)


def test_a_clause_is_one_line_and_what_is_alike_is_one_too(report: Callable[..., Written]) -> None:
    alike = [case(f"f/{n}", step(SEND, "0 sent 9", ("0 sent 10",), ("ret.zero",), ok=False)) for n in range(7)]
    other = case("f/other", step(SEND, "0 sent 8", ("0 sent 10",), ("ret.zero", "param.count"), ok=False))
    page = page_of(report(run_of([other, *alike])))
    assert [words(row) for row in by_id(page, "deviations").iter("tr")][1:] == [
        f"param.count {SEND} 0 sent 10 0 sent 8 1",
        f"ret.zero {SEND} 0 sent 10 0 sent 9 and 1 other 8",
    ]
    assert [words(row) for row in by_id(page, "clause-ret.zero").iter("tr")][1:] == [
        f"{SEND} 0 sent 10 0 sent 9 7",
        f"{SEND} 0 sent 10 0 sent 8 1",
    ]


def test_the_model_is_not_what_is_counted(both: Written) -> None:
    assert words(next(page_of(both).iter("h1"))) == "wine-8.0 3 clauses not kept seen in 3 of 8 cases"


def test_errors_table(both: Written, spec: Any) -> None:
    rows = list(by_id(page_of(both), "errors").iter("tr"))[1:]
    assert len(rows) == 32
    shown = {words(having(row.iter(), "clause-id")[0]): [words(cell) for cell in row.iter("td")] for row in rows}
    assert shown["err.notconn"] == ["conforms natural, 1 case SOCKET_ERROR WSAENOTCONN"] * 2
    assert shown["err.shutdown.sd-send"][0] == "deviates natural, 1 case 0 sent 10"
    known = spec.unprovoked["err.netdown"]
    assert shown["err.netdown"] == [f"not provoked unsupported: netns is missing. {known[0].upper()}{known[1:]}"]


def test_flags_table(both: Written) -> None:
    table = by_id(page_of(both), "flags")
    rows = {words(row[0]): [words(cell) for cell in row[1:]] for row in list(table.iter("tr"))[1:]}
    assert rows["MSG_OOB"] == ["not tried", "SOCKET_ERROR WSAEOPNOTSUPP"]
    assert rows["MSG_PARTIAL"] == ["not tried", "not tried"]
    assert rows["undefined bits"] == ["0", "not tried"]


def test_many_equal_calls_are_one_line(report: Callable[..., Written]) -> None:
    full = case(
        "f/full", step("a, b = tcp()"), *[step(SEND, "0 sent 10")] * 1000, step(SEND, "SOCKET_ERROR WSAEWOULDBLOCK")
    )
    fuller = case(
        "f/full", step("a, b = tcp()"), *[step(SEND, "0 sent 10")] * 1200, step(SEND, "SOCKET_ERROR WSAEWOULDBLOCK")
    )
    made = report(run_of([full], "one"), run_of([fuller], "two"))
    rows = [words(row) for row in by_id(page_of(made), "case-f/full").iter("tr")]
    assert rows[1:] == ["1 a, b = tcp() ok the same", f"2 {SEND} ×1,201 0 sent 10 ×1,000 SOCKET_ERROR WSAEWOULDBLOCK "
                        "0 sent 10 ×1,200 SOCKET_ERROR WSAEWOULDBLOCK"]  # fmt: skip


def test_a_loop_of_ten_thousand_rounds_is_a_few_lines(report: Callable[..., Written]) -> None:
    calls = [step("a, b = tcp()")]
    for n in range(1, 10_001):
        calls += [step(f"o{n} = overlapped(NULL)"),
                  step(f"WSASend(a, [64], NULL, 0, &o{n}, r)", "0" if n % 2 else "SOCKET_ERROR WSA_IO_PENDING")]  # fmt: skip
    made = report(run_of([case("f/loop", *calls)]))
    assert [words(row) for row in by_id(page_of(made), "case-f/loop").iter("tr")][1:] == [
        "1 a, b = tcp() ok", "2 o1 = overlapped(NULL) ×10,000 in turns ok ×10,000",
        "3 WSASend(a, [64], NULL, 0, &o1, r) ×10,000 in turns 0 ×5,000 SOCKET_ERROR WSA_IO_PENDING ×5,000",
    ]  # fmt: skip
    assert "20,001 in" in made.html


def test_of_many_calls_the_middle_is_folded_away(report: Callable[..., Written]) -> None:
    """But not what deviates, and no fault."""
    calls = [step(f"WSASend(a, [{n}], &sent, 0, NULL, NULL)", f"0 sent {n}") for n in range(500)]
    calls[200] = step("fault(link_down)")
    calls[300] = step(SEND, "0 sent 9", ("0 sent 10",), ("ret.zero",), ok=False)
    found = by_id(page_of(report(run_of([case("f/long", *calls)]))), "case-f/long")
    rest = [e for e in found.iter("tbody") if e.get("class") == "rest"]
    hidden = [words(row) for body in rest for row in body.iter("tr")]
    assert len(rest) == 3 and len(hidden) == 500 - 2 - 3 * 60
    assert not [row for row in hidden if "fault" in row or row.endswith("0 sent 9")]
    assert [words(e) for e in having(found.iter(), "more")][0] == "show 140 more calls, all as allowed"


def test_threads_routines_and_faults_can_be_told(report: Callable[..., Written]) -> None:
    calls = [
        step("thread_set_up()"), step("t1: WSASend(a, [9], &sent, 0, NULL, NULL) ...", ""), step("fault(link_down)"),
        step("foreign: enter r(0, 9, &o, 0)", "r(0, 9, &o, 0)"), step("foreign: shutdown(a, SD_SEND)", "0"),
        step("foreign: leave r", ""), step("fault(inject(WSAENETDOWN, 2))"),
        step("t1: WSASend(a, [9], &sent, 0, NULL, NULL)", "0 sent 9"),
    ]  # fmt: skip
    found = by_id(page_of(report(run_of([case("f/a", *calls)]))), "case-f/a")
    assert [words(row) for row in found.iter("tr")][1:] == [
        "1 thread_set_up() ok", "2 t1 WSASend(a, [9], &sent, 0, NULL, NULL) ... in progress", "3 fault fault(link_down) ok",
        "4 foreign enter r(0, 9, &o, 0) runs", "5 foreign shutdown(a, SD_SEND) 0", "6 foreign leave r returns",
        "7 injected fault(inject(WSAENETDOWN, 2)) ok", "8 t1 WSASend(a, [9], &sent, 0, NULL, NULL) 0 sent 9",
    ]  # fmt: skip
    inner = [e for e in found.iter("td") if "padding-left" in e.get("style", "")]
    assert [words(e) for e in inner] == ["foreign shutdown(a, SD_SEND)"]
    assert "injected" in words(next(found.iter("summary")))


FACT = Fact(id="w.whole-or-nothing", statement="A send never reports fewer bytes.", source="a test of Wine",
            strength="tested", inferred=True, judged=True, clauses=("param.sent.immediate",))  # fmt: skip


def test_what_windows_is_not_seen_to_do(report: Callable[..., Written], spec: Any, tmp_path: Path) -> None:
    known = replace(spec, facts=(FACT,))
    short = step(SEND, "0 sent 9", ("0 sent 10", "0 sent 9"), ("ret.zero",)) | {"practice": [FACT.id]}
    judged = [case("f/a", short), case("f/b", short | {"ok": False}), case("f/c", step(SEND, "0 sent 10"))]
    wsconform_reports.write(tmp_path / "out", [run_of(judged)], spec=known, case_list=listed(judged), tool_version="0",
                            profile="windows")  # fmt: skip
    made = Written(tmp_path / "out")
    page = page_of(made)
    (row,) = list(by_id(page, "practice").iter("tr"))[1:]
    assert "A send never reports fewer bytes." in words(row) and "inferred tested: a test of Wine" in words(row)
    assert "otherwise in 2 cases f/a f/b" in words(row)
    remark = having(by_id(page, "case-f/a").iter("div"), "remark")[0]
    assert "Document: allowed; Windows: not seen to do this." in words(remark) and "0 sent 9" in words(remark)
    assert not having(by_id(page, "case-f/a").iter(), "sign") and having(by_id(page, "case-f/b").iter(), "sign")
    assert not having(by_id(page, "case-f/c").iter(), "remark")
    assert "no deviation seen" in words(page), "the document is kept"
    assert by_id(page, "case-f/b").get("data-verdict") == "deviates"
    assert "w.whole-or-nothing" in made.markdown


def test_a_question_that_a_case_is_about_is_a_link(report: Callable[..., Written], spec: Any) -> None:
    question = spec.questions[0].id
    found = by_id(page_of(report(run_of([case("f/a", step(SEND), clauses=("ret.zero", question))]))), "case-f/a")
    assert [e.get("href") for e in found.iter("a") if words(e) in ("ret.zero", question)] == [
        "#clause-ret.zero", f"#question-{question}",
    ]  # fmt: skip


def test_a_clause_says_why_it_was_not_judged(both: Written) -> None:
    page = page_of(both)
    assert "unsupported: netns is missing" in words(by_id(page, "clause-err.netdown"))
    undefined = by_id(page, "clause-flags.or")
    assert undefined.get("data-verdict") == "undefined" and "leaves undefined" in words(undefined)


def test_targets_that_part_are_laid_side_by_side(report: Callable[..., Written]) -> None:
    one = case("f/a", step("w()"), step("x()", "1"), step("z()"))
    two = case("f/a", step("w()"), step("y()", "2"), step("z()"))
    found = by_id(page_of(report(run_of([one], "one"), run_of([two], "two"))), "case-f/a")
    assert [words(row) for row in found.iter("tr")][1:] == [
        "1 w() ok the same", "2 x() 1 not called", "3 y() not called 2", "4 z() ok the same",
    ]  # fmt: skip


def test_a_case_that_one_target_did_not_run(report: Callable[..., Written]) -> None:
    found = by_id(page_of(report(run_of(small()[:1], "one"), run_of(small(), "two"))), "case-send/blocking/hangs")
    assert found.get("data-verdicts") == "- hang"


def test_a_case_that_only_the_model_ran_does_not_conform(report: Callable[..., Written]) -> None:
    made = report(run_of(small()[:1], "wine"), run_of(model_of(small()), "model", kind="model"))
    found = by_id(page_of(made), "case-send/blocking/hangs")
    assert (found.get("data-verdict"), found.get("data-verdicts")) == ("untested", "- conforms")


def test_nothing_ran(report: Callable[..., Written]) -> None:
    page = page_of(report(run_of([], "empty")))
    assert "no deviation seen" in words(page)


def test_four_hundred_cases_on_three_targets_are_small_and_soon_made(report: Callable[..., Written]) -> None:
    judged = many(400)
    runs = [run_of(judged, "wine", arch=arch) for arch in ("x86_64", "i686")] + [
        run_of(model_of(judged), "model", kind="model")
    ]
    begin = time.process_time()
    made = report(*runs)
    assert time.process_time() - begin < 10
    assert len(made.html.encode()) < 5_000_000


# --- in a browser -----------------------------------------------------------------------------------------------------


def browse(url: str, profile: Path) -> tuple[str, str]:
    """The document after the scripts ran, and what the browser logged."""
    assert CHROMIUM
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", f"--user-data-dir={profile}",
        "--enable-logging=stderr", "--v=0", "--dump-dom", url,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout, done.stderr


needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")


@needs_chromium
def test_a_browser_shows_it(both: Written, tmp_path: Path) -> None:
    dom, log = browse(f"{(both.out / 'index.html').as_uri()}#case-errors/shutdown/SD_SEND[tcp()]", tmp_path / "profile")
    said = [line for line in log.splitlines() if "CONSOLE" in line]
    assert not said, said
    assert 'class="scripted"' in dom
    opened = re.search(r'<details class="item case" id="case-errors/shutdown/SD_SEND\[tcp\(\)\]"[^>]*>', dom)
    assert opened and 'open=""' in opened[0], "a link to a folded case unfolds it"
    assert 'id="case-search"' in dom and 'id="clause-search"' in dom and 'id="theme"' in dom
    assert dom.count('aria-pressed="false"') >= 8


PROBE = """
<script>
addEventListener("load", function () {
  var say = function (name, value) { document.body.setAttribute("data-" + name, value); };
  var shown = function (list) { return document.querySelectorAll("#" + list + " details.item:not([hidden])").length; };
  var press = function (selector) { document.querySelector(selector).click(); };
  say("all", shown("cases"));
  press('#cases button[data-verdict="deviates"]');
  say("deviates", shown("cases") + " " + document.querySelector("#cases .found").textContent);
  press('#cases button[data-verdict="crash"]');
  say("both", shown("cases"));
  press('#cases button[data-verdict="deviates"]'); press('#cases button[data-verdict="crash"]');
  say("none-chosen", shown("cases"));
  var input = document.getElementById("case-search");
  input.value = "WSAEOPNOTSUPP udp"; input.form.requestSubmit();
  say("search", shown("cases"));
  input.value = "no such words"; input.form.requestSubmit();
  say("nothing", shown("cases") + " " + !document.querySelector("#cases .none").hidden);
  location.hash = "#case-send/blocking/hangs";
  dispatchEvent(new HashChangeEvent("hashchange"));
  say("arrived", document.getElementById("case-send/blocking/hangs").open + " " + shown("cases"));
  press('[data-show-case="unsupported"]');
  say("legend", shown("cases"));
  var kind = document.querySelector("#clauses select"); kind.value = "undef"; kind.dispatchEvent(new Event("change"));
  say("kind", shown("clauses"));
  press("#theme");
  say("theme", document.documentElement.getAttribute("data-theme"));
});
</script></body>"""


@needs_chromium
def test_filters_search_links_and_theme_work(both: Written, tmp_path: Path, spec: Any) -> None:
    """In a copy of the page that drives itself; for that it lacks the policy that allows one script only."""
    probed = re.sub(r"<meta http-equiv[^>]*>", "", both.html).replace("</body>", PROBE)
    (tmp_path / "probed.html").write_text(probed, "utf-8")
    dom, log = browse((tmp_path / "probed.html").as_uri(), tmp_path / "profile")
    assert "CONSOLE" not in log, log
    body = re.search(r"<body[^>]*>", dom)
    assert body
    said = dict(re.findall(r'data-([a-z-]+)="([^"]*)"', body[0]))
    assert said == {
        "all": "8", "deviates": "1 1 of 8", "both": "2", "none-chosen": "8", "search": "1", "nothing": "0 true",
        "arrived": "true 8", "legend": "1", "kind": str(sum(c.kind == "undef" for c in spec.clauses)), "theme": "dark",
    }  # fmt: skip


@needs_chromium
def test_the_policy_stops_what_is_fetched_or_planted(both: Written, tmp_path: Path) -> None:
    """The check of the check: with a script and a picture planted the browser complains."""
    planted = both.html.replace(
        "</body>", '<script>document.title = "planted";</script><img src="http://127.0.0.1:9/x.png"/></body>'
    )
    (tmp_path / "planted.html").write_text(planted, "utf-8")
    dom, log = browse((tmp_path / "planted.html").as_uri(), tmp_path / "profile")
    assert "<title>planted" not in dom
    assert log.count("Content Security Policy") >= 2
