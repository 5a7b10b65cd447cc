"""Copies that are nearly the same, and files that nobody can read."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from dialecto.sample.document import Block, Document
from dialecto.sample.markup import split_marked
from dialecto.sample.phrases import load_yaml
from dialecto.sample.render import body


def shingles(text: str, size: int = 5) -> set[tuple[str, ...]]:
    """The set of word 5-grams."""
    words = text.lower().split()
    return {tuple(words[i : i + size]) for i in range(max(1, len(words) - size + 1))}


def jaccard(one: str, other: str) -> float:
    a, b = shingles(one), shingles(other)
    return len(a & b) / len(a | b)


def nearly(document: Document, rng: Random, least: float = 0.88) -> Document:
    """A copy with a few words changed; its 5-gram Jaccard with the original is >= `least`.

    Personal data, facts and secrets keep their exact words.
    """
    texts = load_yaml(document.lang, "genres")
    swaps = [tuple(pair) for pair in texts["near_swaps"]]
    rng.shuffle(swaps)
    original = body(document)
    changed = replace(
        document, blocks=(*document.blocks, Block("paragraph", (texts["near_tail"],)))
    )
    if rng.random() < 0.5 or jaccard(original, body(changed)) < least:
        changed = document
    done = 0
    for old, new in swaps:
        trial = _swap_once(changed, old, new)
        if trial != changed and jaccard(original, body(trial)) >= least:
            changed, done = trial, done + 1
        if done == 4:
            break
    if changed == document:  # too short for a tail and without a word to change
        return replace(document, title=f"{document.title} (2)")
    return changed


def _swap_once(document: Document, old: str, new: str) -> Document:
    """Change the first free-standing `old` that lies outside planted values."""
    blocks = list(document.blocks)
    for number, block in enumerate(blocks):
        if block.kind != "paragraph":
            continue
        pieces = split_marked(block.lines[0])
        for place, (text, planted) in enumerate(pieces):
            if not planted and f" {old} " in text:
                pieces[place] = (text.replace(f" {old} ", f" {new} ", 1), False)
                line = "".join(piece for piece, _ in pieces)
                blocks[number] = Block("paragraph", (line, *block.lines[1:]))
                return replace(document, blocks=tuple(blocks))
    return document


def broken_bytes(kind: str, rng: Random) -> bytes:
    """A file without one readable sentence: quarantine is the only right answer."""
    noise = rng.randbytes(900)
    match kind:
        case "truncated_pdf":
            return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendo"
        case "corrupt_docx":
            return b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + noise
        case "empty":
            return b""
        case "binary":
            return b"\x00\x01\x02\x03" + noise + bytes(rng.randrange(0, 32) for _ in range(600))
        case "cut_html":
            return b"<!DOCTYPE html>\n<html>\n<head>\n<script>var a = [" + b"0x1f, " * 40
        case "encrypted":
            return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + noise
    raise ValueError(kind)
