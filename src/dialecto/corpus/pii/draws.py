"""Choices that depend on a key and a value only, so that any worker makes the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from dialecto.corpus.pii.keys import digest

T = TypeVar("T")


class Draw:
    """A stream of choices derived from HMAC-SHA-256 over a key and the parts of a value."""

    def __init__(self, key: bytes, *parts: str) -> None:
        self._key, self._parts = key, parts
        self._block, self._count = b"", 0

    def below(self, limit: int) -> int:
        """An integer in [0, limit); the bias of the remainder is below 2^-24 for our limits."""
        if len(self._block) < 4:
            self._block += digest(self._key, *self._parts, str(self._count))
            self._count += 1
        number, self._block = int.from_bytes(self._block[:4], "big"), self._block[4:]
        return number % limit

    def choice(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]


def like(original: str, new: str) -> str:
    """`new` in the case of `original`: UPPER, lower, or as it is."""
    letters = [c for c in original if c.isalpha()]
    if len(letters) > 1 and original.isupper():
        return new.upper()
    return new.lower() if original.islower() else new


def redraw(value: str, draw: Draw, fixed: int = 0) -> str:
    """Other digits and letters in the same places; signs, case and `fixed` characters stay.

    The choices do not depend on spaces, signs and case: `12.345.678-Z` and `12345678z` become
    the same. A first digit that is not zero stays so, and letters are drawn from capital
    letters without I, O and Ñ, which identifiers avoid.
    """
    result, seen = [], 0
    for character in value:
        if not character.isalnum():
            result.append(character)
            continue
        seen += 1
        if seen <= fixed:
            result.append(character)
        elif character.isdigit():
            first = seen == fixed + 1 and character != "0"
            result.append(str(draw.below(9) + 1 if first else draw.below(10)))
        else:
            letter = draw.choice("ABCDEFGHJKLMNPQRSTUVWXYZ")
            result.append(letter if character.isupper() else letter.lower())
    return "".join(result)
