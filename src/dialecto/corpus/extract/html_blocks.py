"""The blocks of a page as Markdown: paragraphs, headings, items of lists, rows of tables, code."""

from __future__ import annotations

import re

_BLOCKS = frozenset(
    (
        "address",
        "article",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "caption",
        "aside",
    )
)
_HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
_WHITE = re.compile(r"\s+")


class Writer:
    """Collects blocks: paragraphs, headings, list items, table rows, code."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.line: list[str] = []
        self.prefix = ""
        self.pre = 0
        self.lists: list[str] = []
        self.row: list[str] | None = None
        self.rows = 0

    def text(self, text: str) -> None:
        # Other white space goes when a block is written.
        self.line.append(text if self.pre else text.replace("\n", " "))

    def open(self, tag: str) -> None:
        if tag == "br":
            self.line.append("\n")
        elif tag == "code" and not self.pre:
            self.line.append("`")
        if tag not in _BLOCKS or self.pre:
            if tag == "pre":
                self.pre += 1
            return
        if tag in ("td", "th") or (self.row is not None and tag not in ("table", "tr", "pre")):
            self.line.append(" ")
            return
        self._flush()
        if tag == "pre":
            self.pre += 1
        elif tag in ("ul", "ol"):
            self.lists.append(tag)
        elif tag == "li":
            self.prefix = "  " * max(len(self.lists) - 1, 0) + "- "
        elif tag in _HEADINGS:
            self.prefix = _HEADINGS[tag] + " "
        elif tag == "tr":
            self.row = []
        elif tag == "table":
            self.rows = 0

    def close(self, tag: str) -> None:
        if tag == "code" and not self.pre:
            self.line.append("`")
        if tag == "pre":
            self.pre = max(self.pre - 1, 0)
            if not self.pre:
                self._flush_code()
            return
        if tag not in _BLOCKS or self.pre:
            return
        if tag in ("td", "th"):
            cell = _WHITE.sub(" ", "".join(self.line)).strip()
            self.line = []
            if self.row is None:
                self.row = []
            self.row.append(cell)
        elif tag == "tr":
            self._flush_row()
        elif self.row is not None and tag != "table":
            self.line.append(" ")
        else:
            self._flush()
            if tag in ("ul", "ol") and self.lists:
                self.lists.pop()

    def _flush(self) -> None:
        if self.row is not None:
            self._flush_row()
        text = "".join(self.line)
        self.line = []
        lines = [" ".join(part.split()) for part in text.split("\n")]
        joined = "\n".join(line for line in lines if line)
        if joined and joined != "``":
            self.blocks.append(self.prefix + joined)
            self.prefix = ""
        elif not self.prefix.strip().startswith("-"):
            self.prefix = ""

    def _flush_row(self) -> None:
        cells = list(self.row or [])
        rest = " ".join("".join(self.line).split())
        self.line, self.row = [], None
        if rest:
            cells.append(rest)
        if any(cells):
            row = "| " + " | ".join(cells) + " |" if len(cells) > 1 else cells[0]
            self.blocks.append(row)

    def _flush_code(self) -> None:
        code = "".join(self.line).strip("\n")
        self.line = []
        if not code.strip():
            return
        # Whole books stand in <pre>: long and with hardly any of code's punctuation.
        prose = len(code) > 300 and sum(map(code.count, "{};=<>$()")) < 0.01 * len(code)
        self.blocks.append(code.rstrip() if prose else f"```\n{code.rstrip()}\n```")

    def result(self) -> str:
        self._flush()
        return join_blocks(self.blocks)


def join_blocks(blocks: list[str]) -> str:
    """Blocks parted by a blank line, rows of a table and items of a list by a line end."""
    out: list[str] = []
    previous = ""
    for block in blocks:
        kind = "|" if block.startswith("| ") else "-" if block.lstrip().startswith("- ") else ""
        if out:
            out.append("\n" if kind and kind == previous else "\n\n")
        out.append(block)
        previous = kind
    return "".join(out)
