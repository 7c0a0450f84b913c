"""Shards: a run's cases divided among machines (run --shard I/N) or workers (run -- -n N).

How they are divided follows from the list of chosen cases alone, so that every machine comes to the same division without
asking another, and each case is in one shard, for any N. `./wsconform report` makes them one report again.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from wsconform.baseline import Baseline
from wsconform.cases import Case
from wsconform.errors import BadUsage
from wsconform.faults import PLAIN, SHARE_LEAST, Needs, needs

#: What test runners (Bazel's and others) set: the number of this shard from 0, and how many there are.
INDEX, TOTAL = "TEST_SHARD_INDEX", "TEST_TOTAL_SHARDS"


@dataclass(frozen=True)
class Shard:
    """One of count shards; index counts from 1."""

    index: int
    count: int

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


def shard(text: str) -> Shard:
    """The I/N of --shard."""
    match = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise argparse.ArgumentTypeError(f"{text!r} is no shard: it looks like 1/3, 2/3 or 3/3 where there are three")
    return Shard(int(match[1]), int(match[2]))


def of_environment() -> Shard | None:
    """The shard that a test runner asks for, if one does. Raises BadUsage if that makes no sense."""
    index, total = os.environ.get(INDEX, ""), os.environ.get(TOTAL, "")
    if not index and not total:
        return None
    if not (re.fullmatch("[0-9]{1,9}", index) and re.fullmatch("[0-9]{1,9}", total) and int(index) < int(total)):
        raise BadUsage(f"{INDEX}={index} and {TOTAL}={total} in the environment are no shard: the first counts from 0 to one "
                       "less than the second")
    return Shard(int(index) + 1, int(total))


#: How long a case takes beside others, roughly: at a network of its own it waits for the kernel.
_WEIGHTS: dict[Needs, float] = {PLAIN: 1.0, frozenset({"inject"}): 0.25}
_WEIGHT_OF_SITES = 2.5


def divided(cases: Sequence[Case], count: int) -> list[list[Case]]:
    """The cases in count shares, each in the order of the cases; a share may be empty.

    Each case goes to the share with the least work so far: in turns, so that the rows of a slow table are spread. Those that
    need a site come first, and go to so few shares that the work there is worth making the site."""
    load = [0.0] * count
    share_of: dict[str, int] = {}
    for wanted, of_them in _by_needs(cases):
        weight = _WEIGHTS.get(wanted, _WEIGHT_OF_SITES)
        most = count if wanted == PLAIN else min(count, max(1, len(of_them) // SHARE_LEAST))
        open_to = sorted(range(count), key=lambda n: (load[n], n))[:most]
        for case in of_them:
            least = min(open_to, key=lambda n: (load[n], n))
            share_of[case.id] = least
            load[least] += weight
    shares: list[list[Case]] = [[] for _ in range(count)]
    for case in cases:
        shares[share_of[case.id]].append(case)
    return shares


def _by_needs(cases: Iterable[Case]) -> list[tuple[Needs, list[Case]]]:
    """Those with needs first; then the plain ones, which fill up what is uneven."""
    found: dict[Needs, list[Case]] = {}
    for case in cases:
        found.setdefault(needs(case), []).append(case)
    return sorted(found.items(), key=lambda item: (-len(item[0]), sorted(item[0])))


def told(one: Shard, selected: Sequence[Case], share: Sequence[Case], baselines: Sequence[Baseline]) -> dict[str, Any] | None:
    """What results.json says of a shard, so that the whole can be made of all; None for the only one there is."""
    if one.count == 1:
        return None
    place = {case.id: n for n, case in enumerate(selected)}
    known = sorted(set().union(*(baseline.signatures for baseline in baselines)))
    return {"count": one.count, "have": [one.index], "cases": len(selected), "selection": _digest(place),
            "baseline": _digest(known) if baselines else None, "places": [place[case.id] for case in share]}


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")).hexdigest()[:16]
