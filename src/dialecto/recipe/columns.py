"""Templates that make a document of a row: text with the names of columns in braces.

The syntax is that of ``str.format`` without what it can do beyond naming a column: attributes,
indexes, conversions and formats are refused, so that a template can show a row and nothing else.
"""

from __future__ import annotations

from string import Formatter


def template_columns(template: str) -> list[str]:
    """The columns that a template names, in order. Raises ValueError for anything else."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(
            f"is not a template: {error}. Write a brace that is text twice: {{{{ or }}}}"
        ) from error
    columns = []
    for _text, field, form, conversion in parts:
        if field is None:
            continue
        if not field.strip():
            raise ValueError("has braces without a column's name between them")
        if form or conversion or any(mark in field for mark in ".[]{}"):
            raise ValueError(
                f"may only name columns: `{{{field}}}` has more than a name between its braces"
            )
        columns.append(field)
    return columns


def fill(template: str, row: dict[str, str]) -> str:
    """The template with each name replaced by the row's text. Raises KeyError."""
    return "".join(
        text + (row[field] if field is not None else "")
        for text, field, _form, _conversion in Formatter().parse(template)
    )
