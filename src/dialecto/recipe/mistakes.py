"""What is wrong in a recipe, told to its author: line, meaning of the field, nearest name."""

from __future__ import annotations

import difflib
from typing import Any, get_args

from pydantic import BaseModel

from dialecto.recipe.recipe import Recipe
from dialecto.runtime.errors import Problem

FieldPath = tuple[str | int, ...]


def dotted(path: FieldPath) -> str:
    """A field as people write it: `pretrain.shape.layers`."""
    return ".".join(str(part) for part in path) or "recipe"


def problem_of(
    file: str, detail: Any, lines: dict[FieldPath, int], data: dict[str, Any]
) -> Problem:
    """One of pydantic's errors (`ValidationError.errors()`) as a problem of the recipe.

    lines: of each field, counted from 1; data: the recipe as it was read.
    """
    path: FieldPath = tuple(part for part in detail["loc"])
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
            hint = f"Did you mean `{close[0]}`? {meaning((*path[:-1], close[0]))}".rstrip()
        elif elsewhere:
            hint = f"It belongs in {' or '.join(elsewhere)}."
        else:
            hint = f"Known here: {', '.join(fields)}."
        return Problem(file, line, dotted(path), "unknown field.", hint)
    said = meaning(path)
    if detail["type"] == "missing":
        return Problem(file, line, dotted(path), "is missing.", said)
    message = detail["msg"].removeprefix("Value error, ").rstrip(".")
    given = _value_at(data, path)
    shown = "" if isinstance(given, dict | list) or given is None else f" (given: {given!r})"
    hint = said
    if detail["type"] == "literal_error":
        choices = [str(c) for c in _choices(path)]
        close = difflib.get_close_matches(str(given), choices, n=1, cutoff=0.5)
        hint = (f"Did you mean `{close[0]}`? " if close else "") + said
    return Problem(file, line, dotted(path), f"{message}{shown}.", hint.strip())


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


def _value_at(data: Any, path: FieldPath) -> Any:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _section_at(path: FieldPath) -> type[BaseModel]:
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


def _field_info(path: FieldPath) -> Any:
    names = [part for part in path if isinstance(part, str)]
    if not names:
        return None
    parent = _section_at(tuple(names[:-1]))
    return parent.model_fields.get(names[-1])


def meaning(path: FieldPath) -> str:
    """The name and description of a field; nothing for what is none."""
    info = _field_info(path)
    return f"`{[p for p in path if isinstance(p, str)][-1]}`: {info.description}" if info else ""


def _choices(path: FieldPath) -> tuple[Any, ...]:
    info = _field_info(path)
    return get_args(info.annotation) if info else ()
