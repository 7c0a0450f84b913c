"""./wsconform selftest --model: does a hand-written case notice when a rule of the model is wrong?

Every rule is twisted in turn, by a hook of the model (wsc_model_twist), in every way that its kind has. An error or an outcome is told
apart by the hand-written sets: some set differs from those of the twisted model (wsconform-judge expect). A check is told apart by a case
whose trace, with the one thing in it that the check forbids (spoiled.py), is judged otherwise without the check.

What no case can tell apart is a hole in cases/, unless model/twists.toml says why it cannot be; what that file excuses must not be
noticed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from wsconform import places, spoiled
from wsconform.cases import Case, Collection, collect
from wsconform.errors import DEVIATES, OK, BadUsage, TargetError
from wsconform.verdicts import UNEXPECTED

EXCUSES = places.TREE / "model" / "twists.toml"
WAYS = {"error": ("drop", "doubt", "sure", "wide", "code"), "outcome": ("drop", "code", "amount"), "check": ("drop",)}
_DIFFERS = re.compile(r"^.*?:\d+: (.*?)(?: #\d+)?: (?:hand-written only|model only|the model allows and refuses)", re.MULTILINE)


@dataclass
class Twist:
    """One rule, wrong in one way, and the cases that notice. `why`: why none can."""

    rule: str
    kind: str
    way: str
    clauses: tuple[str, ...]
    noticed: list[str] = field(default_factory=list)
    why: str = ""

    @property
    def name(self) -> str:
        return f"{self.rule}={self.way}"

    @property
    def good(self) -> bool:
        return bool(self.noticed) != bool(self.why)


def _judge(*arguments: str, text: str | None = None, cwd: Path | None = None) -> str:
    """What the judge prints. Findings are no error here."""
    command = [str(places.judge()), *arguments]
    try:
        ended = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", errors="surrogateescape", cwd=cwd)
    except OSError as error:
        raise TargetError(f"{command[0]}: {error.strerror}") from error
    if ended.returncode not in (0, 1):
        raise BadUsage(ended.stderr.strip() or f"{' '.join(command[:2])}: exit status {ended.returncode}")
    return ended.stdout


def rules() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_judge("rules"))
    return found


def excuses(text: str | None = None) -> dict[str, str]:
    """What model/twists.toml says: why no case can notice a twist, by RULE=WAY. Raises BadUsage."""
    try:
        data = tomllib.loads(EXCUSES.read_text(encoding="utf-8") if text is None else text)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadUsage(f"{EXCUSES}: {error}") from error
    found = {}
    for entry in data.get("unnoticed", []):
        if set(entry) != {"twists", "because"} or not str(entry["because"]).strip():
            raise BadUsage(f"{EXCUSES}: an entry has twists and because, and nothing else: {entry}")
        found.update({str(name): str(entry["because"]) for name in entry["twists"]})
    return found


def twists(known: Iterable[Mapping[str, Any]], reasons: Mapping[str, str]) -> list[Twist]:
    """Every rule in every way. Raises BadUsage for a reason why something is not noticed that is no twist."""
    found = []
    for rule in known:
        for way in WAYS[rule["kind"]]:
            if way == "code" and not rule["code"]:
                continue  # it has none that could be another
            twist = Twist(rule["rule"], rule["kind"], way, tuple(rule["clauses"]))
            twist.why = reasons.get(twist.name, "")
            found.append(twist)
    unknown = set(reasons) - {twist.name for twist in found}
    if unknown:
        raise BadUsage(f"{EXCUSES}: no twist {', '.join(sorted(unknown))}")
    return found


class Bench:
    """Tries twists. Calls may come from several threads."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._files = [os.path.relpath(file, collection.root) for file in collection.files]
        self._trace = dict(spoiled.cases(self._played()))

    def _played(self) -> str:
        command = [str(places.model_executor()), "--root", ".", *self._files]
        ended = subprocess.run(command, capture_output=True, encoding="utf-8", errors="surrogateescape", cwd=self._collection.root)
        if ended.returncode:
            raise TargetError(ended.stderr.strip() or f"{command[0]}: exit status {ended.returncode}")
        return ended.stdout

    def expect(self, name: str | None, files: Sequence[str]) -> list[str]:
        """The cases in these files whose sets differ from the model's, with that twist."""
        if not files:
            return []
        options = ["--twist", name] if name else []
        said = _judge("expect", *options, "--root", ".", *files, cwd=self._collection.root)
        return list(dict.fromkeys(_DIFFERS.findall(said)))

    def try_one(self, twist: Twist) -> Twist:
        twist.noticed = self._spoiled(twist) if twist.kind == "check" else self._expected(twist)
        return twist

    def _expected(self, twist: Twist) -> list[str]:
        about = self._about(twist)
        near = list(dict.fromkeys(os.path.relpath(case.file, self._collection.root) for case in about))
        return self.expect(twist.name, near) or self.expect(twist.name, [file for file in self._files if file not in near])

    def _about(self, twist: Twist) -> list[Case]:
        return [case for case in self._collection.cases if set(case.clauses) & set(twist.clauses)]

    def _spoiled(self, twist: Twist) -> list[str]:
        """The cases whose spoiled trace is bad, and is not without the check."""
        spoil = spoiled.SPOILERS.get(twist.rule)
        if spoil is None:
            return []
        changed = [text for text in map(spoil, self._trace.values()) if text]
        with_rule, without = (self._verdicts(changed, *options) for options in ((), ("--twist", twist.name)))
        return [id for id, verdict in with_rule.items() if verdict in UNEXPECTED and without.get(id) not in UNEXPECTED]

    @staticmethod
    def _verdicts(texts: Sequence[str], *options: str) -> dict[str, str]:
        records = map(json.loads, _judge("check", "--json", *options, "-", text="trace 1\n" + "\n".join(texts)).splitlines())
        return {record["id"]: record["verdict"] for record in records if "id" in record}


def selftest(paths: Sequence[Path], jobs: int, as_json: bool, out: Path | None) -> int:
    """Exit status 0 if every twist is noticed, or has a reason why it cannot be and is not."""
    found = twists(rules(), excuses())
    bench = Bench(collect(paths or [places.CASES]))
    differ = bench.expect(None, bench._files)
    if differ:
        raise BadUsage(f"{differ[0]}: differs from the model as it is: first see to that (./wsconform check FILE)")
    with ThreadPoolExecutor(jobs) as pool:
        found = list(pool.map(bench.try_one, found))
    data = {"good": all(t.good for t in found), "twists": [asdict(t) | {"good": t.good} for t in found]}
    if out:
        try:
            out.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise TargetError(f"cannot write {out}: {error.strerror}") from error
    if as_json:
        print(json.dumps(data))
    else:
        _show(found)
    return OK if data["good"] else DEVIATES


def _show(found: Sequence[Twist]) -> None:
    width = max(len(t.name) for t in found)
    for t in found:
        if t.noticed:
            more = f" and {len(t.noticed) - 1} more" if len(t.noticed) > 1 else ""
            said = f"{t.noticed[0]}{more}" + ("  BUT model/twists.toml SAYS THAT NONE CAN" if t.why else "")
        else:
            said = f"no case can: {t.why}" if t.why else "NOTICED BY NO CASE"
        print(f"{t.name:{width}}  {said}")
    holes, wrong = sum(not t.noticed and not t.why for t in found), sum(bool(t.noticed and t.why) for t in found)
    print(f"\n{len({t.rule for t in found})} rules in {len(found)} ways: {sum(bool(t.noticed) for t in found)} noticed by a hand-written "
          f"case, {sum(bool(t.why) and not t.noticed for t in found)} that none can notice, {holes} holes in cases/, "
          f"{wrong} wrong excuses")
