"""One small company per language, shared by the tests of this room."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dialecto.sample import SampleSummary, write_sample


@dataclass
class Company:
    root: Path
    summary: SampleSummary
    truth: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def files(self) -> list[str]:
        below = self.root / "documents"
        return sorted(p.relative_to(below).as_posix() for p in below.rglob("*") if p.is_file())

    def data(self, path: str) -> bytes:
        return (self.root / "documents" / path).read_bytes()

    def text(self, path: str) -> str:
        """What offsets count in: the canonical text, or the decoded file."""
        for line in self.truth["text"]:
            if line["path"] == path:
                return str(line["text"])
        data = self.data(path)
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return data.decode("latin-1")

    def readable(self) -> list[str]:
        broken = {line["path"] for line in self.truth["broken"]}
        return [path for path in self.files if path not in broken]

    def lines(self, path: str) -> list[dict[str, Any]]:
        text = (self.root / path).read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def conversations(self) -> list[dict[str, Any]]:
        found = sorted((self.root / "conversations").glob("*.jsonl"))
        return [r for file in found for r in self.lines(f"conversations/{file.name}")]


@pytest.fixture(scope="session", params=["es", "en"])
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Company:
    root = tmp_path_factory.mktemp("company") / request.param
    made = Company(root, write_sample(root, lang=request.param, documents=600, seed=7, workers=1))
    for line in made.lines("truth.jsonl"):
        made.truth[line["kind"]].append(line)
    return made
