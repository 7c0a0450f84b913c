"""The WSASend document as data: its clauses, its open questions, and what the cases and the model cover of them.

    import wsconform_spec

    spec = wsconform_spec.load()
    spec.clause("err.notconn").statement
    wsconform_spec.against("copy-of-the-document.txt")     # clauses whose sentence is not in that copy

Standard library only: the build uses it too.
"""

from wsconform_spec.coverage import Problem, citations, cited_in_sources, coverage, judge_list, judge_rules
from wsconform_spec.data import Clause, Code, Fact, Question, Spec, SpecError, load
from wsconform_spec.document import against, fingerprint, locate, normalise

__all__ = [
    "Clause",
    "Code",
    "Fact",
    "Problem",
    "Question",
    "Spec",
    "SpecError",
    "against",
    "citations",
    "cited_in_sources",
    "coverage",
    "fingerprint",
    "judge_list",
    "judge_rules",
    "load",
    "locate",
    "normalise",
]
