"""Every real file, odd or broken, gives text or a reason, and the known ones the right one."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from dialecto.corpus.chunks import ChunkTask, StepSettings
from dialecto.corpus.plan import Chunk, InputFile
from dialecto.corpus.read import read_chunk
from dialecto.corpus.workers import Crew
from dialecto.recipe import CorpusSection

REASONS = {
    "random.bin": "unsupported_format",
    "MEDRPT-2024-PAT-3847_medical_report_scan.pdf": "scanned",
    "005-libreoffice-writer-password__libreoffice-writer-password.pdf": "encrypted",
    "019-grayscale-image__grayscale-image.pdf": "scanned",
    "example-trunc.warc": "digest_mismatch,skipped",
    "example-wrong-chunks.warc.gz": "digest_mismatch,skipped",
    "example-digest.warc": "skipped",
    "bad.arc": "malformed,malformed,no_text",
}
PARTS = {
    "test.docx": "AutoGen: Enabling Next-Gen LLM Applications",
    "test.xlsx": "affc7dad-52dc-4b98-9b5d-51e65d8a8ad0",
    "test.pptx": "1b92870d-e3b5-4e65-8153-919f4ff45592",
    "test_mskanji.csv": "名前: 佐藤太郎",
    "test_outlook_msg.msg": "This is the body of the test email message",
    "test_rss.xml": "The Official Microsoft Blog",
    "test.epub": "Chapter 2: More Content",
    "026-latex-multicolumn__multicolumn.pdf": "consectetuer adipiscing elit",
    "002-trivial-libre-office-writer__source.odt": "Lorem ipsum",
    "example-iana.org-chunked.warc": "The global coordination of the DNS Root",
    "example-resource.warc.gz": "Example Domain",
    "example.arc.gz": "Example Domain",
}


@pytest.mark.parametrize("folder", ["documents", "warc"])
def test_every_file_gives_text_or_a_reason(shared_data: Path, tmp_path: Path, folder: str) -> None:
    """In a worker, which gives each file 30 seconds (5 more for each MB) and then names it."""
    below = shared_data / folder
    files = [
        InputFile("s", path.relative_to(below).as_posix(), str(path), path.stat().st_size)
        for path in sorted(below.rglob("*"))
        if path.is_file()
    ]
    settings = StepSettings(CorpusSection(), "es", bytes(32))
    task = ChunkTask(Chunk(0, tuple(files)), str(tmp_path), settings)
    with Crew(1) as crew:
        list(crew.run(read_chunk, [task]))
    rows = pq.read_table(task.file("read")).to_pylist()
    assert all(bool(row["text"].strip()) != bool(row["reason"]) for row in rows)
    assert not {"timeout", "crashed"} & {row["reason"] for row in rows}
    for file in files:
        own = [row for row in rows if row["path"].startswith(file.path)]
        assert own, file.path
        name = Path(file.path).name
        if name in REASONS:
            reasons = sorted(row["reason"] for row in own if row["reason"])
            assert ",".join(reasons) == REASONS[name], name
        if name in PARTS:
            assert any(PARTS[name] in row["text"] for row in own), name
