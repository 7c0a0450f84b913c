#!/usr/bin/env python3
"""Writes wsconform_spec.h, the ids of the spec as C macros: generate.py OUTPUT."""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from wsconform_spec.data import Clause, Fact, Question, Spec, SpecError, load  # noqa: E402  (needs the path above)

HEAD = """\
/* Generated from the TOML files of spec/. Do not edit. */
#ifndef WSCONFORM_SPEC_H
#define WSCONFORM_SPEC_H

/* Every clause of the document, in its order: X(NAME, "id", kind), kind being must, may, app, undef or info. */
"""


def enum_name(identifier: str) -> str:
    """err.connreset.stream becomes ERR_CONNRESET_STREAM, q.after-reset becomes Q_AFTER_RESET."""
    return re.sub("[^A-Z0-9]", "_", identifier.upper())


def x_macro(name: str, records: tuple[Clause, ...] | tuple[Question, ...]) -> str:
    rows = [f'  X({enum_name(record.id)}, "{record.id}", {record.kind})' for record in records]
    return f"#define {name}(X) \\\n" + " \\\n".join(rows) + "\n"


def fact_row(fact: Fact) -> str:
    return f'  X({enum_name(fact.id[2:]).lower()}, "{fact.id}", {str(fact.inferred).lower()})'


def facts_macro(facts: tuple[Fact, ...]) -> str:
    """Only those that the model is to judge."""
    rows = [fact_row(fact) for fact in facts if fact.judged]
    return (
        '/* What real Windows is known to do, as far as it can be judged: X(name, "id", inferred). */\n'
        + "#define WSC_FACTS(X) \\\n"
        + " \\\n".join(rows)
        + f"\n#define WSC_FACT_COUNT {len(rows)}\n"
    )


def header(spec: Spec) -> str:
    """The text of the header. Raises SpecError if two ids have the same name in C."""
    names = [enum_name(record.id) for record in [*spec.clauses, *spec.questions]]
    if len(names) != len(set(names)):
        raise SpecError("two ids differ only in punctuation")
    return (
        HEAD
        + x_macro("WSC_CLAUSES", spec.clauses)
        + f"#define WSC_CLAUSE_COUNT {len(spec.clauses)}\n\n"
        + '/* What the document leaves open: X(NAME, "id", kind), kind being contradiction or silence. */\n'
        + x_macro("WSC_QUESTIONS", spec.questions)
        + f"#define WSC_QUESTION_COUNT {len(spec.questions)}\n\n"
        + facts_macro(spec.facts)
        + "\n#endif\n"
    )


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: generate.py OUTPUT", file=sys.stderr)
        return 2
    try:
        Path(arguments[0]).write_text(header(load()), encoding="utf-8")
    except (SpecError, OSError) as error:
        print(f"generate.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
