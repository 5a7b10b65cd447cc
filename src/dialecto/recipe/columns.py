"""Templates that make a document of a row: text with the names of columns in braces.

The syntax is that of ``str.format`` without what it can do beyond naming a column: attributes,
indexes, conversions and formats are refused, so that a template can show a row and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from string import Formatter
from typing import Any


@lru_cache(maxsize=64)
def _parts(template: str) -> tuple[tuple[str, str | None], ...]:
    """(text, the column after it or None). Raises ValueError for anything else."""
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(
            f"is not a template: {error}. Write a brace that is text twice: {{{{ or }}}}"
        ) from error
    for _text, field, form, conversion in parsed:
        if field is None:
            continue
        if not field.strip():
            raise ValueError("has braces without a column's name between them")
        if form or conversion or any(mark in field for mark in ".[]{}"):
            raise ValueError(
                f"may only name columns: `{{{field}}}` has more than a name between its braces"
            )
    return tuple((text, field) for text, field, _form, _conversion in parsed)


def template_columns(template: str) -> list[str]:
    """The columns that a template names, in order. Raises ValueError for anything else."""
    return [field for _text, field in _parts(template) if field is not None]


def fill(
    template: str, row: Mapping[str, Any], as_text: Callable[[Any], str] = lambda value: value
) -> str:
    """The template with each name replaced by the row's value as text. Raises KeyError."""
    return "".join(
        text + as_text(row[field]) if field is not None else text
        for text, field in _parts(template)
    )
