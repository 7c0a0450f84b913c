"""./wsconform repro: a deviation as one C program that needs nothing of wsconform.

`recorded` finds out what happened, by running the case or from the results of an earlier run; `program` writes the C.
"""

from __future__ import annotations

import argparse
import datetime
import functools
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jinja2

from wsconform import __version__, cases, check, places, targets, wine
from wsconform.cases import Case
from wsconform.engine import Engine
from wsconform.errors import OK, BadUsage, TargetError
from wsconform.faults import Sites
from wsconform.repro import trace
from wsconform.repro.outcomes import Outcome, allowed_of
from wsconform.repro.source import Decision, Function, Unwritable, Writer, loose, quoted
from wsconform.targets import Target
from wsconform.targets import quoted as in_notation
from wsconform.verdicts import UNEXPECTED, deciding_step, deviating_clauses

WIDTH = 116
#: Of a longer trace or case the first and the last lines stand in the comment.
LINES_MOST = 80


@dataclass(frozen=True)
class Recorded:
    """A case that deviated: on which target, what the judge says, and its trace with the head."""

    target: dict[str, Any]
    record: dict[str, Any]
    text: str
    when: datetime.date
    limit_ms: int
    launch: str = ""  # the command through which it was started


def repro(arguments: argparse.Namespace) -> int:
    collection = cases.collect(arguments.paths or [places.CASES])
    known = {case.id: case for case in collection.cases}
    if arguments.folder:
        found = _from_folder(arguments.folder, arguments.target, arguments.case, arguments.profile, arguments.limit)
    else:
        [case] = cases.select(collection.cases, [arguments.case])[:1]
        if case.id != arguments.case:
            raise BadUsage(f"{arguments.case!r} stands for several cases; the first is {case.id!r}")
        found = _by_running(arguments, case, collection.root)
    if found.record["verdict"] not in UNEXPECTED:
        reason = f" ({found.record['reason']})" if found.record["reason"] else ""
        raise BadUsage(f"{arguments.case!r} does not deviate on {found.target['name']}: {found.record['verdict']}{reason}")
    try:
        out = arguments.out or Path(re.sub(r"[^A-Za-z0-9]+", "-", arguments.case).strip("-")[:100] + ".c")
        text = program(found, known.get(arguments.case), collection.root, "repro.c" if out == Path("-") else out.name)
    except Unwritable as why:
        raise BadUsage(f"{arguments.case!r} cannot be written as a C program: {why}") from why
    return _write(text, out)


def _write(text: str, out: Path) -> int:
    if out == Path("-"):
        sys.stdout.write(text)
        return OK
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadUsage(f"--out {out}: {error.strerror}") from error
    print(out)
    return OK


# --- what happened --------------------------------------------------------------------------------------------------------


def _by_running(arguments: argparse.Namespace, case: Case, root: Path) -> Recorded:
    from wsconform.run import choose_targets

    arguments.target = arguments.target or ([] if arguments.wine else targets.default_kinds())
    chosen = [target for target in choose_targets(arguments) if target.kind != "model"]
    if len(chosen) != 1:
        raise BadUsage("repro is for one target that is not the model: --target NAME, --wine PATH, --arch ARCH")
    [target] = chosen
    if target.executor:
        raise _of_layer(target.name)
    if target.trace:
        return _from_folder(target.trace, [], case.id, arguments.profile, arguments.limit)
    return run_case(target, case, root, arguments.limit, arguments.profile)


def _of_layer(name: str) -> BadUsage:
    return BadUsage(f"{name} is a porting layer: what repro writes is a Windows program. Its trace has the calls: "
                    "./wsconform run with the case's id, then trace.txt in the folder of --out")


def run_case(target: Target, case: Case, root: Path, limit_ms: int | None, profile: str) -> Recorded:
    """Runs the case there, once."""
    with ExitStack() as stack:
        prefix = stack.enter_context(wine.opened(target.wine, target.arch)) if target.wine else None
        sites = stack.enter_context(Sites(target, prefix))
        engine = Engine(target, prefix, root, [case], jobs=1, limit_ms=limit_ms, profile=profile, sites=sites)
        try:
            list(engine.results())
        finally:
            engine.close()
    if not blocks(engine.trace, case.id):
        raise TargetError(f"{target.name}: {engine.trouble or 'the case could not be run'}")
    # Judged once more, alone: so its steps name the lines of this very text.
    found = judged(blocks(engine.trace, case.id)[0], profile, datetime.date.today(), limit_ms)
    return replace(found, target=target.describe(), launch=shlex.join(target.launch))


def _from_folder(folder: Path, wanted: Sequence[str], id: str, profile: str, limit_ms: int | None) -> Recorded:
    """From the results of an earlier run: the first of its targets (of those named) on which the case deviates."""
    traces = [folder] if folder.is_file() else sorted(folder.glob("*/trace.txt")) or sorted(folder.glob("trace.txt"))
    if not traces:
        raise BadUsage(f"{folder}: no results here (no trace.txt in it or in its folders)")
    mild: Recorded | None = None
    for path in traces:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        date = datetime.date.fromtimestamp(path.stat().st_mtime)
        for block in blocks(text, id):
            found = judged(block, profile, date, limit_ms)
            if found.target["kind"] == "model" or (wanted and not {found.target["name"], found.target["kind"]} & set(wanted)):
                continue
            if found.record["verdict"] in UNEXPECTED:
                if found.target["kind"] == "posix":
                    raise _of_layer(found.target["name"])
                return found
            mild = mild or found
    if mild is None:
        raise BadUsage(f"{folder}: no results of case {id!r}" + (f" on {' or '.join(wanted)}" if wanted else ""))
    return mild


def blocks(text: str, id: str) -> list[str]:
    """The head of a trace with one run of the case, for each of its runs."""
    head = re.match(r"(?:(?!\s*case ).*\n)*", text)
    begin = re.escape(f"case {in_notation(id)}") + r".*\n(?:(?!case |end\b).*\n)*end.*\n"
    return [(head[0] if head else "") + match[0] for match in re.finditer("^" + begin, text, re.MULTILINE)]


def judged(text: str, profile: str, date: datetime.date, limit_ms: int | None) -> Recorded:
    """A trace of one case."""
    with tempfile.TemporaryDirectory(prefix="wsconform-") as folder:
        path = Path(folder) / "trace"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        run, message = check.judged(str(path), profile)
    if run is None or not run.judged:
        raise BadUsage(message or "there is no case in the trace")
    return Recorded(run.target, run.judged[0], text, date, limit_ms or cases.DEFAULT_LIMIT_MS)


# --- what the program is ----------------------------------------------------------------------------------------------------


def program(found: Recorded, case: Case | None, root: Path, name: str = "repro.c") -> str:
    """The C source, for a file of that name. case: as it is written in its file, if it is known. Raises Unwritable."""
    with tempfile.TemporaryDirectory(prefix="wsconform-") as folder:
        path = Path(folder) / "trace"
        path.write_bytes(found.text.encode("utf-8", "surrogateescape"))
        [ran] = trace.read(path)
    written = next((c for c in trace.read(case.file, root) if c["id"] == case.id), None) if case else None
    step = deciding_step(found.record)
    if step is None:
        raise Unwritable("no step decides")
    script = trace.script(ran["statements"], step["line"], written["statements"] if written else ())
    if not any(call.deciding and str(call) == step["call"].removesuffix(" ...") for call in script.calls()) \
            and not any(run.deciding for runs in script.runs.values() for run in runs):
        raise Unwritable("the call that decides is not in the trace")
    limit_ms = ran["limit_ms"] or found.limit_ms
    writer = Writer(script, _decision(found.record, step, written), limit_ms)
    return _render(writer, ran, found, step, case, root, name)


def _decision(record: dict[str, Any], step: dict[str, Any], written: dict[str, Any] | None) -> Decision:
    seen = Outcome.of(step["observed"])
    texts = step["allowed"] or _stated(step["call"], written)
    allowed, perhaps = allowed_of(texts)
    event = "event set" in record["signature"]
    extras = tuple(extra for extra in seen.extras if extra.startswith("changed") or (extra == "event set" and event))
    ends = seen.words[:1] in (["crash"], ["hang"])
    again = not ends and (not allowed or "…" in texts or (not extras and any(one.admits(seen) for one in allowed)))
    if again and re.search(r"\b(part|more)\b", record["signature"]):
        seen = loose(step["observed"])
    return Decision(tuple(allowed), tuple(perhaps), seen, extras, seen.words[0] if ends else "", again)


def _stated(call: str, written: dict[str, Any] | None) -> list[str]:
    """What the case states for this call of something that the model does not judge: recv."""
    found: list[list[str]] = [statement["outcomes"] for statement in _statements(written["statements"] if written else [])
                              if statement["kind"] == "call" and statement["outcomes"] and statement["text"] == call]
    return found[0] if found and all(one == found[0] for one in found) else []


def _statements(statements: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    flat = []
    for raw in statements:
        if raw["kind"] == "call":
            made = ", ".join(raw["results"]) + " = " if raw["results"] else ""
            thread = f"{raw['thread']}: " if raw.get("thread") else ""
            arguments = ", ".join(str(trace.Value.of(value)) for value in raw["args"])
            raw = {**raw, "text": f"{thread}{made}{raw['verb']}({arguments})"}
        flat += [raw, *_statements(raw.get("body", ()))]
    return flat


# --- text ---------------------------------------------------------------------------------------------------------------------

_COMPILERS = {"x86_64": "x86_64-w64-mingw32-gcc", "i686": "i686-w64-mingw32-gcc"}


def _allowed(w: Writer) -> list[str]:
    texts = [one.text for one in w.decision.allowed] + [f"and perhaps {ran.routine} runs" for ran in w.decision.perhaps]
    return [f"{'' if text.startswith('and') else 'or' if n else 'allowed':9} {text}" for n, text in enumerate(texts)]


def _comment(found: Recorded, step: dict[str, Any], allowed: Sequence[str], case: Case | None, root: Path,
             name: str) -> list[str]:
    import wsconform_spec

    spec = wsconform_spec.load()
    said = {clause.id: clause.statement for clause in spec.clauses} | {q.id: q.title for q in spec.questions} | {
        fact.id: fact.statement for fact in spec.facts}
    record, target = found.record, found.target
    provider = target["provider"]
    compilers = sorted(_COMPILERS, key=lambda arch: bool(arch != target["arch"]))
    name = f'"{name}"' if re.search(r"[^\w.+/\\:-]", name) else name
    lines = [record["id"], "", *(f"    {_COMPILERS[arch]} -o repro.exe {name} -lws2_32" for arch in compilers), f"    cl {name}", ""]
    if provider:
        lines += ["    repro.exe provider.dll        takes the functions that the DLL exports from there, the others from the system", ""]
    if found.launch:
        lines += [f"Start it as it was started when this was seen: {found.launch.replace('{}', 'repro.exe')}", ""]
    lines += ["Exit status: 1 the deviation is there, 0 it is not, 2 the situation did not arise."]
    if re.search(r"^\s+requires (?!root$)", found.text, re.MULTILINE):
        lines += ["Somebody has to make faults: it says which, and when, and waits for a line on its standard input."]
    lines.append("")
    for clause in dict.fromkeys([*deviating_clauses(record), *step.get("practice", ())]):
        lines += _wrapped(f"{clause}: {said.get(clause, '')}", "    ")
    lines += ["", *_wrapped(f"call      {step['call']}", " " * 10)]
    for text in allowed:
        lines += _wrapped(text, " " * 10)
    lines += _wrapped(f"observed  {step['observed']}", " " * 10)
    lines += _wrapped(f"reason    {step.get('note') or record['reason']}", " " * 10)
    where = f"{target['kind']} {target['version']} {target['arch']}" + (f", provider {target['provider']}" if provider else "")
    lines += ["", f"Seen on {where} by wsconform {__version__} on {found.when}."]
    if case:
        lines += ["", "The case:", "", *_cut(_case_text(case, root))]
    body = found.text[found.text.index("\ncase ") + 1:] if "\ncase " in found.text else found.text
    return [*lines, "", "What happened (times in microseconds):", "", *_cut(body.splitlines())]


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) or [""]


def _cut(lines: list[str]) -> list[str]:
    if len(lines) > LINES_MOST:
        half = LINES_MOST // 2
        lines = [*lines[:half], f"  ... {len(lines) - 2 * half} more lines ...", *lines[-half:]]
    return [line if len(line) <= 400 else line[:400] + " ..." for line in lines]


def _case_text(case: Case, root: Path) -> list[str]:
    done = subprocess.run([str(places.judge()), "print", "--root", str(root), str(case.file)], capture_output=True)
    text = done.stdout.decode("utf-8", "replace")
    begin = text.find(f"case {in_notation('/' + case.id)}\n")
    rest = text[begin:] if begin >= 0 else ""
    return rest.split("\n\n")[0].rstrip().splitlines()


def _constants() -> dict[str, int]:
    """The notation's constants."""
    text = (places.CASES / "notation" / "constants.def").read_text()
    return {name: int(value, 0) for name, value in re.findall(r"^WSN_\w+\((\w+), (\d\w*)\)", text, re.MULTILINE)}


def _functions(used: str) -> list[dict[str, str]]:
    """The functions that a provider may export, of those that the program calls."""
    text = (places.TREE / "runner" / "executor" / "winsock.def").read_text()
    found = re.findall(r"^WSX_(?:WINSOCK|KERNEL)\(([\w ]+?), (\w+), (\((?:[^()]|\n)*\))\)", text, re.MULTILINE)
    return [{"result": result, "name": name, "arguments": " ".join(arguments.split())} for result, name, arguments in found
            if re.search(rf"\b{name}\(", used)]


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(loader=jinja2.PackageLoader("wsconform.repro", "."), trim_blocks=True, lstrip_blocks=True,
                                     undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)
    return environment.get_template("program.c.jinja")


def _render(w: Writer, ran: dict[str, Any], found: Recorded, step: dict[str, Any], case: Case | None, root: Path,
            name: str) -> str:
    functions = [w.main, *w.jobs.values(), *w.routines.values()]
    lines = "\n".join([line for f in functions for line in f.lines] + w.start + list(w.globals.values()))
    named = _constants()
    texts = " ".join([*step["allowed"], step["observed"]])
    codes: dict[int, str] = {}
    for word in dict.fromkeys(re.findall(r"\b(?:WSA|ERROR_|WAIT_TIMEOUT)\w*", texts)):
        if named.get(word):
            codes.setdefault(named[word], word)
    provider = bool(found.target["provider"])
    comment = [line.replace("*/", "* /").replace("/*", "/ *") for line in
               _comment(found, step, _allowed(w), case, root, name)]
    allowed = _allowed(w)
    told = [f"call      {step['call']}", *allowed[:6], f"recorded  {step['observed']}"]
    values = {"comment": comment, "w": w, "needs": w.needs, "need": lambda *names: bool(w.needs & set(names)), "limit": w.limit_ms, "provider": provider, "codes": codes.values(),
              "families": {kind[1] for kind in w.kinds.values()}, "uninitialised": ran["uninitialised"],
              "expected": [quoted(line[:300]) for line in told], "constants": [], "functions": [],
              "uses": lambda text: text in lines, "declarations": Function.declarations, "body": _body}
    template = _template()
    if provider:
        values["functions"] = _functions(template.render(values))
    return _visible(template.render(values))


def _body(f: Function, parameters: Sequence[str] = ()) -> str:
    own = {name: kind for name, kind in f.variables.items() if name not in parameters}
    lines = ["    " + line for line in Function(lines=f.lines, variables=own).declarations()]
    return "\n".join([*lines, *([""] if lines else []), *f.lines])


def _visible(text: str) -> str:
    """No control or reversing characters, whatever the trace holds."""
    from wsconform_reports.text import visible

    return "\n".join(visible(line) for line in text.split("\n"))
