"""Text as it should be read: NFC, one kind of line end, no control or invisible characters."""

from __future__ import annotations

import re
import unicodedata

from dialecto.corpus.decode import MOJIBAKE, repair

_LINE_ENDS = re.compile(r"[\r\x0b\x0c\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
# Zero-width and bidirectional marks: invisible, useless to a model, loved by attackers.
_INVISIBLE = re.compile(r"[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
# Any of the above: most texts have none, and are looked at once instead of four times.
_ODD = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\xa0\u00ad\u1680\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u2064"
    r"\u2066-\u2069\u3000\ufeff]"
)
_TRAILING = re.compile(r"[^\S\n]\n|[^\S\n]\Z")
_BLANK_LINES = re.compile(r"\n{3,}")


_ROUNDS = 8


def clean(text: str) -> tuple[str, list[str]]:
    """The cleaned text and the names of the changes that mattered.

    What is clean stays as it is: a character taken away can show that its neighbours are mojibake
    too, so a text that still looks like it is cleaned again.
    """
    changes: list[str] = []
    for _ in range(_ROUNDS):
        before, (text, found) = text, _cleaned(text)
        changes += [change for change in found if change not in changes]
        if text == before or text.isascii() or not MOJIBAKE.search(text):
            break
    return text, changes


def _cleaned(text: str) -> tuple[str, list[str]]:
    changes = []
    text, mended = repair(text)
    if mended:
        changes.append("mojibake")
    text = text.replace("\r\n", "\n")
    odd = _ODD.search(text) is not None
    if odd:
        text = _LINE_ENDS.sub("\n", text)
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
        changes.append("nfc")
    if odd and not text.isascii():
        text, invisible = _INVISIBLE.subn("", text)
        if invisible:
            changes.append(f"invisible:{invisible}")
        text = _SPACES.sub(" ", text)
    if odd:
        text, control = _CONTROL.subn("", text)
        if control:
            changes.append(f"control:{control}")
    if _TRAILING.search(text):
        # Not `[ \t]+$`: that takes quadratic time on a long run of spaces inside a line.
        text = "\n".join([line.rstrip() for line in text.split("\n")])
    if "\n\n\n" in text:
        text = _BLANK_LINES.sub("\n\n", text)
    text = text.strip("\n")
    return text, changes
