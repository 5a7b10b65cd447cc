"""The reference page of the recipe, from the models: `python -m dialecto.recipe.reference`."""

from __future__ import annotations

import types
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from dialecto.recipe.base import NOT_IN_DIGEST
from dialecto.recipe.recipe import Recipe

HEAD = """# The recipe

Every field of `dialecto.yaml`. Only `name` and `sources` are needed; the rest has defaults.
A section may be left out. This page is made from the code:
`python -m dialecto.recipe.reference > docs/reference/recipe.md`.
"""


def reference() -> str:
    """Markdown: one table for each section."""
    return "\n".join([HEAD, *_section(Recipe, "dialecto.yaml")])


def _section(model: type[BaseModel], path: str) -> list[str]:
    lines = [f"## `{path}`", "", (model.__doc__ or "").strip(), ""]
    lines += ["| field | type | default | meaning |", "|---|---|---|---|"]
    below: list[str] = []
    for name, info in model.model_fields.items():
        inner = _model_of(info.annotation)
        inner_path = name if path == "dialecto.yaml" else f"{path}.{name}"
        if inner:
            is_list = get_origin(info.annotation) is list
            below += _section(inner, inner_path + ("[]" if is_list else ""))
        lines.append(f"| `{name}` | {_kind(info)} | {_default(info)} | {_meaning(info)} |")
    return [*lines, "", *below]


def _model_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = [model for arg in get_args(annotation) if (model := _model_of(arg))]
    return found[0] if found else None


def _kind(info: FieldInfo) -> str:
    shown = _type_name(info.annotation)
    bounds = [
        f"{sign} {value:g}"
        for rule in info.metadata
        for name, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))
        if (value := getattr(rule, name, None)) is not None
    ]
    return f"{shown} {', '.join(bounds)}".rstrip()


def _type_name(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Literal:
        return " \\| ".join(f"`{value}`" if value else '`""`' for value in get_args(annotation))
    if origin in (Union, types.UnionType):
        return " or ".join(
            "empty" if arg is type(None) else _type_name(arg) for arg in get_args(annotation)
        )
    if origin is list:
        return f"list of {_type_name(get_args(annotation)[0])}"
    if origin is dict:
        return f"names, each with {_type_name(get_args(annotation)[1])}"
    if _model_of(annotation):
        return "section"
    plain: dict[Any, str] = {str: "text", int: "whole number", float: "number", bool: "true/false"}
    return plain[annotation]


def _default(info: FieldInfo) -> str:
    value = info.default
    if value is PydanticUndefined:
        return "needed"
    if isinstance(value, BaseModel):
        return ""
    if value is None or value in ("", [], {}):
        return "empty"
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, list):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{value}`"


def _meaning(info: FieldInfo) -> str:
    text = (info.description or "").replace("|", "\\|")
    fast = isinstance(info.json_schema_extra, dict) and (
        info.json_schema_extra.items() >= NOT_IN_DIGEST.items()
    )
    return text + (" Changes how fast, never what: no stage runs again." if fast else "")


if __name__ == "__main__":
    print(reference(), end="")
