"""Reads `dialecto.yaml` and answers every mistake at once, each with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from dialecto.recipe.architectures import DECODERS
from dialecto.recipe.demands import missing_files, missing_terms, needs_a_decoder
from dialecto.recipe.mistakes import FieldPath, dotted, problem_of
from dialecto.recipe.recipe import Recipe
from dialecto.runtime.errors import Problem, RecipeError

RECIPE_FILE = "dialecto.yaml"


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
    lines: dict[FieldPath, int] = {(): 1}
    problems = _index_lines(root, (), lines, name, set())
    recipe: Recipe | None = None
    try:
        recipe = Recipe.model_validate(_without_empty_sections(data, Recipe))
    except ValidationError as error:
        problems += [problem_of(name, detail, lines, data) for detail in error.errors()]
    if sources:
        problems += missing_files(name, data, path.parent, lines)
    if recipe and recipe.policy == "strict":
        problems += missing_terms(name, recipe, lines)
    if recipe and recipe.pretrain.architecture not in DECODERS:
        problems += needs_a_decoder(name, recipe, lines)
    if problems or recipe is None:
        raise RecipeError(sorted(problems, key=lambda p: p.line))
    return recipe


def _index_lines(
    node: yaml.Node | None, path: FieldPath, lines: dict[FieldPath, int], file: str, seen: set[int]
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
                        dotted(child),
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
