"""The commands as a user types them, and the generated header."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import SPEC
from wsconform_spec import load


def run(*arguments: str, columns: int = 100, text: str = "") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(SPEC), "COLUMNS": str(columns), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "wsconform_spec", *arguments]
    return subprocess.run(command, input=text, capture_output=True, encoding="utf-8", env=environment, check=False)


@pytest.mark.parametrize("columns", [60, 80, 100, 140])
@pytest.mark.parametrize("command", ["clauses", "questions", "facts", "codes"])
def test_lists_fit_the_terminal(command: str, columns: int) -> None:
    done = run(command, columns=columns)
    assert done.returncode == 0 and done.stderr == ""
    assert max(map(len, done.stdout.splitlines())) <= columns


def test_clauses_lists_each_once() -> None:
    found = re.findall(r"^(?:must|may|app|undef|info) +(\S+)", run("clauses").stdout, re.MULTILINE)
    assert found == [clause.id for clause in load().clauses]


def test_facts_say_how_well_they_are_founded() -> None:
    out = run("facts").stdout
    assert re.findall(r"^(w\.\S+)", out, re.MULTILINE) == [fact.id for fact in load().facts]
    assert out.count("inferred") >= sum(fact.inferred for fact in load().facts)
    assert [record["id"] for record in json.loads(run("facts", "--json").stdout)] == [f.id for f in load().facts]


def test_questions_say_what_is_admitted() -> None:
    out = run("questions").stdout
    assert re.findall(r"^(q\.\S+)", out, re.MULTILINE) == [question.id for question in load().questions]
    assert out.count("    admitted  ") == sum(len(question.admitted) for question in load().questions)


def test_json() -> None:
    spec = load()
    clauses = json.loads(run("clauses", "--json").stdout)
    assert [record["id"] for record in clauses] == [clause.id for clause in spec.clauses]
    assert set(clauses[0]) == {"id", "kind", "section", "statement", "place", "length", "sha256"}
    questions = json.loads(run("questions", "--json").stdout)
    assert [record["id"] for record in questions] == [question.id for question in spec.questions]
    assert len(json.loads(run("codes", "--json").stdout)) == 32


def test_against(tmp_path: Path) -> None:
    path = tmp_path / "other.txt"
    path.write_text("Something else.", encoding="utf-8")
    done = run("clauses", "--against", str(path))
    assert done.returncode == 1
    assert f"no longer has the sentence of {len(load().clauses)} of" in done.stdout
    assert "parameters, s, sentence 1" in done.stdout
    assert len(json.loads(run("clauses", "--json", "--against", str(path)).stdout)) == len(load().clauses)


def test_against_the_document(document: str, tmp_path: Path) -> None:
    path = tmp_path / "copy.txt"
    path.write_text(document, encoding="utf-8")
    done = run("clauses", "--against", str(path))
    assert done.returncode == 0, done.stdout
    assert "has the sentences of all" in done.stdout


def test_bad_usage() -> None:
    assert run("clauses", "--against", "/nonexistent/file").returncode == 2
    assert run("nonsense").returncode == 2
    assert run().returncode == 2


def test_fingerprint() -> None:
    done = run("fingerprint", text="a b\n")
    assert done.stdout == 'length = 2\nsha256 = "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603"\n'


def test_a_reader_that_stops_is_no_error() -> None:
    """Also one that has left before anything was written, so that the last flush is the first to notice."""
    end, begin = os.pipe()
    os.close(end)
    command = [sys.executable, "-m", "wsconform_spec", "codes"]
    environment = os.environ | {"PYTHONPATH": str(SPEC)}
    done = subprocess.run(command, stdout=begin, stderr=subprocess.PIPE, text=True, env=environment, check=False)
    os.close(begin)
    assert (done.stderr, done.returncode) == ("", 0)


def generate(output: Path | str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SPEC / "generate.py"), str(output)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_header(tmp_path: Path) -> None:
    assert generate(tmp_path / "wsconform_spec.h").returncode == 0
    text = (tmp_path / "wsconform_spec.h").read_text(encoding="utf-8")
    rows = re.findall(r'^  X\(([A-Z0-9_]+), "([^"]+)", ([a-z]+)\)', text, re.MULTILINE)
    spec = load()
    assert [(name, kind) for _, name, kind in rows] == [(r.id, r.kind) for r in [*spec.clauses, *spec.questions]]
    assert all(re.sub(r"[.-]", "_", name).upper() == macro for macro, name, _ in rows)
    assert f"#define WSC_CLAUSE_COUNT {len(spec.clauses)}\n" in text
    assert max(map(len, text.splitlines())) <= 120


def test_header_that_cannot_be_written() -> None:
    assert generate("/nonexistent/folder/wsconform_spec.h").returncode == 2


def test_the_header_names_the_facts_that_are_judged(tmp_path: Path) -> None:
    header = tmp_path / "wsconform_spec.h"
    assert generate(header).returncode == 0
    rows = re.findall(r'^  X\((\w+), "(w\.[^"]+)", (true|false)\)', header.read_text(encoding="utf-8"), re.MULTILINE)
    judged = [fact for fact in load().facts if fact.judged]
    assert [(id, inferred == "true") for _, id, inferred in rows] == [(fact.id, fact.inferred) for fact in judged]
    assert f"#define WSC_FACT_COUNT {len(judged)}\n" in header.read_text(encoding="utf-8")
