"""./wsconform run."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from wsconform import __version__, baseline, cases, catalog, harness, layers, output, places, shards, summary, targets
from wsconform.errors import BAD_USAGE, DEVIATES, NOT_RUN, OK, BadUsage, Stop
from wsconform.parts import Part
from wsconform.targets import Target
from wsconform.verdicts import UNEXPECTED

if TYPE_CHECKING:
    from wsconform.plugin import Board


def choose_targets(arguments: argparse.Namespace) -> list[Target]:
    """Without --wine, --target and a porting layer: the system's Wine (on Windows: its own Winsock) and the model, if it was
    built."""
    ported = layers_of(arguments)
    wanted = list(dict.fromkeys(arguments.target)) or (["wine"] if arguments.wine else [] if ported else targets.default_kinds())
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
    for executor, options in ported:
        chosen.append(layers.target(executor(), options, [target.name for target in chosen]))
    return chosen


def prepared(arguments: argparse.Namespace) -> Board:
    """All that a run of these arguments needs, checked; a worker of run -- -n prepares its own from the same words."""
    from wsconform.plugin import Board

    chosen_targets = choose_targets(arguments)
    if arguments.strict and not arguments.baseline:
        raise BadUsage("--strict goes with --baseline FILE")
    shard = arguments.shard or shards.of_environment() or shards.Shard(1, 1)
    baselines = baseline.chosen(arguments.baseline, chosen_targets, arguments.profile)
    collection = cases.collect(arguments.paths or [places.CASES])
    chosen = frozenset(c.id for c in cases.select(collection.cases, arguments.cases)) if arguments.cases else None
    out = output.prepare(arguments.out or places.default_out())
    rerun: list[str] = []
    for path in arguments.paths:
        rerun += ["--cases", str(path)]
    if arguments.profile != "documented":
        rerun += ["--profile", arguments.profile]
    if arguments.limit:
        rerun += ["--limit", f"{arguments.limit}ms"]
    return Board(collection, chosen_targets, _statements(), out, jobs=arguments.jobs, repeat=arguments.repeat,
                 limit_ms=arguments.limit, profile=arguments.profile, chosen=chosen, rerun_options=tuple(rerun), baselines=baselines,
                 shard=shard)


def layers_of(arguments: argparse.Namespace) -> list[tuple[Callable[[], Path], tuple[str, ...]]]:
    """The porting layers that are asked for: how to get the executor of each, and the options that choose it again."""
    found: list[tuple[Callable[[], Path], tuple[str, ...]]] = []
    for path in map(layers.absolute, arguments.executor):
        found.append((partial(Path, path), ("--executor", str(path))))
    if arguments.winsock_include or arguments.winsock_adapter:
        layer = layers.Layer(tuple(map(layers.absolute, arguments.winsock_include)),
                             tuple(map(layers.absolute, arguments.winsock_library)),
                             layers.absolute(arguments.winsock_adapter) if arguments.winsock_adapter else None,
                             tuple(arguments.winsock_link))
        found.append((partial(layers.build, layer), layer.options))
    elif arguments.winsock_library or arguments.winsock_link:
        raise BadUsage("--winsock-library needs --winsock-include DIR, the folder of its headers, or an adapter")
    return found


def run(arguments: argparse.Namespace) -> int:
    with harness.announced():
        return _run(arguments)


def _run(arguments: argparse.Namespace) -> int:
    board = prepared(arguments)
    status = _pytest(board, arguments)
    if board.failed:
        raise board.failed
    if status == 2:
        raise KeyboardInterrupt
    if status == 4:
        return BAD_USAGE  # pytest said why
    if not board.whole and not board.broken and not board.lost:
        if any(word in ("--collect-only", "--co", "--help", "-h", "--fixtures", "--markers") for word in arguments.pytest):
            return OK
        raise BadUsage("no case matches")
    for target in board.targets:  # a shard may have no case of what was chosen
        if target.name in board.whole and not board.selected.get(target.name):
            board.parts[target.name] = Part()
            board.assemble(target, [])
    runs = [board.runs[t.name] for t in board.targets if t.name in board.runs]
    trouble = output.write(board.out, runs, case_list=board.collection.records, profile=arguments.profile) if runs else ""
    trouble = trouble or (harness.hand_over(board.out / "junit.xml") if runs else "")
    part = arguments.cases or arguments.paths or arguments.expression or arguments.pytest or board.shard.count > 1
    summary.show(runs, out=None if trouble or not runs else board.out, repeat=arguments.repeat, errors=() if part else _errors(),
                 compared=board.compared)
    for message in [*board.troubles, *board.lost, *map(str, board.broken.values()), trouble]:
        if message:
            print(f"wsconform: {message}", file=sys.stderr)
    if board.broken or board.lost or trouble or status == 3:
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


def _pytest(board: Board, arguments: argparse.Namespace) -> int:
    """Runs pytest in this process: silent behind our progress bar, or as usual if it got arguments of its own."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # what is installed on this machine is not our business
    import pytest

    from wsconform import workers
    from wsconform.plugin import Plugin
    from wsconform.progress import Progress

    extra: list[str] = arguments.pytest
    with tempfile.TemporaryDirectory(prefix="wsconform-") as folder, Progress(silent=bool(extra)) as progress:
        board.started, board.progressed = progress.started, progress.progressed
        ini = Path(folder) / "pytest.ini"
        ini.write_text("[pytest]\n", encoding="utf-8")
        words = ["-c", str(ini), "--rootdir", str(board.collection.root), "--noconftest", "-p", "no:cacheprovider",
                 "--capture=no"]  # what we say while an item runs is for the user
        if arguments.expression:
            words += ["-k", arguments.expression]
        plugins: list[object] = [Plugin(board, not extra)]
        distributing = workers.Controller(board, arguments.words, Path(folder)) if workers.wanted(extra) else None
        if distributing:
            plugins.append(distributing)
            extra = [*extra, *workers.OPTIONS]
        # One folder would do, but would also collect files that were not asked for.
        status = int(pytest.main([*words, *extra, *map(str, board.collection.files)], plugins=plugins))
        if distributing and status not in (2, 4):
            distributing.gather()
        return status
