"""Reads `dialecto.yaml` and answers every mistake at once, each with its line."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from dialecto.recipe.architectures import DECODERS
from dialecto.recipe.recipe import Recipe
from dialecto.recipe.remote import SqlSource
from dialecto.runtime.errors import Problem, RecipeError

RECIPE_FILE = "dialecto.yaml"
BASE_TOKENIZER = ("tokenizer", "base")  # a file or a folder
Path_ = tuple[str | int, ...]


def load_recipe(path: Path, *, sources: bool = True) -> Recipe:
    """The validated recipe. Raises RecipeError with all problems, sorted by line.

    `sources=False` does not ask that the files it names exist: a trained model is used where
    its documents no longer are.
    """
    name = path.name
    if not path.is_file():
        raise RecipeError(
            [
                Problem(
                    str(path),
                    0,
                    "recipe",
                    "the file does not exist.",
                    "Make one with `dialecto new DIR --source FOLDER`.",
                )
            ]
        )
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RecipeError(
            [
                Problem(
                    name, 0, "recipe", f"is not UTF-8 text ({error.reason}).", "Save it as UTF-8."
                )
            ]
        ) from error
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        what = getattr(error, "problem", None) or str(error)
        raise RecipeError(
            [
                Problem(
                    name,
                    line,
                    "recipe",
                    f"is not valid YAML: {what}.",
                    "Check the indentation and the quotes.",
                )
            ]
        ) from error
    if not isinstance(data, dict):
        raise RecipeError(
            [
                Problem(
                    name,
                    1,
                    "recipe",
                    "must be a mapping of fields.",
                    "Begin with `name: my-model`.",
                )
            ]
        )
    lines: dict[Path_, int] = {(): 1}
    problems = _index_lines(root, (), lines, name, set())
    recipe: Recipe | None = None
    try:
        recipe = Recipe.model_validate(_without_empty_sections(data, Recipe))
    except ValidationError as error:
        problems += [_problem(name, detail, lines, data) for detail in error.errors()]
    if sources:
        problems += _missing_files(name, data, path.parent, lines)
    if recipe and recipe.policy == "strict":
        problems += _missing_terms(name, recipe, lines)
    if recipe and recipe.pretrain.architecture not in DECODERS:
        problems += _needs_a_decoder(name, recipe, lines)
    if problems or recipe is None:
        raise RecipeError(sorted(problems, key=lambda p: p.line))
    return recipe


def _index_lines(
    node: yaml.Node | None, path: Path_, lines: dict[Path_, int], file: str, seen: set[int]
) -> list[Problem]:
    """Notes the line of every field and finds fields written twice."""
    problems: list[Problem] = []
    if node is None or id(node) in seen:  # an alias: its own lines are those of its anchor
        return problems
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            child = (*path, str(key.value))
            if child in lines:
                problems.append(
                    Problem(
                        file,
                        key.start_mark.line + 1,
                        _dotted(child),
                        f"is already given on line {lines[child]}.",
                        "Keep one of the two.",
                    )
                )
            lines[child] = key.start_mark.line + 1
            problems += _index_lines(value, child, lines, file, seen)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            lines[(*path, index)] = value.start_mark.line + 1
            problems += _index_lines(value, (*path, index), lines, file, seen)
    return problems


def _dotted(path: Path_) -> str:
    return ".".join(str(part) for part in path) or "recipe"


def _problem(file: str, detail: Any, lines: dict[Path_, int], data: dict[str, Any]) -> Problem:
    path: Path_ = tuple(part for part in detail["loc"])
    while path and path not in lines and detail["type"] != "missing":
        path = path[:-1]
    known = path
    while known not in lines:
        known = known[:-1]
    line = lines[known]
    if detail["type"] == "extra_forbidden":
        fields = sorted(_section_at(path[:-1]).model_fields)
        close = difflib.get_close_matches(str(path[-1]), fields, n=1, cutoff=0.5)
        elsewhere = _sections_with(str(path[-1]))
        if close:
            hint = f"Did you mean `{close[0]}`? {_meaning((*path[:-1], close[0]))}".rstrip()
        elif elsewhere:
            hint = f"It belongs in {' or '.join(elsewhere)}."
        else:
            hint = f"Known here: {', '.join(fields)}."
        return Problem(file, line, _dotted(path), "unknown field.", hint)
    meaning = _meaning(path)
    if detail["type"] == "missing":
        return Problem(file, line, _dotted(path), "is missing.", meaning)
    message = detail["msg"].removeprefix("Value error, ").rstrip(".")
    given = _value_at(data, path)
    shown = "" if isinstance(given, dict | list) or given is None else f" (given: {given!r})"
    hint = meaning
    if detail["type"] == "literal_error":
        choices = [str(c) for c in _choices(path)]
        close = difflib.get_close_matches(str(given), choices, n=1, cutoff=0.5)
        hint = (f"Did you mean `{close[0]}`? " if close else "") + meaning
    return Problem(file, line, _dotted(path), f"{message}{shown}.", hint.strip())


def _without_empty_sections(data: Any, model: type[BaseModel]) -> Any:
    """`corpus:` with every line below it commented out means the defaults, not null."""
    if not isinstance(data, dict):
        return data
    kept = {}
    for name, value in data.items():
        info = model.model_fields.get(name) if isinstance(name, str) else None
        below = info.annotation if info else None
        if isinstance(below, type) and issubclass(below, BaseModel):
            if value is None:
                continue
            value = _without_empty_sections(value, below)
        kept[name] = value
    return kept


def _sections_with(field: str) -> list[str]:
    """The sections, by their path in the recipe, that have a field of this name."""
    found = []

    def look(model: type[BaseModel], path: str) -> None:
        for name, info in model.model_fields.items():
            if name == field and path:
                found.append(f"`{path}`")
            for below in _models_in(info.annotation):
                look(below, f"{path}.{name}" if path else name)

    look(Recipe, "")
    return found


def _value_at(data: Any, path: Path_) -> Any:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _section_at(path: Path_) -> type[BaseModel]:
    """The section model that a path of the recipe leads to."""
    model: type[BaseModel] = Recipe
    for part in path:
        if isinstance(part, int):
            continue
        found = _models_in(model.model_fields[part].annotation)
        if not found:
            break
        model = found[0]
    return model


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for arg in get_args(annotation) for model in _models_in(arg)]


def _field_info(path: Path_) -> Any:
    names = [part for part in path if isinstance(part, str)]
    if not names:
        return None
    parent = _section_at(tuple(names[:-1]))
    return parent.model_fields.get(names[-1])


def _meaning(path: Path_) -> str:
    info = _field_info(path)
    return f"`{[p for p in path if isinstance(p, str)][-1]}`: {info.description}" if info else ""


def _choices(path: Path_) -> tuple[Any, ...]:
    info = _field_info(path)
    return get_args(info.annotation) if info else ()


def _sqlite_file(url: Any) -> str:
    """The file of a SQLite address; nothing for what is not one."""
    return SqlSource.model_construct(url=url).file if isinstance(url, str) else ""


def _missing_terms(file: str, recipe: Recipe, lines: dict[Path_, int]) -> list[Problem]:
    """What `policy: strict` asks of every source and was not declared."""
    return [
        Problem(
            file,
            lines.get(("sources", index), 1),
            f"sources.{index}.{field}",
            "is missing, and `policy: strict` asks for it.",
            _meaning(("sources", index, field)),
        )
        for index, source in enumerate(recipe.sources)
        for field in source.missing_terms
    ]


def _needs_a_decoder(file: str, recipe: Recipe, lines: dict[Path_, int]) -> list[Problem]:
    """What the recipe asks of a model that cannot write answers."""
    architecture = recipe.pretrain.architecture
    line = lines.get(("pretrain", "architecture"), 1)
    asked: list[tuple[Path_, str]] = []
    if recipe.tunes:
        talks = next(i for i, s in enumerate(recipe.sources) if s.kind == "conversations")
        path: Path_ = ("sources", talks, "kind")
        asked.append((path, "`kind: conversations` with `objective: chat` teaches it to answer"))
    if recipe.evaluate.questions:
        asked.append((("evaluate", "questions"), "questions need answers that it writes"))
    return [
        Problem(
            file,
            lines.get(path, line),
            _dotted(path),
            f"{what}, which `{architecture}` cannot do: it needs a decoder.",
            f"Leave it out, or write a decoder in line {line}: `architecture: qwen3` "
            f"(or {', '.join(DECODERS[1:])}).",
        )
        for path, what in asked
    ]


def _missing_files(
    file: str, data: dict[str, Any], folder: Path, lines: dict[Path_, int]
) -> list[Problem]:
    """Paths in the recipe that lead nowhere."""
    named: list[tuple[Path_, Any]] = []
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
        named.append((BASE_TOKENIZER, tokenizer.get("base")))
        named.append((("tokenizer", "extend"), tokenizer.get("extend")))
    named += _code_files(data)
    problems = []
    for path, value in named:
        if not isinstance(value, str) or not value:
            continue
        what = ""
        if "\0" in value or not (folder / value).exists():
            what = f"'{value}' does not exist (looked in {folder.resolve()})."
        elif path[0] != "sources" and path != BASE_TOKENIZER and not (folder / value).is_file():
            what = f"'{value}' is not a file."
        if what:
            problems.append(Problem(file, lines.get(path, 1), _dotted(path), what, _meaning(path)))
    return problems


def _code_files(data: dict[str, Any]) -> list[tuple[Path_, Any]]:
    """The Python files among the recognisers of personal data."""
    corpus = data.get("corpus")
    pii = corpus.get("pii") if isinstance(corpus, dict) else None
    names = pii.get("recognisers") if isinstance(pii, dict) else None
    return [
        (("corpus", "pii", "recognisers", i), name)
        for i, name in enumerate(names if isinstance(names, list) else [])
        if isinstance(name, str) and name.endswith(".py")
    ]
