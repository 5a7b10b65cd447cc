"""Tokenizers and texts of a project, found by name to be compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from dialecto.project.corpora import corpus_folder
from dialecto.project.project import Project, find_root
from dialecto.project.store import Store
from dialecto.runtime import BadUsage, DialectoError
from dialecto.tokenizer.compare import compare
from dialecto.tokenizer.imported import read_tokenizer

STAGE = "tokenizer"
TEXT_BYTES = 2_000_000  # of each language
CURRENT = "current"
LANGUAGES = ("es", "en")  # of pages


def compare_tokenizers(
    start: Path, names: Sequence[str], *, text: Path | None, lang: str, pattern: str | None
) -> dict[str, Any]:
    """Measures of the tokenizers called `names` (of the project's own first, if it has one) on a
    file, or on the corpus' held-out documents by language.

    A name is `current`, a digest's beginning, or a folder or file that can be imported. Raises
    DialectoError where there is nothing to compare or nothing to compare it on.
    """
    folders = {name: _folder(start, name) for name in names}
    if CURRENT not in folders:
        own = _own(start)
        folders = {**({CURRENT: own} if own else {}), **folders}
    if not folders:
        raise BadUsage("name a tokenizer: a folder or file, or run `dialecto tokenizer` first")
    texts = {lang: _pieces(text)} if text else _held_out(start)
    return {
        "texts": {k: sum(len(t.encode()) for t in some) for k, some in texts.items()},
        "tokenizers": compare(
            {name: read_tokenizer(path, pattern) for name, path in folders.items()}, texts
        ),
    }


def page_language(start: Path, lang: str) -> str:
    """The recipe's language; without a project that of the text, if pages are written in it."""
    try:
        return Project.open(find_root(start)).recipe.lang
    except DialectoError:
        return lang if lang in LANGUAGES else "en"


def _own(start: Path) -> Path | None:
    try:
        store = Store(find_root(start) / "artifacts")
    except DialectoError:
        return None
    digest = store.current(STAGE)
    return store.folder(STAGE, digest) / "tokenizer" if digest else None


def _folder(start: Path, name: str) -> Path:
    if name != CURRENT and Path(name).exists():
        inner = Path(name) / "tokenizer"  # of an artefact
        return inner if inner.is_dir() else Path(name)
    if name == CURRENT:
        own = _own(start)
        if own is None:
            raise DialectoError("the tokenizer stage has not run yet; `dialecto tokenizer` does it")
        return own
    try:
        made = sorted((find_root(start) / "artifacts" / STAGE).glob(f"{name}*"))
    except DialectoError:
        made = []
    if len(made) != 1:
        raise BadUsage(f"no tokenizer is called '{name}': no file, folder or digest begins so")
    return made[0] / "tokenizer"


def _pieces(file: Path) -> list[str]:
    """A file's text in pieces of some pages."""
    try:
        lines = file.read_text(encoding="utf-8")[:TEXT_BYTES].splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as error:
        raise DialectoError(f"{file} cannot be read as UTF-8 text: {error}") from error
    pieces = ["".join(lines[at : at + 100]) for at in range(0, len(lines), 100)]
    if not pieces:
        raise DialectoError(f"{file} is empty")
    return pieces


def _held_out(start: Path) -> dict[str, list[str]]:
    """Documents that no tokenizer of the project learnt from, by language; training's if there
    are none."""
    folder = corpus_folder(start)
    found: dict[str, list[str]] = {}
    sizes: dict[str, int] = {}
    for split in ("test", "validation", "train"):
        if split == "train" and found:
            break
        for shard in sorted((folder / "documents").glob(f"{split}-*.parquet")):
            for row in pq.read_table(shard, columns=["text", "lang"]).to_pylist():
                lang = str(row["lang"] or "?")
                if row["text"] and sizes.get(lang, 0) < TEXT_BYTES:
                    found.setdefault(lang, []).append(row["text"])
                    sizes[lang] = sizes.get(lang, 0) + len(row["text"].encode())
    if not found:
        raise DialectoError(f"{folder} holds no text")
    return found
