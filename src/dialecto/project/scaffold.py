"""A new project: a recipe that runs as it is, made from what its sources hold."""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from dialecto.recipe import (
    RECIPE_FILE,
    MachineSection,
    Recipe,
    Source,
    WebSource,
    load_recipe,
    parse_budget,
)
from dialecto.recipe.template import recipe_text
from dialecto.runtime import BadUsage, RecipeError
from dialecto.runtime.files import write_text
from dialecto.runtime.walk import walk

_SNIFF_LINES = 5
_SNIFF_BYTES = 1_000_000
EMPTY_SOURCE = "documents"


@dataclass(frozen=True)
class NewProject:
    """What was made, and what its maker should know about it (names of notes)."""

    recipe_path: Path
    recipe: Recipe
    notes: tuple[Literal["no_conversations", "no_documents", "empty_source"], ...]


def new_project(
    folder: Path,
    sources: Sequence[Path],
    *,
    objective: str | None = None,
    budget: str = "10m",
    lang: str = "es",
    name: str | None = None,
    seed: int = 42,
    questions: Path | None = None,
    web: Sequence[str] = (),
) -> NewProject:
    """Write `dialecto.yaml` in `folder`.

    Sources are looked into: JSONL files with `messages` become conversations, the rest
    documents. Of a folder that `dialecto sample` made, its truth is left out, and its held-out
    questions are asked unless others are named. Without an objective it is `chat` if there are
    conversations, else `text`. `web` are addresses of sites to crawl.
    Raises BadUsage when a recipe is there already or a value cannot be used.
    """
    root = folder.resolve()
    recipe_path = root / RECIPE_FILE
    questions = questions or next(filter(None, map(_sample_questions, sources)), None)
    sources = [part for source in sources for part in _sample_parts(source)]
    _check(root, recipe_path, sources, questions, objective, budget, lang, name)
    notes: list[Literal["no_conversations", "no_documents", "empty_source"]] = []
    found = [part for source in sources for part in look_into(source.resolve(), root)]
    found += [_site(url) for url in web]
    if not found:
        found = [Source(path=EMPTY_SOURCE)]
        notes.append("empty_source")
    talks = any(source.kind == "conversations" for source in found)
    if talks and all(source.kind == "conversations" for source in found):
        # Pretraining needs text: what people say in the conversations is all there is.
        found = [Source(path=source.path, exclude=source.exclude) for source in found] + found
        notes.append("no_documents")
    objective = objective or ("chat" if talks else "text")
    if objective == "chat" and not talks:
        notes.append("no_conversations")
    text = recipe_text(
        name=name or root.name or "dialecto",
        lang=lang,
        objective=objective,
        budget=budget,
        seed=seed,
        sources=found,
        questions=_relative(questions.resolve(), root) if questions else "",
    )
    if EMPTY_SOURCE in [source.path for source in found] and not sources:
        (root / EMPTY_SOURCE).mkdir(parents=True, exist_ok=True)
    write_text(recipe_path, text)
    try:
        return NewProject(recipe_path, load_recipe(recipe_path), tuple(notes))
    except RecipeError:
        recipe_path.unlink()
        raise


def _site(url: str) -> Source:
    """A site to crawl. Raises BadUsage for what is not an address."""
    try:
        return Source(web=WebSource(start=[url]))
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise BadUsage(f"--web: {reason}") from None


def _is_sample(folder: Path) -> bool:
    return (folder / "truth.jsonl").is_file() and (folder / "documents").is_dir()


def _sample_parts(source: Path) -> list[Path]:
    """The documents and conversations of a sample's folder: its answers must not be read."""
    if not _is_sample(source):
        return [source]
    return [part for part in (source / "documents", source / "conversations") if part.is_dir()]


def _sample_questions(source: Path) -> Path | None:
    path = source / "questions" / "held_out.jsonl"
    return path if _is_sample(source) and path.is_file() else None


def look_into(path: Path, root: Path) -> list[Source]:
    """The documents and the conversations of one source, as the recipe's sources."""
    if path.is_file():
        kind = "conversations" if holds_conversations(path) else "documents"
        return [Source(path=_relative(path, root), kind=kind)]
    files = list(walk(path))
    talks = {file for file in files if holds_conversations(path / file)}
    parts = _cover(files, talks) if talks else []
    sources = []
    if len(talks) < len(files) or not files:
        exclude = [glob.escape(part) + ("/**" if (path / part).is_dir() else "") for part in parts]
        sources.append(Source(path=_relative(path, root), exclude=exclude))
    sources += [Source(path=_relative(path / part, root), kind="conversations") for part in parts]
    return sources


def holds_conversations(path: Path) -> bool:
    """Whether the first lines of a JSONL file are objects with `messages`."""
    if path.suffix.lower() not in (".jsonl", ".ndjson"):
        return False
    try:
        with path.open("rb") as file:
            lines = [line for line in file.read(_SNIFF_BYTES).splitlines() if line.strip()]
        return bool(lines) and any(_is_conversation(line) for line in lines[:_SNIFF_LINES])
    except OSError:
        return False


def _is_conversation(line: bytes) -> bool:
    try:
        value = json.loads(line.decode("utf-8-sig"))
        messages = value["messages"]
        return bool(messages) and all("role" in m and "content" in m for m in messages)
    except (ValueError, TypeError, KeyError, RecursionError):
        return False


def _cover(files: Sequence[str], chosen: set[str], below: str = "") -> list[str]:
    """The fewest folders and files that hold exactly the chosen files."""
    inside = [file for file in files if file.startswith(below)]
    if all(file in chosen for file in inside):
        return [below.rstrip("/") or "."]
    parts: list[str] = []
    for head in sorted({file[len(below) :].split("/")[0] for file in inside if file in chosen}):
        path = below + head
        parts += [path] if path in chosen else _cover(files, chosen, path + "/")
    return parts


def _relative(path: Path, root: Path) -> str:
    try:
        relative = Path(os.path.relpath(path, root)).as_posix()
    except ValueError:  # another drive on Windows
        relative = path.as_posix()
    if relative != relative.encode("utf-8", "replace").decode():
        raise BadUsage(f"the name of {relative!r} is not UTF-8: no recipe can name it; rename it.")
    return relative


def _check(
    root: Path,
    recipe_path: Path,
    sources: Sequence[Path],
    questions: Path | None,
    objective: str | None,
    budget: str,
    lang: str,
    name: str | None,
) -> None:
    if recipe_path.exists():
        raise BadUsage(f"{recipe_path} is there already; edit it, or choose another folder.")
    if root.exists() and not root.is_dir():
        raise BadUsage(f"{root} is a file, not a folder; choose another one.")
    for path in (*sources, *([questions] if questions else [])):
        if not path.exists():
            raise BadUsage(f"'{path}' does not exist (looked in {Path.cwd()}).")
    for value, known, option in (
        (objective or "text", ("chat", "text"), "--objective"),
        (lang, ("es", "en"), "--lang"),
    ):
        if value not in known:
            raise BadUsage(f"{option} is one of {', '.join(known)}, not '{value}'.")
    if name is not None and (not name.strip() or any(not c.isprintable() for c in name)):
        raise BadUsage("--name must have letters and no control characters.")
    try:
        missing = parse_budget(budget).missing(MachineSection())
    except ValueError as error:
        raise BadUsage(f"--budget: {error}.") from error
    if missing:
        raise BadUsage(
            f"--budget: {missing}; begin with a time, such as 10m, and write both there."
        )
