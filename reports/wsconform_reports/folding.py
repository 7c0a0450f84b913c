"""Cases of ten thousand calls, made short: what repeats is told once, with how often.

A step that stands for many has the key `repeat`: {"times", "of", "answers", "others"}. Its call is the first of them; the
others differ from it in the numbers of names only (o1, o2, ...). Calls made in turns, as the body of a loop makes them, are
`of` steps one behind the other. `answers` says what was observed, and how often, `others` how many calls had yet another
answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Step = Mapping[str, Any]

#: So many rounds become one; fewer are told call by call.
ROUNDS = 8
#: The longest body of a loop that is recognised.
_BODY = 64
#: So many different answers of a folded call are told.
_ANSWERS = 12
#: Of a case that is still longer than this, what leads to its deviations and faults is kept, and both ends.
MOST = 1000
_HEAD, _TAIL, _TELLING, _BEFORE = 400, 200, 50, 4

#: What counts in a loop: the number in a name (o17, sent17), and the number of a send in what the peer got (17[0..64]).
_COUNTER = re.compile(r"\b([a-z_]+)\d+\b|\b\d+(?=\[)")

_THREAD = re.compile(r"[A-Za-z_]\w*: ")


def shape(text: str) -> str:
    """The text without what only counts."""
    return _COUNTER.sub(lambda match: f"{match[1] or ''}#", text)


def times(step: Step) -> int:
    """For how many calls a step stands."""
    return int(step["repeat"]["times"]) if "repeat" in step else 1


def answers(step: Step) -> list[tuple[str, int]]:
    """(observed, how often) of a step, folded or not; an answer without a name stands for those that are not told."""
    repeat = step.get("repeat")
    if not repeat:
        return [(step["observed"], 1)]
    told = [(answer["observed"], answer["times"]) for answer in repeat["answers"]]
    return told + ([(f"… {repeat['others']:,} with other answers …", repeat["others"])] if repeat["others"] else [])


def folded(steps: Sequence[Step]) -> tuple[list[Step], int]:
    """The steps, in rounds where they repeat, and how many calls are not told at all (see MOST). Steps that are folded
    already stay as they are."""
    steps = _rounds(steps)
    if len(steps) <= MOST:
        return steps, 0
    kept = {*range(_HEAD), *range(len(steps) - _TAIL, len(steps))}
    telling = [i for i, step in enumerate(steps) if not step["ok"] or "fault(" in step["call"]]
    for i in telling[:_TELLING]:
        kept.update(range(max(0, i - _BEFORE), i + 1))
    return [steps[i] for i in sorted(kept)], sum(times(step) for i, step in enumerate(steps) if i not in kept)


def _rounds(steps: Sequence[Step]) -> list[Step]:
    keys = [_key(step, number) for number, step in enumerate(steps)]
    # For each length of a body: for how many steps from i on the step of the next round is like it.
    bodies = range(1, min(_BODY, len(steps) // ROUNDS) + 1)
    alike = {of: _alike(keys, of) for of in bodies}
    out: list[Step] = []
    i = 0
    while i < len(steps):
        of, rounds = 1, 1
        for body in bodies:
            found = alike[body][i] // body + 1
            if found >= ROUNDS and found * body > of * rounds:
                of, rounds = body, found
        if rounds >= ROUNDS:
            out += [_one(steps[i + k : i + of * rounds : of], of) for k in range(of)]
            i += of * rounds
        else:
            out.append(steps[i])
            i += 1
    return out


def _key(step: Step, number: int) -> Any:
    if "repeat" in step:
        return number  # like no other
    thread = match[0] if (match := _THREAD.match(step["call"])) else ""  # t1 and t2 are not alike
    return thread, shape(step["call"]), step["ok"], frozenset(map(shape, step["allowed"])), tuple(step.get("practice", ()))


def _alike(keys: Sequence[Any], of: int) -> list[int]:
    out = [0] * len(keys)
    for i in range(len(keys) - of - 1, -1, -1):
        out[i] = out[i + 1] + 1 if keys[i] == keys[i + of] else 0
    return out


def _one(steps: Sequence[Step], of: int) -> Step:
    seen = Counter(step["observed"] for step in steps)
    if len(seen) > 1:
        seen = Counter(shape(step["observed"]) for step in steps)
    most = dict(seen.most_common(_ANSWERS))
    told = [{"observed": text, "times": most[text]} for text in seen if text in most]
    repeat = {"times": len(steps), "of": of, "answers": told, "others": len(steps) - sum(most.values())}
    joined = {key: _joined(step.get(key, ()) for step in steps) for key in ("clauses", "held")}
    return {**steps[0], **{key: words for key, words in joined.items() if words or key == "clauses"}, "repeat": repeat}


def _joined(lists: Iterable[Sequence[str]]) -> list[str]:
    return list(dict.fromkeys(word for words in lists for word in words))
