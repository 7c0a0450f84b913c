"""./wsconform run."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from wsconform import __version__, baseline, cases, catalog, output, places, summary, targets
from wsconform.errors import BAD_USAGE, DEVIATES, NOT_RUN, OK, BadUsage, Stop
from wsconform.targets import Target
from wsconform.verdicts import UNEXPECTED


def choose_targets(arguments: argparse.Namespace) -> list[Target]:
    """Without --wine and --target: the system's Wine (on Windows: its own Winsock) and the model, if it was built."""
    wanted = list(dict.fromkeys(arguments.target)) or (["wine"] if arguments.wine else targets.default_kinds())
    if arguments.wine and "wine" not in wanted:
        wanted = ["wine", *wanted]
    entries = catalog.read(arguments.targets) if arguments.targets or set(wanted) - set(catalog.BUILT_IN) else {}
    for name in wanted:
        if name not in (*catalog.BUILT_IN, *entries):
            raise catalog.unknown(name, entries, arguments.targets)
    if arguments.provider:
        if wanted == ["model"]:
            raise BadUsage("--provider needs a Wine to run in, not only the model")
        arguments.provider = Path(os.path.abspath(arguments.provider))
        arch = targets.provider_arch(arguments.provider)
        if {"wine", "windows"} & set(wanted) and (arguments.arch or [arch]) != [arch]:
            raise BadUsage(f"{arguments.provider} is for {arch}: use --arch {arch}, or leave --arch out")
        arguments.arch = [arch]
    if arguments.launch is not None and wanted == ["model"]:
        raise BadUsage("--launch starts a Wine's executor: there is none among the targets")
    chosen: list[Target] = []
    for name in wanted:
        if name == "wine":
            found = targets.wines(arguments.wine, arguments.arch or ["x86_64"], arguments.provider, arguments.launch)
        elif name == "windows":
            found = targets.windows(arguments.arch or ["x86_64"], arguments.provider)
        elif name == "model":
            found = [targets.model(__version__)]
        else:
            found = entries[name].targets(arguments.provider, arguments.launch, arguments.profile)
            if arguments.targets:
                found = [replace(one, options=("--targets", str(arguments.targets), *one.options)) for one in found]
        for one in found:
            if one.name in {other.name for other in chosen}:
                raise BadUsage(f"two targets are called {one.name}: give that of targets.toml another name")
        chosen += found
    return chosen


def run(arguments: argparse.Namespace) -> int:
    from wsconform.plugin import Board

    chosen_targets = choose_targets(arguments)
    if arguments.strict and not arguments.baseline:
        raise BadUsage("--strict goes with --baseline FILE")
    baselines = baseline.chosen(arguments.baseline, chosen_targets, arguments.profile)
    paths = arguments.paths or [places.CASES]
    collection = cases.collect(paths)
    chosen = frozenset(c.id for c in cases.select(collection.cases, arguments.cases)) if arguments.cases else None
    out = output.prepare(arguments.out or places.default_out())
    rerun: list[str] = []
    for path in arguments.paths:
        rerun += ["--cases", str(path)]
    if arguments.profile != "documented":
        rerun += ["--profile", arguments.profile]
    if arguments.limit:
        rerun += ["--limit", f"{arguments.limit}ms"]
    board = Board(collection, chosen_targets, _statements(), out, jobs=arguments.jobs, repeat=arguments.repeat,
                  limit_ms=arguments.limit, profile=arguments.profile, chosen=chosen, rerun_options=tuple(rerun), baselines=baselines)
    status = _pytest(board, arguments.expression, arguments.pytest)
    if status == 2:
        raise KeyboardInterrupt
    if status == 4:
        return BAD_USAGE  # pytest said why
    runs = [board.runs[t.name] for t in chosen_targets if t.name in board.runs]
    if not runs and not board.broken:
        if any(word in ("--collect-only", "--co", "--help", "-h", "--fixtures", "--markers") for word in arguments.pytest):
            return OK
        raise BadUsage("no case matches")
    trouble = output.write(out, runs, case_list=collection.records, profile=arguments.profile) if runs else ""
    part = arguments.cases or arguments.paths or arguments.expression or arguments.pytest
    summary.show(runs, out=None if trouble else out, repeat=arguments.repeat, errors=() if part else _errors(),
                 compared=board.compared)
    for message in [*board.troubles, *map(str, board.broken.values()), trouble]:
        if message:
            print(f"wsconform: {message}", file=sys.stderr)
    if board.broken or trouble or status == 3:
        return max((stop.status for stop in board.broken.values()), default=NOT_RUN)
    bad = any(record["verdict"] in UNEXPECTED and record.get("baseline") != "same" for one in runs for record in one.judged)
    if arguments.strict:
        bad = bad or not all(compared.strictly for compared in board.compared.values())
    return DEVIATES if bad or any(one.unstable for one in runs) else OK


def _statements() -> Callable[[str], str]:
    """What a clause or fact says, by its id."""
    import wsconform_spec

    spec = wsconform_spec.load()
    said = {clause.id: clause.statement for clause in spec.clauses} | {fact.id: fact.statement for fact in spec.facts}
    return lambda id: said.get(id, "")


def _errors() -> list[str]:
    """The clauses of the documented errors."""
    import wsconform_spec

    return [code.clause for code in wsconform_spec.load().codes]


def _pytest(board: Any, expression: str | None, extra: list[str]) -> int:
    """Runs pytest in this process: silent behind our progress bar, or as usual if it got arguments of its own."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # what is installed on this machine is not our business
    import pytest

    from wsconform.plugin import Plugin
    from wsconform.progress import Progress

    with tempfile.TemporaryDirectory(prefix="wsconform-") as empty, Progress(silent=bool(extra)) as progress:
        board.started, board.progressed = progress.started, progress.progressed
        ini = Path(empty) / "pytest.ini"
        ini.write_text("[pytest]\n", encoding="utf-8")
        words = ["-c", str(ini), "--rootdir", str(board.collection.root), "--noconftest", "-p", "no:cacheprovider",
                 "--capture=no"]  # what we say while an item runs is for the user
        if expression:
            words += ["-k", expression]
        # One folder would do, but would also collect files that were not asked for.
        return int(pytest.main([*words, *extra, *map(str, board.collection.files)], plugins=[Plugin(board, not extra)]))
