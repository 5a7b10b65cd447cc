"""What a recipe asks for and its types cannot check: files, declared terms, a model that writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dialecto.recipe.architectures import DECODERS
from dialecto.recipe.mistakes import FieldPath, dotted, meaning
from dialecto.recipe.recipe import Recipe
from dialecto.recipe.remote import SqlSource
from dialecto.runtime.errors import Problem

_BASE_TOKENIZER = ("tokenizer", "base")  # a file or a folder
_PII_MODEL: FieldPath = ("corpus", "pii", "model")
_COMPARED: tuple[FieldPath, ...] = (
    ("corpus", "decontaminate", "files"),
    ("corpus", "dedup", "against"),
)


def missing_terms(file: str, recipe: Recipe, lines: dict[FieldPath, int]) -> list[Problem]:
    """What `policy: strict` asks of every source and was not declared."""
    return [
        Problem(
            file,
            lines.get(("sources", index), 1),
            f"sources.{index}.{field}",
            "is missing, and `policy: strict` asks for it.",
            meaning(("sources", index, field)),
        )
        for index, source in enumerate(recipe.sources)
        for field in source.missing_terms
    ]


def needs_a_decoder(file: str, recipe: Recipe, lines: dict[FieldPath, int]) -> list[Problem]:
    """What the recipe asks of a model that cannot write answers."""
    architecture = recipe.pretrain.architecture
    line = lines.get(("pretrain", "architecture"), 1)
    asked: list[tuple[FieldPath, str]] = []
    if recipe.tunes:
        talks = next(i for i, s in enumerate(recipe.sources) if s.kind == "conversations")
        path: FieldPath = ("sources", talks, "kind")
        asked.append((path, "`kind: conversations` with `objective: chat` teaches it to answer"))
    if recipe.evaluate.questions:
        asked.append((("evaluate", "questions"), "questions need answers that it writes"))
    return [
        Problem(
            file,
            lines.get(path, line),
            dotted(path),
            f"{what}, which `{architecture}` cannot do: it needs a decoder.",
            f"Leave it out, or write a decoder in line {line}: `architecture: qwen3` "
            f"(or {', '.join(DECODERS[1:])}).",
        )
        for path, what in asked
    ]


def missing_files(
    file: str, data: dict[str, Any], folder: Path, lines: dict[FieldPath, int]
) -> list[Problem]:
    """Paths in the recipe that lead nowhere."""
    named: list[tuple[FieldPath, Any]] = []
    sources = data.get("sources")
    if isinstance(sources, list):
        named += [
            (("sources", i, "path"), s.get("path"))
            for i, s in enumerate(sources)
            if isinstance(s, dict)
        ]
        named += [
            (("sources", i, "sql", "url"), _sqlite_file(s["sql"].get("url")))
            for i, s in enumerate(sources)
            if isinstance(s, dict) and isinstance(s.get("sql"), dict)
        ]
    evaluate = data.get("evaluate")
    if isinstance(evaluate, dict):
        named.append((("evaluate", "questions"), evaluate.get("questions")))
    pretrain = data.get("pretrain")
    if isinstance(pretrain, dict):
        named.append((("pretrain", "plan"), pretrain.get("plan")))
    tokenizer = data.get("tokenizer")
    if isinstance(tokenizer, dict):
        named.append((_BASE_TOKENIZER, tokenizer.get("base")))
        named.append((("tokenizer", "extend"), tokenizer.get("extend")))
    named += _compared_files(data)
    named += _code_files(data)
    corpus = data.get("corpus")
    if isinstance(corpus, dict) and isinstance(corpus.get("pii"), dict):
        named.append((_PII_MODEL, corpus["pii"].get("model")))
    problems = []
    for path, value in named:
        if not isinstance(value, str) or not value:
            continue
        what = ""
        if "\0" in value or not (folder / value).exists():
            what = f"'{value}' does not exist (looked in {folder.resolve()})."
        elif not _may_be_a_folder(path) and not (folder / value).is_file():
            what = f"'{value}' is not a file."
        if what:
            problems.append(Problem(file, lines.get(path, 1), dotted(path), what, meaning(path)))
    return problems


def _sqlite_file(url: Any) -> str:
    """The file of a SQLite address; nothing for what is not one."""
    return SqlSource.model_construct(url=url).file if isinstance(url, str) else ""


def _may_be_a_folder(path: FieldPath) -> bool:
    whole = path in (_BASE_TOKENIZER, _PII_MODEL)
    return path[0] == "sources" or whole or path[:-1] in _COMPARED


def _compared_files(data: dict[str, Any]) -> list[tuple[FieldPath, Any]]:
    """Evaluation files and earlier corpora, with which the documents are compared."""
    found: list[tuple[FieldPath, Any]] = []
    for path in _COMPARED:
        value: Any = data
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        found += [((*path, i), v) for i, v in enumerate(value if isinstance(value, list) else [])]
    return found


def _code_files(data: dict[str, Any]) -> list[tuple[FieldPath, Any]]:
    """The Python files among the recognisers of personal data."""
    corpus = data.get("corpus")
    pii = corpus.get("pii") if isinstance(corpus, dict) else None
    names = pii.get("recognisers") if isinstance(pii, dict) else None
    return [
        (("corpus", "pii", "recognisers", i), name)
        for i, name in enumerate(names if isinstance(names, list) else [])
        if isinstance(name, str) and name.endswith(".py")
    ]
