"""A document before any format: its title, blocks and rows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Block:
    """`kind`: heading, paragraph, list (one line an item), data ("label\\tvalue" lines)."""

    kind: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """A document's content. `header` holds an e-mail's fields; `rows` a table's records."""

    title: str
    blocks: tuple[Block, ...] = ()
    header: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lang: str = "es"
