"""Finds the sentences of the clauses in a copy of the document without having the document.

A clause keeps the length and the SHA-256 of its sentence. A window of that length slides over the copy until the hash
fits. Line breaks and spaces do not count, so that a copy may be wrapped differently.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import accumulate
from pathlib import Path

from wsconform_spec.data import Clause, SpecError, load


def normalise(text: str) -> str:
    """Unicode NFC without any white space (a byte order mark counts as such)."""
    return "".join(unicodedata.normalize("NFC", text).replace("\ufeff", "").split())


def fingerprint(sentence: str) -> tuple[int, str]:
    """Length and SHA-256 of a sentence, as clauses.toml stores them."""
    normal = normalise(sentence)
    return len(normal), sha256(normal.encode()).hexdigest()


def _likely_starts(text: str) -> list[int]:
    """Offsets in the normalised text where a word of the text begins: nearly every sentence does so."""
    words = unicodedata.normalize("NFC", text).replace("\ufeff", "").split()
    return [0, *accumulate(map(len, words))][:-1]


def locate(text: str, clauses: Iterable[Clause]) -> dict[str, tuple[int, int]]:
    """Where in the normalised text each clause's sentence is, as (first, past the last) character.

    Clauses whose sentence is not there are left out. Of a sentence that occurs twice one place is given.
    """
    normal = normalise(text)
    data = memoryview(normal.encode())
    # Offset in bytes of every character, and of the end.
    at = [0, *accumulate(len(character.encode()) for character in normal)]
    likely = _likely_starts(text)
    wanted: dict[int, dict[bytes, list[str]]] = {}
    for clause in clauses:
        wanted.setdefault(clause.length, {}).setdefault(bytes.fromhex(clause.sha256), []).append(clause.id)
    found: dict[str, tuple[int, int]] = {}
    for length, hashes in wanted.items():
        last = len(normal) - length
        # Word beginnings first: the whole text is only searched for sentences that are missing.
        for starts in (likely, range(last + 1)):
            for start in starts:
                if not hashes:
                    break
                if start <= last:
                    for clause_id in hashes.pop(sha256(data[at[start] : at[start + length]]).digest(), ()):
                        found[clause_id] = (start, start + length)
    return found


def missing(text: str, clauses: Sequence[Clause]) -> tuple[Clause, ...]:
    """The clauses whose sentence does not occur in the text, in their own order."""
    found = locate(text, clauses)
    return tuple(clause for clause in clauses if clause.id not in found)


def against(path: Path | str, clauses: Sequence[Clause] | None = None) -> tuple[Clause, ...]:
    """The clauses whose sentence a copy of the document (plain text, UTF-8) no longer has.

    Raises SpecError if the file cannot be read.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"{path}: {error}") from error
    return missing(text, load().clauses if clauses is None else clauses)
