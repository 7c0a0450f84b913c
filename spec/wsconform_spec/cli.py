"""The command line: `python3 -m wsconform_spec clauses|questions|facts|codes|check|fingerprint`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, TextIO

from wsconform_spec.coverage import Problem, citations, cited_in_sources, coverage, judge_list, judge_rules
from wsconform_spec.data import JUDGED_KINDS, Clause, Code, Fact, Question, Spec, SpecError, load
from wsconform_spec.document import against, fingerprint

#: Exit statuses, as everywhere in wsconform.
OK, FOUND, BAD = 0, 1, 2

_COLOURS = {"bold": "1", "dim": "2", "must": "32", "may": "36", "app": "33", "undef": "35", "info": "34"}
_COLOURS |= {"contradiction": "31", "silence": "36", "yes": "32", "no": "2"}


class _Printer:
    """Prints wrapped columns, with colour on a terminal."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self.width = max(60, min(140, shutil.get_terminal_size((100, 24)).columns))
        self._colour = out.isatty() and "NO_COLOR" not in os.environ

    def paint(self, style: str, text: str) -> str:
        return f"\x1b[{_COLOURS[style]}m{text}\x1b[0m" if self._colour else text

    def line(self, text: str = "") -> None:
        print(text, file=self._out)

    def wrapped(self, text: str, indent: int, first: str = "", style: str | None = None) -> None:
        """Text behind a column of `indent` characters; `first` is what stands in that column on the first line."""
        lines = textwrap.wrap(text, self.width - indent, break_on_hyphens=False) or [""]
        for number, part in enumerate(lines):
            self.line((first if number == 0 else " " * indent) + (self.paint(style, part) if style else part))


def _print_clauses(printer: _Printer, clauses: Sequence[Clause]) -> None:
    """Grouped by section; the statement beside the id where the terminal is wide enough, else below it."""
    wide = printer.width >= 100
    column = 6 + max((len(clause.id) for clause in clauses), default=0) + 2
    for section, group in groupby(clauses, key=lambda clause: clause.section):
        printer.line(printer.paint("bold", section))
        for clause in group:
            head = f"{printer.paint(clause.kind, f'{clause.kind:5}')} {clause.id}"
            if wide:
                padding = " " * (column - 6 - len(clause.id))
                printer.wrapped(clause.statement, column, head + padding)
            else:
                printer.line(head)
                printer.wrapped(clause.statement, 6, " " * 6)
        printer.line()


def _print_missing(printer: _Printer, path: str, clauses: Sequence[Clause], total: int) -> None:
    if not clauses:
        printer.line(f"{path} has the sentences of all {total} clauses.")
        return
    printer.line(f"{path} no longer has the sentence of {len(clauses)} of {total} clauses. Look at these again:\n")
    for clause in clauses:
        printer.line(f"{printer.paint(clause.kind, f'{clause.kind:5}')} {clause.id}")
        printer.wrapped(clause.statement, 6, " " * 6)
        printer.wrapped(clause.place, 6, " " * 6, "dim")


def _print_questions(printer: _Printer, questions: Sequence[Question]) -> None:
    for question in questions:
        printer.line(f"{printer.paint('bold', question.id)}  {printer.paint(question.kind, question.kind)}")
        printer.wrapped(question.title, 2, "  ")
        printer.wrapped(" ".join(question.clauses), 2, "  ", "dim")
        for number, reading in enumerate(question.readings, 1):
            admitted = number in question.admitted
            mark = printer.paint("yes", "admitted") if admitted else printer.paint("no", "no".rjust(8))
            printer.wrapped(reading, 16, f"    {mark}  {number} ")
        printer.wrapped(question.why, 2, "  ")
        printer.line()


def _print_facts(printer: _Printer, facts: Sequence[Fact]) -> None:
    for fact in facts:
        marks = [fact.strength, *(["inferred"] if fact.inferred else []), *([] if fact.judged else ["not judged"])]
        printer.line(f"{printer.paint('bold', fact.id)}  {printer.paint('dim', ', '.join(marks))}")
        printer.wrapped(fact.statement, 2, "  ")
        printer.wrapped(fact.source, 2, "  ", "dim")
        printer.wrapped(" ".join(fact.clauses), 2, "  ", "dim")
        printer.line()


def _print_codes(printer: _Printer, codes: Sequence[Code]) -> None:
    first = max((len(row.code) for row in codes), default=0) + 2
    second = max((len(row.clause) for row in codes), default=0) + 2
    for row in codes:
        printer.wrapped(row.condition, first + second, f"{row.code:{first}}{row.clause:{second}}")


def _print_json(out: TextIO, records: Iterable[Any]) -> None:
    json.dump([dataclasses.asdict(record) for record in records], out, ensure_ascii=False, indent=2)
    out.write("\n")


def _clauses(options: argparse.Namespace, printer: _Printer) -> int:
    spec = load()
    if options.against is None:
        shown: Sequence[Clause] = spec.clauses
    else:
        shown = against(options.against, spec.clauses)
    if options.json:
        _print_json(sys.stdout, shown)
    elif options.against is None:
        _print_clauses(printer, shown)
    else:
        _print_missing(printer, options.against, shown, len(spec.clauses))
    return FOUND if options.against is not None and shown else OK


def _questions(options: argparse.Namespace, printer: _Printer) -> int:
    questions = load().questions
    if options.json:
        _print_json(sys.stdout, questions)
    else:
        _print_questions(printer, questions)
    return OK


def _facts(options: argparse.Namespace, printer: _Printer) -> int:
    facts = load().facts
    if options.json:
        _print_json(sys.stdout, facts)
    else:
        _print_facts(printer, facts)
    return OK


def _codes(options: argparse.Namespace, printer: _Printer) -> int:
    codes = load().codes
    if options.json:
        _print_json(sys.stdout, codes)
    else:
        _print_codes(printer, codes)
    return OK


def _summary(spec: Spec, cases: Sequence[Any], rules: Sequence[Any], problems: Sequence[Problem]) -> str:
    judged = {clause.id for clause in spec.clauses if clause.kind in JUDGED_KINDS}
    covered = judged & citations(cases).keys()
    return (
        f"{len(covered)} of {len(judged)} must and may clauses have a case; "
        f"{len(cases)} cases, {len(rules)} rules, {len(spec.questions)} questions; {len(problems)} problems"
    )


def _check(options: argparse.Namespace, printer: _Printer) -> int:
    spec = load()
    cases, rules = judge_list(options.judge, options.cases), judge_rules(options.judge)
    problems = coverage(spec, cases, rules, cited_in_sources(spec, options.source))
    for problem in problems:
        printer.line(str(problem))
    printer.line(_summary(spec, cases, rules, problems))
    return FOUND if problems else OK


def _fingerprint(_options: argparse.Namespace, printer: _Printer) -> int:
    length, digest = fingerprint(sys.stdin.read())
    printer.line(f'length = {length}\nsha256 = "{digest}"')
    return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m wsconform_spec", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace, _Printer], int], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    clauses = command("clauses", _clauses, "print the clauses, or those whose sentence a copy of the document lacks")
    clauses.add_argument("--against", metavar="FILE", help="a copy of the document (plain text); exit status 1 if any")
    questions = command("questions", _questions, "print the contradictions and silences of the document")
    facts = command("facts", _facts, "print what real Windows is publicly known to do")
    codes = command("codes", _codes, "print the documented error conditions")
    for sub in (clauses, questions, facts, codes):
        sub.add_argument("--json", action="store_true", help="as one JSON array")
    check = command("check", _check, "compare the spec with cases and model")
    check.add_argument("--judge", required=True, metavar="PATH", help="the program wsconform-judge")
    check.add_argument("--cases", required=True, metavar="DIR", help="the folder of the cases")
    check.add_argument("--source", action="append", default=[], metavar="DIR", help="also check C files there")
    command("fingerprint", _fingerprint, "length and hash of the sentence on standard input, for clauses.toml")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0, 1 if something was found, 2 for bad input (told on stderr)."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options, _Printer(sys.stdout))
        sys.stdout.flush()  # here, where a reader that has left is understood
        return status
    except SpecError as error:
        print(f"wsconform_spec: {error}", file=sys.stderr)
        return BAD
    except BrokenPipeError:
        # Whoever read the output (a pager, head) has had enough of it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
