"""What became of some cases of a target, and the whole run made of it: always in the order of the cases, however and
wherever they were run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wsconform.engine import Engine, Run
from wsconform.targets import Target
from wsconform.verdicts import Record


@dataclass
class Part:
    """Records and texts (what the judge read) by id of the case; the lines of a record count within its text."""

    records: dict[str, Record] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    unstable: dict[str, list[tuple[str, int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, passes: Sequence[tuple[Engine, Mapping[str, Record]]]) -> Part:
        """The first of several passes, with what was not the same in the others."""
        engine, first = passes[0]
        part = cls(dict(first), engine.texts, engine.seconds)
        for id in first:
            seen = Counter(f"{one[id]['verdict']} {one[id]['signature']}".strip() for _, one in passes)
            if len(seen) > 1:
                part.unstable[id] = seen.most_common()
        return part

    def add(self, other: Part) -> None:
        """Takes the cases of a part that ran at the same time."""
        self.records |= other.records
        self.texts |= other.texts
        self.seconds = max(self.seconds, other.seconds)
        self.unstable |= other.unstable

    def run(self, target: Target, order: Iterable[str], shards: dict[str, Any] | None = None) -> Run:
        """The run of the cases that are here, in that order; the lines of its records are those of its trace."""
        judged: list[Record] = []
        texts = [target.head()]
        lines = texts[0].count("\n")
        for id in order:
            if id in self.records:
                record, text = self.records[id], self.texts.get(id, "")
                judged.append({**record, "steps": [{**step, "line": step["line"] + lines} for step in record["steps"]]})
                texts.append(text)
                lines += text.count("\n")
        unstable = {record["id"]: self.unstable[record["id"]] for record in judged if record["id"] in self.unstable}
        return Run(target.describe(), judged, "".join(texts), self.seconds, target.options, unstable, shards)

    def write(self, path: Path) -> None:
        """For another process of this run; whole or not at all."""
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(vars(self)))
        temporary.replace(path)

    @classmethod
    def read(cls, path: Path) -> Part:
        return cls(**json.loads(path.read_text()))
