"""A few hundred spoilt files of every kind: each gives text or a reason. benchmarks/fuzz_extract.py
runs 10,000 in worker processes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from dialecto.corpus.extract import Unreadable, extract
from dialecto.corpus.plan import InputFile
from dialecto.corpus.read import read_file
from tests.corpus.extract.samples import good_files, spoil

GOOD = good_files()


@pytest.mark.parametrize("name", GOOD)
def test_good_files_are_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(GOOD[name])
    pieces = list(extract(tmp_path / name))
    assert [piece for piece in pieces if piece.text.strip()]
    assert {piece.problem for piece in pieces} <= {"", "skipped"}


@pytest.mark.parametrize("name", GOOD)
def test_spoilt_files_give_text_or_a_reason(tmp_path: Path, name: str) -> None:
    draw = random.Random(name)
    for number in range(8):
        file = tmp_path / f"{number}-{name}"
        file.write_bytes(spoil(GOOD[name], draw))
        rows = list(read_file(InputFile("s", file.name, str(file), file.stat().st_size)))
        assert rows
        assert all(bool(row["text"].strip()) != bool(row["reason"]) for row in rows)
        assert len({row["id"] for row in rows}) == len(rows)


def test_a_spoilt_member_loses_no_sibling(tmp_path: Path) -> None:
    """Whatever happens to the bytes of one member of a zip, the others are read."""
    import io
    import zipfile

    draw = random.Random(7)
    for number in range(60):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("antes.txt", "antes")
            name = draw.choice([name for name in GOOD if "." in name])
            archive.writestr(f"medio-{name}", spoil(GOOD[name], draw))
            archive.writestr("despues.txt", "despues")
        file = tmp_path / f"{number}.zip"
        file.write_bytes(out.getvalue())
        try:
            found = {piece.place: piece.text for piece in extract(file)}
        except Unreadable as refusal:  # pragma: no cover - it would be the failure
            raise AssertionError(name) from refusal
        assert found["!/antes.txt"] == "antes"
        assert found["!/despues.txt"] == "despues"
        assert len(found) >= 3
