"""Whether a text is one SQL query that only reads.

This is the first of two fences and gives an error with a line number; the second is the
database's own: the connection is opened for reading only.
"""

from __future__ import annotations

import re

_COMMENT = r"(?P<comment>--[^\n]*|/\*.*?\*/)"
# What can hold a semicolon or a word without meaning it: texts and quoted names.
_QUOTED = r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|(?P<tag>\$\w*\$).*?(?P=tag)"
_OPAQUE = re.compile(f"{_COMMENT}|{_QUOTED}", re.DOTALL)


def single_select(query: str) -> str:
    """The query without a semicolon at its end. Raises ValueError unless it is a single SELECT
    or WITH."""
    masked = _OPAQUE.sub(lambda m: (" " if m["comment"] else "x") * len(m[0]), query)
    end = len(masked.rstrip())
    while masked[:end].endswith(";"):
        end = len(masked[: end - 1].rstrip())
    if ";" in masked[:end]:
        raise ValueError("must be one statement: there is a `;` inside")
    first = re.match(r"[\s(]*(\w*)", masked)
    word = first.group(1).upper() if first else ""
    if word not in ("SELECT", "WITH"):
        raise ValueError(f"must be a SELECT, because it only reads (it begins with `{word}`)")
    return query[:end].strip()
