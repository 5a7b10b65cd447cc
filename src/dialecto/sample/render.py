"""A document's content as the bytes of a file, and where the planted things ended up.

For text formats the offsets count characters of the decoded file; for docx and pdf those of
the canonical text: title and blocks as lines, blocks parted by a blank line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from email.header import Header

from dialecto.sample.document import Block, Document
from dialecto.sample.markup import Planted, map_marked, plain, unmark
from dialecto.sample.office import docx_bytes, pdf_bytes
from dialecto.sample.phrases import load_yaml

_HTML = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}


@dataclass(frozen=True)
class Rendered:
    """A file's bytes; `basis` tells which text the offsets count in, `text` is that text."""

    data: bytes
    basis: str
    text: str
    planted: tuple[Planted, ...]


def render(document: Document, form: str, *, latin1: bool = False, company: str = "") -> Rendered:
    """Bytes of one of md, txt, html, eml, csv, jsonl, docx, pdf."""
    if form in ("docx", "pdf"):
        text, planted = unmark(canonical(document))
        data = docx_bytes(document) if form == "docx" else pdf_bytes(document)
        return Rendered(data, "text", text, tuple(planted))
    writers = {"md": _markdown, "txt": _plain_text, "eml": _mail, "csv": _csv, "jsonl": _jsonl}
    marked = _html(document, company) if form == "html" else writers[form](document)
    text, planted = unmark(marked)
    encoding = "latin-1" if latin1 and _fits_latin1(text) else "utf-8"
    return Rendered(text.encode(encoding), "file", text, tuple(planted))


def _fits_latin1(text: str) -> bool:
    return all(ord(character) < 256 for character in text)


def block_lines(block: Block) -> list[str]:
    """The lines that a reader sees, without any format's signs."""
    if block.kind == "data":
        return [": ".join(line.split("\t")) for line in block.lines]
    return list(block.lines)


def canonical(document: Document) -> str:
    """Title and blocks; still marked."""
    parts = [document.title, *("\n".join(block_lines(b)) for b in document.blocks)]
    return "\n\n".join(part for part in parts if part) + "\n"


def body(document: Document) -> str:
    """All of a document's own words, unmarked: what duplicates are compared on."""
    rows = [" ".join(row) for row in document.rows]
    return plain("\n".join([canonical(document), *rows]))


def _markdown(document: Document) -> str:
    parts = [f"# {document.title}"]
    for block in document.blocks:
        match block.kind:
            case "heading":
                parts.append(f"## {block.lines[0]}")
            case "list":
                parts.append("\n".join(f"- {line}" for line in block.lines))
            case "data":
                pairs = [line.split("\t") for line in block.lines]
                parts.append("\n".join(f"- **{label}:** {value}" for label, value in pairs))
            case _:
                parts.append("\n".join(block.lines))
    return "\n\n".join(parts) + "\n"


def _plain_text(document: Document) -> str:
    return canonical(document)


def _mail(document: Document) -> str:
    fields = [(name, value) for name, value in document.header]
    subject = document.title
    if not plain(subject).isascii():
        subject = Header(plain(subject), "utf-8", maxlinelen=400).encode()
    fields += [
        ("Subject", subject),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "8bit"),
    ]
    head = "\n".join(f"{name}: {value}" for name, value in fields)
    parts: list[str] = []
    for block in document.blocks:
        if block.kind == "quote":
            parts.append("\n".join([block.lines[0], *(f"> {line}" for line in block.lines[1:])]))
        else:
            parts.append("\n".join(block.lines))
    return head + "\n\n" + "\n\n".join(parts) + "\n"


def _csv(document: Document) -> str:
    return "".join(
        ",".join(f'"{cell}"' if "," in cell else cell for cell in row) + "\n"
        for row in (document.columns, *document.rows)
    )


def _jsonl(document: Document) -> str:
    return "".join(
        json.dumps(dict(zip(document.columns, row, strict=True)), ensure_ascii=False) + "\n"
        for row in document.rows
    )


def _html(document: Document, company: str) -> str:
    """A page of the web site: menu, cookie banner, the article, links, footer."""
    site = load_yaml(document.lang if document.lang in ("es", "en") else "es", "genres")["html"]
    title = map_marked(document.title, _HTML)
    nav = "\n".join(
        f'      <li><a href="/{i}.html">{x}</a></li>' for i, x in enumerate(site["nav"])
    )
    buttons = "\n".join(f"    <button>{text}</button>" for text in site["accept"])
    links = " · ".join(f'<a href="#">{text}</a>' for text in site["footer"])
    article = "\n".join(_html_block(block) for block in document.blocks)
    return f"""<!DOCTYPE html>
<html lang="{document.lang}">
<head>
  <meta charset="utf-8">
  <title>{title}</title>
  <style>body {{ font-family: sans-serif; }} .cookies {{ position: fixed; bottom: 0; }}</style>
  <script>window.dataLayer = window.dataLayer || [];</script>
</head>
<body>
  <header>
    <p class="logo">{company}</p>
    <nav>
    <ul>
{nav}
    </ul>
    </nav>
  </header>
  <div class="cookies" role="dialog">
    <p>{site["cookies"]}</p>
{buttons}
  </div>
  <main>
  <article>
  <h1>{title}</h1>
{article}
  </article>
  </main>
  <aside>
    <p>{site["share"]}</p>
    <p>{site["related"]}</p>
  </aside>
  <footer>
    <p>© {company} · {links}</p>
  </footer>
</body>
</html>
"""


def _html_block(block: Block) -> str:
    lines = [map_marked(line, _HTML) for line in block.lines]
    match block.kind:
        case "heading":
            return f"  <h2>{lines[0]}</h2>"
        case "list":
            return "  <ul>\n" + "\n".join(f"    <li>{x}</li>" for x in lines) + "\n  </ul>"
        case "data":
            pairs = [line.split("\t") for line in lines]
            rows = (f"    <tr><th>{label}</th><td>{value}</td></tr>" for label, value in pairs)
            return "  <table>\n" + "\n".join(rows) + "\n  </table>"
        case _:
            return f"  <p>{'<br>'.join(lines)}</p>"
