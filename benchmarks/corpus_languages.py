"""Languages of paragraphs on the Declaration of Human Rights, varieties of Spanish on MEDDOCAN.

    python benchmarks/corpus_languages.py ../shared/data

Prints, for each language of a document, how many paragraphs of the others are told from it and how
many of its own are mistaken; and which varieties are given to clinical cases written in Spain.
"""

from __future__ import annotations

import sys
import tarfile
import time
import zipfile
from collections import Counter
from pathlib import Path

from dialecto.corpus.foreign import paragraph_language
from dialecto.corpus.variety import spanish_variety

NAMES = {"es": "spa", "en": "eng", "pt": "por_BR", "ca": "cat", "gl": "glg", "eu": "eus",
         "fr": "fra", "it": "ita"}  # fmt: skip


def paragraphs(archive: Path) -> dict[str, list[str]]:
    """By language, the declaration's paragraphs of twelve words and more."""
    with zipfile.ZipFile(archive) as file:
        return {
            lang: [
                line
                for line in file.read(f"udhr2/{name}.txt").decode().split("\n")
                if len(line.split()) >= 12
            ]
            for lang, name in NAMES.items()
        }


def main(data: Path) -> None:
    texts = paragraphs(data / "langid" / "udhr2.zip")
    for own in texts:
        mistaken = sum(paragraph_language(line, own) not in ("", own) for line in texts[own])
        others = [(lang, line) for lang, lines in texts.items() if lang != own for line in lines]
        told = sum(paragraph_language(line, own) == lang for lang, line in others)
        print(f"document in {own}: {told}/{len(others)} foreign told, {mistaken} own mistaken")
    for part in ("train", "dev"):
        with tarfile.open(data / "pii" / f"meddocan_{part}_brat.tar.gz") as archive:
            cases = [
                file.read().decode()
                for member in archive
                if member.name.endswith(".txt") and (file := archive.extractfile(member))
            ]
        start = time.perf_counter()
        found = Counter(map(spanish_variety, cases))
        speed = sum(len(case.encode()) for case in cases) / (time.perf_counter() - start) / 1e6
        shares = ", ".join(f"{name or 'undecided'} {n}" for name, n in found.most_common())
        print(f"MEDDOCAN {part}: {shares} ({speed:.1f} MB/s)")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
