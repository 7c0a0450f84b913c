"""index.html: from results documents to one page that needs nothing else."""

from __future__ import annotations

import base64
import difflib
import hashlib
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape
from wsconform_spec import Code, Fact, Spec

from . import matrix, text
from .comparing import Comparison
from .files import PACKED
from .folding import answers, times
from .merging import incomplete
from .model import BAD, CASE_VERDICTS, CLAUSE_VERDICTS
from .results import against_document, deciding, deviating, is_injected

_HERE = Path(__file__).parent / "templates"
#: So many equal calls in a row become one line.
_REPEATS = 4
#: So many calls in a row that are as they should be are all shown; of more, those in the middle only when asked for.
_SHOWN = 60
#: Beyond so many lines, two targets' calls are paired by position instead of compared.
_ALIGN_LIMIT = 400


@dataclass(frozen=True)
class Target:
    """One target's results, ready to be looked up."""

    index: int
    label: str  # short, unique in the report
    folder: str  # where its results.json and trace.txt are, below the page
    doc: Mapping[str, Any]

    @property
    def is_model(self) -> bool:
        return bool(self.doc["target"]["kind"] == "model")

    @cached_property
    def cases(self) -> dict[str, Mapping[str, Any]]:
        return {case["id"]: case for case in self.doc["cases"]}

    @cached_property
    def clauses(self) -> dict[str, Mapping[str, Any]]:
        return {clause["id"]: clause for clause in self.doc["clauses"]}

    @cached_property
    def codes(self) -> dict[str, Mapping[str, Any]]:
        return {code["clause"]: code for code in self.doc["codes"]}

    @cached_property
    def facts(self) -> dict[str, Mapping[str, Any]]:
        return {fact["id"]: fact for fact in self.doc.get("facts", ())}

    @cached_property
    def code_counts(self) -> list[tuple[str, int]]:
        return counted(PROVOKED, (code["provoked"] for code in self.doc["codes"]))

    @cached_property
    def case_counts(self) -> list[tuple[str, int]]:
        return counted(CASE_VERDICTS, (case["verdict"] for case in self.doc["cases"]))

    @cached_property
    def clause_counts(self) -> list[tuple[str, int]]:
        return counted(_CLAUSE_WORDS, (_clause_verdict(self, id) for id in self.clauses))

    @property
    def incomplete(self) -> str:
        return incomplete(self.doc)

    @property
    def calls(self) -> int:
        return sum(case.get("left_out", 0) + sum(map(times, case["steps"])) for case in self.doc["cases"])


@dataclass(frozen=True)
class Seen:
    """What one target was seen to answer in one line of a case: (observed, how often, allowed) in turn."""

    answers: tuple[tuple[str, int, bool], ...]

    @property
    def bad(self) -> bool:
        return not all(ok for _, _, ok in self.answers)


@dataclass(frozen=True)
class Row:
    """One call of a case (or many like it) with the answer of each target that ran the case; None where it made no such
    call."""

    number: int
    thread: str  # "" for the case's own
    call: str
    what: str  # fault, injected, enter, leave, begin (a call that does not return at once), or ""
    depth: int  # inside so many routines
    times: int
    of: int  # made in turns with so many calls, itself among them
    allowed: tuple[str, ...]
    seen: tuple[Seen | None, ...]

    @property
    def bad(self) -> bool:
        return any(seen and seen.bad for seen in self.seen)


@dataclass(frozen=True)
class Remark:
    """Something that the document allows, and that a system is not seen to do."""

    number: int  # of the row
    call: str
    observed: str
    facts: tuple[Fact, ...]
    decides: bool  # the profile makes it a deviation
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Finding:
    """One deviation of one case, on the targets that share it."""

    number: int  # of the row
    call: str
    allowed: tuple[str, ...]
    observed: str
    clauses: tuple[str, ...]
    why: str  # the judge's words, where they say more than that it is not allowed
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Case:
    """One case on every target."""

    id: str
    anchor: str
    file: str
    name: str
    line: int
    requires: tuple[str, ...]
    clauses: tuple[str, ...]
    verdicts: tuple[str, ...]  # each target's, "" where it did not run the case
    ran: tuple[tuple[Target, int], ...]  # those that did, and the line of their trace.txt in which the calls begin
    worst: str  # on the targets that are looked at; untested: on none of them
    reasons: tuple[tuple[str, tuple[Target, ...]], ...]  # and whose they are
    signatures: tuple[str, ...]
    baselines: tuple[str, ...]
    seconds: float
    findings: tuple[Finding, ...]
    remarks: tuple[Remark, ...]
    rows: tuple[Row, ...]
    injected: bool
    left_out: int  # calls that results.json does not tell, on the target where they are most
    rerun: str
    repro: str  # the command that writes a C program; "" if nothing deviates that can be compiled

    @property
    def stem(self) -> str:
        """The name without the row."""
        return self.name.removesuffix(self.row)

    @property
    def row(self) -> str:
        """The row of a table, in its brackets; "" for a case of its own."""
        return self.name[self.name.index("[") :] if "[" in self.name and self.name.endswith("]") else ""

    @property
    def well(self) -> bool:
        """There is nothing to tell of it, on any target."""
        return all(verdict in ("", "conforms", "undefined") for verdict in self.verdicts) and not self.remarks

    @property
    def brief(self) -> str:
        """What was seen, for a line of a list."""
        deciding = [remark for remark in self.remarks if remark.decides]
        return self.findings[0].observed if self.findings else deciding[0].observed if deciding else ""

    @property
    def stretches(self) -> list[tuple[bool, list[Row]]]:
        """The rows in pieces: (shown at once?, rows). Of many in a row that tell nothing only the ends are."""
        out: list[tuple[bool, list[Row]]] = []
        plain: list[Row] = []
        for row in self.rows:
            if row.bad or row.what in ("fault", "injected"):
                out += _ends(plain)
                out.append((True, [row]))
                plain = []
            else:
                plain.append(row)
        return out + _ends(plain)


@dataclass(frozen=True)
class File:
    """The cases of one case file."""

    name: str
    cases: list[Case] = field(default_factory=list)

    @property
    def counts(self) -> list[tuple[str, int]]:
        return counted((*CASE_VERDICTS, "untested"), (case.worst for case in self.cases))

    @property
    def bad(self) -> bool:
        return any(case.worst in BAD for case in self.cases)


@dataclass(frozen=True)
class Pattern:
    """Deviations that look alike: the same clause, the same allowed set, the same observation."""

    allowed: tuple[str, ...]
    observed: str
    call: str
    cases: list[Case] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)


def _ends(rows: list[Row]) -> list[tuple[bool, list[Row]]]:
    half = _SHOWN // 2
    if len(rows) <= _SHOWN + 10:
        return [(True, rows)] if rows else []
    return [(True, rows[:half]), (False, rows[half:-half]), (True, rows[-half:])]


def counted(order: Sequence[str], verdicts: Iterable[str]) -> list[tuple[str, int]]:
    """(verdict, how many) in the given order, without those that did not occur."""
    numbers = Counter(verdicts)
    return [(verdict, numbers[verdict]) for verdict in order if numbers[verdict]]


def worst(verdicts: Iterable[str], order: Sequence[str] = CASE_VERDICTS) -> str:
    present = set(verdicts)
    return next((verdict for verdict in order if verdict in present), "untested")


def targets_of(docs: Sequence[Mapping[str, Any]]) -> list[Target]:
    """Targets in the order given; labels are names, with more where that is not unique."""
    folders = text.folder_names([(doc["target"]["name"], doc["target"]["arch"]) for doc in docs])
    names = Counter(doc["target"]["name"] for doc in docs)
    labels: list[str] = []
    for doc, folder in zip(docs, folders, strict=True):
        name, arch = doc["target"]["name"][:60], doc["target"]["arch"]
        label = f"{name} {arch}" if names[doc["target"]["name"]] > 1 else name
        labels.append(folder if label in labels else label)
    return [Target(index, *row) for index, row in enumerate(zip(labels, folders, docs, strict=True))]


@dataclass(frozen=True)
class Report:
    """Everything that the page, junit.xml and summary.md tell."""

    targets: list[Target]
    #: The targets that are looked at: all but the models, unless there is nothing else.
    subjects: list[Target]
    cases: dict[str, Case]
    #: Deviating clauses in the document's order, each with the deviations that look alike, the most frequent first.
    deviations: list[tuple[str, list[Pattern]]]
    spec: Spec

    @classmethod
    def of(cls, docs: Sequence[Mapping[str, Any]], spec: Spec, case_list: Iterable[Mapping[str, Any]]) -> Report:
        """From contents of results.json; case_list gives the order of the cases, their lines and what they require."""
        targets = targets_of(docs)
        subjects = [target for target in targets if not target.is_model] or targets
        cases = _cases(targets, subjects, {case["id"]: case for case in case_list}, spec.fact_by_id)
        return cls(targets, subjects, cases, _deviations(spec, cases), spec)

    @cached_property
    def clause_anchor(self) -> dict[str, str]:
        return text.anchors("clause", [clause.id for clause in self.spec.clauses])

    @cached_property
    def side_by_side(self) -> list[matrix.Group]:
        """Clauses on every target; nothing where only one is looked at."""
        if len(self.subjects) < 2:
            return []
        return matrix.clauses(self.spec, self.targets, self.subjects, _clause_verdict, self.clause_anchor)

    def html(self, made: datetime, compact: bool = False, compared: Sequence[Comparison] = ()) -> str:
        """index.html. compared: how the targets differ that are runs of one. compact: without the calls of cases that
        went well everywhere."""
        spec = self.spec
        style = (_HERE / "style.css").read_text("utf-8")
        script = "//<![CDATA[\n" + (_HERE / "page.js").read_text("utf-8") + "//]]>"
        clause_anchor = self.clause_anchor
        conditions = [(code, [_condition(target, code.clause) for target in self.targets]) for code in spec.codes]
        question_anchor = text.anchors("question", [question.id for question in spec.questions])
        clause_worst = {
            id: worst((_clause_verdict(t, id) for t in self.subjects if id in t.clauses), _CLAUSE_WORDS)
            for id in spec.clause_by_id
        }
        page = _environment(clause_anchor | question_anchor).get_template("page.html")
        return page.render(
            targets=self.targets,
            subjects=self.subjects,
            files=_files(self.cases.values()),
            cases=self.cases,
            case_counts=counted((*CASE_VERDICTS, "untested"), (case.worst for case in self.cases.values())),
            spec=spec,
            clause_anchor=clause_anchor,
            question_anchor=question_anchor,
            clause_worst=clause_worst,
            clause_counts=counted(_CLAUSE_WORDS, clause_worst.values()),
            clause_verdict=_clause_verdict,
            clause_reasons={id: _clause_reasons(self.targets, id) for id in spec.clause_by_id},
            facts=sorted(spec.facts, key=lambda fact: not any(_otherwise(target, fact) for target in self.targets)),
            remarked=sum(1 for case in self.cases.values() if case.remarks),
            clause_cases=_clause_cases(spec, self.targets, self.cases),
            deviations=self.deviations,
            patterns_of=dict(self.deviations),
            conditions=conditions,
            side_by_side=self.side_by_side,
            errors_by_side=matrix.errors(conditions, self.targets, self.subjects, clause_anchor) if self.side_by_side else [],
            place=matrix.anchor,
            bad_cases=matrix.bad_cases,
            flags=_flags(self.targets),
            made=made,
            compact=compact,
            compared=compared,
            packed=PACKED if compact else "",
            style=Markup(style),
            script=Markup(script),
            script_hash="sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            marks_of=MARKS,
            meanings=MEANINGS,
            # One word does not tell how each target fared where there are several, or where the model is wrong.
            compare=len(self.subjects) > 1
            or any(v in BAD for t in self.targets for v, _ in t.case_counts if t.is_model),
            kinds=KINDS,
            BAD=BAD,
        )


def _otherwise(target: Target, fact: Fact) -> bool:
    """Was the target seen to do what the fact speaks against?"""
    return bool(fact.id in target.facts and target.facts[fact.id]["otherwise"])


#: A clause whose cases were run, and of which the document leaves the outcome undefined, is called so in the page.
_CLAUSE_WORDS = (*CLAUSE_VERDICTS[:-1], "undefined", CLAUSE_VERDICTS[-1])
#: How an error condition was brought about, the best first.
PROVOKED = ("natural", "injected", "no")

#: A sign for each verdict, so that nothing rests on colour alone.
MARKS = {
    "crash": "✗", "hang": "✗", "deviates": "✗", "inconclusive": "?", "unsupported": "–", "undefined": "○",
    "conforms": "✓", "untested": "·", "": "·",
}  # fmt: skip

MEANINGS = {
    "crash": "the target died in a call",
    "hang": "a call did not return within the case's limit",
    "deviates": "at least one observation is not allowed by the document",
    "inconclusive": "the situation that the case is about did not arise",
    "unsupported": "the target or the machine cannot set it up",
    "undefined": "the document demands nothing here",
    "conforms": "every observation was allowed",
    "untested": "not judged in this run",
}


KINDS = {
    "must": "the implementation has to",
    "may": "the implementation is free to",
    "app": "the application has to",
    "undef": "expressly undefined",
    "info": "cannot be tested",
}


def _environment(anchor: Mapping[str, str]) -> jinja2.Environment:
    def source(name: str) -> str:
        """A template without its indentation, which is a tenth of the page."""
        return re.sub(r"\n[ \t]+", "\n", (_HERE / name).read_text("utf-8"))

    env = jinja2.Environment(
        loader=jinja2.FunctionLoader(source),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Whatever is put into the page passes here first; what is no Markup is escaped after it.
        finalize=lambda value: text.clip(text.visible(value), 2000) if type(value) is str else value,
    )

    def linked(value: str) -> Markup:
        """The text with the ids of clauses and questions in it as links."""
        parts = re.split(r"\b([a-z]\w*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)+)", text.visible(value))
        return Markup("").join(
            Markup('<a href="#{}">{}</a>').format(anchor[part], part) if i % 2 and part in anchor else escape(part)
            for i, part in enumerate(parts)
        )

    env.filters |= {"clip": text.clip, "gist": text.gist, "linked": linked, "duration": _duration}
    return env


def _duration(seconds: float) -> str:
    if seconds < 0.0995:
        return f"{seconds * 1000:.1f} ms" if seconds < 0.00995 else f"{seconds * 1000:.0f} ms"
    return f"{seconds:.2f} s" if seconds < 60 else f"{int(seconds // 60)} min {int(seconds % 60)} s"


# --- cases ------------------------------------------------------------------------------------------------------------


def _cases(
    targets: list[Target],
    subjects: list[Target],
    listed: Mapping[str, Mapping[str, Any]],
    facts: Mapping[str, Fact],
) -> dict[str, Case]:
    """Every case that some target ran, in the order of the listing, then in the order in which they ran."""
    ran = {id: None for target in targets for id in target.cases}
    order = [id for id in listed if id in ran] + [id for id in ran if id not in listed]
    anchor = text.anchors("case", order)
    return {id: _case(id, anchor[id], targets, subjects, listed.get(id), facts) for id in order}


def _case(
    id: str,
    anchor: str,
    targets: list[Target],
    subjects: list[Target],
    listed: Mapping[str, Any] | None,
    facts: Mapping[str, Fact],
) -> Case:
    results = [target.cases.get(id) for target in targets]
    present = [(target, case) for target, case in zip(targets, results, strict=True) if case]
    file, name = text.split_id(id)
    line = 0
    requires: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    if listed:
        line, requires = listed["line"], tuple(listed["requires"])
        path = listed["file"].replace("\\", "/").removesuffix(".case")
        # The id begins with the file's path below the folder of the cases, of which the file name has more.
        stems = ["/".join(path.split("/")[-n:]) for n in range(path.count("/") + 1, 0, -1)]
        file = next((stem for stem in stems if id.startswith(stem + "/")), file)
        name = id[len(file) + 1 :] if file else id
        if not (f"/{path}").endswith(f"/cases/{file}"):
            options = ("--cases", listed["file"])
    rows = _rows([case for _, case in present])
    reasons: dict[str, list[Target]] = {}
    for target, case in present:
        if case["reason"] and case["verdict"] not in BAD:  # there, the finding tells it
            reasons.setdefault(case["reason"], []).append(target)
    in_subjects = [case for target, case in present if target in subjects]
    deviating = [target for target, case in present if case["verdict"] in BAD and not target.is_model]
    programs = [target for target in deviating if target.doc["target"]["kind"] != "posix"]  # that a program for Windows can show
    return Case(
        id=id,
        anchor=anchor,
        file=file,
        name=name,
        line=line,
        requires=requires,
        clauses=tuple(present[0][1]["clauses"]),
        verdicts=tuple(case["verdict"] if case else "" for case in results),
        ran=tuple((target, case["steps"][0]["line"] if case["steps"] else 0) for target, case in present),
        worst=worst(case["verdict"] for case in in_subjects),
        reasons=tuple((reason, tuple(whose)) for reason, whose in reasons.items()),
        signatures=tuple(dict.fromkeys(case["signature"] for _, case in present if case["signature"])),
        baselines=tuple(dict.fromkeys(case["baseline"] for _, case in present if case["baseline"] != "none")),
        seconds=max((case["seconds"] for case in in_subjects), default=0.0),
        findings=tuple(_findings(present, rows)),
        remarks=tuple(_remarks(present, rows, facts)),
        rows=tuple(rows),
        injected=any(case.get("injected") or is_injected(case) for _, case in present),
        left_out=max((case.get("left_out", 0) for _, case in present), default=0),
        rerun=text.rerun_command(id, *_target_options(subjects), *options),
        repro=text.repro_command(id, *_target_options(programs[:1]), *options) if programs else "",
    )


def _target_options(subjects: list[Target]) -> list[str]:
    """What chooses these targets again, as far as their results tell: the default is the system's x86_64 Wine."""
    options: list[str] = []
    docs = [target.doc["target"] for target in subjects if not target.is_model]
    layers = [doc.get("options", "--executor PROGRAM") for doc in docs if doc["kind"] == "posix"]
    docs = [doc for doc in docs if doc["kind"] != "posix"]
    docs = [doc for doc in docs if doc["kind"] == "wine"] or docs  # what was recorded elsewhere cannot be run beside a Wine
    # The others have names of targets.toml, where all the rest is told.
    system = [
        doc
        for doc in docs
        if doc["kind"] != "wine" or doc["name"] == "wine" or f"{doc['name']}-".startswith(f"wine-{doc['version']}-")
    ]
    named = [doc["name"] for doc in docs if doc not in system]
    options += shlex.split(layers[0]) if layers else []  # one is all that the headers and libraries of the options can be of
    for name in [*named, *(["wine"] if (named or layers) and system else [])]:
        options += ["--target", name]
    arches = list(dict.fromkeys(doc["arch"] for doc in system))
    if arches and arches != ["x86_64"]:
        options += ["--arch", ",".join(arches)]
    for provider in dict.fromkeys(doc["provider"] for doc in system):
        options += ["--provider", provider] if provider else []
    for profile in dict.fromkeys(target.doc["profile"] for target in subjects):
        options += ["--profile", profile] if profile != "documented" else []
    return options


def _files(cases: Iterable[Case]) -> list[File]:
    files: dict[str, File] = {}
    for case in cases:
        files.setdefault(case.file, File(case.file)).cases.append(case)
    return list(files.values())


_Group = tuple[str, list[Mapping[str, Any]]]


def _groups(steps: Sequence[Mapping[str, Any]]) -> list[_Group]:
    """Steps in order, many equal calls in a row as one group."""
    runs: list[_Group] = []
    for step in steps:
        if runs and runs[-1][0] == step["call"]:
            runs[-1][1].append(step)
        else:
            runs.append((step["call"], [step]))
    out: list[_Group] = []
    for call, run in runs:
        out += [(call, run)] if len(run) >= _REPEATS else [(call, [step]) for step in run]
    return out


def _rows(results: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The calls of all targets side by side: equal calls share a row."""
    merged: list[tuple[str, dict[int, list[Mapping[str, Any]]]]] = []
    for index, case in enumerate(results):
        merged = _merge(merged, index, _groups(case["steps"]))
    rows = []
    depths: Counter[str] = Counter()  # by thread: inside so many routines
    for number, (call, by_target) in enumerate(merged, 1):
        steps = [step for group in by_target.values() for step in group]
        thread, bare = _thread(call)
        what = _what(bare)
        depths[thread] -= what == "leave" and depths[thread] > 0
        rows.append(
            Row(
                number,
                thread,
                bare,
                what,
                depths[thread],
                max(sum(map(times, group)) for group in by_target.values()),
                max(step["repeat"]["of"] if "repeat" in step else 1 for step in steps),
                tuple(dict.fromkeys(outcome for step in steps for outcome in step["allowed"])),
                tuple(_seen(by_target.get(index)) for index in range(len(results))),
            )
        )
        depths[thread] += what == "enter"
    return rows


def _thread(call: str) -> tuple[str, str]:
    """(thread, call without it)."""
    match = re.match(r"([A-Za-z_]\w*): ", call)
    return (match[1], call[match.end() :]) if match else ("", call)


def _what(call: str) -> str:
    """What kind of a step it is; see Row."""
    if call.startswith("fault("):
        return "injected" if call.startswith("fault(inject(") else "fault"
    word = call.partition(" ")[0]
    return word if word in ("enter", "leave") else "begin" if call.endswith(" ...") else ""


def _merge(
    rows: list[tuple[str, dict[int, list[Mapping[str, Any]]]]], index: int, groups: list[_Group]
) -> list[tuple[str, dict[int, list[Mapping[str, Any]]]]]:
    left, right = [call for call, _ in rows], [call for call, _ in groups]
    if left == right or max(len(left), len(right)) > _ALIGN_LIMIT:
        common = 0
        while common < min(len(left), len(right)) and left[common] == right[common]:
            common += 1
        blocks = [(0, 0, common)]
    else:
        matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
        blocks = [(match.a, match.b, match.size) for match in matcher.get_matching_blocks()]
    out, i, j = [], 0, 0
    for a, b, size in [*blocks, (len(left), len(right), 0)]:
        out += rows[i:a]
        out += [(call, {index: group}) for call, group in groups[j:b]]
        for k in range(size):
            out.append((rows[a + k][0], rows[a + k][1] | {index: groups[b + k][1]}))
        i, j = a + size, b + size
    return out


def _seen(group: list[Mapping[str, Any]] | None) -> Seen | None:
    if not group:
        return None
    found: list[tuple[str, int, bool]] = []
    for step in group:
        for observed, number in answers(step):
            if found and found[-1][0] == observed and found[-1][2] == step["ok"]:
                number += found.pop()[1]
            found.append((observed, number, step["ok"]))
    if len(found) > 12 and all(ok for _, _, ok in found):
        found = [*found[:6], (f"… {len(found) - 8} more answers, all allowed …", 1, True), *found[-2:]]
    return Seen(tuple(found))


def _findings(present: list[tuple[Target, Mapping[str, Any]]], rows: list[Row]) -> Iterable[Finding]:
    found: dict[tuple[Any, ...], list[Target]] = {}
    for target, case in present:
        for number, step in enumerate(filter(against_document, deciding(case))):
            # The reason is about the first; it begins with the name of the function, which stands there anyway.
            why = "" if number else re.sub(r"^\w+: ", "", case["reason"])
            clauses = tuple(step["clauses"] or deviating(case))
            key = (step["call"], tuple(step["allowed"]), step["observed"], clauses, why)
            if target not in (who := found.setdefault(key, [])):
                who.append(target)
    for (call, allowed, observed, clauses, why), who in found.items():
        number = next((row.number for row in rows if row.call == _thread(call)[1] and row.bad), 0)
        why = "" if why.startswith("not one of the allowed outcomes") else ". ".join(dict.fromkeys(why.split(".; ")))
        yield Finding(number, call, allowed, observed, clauses, why, tuple(who))


def _remarks(
    present: list[tuple[Target, Mapping[str, Any]]], rows: list[Row], facts: Mapping[str, Fact]
) -> Iterable[Remark]:
    """What the document allows and a system is not seen to do."""
    found: dict[tuple[str, str, tuple[str, ...], bool], list[Target]] = {}
    for target, case in present:
        for step in case["steps"]:
            if ids := tuple(step.get("practice", ())):
                observed = text.gist(step["observed"], ok=False)
                if target not in (who := found.setdefault((step["call"], observed, ids, not step["ok"]), [])):
                    who.append(target)
    for (call, observed, ids, decides), who in found.items():
        number = next((row.number for row in rows if row.call == _thread(call)[1]), 0)
        known = tuple(facts[id] for id in ids if id in facts)
        yield Remark(number, call, observed, known, decides, tuple(who))


# --- tables -----------------------------------------------------------------------------------------------------------


def _clause_cases(spec: Spec, targets: list[Target], cases: Mapping[str, Case]) -> dict[str, list[Case]]:
    """For each clause the cases that are about it or deviate from it, deviating ones first."""
    out: dict[str, list[Case]] = {}
    for id in spec.clause_by_id:
        about = {case for target in targets if id in target.clauses for case in target.clauses[id]["cases"]}
        out[id] = [case for case in cases.values() if case.id in about]
        out[id].sort(key=lambda case: case.worst not in BAD)
    return out


def _deviations(spec: Spec, cases: Mapping[str, Case]) -> list[tuple[str, list[Pattern]]]:
    clauses: dict[str, dict[tuple[tuple[str, ...], str], Pattern]] = {}
    for case in cases.values():
        for finding in case.findings:
            for clause in finding.clauses or ("",):
                patterns = clauses.setdefault(clause, {})
                observed = text.gist(finding.observed, ok=False)
                pattern = patterns.setdefault(
                    (finding.allowed, observed), Pattern(finding.allowed, observed, finding.call)
                )
                if not pattern.cases or pattern.cases[-1] is not case:
                    pattern.cases.append(case)
                pattern.targets.extend(target for target in finding.targets if target not in pattern.targets)
    order = list(spec.clause_by_id)
    ids = sorted(clauses, key=lambda id: order.index(id) if id in order else len(order))
    return [(id, sorted(clauses[id].values(), key=lambda pattern: -len(pattern.cases))) for id in ids]


@dataclass
class Answer:
    """An answer that occurred, without what does not matter in a table (see text.gist)."""

    observed: str
    ok: bool
    case: str  # the first in which it occurred
    calls: int = 0  # on the first of the targets
    targets: list[Target] = field(default_factory=list)
    injected: bool = False  # an injected failure led there


class Answers(dict[tuple[str, bool], Answer]):
    """Answers counted."""

    def add(self, target: Target, case: str, step: Mapping[str, Any]) -> None:
        observed, ok = text.gist(step["observed"], step["ok"]), step["ok"]
        answer = self.setdefault((observed, ok), Answer(observed, ok, case))
        if target not in answer.targets:
            answer.targets.append(target)
        answer.calls += target is answer.targets[0]

    def ordered(self) -> list[Answer]:
        """Deviations first, for they are what the reader looks for, however rare; then the most frequent."""
        return sorted(self.values(), key=lambda answer: (answer.ok, -answer.calls))


@dataclass(frozen=True)
class Condition:
    """A documented error condition on one target."""

    provoked: str
    verdict: str
    why_not: str | None
    not_natural: str | None
    answers: list[Answer]
    natural: list[str]  # cases
    injected: list[str]


def _condition(target: Target, clause: str) -> Condition:
    code = target.codes.get(clause)
    if code is None:  # results of another version of the spec
        return Condition("no", "untested", "this run knew no such condition", None, [], [], [])
    answered = [
        Answer(answer["observed"], answer["allowed"], answer["case"], answer["calls"], [target], answer["injected"])
        for answer in code.get("answers", ())
        if answer["case"] in target.cases
    ]
    injected = code.get("injected", code["cases"] if code["provoked"] == "injected" else [])
    natural = [id for id in code["cases"] if id not in injected]
    verdict = target.clauses[clause]["verdict"] if clause in target.clauses else "untested"
    not_natural = code.get("not_natural")
    return Condition(code["provoked"], verdict, code["why_not"], not_natural, answered, natural, injected)


def _clause_verdict(target: Target, clause: str) -> str:
    """The word of results.json; undefined instead of untested where the cases were run."""
    row = target.clauses[clause]
    verdict = str(row["verdict"])
    ran = [target.cases[id]["verdict"] for id in row["cases"] if id in target.cases]
    return "undefined" if verdict == "untested" and "undefined" in ran else verdict


def _clause_reasons(targets: list[Target], clause: str) -> list[tuple[str, list[Target]]]:
    """Why nothing was judged, and on which targets."""
    reasons: dict[str, list[Target]] = {}
    for target in targets:
        if clause in target.clauses and (reason := target.clauses[clause].get("reason")):
            reasons.setdefault(reason, []).append(target)
    return list(reasons.items())


@dataclass(frozen=True)
class Flags:
    """What the targets answer to flags, by kind of socket."""

    kinds: list[str]
    #: (flags, for each kind the answers)
    rows: list[tuple[str, list[list[Answer]]]]


_SINGLE = ("MSG_DONTROUTE", "MSG_OOB", "MSG_PARTIAL")
_UNDEFINED = "undefined bits"


def _flags(targets: list[Target]) -> Flags:
    """From the cases about flags.* (and the errors that flags bring about): every WSASend with flags."""
    table: dict[str, dict[str, Answers]] = {flag: {} for flag in _SINGLE}
    for target in targets:
        for case in target.doc["cases"]:
            if not any(clause.startswith(("flags.", "err.opnotsupp.")) for clause in case["clauses"]):
                continue
            for flags, kind, step in _sends_with_flags(case["steps"]):
                table.setdefault(flags, {}).setdefault(kind, Answers()).add(target, case["id"], step)
    present = {kind for row in table.values() for kind in row}
    kinds = [kind for kind in ("tcp", "tcp6", "udp", "udp6", "other") if kind in present]
    order = sorted(table, key=lambda flags: (flags == _UNDEFINED, flags.count("|"), flags))
    return Flags(kinds, [(flags, [table[flags].get(kind, Answers()).ordered() for kind in kinds]) for flags in order])


def _sends_with_flags(steps: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str, Mapping[str, Any]]]:
    kinds: dict[str, str] = {}
    for step in steps:
        verb, args = text.arguments(step["call"])
        made = step["call"].split("=", 1)[0] if "=" in step["call"].split("(", 1)[0] else ""
        for name in (name.strip() for name in made.split(",")):
            if verb in ("tcp", "tcp6", "udp", "udp6"):
                kinds[name] = verb
            elif verb in ("socket", "WSASocket") and len(args) >= 2:
                kinds[name] = ("udp" if "DGRAM" in args[1] else "tcp") + ("6" if "INET6" in args[0] else "")
        if verb == "WSASend" and len(args) >= 4 and args[3] not in ("0", "0x0"):
            yield _flag_name(args[3]), kinds.get(args[0], "other"), step


def _flag_name(flags: str) -> str:
    words = [word.strip() for word in flags.split("|")]
    known = [word for word in words if word in _SINGLE]
    if len(known) != len(words):
        return _UNDEFINED
    return "|".join(sorted(known))
