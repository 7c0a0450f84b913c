"""Baselines: the deviations of a target that are known already, one signature in a line, sorted.

    # wsconform baseline of wine-8.0-x86_64, profile documented
    errors/notconn/bound only[tcp()] #3 WSASend(…) = SOCKET_ERROR WSAECONNRESET

Any other line that begins with # is a comment: about the line below it, or, with nothing or an empty line below, about the
file. The target is named as the run calls it, or by what it is: wine-8.0-x86_64 is Wine 8.0, whatever its name in targets.toml.
A file without the first line is for any target but the model.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wsconform.errors import BadUsage, TargetError
from wsconform.targets import Target, identity_of
from wsconform.verdicts import UNEXPECTED, Record

_HEAD = re.compile(r"# wsconform baseline of (\S+), profile (\S+)")
_NEARLY_HEAD = re.compile(r"#\s*wsconform\b", re.IGNORECASE)
_SIGNATURE = re.compile(r".+ #\d+ .+")


@dataclass(frozen=True)
class Baseline:
    """What is known of one target."""

    path: Path
    #: Name of the target and of the profile; "" for any.
    target: str
    profile: str
    signatures: frozenset[str]
    #: Comments about the file, and about a signature.
    remarks: tuple[str, ...] = ()
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False)

    def is_for(self, target: Target) -> bool:
        return self.target in target.names if self.target else target.kind != "model"


@dataclass
class Compared:
    """A run beside its baseline."""

    same: int = 0
    new: list[str] = field(default_factory=list)  # cases that deviate, and in the baseline do not, or otherwise
    changed: list[str] = field(default_factory=list)  # those of the new ones that the baseline knows otherwise
    fixed: list[str] = field(default_factory=list)  # cases that do not deviate any more
    stale: list[str] = field(default_factory=list)  # lines about cases that are there no longer

    @property
    def strictly(self) -> bool:
        """Is the baseline exactly what the run says?"""
        return not (self.new or self.fixed or self.stale)


def read(path: Path) -> Baseline:
    """Raises BadUsage with file:line:column for what is no baseline."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        at = error.object[:error.start].count(b"\n") + 1
        raise BadUsage(f"{path}:{at}:1: no baseline: not UTF-8") from error
    except (OSError, ValueError) as error:
        raise BadUsage(f"{path}:1:1: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    lines = text.split("\n")
    head = _HEAD.fullmatch(lines[0].rstrip())
    if not head and _NEARLY_HEAD.match(lines[0]):
        raise BadUsage(f"{path}:1:1: no first line of a baseline: it looks like  # wsconform baseline of NAME, profile documented")
    signatures = set()
    remarks: list[str] = []
    notes: dict[str, tuple[str, ...]] = {}
    comments: list[str] = []
    for number, line in enumerate(lines, 1):
        line = line.strip()
        if line.startswith("#"):
            comments += [line] if number > 1 or not head else []
            continue
        if not line:
            remarks += comments
        elif _SIGNATURE.fullmatch(line):
            signatures.add(line)
            notes[line] = (*notes.get(line, ()), *comments)
        else:
            raise BadUsage(f"{path}:{number}:1: no signature: it looks like  case #3 WSASend(…) = 0 sent 10")
        comments = []
    return Baseline(path, head[1] if head else "", head[2] if head else "", frozenset(signatures), (*remarks, *comments), notes)


def chosen(paths: Sequence[Path], targets: Sequence[Target], profile: str) -> dict[str, list[Baseline]]:
    """The baselines for each target, by its name. Of a folder only the files that are of a target and of the profile."""
    found: dict[str, list[Baseline]] = {target.name: [] for target in targets}
    for path in paths:
        if os.path.isdir(path):  # pathlib's raises where one may not look
            offered = [baseline for baseline in map(read, sorted(path.glob("*.txt"))) if baseline.profile in ("", profile)]
            for target in targets:
                found[target.name] += [baseline for baseline in offered if baseline.is_for(target)]
                if not found[target.name] and target.kind != "model":
                    print(f"wsconform: {path} holds no baseline of {target.name} ({target.identity}), profile {profile}",
                          file=sys.stderr)
            continue
        baseline = read(path)
        if baseline.profile not in ("", profile):
            raise BadUsage(f"{path}:1:1: it is of the profile {baseline.profile}, the run of {profile}")
        mine = [target.name for target in targets if baseline.is_for(target)]
        if not mine:
            raise BadUsage(f"{path}:1:1: it is the baseline of {baseline.target or 'a Winsock'}, and this run tests "
                           + ", ".join(target.name for target in targets))
        for name in mine:
            found[name].append(baseline)
    return found


def case_of(signature: str, known: Collection[str]) -> str:
    """The id of the case that a signature is of; "" if there is no such case."""
    for match in re.finditer(r" #\d+ ", signature):
        if signature[:match.start()] in known:
            return signature[:match.start()]
    return ""


def compare(records: Iterable[Record], baselines: Sequence[Baseline], known: Collection[str]) -> Compared:
    """Says of each record in its key `baseline` how it compares, and of all together. known: the ids of all cases that
    there are, whether they were run or not."""
    expected: dict[str, set[str]] = {}
    compared = Compared()
    for signature in sorted(set().union(*(baseline.signatures for baseline in baselines))):
        case = case_of(signature, known)
        if case:
            expected.setdefault(case, set()).add(signature)
        else:
            compared.stale.append(signature)
    for record in records:
        before = expected.get(record["id"], set())
        record["baseline"] = "none"
        if record["verdict"] in UNEXPECTED:
            record["baseline"] = "same" if record["signature"] in before else "new"
            if record["baseline"] == "same":
                compared.same += 1
            else:
                compared.new.append(record["id"])
                compared.changed += [record["id"]] if before else []
        elif before and record["verdict"] in ("conforms", "undefined"):  # else it was not seen
            record["baseline"] = "fixed"
            compared.fixed.append(record["id"])
    return compared


def update(path: Path, results: Sequence[tuple[str, dict[str, Any]]], target: str | None, known: Collection[str],
           of: str | None = None, add: bool = False) -> str:
    """Writes the deviations of a run into the file; those that it holds for cases that the run did not see stay, with add also
    those for cases that it saw. results: (short name, content of results.json). known: the ids of all cases that there are.
    of: what the target is called in the file. Returns what to say."""
    there = [(name, doc) for name, doc in results if doc["target"]["kind"] != "model" or target]
    if target:
        there = [(name, doc) for name, doc in there if target in (name, doc["target"]["name"])]
    names = ", ".join(name for name, _ in results)
    if len(there) != 1:
        raise BadUsage(f"{target or 'which target?'}: the results are of {names}; a baseline is of one: --target NAME")
    doc = there[0][1]
    name, identity = doc["target"]["name"], identity_of(doc["target"])
    if of not in (None, name, identity):
        raise BadUsage(f"--as {of}: the results are of {name}, which is {identity}")
    before = _held(path, (name, identity), doc["profile"], of)
    called = of or before.target or name
    ran = {case["id"] for case in doc["cases"]}
    # What could not be set up, or did not arise, tells nothing: nor does a run of some cases tell which others are gone.
    judged = {case["id"] for case in doc["cases"] if case["verdict"] in (*UNEXPECTED, "conforms", "undefined")}
    told = {*(() if add else judged), *({""} if ran >= set(known) else ())}
    kept = {signature for signature in before.signatures if case_of(signature, known) not in told}
    now = {case["signature"] for case in doc["cases"] if case["verdict"] in UNEXPECTED and case["signature"]} | kept
    lines = [f"# wsconform baseline of {called}, profile {doc['profile']}"] if before.target or of or not before.signatures else []
    lines += [*before.remarks, ""] if before.remarks else []
    for signature in sorted(now):
        lines += [*before.notes.get(signature, ()), signature]
    final = Path(os.path.realpath(path))
    temporary = final.with_name(f".{final.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        os.replace(temporary, final)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise TargetError(f"{path}: {error.strerror}") from error
    stale = sum(not case_of(signature, known) for signature in kept)
    return (f"{path}: {len(now)} known deviations of {called} ({len(now - before.signatures)} new, "
            f"{len(before.signatures - now)} gone"
            + (f"; {stale} of cases that are not here {'stays' if stale == 1 else 'stay'}, for this was not a run of all cases"
               if stale else "") + ")")


def _held(path: Path, names: Collection[str], profile: str, of: str | None) -> Baseline:
    """What is in the file before it is written anew. Raises BadUsage if that is something else than a baseline of the target."""
    if not os.path.exists(path):
        return Baseline(path, "", "", frozenset())
    if not path.is_file():
        raise BadUsage(f"{path}:1:1: {'a folder' if path.is_dir() else 'no file'}, and no baseline")
    before = read(path)
    if before.profile not in ("", profile):
        raise BadUsage(f"{path}:1:1: it is of the profile {before.profile}, the results of {profile}")
    if before.target and before.target not in names and not of:
        name = next(iter(names))
        raise BadUsage(f"{path}:1:1: it is the baseline of {before.target}, and the results are of {name}: take another file, "
                       f"or  --as {name}  if it shall be that one's from now on")
    return before
