"""Reading in worker processes: what hangs, crashes or eats memory costs only itself."""

from __future__ import annotations

import io
import os
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from dialecto.corpus import extract as extractors
from dialecto.corpus import read
from dialecto.corpus.chunks import ChunkTask, StepSettings
from dialecto.corpus.extract.content import Content
from dialecto.corpus.extract.piece import Piece
from dialecto.corpus.plan import Chunk, InputFile
from dialecto.corpus.worker_process import WORKER_MEMORY
from dialecto.corpus.workers import Crew, Unit
from dialecto.recipe import CorpusSection


def _crash(_content: Content) -> Iterator[Piece]:
    os._exit(7)
    yield


def _hang(_content: Content) -> Iterator[Piece]:
    time.sleep(60)
    yield Piece("")


def _eat(_content: Content) -> Iterator[Piece]:
    yield Piece(str(len(bytearray(WORKER_MEMORY))))


def read_with_traps(task: ChunkTask, lost: dict[int, str], unit: Unit) -> None:
    """`read_chunk` in a worker where some formats end badly."""
    traps = {".crash": _crash, ".hang": _hang, ".eat": _eat}
    extractors.EXTRACTORS.update(traps)
    read.FILE_SECONDS = 4.0
    read.read_chunk(task, lost, unit)


def zipped(members: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux")
def test_members_that_end_badly_cost_only_themselves(tmp_path: Path) -> None:
    inner = zipped({"a.txt": "dentro", "b.crash": "x", "c.txt": "sigue"})
    files = {
        "uno.zip": zipped(
            {"1.txt": "uno", "2.hang": "x", "3.zip": inner, "4.eat": "x", "5.txt": "5"}
        ),
        "dos.txt": b"dos",
        "tres.crash": b"x",
        "z.txt": b"zeta",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    inputs = [InputFile("s", name, str(tmp_path / name), len(files[name])) for name in files]
    settings = StepSettings(CorpusSection(), "es", bytes(32))
    task = ChunkTask(Chunk(0, tuple(inputs)), str(tmp_path / "between"), settings)
    with Crew(1) as crew:
        list(crew.run(read_with_traps, [task]))
    rows = pq.read_table(task.file("read")).to_pylist()
    assert {row["path"]: row["reason"] or row["text"] for row in rows} == {
        "uno.zip!/1.txt": "uno",
        "uno.zip!/2.hang": "timeout",
        "uno.zip!/3.zip!/a.txt": "dentro",
        "uno.zip!/3.zip!/b.crash": "crashed",
        "uno.zip!/3.zip!/c.txt": "sigue",
        "uno.zip!/4.eat": "too_large",
        "uno.zip!/5.txt": "5",
        "dos.txt": "dos",
        "tres.crash": "crashed",
        "z.txt": "zeta",
    }
