"""A case as it ran, from its trace: what the program of a reproducer has to do, in order.

A trace is flat. Here its calls get back what belongs to them: the routines that ran in a call, the return that stood apart,
and the rounds of loops, so that what follows writes it as a programmer would.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wsconform import places
from wsconform.errors import BadUsage

#: A block of calls is written as a loop if it comes so often, and is no longer than that.
ROUNDS_LEAST, BLOCK_MOST = 4, 8


@dataclass(frozen=True)
class Value:
    """An argument: see wsn_value in notation.h."""

    kind: str
    text: str = ""
    name: str = ""
    place: str = ""
    number: int = 0
    count: int | None = None
    repeat: int = 1
    backing: int = 0
    string: str = ""
    items: tuple[Value, ...] = ()

    @classmethod
    def of(cls, raw: dict[str, Any]) -> Value:
        rest: dict[str, Any] = {**raw, "items": tuple(map(cls.of, raw.get("items", ())))}
        return cls(**rest)

    def __str__(self) -> str:
        """As the notation has it."""
        if self.kind != "list":
            return self.text
        count = "" if self.count is None else f" count {self.count}"
        return (f"{self.place} " if self.place else "") + f"[{', '.join(map(str, self.items))}]{count}"


@dataclass
class Call:
    """A call. seen holds what was observed, once for each time that it was made; empty if it never returned."""

    verb: str
    results: tuple[str, ...]
    args: tuple[Value, ...]
    thread: str = ""
    seen: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    apart: bool = False  # of another thread, and its return comes later
    deciding: bool = False
    during: bool = False  # a routine ran in it that must not run there

    @property
    def what(self) -> str:
        made = ", ".join(self.results) + " = " if self.results else ""
        return f"{made}{self.verb}({', '.join(map(str, self.args))})"

    def __str__(self) -> str:
        return (f"{self.thread}: " if self.thread else "") + self.what


@dataclass
class Run:
    """A routine that runs, in that call (None: on a thread that is none of the case's)."""

    routine: str
    args: tuple[Value, ...]
    thread: str
    during: Call | None
    body: list[Node] = field(default_factory=list)
    deciding: bool = False


@dataclass
class Return:
    """The return of a call on another thread."""

    call: Call


@dataclass
class Thread:
    name: str


@dataclass
class Loop:
    """The same calls again and again. until: the last time it went otherwise, and that ended it."""

    times: int
    body: list[Node]
    until: bool = False


Node = Call | Return | Thread | Loop


@dataclass
class Script:
    """What happened up to the call that decides."""

    nodes: list[Node]
    runs: dict[str, list[Run]]  # by routine
    bodies: dict[str, list[Node]]  # what each routine does

    def calls(self) -> Iterator[Call]:
        yield from calls_of(self.nodes)
        for body in self.bodies.values():
            yield from calls_of(body)


def calls_of(nodes: Sequence[Node]) -> Iterator[Call]:
    for node in nodes:
        if isinstance(node, Call):
            yield node
        elif isinstance(node, Loop):
            yield from calls_of(node.body)


def read(path: Path, root: Path | None = None) -> list[dict[str, Any]]:
    """The cases of a file, as the judge has them (wsconform-judge print --json)."""
    command = [str(places.judge()), "print", "--json", *(["--root", str(root)] if root else []), str(path)]
    done = subprocess.run(command, capture_output=True)
    if done.returncode:
        raise BadUsage(done.stderr.decode("utf-8", "replace").strip())
    return [json.loads(line) for line in done.stdout.splitlines()]


@dataclass
class _Reader:
    """Puts the statements of a trace together."""

    line: int  # of the statement that decides
    nodes: list[Node] = field(default_factory=list)
    runs: dict[str, list[Run]] = field(default_factory=dict)
    open: dict[str, list[Call | Run]] = field(default_factory=dict)  # by thread

    def take(self, raw: dict[str, Any]) -> None:
        thread, deciding = raw.get("thread", ""), raw["line"] == self.line
        stack = self.open.setdefault(thread, [])
        within = stack[-1].body if stack and isinstance(stack[-1], Run) else self.nodes
        args = tuple(map(Value.of, raw.get("args", ())))
        if raw["kind"] in ("call", "start"):
            call = Call(raw["verb"], tuple(raw["results"]), args, thread, raw.get("outcomes", [])[:1], deciding=deciding)
            within.append(call)
            if raw["kind"] == "start":
                call.apart = bool(thread) and within is self.nodes
                stack.append(call)
        elif raw["kind"] == "return" and stack and isinstance(stack[-1], Call):
            call = stack[-1]
            stack.pop()
            call.seen += raw["outcomes"][:1]
            call.deciding |= deciding
            if call.apart and self.nodes and self.nodes[-1] is call:
                call.apart = False  # nothing happened meanwhile, but for routines
            elif call.apart:
                self.nodes.append(Return(call))
        elif raw["kind"] == "enter":
            during = next((of for of in reversed(stack) if isinstance(of, Call)), None)
            run = Run(raw["name"], args, thread, during, deciding=deciding)
            if during:
                during.runs.append(run)
                during.during |= deciding
            self.runs.setdefault(run.routine, []).append(run)
            stack.append(run)
        elif raw["kind"] == "leave" and stack:
            stack.pop()
        elif raw["kind"] == "thread" and raw["name"] != "foreign":
            self.nodes.append(Thread(raw["name"]))


def script(statements: Sequence[dict[str, Any]], line: int, written: Sequence[dict[str, Any]] = ()) -> Script:
    """The script up to the statement in that line. A routine that runs where it must not is followed until the call has
    returned in which it ran. written: the statements of the case, if it is known; a routine may have had no chance to do
    what stands there."""
    reader = _Reader(line)
    for raw in statements:
        reader.take(raw)
        if raw["line"] >= line and (raw["kind"] not in ("enter", "leave") and reader.line == line):
            if not any(run.deciding for runs in reader.runs.values() for run in runs) or not any(reader.open.values()):
                break
    planned = {raw["name"]: _planned(raw["body"]) for raw in written if raw["kind"] == "routine"}
    bodies = {name: rolled(_body(planned.get(name, []), reader.runs.get(name, []))) for name in planned | reader.runs}
    return Script(rolled(reader.nodes), reader.runs, bodies)


def _planned(statements: Sequence[dict[str, Any]]) -> list[Node]:
    """Calls that are written, and perhaps were never made."""
    nodes: list[Node] = []
    for raw in statements:
        if raw["kind"] == "repeat":
            nodes += [node for _ in range(raw["times"] if not raw.get("until") else 1) for node in _planned(raw["body"])]
        elif raw["kind"] == "call":
            nodes.append(Call(raw["verb"], tuple(raw["results"]), tuple(map(Value.of, raw["args"]))))
    return nodes


def _body(planned: list[Node], runs: Sequence[Run]) -> list[Node]:
    """What a routine does: as it is written, or the longest of its runs; with all that was seen in each of them."""
    longest: list[Node] = max((run.body for run in runs), key=len, default=[])
    body = planned if len(planned) > len(longest) else longest
    for run in runs:
        for node, same in zip(body, run.body) if run.body is not body else ():
            if isinstance(node, Call) and isinstance(same, Call) and node.what == same.what:
                _join(node, same)
    return body


def _join(node: Call, same: Call) -> None:
    """The same call once more."""
    node.seen += same.seen
    node.runs += same.runs
    node.deciding |= same.deciding
    node.during |= same.during


# --- loops ----------------------------------------------------------------------------------------------------------


def _same(a: Node, b: Node) -> bool:
    return (isinstance(a, Call) and isinstance(b, Call) and not a.results and not a.apart and not b.apart
            and not a.runs and not b.runs and str(a) == str(b))


def _rounds(nodes: Sequence[Node], at: int, size: int) -> int:
    """How often the block of that size stands there, one after the other."""
    n = 1
    while at + (n + 1) * size <= len(nodes) and all(_same(nodes[at + i], nodes[at + n * size + i]) for i in range(size)):
        n += 1
    return n if all(_same(node, node) for node in nodes[at:at + size]) else 1


def rolled(nodes: list[Node]) -> list[Node]:
    """The same with loops for what is done again and again."""
    done: list[Node] = []
    at = 0
    while at < len(nodes):
        size = next((n for n in range(1, BLOCK_MOST + 1) if _rounds(nodes, at, n) >= ROUNDS_LEAST), 0)
        if not size:
            done.append(nodes[at])
            at += 1
            continue
        rounds = _rounds(nodes, at, size)
        body = nodes[at:at + size]
        for n in range(1, rounds):
            for node, same in zip(body, nodes[at + n * size:at + (n + 1) * size]):
                assert isinstance(node, Call) and isinstance(same, Call)
                _join(node, same)
        done.append(Loop(rounds, body, size == 1))
        at += rounds * size
    return done
