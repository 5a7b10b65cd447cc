"""What the pages of a PDF say, as one text: no running heads, words and paragraphs mended.

Pages come as Markdown, in which the reader has joined lines and, always, words that a hyphen
parts at a line's end; the plain text of the same pages tells where. A hyphen goes only when what
is joined is plausible: not in `e-mail`, `franco-español`, `Castilla-La Mancha` or `953-221`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dialecto.corpus.common_words import is_word

_EDGE = 2  # blocks at a page's beginning and end among which running heads are looked for
_FEWEST_PAGES = 3
_SHARE = 0.4  # of the pages: heads often differ on left and right pages
_LONGEST_HEAD = 200
_DIGITS = re.compile(r"\d+")
_NUMBER_ALONE = re.compile(
    r"^\W*(?P<named>(?:p[áa]g(?:ina)?|page|hoja|folio|p)\.?\s*)?(?:\d{1,4}|[ivxlc]{1,7})"
    r"(?:\s*(?:de|of|/|-|\|)\s*\d{1,4})?\W*$",
    re.IGNORECASE,
)
_BROKEN = re.compile(r"(?<![^\W_])([^\W_]{1,40})[-\u00ad\u2010]\n[ \t]{0,40}([^\W_]{1,40})")
_WORD = re.compile(r"[^\W_]+")
_HYPHENED = re.compile(r"(?<![^\W_])([^\W_]{1,40})[-\u00ad\u2010]([^\W_]{1,40})(?![^\W_])")
_MENDABLE = re.compile(r"([^\W_]+)(?:([-\u00ad\u2010]\s?)([^\W_]+))?")
_PLAIN_BLOCK = re.compile(r"^(?!#{1,6} |\||[-*] |\d+[.)] |```|>)")
_END = re.compile(r"[.!?:;…»”\"')\]]\W*$")


@dataclass(frozen=True)
class Mended:
    """A text, and the names of what was changed with how often."""

    text: str
    changes: tuple[str, ...]


def mend_pages(pages: Sequence[str], plain: Sequence[str]) -> Mended:
    """One text of a document's pages (Markdown) and of the same pages in plain lines."""
    blocks = [[b.strip() for b in page.split("\n\n") if b.strip()] for page in pages]
    kept, heads = _without_running_heads(blocks)
    text, joins = _joined(kept)
    text, hyphens = _with_right_hyphens(text, "\n".join(plain))
    lines = sum(1 for page in plain for line in page.split("\n") if line.strip())
    left = sum(1 for line in text.split("\n") if line.strip())
    broken = max(lines - heads - left, 0) + joins
    counts = {"running_heads": heads, "hyphens": hyphens, "line_breaks": broken}
    return Mended(text, tuple(f"{name}:{count}" for name, count in counts.items() if count))


def _without_running_heads(pages: list[list[str]]) -> tuple[list[list[str]], int]:
    """The pages' blocks without headers, footers and page numbers; how many went.

    A head's first occurrence stays: it is often the document's title.
    """
    exact: Counter[str] = Counter()
    counting: Counter[tuple[str, int]] = Counter()
    for number, blocks in enumerate(pages):
        for block in {blocks[at] for at in _edges(blocks)}:
            exact[_folded(block)] += 1
            shift = _page_shift(block, number)
            if shift is not None:
                counting[_DIGITS.sub("#", _folded(block)), shift] += 1
    enough = max(_FEWEST_PAGES, _SHARE * len(pages))
    seen: set[str] = set()
    gone = 0
    kept = []
    for number, blocks in enumerate(pages):
        drop = set()
        for at in _edges(blocks):
            block = blocks[at]
            folded = _folded(block)
            shift = _page_shift(block, number)
            counts = shift is not None and counting[_DIGITS.sub("#", folded), shift] >= enough
            alone = _NUMBER_ALONE.match(block)
            if counts or (alone and alone["named"]) or (exact[folded] >= enough and folded in seen):
                drop.add(at)
            elif exact[folded] >= enough:
                seen.add(folded)
        gone += len(drop)
        kept.append([block for at, block in enumerate(blocks) if at not in drop])
    return kept, gone


def _edges(blocks: list[str]) -> list[int]:
    """Where running heads may stand: the first and last blocks that are short lines."""
    places = {*range(min(_EDGE, len(blocks))), *range(max(len(blocks) - _EDGE, 0), len(blocks))}
    return [
        at for at in sorted(places) if len(blocks[at]) <= _LONGEST_HEAD and "\n" not in blocks[at]
    ]


def _folded(block: str) -> str:
    return " ".join(block.lstrip("# ").casefold().split())


def _page_shift(block: str, number: int) -> int | None:
    """How far a number in the block is from the page's, if it holds a number and is no heading."""
    found = _DIGITS.search(block)
    if block.startswith("#") or not found or len(found.group()) > 4:
        return None
    return int(found.group()) - number


def _joined(pages: list[list[str]]) -> tuple[str, int]:
    """The pages one after another; a paragraph that a page's end breaks goes on."""
    out: list[str] = []
    joins = 0
    for blocks in pages:
        for at, block in enumerate(blocks):
            if at == 0 and out and _goes_on(out[-1], block):
                glue = "\n" if out[-1].endswith("-") else " "
                out[-1] = f"{out[-1]}{glue}{block}"
                joins += 1
            else:
                out.append(block)
    return "\n\n".join(out), joins


def _goes_on(before: str, after: str) -> bool:
    return (
        bool(_PLAIN_BLOCK.match(before) and _PLAIN_BLOCK.match(after))
        and not _END.search(before)
        and after[:1].islower()
    )


def _with_right_hyphens(text: str, plain: str) -> tuple[str, int]:
    """The text with each word that a line's end parted as it should be; how many were joined."""
    plain += "\n" + text if "-\n" in text else ""
    pairs = Counter((found.group(1), found.group(2)) for found in _BROKEN.finditer(plain))
    if not pairs:
        return text, 0
    known = _Known.of(" ".join(plain.split("\n")))
    joins = {pair for pair in pairs if _one_word(*pair, known)}
    parted = {left + right: (left, right) for left, right in pairs if (left, right) not in joins}

    def mended(found: re.Match[str]) -> str:
        left, right = found.group(1), found.group(3)
        if right is None:
            return "-".join(parted[left]) if left in parted else left
        if (left, right) not in pairs:
            return found.group()
        return left + ("" if (left, right) in joins else "-") + right

    return _MENDABLE.sub(mended, text), sum(pairs[pair] for pair in joins)


@dataclass(frozen=True)
class _Known:
    """The words of a document, in small letters: whole ones, and pairs with a hyphen."""

    words: frozenset[str]
    pairs: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, text: str) -> _Known:
        lowered = text.lower()
        pairs = frozenset(_HYPHENED.findall(lowered))
        return cls(frozenset(_WORD.findall(lowered)), pairs)


def is_plausible(left: str, right: str, text: str = "") -> bool:
    """Whether `left-` at a line's end and `right` on the next line are one word.

    `text` is the document, in which the word may stand elsewhere, with its hyphen or without.
    """
    return _one_word(left, right, _Known.of(text))


def _one_word(left: str, right: str, known: _Known) -> bool:
    if not (left.isalpha() and right.isalpha()) or len(left) < 2 or not right.islower():
        return False
    if not (left.islower() or left.istitle()):
        return False
    one = (left + right).lower()
    if (left.lower(), right) in known.pairs:
        return False
    if one in known.words or is_word(one):
        return True
    # Two words of their own, whose union is none, are a compound: `teórico-práctico`.
    return not (len(left) > 2 and len(right) > 2 and is_word(left) and is_word(right))
