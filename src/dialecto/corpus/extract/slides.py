"""What a presentation's speaker wrote under each slide, which its reader leaves out.

Office Open XML (ECMA-376, part 1): `presentation.xml` lists the slides in order, each slide's
relationships name its notes page, and the notes stand in that page's placeholder of type `body`.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Sequence
from typing import Any

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MAIN = "ppt/presentation.xml"


def speaker_notes(data: bytes) -> list[str]:
    """The notes of each slide, in the slides' order; empty where a slide has none."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = frozenset(archive.namelist())
        if _MAIN not in names:
            return []
        targets = _targets(archive, _MAIN, names)
        slides = [
            targets.get(slide.get(f"{_R}id", ""), ("", ""))[1]
            for slide in _tree(archive, _MAIN).iter(f"{_P}sldId")
        ]
        return [_notes_of(archive, slide, names) for slide in slides]


def with_notes(slides: Sequence[str], notes: Sequence[str]) -> str:
    """The text of all slides, each followed by its notes; notes that match no slide come last."""
    told = list(notes) if len(notes) == len(slides) else [""] * len(slides)
    rest = [] if len(notes) == len(slides) else list(notes)
    parts = [part for pair in zip(slides, told, strict=True) for part in pair] + rest
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _notes_of(archive: zipfile.ZipFile, slide: str, names: frozenset[str]) -> str:
    for kind, target in _targets(archive, slide, names).values():
        if kind.endswith("/notesSlide") and target in names:
            return "\n\n".join(
                paragraph
                for shape in _tree(archive, target).iter(f"{_P}sp")
                if any(mark.get("type") == "body" for mark in shape.iter(f"{_P}ph"))
                for paragraph in _paragraphs(shape)
            )
    return ""


def _paragraphs(shape: Any) -> list[str]:
    found = ("".join(part.text or "" for part in p.iter(f"{_A}t")) for p in shape.iter(f"{_A}p"))
    return [text.strip() for text in found if text.strip()]


def _targets(
    archive: zipfile.ZipFile, part: str, names: frozenset[str]
) -> dict[str, tuple[str, str]]:
    """What a part refers to: (kind, name in the archive) by the reference's id."""
    folder, name = posixpath.split(part)
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in names:
        return {}
    return {
        relation.get("Id", ""): (
            relation.get("Type", ""),
            posixpath.normpath(posixpath.join("/", folder, relation.get("Target", "")))[1:],
        )
        for relation in _tree(archive, relations)
        if isinstance(relation.tag, str) and relation.get("TargetMode") != "External"
    }


def _tree(archive: zipfile.ZipFile, name: str) -> Any:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(archive.read(name), parser=parser)
