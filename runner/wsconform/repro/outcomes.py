"""What was seen, and what was allowed: taken apart, compared, and as conditions in C."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

#: One atom of an outcome: a string, bytes, a run of data, a call of a routine, or any other word.
_ATOM = re.compile(r'"(?:[^"\\]|\\.)*"|x"[0-9a-fA-F]*"|\d+\[\d+\.\.\d+\]|\w+\([^)]*\)|\S+')
_MARKS = ("unforeseen", "unwanted")


@dataclass(frozen=True)
class Amount:
    low: int
    high: int

    @classmethod
    def of(cls, text: str) -> Amount:
        low, _, high = text.partition("..")
        return cls(int(low), int(high or low))

    def holds(self, variable: str, unit: str = "u") -> str:
        if self.low == self.high:
            return f"{variable} == {self.low}{unit}"
        least = f"{variable} >= {self.low}{unit} && " if self.low else ""
        return f"{least}{variable} <= {self.high}{unit}"


@dataclass(frozen=True)
class Ran:
    """r(dwError, cbTransferred, lpOverlapped, dwFlags)."""

    routine: str
    error: str
    transferred: Amount | None
    overlapped: str
    flags: str

    @classmethod
    def of(cls, text: str) -> Ran:
        name, _, rest = text.partition("(")
        error, transferred, overlapped, flags = (word.strip() for word in rest.rstrip(")").split(","))
        return cls(name, error, Amount.of(transferred), overlapped, flags)


@dataclass(frozen=True)
class Piece:
    """A piece of received data: bytes low to high-1 of a send, or literal ones (how many there are, and those told)."""

    send: int
    low: int
    high: int
    literal: bytes = b""

    @property
    def size(self) -> int:
        return self.high - self.low


@dataclass
class Outcome:
    """An observation, or one allowed outcome."""

    text: str
    words: list[str] = field(default_factory=list)  # 0, SOCKET_ERROR CODE, TRUE, WSA_WAIT_TIMEOUT, ...
    sent: Amount | None = None
    untouched: bool = False  # sent or transferred
    transferred: Amount | None = None
    value: int | None = None
    pieces: list[Piece] = field(default_factory=list)
    ran: list[Ran] = field(default_factory=list)
    extras: list[str] = field(default_factory=list)  # event set, changed data, ...

    @classmethod
    def of(cls, text: str) -> Outcome:
        found = cls(text)
        atoms = [atom for atom in _ATOM.findall(text) if atom not in _MARKS]
        ran = False
        while atoms:
            atom = atoms.pop(0)
            following = atoms[0] if atoms else ""
            if atom in ("sent", "transferred") and atoms:
                atoms.pop(0)
                if following == "untouched":
                    found.untouched = True
                elif atom == "sent":
                    found.sent = Amount.of(following)
                else:
                    found.transferred = Amount.of(following)
            elif atom == "value":
                found.value = int(atoms.pop(0))
            elif atom in ("event", "changed"):
                found.extras.append(f"{atom} {atoms.pop(0)}")
            elif atom in ("max_msg", "foreign"):
                number = int(atoms.pop(0))
                if atom == "foreign" and found.pieces:
                    last = found.pieces[-1]
                    found.pieces[-1] = Piece(0, 0, number, last.literal)
            elif atom == "ran":
                ran = True
            elif ran and "(" in atom:
                found.ran.append(Ran.of(atom))
            elif match := re.fullmatch(r"(\d+)\[(\d+)\.\.(\d+)\]", atom):
                found.pieces.append(Piece(int(match[1]), int(match[2]), int(match[3])))
            elif atom.startswith('x"'):
                literal = bytes.fromhex(atom[2:-1])
                found.pieces.append(Piece(0, 0, len(literal), literal))
            elif atom not in ("partial", "no_oob", "receive_only"):
                found.words.append(atom)
        return found

    @property
    def bare(self) -> str:
        """The part that allowed outcomes are stated of."""
        return " ".join(word for word in self.words)

    def admits(self, seen: Outcome) -> bool:
        """Does this allowed outcome hold what was seen? Of extras nothing is said."""
        if [w for w in self.words if w != "any_error"] != [w for w in seen.words if w in self.words] \
                or len(self.words) != len(seen.words):
            return False
        for mine, its in ((self.sent, seen.sent), (self.transferred, seen.transferred)):
            if mine and (its is None or not mine.low <= its.low <= mine.high):
                return False
        if self.untouched and not seen.untouched:
            return False
        return self.pieces == seen.pieces and len(self.ran) == len(seen.ran) and all(
            any(_admits(a, b) for b in seen.ran) for a in self.ran)


def _admits(allowed: Ran, seen: Ran) -> bool:
    return (allowed.routine, allowed.overlapped, allowed.flags) == (seen.routine, seen.overlapped, seen.flags) and \
        allowed.error in (seen.error, "any_error") and \
        (not allowed.transferred or not seen.transferred or allowed.transferred.low <= seen.transferred.low <= allowed.transferred.high)


def allowed_of(texts: Sequence[str]) -> tuple[list[Outcome], list[Ran]]:
    """The allowed outcomes, and the routines that may have run beside."""
    perhaps = [Ran.of(text.removeprefix("perhaps ran ")) for text in texts if text.startswith("perhaps ran ")]
    return [Outcome.of(text) for text in texts if not text.startswith("perhaps ran ") and text != "…"], perhaps
