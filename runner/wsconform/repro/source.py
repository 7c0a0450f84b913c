"""The C of a reproducer: each call of the script as a programmer would write it, and the check that decides.

A call that only leads up to the deciding one must go as it went when the deviation was seen: else the situation has not
arisen. The deciding one must be as the document allows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from wsconform.repro.outcomes import Outcome, Piece, Ran
from wsconform.repro.trace import Call, Loop, Node, Return, Script, Thread, Value, calls_of

#: Names that a case may give, and that C, Windows or the program itself use otherwise.
_TAKEN = frozenset("""
    auto break case char const continue default do double else enum extern float for goto if inline int long register
    restrict return short signed sizeof static struct switch typedef union unsigned void volatile while main errno near far
    small hyper interface bind connect listen accept socket send recv select shutdown abort raise time signal exit system
    result error waited good packet transferred came ready option set key text size value first returned linger keepalive
    flags overlapped wsa at i j ii jj k end require name_of amount watch watched watch_main died calling guarded
    make_readonly fenced fences fences_intact byte_of fill reuse unchanged from_send size_of loopback local_address nobody
    far_away address raw_socket becomes accept_one received receive end_of told room_for drain drained reset connect_ex
    said compare otherwise lacking next_send next_byte fault run runs n_runs note_run tell_runs ran old during thread
    start_thread begin has_returned wild data buffers events data_id main_id main_thread printed load function under_test
""".split())
_SENDS = ("WSASend", "WSASendTo")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_PAIRS = ("tcp", "tcp6", "udp", "udp6", "af_unix")
#: Sends of more may wait for the peer.
_MAY_WAIT = 65536

_FAULTS = {
    "link_down": "take all network interfaces down, the loopback one too",
    "link_up": "take all network interfaces up again",
    "route_gone": "remove the routes to 198.51.100.2 and 2001:db8:2::2",
    "route_back": "restore the routes to 198.51.100.2 and 2001:db8:2::2",
    "address_gone": "remove the addresses of the interface toward the router",
    "drop": "from now on lose in silence all that arrives at the loopback interface",
    "undrop": "lose nothing any more at the loopback interface",
    "connections_killed": "end every TCP connection, each end by itself",
    "mtu": "set the MTU of the loopback interface to {}",
    "inject": "let the next send in the transport fail with {} (times: {})",
    "heal": "put the network in order again",
}


class Unwritable(Exception):
    """The case cannot be told as a C program; says why."""


@dataclass(frozen=True)
class Decision:
    """What is demanded of the deciding step."""

    allowed: tuple[Outcome, ...]
    perhaps: tuple[Ran, ...]  # routines that may have run beside
    seen: Outcome
    extras: tuple[str, ...]  # what was seen beside the outcome, and must not be
    kind_of_end: str  # crash or hang, instead of an outcome; else ""
    again: bool  # nothing is stated that could be compared with: the same observation again shows it


def quoted(text: str) -> str:
    """A C string."""
    return '"' + escaped(text) + '"'


def escaped(text: str) -> str:
    out = "".join("\\" + c if c in '"\\' else c if " " <= c <= "~" else "".join(f"\\{b:03o}" for b in c.encode("utf-8", "replace")) for c in text)
    return out.replace("??", "?\\?")


@dataclass
class Function:
    """A function while it is written."""

    prefix: str = ""  # of its variables, which are global if others look at them
    lines: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)  # by name: the type
    depth: int = 1

    def put(self, *lines: str) -> None:
        for line in lines:
            self.lines += ["    " * self.depth + part for part in _folded(line)]

    def use(self, name: str, kind: str) -> str:
        """A variable of that type."""
        self.variables[self.prefix + name] = kind
        return self.prefix + name

    def declarations(self) -> list[str]:
        """Of the variables that are used."""
        text = "\n".join(self.lines)
        by_type: dict[str, list[str]] = {}
        for name, kind in self.variables.items():
            if _names(name, text):
                by_type.setdefault(kind, []).append(name)
        return [f"{kind} {', '.join(names)};" for kind, names in by_type.items()]


def _folded(line: str) -> list[str]:
    """A long check on two lines."""
    at = line.rfind(', "')
    return [line[:at + 1], " " * 8 + line[at + 2:]] if len(line) > 110 and line.startswith("require(") and at > 0 else [line]


@dataclass
class Made:
    """A call as it is written: what comes before it, the expression, and how its result is kept, compared and told."""

    call: Call
    expression: str
    result: str = ""  # the variable for the expression's value; "" if that is not looked at
    kind: str = "int"  # and its type
    error: str = ""  # the variable for the last error
    fails: str = ""  # when that is looked at
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    #: The condition for an outcome, given the expressions for result and error.
    holds: Callable[[Outcome, str, str], str] = lambda outcome, result, error: "TRUE"
    tell: tuple[str, tuple[str, ...]] = ("", ())  # printf's format and arguments
    extra: dict[str, str] = field(default_factory=dict)  # when something was seen that must not be
    truth: str = ""  # the expression, if it is TRUE or FALSE in C and 0 or SOCKET_ERROR here
    ran: bool = False  # routines that run in it are part of what it did

    def exact(self, outcome: Outcome) -> str:
        return self.holds(outcome, self.result, self.error)

    def ahead(self, *users: str) -> list[str]:
        """What comes before the call; a variable for the checks only if one uses it."""
        return [line for line in self.before if not line.startswith("first = ") or any(_names("first", text) for text in users)]

    def keep(self, *users: str) -> list[str]:
        """Makes the call, and keeps of its result and of the error what is used in those texts."""
        used = " ".join([*users, *self.after])
        if not self.result or not _names(self.result, used):
            return [f"{self.expression};"] if self.expression else []
        lines = [f"{self.result} = {self.expression};"]
        if self.error and _names(self.error, used):
            lines.append(f"{self.error} = {self.fails} ? WSAGetLastError() : 0;")
        return lines


def _names(name: str, text: str) -> bool:
    """Does this C name it, outside of strings?"""
    return re.search(rf"\b{name}\b", _STRING.sub("", text)) is not None


def loose(seen: str) -> Outcome:
    """The outcome of its kind: without amounts, which may be others the next time, and without what was seen beside."""
    outcome = Outcome.of(seen)
    outcome.sent = outcome.transferred = None
    outcome.untouched = False
    outcome.ran = [Ran(r.routine, r.error, None, r.overlapped, "") for r in outcome.ran]
    outcome.pieces = [Piece(0, 0, sum(p.size for p in outcome.pieces))] if outcome.pieces else []
    return outcome


@dataclass
class Writer:
    """Writes one program; what it needs beside its functions is collected here."""

    script: Script
    decision: Decision
    limit_ms: int
    needs: set[str] = field(default_factory=set)  # helpers of the template
    pairs: dict[tuple[str, ...], str] = field(default_factory=dict)  # helpers that make pairs, by verb and options
    used: set[str] = field(default_factory=set)  # functions that a provider may have
    globals: dict[str, str] = field(default_factory=dict)  # declarations, by name
    start: list[str] = field(default_factory=list)  # the first lines of main
    jobs: dict[str, Function] = field(default_factory=dict)  # calls of other threads
    routines: dict[str, Function] = field(default_factory=dict)
    apcs: set[str] = field(default_factory=set)  # routines that are used as user APCs, and as blocking hooks
    hooks: set[str] = field(default_factory=set)
    threads: list[str] = field(default_factory=list)
    main: Function = field(default_factory=Function)
    kinds: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # type; of a socket also its family and type
    makers: dict[str, list[Call]] = field(default_factory=dict)  # the calls that make what has that name
    events: dict[str, str] = field(default_factory=dict)  # hEvent of each OVERLAPPED
    places: dict[str, list[Value]] = field(default_factory=dict)  # where each object lies, by name
    blocks: dict[str, str] = field(default_factory=dict)  # the pointer to each OVERLAPPED, where it was last
    waiting: dict[int, list[str]] = field(default_factory=dict)  # what to check when a call of another thread returns
    numbers: dict[str, int] = field(default_factory=dict)  # for names of one kind
    drained: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        calls = list(self.script.calls())
        deciding = {call.verb for call in calls if call.deciding}
        self.checks_data = bool(deciding & {"recv", "recv_oob"}) or "changed data" in self.decision.extras
        self.fenced = "changed guard" in self.decision.extras
        for call in calls:
            for name in call.results:
                self._note(call, name)
                self.makers.setdefault(name, []).append(call)
            for value in call.args:
                if value.kind == "ref":
                    self.kinds.setdefault(value.name, ("DWORD", "", ""))
                    known = self.places.setdefault(value.name, [])
                    if value not in known:
                        known.append(value)
        # What may arrive is not stated: then it has to be what the sends said.
        self.compares_stream = self.decision.again and any(
            call.deciding and call.verb == "recv" and self.kinds.get(call.args[0].name, ("", "", ""))[2] == "SOCK_STREAM" for call in calls)
        named = {value.name for call in calls for value in call.args}
        names = [name for name, kind in self.kinds.items() if kind[0] == "routine" and name in named]
        if names:
            self.needs.add("runs")
        for name in names:
            self.routines[name] = Function()
        self._nodes(self.main, self.script.nodes)
        for name in names:
            self._routine(name)

    def _note(self, call: Call, name: str) -> None:
        words = [v.text for v in call.args]
        if call.verb in _PAIRS:
            family = "AF_INET6" if call.verb.endswith("6") else "AF_UNIX" if call.verb == "af_unix" else "AF_INET"
            self.kinds[name] = ("SOCKET", family, "SOCK_DGRAM" if call.verb.startswith("udp") else "SOCK_STREAM")
        elif call.verb in ("socket", "WSASocket"):
            self.kinds[name] = ("SOCKET", words[0], words[1])
        elif call.verb == "raw":
            self.kinds[name] = ("SOCKET", "AF_INET", "SOCK_RAW")
        elif call.verb in ("accept", "DuplicateHandle", "WSADuplicateSocket"):
            self.kinds[name] = self.kinds.get(words[0], ("SOCKET", "AF_INET", "SOCK_STREAM"))
        elif call.verb == "routine":
            self.kinds[name] = ("routine", "", "")
        else:
            kind = {"WSACreateEvent": "WSAEVENT", "overlapped": "OVERLAPPED"}.get(call.verb, "HANDLE")
            self.kinds[name] = (kind, "", "")

    # --- names and values ----------------------------------------------------------------------------------------

    def name(self, name: str) -> str:
        """A name of the case as an identifier."""
        return name + "_" if name in _TAKEN or name.isupper() else name

    def object(self, name: str) -> str:
        """The variable of that name, declared."""
        mine, kind = self.name(name), self.kinds[name][0]
        if kind != "routine":
            self.globals.setdefault(mine, f"static {kind} {mine}{' = INVALID_SOCKET' if kind == 'SOCKET' else ''};")
        return mine

    def number(self, kind: str) -> str:
        """A name of that kind that nothing else has: from the second one on with a number."""
        self.numbers[kind] = self.numbers.get(kind, 0) + 1
        return f"{kind}{self.numbers[kind]}" if self.numbers[kind] > 1 else kind

    def pointer(self, value: Value) -> str:
        """A pointer argument: to an object of the case, where that lies, or to nothing."""
        if value.kind != "ref":
            return self.nowhere(value.place)
        kind = self.kinds[value.name][0]
        if not value.place and not self.fenced:
            return "&" + self.object(value.name)
        word = {"guard": "guarded", "readonly": "readonly", "straddle": "cut", "": "fenced"}[value.place]
        mine = f"{word}_{value.name}"
        if mine not in self.globals:
            self.globals[mine] = f"static {kind} *{mine};"
            if kind == "DWORD":
                self.start += self.placing(value)
        return mine

    def placing(self, value: Value) -> list[str]:
        """What puts an object in its place."""
        mine = self.pointer(value)
        self.needs |= {"fenced"} if not value.place else {"guarded", "readonly"} if value.place == "readonly" else {"guarded"}
        size = f"sizeof *{mine}"
        lines = [f"{mine} = {'fenced' if not value.place else 'guarded'}({size}{' / 2' if value.place == 'straddle' else ''});"]
        event = self.events.get(value.name, "NULL")
        if event != "NULL" and value.place != "straddle":
            lines.append(f"{mine}->hEvent = {event};")
        if value.place == "readonly":
            lines.append(f"make_readonly({mine}, {size});")
        return lines

    def nowhere(self, place: str) -> str:
        if place in ("wild", "kernel"):
            self.needs.add(place)
        return {"wild": "wild", "kernel": "KERNEL"}.get(place, "NULL")

    def content(self, value: Value) -> str:
        """The variable behind a pointer argument; "" if it cannot be read."""
        if value.kind != "ref" or value.place == "straddle":
            return ""
        pointer = self.pointer(value)
        return pointer[1:] if pointer.startswith("&") else "*" + pointer

    def handle(self, value: Value, kind: str = "SOCKET") -> str:
        if value.name in self.kinds:
            mine = self.object(value.name)
            return mine if kind in (self.kinds[value.name][0], "") else f"({kind}){mine}"
        if value.name:
            return value.name
        return "NULL" if value.number == 0 and kind != "SOCKET" else f"({kind})(ULONG_PTR){value.text}"

    def routine_argument(self, value: Value) -> str:
        if value.name in self.kinds:
            return self.name(value.name)
        return "NULL" if value.place == "NULL" else f"(LPWSAOVERLAPPED_COMPLETION_ROUTINE){self.nowhere(value.place)}"

    def overlapped(self, value: Value) -> str:
        pointer = self.pointer(value)
        if value.kind == "ref":
            self.blocks[value.name] = pointer
        return pointer

    def family(self, value: Value) -> str:
        return self.kinds.get(value.name, ("", "AF_INET", ""))[1]

    # --- statements ------------------------------------------------------------------------------------------------

    def _nodes(self, f: Function, nodes: Sequence[Node]) -> None:
        for node in nodes:
            if isinstance(node, Thread):
                self.needs.add("threads")
                self.threads.append(node.name)
                f.put(f"start_thread(&{self.name(node.name)});")
            elif isinstance(node, Loop):
                self._loop(f, node)
            elif isinstance(node, Return):
                self._returned(f, node.call)
            elif node.thread and f is self.main:
                self._elsewhere(f, node)
            else:
                self._call(f, node)

    def _call(self, f: Function, call: Call) -> None:
        if call.verb == "fault":
            self._fault(f, call)
            return
        if call.verb == "drain":
            self._drain(f, call)
            return
        made = self.make(f, call)
        check: list[str] = []
        if call.deciding and not self.decision.kind_of_end:
            check = self._decide(made)
        elif call.seen and made.result and not call.deciding:
            check = [f"require({self.any(made, call.seen)}, {quoted(self.expected(call))});"]
        f.put(*made.ahead(*check))
        if call.during:
            f.put(f"during = {quoted(str(call))};")
        if call.deciding:
            self._decide_here(f, made, check)
        elif check and made.kind == "int" and not made.ran and len(call.seen) == 1 and \
                not any(_names(made.result, line) for line in made.after):
            self._require_inline(f, made)
            f.put(*made.after)
        else:
            f.put(*made.keep(*check), *made.after, *check)
        if call.during:
            f.put("during = NULL;")

    def expected(self, call: Call) -> str:
        seen = loose(call.seen[-1]).bare if call.seen else ""
        return f"{call} = {seen}" if seen else str(call)

    def any(self, made: Made, seen: Sequence[str]) -> str:
        """It went as it did one of these times."""
        found = list(dict.fromkeys(made.exact(loose(text)) for text in seen))
        return " || ".join(f"({text})" for text in found) if len(found) > 1 else found[0]

    def _require_inline(self, f: Function, made: Made) -> None:
        outcome = loose(made.call.seen[0])
        if made.truth and outcome.words == ["0"]:
            condition = made.truth
        else:
            condition = made.holds(outcome, made.expression, "WSAGetLastError()")
        f.put(f"require({condition}, {quoted(self.expected(made.call))});")

    def _loop(self, f: Function, loop: Loop) -> None:
        calls = list(calls_of(loop.body))
        kinds = {loose(seen).text for call in calls for seen in call.seen[:-1]}
        last = calls[0]
        ends = loop.until and (last.deciding or loose(last.seen[-1]).bare not in {loose(s).bare for s in last.seen[:-1]})
        times = str(loop.times * 4 + 1000) if ends else str(loop.times)
        i = ("i", "j", "ii", "jj")[min(f.depth - 1, 3)]
        f.use(i, "int")
        i = f.prefix + i
        f.put(f"for ({i} = 0; {i} < {times}; {i}++) {{")
        f.depth += 1
        if ends and kinds:
            made = self.make(f, last)
            early, late = self.any(made, last.seen[:-1]), made.exact(loose(last.seen[-1]))
            if last.deciding:
                check = [f"if ({early})", "    continue;", *self._decide(made), "break;"]
            else:
                check = [f"if ({late})", f"    break; /* after {loop.times - 1} rounds when this was recorded */",
                         f"require({early}, {quoted(str(last))});"]
            f.put(*made.ahead(*check), *made.keep(*check), *made.after, *check)
        else:
            self._nodes(f, loop.body)
        f.depth -= 1
        f.put("}")
        if ends and not last.deciding:
            f.put(f"require({i} < {times}, {quoted(self.expected(last))});")

    def _elsewhere(self, f: Function, call: Call) -> None:
        """A call that another thread makes, while this one waits for it or goes on."""
        thread = self.name(call.thread)
        job = Function(prefix=f"{thread}_")
        name = self.number(f"{job.prefix}{call.verb}")
        made = self.make(job, call)
        check: list[str] = []
        if call.deciding and self.decision.kind_of_end != "hang":
            check = self._decide(made)
        elif call.seen and made.result and not call.deciding:
            check = [f"require({self.any(made, call.seen)}, {quoted(self.expected(call))});"]
        # Which runs of routines are this call's is noted by this thread, for the one that looks at them.
        def own(line: str) -> str:
            return re.sub(r"\bfirst\b", f"{job.prefix}first", line)
        if job.variables.pop("first", None) and any(_names("first", line) for line in check):
            job.variables[own("first")] = "int"
        job.put(*map(own, made.ahead(*check)), *made.keep(*check), *made.after)
        check = [own(line) for line in check]
        for line in job.declarations():
            self.globals.setdefault(line, f"static {line}")
        job.variables.clear()
        self.jobs[name] = job
        self.waiting[id(call)] = check
        f.put(f"begin(&{thread}, {name}); /* {call}{' ...' if call.apart else ''} */")
        if not call.apart:
            self._returned(f, call)

    def _returned(self, f: Function, call: Call) -> None:
        thread = self.name(call.thread)
        if call.verb == "ExitThread":
            f.put(f"require(WaitForSingleObject({thread}.handle, LIMIT) == WAIT_OBJECT_0, {quoted(str(call))});")
        elif call.deciding and self.decision.kind_of_end == "hang":
            idle = " && n_runs == 0" if self.routines and not call.runs else ""
            f.put(f"if (!has_returned(&{thread}, LIMIT){idle})",
                  f"    end(SHOWN, {quoted(f'{call} did not return')});")
        else:
            f.put(f"require(has_returned(&{thread}, LIMIT), {quoted(f'{call} returns')});", *self.waiting[id(call)])

    def _fault(self, f: Function, call: Call) -> None:
        self.needs.add("fault")
        for value in call.args:
            words = f"{value.name}({', '.join(str(item.number) for item in value.items)})" if value.items else value.name
            told = _FAULTS.get(value.name, value.name).format(*(item.text for item in value.items), 1)
            f.put(f"fault({quoted(f'{words}: {told}')});")

    def _drain(self, f: Function, call: Call) -> None:
        self.needs |= {"drain", "ready"}
        name = call.args[0].name
        self.drained.add(name)
        self.globals[f"drained_{name}"] = f"static struct drained drained_{name};"
        f.put(f"drain(&drained_{name}, {self.object(name)}); /* a thread reads all that arrives there from now on */")

    # --- the deciding step -----------------------------------------------------------------------------------------

    def _decide_here(self, f: Function, made: Made, check: list[str]) -> None:
        call, ends = made.call, self.decision.kind_of_end
        text = quoted(str(call))
        if ends == "crash":
            self.needs.add("crash")
            f.put(f"calling = {text};", f"{made.expression};", "calling = NULL;", 'puts("It returned.");')
            return
        waits = call.verb in _SENDS and sum(item.number * item.repeat for item in call.args[1].items) > _MAY_WAIT
        if ends == "hang" or waits:
            self.needs.add("watch")
            f.put(f"watch({text}, {'SHOWN' if ends == 'hang' else 'NOT_ARISEN'});")
        if ends == "hang":
            f.put(f"{made.expression};", "watched = NULL;", 'puts("It returned.");')
        else:
            f.put(*made.keep(*check), *(["watched = NULL;"] if waits else []), *made.after, *check)

    def _decide(self, made: Made) -> list[str]:
        form, arguments = made.tell
        lines = [f"printf({quoted(f'seen      {form}')[:-1]}\\n\"{''.join(f', {a}' for a in arguments)});"]
        if made.ran and self.routines:
            self.needs.add("tell_runs")
            lines.append("tell_runs(first);")
        extras = [made.extra[extra] for extra in self.decision.extras if extra in made.extra]
        if self.decision.again:
            condition = made.exact(self.decision.seen)
        else:
            allowed = list(dict.fromkeys(made.exact(one) for one in self.decision.allowed))
            condition = " || ".join(f"({one})" if "&&" in one and len(allowed) > 1 else one for one in allowed) or "FALSE"
            condition = f"!({condition})"
        return [*lines, f"if ({' || '.join([condition, *extras])})", "    end(SHOWN, NULL);"]

    # --- routines ----------------------------------------------------------------------------------------------------

    def _routine(self, name: str) -> None:
        f = self.routines[name]
        f.put(f"note_run({quoted(name)}, error, transferred, overlapped, flags);")
        run = next((run for run in self.script.runs.get(name, ()) if run.deciding), None)
        if run is not None and run.during is None:
            self.needs.add("main_id")
            known = ["main_id", *(f"GetThreadId({self.name(t)}.handle)" for t in self.threads)]
            f.put(f"if ({' && '.join(f'GetCurrentThreadId() != {id}' for id in known)})",
                  '    end(SHOWN, "on a thread that the program did not make");')
        elif run is not None:
            self.needs.add("during")
            f.put("if (during)", "    end(SHOWN, during);")
        self._nodes(f, self.script.bodies.get(name, []))

    def ran(self, ran: Ran) -> str:
        """How often that ran since the call began."""
        self.needs.add("ran")
        error = {"any_error": "ANY_ERROR"}.get(ran.error, ran.error)
        amounts = f"{ran.transferred.low}, {ran.transferred.high}" if ran.transferred else "0, MAXDWORD"
        block = self.blocks.get(ran.overlapped[1:], "") if ran.overlapped.startswith("&") else "NULL"
        if ran.overlapped == "wild" or not block:
            self.needs.add("anywhere")
            block = "ANYWHERE"
        return f"ran(first, {quoted(ran.routine)}, {error}, {amounts}, {block}, {ran.flags or 'ANY_FLAGS'})"

    def runs(self, call: Call, outcome: Outcome) -> list[str]:
        """Conditions: what ran since the call began. Runs that are told apart are no part of an outcome."""
        if not self.routines or (call.runs and not call.deciding):
            return []
        most = len(outcome.ran) + (len(self.decision.perhaps) if call.deciding else 0)
        each = [f"{self.ran(ran)} == {outcome.ran.count(ran)}" for ran in dict.fromkeys(outcome.ran)]
        return [*each, f"n_runs - first {'==' if most == len(outcome.ran) else '<='} {most}"]

    # --- calls ---------------------------------------------------------------------------------------------------------

    def make(self, f: Function, call: Call) -> Made:
        from wsconform.repro.calls import make

        return make(self, f, call)
