"""How each verb of the notation is written in C."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from wsconform.repro.outcomes import Amount, Outcome
from wsconform.repro.trace import Call, Value

if TYPE_CHECKING:
    from wsconform.repro.source import Function, Made, Writer

#: Functions that return 0 or SOCKET_ERROR, and those that return TRUE or FALSE.
_NUMBERS = {"WSACleanup": "WSACleanup()", "listen": "listen({0}, 1)", "shutdown": "shutdown({0}, {1})",
            "WSASendDisconnect": "WSASendDisconnect({0}, NULL)", "closesocket": "closesocket({0})"}
_TRUTHS = {"WSASetEvent": "WSASetEvent({0})", "WSAResetEvent": "WSAResetEvent({0})", "WSACloseEvent": "WSACloseEvent({0})",
           "CancelIo": "CancelIo({0})"}
_WITH_ADDRESS = {"bind": "bind({0}, &at.any, size_of(&at))", "connect": "connect({0}, &at.any, size_of(&at))",
                 "WSAConnect": "WSAConnect({0}, &at.any, size_of(&at), NULL, NULL, NULL, NULL)",
                 "ConnectEx": "connect_ex({0}, &at)"}
#: So many WSABUFs are written out one by one.
_WRITTEN_MOST = 6


def make(w: Writer, f: Function, call: Call) -> Made:
    """The call in that function of the program."""
    from wsconform.repro.source import Unwritable

    for verb in (call.verb, "_maker" if call.results else ""):
        if verb in _VERBS:
            return _VERBS[verb](w, f, call)
    if call.verb in _NUMBERS or call.verb in _TRUTHS or call.verb in _WITH_ADDRESS:
        return _function(w, f, call)
    raise Unwritable(f"there is no C for {call.verb}")


# --- outcomes ---------------------------------------------------------------------------------------------------------


def _code(words: list[str], error: str) -> str:
    """The condition for the code in an outcome like SOCKET_ERROR CODE."""
    if len(words) < 2 or words[1] == "any_error":
        return ""
    return f"{error} == {'NO_ERROR_SET' if words[1] == 'no_error' else words[1]}"


def _number(outcome: Outcome, result: str, error: str) -> str:
    """0, or SOCKET_ERROR CODE, or any other number."""
    return " && ".join(filter(None, [f"{result} == {outcome.words[0] if outcome.words else '0'}", _code(outcome.words, error)]))


def _int(w: Writer, f: Function, call: Call, expression: str) -> Made:
    from wsconform.repro.source import Made

    result, error = f.use("result", "int"), f.use("error", "DWORD")
    return Made(call, expression, result, "int", error, f"{result} == SOCKET_ERROR", holds=_number,
                tell=("%d, error %s", (result, f"name_of({error})")))


def _bool(w: Writer, f: Function, call: Call, expression: str) -> Made:
    made = _int(w, f, call, f"({expression} ? 0 : SOCKET_ERROR)")
    made.truth = expression
    return made


def _amount(amount: Amount | None, variable: str) -> str:
    return amount.holds(variable) if amount else ""


def _all(*conditions: str) -> str:
    return " && ".join(filter(None, conditions)) or "TRUE"


# --- sends ------------------------------------------------------------------------------------------------------------


def _send(w: Writer, f: Function, call: Call) -> Made:
    to = call.verb == "WSASendTo"
    array, variable, overlapped, routine = call.args[1], call.args[2], call.args[-2], call.args[-1]
    before: list[str] = []
    after: list[str] = []
    extra: dict[str, str] = {}
    data, buffers = w.number("data"), w.number("buffers")
    pointer, count = _buffers(w, f, array, data, buffers, before, call)
    if w.checks_data and not _fillable(array):
        w.needs.add("pattern")
        before.append("data_id++;")
    sent = w.content(variable)
    if sent and variable.place != "readonly":
        before.append(f"{sent} = UNTOUCHED;")
    if to:
        before += _address(w, f, call.args[0], call.args[4])
    for seen in [*call.seen, *(outcome.text for outcome in w.decision.allowed)]:
        if "no_error" in seen:
            w.needs.add("no_error")
            before.append("WSASetLastError(NO_ERROR_SET);")
            break
    arguments = [w.handle(call.args[0]), pointer, count, w.pointer(variable), call.args[3].text.replace("|", " | ")]
    arguments += ["&at.any, size_of(&at)"] if to else []
    arguments += [w.overlapped(overlapped), w.routine_argument(routine)]
    made = _int(w, f, call, f"{call.verb}({', '.join(arguments)})")
    if w.checks_data and _fillable(array):
        if w.compares_stream:
            w.needs.add("said")
            length = sum(item.number * item.repeat for item in array.items)
            took = f"{sent}" if sent else str(length)
            pending = f" : {made.error} == WSA_IO_PENDING ? {length}" if overlapped.kind == "ref" else ""
            after.append(f"said[data_id] = {made.result} == 0 ? {took}{pending} : 0;")
        if array.place in ("", "guard") and _n(array) >= int(count):
            after.append(f"reuse({pointer}, {count}, {made.result} == 0 || {made.error} != WSA_IO_PENDING);")
    event = w.events.get(overlapped.name, "NULL")
    if call.deciding and "event set" in w.decision.extras and event != "NULL":
        extra["event set"] = f"WaitForSingleObject({event}, 0) == WAIT_OBJECT_0"
    if call.deciding and "changed lpOverlapped" in w.decision.extras and overlapped.kind == "ref":
        extra["changed lpOverlapped"] = f"{w.content(overlapped)}.hEvent != {event}" if "*" not in w.content(overlapped) else \
            f"{w.pointer(overlapped)}->hEvent != {event}"
    if call.deciding and "changed lpBuffers" in w.decision.extras:
        w.globals[f"was_{buffers}"] = f"static WSABUF was_{buffers}[{_n(array)}];"
        before.append(f"memcpy(was_{buffers}, {pointer}, sizeof was_{buffers});")
        extra["changed lpBuffers"] = f"memcmp(was_{buffers}, {pointer}, sizeof was_{buffers}) != 0"
    if "changed data" in w.decision.extras and _fillable(array):
        extra["changed data"] = f"!unchanged({buffers}, {count}, data_id)"
        after = [line for line in after if not line.startswith("reuse")]
    if "changed guard" in w.decision.extras:
        extra["changed guard"] = "!fences_intact()"

    def holds(outcome: Outcome, result: str, error: str) -> str:
        amount = _amount(outcome.sent, sent) if sent else ""
        if outcome.untouched and sent:
            amount = f"{sent} == UNTOUCHED"
        return _all(_number(outcome, result, error), amount)

    made.before, made.after, made.extra, made.holds = before, after, extra, holds
    if sent:
        form, told = made.tell
        made.tell = form + ", *lpNumberOfBytesSent %s", (*told, f"amount({sent})")
        w.needs.add("amount")
    if "event set" in extra:
        form, told = made.tell
        made.tell = form + ", event %s", (*told, f'{extra["event set"]} ? "set" : "not set"')
    return made


def _n(array: Value) -> int:
    return sum(item.repeat for item in array.items)


def _fillable(array: Value) -> bool:
    """Nothing special about the buffers: they can be filled, and used again."""
    return bool(array.items) and all(
        item.kind == "buffer" and item.place in ("", "guard", "NULL") and item.backing == item.number
        and (item.place != "NULL" or not item.number) for item in array.items)


def _buffers(w: Writer, f: Function, array: Value, data: str, buffers: str, before: list[str], call: Call) -> tuple[str, str]:
    """The array of WSABUFs and what its elements point to. Gives the expressions for lpBuffers and dwBufferCount."""
    n = _n(array)
    count = array.count if array.count is not None else n
    if array.kind != "list":
        return w.nowhere(array.place), str(count)
    if not n:
        w.needs.add("guarded")
        return "guarded(0)", str(count)
    total = sum(item.number * item.repeat for item in array.items if not item.place and item.backing == item.number)
    fenced = w.fenced and total
    if fenced:
        w.needs.add("fenced")
        w.globals[data] = f"static char *{data};"
        before.append(f"{data} = fenced({total});")
    elif any(not item.place and item.backing == item.number for item in array.items):
        w.globals[data] = f"static char {data}[{max(total, 1)}];"
    if n <= _WRITTEN_MOST:
        parts, at = [], 0
        for item in array.items:
            for _ in range(item.repeat):
                parts.append(f"{{{_length(item)}, {_memory(w, item, data, at)}}}")
                at += 0 if item.place or item.backing != item.number else item.number
        if not w.checks_data and not fenced and all(item.place in ("", "NULL", "kernel") and item.backing == item.number
                                                    for item in array.items):
            w.globals[buffers] = f"static WSABUF {buffers}[] = {{{', '.join(parts)}}};"
            return _placed_array(w, array, buffers, n, before), str(count)
        w.globals[buffers] = f"static WSABUF {buffers}[{n}];"
        before += [f"{buffers}[{i}].len = {part[1:-1].split(', ', 1)[0]}, {buffers}[{i}].buf = {part[1:-1].split(', ', 1)[1]};"
                   for i, part in enumerate(parts)]
    else:
        w.globals[buffers] = f"static WSABUF {buffers}[{n}];"
        first = at = 0
        for item in array.items:
            k = f.use("k", "int")
            plain = not item.place and item.backing == item.number
            if item.repeat == 1:
                before += [f"{buffers}[{first}].len = {_length(item)}, {buffers}[{first}].buf = {_memory(w, item, data, at)};"]
            else:
                index = f"({k} - {first})" if first else k
                step = f" + {index} * {item.number}" if item.number > 1 else f" + {index}" if item.number else ""
                memory = f"{data}{f' + {at}' if at else ''}{step}" if plain else _memory(w, item, data, at)
                before += [f"for ({k} = {first}; {k} < {first + item.repeat}; {k}++) {{", f"    {buffers}[{k}].len = {_length(item)};",
                           f"    {buffers}[{k}].buf = {memory};", "}"]
            first += item.repeat
            at += item.number * item.repeat if plain else 0
    if w.checks_data and _fillable(array):
        w.needs |= {"pattern", "fill"}
        before.append(f"fill({buffers}, {n}, ++data_id);")
    for i, item in enumerate(array.items):
        if item.place == "readonly" and n <= _WRITTEN_MOST:
            w.needs.add("readonly")
            before.append(f"make_readonly({buffers}[{i}].buf, {item.number});")
    return _placed_array(w, array, buffers, n, before), str(count)


def _length(item: Value) -> str:
    return f"{item.number}u" if item.number > 0x7FFFFFFF else str(item.number)


def _memory(w: Writer, item: Value, data: str, at: int) -> str:
    """Where a buffer is."""
    if item.place in ("NULL", "wild", "kernel"):
        return w.nowhere(item.place)
    if not item.place and item.backing == item.number:
        return f"{data} + {at}" if at else data
    w.needs.add("guarded")
    valid = item.backing if item.backing < item.number else item.number // 2 if item.place == "straddle" else item.number
    return f"guarded({valid})"


def _placed_array(w: Writer, array: Value, buffers: str, n: int, before: list[str]) -> str:
    exact = array.count is not None and array.count > n
    if not array.place and not exact and not w.fenced:
        return buffers
    size = f"sizeof {buffers}" + (" - sizeof(void *)" if array.place == "straddle" else "")
    word = "fenced" if w.fenced and not array.place and not exact else "guarded"
    w.needs.add(word)
    mine = f"placed_{buffers}"
    w.globals[mine] = f"static WSABUF *{mine};"
    before += [f"{mine} = {word}({size});", f"memcpy({mine}, {buffers}, {size});"]
    if array.place == "readonly":
        w.needs.add("readonly")
        before.append(f"make_readonly({mine}, {size});")
    return mine


# --- addresses ----------------------------------------------------------------------------------------------------------


def _address(w: Writer, f: Function, socket: Value, value: Value) -> list[str]:
    """Puts an address into the variable "at"."""
    w.needs.add("address")
    f.variables["at"] = "address"
    family, kind = w.family(socket), w.kinds.get(socket.name, ("", "", "SOCK_STREAM"))[2]
    if value.name == "loopback":
        return [f"at = loopback({family});"]
    if value.name == "nobody":
        w.needs.add("nobody")
        return [f"at = nobody({family}, {kind});"]
    if value.name in ("beyond", "silent"):
        w.needs.add("far")
        v6 = family == "AF_INET6"
        text = {"beyond": "2001:db8:2::2" if v6 else "198.51.100.2", "silent": "2001:db8:1::99" if v6 else "192.0.2.99"}[value.name]
        return [f'at = far_away({family}, "{text}");']
    w.needs.add("local")
    return [f"at = local_address({w.handle(value)});"]


# --- functions of sockets -------------------------------------------------------------------------------------------------


def _function(w: Writer, f: Function, call: Call) -> Made:
    first = w.handle(call.args[0], "WSAEVENT" if "Event" in call.verb else "SOCKET") if call.args else ""
    if call.verb == "CancelIo":
        first = w.handle(call.args[0], "HANDLE")
    if call.verb in _WITH_ADDRESS:
        before = _address(w, f, call.args[0], call.args[1])
        if call.verb == "ConnectEx":
            w.needs |= {"connect_ex", "address"}
        made = _int(w, f, call, _WITH_ADDRESS[call.verb].format(first))
        made.before = before
        return made
    words = [first, *(value.text for value in call.args[1:])]
    if call.verb in _TRUTHS:
        return _bool(w, f, call, _TRUTHS[call.verb].format(*words))
    return _int(w, f, call, _NUMBERS[call.verb].format(*words))


def _startup(w: Writer, f: Function, call: Call) -> Made:
    f.variables["wsa"] = "WSADATA"
    made = _int(w, f, call, f"WSAStartup({call.args[0].text if call.args else 'MAKEWORD(2, 2)'}, &wsa)")
    # Its result is the code itself.
    made.fails = "FALSE"

    def holds(outcome: Outcome, result: str, error: str) -> str:
        return f"{result} == {outcome.words[1] if len(outcome.words) > 1 else 0}"

    made.holds = holds
    return made


def _abort(w: Writer, f: Function, call: Call) -> Made:
    w.needs.add("abort")
    return _int(w, f, call, f"reset({w.handle(call.args[0])})")


def _ioctl(w: Writer, f: Function, call: Call) -> Made:
    f.variables["value"] = "u_long"
    made = _int(w, f, call, f"ioctlsocket({w.handle(call.args[0])}, (long){call.args[1].text}, &value)")
    made.before = [f"value = {call.args[2].text};"]
    return made


def _setsockopt(w: Writer, f: Function, call: Call) -> Made:
    level = call.args[1].text if len(call.args) == 4 else "SOL_SOCKET"
    option, value = call.args[-2].text, call.args[-1].text
    linger = option == "SO_LINGER" and level == "SOL_SOCKET"
    f.variables["linger" if linger else "option"] = "struct linger" if linger else "int"
    name = "linger" if linger else "option"
    made = _int(w, f, call, f"setsockopt({w.handle(call.args[0])}, {level}, {option}, (const char *)&{name}, sizeof {name})")
    made.before = [f"linger.l_onoff = {value} != 0, linger.l_linger = {value};"] if linger else [f"option = {value};"]
    return made


def _getsockopt(w: Writer, f: Function, call: Call) -> Made:
    option, size = f.use("option", "int"), f.use("size", "int")
    made = _int(w, f, call, f"getsockopt({w.handle(call.args[0])}, SOL_SOCKET, {call.args[1].text}, (char *)&{option}, &{size})")
    made.before = [f"{option} = 0, {size} = sizeof {option};"]

    def holds(outcome: Outcome, result: str, error: str) -> str:
        return _all(_number(outcome, result, error), f"{option} == {outcome.value}" if outcome.value is not None else "")

    made.holds = holds
    made.tell = ("%d, error %s, value %d", (made.result, f"name_of({made.error})", option))
    return made


def _keepalive(w: Writer, f: Function, call: Call) -> Made:
    f.variables["keepalive"], f.variables["returned"] = "struct tcp_keepalive", "DWORD"
    made = _int(w, f, call, f"WSAIoctl({w.handle(call.args[0])}, SIO_KEEPALIVE_VALS, &keepalive, sizeof keepalive, NULL, 0, "
                "&returned, NULL, NULL)")
    made.before = ["keepalive.onoff = 1;", f"keepalive.keepalivetime = {call.args[1].text};",
                   f"keepalive.keepaliveinterval = {call.args[2].text};"]
    return made


def _wsaioctl(w: Writer, f: Function, call: Call) -> Made:
    f.variables["returned"] = "DWORD"
    return _int(w, f, call, f"WSAIoctl({w.handle(call.args[0])}, {call.args[1].text}, NULL, 0, NULL, 0, &returned, NULL, NULL)")


def _receive_started(w: Writer, f: Function, call: Call) -> Made:
    size, name = call.args[1].text, w.number("incoming")
    w.globals[name] = f"static struct {{ WSABUF buffer; DWORD received, flags; char data[{max(int(size), 1)}]; }} {name};"
    overlapped, routine = w.overlapped(call.args[2]), w.routine_argument(call.args[3])
    extra = ""
    if call.verb == "WSARecvFrom":
        w.needs.add("address")
        w.globals[f"{name}_from"] = f"static address {name}_from;\nstatic int {name}_size = sizeof {name}_from;"
        extra = f"&{name}_from.any, &{name}_size, "
    made = _int(w, f, call, f"{call.verb}({w.handle(call.args[0])}, &{name}.buffer, 1, &{name}.received, &{name}.flags, {extra}"
                f"{overlapped}, {routine})")
    made.before = [f"{name}.buffer.len = {size}, {name}.buffer.buf = {name}.data, {name}.flags = 0;"]
    return made


def _cancel_ex(w: Writer, f: Function, call: Call) -> Made:
    block = w.blocks.get(call.args[1].name) or w.overlapped(call.args[1])
    return _bool(w, f, call, f"CancelIoEx({w.handle(call.args[0], 'HANDLE')}, {block})")


def _queue_apc(w: Writer, f: Function, call: Call) -> Made:
    routine, thread = call.args[0].name, call.args[1].name
    w.apcs.add(routine)
    if thread == "main":
        w.needs.add("main_thread")
    target = "main_thread" if thread == "main" else f"{w.name(thread)}.handle"
    return _bool(w, f, call, f"QueueUserAPC({w.name(routine)}_apc, {target}, 0)")


def _exit_thread(w: Writer, f: Function, call: Call) -> Made:
    from wsconform.repro.source import Made

    return Made(call, "ExitThread(0)")


def _hook(w: Writer, f: Function, call: Call) -> Made:
    w.needs.add("old")
    if call.verb == "WSASetBlockingHook":
        w.hooks.add(call.args[0].name)
        return _int(w, f, call, f"set_blocking_hook({w.name(call.args[0].name)}_hook)")
    return _int(w, f, call, f'old_function("{call.verb}", {113 if "Cancel" in call.verb else 110})')


# --- receiving, waiting -----------------------------------------------------------------------------------------------------


def _receive(w: Writer, f: Function, call: Call) -> Made:
    from wsconform.repro.source import Made, Unwritable

    w.needs.add("receive")
    socket, size = w.handle(call.args[0]), call.args[1].text
    datagram = w.kinds.get(call.args[0].name, ("", "", ""))[2] == "SOCK_DGRAM"
    drained = call.args[0].name in w.drained
    name = "receive_urgent" if call.verb == "recv_oob" else "receive_drained" if drained else \
        "receive_datagram" if datagram else "receive"
    w.needs.add(name)
    came = f.use("came", "struct received")
    after = []
    if w.compares_stream and not datagram and name != "receive_urgent":
        w.needs |= {"pattern", "said"}
        after = [f"compare({came});"]
    expression = f"{name}(&drained_{call.args[0].name}, {size})" if drained else f"{name}({socket}, {size})"

    def holds(outcome: Outcome, result: str, error: str) -> str:
        if after and call.deciding:
            return "otherwise" + (f" || ({came}.end == AT_END && lacking())" if outcome.words[:1] == ["eof"] else "")
        total = sum(piece.size for piece in outcome.pieces)
        conditions = [f"{came}.size == {total}", f"{came}.end == {_end(outcome)}"]
        if outcome.words[:1] == ["SOCKET_ERROR"]:
            conditions.append(_code(outcome.words, f"{came}.error"))
        at = 0
        for piece in outcome.pieces if w.checks_data else ():
            if piece.send:
                w.needs |= {"pattern", "from_send"}
                conditions.append(f"from_send({piece.send}, {piece.low}, {came}.data{f' + {at}' if at else ''}, {piece.size})")
            at += piece.size
        return _all(*conditions)

    if call.deciding and w.decision.again and not after and any(not piece.send for piece in w.decision.seen.pieces):
        raise Unwritable("what may arrive there is not stated in the case")
    return Made(call, expression, came, "struct received", holds=holds, after=after,
                tell=("%lu bytes%s%s", (f"(unsigned long){came}.size", f"end_of({came})",
                                        f"{came}.size ? told({came}) : \"\"" if w.checks_data else '""')))


def _end(outcome: Outcome) -> str:
    """How a receive ended, apart from having all that was asked for."""
    word = outcome.words[0] if outcome.words else ""
    return {"eof": "AT_END", "timeout": "TIMED_OUT", "SOCKET_ERROR": "FAILED"}.get(word, "ENOUGH")


def _select(w: Writer, f: Function, call: Call) -> Made:
    from wsconform.repro.source import Made

    w.needs.add("ready")
    word = call.args[1].name
    ready, error = f.use("ready", "int"), f.use("error", "DWORD")

    def holds(outcome: Outcome, result: str, error: str) -> str:
        if outcome.words[:1] == ["SOCKET_ERROR"]:
            return _number(outcome, result, error)
        return f"{result} == {0 if outcome.words[:1] == ['timeout'] else 1}"

    return Made(call, f"becomes({w.handle(call.args[0])}, '{word[0]}', {_time(call.args[2])})", ready, "int", error,
                f"{ready} == SOCKET_ERROR", holds=holds, tell=("%d (1: it is, 0: not in time), error %s", (ready, f"name_of({error})")))


def _time(value: Value) -> str:
    return "LIMIT" if value.name == "limit" else value.text


def _waited(w: Writer, f: Function, call: Call, expression: str) -> Made:
    from wsconform.repro.source import Made

    waited, error = f.use("waited", "DWORD"), f.use("error", "DWORD")
    alertable = call.args[-1].number != 0
    extra = _changed_data(w)

    def holds(outcome: Outcome, result: str, error: str) -> str:
        return _all(f"{result} == {outcome.words[0] if outcome.words else 0}", _code(outcome.words, error),
                    *(w.runs(call, outcome) if alertable else ()))

    return Made(call, expression, waited, "DWORD", error, f"{waited} == WSA_WAIT_FAILED", extra=extra, holds=holds,
                ran=alertable and bool(w.routines), before=_first(w, f) if alertable else [],
                tell=("%lu", (waited,)))


def _first(w: Writer, f: Function) -> list[str]:
    """Notes which run of a routine will be the first in the call."""
    if not w.routines:
        return []
    f.variables["first"] = "int"
    return ["first = n_runs;"]


def _wait(w: Writer, f: Function, call: Call) -> Made:
    names = [w.handle(item, "WSAEVENT") for item in call.args[0].items]
    before = []
    if len(names) == 1 and call.args[0].items[0].name:
        pointer = "&" + names[0]
    else:
        pointer = w.number("events")
        w.globals[pointer] = f"static WSAEVENT {pointer}[{max(len(names), 1)}];"
        before = [f"{pointer}[{i}] = {name};" for i, name in enumerate(names)]
    made = _waited(w, f, call, f"WSAWaitForMultipleEvents({len(names)}, {pointer}, {call.args[1].text}, {_time(call.args[2])}, "
                   f"{call.args[3].text})")
    made.before += before
    return made


def _sleep(w: Writer, f: Function, call: Call) -> Made:
    made = _waited(w, f, call, f"SleepEx({_time(call.args[0])}, {call.args[1].text})")
    made.error = ""
    return made


def _alertable_wait(w: Writer, f: Function, call: Call) -> Made:
    from wsconform.repro.source import Made

    w.needs.add("alertable_wait")
    good = f.use("good", "BOOL")

    def holds(outcome: Outcome, result: str, error: str) -> str:
        return _all(f"!{result}" if "timeout" in outcome.words else result, *w.runs(call, outcome))

    return Made(call, f"alertable_wait({call.args[0].text})", good, "BOOL", holds=holds, ran=True,
                before=_first(w, f), extra=_changed_data(w),
                tell=("%s", (f'{good} ? "so many ran" : "fewer ran"',)))


def _changed_data(w: Writer) -> dict[str, str]:
    return {}


def _packet(w: Writer, f: Function, call: Call) -> Made:
    from wsconform.repro.source import Made

    good, packet = f.use("good", "BOOL"), f.use("packet", "LPOVERLAPPED")
    transferred, key, error = f.use("transferred", "DWORD"), f.use("key", "ULONG_PTR"), f.use("error", "DWORD")

    def holds(outcome: Outcome, result: str, error: str) -> str:
        truth = result if outcome.words[:1] == ["TRUE"] else "!" + result
        block = next((word for word in outcome.words if word.startswith("&")), "")
        wanted = w.blocks.get(block[1:], "NULL") if block else "NULL"
        about = f"{packet} == {wanted}"
        if "wild" in outcome.words:
            about = " && ".join(f"{packet} != {other}" for other in ["NULL", *w.blocks.values()])
        code = _code(outcome.words, error) if outcome.words[0] == "FALSE" else ""
        return _all(truth, about, code, _amount(outcome.transferred, transferred))

    return Made(call, f"GetQueuedCompletionStatus({w.handle(call.args[0], 'HANDLE')}, &{transferred}, &{key}, &{packet}, "
                f"{_time(call.args[1])})", good, "BOOL", error, f"!{good}", holds=holds,
                before=[f"{packet} = NULL, {transferred} = 0, {key} = 0;"],
                tell=("%s, error %s, lpOverlapped %p, %lu bytes",
                      (f'{good} ? "TRUE" : "FALSE"', f"name_of({error})", f"(void *){packet}", transferred)))


def _result(w: Writer, f: Function, call: Call) -> Made:
    from wsconform.repro.source import Made

    good, error = f.use("good", "BOOL"), f.use("error", "DWORD")
    f.variables["flags" if not f.prefix else f.prefix + "flags"] = "DWORD"
    block = w.blocks.get(call.args[1].name) if not call.args[1].place else None
    block = block or w.overlapped(call.args[1])
    amount = w.content(call.args[2])

    def holds(outcome: Outcome, result: str, error: str) -> str:
        truth = result if outcome.words[:1] == ["TRUE"] else "!" + result
        transferred = f"{amount} == UNTOUCHED" if outcome.untouched and amount else _amount(outcome.transferred, amount) if amount else ""
        return _all(truth, _code(outcome.words, error) if outcome.words[0] == "FALSE" else "", transferred)

    told = ("%s, error %s", (f'{good} ? "TRUE" : "FALSE"', f"name_of({error})"))
    if amount:
        w.needs.add("amount")
        told = ("%s, error %s, *lpcbTransfer %s", (*told[1], f"amount({amount})"))  # type: ignore[assignment]
    return Made(call, f"WSAGetOverlappedResult({w.handle(call.args[0])}, {block}, {w.pointer(call.args[2])}, "
                f"{call.args[3].text}, &{f.prefix}flags)", good, "BOOL", error, f"!{good}", holds=holds,
                before=[f"{amount} = UNTOUCHED;"] if amount and call.args[2].place != "readonly" else [], tell=told)


def _printf(w: Writer, f: Function, call: Call) -> Made:
    from wsconform.repro.source import Made, quoted

    f.variables["text"] = "char"
    w.globals["printed"] = "static char printed[1000];"
    arguments = [w.content(v) if v.kind == "ref" else v.text for v in call.args[1:]]
    format = call.args[0].string

    def holds(outcome: Outcome, result: str, error: str) -> str:
        return f"!strcmp(printed, {quoted(_unquoted(outcome.words[0]))})" if outcome.words else "TRUE"

    f.variables.pop("text")
    return Made(call, f"snprintf(printed, sizeof printed, {quoted(format)}{''.join(f', (int){a}' for a in arguments)})",
                f.use("result", "int"), "text", holds=holds, tell=("%s", ("printed",)))


def _unquoted(text: str) -> str:
    return text[1:-1].encode().decode("unicode_escape").encode("latin-1").decode("utf-8", "replace")


# --- makers -------------------------------------------------------------------------------------------------------------------


def _maker(w: Writer, f: Function, call: Call) -> Made:
    from wsconform.repro.source import Made, quoted

    words = [value.text for value in call.args]
    made = [w.object(name) for name in call.results]
    if call.verb in ("tcp", "tcp6", "udp", "udp6", "af_unix"):
        w.needs |= {"pair", "address"}
        key = (call.verb, *sorted(words))
        helper = w.pairs.setdefault(key, "_".join([call.verb, *sorted(words), "pair"]))
        return Made(call, f"{helper}(&{made[0]}, &{made[1]})")
    text = quoted(f"{call.verb}({', '.join(words)})")
    check = [f"require({made[0]} != INVALID_SOCKET, {text});"]
    before: list[str] = []
    if call.verb == "socket":
        expression = f"socket({', '.join(words)})"
    elif call.verb == "WSASocket":
        expression = f"WSASocketW({', '.join(words[:3])}, NULL, 0, {words[3].replace('|', ' | ')})"
    elif call.verb == "raw":
        w.needs |= {"address", "raw"}
        attribute = "0" if "not_overlapped" in words else "WSA_FLAG_OVERLAPPED"
        expression = f"raw_socket({attribute}, {1 if 'nonblocking' in words else 0})"
    elif call.verb == "accept":
        w.needs |= {"accept"}
        expression = f"accept_one({w.handle(call.args[0])})"
    elif call.verb in ("DuplicateHandle", "WSADuplicateSocket"):
        w.needs.add(call.verb)
        flags = "" if call.verb == "DuplicateHandle" else ", WSA_FLAG_OVERLAPPED" if not _lacks(w, call.args[0].name) else ", 0"
        expression = f"{'duplicate_handle' if call.verb == 'DuplicateHandle' else 'duplicate_socket'}({w.handle(call.args[0])}{flags})"
    elif call.verb == "WSACreateEvent":
        expression, check = "WSACreateEvent()", [f"require({made[0]} != WSA_INVALID_EVENT, {text});"]
    elif call.verb == "CreateIoCompletionPort":
        expression = f"CreateIoCompletionPort({w.handle(call.args[0], 'HANDLE')}, NULL, {words[1]}, 0)"
        check = [f"require({made[0]} != NULL, {text});"]
    else:
        w.needs |= {"handle", f"handle_{words[0]}"}
        expression, check = f"open_{words[0]}()", [f"require({made[0]} != NULL && {made[0]} != INVALID_HANDLE_VALUE, {text});"]
    return Made(call, f"{made[0]} = {expression}", before=before, after=check)


def _lacks(w: Writer, name: str) -> bool:
    """Is this a socket without the overlapped attribute?"""
    for call in w.makers.get(name, ()):
        words = [value.text for value in call.args]
        return "not_overlapped" in words or (call.verb == "WSASocket" and not call.args[3].number & 1)
    return False


def _overlapped(w: Writer, f: Function, call: Call) -> Made:
    """Not a call: the OVERLAPPED gets its hEvent, in every place where it will lie."""
    from wsconform.repro.source import Made

    name, value = call.results[0], call.args[0]
    event = "NULL" if value.place == "NULL" else w.handle(value, "WSAEVENT")
    w.events[name] = event
    lines = []
    places = w.places.get(name, [])
    again = len(w.makers[name]) > 1
    for place in places:
        if place.place or w.fenced:
            w.pointer(place)
            lines += w.placing(place)
        elif event != "NULL" or again:
            mine = w.object(name)
            lines += [f"memset(&{mine}, 0, sizeof {mine});"] if again else []
            lines += [f"{mine}.hEvent = {event};"] if event != "NULL" else []
    return Made(call, lines[-1].rstrip(";") if lines else "", before=lines[:-1])


def _routine(w: Writer, f: Function, call: Call) -> Made:
    from wsconform.repro.source import Made

    return Made(call, "")


_VERBS: dict[str, Callable[[Writer, Function, Call], Made]] = {
    "WSASend": _send, "WSASendTo": _send, "WSAStartup": _startup, "abort": _abort, "ioctlsocket": _ioctl,
    "setsockopt": _setsockopt, "getsockopt": _getsockopt, "keepalive": _keepalive, "WSAIoctl": _wsaioctl,
    "WSARecv": _receive_started, "WSARecvFrom": _receive_started, "CancelIoEx": _cancel_ex, "QueueUserAPC": _queue_apc,
    "ExitThread": _exit_thread, "WSASetBlockingHook": _hook, "WSAUnhookBlockingHook": _hook, "WSACancelBlockingCall": _hook,
    "recv": _receive, "recv_oob": _receive, "select": _select, "WSAWaitForMultipleEvents": _wait, "SleepEx": _sleep,
    "alertable_wait": _alertable_wait, "GetQueuedCompletionStatus": _packet, "WSAGetOverlappedResult": _result,
    "printf": _printf, "overlapped": _overlapped, "routine": _routine, "_maker": _maker,
}
