"""A small good file of every format, and ways to spoil one: what the fuzzers start from."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import tarfile
import zipfile

import zstandard

TEXT = (
    "La cooperativa aceitera celebró su junta anual en el salón de actos. Asistieron los socios de "
    "los tres pueblos, y se aprobó por unanimidad el precio de la aceituna para la campaña.\n\n"
    "El riego se hará de noche durante el verano. Teléfono 953 221 100, correo info@coop.example.\n"
)


def _office(members: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def _docx() -> bytes:
    import docx

    document = docx.Document()
    document.add_heading("Acta", 1)
    for paragraph in TEXT.split("\n\n"):
        document.add_paragraph(paragraph)
    table = document.add_table(2, 2)
    table.cell(0, 0).text = "Formato"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _xlsx() -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    related = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    cells = "".join(f'<c t="inlineStr"><is><t>celda {n}</t></is></c>' for n in range(9))
    return _office(
        {
            "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
            f'<Override PartName="/xl/s.xml" ContentType="{kinds}.worksheet+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="a" '
            f'Type="{related}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{related}"><sheets>'
            '<sheet name="Hoja" sheetId="1" r:id="b"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="b" Type="{related}/worksheet" Target="s.xml"/></Relationships>',
            "xl/s.xml": f'<worksheet xmlns="{main}"><sheetData><row>{cells}</row></sheetData>'
            "</worksheet>",
        }
    )


def _odt() -> bytes:
    office = "urn:oasis:names:tc:opendocument:xmlns"
    return _office(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f'<office:document-content xmlns:office="{office}:office:1.0" '
            f'xmlns:text="{office}:text:1.0"><office:body><office:text><text:p>{TEXT}</text:p>'
            "</office:text></office:body></office:document-content>",
        }
    )


def _epub() -> bytes:
    return _office(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container version="1.0" '
            'xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile '
            'full-path="c.opf" media-type="application/oebps-package+xml"/></rootfiles>'
            "</container>",
            "c.opf": '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><manifest>'
            '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
            '<spine><itemref idref="a"/></spine></package>',
            "a.xhtml": f'<html xmlns="http://www.w3.org/1999/xhtml"><body><p>{TEXT}</p></body></html>',
        }
    )


def _pdf() -> bytes:
    from tests.corpus.extract.test_pdf import pdf, report_page

    return pdf([report_page(1), report_page(2)])


def _parquet() -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    table = pa.table({"text": [f"{TEXT} {n}" for n in range(40)], "n": list(range(40))})
    pq.write_table(table, out, row_group_size=10, compression="zstd")
    return out.getvalue()


def _warc() -> bytes:
    from tests.corpus.extract.test_web_archives import html, record

    return b"".join(record("response", f"http://a.example/{n}", html()) for n in range(4))


def _tar(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def good_files() -> dict[str, bytes]:
    """One file of each kind, by a name with its ending."""
    from tests.corpus.extract.test_mail import message
    from tests.corpus.extract.test_wikipedia import ARTICLE, dump, page

    page_html = f"<html><body><h1>Acta</h1><p>{TEXT}</p><table><tr><td>1<td>2</table></body></html>"
    lines = "\n".join(json.dumps({"text": f"{TEXT} {n}"}) for n in range(9)).encode()
    mail = message().as_bytes()
    wiki = dump(*(page(n, ARTICLE.replace("&", "&amp;").replace("<", "&lt;")) for n in range(1, 5)))
    cells = [{"cell_type": "markdown", "source": TEXT}, {"cell_type": "code", "source": "x = 1"}]
    members = {
        "a.txt": TEXT.encode("latin-1"),
        "b.html": page_html.encode(),
        "c.jsonl": lines,
        "d.docx": _docx(),
        "e.csv": b"formato;precio\nlata;9\n",
    }
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    tar = _tar(members)
    return {
        "a.txt": TEXT.encode(),
        "b.txt": TEXT.encode("utf-16"),
        "a.md": f"---\ntitle: Acta\n---\n\n# Acta\n\n[{TEXT}](x)\n\n```\nx\n```\n".encode(),
        "a.rst": f"Acta\n====\n\n{TEXT}".encode(),
        "a.html": page_html.encode(),
        "a.xml": f"<acta><p>{TEXT}</p></acta>".encode(),
        "wiki.xml": wiki,
        "wiki.xml.bz2": bz2.compress(wiki),
        "a.csv": b"formato;precio\nlata;9\nbotella;3\n" * 20,
        "a.jsonl": lines,
        "a.jsonl.zst": zstandard.ZstdCompressor().compress(lines),
        "a.json": json.dumps([{"text": TEXT}, {"text": "otro"}]).encode(),
        "a.ipynb": json.dumps({"cells": cells}).encode(),
        "a.po": b'msgid "a"\nmsgstr "hola"\n\nmsgid "b"\nmsgstr "adios"\n',
        "a.parquet": _parquet(),
        "a.eml": mail,
        "a.mbox": b"From a@a Mon Jan  1 10:00:00 2024\n" + mail + b"\nFrom a@a 2024\n" + mail,
        "a.rtf": b"{\\rtf1\\ansi " + TEXT.encode("ascii", "ignore") + b"}",
        "a.pdf": _pdf(),
        "a.docx": _docx(),
        "a.xlsx": _xlsx(),
        "a.odt": _odt(),
        "a.epub": _epub(),
        "a.zip": zipped.getvalue(),
        "a.tar": tar,
        "a.tar.gz": gzip.compress(tar),
        "a.tar.xz": lzma.compress(tar),
        "a.html.gz": gzip.compress(page_html.encode()),
        "a.warc": _warc(),
        "a.warc.gz": gzip.compress(_warc()),
        "a.arc": b"filedesc://a 0.0.0.0 20140216050221 text/plain 9\n1 0 Live\n\nhttp://a/ 1.2.3.4 "
        b"20140216050221 text/html 34\nHTTP/1.1 200 OK\r\n\r\n<p>Un texto</p>\n",
    }


def spoil(data: bytes, draw: random.Random) -> bytes:
    """The bytes after a few accidents: flips, cuts, insertions, swaps, repetitions, zeros."""
    spoilt = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 4, 16))):
        size = len(spoilt)
        if not size:
            break
        at, length = draw.randrange(size), draw.choice((1, 1, 2, 4, 16, 64, 1024))
        match draw.randrange(9):
            case 0 | 1:
                spoilt[at] ^= 1 << draw.randrange(8)
            case 2:
                spoilt[at : at + length] = draw.randbytes(min(length, size - at))
            case 3:
                del spoilt[at:]
            case 4:
                del spoilt[at : at + length]
            case 5:
                spoilt[at:at] = draw.randbytes(length)
            case 6:
                other = draw.randrange(size)
                spoilt[at : at + length] = spoilt[other : other + length]
            case 7:
                spoilt[at:at] = spoilt[at : at + length] * draw.choice((1, 8, 64))
            case 8:
                spoilt[at : at + length] = bytes(min(length, size - at))
    return bytes(spoilt)
