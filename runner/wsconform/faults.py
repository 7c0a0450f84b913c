"""Where executors run, and the faults that they ask for there.

Cases with the same needs (`requires netns`, `requires inject`) run in one executor, at a site that has what they need.
An executor asks with a line "# fault N: WORD" or "# fault N: WORD(NUMBER, ...)" among its output, and waits for a line
"N done" or "N failed: WHY" on its standard input.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from wsconform import interrupts, processes
from wsconform.cases import Case
from wsconform.inject import Injector
from wsconform.netns import Namespace, Unavailable
from wsconform.targets import Target
from wsconform.wine import Prefix

#: The requirements that need a site of their own.
SITES = ("netns", "inject")
#: At most so many equal sites share the cases of a group, and each has so many at least: at a site one case runs at a time,
#: and waits for the kernel more than it computes.
SHARES_MOST, SHARE_LEAST = 4, 8
Needs = frozenset[str]
PLAIN: Needs = frozenset()

_DEMAND = re.compile(rb"# fault (\d+): *([a-z_]+) *(?:\(([\d, ]*)\))? *\r?$")
#: The words of network faults and the number of their arguments; each is a method of Namespace.
NETWORK_FAULTS = {"link_down": 0, "link_up": 0, "route_gone": 0, "route_back": 0, "address_gone": 0, "drop": 0, "undrop": 0,
                  "connections_killed": 0, "mtu": 1}


def needs(case: Case) -> Needs:
    """What of a site the case needs."""
    return frozenset(case.record.get("requires", ())) & frozenset(SITES)


@dataclass(frozen=True)
class Demand:
    """A fault that an executor asks for."""

    number: int
    word: str
    arguments: tuple[int, ...] = ()


def demand(line: bytes) -> Demand | None:
    """The demand that a line of an executor's output makes, if it does."""
    match = _DEMAND.match(line)
    if match is None:
        return None
    return Demand(int(match[1]), match[2].decode(), tuple(int(n) for n in (match[3] or b"").split(b",") if n.strip()))


@dataclass(frozen=True)
class Site:
    """Where an executor runs. The plain one is this machine as it is, and makes no faults."""

    have: tuple[str, ...] = ()
    namespace: Namespace | None = None
    injector: Injector | None = None

    def command(self, command: Sequence[str]) -> list[str]:
        """The command line that runs the command here."""
        return self.namespace.command(command) if self.namespace else list(command)

    @property
    def environment(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for part in (self.namespace, self.injector):
            found |= part.environment if part else {}
        return found

    @property
    def makes_faults(self) -> bool:
        return self.namespace is not None or self.injector is not None

    def answer(self, asked: Demand) -> bytes:
        """Does what is asked, and says so."""
        try:
            self._make(asked)
        except Unavailable as why:
            return f"{asked.number} failed: {' '.join(str(why).split())}\n".encode()
        return b"%d done\n" % asked.number

    def heal(self) -> None:
        """Everything is as at the start. Raises Unavailable if it cannot be."""
        if self.injector:
            self.injector.heal()
        if self.namespace:
            self.namespace.heal()

    def _make(self, asked: Demand) -> None:
        number = len(asked.arguments)
        if asked.word == "heal" and number == 0:
            self.heal()
        elif asked.word == "inject" and number in (1, 2):
            if not self.injector:
                raise Unavailable("failures are injected only where the case requires inject")
            self.injector.inject(*asked.arguments)
        elif NETWORK_FAULTS.get(asked.word) == number:
            if not self.namespace:
                raise Unavailable("the network is changed only where the case requires netns")
            act: Callable[..., None] = getattr(self.namespace, asked.word)
            act(*asked.arguments)
        else:
            raise Unavailable(f"no fault {asked.word} with {number} numbers is known")


@dataclass
class Sites:
    """The sites of one target, each made when it is first asked for. close() leaves nothing of them."""

    target: Target
    prefix: Prefix | None
    _stack: ExitStack = field(default_factory=ExitStack)
    _known: dict[tuple[Needs, int], Site | str] = field(default_factory=dict)

    def __enter__(self) -> Sites:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._known.clear()
        self._stack.close()

    def find(self, wanted: Needs, number: int = 0) -> Site | str:
        """The site with that (there may be several, by number), or why there is none."""
        key = wanted, number
        if key not in self._known:
            try:
                with interrupts.held():
                    self._known[key] = self._made(wanted)
            except (Unavailable, OSError) as why:
                self._known[key] = str(why)
        return self._known[key]

    def _made(self, wanted: Needs) -> Site:
        have = ("root",) if processes.privileged() else ()
        namespace = injector = None
        if "inject" in wanted:
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="wsconform-")))
            injector = Injector(self.target.arch, folder, native=self.target.executor is not None)
            self._stack.callback(injector.close)
        if "netns" in wanted:
            namespace = Namespace(self.prefix.path if self.prefix else None)
            self._stack.callback(namespace.close)
        return Site(have + tuple(sorted(wanted)), namespace, injector)


def grouped(cases: Iterable[Case], jobs: int) -> list[tuple[Needs, int, list[Case]]]:
    """The cases by what they need of a site: needs, number of the site, cases. With more than one job a group with many cases
    is shared among equal sites. Those with needs come first, as they take their time."""
    found: dict[Needs, list[Case]] = {}
    for case in cases:
        found.setdefault(needs(case), []).append(case)
    groups = []
    for wanted, of_them in sorted(found.items(), key=lambda item: (-len(item[0]), sorted(item[0]))):
        shares = max(1, min(jobs, SHARES_MOST, len(of_them) // SHARE_LEAST)) if wanted else 1
        groups += [(wanted, n, of_them[n::shares]) for n in range(shares)]
    return groups
