"""The summary of a run: fits a screen."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from wsconform import places
from wsconform.baseline import Compared
from wsconform.engine import Run
from wsconform.verdicts import VERDICTS, Deviation, brought_about, counts, departures, deviations, remarked


def show(runs: Sequence[Run], *, out: Path | None, repeat: int = 1, errors: Sequence[str] = (),
         compared: Mapping[str, Compared] | None = None) -> None:
    """Prints counts by verdict, the deviating clauses with one line each, and where the report is. errors: the clauses
    of the documented errors, if it is worth saying which of them arose. compared: with their baselines, by target; what a
    baseline knows is counted and not told."""
    width, height = shutil.get_terminal_size((120, 40))
    used = [v for v in VERDICTS if any(counts(run.judged)[v] for run in runs)]
    names = max((len(run.target["name"]) for run in runs), default=0)
    for run in runs:
        number = counts(run.judged)
        columns = "  ".join(f"{number[v]:>5} {v}" for v in used)
        print(f"{run.target['name']:<{names}}  {columns}  {run.seconds:7.1f} s")
        if run.shards:
            print(f"{'':<{names}}  shard {run.shards['have'][0]}/{run.shards['count']}: {len(run.judged)} of "
                  f"{run.shards['cases']} cases")
    room = max(5, (height - 3 * len(runs) - 6) // max(1, len(runs)))
    for run in runs:
        beside = (compared or {}).get(run.target["name"])
        told = [record for record in run.judged if record.get("baseline") != "same"]
        beyond = ", beyond its baseline" if beside else ""
        _table(f"{run.target['name']} does not keep{beyond}:", "clause", deviations(told), room, width)
        _table(f"{run.target['name']} does what the document allows, and Windows is not seen to do{beyond}:", "fact",
               departures(told), room, width)
        if beside:
            _baseline(run, beside, room, width)
        if run.target["kind"] != "model":
            _facts(run, errors)
        _unstable(run, repeat, room, width)
    if out:
        print(f"\nReport: {_short(out / 'index.html')}")


def _table(title: str, what: str, found: Sequence[Deviation], room: int, width: int) -> None:
    if not found:
        return
    print(f"\n{title}")
    head = (what, "call", "allowed", "observed", "cases")
    rows = [(d.clause, d.call, _brief(d.allowed), _brief(d.observed), str(d.cases)) for d in found[:room]]
    widths = _widths([head, *rows], width - 2 * len(head))
    for row in (head, *rows):
        cells = [f"{_cut(text, w):<{w}}" for text, w in zip(row, widths)]
        print(("  " + "  ".join(cells)).rstrip())
    if len(found) > room:
        print(f"  and {len(found) - room} {what}s more: see the report")


def _baseline(run: Run, compared: Compared, room: int, width: int) -> None:
    print(f"\n{run.target['name']}, beside its baseline: {compared.same} same, {len(compared.new)} new "
          f"({len(compared.changed)} of them deviated otherwise), {len(compared.fixed)} fixed, {len(compared.stale)} stale")
    for word, lines in (("new", compared.new), ("fixed", compared.fixed), ("stale", compared.stale)):
        for line in lines[:room]:
            print(_cut(f"  {word:<6} {line}", width))
        if len(lines) > room:
            print(f"  {word:<6} and {len(lines) - room} more")


def _facts(run: Run, errors: Sequence[str]) -> None:
    """Which documented errors were brought about; what is allowed, and is not what Windows does."""
    name, lines = run.target["name"], []
    if errors:
        natural, injected = brought_about(run.judged)
        missing = [clause for clause in errors if clause not in natural | injected]
        told = f", not {', '.join(missing)}" if 0 < len(missing) <= 6 else f", {len(missing)} not" if missing else ""
        by_injection = f", {len(injected)} by injected failures" if injected else ""
        lines.append(f"{name}: of {len(errors)} documented errors {len(natural)} were brought about naturally"
                     f"{by_injection}{told}")
    number = remarked(run.judged)
    if number and not departures(run.judged):
        lines.append(f"{name}: in {number} case{'s' * (number > 1)} it does what the document allows and Windows is not seen"
                     " to do: see the report")
    if run.target["kind"] == "posix":  # what it lacks its author may have just under another name
        lines += _lacking(run)
    if lines:
        print("", *lines, sep="\n")


def _lacking(run: Run, room: int = 5) -> list[str]:
    found = (re.search(r"the target lacks this: (.+)", record["reason"]) for record in run.judged if record["verdict"] == "unsupported")
    lacks = Counter(match[1] for match in found if match).most_common(room)
    if not lacks:
        return []
    return [f"{run.target['name']}: unsupported most often as the target lacks",
            *(f"  {number:>5} case{'s' if number > 1 else ' '}  {what}" for what, number in lacks)]


def _widths(rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """As much for each column as it needs; where that is too much, the widest give way, down to a readable rest."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    while sum(widths) > room and max(widths) > 12:
        widths[widths.index(max(widths))] -= 1
    return widths


def _brief(outcome: str) -> str:
    """Without what goes without saying: a failed call returns SOCKET_ERROR, what deviates was not foreseen."""
    return outcome.replace("SOCKET_ERROR ", "").removesuffix(" unforeseen").removesuffix(" unwanted")


def _unstable(run: Run, repeat: int, room: int, width: int) -> None:
    if not run.unstable:
        return
    print(f"\n{run.target['name']}, not the same in {repeat} runs:")
    for id, seen in list(run.unstable.items())[:room]:
        print(_cut(f"  {id}: " + "; ".join(f"{what} ({times} times)" for what, times in seen), width))
    if len(run.unstable) > room:
        print(f"  and {len(run.unstable) - room} cases more")


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[:max(1, width - 1)] + "…"


def _short(path: Path) -> str:
    """Relative to where the user is, if that is shorter."""
    return min(str(path), places.shown(path), key=len)
