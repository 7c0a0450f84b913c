"""What the report is made of: runs, and the words of the design for what came out of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SCHEMA = 1

#: Verdicts of a case, the gravest first: where one word must stand for several, it is the first of these.
CASE_VERDICTS = ("crash", "hang", "deviates", "inconclusive", "unsupported", "undefined", "conforms")
#: Those that fail a run unless a baseline lists them.
BAD = frozenset({"crash", "hang", "deviates"})
#: Those that say why nothing was judged.
SKIPPED = frozenset({"unsupported", "inconclusive"})

CLAUSE_VERDICTS = ("deviates", "conforms", "unsupported", "inconclusive", "untested")


class ReportError(ValueError):
    """Input that cannot be reported; the text names the file and what is wrong with it."""


@dataclass(frozen=True)
class Run:
    """One target's run."""

    #: name, kind, version, arch, provider: the `target` of results.json
    target: dict[str, Any]
    #: what `wsconform-judge check --json` printed for each case, in the order of the cases; the driver may add
    #: `baseline` ("same", "new", "fixed", "none")
    judged: list[dict[str, Any]]
    #: the whole trace
    trace: str
    #: wall time of the run
    seconds: float
    #: cases that did not come out the same in every repeat: what was seen, and how often
    unstable: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    #: which shard of how many this is (see `shards` in results.schema.json); None: all cases
    shards: Mapping[str, Any] | None = None
