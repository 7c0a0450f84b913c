"""Finding sentences by hash: in a document made up here, and in the real one where there is a copy."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import pytest

from wsconform_spec import Clause, SpecError, against, fingerprint, load, locate, normalise
from wsconform_spec.document import missing

SENTENCES = {
    "a": "함수는 소켓에 데이터를 보냅니다.",
    "b": "각 버퍼에는 길이(바이트)가 있습니다. 배열은 유효해야 합니다.",
    "c": "EXAMPLE_CODE 소켓이 아닙니다.",
    "d": "Ünïcode, composed, 1 < 2.",
    "e": "참고한 번.",
}
DOCUMENT = "\n\n".join(["머리말 without a clause.", *SENTENCES.values(), "끝."])


def clause(clause_id: str, sentence: str) -> Clause:
    length, digest = fingerprint(sentence)
    return Clause(clause_id, "must", "section", f"{clause_id}.", "somewhere", length, digest)


CLAUSES = (
    *(clause(name, sentence) for name, sentence in SENTENCES.items()),
    # Shares a sentence; stands for a part of another's.
    clause("a.twin", SENTENCES["a"]),
    clause("b.second", "배열은 유효해야 합니다."),
)


def ids(clauses: Iterable[Clause]) -> list[str]:
    return [found.id for found in clauses]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text, id="as it is"),
        pytest.param(lambda text: "\ufeff" + text.replace("\n", "\r\n"), id="CRLF and byte order mark"),
        pytest.param(lambda text: " ".join(text.split()), id="one line"),
        pytest.param(lambda text: "".join(text.split()), id="no white space"),
        pytest.param(lambda text: "\n".join(text), id="a line for each character"),
        pytest.param(lambda text: text.replace(" ", "\u00a0\u3000\t"), id="other white space"),
        pytest.param(lambda text: unicodedata.normalize("NFD", text), id="decomposed"),
        pytest.param(lambda text: "\n\n".join(reversed(text.split("\n\n"))), id="other order"),
    ],
)
def test_wrapping_does_not_matter(change) -> None:  # type: ignore[no-untyped-def]
    assert missing(change(DOCUMENT), CLAUSES) == ()


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("머리말 without", "머리말 with", []),
        ("소켓에 데이터를", "소켓으로 데이터를", ["a", "a.twin"]),
        ("각 버퍼", "모든 버퍼", ["b"]),
        ("배열은 유효", "배열이 유효", ["b", "b.second"]),
        ("아닙니다", "아닙", ["c"]),
        ("EXAMPLE_CODE", "OTHER_CODE", ["c"]),
        ("1 < 2", "1 > 2", ["d"]),
        ("composed", "Composed", ["d"]),
        ("참고한 번.", "", ["e"]),
        ("참고한 번.", "참고한 번", ["e"]),
    ],
)
def test_a_changed_sentence_names_its_clauses(old: str, new: str, named: list[str]) -> None:
    assert old in DOCUMENT
    assert ids(missing(DOCUMENT.replace(old, new), CLAUSES)) == named


def test_nothing_fits_an_empty_or_foreign_text() -> None:
    assert ids(missing("", CLAUSES)) == ids(CLAUSES)
    assert ids(missing("short", CLAUSES)) == ids(CLAUSES)


def test_locate_gives_places_in_the_normalised_text() -> None:
    normal = normalise(DOCUMENT)
    for found, (start, end) in locate(DOCUMENT, CLAUSES).items():
        assert fingerprint(normal[start:end])[1] == next(c.sha256 for c in CLAUSES if c.id == found)


def test_fingerprint_ignores_white_space_only() -> None:
    assert fingerprint("a b\n") == fingerprint("ab")
    assert fingerprint("ab") != fingerprint("aB")
    assert fingerprint("한 글")[0] == 2


def test_against_reads_a_file(tmp_path: Path) -> None:
    path = tmp_path / "copy.txt"
    path.write_text(DOCUMENT, encoding="utf-8")
    assert against(path, CLAUSES) == ()
    assert len(against(path)) == len(load().clauses)


def test_against_refuses_what_it_cannot_read(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="nowhere"):
        against(tmp_path / "nowhere")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SpecError, match="bytes"):
        against(tmp_path / "bytes")


def test_worst_case_is_quick() -> None:
    """A text as long as the document that has none of the sentences: every length slides over all of it."""
    text = "".join(chr(0xAC00 + i * 7919 % 11172) for i in range(10_000))
    clauses = load().clauses
    before = time.process_time()
    assert len(missing(text, clauses)) == len(clauses)
    assert time.process_time() - before < 4


def test_the_document_has_every_sentence(document: str) -> None:
    assert ids(missing(document, load().clauses)) == []


def test_each_sentence_of_the_document_changed_in_turn(document: str) -> None:
    clauses = load().clauses
    places = locate(document, clauses)
    # Where each character of the normalised text stands in the document.
    origin = [index for index, character in enumerate(document) if not character.isspace()]
    named: set[str] = set()
    for start, end in sorted(set(places.values())):
        changed = (start + end) // 2
        text = f"{document[: origin[changed]]}\u2603{document[origin[changed] + 1 :]}"
        expected = [c.id for c in clauses if places[c.id][0] <= changed < places[c.id][1]]
        assert ids(missing(text, clauses)) == expected
        named.update(expected)
    assert named == {c.id for c in clauses}


def test_no_sentence_of_the_document_occurs_twice(document: str) -> None:
    """Else a change of one of the two places would go unnoticed."""
    normal = normalise(document)
    for clause_id, (start, end) in locate(document, load().clauses).items():
        assert normal.count(normal[start:end]) == 1, clause_id
