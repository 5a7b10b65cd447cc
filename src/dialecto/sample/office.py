"""Minimal docx and pdf files: real, readable, and the same bytes every time.

Written here rather than with a library because a library stamps the hour into the file and
takes twenty times longer. Nothing is compressed, so that no version of zlib changes a byte.
"""

from __future__ import annotations

import zipfile
from io import BytesIO

from dialecto.sample.document import Block, Document
from dialecto.sample.markup import plain, split_marked

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_ESCAPE = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
_STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/>'
    f'<w:rPr>{weight}<w:sz w:val="{size}"/></w:rPr></w:style>'
    for key, name, weight, size in (
        ("Normal", "Normal", "", 22),
        ("Title", "Title", "<w:b/>", 36),
        ("Heading1", "heading 1", "<w:b/>", 28),
        ("ListBullet", "List Bullet", "", 22),
    )
)
_PARTS = (
    (
        "[Content_Types].xml",
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_WORD}.document.main+xml"/>'
        f'<Override PartName="/word/styles.xml" ContentType="{_WORD}.styles+xml"/></Types>',
    ),
    (
        "_rels/.rels",
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
    ),
    (
        "word/_rels/document.xml.rels",
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    ),
    ("word/styles.xml", f"<w:styles {_W}>{_STYLES}</w:styles>"),
)


def docx_bytes(document: Document) -> bytes:
    """A Word document with title, headings, paragraphs, lists and a table for data."""
    content = [_word_paragraph(document.title, "Title")]
    content += [_word_block(block) for block in document.blocks]
    body = f"<w:document {_W}><w:body>{''.join(content)}<w:sectPr/></w:body></w:document>"
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, xml in (*_PARTS, ("word/document.xml", body)):
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), _XML + xml)
    return buffer.getvalue()


def _word_paragraph(text: str, style: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    safe = plain(text).translate(_ESCAPE)
    return f'<w:p>{properties}<w:r><w:t xml:space="preserve">{safe}</w:t></w:r></w:p>'


def _word_block(block: Block) -> str:
    if block.kind == "data":
        cells = [": ".join(line.split("\t")) for line in block.lines]
        return "".join(_word_paragraph(cell) for cell in cells)
    style = {"heading": "Heading1", "list": "ListBullet"}.get(block.kind, "")
    return "".join(_word_paragraph(line, style) for line in block.lines)


_PAGE_LINES = 52
_LINE_CHARACTERS = 84


def pdf_bytes(document: Document) -> bytes:
    """A PDF with Helvetica text in WinAnsi encoding; planted values are never broken."""
    lines: list[tuple[str, int]] = [(text, 15) for text in _wrap(document.title, 60)]
    lines.append(("", 10))
    for block in document.blocks:
        size = 12 if block.kind == "heading" else 10
        for line in block.lines:
            lines += [(text, size) for text in _wrap(": ".join(line.split("\t")))]
        lines.append(("", 10))
    while lines[-1][0] == "":
        lines.pop()
    pages = [lines[i : i + _PAGE_LINES] for i in range(0, len(lines), _PAGE_LINES)]
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, page in enumerate(pages):
        stream = _page_stream(page)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources "
            b"<< /Font << /F1 3 0 R >> >> /Contents %d 0 R >>" % (5 + 2 * number)
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    return _pdf_file(objects)


def _wrap(marked: str, width: int = _LINE_CHARACTERS) -> list[str]:
    """Lines of at most `width` characters, unless one planted value is longer."""
    glued = "".join(
        plain(piece).replace(" ", "\ue003") if whole else piece
        for piece, whole in split_marked(marked)
        if piece
    )
    lines: list[str] = []
    line = ""
    for word in glued.split(" "):
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [text.replace("\ue003", " ") for text in (*lines, line)]


def _page_stream(lines: list[tuple[str, int]]) -> bytes:
    out = [b"BT", b"56 790 Td"]
    for text, size in lines:
        raw = text.encode("cp1252", "replace")
        for sign in (b"\\", b"(", b")"):
            raw = raw.replace(sign, b"\\" + sign)
        out.append(b"/F1 %d Tf (%s) Tj 0 -14 Td" % (size, raw))
    out.append(b"ET")
    return b"\n".join(out)


def _pdf_file(objects: list[bytes]) -> bytes:
    data = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    offsets: list[int] = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return (
        data
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
        + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(data))
    )
