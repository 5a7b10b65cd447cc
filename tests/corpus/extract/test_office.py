"""What stands beside the text of an office file: notes of pages and of speakers, comments."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from dialecto.corpus.extract import extract
from dialecto.corpus.extract.markdown import markdown_to_text
from dialecto.corpus.extract.office import with_footnotes
from dialecto.corpus.extract.slides import speaker_notes, with_notes

_OFFICE = "http://schemas.openxmlformats.org"
_RELATIONS = f"{_OFFICE}/officeDocument/2006/relationships"
_W = f'xmlns:w="{_OFFICE}/wordprocessingml/2006/main"'
_P = (
    f'xmlns:p="{_OFFICE}/presentationml/2006/main" xmlns:a="{_OFFICE}/drawingml/2006/main" '
    f'xmlns:r="{_RELATIONS}"'
)


def archive(members: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as opened:
        for name, text in members.items():
            opened.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    return out.getvalue()


def relations(**targets: str) -> str:
    """`.rels` from id to `kind target`."""
    listed = "".join(
        f'<Relationship Id="{name}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for name, (kind, target) in ((n, t.split()) for n, t in targets.items())
    )
    return f'<Relationships xmlns="{_OFFICE}/package/2006/relationships">{listed}</Relationships>'


def types(**parts: str) -> str:
    """`[Content_Types].xml` from a part's name, with `__` for `/`, to its type."""
    listed = "".join(
        f'<Override PartName="/{name.replace("__", "/")}.xml" ContentType='
        f'"application/vnd.openxmlformats-officedocument.{kind}+xml"/>'
        for name, kind in parts.items()
    )
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    return (
        f'<Types xmlns="{_OFFICE}/package/2006/content-types">'
        f'<Default Extension="rels" ContentType="{rels}"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{listed}</Types>'
    )


def word(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r>{{}}</w:p>"


def test_notes_of_a_page_are_kept_and_comments_are_not(tmp_path: Path) -> None:
    mark = '<w:r><w:footnoteReference w:id="1"/></w:r><w:r><w:commentReference w:id="3"/></w:r>'
    kinds = "wordprocessingml."
    (tmp_path / "acta.docx").write_bytes(
        archive(
            {
                "[Content_Types].xml": types(
                    word__document=kinds + "document.main",
                    word__footnotes=kinds + "footnotes",
                    word__comments=kinds + "comments",
                ),
                "_rels/.rels": relations(r1="officeDocument word/document.xml"),
                "word/_rels/document.xml.rels": relations(
                    r1="footnotes footnotes.xml", r2="comments comments.xml"
                ),
                "word/document.xml": f"<w:document {_W}><w:body>"
                + word("La junta aprobó la cuenta del año.").format(mark)
                + word("Se levantó la sesión a las ocho.").format("")
                + "</w:body></w:document>",
                "word/footnotes.xml": f'<w:footnotes {_W}><w:footnote w:id="1">'
                + word("Con el voto en contra del tesorero.").format("")
                + "</w:footnote></w:footnotes>",
                "word/comments.xml": f'<w:comments {_W}><w:comment w:id="3" w:author="x">'
                + word("¿Esto es seguro?").format("")
                + "</w:comment></w:comments>",
            }
        )
    )
    (piece,) = extract(tmp_path / "acta.docx")
    assert piece.text.strip().split("\n\n") == [
        "La junta aprobó la cuenta del año.[^1]",
        "Se levantó la sesión a las ocho.",
        "[^1]: Con el voto en contra del tesorero.",
    ]


def test_notes_as_the_reader_writes_them() -> None:
    text = "[^1]\n\nUno^[^1]^ y dos[cmt:0].\n\n[^1]:\n     Nota.\n\n[^cmt0]:\n    Vaya.\n    Más.\n"
    assert with_footnotes(text) == "Uno[^1] y dos.\n\n[^1]: Nota.\n\n"
    assert with_footnotes("Sin [corchetes] raros") == "Sin [corchetes] raros"


def test_footnotes_of_markdown_stay_and_targets_of_links_go() -> None:
    text = "Uno[^1][^b] y [dos][x].\n\n[^1]: La nota.\n[x]: https://e.es\n[^b]: Otra nota.\n"
    assert markdown_to_text(text) == "Uno[^1][^b] y dos.\n\n[^1]: La nota.\n\n[^b]: Otra nota."


def slide(text: str, kind: str, root: str) -> str:
    shape = (
        f'<p:sp><p:nvSpPr><p:cNvPr id="2" name="x"/><p:cNvSpPr/><p:nvPr><p:ph type="{kind}"/>'
        f"</p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p>"
        "</p:txBody></p:sp>"
    )
    number = shape.replace(f'type="{kind}"', 'type="sldNum"').replace(text, "7")
    tree = f"<p:cSld><p:spTree>{shape}{number}</p:spTree></p:cSld>"
    return f"<p:{root} {_P}>{tree}</p:{root}>"


def presentation() -> bytes:
    """Two slides, shown in the order 2, 1; the one of number 1 has notes."""
    kinds = "presentationml."
    return archive(
        {
            "[Content_Types].xml": types(
                ppt__presentation=kinds + "presentation.main",
                ppt__slides__slide1=kinds + "slide",
                ppt__slides__slide2=kinds + "slide",
                ppt__notesSlides__notesSlide1=kinds + "notesSlide",
            ),
            "_rels/.rels": relations(r1="officeDocument ppt/presentation.xml"),
            "ppt/presentation.xml": f'<p:presentation {_P}><p:sldIdLst><p:sldId id="257" '
            'r:id="r2"/><p:sldId id="256" r:id="r1"/></p:sldIdLst></p:presentation>',
            "ppt/_rels/presentation.xml.rels": relations(
                r1="slide slides/slide1.xml", r2="slide slides/slide2.xml"
            ),
            "ppt/slides/slide1.xml": slide("El plan del molino", "title", "sld"),
            "ppt/slides/slide2.xml": slide("Portada de la junta", "title", "sld"),
            "ppt/slides/_rels/slide1.xml.rels": relations(
                r1="notesSlide ../notesSlides/notesSlide1.xml"
            ),
            "ppt/notesSlides/notesSlide1.xml": slide("Contar lo de la avería", "body", "notes"),
        }
    )


def test_what_a_speaker_wrote_follows_its_slide(tmp_path: Path) -> None:
    assert speaker_notes(presentation()) == ["", "Contar lo de la avería"]
    (tmp_path / "plan.pptx").write_bytes(presentation())
    (piece,) = extract(tmp_path / "plan.pptx")
    assert piece.text.endswith("\n\nContar lo de la avería")
    assert "El plan del molino" in piece.text
    assert "Portada de la junta" in piece.text


def test_notes_go_to_their_slides_or_to_the_end() -> None:
    assert with_notes(["a\n", "b"], ["", "nota"]) == "a\n\nb\n\nnota"
    assert with_notes(["a", "b"], ["una", "", "tres"]) == "a\n\nb\n\nuna\n\ntres"
    assert speaker_notes(archive({"otra.xml": "<x/>"})) == []
