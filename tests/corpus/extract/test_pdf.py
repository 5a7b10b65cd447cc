"""PDF: pages put together, hyphens and lines mended, running heads dropped, all of it told."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialecto.corpus.extract import Unreadable, extract
from dialecto.corpus.extract.pdf_text import is_plausible, mend_pages

Line = tuple[int, int, int, str]  # x, y, size, text


def pdf(pages: list[list[Line]]) -> bytes:
    """A PDF with Helvetica text at these places."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>"
        % (b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(len(pages))), len(pages)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, lines in enumerate(pages):
        shown = "".join(f"/F1 {s} Tf 1 0 0 1 {x} {y} Tm ({t}) Tj\n" for x, y, s, t in lines)
        stream = f"BT\n{shown}ET".encode("cp1252")
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * number)
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    data = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        data
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
        + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(data))
    )


LINES = """La cooperativa celebró su junta anual en el salón de ac-
tos de la casa. Se avisó a los socios por correo e-
mail, y el acuerdo franco-
español sobre la aceituna se aprobó por una-
nimidad. El teléfono es el 953-
221 y lo firma García-
Pérez ante los po-
cos que quedaban, que siguieron"""


def report_page(number: int) -> list[Line]:
    lines = [(72, 800, 9, "Acta de la cooperativa"), (290, 30, 9, f"Página {number} de 4")]
    lines.append((72, 750, 18, f"Capítulo {number}"))
    for row, line in enumerate(LINES.split("\n")):
        lines.append((72, 700 - 14 * row, 11, line))
    return lines


PARAGRAPH = (
    "La cooperativa celebró su junta anual en el salón de actos de la casa. Se avisó a los socios "
    "por correo e-mail, y el acuerdo franco-español sobre la aceituna se aprobó por unanimidad. El "
    "teléfono es el 953-221 y lo firma García-Pérez ante los pocos que quedaban, que siguieron"
)


def test_pages_are_put_together_and_every_change_told(tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(pdf([report_page(number) for number in range(1, 5)]))
    (piece,) = extract(file)
    chapters = [f"# Capítulo {number}\n\n{PARAGRAPH}" for number in range(1, 5)]
    assert piece.text == "\n\n".join(["Acta de la cooperativa", *chapters])
    assert piece.changes == ("running_heads:7", "hyphens:12", "line_breaks:28")


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    left = [f"izquierda, línea {n} de la primera" for n in "abcdefgh"]
    right = [f"derecha, línea {n} de la segunda" for n in "abcdefgh"]
    lines = [(72, 740 - 14 * n, 11, text) for n, text in enumerate(left)]
    lines += [(320, 740 - 14 * n, 11, text) for n, text in enumerate(right)]
    (tmp_path / "a.pdf").write_bytes(pdf([lines]))
    (piece,) = extract(tmp_path / "a.pdf")
    assert " ".join(piece.text.split()) == " ".join(left + right)


def test_a_paragraph_goes_on_over_the_page() -> None:
    mended = mend_pages(["Uno que no acaba", "y sigue.", "Otro.", "# Y una"], [""] * 4)
    assert mended.text == "Uno que no acaba y sigue.\n\nOtro.\n\n# Y una"


def test_numbers_of_pages_go_and_other_numbers_stay() -> None:
    counting = [f"Texto propio {'abcd'[n]}.\n\n{n + 7}" for n in range(4)]
    assert mend_pages(counting, [""] * 4).changes == ("running_heads:4",)
    others = [f"Texto propio {'abcd'[n]}.\n\n{n * n + 3}" for n in range(4)]
    assert mend_pages(others, [""] * 4).changes == ()
    assert mend_pages(["Total\n\n42"], ["Total\n\n42"]).text == "Total\n\n42"


@pytest.mark.parametrize(
    ("left", "right", "text", "one"),
    [
        ("ac", "tos", "", True),
        ("unani", "midad", "", True),
        ("Coopera", "tiva", "", True),
        ("inves", "tigaciones", "", True),
        ("e", "mail", "", False),
        ("franco", "español", "", False),
        ("teórico", "práctico", "", False),
        ("Castilla", "La", "", False),
        ("García", "Pérez", "", False),
        ("AB", "cd", "", False),
        ("953", "221", "", False),
        ("oleo", "teca", "visitó la oleoteca del pueblo", True),
        ("cooperativa", "tos", "la cooperativa-tos", False),
    ],
)
def test_what_a_hyphen_joins(left: str, right: str, text: str, one: bool) -> None:
    assert is_plausible(left, right, text) is one


def test_pages_that_are_pictures_are_named_so(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf([[]]))
    with pytest.raises(Unreadable, match="scanned"):
        list(extract(tmp_path / "a.pdf"))
    text = [(72, 700, 11, "Una página con texto y otra que no lo tiene.")]
    (tmp_path / "b.pdf").write_bytes(pdf([text, []]))
    (piece,) = extract(tmp_path / "b.pdf")
    assert "pages_without_text:1" in piece.changes
