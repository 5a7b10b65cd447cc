"""Whether a user's regular expression is one that can be run over a whole corpus.

Python's engine tries every way in which a text can match. A repeat within a repeat makes these
ways grow exponentially with the text (`(a+)+`, `(a|aa)*`), so such patterns are refused when
the recipe is read; what is merely slow is stopped by the time limit of documents.
"""

from __future__ import annotations

import re
import warnings
from typing import Any

_LONGEST = 500
_MANY = 64  # a repeat that can go further than this counts as endless


def pattern_problem(pattern: str) -> str:
    """What is wrong with a pattern, to be read after "the pattern"; empty when nothing is."""
    if len(pattern) > _LONGEST:
        return f"is longer than {_LONGEST} characters"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = re.compile(pattern)
            tree: Any = _parse(pattern)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        return f"is not a regular expression of Python: {error}"
    if compiled.match("") or compiled.search("\n \n"):
        return "matches nothing at all (an empty text, a space): make it need a letter or a digit"
    if _explodes(tree, within=False):
        return (
            "has a repeat (`*`, `+`, `{n,}`) around something that can itself match in several "
            "ways, which can take forever; write it without the outer repeat or with a small "
            "limit, such as `(?:[A-Z]-?){1,8}`"
        )
    return ""


def _parse(pattern: str) -> Any:
    from re import _parser  # type: ignore[attr-defined]  # the parser that re itself uses

    return _parser.parse(pattern)


def _explodes(tree: Any, *, within: bool) -> bool:
    """Whether a repeat or a choice stands within an endless repeat."""
    for operation, argument in tree:
        name = str(operation)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, inner = argument
            varies = int(least) != int(most)
            if within and varies:
                return True
            if _explodes(inner, within=within or (varies and int(most) > _MANY)):
                return True
        elif name == "BRANCH":
            if within or any(_explodes(branch, within=within) for branch in argument[1]):
                return True
        elif name == "SUBPATTERN":
            if _explodes(argument[-1], within=within):
                return True
        elif name in ("ASSERT", "ASSERT_NOT"):
            if _explodes(argument[1], within=within):
                return True
        elif name == "ATOMIC_GROUP":
            if _explodes(argument, within=within):
                return True
        elif name == "GROUPREF_EXISTS" and within:
            return True
    return False
