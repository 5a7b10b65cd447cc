"""Evaluation files of any format as items: what each is called, and its texts.

A line of .jsonl, an object of a .json list, a row of .csv, .tsv or .parquet is an item, compressed
or not; of any other file that a source could be (.txt, .docx, .pdf, an archive...) a paragraph is.
A folder is all its files.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from dialecto.corpus.clean import clean
from dialecto.corpus.extract import Piece, Unreadable, extract, extract_content
from dialecto.corpus.extract.codecs import SUFFIXES, unpacked
from dialecto.corpus.extract.piece import decoded
from dialecto.corpus.extract.tables import table_rows
from dialecto.corpus.extract.visit import Visit
from dialecto.runtime import DialectoError
from dialecto.runtime.walk import walk

Item = tuple[str, list[str]]
_NAMES = ("id", "question_id", "qid")
_NAME_LENGTH = 60
_BLANK = re.compile(r"\n[ \t]*\n\s*")


def evaluation_files(path: Path) -> list[tuple[str, Path]]:
    """(name, file) of the file that a recipe names, or of all in the folder that it names."""
    if path.is_dir():
        return [(f"/{name}", path / name) for name in walk(path, ())]
    return [("", path)]


def read_items(path: Path) -> Iterator[Item]:
    """(item's name, its texts) of an evaluation file. Raises DialectoError when it is not one."""
    try:
        for name, texts in _items(path):
            yield name, [clean(text)[0] for text in texts]
    except Exception as error:  # a broken file makes a parser raise anything
        raise DialectoError(
            f"corpus.decontaminate.files: {path} cannot be read as an evaluation: "
            f"{str(error) or type(error).__name__}"
        ) from error


def _items(path: Path) -> Iterator[Item]:
    name = PurePosixPath(path.name.lower())
    packed = name.suffix in SUFFIXES
    ending = PurePosixPath(name.stem).suffix if packed else name.suffix
    match ending:
        case ".jsonl" | ".ndjson":
            yield from _lines(_text_of(path, packed))
        case ".json":
            yield from _json(_text_of(path, packed))
        case ".csv" | ".tsv":
            rows = table_rows(_text_of(path, packed), ending)
            yield from ((str(number), row) for number, row in enumerate(rows, 1))
        case ".parquet" | ".pq":
            yield from _parquet(io.BytesIO(_bytes_of(path, packed)))
        case _:
            yield from _paragraphs(extract(path))


def _bytes_of(path: Path, packed: bool) -> bytes:
    if not packed:
        return path.read_bytes()
    codec = SUFFIXES[path.suffix.lower()]
    meter = Visit(extract_content, path.stat().st_size).unpacked
    with path.open("rb") as file, unpacked(file, codec, meter) as stream:
        return stream.read()


def _text_of(path: Path, packed: bool) -> str:
    return decoded(_bytes_of(path, packed))[0].lstrip("\ufeff")


def _lines(text: str) -> Iterator[Item]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield _named(json.loads(line), str(number))
            except ValueError as error:
                raise ValueError(f"line {number} is no JSON: {error}") from error


def _json(text: str) -> Iterator[Item]:
    try:
        found = _list_in(json.loads(text))
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise
        yield from _lines(text)  # lines of JSON under the name of JSON
        return
    for number, item in enumerate(found, 1):
        yield _named(item, str(number))


def _list_in(value: Any) -> list[Any]:
    """The items of a JSON file: the list that it is, or the longest list that it holds."""
    if isinstance(value, list):
        return value
    lists = [v for v in value.values() if isinstance(v, list)] if isinstance(value, dict) else []
    return max(lists, key=len, default=[value])


def _parquet(file: io.BytesIO) -> Iterator[Item]:
    import pyarrow.parquet as pq

    number = 0
    for batch in pq.ParquetFile(file).iter_batches(500):
        for row in batch.to_pylist():
            number += 1
            yield _named(row, str(number))


def _paragraphs(pieces: Iterator[Piece]) -> Iterator[Item]:
    """Paragraphs of what can be read; an archive's broken member costs only itself."""
    number, problem = 0, ""
    for piece in pieces:
        if piece.problem:
            problem = f"{piece.problem}: {piece.detail}"
            continue
        for paragraph in _BLANK.split(piece.text):
            number += 1
            yield str(number), [paragraph]
    if problem and not number:
        raise Unreadable(problem)


def _named(item: Any, number: str) -> Item:
    name = number
    if isinstance(item, dict):
        known = next((item[key] for key in _NAMES if key in item), number)
        name = str(known)[:_NAME_LENGTH]
        item = {key: value for key, value in item.items() if key not in _NAMES}
    return name, list(_texts(item))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
