"""Text from outside never becomes more than text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from conftest import Written, case, listed, run_of, step
from wsconform_reports import text

HOSTILE = [
    "<script>boom()</script>", "</script><script>boom()//", "<!--", "-->", "]]>", "<![CDATA[",
    "\"'`><img src=x onerror=boom()>",
    "&lt;&amp;&#0;", "{{ 7*7 }}{% raw %}", "javascript:boom()",
    "\x00\x01\x08\x0b\x1b[31m\x7f\x85", "\ud800\udfff\uffff",
    "\u202eexe.\u2066", "a|b``c\\", "two\nlines\r\n\ttab", "# not a heading", "x" * 200_000, "é漢字🙂", "%s%n{0}",
]  # fmt: skip
#: Is in the page only if an element or a text was made of what is hostile.
CANARY = "boom()"


def hostile(evil: str) -> list[dict[str, Any]]:
    """Cases with that text wherever a judge may print text."""
    return [
        case(f"{evil}/{evil}[{evil}]", step(evil, evil, (evil, evil), ("ret.zero",), ok=False),
             step(f"WSASend(a, [1], &sent, {evil}, NULL, NULL)", evil, (evil,), (evil,), ok=False),
             clauses=("ret.zero", "flags.oob", evil), signature=evil, reason=evil, conditions=["err.notconn"],
             baseline="new"),
        case(f"{evil} 2", step(evil, evil), clauses=(), verdict="unsupported", reason=evil),
    ]  # fmt: skip


@pytest.fixture(params=range(len(HOSTILE)), ids=lambda i: text.visible(HOSTILE[i])[:20].strip())
def written(request: pytest.FixtureRequest, report: Callable[..., Written]) -> tuple[str, Written]:
    evil = HOSTILE[request.param]
    judged = hostile(evil)
    case_list = [{**entry, "file": evil, "requires": [evil]} for entry in listed(judged)]
    return evil, report(
        run_of(judged, evil, version=evil, provider=evil), run_of(judged, "b", kind="model"), case_list=case_list
    )


def test_page_holds_the_text_and_no_element_of_it(written: tuple[str, Written], report: Callable[..., Written]) -> None:
    evil, made = written
    page = ET.fromstring(made.html.removeprefix("<!DOCTYPE html>"))
    assert {e.tag for e in page.iter()} <= set(
        "html head meta title link style body nav main header footer section article div span p a b i small h1 h2 h3 h4"
        " br dl dt dd ul ol li table thead tbody tr th td code details summary form input label select option"
        " output button script".split()
    )
    assert len(list(page.iter("script"))) == 1
    attributes = {name for e in page.iter() for name in e.attrib}
    assert not {name for name in attributes if name.startswith("on") or name in ("src", "srcdoc", "action")}
    assert all(re.match(r"#|[^:/]+/(trace.txt|results.json)$|data:image/svg", e.get("href", "#")) for e in page.iter())
    shown = "".join(page.itertext())
    assert text.visible(evil)[:200].strip() in shown
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", made.html)
    assert len(made.html) < 600_000


def test_junit_holds_the_text(written: tuple[str, Written]) -> None:
    evil, made = written
    root = ET.fromstring(made.junit)
    assert {e.tag for e in root.iter()} == {
        "testsuites", "testsuite", "properties", "property", "testcase", "failure", "skipped",
    }  # fmt: skip
    shown = "".join(root.itertext())
    assert text.visible(evil)[:200].strip() in shown
    assert len(made.junit) < 50_000_000


def test_summary_keeps_its_tables(written: tuple[str, Written]) -> None:
    _, made = written
    tables = [line for line in made.markdown.splitlines() if line.startswith("|")]
    for line in tables:
        outside = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
        assert "<" not in outside and "](" not in outside
        assert len(re.findall(r"(?<!\\)\|", line)) in (6, 7), line
    assert len(made.markdown) < 20_000


def test_anchors_are_unique_and_stable() -> None:
    names = ["a b", "a_b", "a  b", "A b", "é", "漢", "", "#", "x" * 300, "x" * 299]
    made = text.anchors("case", names)
    assert len({anchor.lower() for anchor in made.values()}) == len(names)
    assert text.anchors("case", reversed(names)) == made
    assert not any(re.search(r"[\s\"'<>&%#?]", anchor) for anchor in made.values())


def test_arguments_of_a_call() -> None:
    assert text.arguments("a, b = tcp(nonblocking)") == ("tcp", ["nonblocking"])
    assert text.arguments("t1: WSASend(a, [1, 2 x 3], &s, MSG_OOB|0x10, r(1, 2), NULL)") == (
        "WSASend", ["a", "[1, 2 x 3]", "&s", "MSG_OOB|0x10", "r(1, 2)", "NULL"],
    )  # fmt: skip
    assert text.arguments('f("a, (\\", b", 2)') == ("f", ['"a, (\\", b"', "2"])
    assert text.arguments("WSAStartup()") == ("WSAStartup", [])
    assert text.arguments("leave r") == ("", [])
    assert text.arguments("((((") == ("", [])
