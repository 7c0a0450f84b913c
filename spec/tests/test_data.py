"""The files of the spec: the fixed ids, every field, and what the loader refuses."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from wsconform_spec import Spec, SpecError, load
from wsconform_spec.data import FOLDER

#: The ids are fixed for ever: traces, baselines and reports of years ago cite them. Ids may be added, none may go.
IDS = {
    "must": """
        param.s.connected param.buffers.array param.count param.sent.immediate param.sent.null-allowed param.flags
        param.overlapped.ignored param.routine.ignored ret.zero ret.routine-scheduled ret.socket-error ret.pending
        ret.no-indication err.connaborted err.connreset.stream err.connreset.datagram err.fault.buffers
        err.fault.sent err.fault.overlapped err.fault.routine err.intr err.inprogress.blocking-call
        err.inprogress.callback err.inval.unbound err.inval.not-overlapped err.msgsize err.netdown
        err.netreset.stream-keepalive err.netreset.datagram-ttl err.nobufs err.notconn err.notsock
        err.opnotsupp.oob-not-stream err.opnotsupp.oob-domain err.opnotsupp.partial err.opnotsupp.receive-only
        err.shutdown.sd-send err.shutdown.sd-both err.wouldblock.too-many-overlapped err.wouldblock.nonblocking
        err.notinitialised err.io-pending err.operation-aborted.close err.operation-aborted.flush
        err.operation-aborted.thread-exit use.overlapped use.gather use.connection-oriented
        use.connectionless.connect use.connectionless.wsaconnect attr.socket-default attr.wsasocket-flag
        attr.uses-overlapped attr.both-null complete.indication complete.retrieval sync.ignores-last-two
        sync.blocking-as-send sync.copied sync.blocks-until-consumed sync.timeouts-blocking-only overlap.capture
        msg.max-size msg.too-long-nothing-sent flags.semantics flags.or flags.oob flags.partial block.alertable-wait
        ov.immediate ov.pending-sent-untouched ov.amount.routine ov.amount.result ov.thread-exit-cancels
        ov.from-routine.wsarecv ov.from-routine.wsarecvfrom ov.from-routine.wsasend ov.from-routine.wsasendto
        ov.event-signalled ov.event-wait ov.event-poll ov.event-ignored-with-routine apc.file-io-rules
        apc.only-alertable apc.calls-allowed apc.not-nested apc.arg.error apc.arg.transferred apc.arg.overlapped
        apc.arg.flags apc.next-after-return apc.all-before-io-completion order.posted-buffers order.calls
        example.program req.export
    """,
    "may": """
        sync.partial-nonblocking flags.dontroute block.apc-interrupt apc.any-order
    """,
    "app": """
        param.buffers.owned param.buffers.lifetime ov.struct-lifetime ov.separate-structs order.concurrent-threads
    """,
    "undef": """
        block.nested-undefined ov.fwait-with-routine
    """,
    "info": """
        param.sent.null-advice hist.win9x-16-buffers use.success-not-delivery req.versions
    """,
}

#: The documented error codes.
CODES = """
    WSAECONNABORTED WSAECONNRESET WSAEFAULT WSAEINTR WSAEINPROGRESS WSAEINVAL WSAEMSGSIZE WSAENETDOWN WSAENETRESET
    WSAENOBUFS WSAENOTCONN WSAENOTSOCK WSAEOPNOTSUPP WSAESHUTDOWN WSAEWOULDBLOCK WSANOTINITIALISED WSA_IO_PENDING
    WSA_OPERATION_ABORTED
"""


@pytest.fixture(scope="module")
def spec() -> Spec:
    return load()


@pytest.mark.parametrize("kind", IDS)
def test_ids_and_kinds_are_the_fixed_ones(spec: Spec, kind: str) -> None:
    assert [clause.id for clause in spec.clauses if clause.kind == kind] == IDS[kind].split()


def test_there_are_111_clauses_in_12_themes_or_fewer(spec: Spec) -> None:
    assert len(spec.clauses) == 111
    assert len({clause.section for clause in spec.clauses}) <= 12


def test_sections_are_contiguous(spec: Spec) -> None:
    """The lists are grouped by section: a section that came twice would get two headings."""
    sections = [clause.section for clause in spec.clauses]
    starts = [name for before, name in zip([None, *sections], sections, strict=False) if name != before]
    assert len(starts) == len(set(starts))


def test_statements_and_places(spec: Spec) -> None:
    statements = [clause.statement for clause in spec.clauses]
    assert len(set(statements)) == len(statements)
    for clause in spec.clauses:
        assert clause.statement.endswith("."), clause.id
        assert len(clause.statement) <= 200, clause.id
        assert clause.statement.isascii(), f"{clause.id}: the document's text does not belong here"


def test_same_hash_means_same_sentence(spec: Spec) -> None:
    by_hash: dict[str, set[tuple[int, str]]] = {}
    for clause in spec.clauses:
        by_hash.setdefault(clause.sha256, set()).add((clause.length, clause.place))
    assert [places for places in by_hash.values() if len(places) > 1] == []


def test_codes_are_the_32_documented_conditions(spec: Spec) -> None:
    assert len(spec.codes) == 32
    assert {row.code for row in spec.codes} == set(CODES.split())
    for row in spec.codes:
        name = row.code.removeprefix("WSA").removeprefix("E").removeprefix("_").lower().replace("_", "-")
        assert row.clause.removeprefix("err.").startswith(name), row
        assert row.condition[0].isupper(), row


def test_questions(spec: Spec) -> None:
    assert len(spec.questions) >= 60
    for question in spec.questions:
        assert len(question.readings) >= 2, question.id
        assert re.fullmatch(r"q(\.[a-z0-9]+(-[a-z0-9.]+)*)+", question.id), question.id
        assert list(question.admitted) == sorted(set(question.admitted)), question.id
        for clause_id in question.clauses:
            assert clause_id in spec.clause_by_id, question.id
    assert len({question.title for question in spec.questions}) == len(spec.questions)


def test_every_clause_that_mentions_a_question_or_clause_mentions_a_real_one(spec: Spec) -> None:
    known = spec.clause_by_id.keys() | spec.question_by_id.keys()
    heads = "|".join(sorted({name.split(".")[0] for name in known}))
    texts = [clause.statement for clause in spec.clauses] + [question.why for question in spec.questions]
    for text in texts:
        for mentioned in re.findall(rf"\b(?:{heads})(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)+", text):
            assert mentioned in known, text


def test_facts(spec: Spec) -> None:
    assert len(spec.facts) >= 30
    for fact in spec.facts:
        assert fact.statement.endswith("."), fact.id
        assert fact.statement.isascii() and fact.source.isascii(), fact.id
        assert set(fact.clauses) <= spec.clause_by_id.keys(), fact.id
        assert spec.fact_by_id[fact.id] is fact
    assert len({fact.statement for fact in spec.facts}) == len(spec.facts)
    assert not spec.fact_by_id["w.all-or-nothing"].inferred
    assert spec.fact_by_id["w.port-close"].inferred and spec.fact_by_id["w.port-close"].strength == "user"


def test_lookups(spec: Spec) -> None:
    assert spec.clause("err.notconn").kind == "must"
    assert "q.unconnected" in {question.id for question in spec.questions_of("err.notconn")}
    with pytest.raises(KeyError):
        spec.clause("err.nothing")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("clauses.toml", "questions.toml", "windows.toml", "unprovoked.toml"):
        shutil.copy(FOLDER / name, tmp_path)
    return tmp_path


def damage(copy: Path, name: str, old: str, new: str) -> str:
    """Replaces the first `old` in a file of the copy and returns what load() says then."""
    text = (copy / name).read_text(encoding="utf-8")
    assert old in text
    (copy / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SpecError) as error:
        load(copy)
    assert name in str(error.value)
    return str(error.value)


def test_copy_loads(copy: Path) -> None:
    assert load(copy) == load()


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("clauses.toml", 'kind = "must"\n', "", "param.s.connected: field 'kind' is missing"),
        ("clauses.toml", 'kind = "must"', 'kind = "shall"', "kind 'shall'"),
        ("clauses.toml", 'kind = "must"', 'kind = ""', "field 'kind' is empty"),
        ("clauses.toml", 'kind = "must"', 'kind = "must"\ncolour = "red"', "unknown field 'colour'"),
        ("clauses.toml", "length = ", 'length = "x" #', "field 'length'"),
        ("clauses.toml", 'sha256 = "', 'sha256 = "x', "sha256"),
        ("clauses.toml", '"param.buffers.array"', '"param.s.connected"', "param.s.connected stands there twice"),
        ("clauses.toml", "[[clause]]", "[[clauses]]", "unknown table 'clauses'"),
        ("clauses.toml", "[[clause]]", "[[clause", "line"),
        ("unprovoked.toml", 'reason = "', 'because = "', "unknown field 'because'"),
        ("unprovoked.toml", '"err.intr"', '"err.netdown"', "err.netdown stands there twice"),
        ("questions.toml", 'id = "q.', 'id = "', "begins with 'q.'"),
        ("questions.toml", 'kind = "contradiction"', 'kind = "riddle"', "kind 'riddle'"),
        ("questions.toml", "admitted = [1, 2]", "admitted = [1, 9]", "admits reading 9 of 4"),
        ("questions.toml", "admitted = [1, 2]", "admitted = []", "field 'admitted' is empty"),
        ("windows.toml", 'id = "w.', 'id = "', "'w.' and words joined"),
        ("windows.toml", 'id = "w.', 'id = "w.A', "'w.' and words joined"),
        ("windows.toml", 'strength = "tested"', 'strength = "sure"', "strength 'sure'"),
        ("windows.toml", "inferred = false", 'inferred = "no"', "field 'inferred' is empty or no bool"),
        ("windows.toml", "judged = true", "judged = 1", "field 'judged'"),
        ("windows.toml", '"w.null-count"', '"w.duplicate-handle"', "w.duplicate-handle stands there twice"),
        ("questions.toml", 'clauses = ["', 'clauses = ["", "', "field 'clauses' is empty"),
    ],
)
def test_damaged_files_are_refused(copy: Path, name: str, old: str, new: str, told: str) -> None:
    assert told in damage(copy, name, old, new)


def test_reason_given_twice_is_refused(copy: Path) -> None:
    group = '\n[[unprovoked]]\nreason = "x"\nclauses = ["err.intr"]\n'
    (copy / "unprovoked.toml").write_text(group * 2, encoding="utf-8")
    with pytest.raises(SpecError, match="err.intr stands there twice"):
        load(copy)


def test_missing_file_is_refused(copy: Path) -> None:
    (copy / "questions.toml").unlink()
    with pytest.raises(SpecError, match="questions.toml"):
        load(copy)
