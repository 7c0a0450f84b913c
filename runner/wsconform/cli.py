"""The command line: ./wsconform COMMAND."""

from __future__ import annotations

import argparse
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wsconform import __version__, interrupts, places
from wsconform.errors import BAD_USAGE, INTERRUPTED, NOT_RUN, OK, BadUsage, Stop

if TYPE_CHECKING:
    from wsconform.shards import Shard

EXIT_STATUSES = """\
exit status:
  0    nothing unexpected
  1    deviations, crashes, hangs that no baseline lists, or (with --repeat) unstable cases; a failed test
  2    bad usage or bad input; for an input with file, line and column
  3    a target (or a program that this needs) could not be run, or the results could not be written
  130  interrupted; no process is left behind
"""

PROFILES = ("documented", "windows")
PROFILE_HELP = "what is demanded: what the document says (documented, the default), or also what Windows is known to do"


def milliseconds(text: str) -> int:
    """500ms, 2s, or a plain number of milliseconds."""
    match = re.fullmatch(r"(\d+)(ms|s|)", text)
    if not match or not 0 < int(match[1]) * (1000 if match[2] == "s" else 1) <= 3_600_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration like 500ms or 2s")
    return int(match[1]) * (1000 if match[2] == "s" else 1)


def positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def arches(text: str) -> list[str]:
    from wsconform.targets import ARCHES

    named = text.split(",")
    for arch in named:
        if arch not in ARCHES:
            raise argparse.ArgumentTypeError(f"{arch!r} is none of {', '.join(ARCHES)}")
    return list(dict.fromkeys(named))


def shard(text: str) -> Shard:
    from wsconform import shards

    return shards.shard(text)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="./wsconform", epilog=EXIT_STATUSES,
                                  formatter_class=argparse.RawDescriptionHelpFormatter,
                                  description="Does this Winsock keep the promises of the WSASend document?")
    top.add_argument("--version", action="version", version=f"wsconform {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, summary: str, work: Callable[[argparse.Namespace], int],
                epilog: str = "") -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".",
                                  epilog=epilog + EXIT_STATUSES, formatter_class=argparse.RawDescriptionHelpFormatter)
        sub.set_defaults(work=work)
        return sub

    run = command("run", "run the cases on the system's Wine and on the model, judge, report", _run,
                  "arguments after -- go to pytest, for example:  ./wsconform run -- -v\n"
                  "  -- -n N divides the cases among N processes (pytest-xdist)\n\n")
    run.add_argument("cases", nargs="*", metavar="CASE", help="the id of a case (as ./wsconform list cases prints it), "
                     "or the part before a / or [ for all cases that begin so; none: all cases")
    run.add_argument("--wine", action="append", default=[], metavar="PATH",
                     help="this Wine instead of $WINE or the wine on PATH; may be repeated")
    run.add_argument("--target", action="append", default=[], metavar="NAME",
                     help="only this target: wine, model, on Windows windows, or a name of targets.toml (see ./wsconform list targets); "
                     "may be repeated, for one report of them all (default: wine and model; on Windows windows)")
    run.add_argument("--targets", type=Path, metavar="FILE", help="this file instead of targets.toml in the clone")
    run.add_argument("--arch", type=arches, metavar="ARCH[,ARCH]", help="x86_64, i686 or both (default: that of the provider, "
                     "else x86_64)")
    run.add_argument("--provider", type=Path, metavar="DLL", help="take Winsock functions from this DLL, "
                     "those that it does not export from the system's ws2_32.dll")
    run.add_argument("--launch", metavar="COMMAND", help="start the executor through this command, in which {} stands for its "
                     "command line; a Windows program, like an injector, starts each worker process of it")
    run.add_argument("--executor", action="append", type=Path, default=[], metavar="PROGRAM",
                     help="a porting layer on this machine: an executor that was built for it; may be repeated")
    run.add_argument("--winsock-include", action="append", type=Path, default=[], metavar="DIR",
                     help="build such an executor: the folder of the layer's headers; may be repeated")
    run.add_argument("--winsock-library", action="append", type=Path, default=[], metavar="FILE",
                     help="its library, .a or .so; may be repeated; none: all is in the headers")
    run.add_argument("--winsock-adapter", type=Path, metavar="FILE.h",
                     help="a header that says what is different about it (a template: runner/executor/posix/adapter.h)")
    run.add_argument("--winsock-link", action="append", default=[], metavar="WORD",
                     help="what else to link with, as --winsock-link=-lm; may be repeated")
    run.add_argument("--cases", dest="paths", action="append", type=Path, default=[], metavar="PATH",
                     help="case file or folder instead of cases/; may be repeated")
    run.add_argument("-k", dest="expression", metavar="EXPR",
                     help="only cases that match, as in pytest: words of names, clause ids, and, or, not")
    run.add_argument("-j", dest="jobs", type=positive, default=max(2, os.cpu_count() or 1), metavar="N",
                     help="so many cases at once (default: %(default)s)")
    run.add_argument("--shard", type=shard, metavar="I/N",
                     help="of N equal shares of the cases only the I-th, from 1; report makes one of all (default: from "
                     "TEST_SHARD_INDEX, from 0, and TEST_TOTAL_SHARDS in the environment, if set)")
    run.add_argument("--repeat", type=positive, default=1, metavar="N",
                     help="run N times; a case whose verdict changes is unstable")
    run.add_argument("--limit", type=milliseconds, metavar="TIME",
                     help="how long a call or wait may take where the case does not say (500ms, 2s; default: 5s)")
    run.add_argument("--profile", default="documented", choices=PROFILES, help=PROFILE_HELP)
    run.add_argument("--baseline", action="append", type=Path, default=[], metavar="FILE",
                     help="known deviations of a target (baseline update writes them): only others fail; a folder: what it "
                     "holds for the targets of the run; may be repeated")
    run.add_argument("--strict", action="store_true",
                     help="with --baseline: fail also if something is fixed, or a line is of a case that is gone")
    run.add_argument("--out", type=Path, metavar="DIR", help="where the report goes (default: reports/out)")

    check = command("check", "judge traces, or compare case files with the model; no target is needed", _check)
    check.add_argument("traces", nargs="+", metavar="TRACE",
                       help="a trace; - is standard input; a folder: every trace in it, by its name (trace.txt, *.trace) or by how it begins; FILE.case: does it state at each step what the model allows?")
    check.add_argument("--json", action="store_true", help="the judge's JSON Lines")
    check.add_argument("--profile", default="documented", choices=PROFILES, help=PROFILE_HELP)
    check.add_argument("--out", type=Path, metavar="DIR", help="also write a report")

    lists = command("list", "list clauses, questions, facts, cases or targets", _list)
    lists.add_argument("what", choices=["clauses", "questions", "facts", "cases", "targets"])
    lists.add_argument("--json", action="store_true", help="as JSON")
    lists.add_argument("--against", type=Path, metavar="FILE",
                       help="clauses: only those whose sentence this copy of the document does not have")
    lists.add_argument("--coverage", action="store_true", help="clauses: the model's rules and the cases for each, and each "
                       "target's verdict, from the results in the folders DIR (default: reports/out)")
    lists.add_argument("--targets", type=Path, metavar="FILE", help="targets: this file instead of targets.toml in the clone")
    lists.add_argument("folders", nargs="*", type=Path, metavar="DIR", help="with --coverage: what a run wrote with --out")
    lists.add_argument("--cases", dest="paths", action="append", type=Path, default=[], metavar="PATH",
                       help="cases, --coverage: case file or folder instead of cases/")

    report = command("report", "merge the results of several runs into one report", _report)
    report.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="what a run wrote with --out, or a trace or a folder of "
                        "them, which are judged first")
    report.add_argument("--out", type=Path, metavar="DIR", help="where the merged report goes")
    report.add_argument("--cases", dest="paths", action="append", type=Path, default=[], metavar="PATH",
                        help="case file or folder that the runs were given instead of cases/; may be repeated")
    report.add_argument("--diff", action="store_true", help="of two folders, before and after: print what has changed; "
                        "exit status 1 if something has become worse; --out is for a report of both, and changes.json")

    report.add_argument("--compact", action="store_true", help="for keeping: compressed results and traces, a page without the "
                        "calls of cases that went well everywhere, no junit.xml")

    bundle = command("bundle", "make an archive for a Windows machine: executors, cases and run.cmd, which runs them", _bundle)
    bundle.add_argument("--out", type=Path, default=Path("wsconform-windows.zip"), metavar="FILE",
                        help="the archive (default: %(default)s)")

    reproducer = command("repro", "write a C program that shows one deviation, and needs nothing of wsconform", _repro)
    reproducer.add_argument("case", metavar="CASE", help="the id of a case that deviates, crashes or hangs")
    reproducer.add_argument("--target", action="append", default=[], metavar="NAME", help="on which target (default: wine)")
    reproducer.add_argument("--targets", type=Path, metavar="FILE", help="this file instead of targets.toml in the clone")
    reproducer.add_argument("--wine", action="append", default=[], metavar="PATH",
                            help="this Wine instead of $WINE or the wine on PATH")
    reproducer.add_argument("--arch", type=arches, metavar="ARCH", help="x86_64 or i686 (default: that of the provider, else x86_64)")
    reproducer.add_argument("--provider", type=Path, metavar="DLL", help="of this DLL; the program takes one as its argument, too")
    reproducer.add_argument("--launch", metavar="COMMAND", help="start the executor through this command, as run does")
    reproducer.set_defaults(executor=[], winsock_include=[], winsock_library=[], winsock_adapter=None, winsock_link=[])
    reproducer.add_argument("--from", dest="folder", type=Path, metavar="DIR",
                            help="run nothing: take what an earlier run wrote with --out, on this or another machine; or a trace")
    reproducer.add_argument("--cases", dest="paths", action="append", type=Path, default=[], metavar="PATH",
                            help="case file or folder instead of cases/; may be repeated")
    reproducer.add_argument("--limit", type=milliseconds, metavar="TIME",
                            help="how long a call or wait may take where the case does not say (default: 5s)")
    reproducer.add_argument("--profile", default="documented", choices=PROFILES, help=PROFILE_HELP)
    reproducer.add_argument("--out", type=Path, metavar="FILE", help="- is standard output (default: a name made of the case's)")

    known = command("baseline", "write the known deviations of a run into a file", _baseline)
    known.add_argument("what", choices=["update"])
    known.add_argument("file", type=Path, metavar="FILE", help="made, or brought up to date: lines about cases that the run did not see, "
                       "and comments, stay")
    known.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="what the run wrote (default: reports/out)")
    known.add_argument("--target", metavar="NAME", help="which target, if the results are of several beside the model")
    known.add_argument("--add", action="store_true", help="keep what the file holds of the cases of this run, too: for a target that "
                       "deviates now so, now otherwise")
    known.add_argument("--as", dest="of", metavar="NAME", help="what the file says that it is of: the target's name (the default), "
                       "or what it is, as in wine-8.0-x86_64: then it serves for it under any name")

    wines = command("wine", "install the Wines of Debian's suites into chroots, as targets", _wine)
    wines.add_argument("what", choices=["install", "list", "remove"])
    wines.add_argument("suites", nargs="*", metavar="SUITE[/ARCH]", help="for instance bullseye, bookworm, trixie, trixie/i386")
    wines.add_argument("--mirror", metavar="URL", help="where the packages come from (default: where apt has them from here)")
    wines.add_argument("--targets", type=Path, metavar="FILE", help="this file instead of targets.toml in the clone")

    bench = command("bench", "measure judge, executor and suite", _bench)
    bench.add_argument("--json", action="store_true", help="as JSON")
    bench.add_argument("--calls", type=positive, default=1_000_000, metavar="N",
                       help="length of the trace for the judge (default: %(default)s)")
    bench.add_argument("--rounds", type=positive, default=5, metavar="N", help="median of N rounds (default: 5)")
    bench.add_argument("--only", action="append", default=[], choices=["judge", "executor", "suite"],
                       help="only this part; may be repeated")

    planted = command("selftest", "plant faults in a provider, one at a time: see whether each is caught, and nothing flagged "
                      "that is only odd; with --model twist rules of the model", _selftest)
    planted.add_argument("faults", nargs="*", metavar="FAULT", help="only these (see --list)")
    planted.add_argument("--cases", dest="paths", action="append", type=Path, default=[], metavar="PATH",
                         help="case file or folder instead of cases/; may be repeated")
    planted.add_argument("--list", action="store_true", help="name the faults and odd ways, and run nothing")
    planted.add_argument("--wine", metavar="PATH", help="this Wine instead of $WINE or the wine on PATH")
    planted.add_argument("-j", dest="jobs", type=positive, default=max(2, os.cpu_count() or 1), metavar="N",
                         help="so many faults at once (default: %(default)s)")
    planted.add_argument("--json", action="store_true", help="the table of faults and catching cases as JSON")
    planted.add_argument("--model", action="store_true", help="twist every rule of the model in turn instead, and see whether a "
                         "hand-written case notices; no Wine is needed")
    planted.add_argument("--full", action="store_true", help="do not stop at three cases: let every case about a fault's clauses "
                         "have its say, so that cases that catch nothing are known; let odd ways run the cases, too, that take long "
                         "or need a site of their own")
    planted.add_argument("--out", type=Path, metavar="FILE", help="also write that table to a file: Markdown if FILE ends with "
                         ".md, else JSON")

    test = command("test", "run the tool's own tests", _test,
                   "arguments after -- go to pytest, for example:  ./wsconform test -- -k readme\n\n")
    test.add_argument("--only", action="append", default=[], choices=["unit", "clang", "python"],
                      help="only this part; may be repeated")
    return top


def _run(arguments: argparse.Namespace) -> int:
    from wsconform.run import run

    return run(arguments)


def _selftest(arguments: argparse.Namespace) -> int:
    from wsconform import planted, twisted

    if arguments.out and not os.access(arguments.out.parent, os.W_OK):  # said before minutes are spent
        raise BadUsage(f"--out {arguments.out}: nothing can be written there")
    if arguments.model:
        if arguments.faults or arguments.list or arguments.wine or arguments.full:
            raise BadUsage("--model takes no faults, and goes with --cases, -j, --json and --out only")
        return twisted.selftest(arguments.paths, arguments.jobs, arguments.json, arguments.out)
    if arguments.list:
        return planted.show_list(arguments.json)
    return planted.selftest(arguments.faults, paths=arguments.paths, jobs=arguments.jobs, program=arguments.wine, as_json=arguments.json,
                            out=arguments.out, full=arguments.full)


def _check(arguments: argparse.Namespace) -> int:
    from wsconform import check

    case_files = [Path(name) for name in arguments.traces if name.endswith(".case")]
    traces = arguments.traces if case_files else check.traces_in(arguments.traces)
    if case_files:
        if len(case_files) < len(traces) or arguments.out or arguments.json:
            raise BadUsage("check takes traces (with --json or --out), or case files alone")
        return check.expect(case_files)
    if arguments.out:
        return check.report(traces, arguments.out, arguments.profile)
    command = [str(places.judge()), "check", *(["--json"] if arguments.json else []), "--profile", arguments.profile]
    return subprocess.run([*command, *traces]).returncode


def _list(arguments: argparse.Namespace) -> int:
    from wsconform.listing import coverage, listing

    if (arguments.coverage or arguments.folders) and (arguments.what != "clauses" or not arguments.coverage):
        raise BadUsage("folders go with: list clauses --coverage")
    if arguments.coverage:
        if arguments.against:
            raise BadUsage("--coverage and --against do not go together")
        return coverage(arguments.folders, arguments.paths or [places.CASES], arguments.json)
    if arguments.against and arguments.what != "clauses":
        raise BadUsage("--against goes with: list clauses")
    if arguments.targets and arguments.what != "targets":
        raise BadUsage("--targets goes with: list targets")
    return listing(arguments.what, arguments.json, arguments.against, arguments.paths or [places.CASES], arguments.targets)


def _repro(arguments: argparse.Namespace) -> int:
    from wsconform.repro import repro

    return repro(arguments)


def _report(arguments: argparse.Namespace) -> int:
    from wsconform.check import with_results
    from wsconform.output import difference, merge

    if arguments.diff and arguments.compact:
        raise BadUsage("--diff and --compact do not go together")
    if arguments.diff and len(arguments.folders) != 2:
        raise BadUsage("--diff compares two folders: report --diff BEFORE AFTER")
    if not arguments.diff and not arguments.out:
        raise BadUsage("report wants --out DIR for the merged report, or --diff")
    with with_results(arguments.folders) as folders:
        if arguments.diff:
            return difference(folders, arguments.out)
        return merge(folders, arguments.out, arguments.paths, compact=arguments.compact)


def _baseline(arguments: argparse.Namespace) -> int:
    import wsconform_reports

    from wsconform import baseline, cases

    records = cases.known()
    try:
        results = wsconform_reports.stored([arguments.folder or places.default_out()], case_list=records)
    except wsconform_reports.ReportError as error:
        raise BadUsage(str(error)) from error
    ids = {record["id"] for record in records} | {case["id"] for _, doc in results for case in doc["cases"]}
    print(baseline.update(arguments.file, results, arguments.target, ids, arguments.of, arguments.add))
    return 0


def _bundle(arguments: argparse.Namespace) -> int:
    from wsconform import bundle

    bundle.write(arguments.out)
    print(f"{arguments.out}: extract it on a Windows machine, and start run.cmd there")
    return 0


def _wine(arguments: argparse.Namespace) -> int:
    from wsconform import suites

    named = [suites.suite(text) for text in dict.fromkeys(arguments.suites)]
    if bool(named) == (arguments.what == "list"):
        raise BadUsage("wine list names no suite" if named else f"wine {arguments.what} wants a suite, as in bullseye or trixie/i386")
    if arguments.what == "install":
        return suites.install(named, arguments.mirror, arguments.targets)
    return suites.remove(named, arguments.targets) if named else suites.show()


def _bench(arguments: argparse.Namespace) -> int:
    from wsconform.bench import bench

    return bench(arguments)


def _test(arguments: argparse.Namespace) -> int:
    from wsconform.selftest import selftest

    return selftest(arguments.only, arguments.pytest)


def main(argv: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
    if not words:
        parser().print_help()
        return 0
    rest: list[str] = []
    if "--" in words:
        at = words.index("--")
        words, rest = words[:at], words[at + 1:]
    arguments, more = parser().parse_known_args(words)  # exits with 2 itself
    if more and (arguments.command not in ("list", "wine") or any(word.startswith("-") for word in more)):
        parser().error(f"unrecognized arguments: {' '.join(more)}")
    if more and arguments.command == "list":  # argparse does not take a list of words that comes after options
        arguments.folders += map(Path, more)
    elif more:
        arguments.suites += more
    arguments.pytest, arguments.words = rest, words
    interrupts.install()
    if sys.platform == "win32" and isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8")  # a console takes everything; a file would take what the code page knows
    try:
        _somewhere()
        if rest and arguments.command not in ("run", "test"):
            raise BadUsage(f"{arguments.command} takes no arguments after --")
        status = int(arguments.work(arguments))
        sys.stdout.flush()  # here, where a reader that has left is understood
        return status
    except Stop as stop:
        # A message about an input begins with file:line:column, as editors like it.
        text = str(stop)
        print(text if re.match(r"[^\s:]+:\d+:", text) else f"wsconform: {text}", file=sys.stderr)
        return stop.status
    except KeyboardInterrupt:
        print("wsconform: interrupted; no process of it is left", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output (a pager, head) has had enough of it.
        _say_no_more()
        return OK
    except OSError as error:
        try:
            sys.stdout.flush()
        except OSError:
            _say_no_more()
        where = f"{error.filename}: " if error.filename else ""
        print(f"wsconform: {where}{error.strerror or error}", file=sys.stderr)
        return BAD_USAGE if isinstance(error, PermissionError) else NOT_RUN


def _somewhere() -> None:
    """Raises BadUsage if the folder in which we were started is there no longer: names of files mean nothing then."""
    try:
        os.getcwd()
    except OSError as error:
        raise BadUsage("the current folder is gone: change to another one") from error


def _say_no_more() -> None:
    """What has still to be written to standard output goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
