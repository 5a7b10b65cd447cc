"""Characters that people do not see: zero-width and bidirectional marks, tags, homoglyphs.

Counted in the text as it was found, before `clean` takes the invisible ones away. What writing
needs is left out: joiners in emoji and in scripts that join, direction marks beside Hebrew or
Arabic, tags of flags, variation selectors after emoji and ideographs.
"""

from __future__ import annotations

import re

_ANY = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0e\ufeff\U000e0000-\U000e01ef"
    "\u0370-\u03ff\u0400-\u04ff]"
)
# Between two letters of a script that does not join: nobody types that.
_LATIN = "A-Za-z0-9\u00c0-\u024f"
_ZERO_WIDTH = re.compile(f"(?<=[{_LATIN}])[\u200b-\u200d\u2060-\u2064\ufeff]+(?=[{_LATIN}])")
_ZERO_RUN = re.compile("[\u200b-\u200d\u2060-\u2064\ufeff]{4,}")
_OVERRIDE = re.compile("[\u202d\u202e]")
_EMBEDDING = re.compile("[\u202a\u202b\u2066-\u2068]")
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007f]+")
_TAG = re.compile("[\U000e0000-\U000e007f]")
_SELECTOR = re.compile(f"(?<=[{_LATIN} .,;:])[\ufe00-\ufe0e\U000e0100-\U000e01ef]")
# Letters of the Greek and Cyrillic scripts that look like Latin ones.
_LOOKALIKE = (
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf"
    "\u03bd\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0430\u0435"
    "\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u0501\u04bb\u0405\u0406\u0408\u051b"
)
_MIXED = re.compile(
    f"(?=[^\\W\\d_]*[A-Za-z\u00c0-\u024f])(?=[^\\W\\d_]*[{_LOOKALIKE}])(?<![^\\W_])[^\\W\\d_]{{3,}}"
)
_FOREIGN = re.compile("[\u0370-\u03ff\u0400-\u04ff]{3,}")


def hidden_characters(text: str) -> dict[str, float]:
    """Counts by kind; empty for nearly every text. Kinds: `zero_width` (inside words, or in
    long runs), `bidi` (overrides; embeddings in text without letters written to the left),
    `tags`, `selectors`, `homoglyphs` (words of two scripts)."""
    if text.isascii() or not _ANY.search(text):
        return {}
    rtl = _RTL.search(text) is not None
    counts = {
        "zero_width": len(_ZERO_WIDTH.findall(text))
        + sum(len(run) for run in _ZERO_RUN.findall(text)),
        "bidi": 0 if rtl else len(_OVERRIDE.findall(text)) + len(_EMBEDDING.findall(text)) // 4,
        "tags": len(_TAG.findall(_FLAG.sub("", text))),
        "selectors": len(_SELECTOR.findall(text)),
        "homoglyphs": _mixed_words(text),
    }
    return {name: float(count) for name, count in counts.items() if count}


def _mixed_words(text: str) -> int:
    """Words with look-alike letters among Latin ones. A text that is partly Greek or Cyrillic
    may slip once or twice; a text that is not has no such letters by accident."""
    found = _MIXED.findall(text)
    if not found:
        return 0
    foreign = len(_FOREIGN.findall(text)) - len(found)
    return len(found) if foreign <= 3 * len(found) else 0


# From so many of a kind on, a document is not an accident.
LIMITS = {"zero_width": 3, "bidi": 1, "tags": 1, "selectors": 4, "homoglyphs": 1}
