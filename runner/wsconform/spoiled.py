"""Traces of the model in which one thing is seen that a check of the model forbids: for ./wsconform selftest --model.

Each check of rules.def (the rules that look at what stands beside an outcome) has one function here. It gets the text of a case as the
model plays it, and gives the text with the one thing changed, or None where the case has no place for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

Spoiler = Callable[[str], "str | None"]

#: The run of one routine within a wait.
_RUN = r"(?:  (?:\w+: )?enter [^\n]*\n(?:(?!  (?:\w+: )?(?:enter|leave) )[^\n]*\n)*?  (?:\w+: )?leave [^\n]*\n)"


def cases(trace: str) -> Iterator[tuple[str, str]]:
    """The cases of a trace in canonical text: id, text with its end."""
    for match in re.finditer(r'^case "((?:[^"\\]|\\.)*)"\n.*?^end\n', trace, re.MULTILINE | re.DOTALL):
        yield match[1], match[0]


def _once(pattern: str, change: str | Callable[[re.Match[str]], str]) -> Spoiler:
    compiled = re.compile(pattern, re.MULTILINE)

    def spoil(text: str) -> str | None:
        spoiled, n = compiled.subn(change, text, count=1)
        return spoiled if n and spoiled != text else None
    return spoil


def _after(pattern: str, lines: str) -> Spoiler:
    """Puts lines behind the first that fits."""
    return _once(rf"^({pattern})\n", lambda m: m[0] + m.expand(lines))


def _argument(pattern: str, change: str) -> Spoiler:
    """Changes an argument of the first routine that runs for a send."""
    return _once(rf"^(  (?:\w+: )?enter \w+)\({pattern}\)$", rf"\1({change})")


def _more(amount: int) -> Callable[[re.Match[str]], str]:
    return lambda m: f"{m[1]}{int(m[2]) + amount}{m[3]}"


def _out_of_the_wait(text: str) -> str | None:
    """The routine that a SleepEx runs runs before it."""
    return _once(rf"^(  SleepEx\([^\n]*\) \.\.\.\n)({_RUN})(  \.\.\. SleepEx = )WAIT_IO_COMPLETION\n", r"\2\g<1>\g<3>0\n")(text) or \
        _once(rf"^(  alertable_wait\()1(\) \.\.\.\n)({_RUN})", r"\3\g<1>0\2")(text)


def _elsewhere(text: str) -> str | None:
    """Another thread waits, and the routine runs there."""
    def move(match: re.Match[str]) -> str:
        return "  thread elsewhere\n" + re.sub(r"^  ", "  elsewhere: ", match[0], flags=re.MULTILINE)
    return _once(rf"^  SleepEx\([^\n]*\) \.\.\.\n{_RUN}  \.\.\. SleepEx [^\n]*\n", move)(text) or \
        _once(rf"^  alertable_wait\(1\) \.\.\.\n{_RUN}  \.\.\. alertable_wait[^\n]*\n", move)(text)


def _nested(text: str) -> str | None:
    """The first routine of a wait waits itself, and the second runs within it."""
    return _once(r"^(  enter (\w+)\([^\n]*\n)(  leave \2\n)(  enter (\w+)\([^\n]*\n  leave \5\n)",
                 r"\1  SleepEx(0, TRUE) ...\n\4  ... SleepEx = WAIT_IO_COMPLETION\n\3")(text)


_ROUTINE = r"(?!wild\b|kernel\b)[a-z]\w*"
_FAILED = rf"  WSASend\([^\n]*, &(\w+), ({_ROUTINE})\) = SOCKET_ERROR WSAE\w+"
_WAIT = r"  SleepEx(0, TRUE) ...\n  enter \3(0, 0, &\2, 0)\n  leave \3\n  ... SleepEx = WAIT_IO_COMPLETION\n"


def _ignored_runs(text: str) -> str | None:
    if "not_overlapped" not in text and "WSASocket" not in text and "wsasocket" not in text:
        return None
    return _after(rf"  WSASend\([^\n]*, &(\w+), ({_ROUTINE})\) = 0[^\n]*", _WAIT)(text)


def _event(pattern: str) -> Spoiler:
    """A call sets the event, and those that wait for it see that."""
    spoil = _once(rf"^({pattern})$", r"\1 event set")

    def consistent(text: str) -> str | None:
        spoiled = spoil(text)
        return spoiled.replace("= WSA_WAIT_TIMEOUT", "= WSA_WAIT_EVENT_0") if spoiled else None
    return consistent


def _ignored_event(text: str) -> str | None:
    if "not_overlapped" not in text and "WSASocket" not in text and "wsasocket" not in text:
        return None
    return _event(r"  WSASend\([^\n]*, &\w+, \w+\) = 0[^\n]*")(text)


def _failed_packet(text: str) -> str | None:
    failed = re.search(r"^  WSASend\([^\n]*, &(\w+), NULL\) = SOCKET_ERROR WSAE\w+$", text, re.MULTILINE)
    if not failed:
        return None
    rest = _once(r"^(  GetQueuedCompletionStatus\([^\n]*\)) = FALSE WAIT_TIMEOUT$",
                 rf"\1 = TRUE &{failed[1]} transferred 0")(text[failed.end():])
    return text[:failed.end()] + rest if rest else None


def _failed_data(text: str) -> str | None:
    """One byte of the first send comes, although that has failed."""
    if not re.search(r"WSASend\(", text) or not re.search(r"^  WSASend\([^\n]*\) = SOCKET_ERROR WSAE", text, re.MULTILINE):
        return None
    sends = re.findall(r"^  (?:\w+: )?WSASend(?:To)?\([^\n]*$", text, re.MULTILINE)
    first = next(n for n, line in enumerate(sends, 1) if " = SOCKET_ERROR WSAE" in line)
    return _once(r"^(  recv\(\w+, \d+\) = )(\d+\[0\.\.)", rf"\g<1>{first}[0..1] \2")(text)


def _deaf(text: str) -> str | None:
    """A blocked send never lets run what is queued to its thread."""
    began = re.search(r"^  (\w+): WSASend\([^\n]*NULL, NULL\) \.\.\.\n", text, re.MULTILINE)
    if not began:
        return None
    ran = re.compile(rf"^  {began[1]}: enter ", re.MULTILINE).search(text, began.end())
    if not ran:
        return None
    return f"{text[:ran.start()]}  {began[1]}: ... WSASend = hang\nend\n"


def _changed(what: str, arguments: str = "") -> Spoiler:
    return _once(rf"^(  WSASend\([^\n]*{arguments}\) = (?:0|SOCKET_ERROR)[^\n]*)$", rf"\1 changed {what}")


#: The number is written when the operation is over, which the event tells.
_written_late = _once(r"^(  WSAWaitForMultipleEvents\(\[\w+\], TRUE, [^\n]*\) = WSA_WAIT_EVENT_0)$",
                      r"\1 changed lpNumberOfBytesSent")

#: By the name of the check.
SPOILERS: dict[str, Spoiler] = {
    "pending.not-overlapped": _once(r"^(  WSASend\([^\n]*, NULL, NULL\)) = 0( sent \d+)?$", r"\1 = SOCKET_ERROR WSA_IO_PENDING"),
    "memory.array": _changed("lpBuffers"),
    "memory.data": _changed("data"),
    "memory.overlapped": _changed("lpOverlapped", r", &\w+, \w+"),
    "memory.guard": _changed("guard"),
    "memory.sent": _written_late,
    "event.not-started": _event(r"  WSASend\([^\n]*, &\w+, NULL\) = SOCKET_ERROR WSAE\w+"),
    "event.not-overlapped": _ignored_event,
    "event.with-routine": _event(rf"  WSASend\([^\n]*, &\w+, {_ROUTINE}\) = 0[^\n]*"),
    "routine.alertable": _out_of_the_wait,
    "routine.deaf-wait": _deaf,
    "routine.thread": _elsewhere,
    "routine.nested": _nested,
    "routine.once": _once(rf"^({_RUN})", r"\1\1"),
    "routine.not-started": _after(_FAILED, _WAIT),
    "routine.not-overlapped": _ignored_runs,
    "routine.which": _once(r"^((  \w+ = routine\(\)\n)(?:.*\n)*?)  enter (\w+)\(0, (\d+), &", r"\1  another = routine()\n  enter another(0, \4, &"),
    "routine.error": _argument(r"0, (\d+), (&\w+), 0", r"5, \2, \3, 0"),
    "routine.amount": _once(r"^(  (?:\w+: )?enter \w+\(0, )(\d+)(, &)", _more(1)),
    "routine.overlapped": _argument(r"0, (\d+), &\w+, 0", r"0, \2, NULL, 0"),
    "routine.flags": _argument(r"0, (\d+), (&\w+), 0", r"0, \2, \3, 1"),
    "routine.all": _once(rf"^(  SleepEx\([^\n]*\) \.\.\.\n{_RUN}){_RUN}", r"\1"),
    "packet.once": _once(r"^(  GetQueuedCompletionStatus\([^\n]*\) = TRUE [^\n]*\n)", r"\1\1"),
    "packet.not-started": _failed_packet,
    "data.gap": _once(r"^(  recv\(\w+, \d+\) = \d+\[)0(\.\.\d\d+\])", r"\g<1>1\2"),
    "data.repeat": _once(r"^(  recv\(\w+, \d+\) = )(\d+)\[0\.\.(\d\d+)\]", r"\1\2[0..5] \2[0..\3]"),
    "data.failed-call": _failed_data,
    "data.excess": _once(r"^(  recv\(\w+, \d+\) = \d+\[0\.\.)(\d+)(\])$", _more(1)),
    "data.foreign": _once(r'^(  recv\(\w+, \d+\) = )(\d)', r'\1x"dead" \2'),
    "data.missing": _once(r"^(  recv\(\w+, \d+\)) = \d+\[0\.\.\d+\]$", r"\1 = timeout"),
    "data.message": _once(r"^(  recv\(\w+, \d+\) = \d+\[0\.\.)(\d\d+)(\])$", _more(-1)),
    "data.urgent": _once(r"^(  recv_oob\(\w+, \d+\)) = \d+\[\d+\.\.\d+\]$", r"\1 = timeout"),
}
