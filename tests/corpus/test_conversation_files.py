"""Files of conversations, compressed or not, whole or cut short."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import zstandard

from dialecto.corpus.chunks import ConversationTask
from dialecto.corpus.conversations import check_conversations
from dialecto.corpus.extract import visit
from dialecto.corpus.plan import InputFile
from dialecto.corpus.stage import step_settings
from dialecto.recipe import CorpusSection


def checked(tmp_path: Path, name: str, data: bytes) -> list[dict[str, Any]]:
    path = tmp_path / name
    path.write_bytes(data)
    file = InputFile("charlas", name, str(path), len(data))
    settings = step_settings(CorpusSection(), "es", tmp_path)
    task = ConversationTask(0, file, str(tmp_path), settings)
    check_conversations(task, {}, lambda *_: None)
    rows: list[dict[str, Any]] = pq.read_table(task.output).to_pylist()
    return rows


@pytest.mark.parametrize("ending", ["", ".gz", ".zst"])
def test_packed_files(tmp_path: Path, conversation_line: str, ending: str) -> None:
    data = (conversation_line * 3).encode()
    packed = {"": data, ".gz": gzip.compress(data), ".zst": zstandard.compress(data)}[ending]
    rows = checked(tmp_path, f"a.jsonl{ending}", packed)
    assert [(row["path"], row["outcome"]) for row in rows] == [
        (f"a.jsonl{ending}:{number}", "kept") for number in (1, 2, 3)
    ]


def test_a_file_cut_short_costs_only_its_end(tmp_path: Path, conversation_line: str) -> None:
    half = gzip.compress(conversation_line.encode()) + gzip.compress(b"x" * 100_000)[:40]
    rows = checked(tmp_path, "a.jsonl.gz", half)
    assert [row["outcome"] for row in rows] == ["kept", "quarantined"]
    assert rows[1]["reason"]


def test_what_is_not_packed_says_so(tmp_path: Path) -> None:
    assert [row["reason"] for row in checked(tmp_path, "a.jsonl.zst", b"hola")] == ["malformed"]


def test_a_bomb_is_not_unpacked(
    tmp_path: Path, conversation_line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit, "SMALL", 1_000_000)
    bomb = gzip.compress(conversation_line.encode() + bytes(8_000_000), 9)
    rows = checked(tmp_path, "a.jsonl.gz", bomb)
    assert [(row["outcome"], row["reason"]) for row in rows][-1] == ("quarantined", "archive_bomb")
