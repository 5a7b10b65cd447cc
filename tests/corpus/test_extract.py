"""Each format gives its text, and what cannot be read says so."""

from __future__ import annotations

import asyncio
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialecto.corpus.extract import CONTAINERS, EXTRACTORS, STREAMED, Unreadable, extract
from dialecto.corpus.extract.content import of_path
from dialecto.corpus.extract.html import html_to_text
from dialecto.corpus.extract.markdown import markdown_to_text
from dialecto.corpus.extract.office import extract_office


def text_of(path: Path) -> str:
    return "\n---\n".join(piece.text for piece in extract(path))


PAGE = """<!DOCTYPE html><html><head><title>Aceite nuevo</title><style>p {color: red}</style></head>
<body><header><nav><a href="/">Inicio</a> <a href="/p">Productos</a></nav></header>
<ul class="menu"><li><a href="/1">Uno</a></li></ul>
<main><h1>El aceite de la cosecha</h1>
<p>El aceite se envasa <b>en frío</b> desde noviembre &amp; se vende en la
tienda de la cooperativa, de lunes a viernes.</p>
<ul><li>Botella de 1 litro</li><li>Lata<ul><li>de 5 litros</li></ul></li></ul>
<table><tr><th>Formato</th><th>Precio</th></tr><tr><td>Botella</td><td>9 €</td></tr></table>
<pre><code>def precio(litros):
    return 9 * litros</code></pre>
</main><script>alert("no")</script>
<footer>© 2024 Aviso legal</footer></body></html>"""


def test_html_keeps_content_and_drops_chrome() -> None:
    assert html_to_text(PAGE) == (
        "# El aceite de la cosecha\n\n"
        "El aceite se envasa en frío desde noviembre & se vende en la tienda de la cooperativa, "
        "de lunes a viernes.\n\n"
        "- Botella de 1 litro\n- Lata\n  - de 5 litros\n\n"
        "| Formato | Precio |\n| Botella | 9 € |\n\n"
        "```\ndef precio(litros):\n    return 9 * litros\n```"
    )


def test_html_of_links_alone_or_in_a_form_keeps_its_text() -> None:
    index = "<body><ul>" + "".join(f"<li><a href='{n}'>Lección {n}</a></li>" for n in range(9))
    assert "Lección 7" in html_to_text(index + "</ul></body>")
    form = "<body><form><div><p>Todo el texto de la página está en un formulario.</p></div></form>"
    assert html_to_text(form) == "Todo el texto de la página está en un formulario."


def test_html_declares_its_encoding(tmp_path: Path) -> None:
    page = tmp_path / "a.htm"
    head = '<html><head><meta charset="windows-1251"></head><body><p>'
    page.write_bytes(f"{head}Привет, мир, это страница</p>".encode("cp1251"))
    assert text_of(page) == "Привет, мир, это страница"


def test_markdown_loses_what_is_for_the_site() -> None:
    text = markdown_to_text(
        "---\ntitle: Crear una tabla | Docs\nauthor: x\n---\n"
        "[!INCLUDE[sql](../../includes/sql.md)]\n\n<!-- nota -->\n"
        '## <a name="uno"></a>Sintaxis\n'
        "Vea [la guía](../guia.md) e ![icono](i.png) use `[a](b)` &#40;o no&#41; <b>ya</b>.\n"
        "Escriba <nombre_tabla>.\n\n"
        "```sql\nSELECT [a](b) <!-- no --> FROM &amp;\n```\n"
    )
    assert text == (
        "# Crear una tabla\n\n## Sintaxis\n"
        "Vea la guía e icono use `[a](b)` (o no) ya.\n"
        "Escriba <nombre_tabla>.\n\n"
        "```sql\nSELECT [a](b) <!-- no --> FROM &amp;\n```"
    )


def test_a_rule_is_not_front_matter() -> None:
    assert markdown_to_text("---\n\nHola\n\n---\n\nAdiós") == "---\n\nHola\n\n---\n\nAdiós"


def test_tables_keep_their_names(tmp_path: Path) -> None:
    table = tmp_path / "socios.csv"
    table.write_bytes('nombre;ciudad;nota\nÁngel;Jaén;"a; b"\nNuria;;ñ\n'.encode("latin-1"))
    assert text_of(table) == ("nombre: Ángel\nciudad: Jaén\nnota: a; b\n\nnombre: Nuria\nnota: ñ")


def test_a_table_with_a_column_of_texts_has_a_document_for_each_row(tmp_path: Path) -> None:
    table, note = (
        tmp_path / "notas.csv",
        "Se riega, de noche, cuando el suelo está frío y el agua no se va.",
    )
    table.write_text(f'Título,Texto,fecha\nRiego,"{note}",2021-05-01\nPoda,,\n')
    pieces = list(extract(table))
    assert [(p.record, p.text, p.problem, p.year) for p in pieces] == [
        ("1", f"Riego\n\n{note}", "", 2021),
        ("2", "", "no_text", 0),
    ]


def test_a_column_of_numbers_is_no_column_of_texts_whatever_its_name(tmp_path: Path) -> None:
    table = tmp_path / "clientes.csv"
    table.write_text("Nombre,Documento,Nota\nAna Ruiz,12345678Z,paga tarde\nEva Sanz,8765432X,\n")
    (piece,) = extract(table)
    assert "Ana Ruiz" in piece.text
    assert "paga tarde" in piece.text


def test_an_identity_document_is_no_text(tmp_path: Path) -> None:
    people = [{"nombre": "Ana Ruiz", "documento": "12345678Z"}]
    for name, text in (("a.json", json.dumps(people)), ("a.jsonl", json.dumps(people[0]))):
        (tmp_path / name).write_text(text, encoding="utf-8")
        (piece,) = extract(tmp_path / name)
        assert "Ana Ruiz" in piece.text


def test_a_list_of_texts_in_an_object(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    texts = [{"id": 1, "texto": "Se riega de noche."}, {"id": 2, "texto": "Se poda en enero."}]
    file.write_text(json.dumps({"version": 1, "data": texts}), encoding="utf-8")
    assert [(p.record, p.text) for p in extract(file)] == [
        ("1", "Se riega de noche."),
        ("2", "Se poda en enero."),
    ]
    file.write_text(json.dumps({"data": texts, "otros": [1, 2]}), encoding="utf-8")
    assert len(list(extract(file))) == 1


def test_jsonl_records_and_broken_lines(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    lines = [
        json.dumps({"title": "Riego", "text": "Se riega de noche."}),
        "{rota",
        json.dumps({"asunto": "Poda", "estado": "hecho"}),
        json.dumps({"text": "  "}),
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    pieces = list(extract(file))
    assert [(p.record, p.text, p.problem) for p in pieces] == [
        ("1", "Riego\n\nSe riega de noche.", ""),
        ("2", "", "malformed"),
        ("3", "asunto: Poda\nestado: hecho", ""),
        ("4", "text:   ", ""),
    ]


def test_mail(tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(
        b"From: =?utf-8?q?=C3=81ngel?= <angel@ejemplo.es>\r\nTo: ventas@ejemplo.es\r\n"
        b"Subject: =?iso-8859-1?q?Pedido_de_oto=F1o?=\r\nX-Mailer: x\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/alternative; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\nQuiero tres cajas ma=F1ana.\r\n"
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>Quiero</p>\r\n--b--\r\n"
    )
    assert text_of(file) == (
        "De: Ángel <angel@ejemplo.es>\nPara: ventas@ejemplo.es\nAsunto: Pedido de otoño\n\n"
        "Quiero tres cajas mañana."
    )


def test_mailbox_has_a_document_for_each_message(tmp_path: Path) -> None:
    file = tmp_path / "a.mbox"
    file.write_text(
        "From a@b.example Mon Jan  1 10:00:00 2024\n"
        "From: a@b.example\nSubject: Price of the oil\n\n"
        "What is the price of the oil?\n\n"
        "From c@d.example Tue Jan  2 10:00:00 2024\nFrom: c@d.example\nSubject: Precio\n\n"
        "El precio de la lata es de nueve euros.\n"
    )
    assert [(piece.record, piece.text) for piece in extract(file)] == [
        ("1", "From: a@b.example\nSubject: Price of the oil\n\nWhat is the price of the oil?"),
        ("2", "De: c@d.example\nAsunto: Precio\n\nEl precio de la lata es de nueve euros."),
    ]


def test_catalogue_gives_translations_only(tmp_path: Path) -> None:
    file = tmp_path / "a.po"
    file.write_text(
        'msgid ""\nmsgstr "Language: es\\n"\n\n#: a.rst:1\nmsgid ""\n"Hello "\n"there"\n'
        'msgstr "Hola, :ref:`mira <x>` \\"esto\\""\n\n#, fuzzy\nmsgid "b"\nmsgstr "mal"\n\n'
        'msgid "c"\nmsgstr ""\n',
        encoding="utf-8",
    )
    assert text_of(file) == 'Hola, mira "esto"'


def test_notebook_xml_rst_and_unknown_text(tmp_path: Path) -> None:
    notebook = tmp_path / "a.ipynb"
    cells = [
        {"cell_type": "markdown", "source": ["# Título\n", "texto"]},
        {"cell_type": "code", "source": "x = 1", "outputs": []},
    ]
    notebook.write_text(json.dumps({"cells": cells}))
    assert text_of(notebook) == "# Título\ntexto\n\n```\nx = 1\n```"
    xml = tmp_path / "a.xml"
    xml.write_text(
        '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        "<r><a>uno</a>&x;<b>dos</b> tres</r>"
    )
    assert text_of(xml) == "uno\ndos\ntres"
    rst = tmp_path / "a.rst"
    rst.write_text(".. _x:\n\nVea :class:`lista <list>` y `guía <http://x>`_ con ``a``.\n")
    assert text_of(rst).strip() == "Vea lista y guía con `a`."
    readme = tmp_path / "LEEME"
    readme.write_text("Un texto sin extensión.")
    assert text_of(readme) == "Un texto sin extensión."


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\t ", "no_text"),
        ("a.txt", bytes(range(256)) * 8, "binary"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(64), "unsupported_format"),
        ("a.css", b"p { color: red }", "unsupported_format"),
        ("a.pdf", b"%PDF-1.4\n1 0 obj", "malformed"),
        ("a.pdf", b"Hola", "malformed"),
        ("a.docx", b"PK\x03\x04 no zip", "malformed"),
        ("a.json", b"{", "malformed"),
        ("a.json", b"[]", "no_text"),
        ("a.jsonl", b"\t", "no_text"),
        ("a.xml", b"<a><b/></a>", "no_text"),
        ("a.html", b"<html><script>x()</script></html>", "no_text"),
        ("a.md", b"---\ntitle: x\n---\n", "no_text"),
        ("a.eml", b"no es un mensaje", "malformed"),
        ("a.mbox", b"no es un buzon", "malformed"),
        ("a.ipynb", b"{}", "malformed"),
        ("a.po", b'msgid "a"\nmsgstr ""\n', "no_text"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    with pytest.raises(Unreadable) as caught:
        list(extract(file))
    assert caught.value.reason == reason


def test_word_document(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    document = docx.Document()
    document.add_heading("Acta de la junta", 1)
    document.add_paragraph("Se aprueba el precio de la aceituna.")
    document.save(tmp_path / "a.docx")
    assert text_of(tmp_path / "a.docx").strip() == (
        "# Acta de la junta\n\nSe aprueba el precio de la aceituna."
    )
    whole = (tmp_path / "a.docx").read_bytes()
    (tmp_path / "cut.docx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Unreadable, match="malformed"):
        list(extract(tmp_path / "cut.docx"))
    with zipfile.ZipFile(tmp_path / "bare.docx", "w") as archive:
        archive.writestr("readme.txt", "nada")
    with pytest.raises(Unreadable):
        list(extract(tmp_path / "bare.docx"))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    data=st.binary(max_size=400)
    | st.text(max_size=400).map(lambda t: t.encode("utf-8", "replace")),
    suffix=st.sampled_from(sorted({**EXTRACTORS, **CONTAINERS, **STREAMED})),
)
def test_any_bytes_give_text_or_a_reason(tmp_path: Path, data: bytes, suffix: str) -> None:
    file = tmp_path / f"x{suffix}"
    file.write_bytes(data)
    try:
        found = [piece.text or piece.problem for piece in extract(file)]
    except Unreadable as refusal:
        found = [refusal.reason]
    assert found
    assert all(found)


def test_office_files_are_read_where_a_loop_runs_already(tmp_path: Path) -> None:
    """As in a notebook, where `dialecto.Project` is called from within asyncio."""
    import docx

    document = docx.Document()
    document.add_paragraph("Acta de la asamblea anual")
    document.save(str(tmp_path / "acta.docx"))

    async def notebook() -> list[str]:
        return [piece.text for piece in extract_office(of_path(tmp_path / "acta.docx"))]

    # In a thread of its own: browser tests leave a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        texts = pool.submit(lambda: asyncio.run(notebook())).result()
    assert [text.strip() for text in texts] == ["Acta de la asamblea anual"]


@pytest.mark.parametrize("suffix", [".docx", ".pptx", ".xlsx", ".odt", ".epub"])
def test_office_files_that_swell_are_refused_unread(tmp_path: Path, suffix: str) -> None:
    inside = {".docx": "word/document.xml", ".pptx": "ppt/a.xml", ".xlsx": "xl/workbook.xml"}
    name = inside.get(suffix, "content.xml" if suffix == ".odt" else "META-INF/container.xml")
    file = tmp_path / f"a{suffix}"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"<a>" + b" " * 40_000_000)
    with pytest.raises(Unreadable, match="archive_bomb"):
        list(extract(file))
