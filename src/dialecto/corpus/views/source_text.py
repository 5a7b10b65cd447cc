"""The beginning of a document as its source has it, masked: of what the corpus did not keep."""

from __future__ import annotations

from collections.abc import Sequence

from dialecto.corpus.chunks import StepSettings
from dialecto.corpus.personal_data import protection_for
from dialecto.corpus.plan import InputFile
from dialecto.corpus.read import read_file
from dialecto.corpus.views.artefact import EXCERPT

_LARGEST = 20_000_000  # bytes of a file that is read again only to be shown


def masked_beginning(
    files: Sequence[InputFile], source: str, path: str, settings: StepSettings
) -> str:
    """Its first 240 characters without personal data; empty where it cannot be read any more."""
    for file in files:
        inside = path == file.path or path.startswith((f"{file.path}:", f"{file.path}!"))
        if file.source != source or not inside or file.bytes > _LARGEST:
            continue
        for row in read_file(file):
            if row["path"] == path:
                # Read further than it is shown: a name cut in two is not recognised.
                return protection_for(settings).mask(str(row["text"])[: 8 * EXCERPT])[:EXCERPT]
    return ""
