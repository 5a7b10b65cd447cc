"""Parquet: which column is the text, and what a broken file says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.corpus.extract.test_archives import read

LONG = "Un texto con bastantes palabras para que nadie lo tome por un código o un nombre propio."


@pytest.mark.parametrize(
    ("columns", "texts"),
    [
        ({"id": ["a", "b"], "Text": ["uno", "dos"], "nota": [LONG, LONG]}, ["uno", "dos"]),
        ({"id": ["a", "b"], "prosa": [LONG, LONG + "x"]}, [LONG, LONG + "x"]),
        ({"title": ["T", "U"], "content": ["uno", "dos"]}, ["T\n\nuno", "U\n\ndos"]),
        ({"nombre": ["Ana", "Luis"], "edad": [5, None]}, ["nombre: Ana\nedad: 5", "nombre: Luis"]),
        ({"text": ["uno", None], "foto": [b"x", b"y"]}, ["uno", "(no_text)"]),
        ({"text": [["a", "b"], ["c"]]}, ["text: a\ntext: b", "text: c"]),
    ],
)
def test_rows_are_documents(tmp_path: Path, columns: dict[str, Any], texts: list[str]) -> None:
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    assert list(read(tmp_path / "a.parquet").values()) == texts
    assert list(read(tmp_path / "a.parquet")) == [":1", ":2"]


def test_a_spoilt_group_of_rows_costs_only_itself(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    table = pa.table({"text": [f"documento {n} {LONG}" for n in range(2000)]})
    pq.write_table(table, file, row_group_size=500, compression="zstd")
    assert len(read(file)) == 2000
    data = bytearray(file.read_bytes())
    place = pq.ParquetFile(file).metadata.row_group(2).column(0).data_page_offset
    data[place : place + 300] = bytes(300)
    file.write_bytes(data)
    found = read(file)
    assert [place for place, text in found.items() if text == "(malformed)"] == [":1001"]
    assert len(found) == 1501
    assert found[":2000"].startswith("documento 1999")


def test_what_is_no_parquet(tmp_path: Path) -> None:
    for data, reason in ((b"", "empty"), (b"PAR1 no", "malformed"), (b"PAR1" * 50, "malformed")):
        (tmp_path / "a.parquet").write_bytes(data)
        assert read(tmp_path / "a.parquet") == {"": f"({reason})"}
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), tmp_path / "b.parquet")
    assert read(tmp_path / "b.parquet") == {"": "(no_text)"}


def test_rows_that_swell_are_refused(tmp_path: Path) -> None:
    text = "ja" * 50_000
    table = pa.table({"text": pa.array([text] * 2000).dictionary_encode()})
    pq.write_table(table, tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet")
    assert found[""] == "(archive_bomb)"
