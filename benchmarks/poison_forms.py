"""Makes the two tables that the search for poison ships: forms of words, and letters.

    python benchmarks/poison_forms.py --data FOLDER --out src/dialecto/corpus/poison

`forms.txt.gz`: words in lower case that stand three times or more in open texts (Don Quijote,
public domain; the Spanish translation of Python's documentation, CC0; paragraphs of SQuAD-es, CC
BY-SA 4.0; the 18F handbook, CC0; the Declaration of Human Rights) and that pyspellchecker's lists
(MIT) lack.
`letters.npy`: how likely a letter is after two others, in eighths of a bit, from those lists and
the Declaration in 18 languages. Word forms and counts of letters; no text is shipped.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import re
import tarfile
import unicodedata
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np

_WORD = re.compile(r"(?<![^\W\d_])[a-záéíóúüñçàèòïâêôãõ]{2,}(?![^\W\d_])")
_ANY_WORD = re.compile(r"[^\W\d_]+")
_KNOWN = re.compile(r"/(spa|eng|por|cat|fra|ita|glg|eus|deu)\w*\.txt$")
_LETTERS_OF = re.compile(r"/(por|cat|fra|ita|glg|eus|deu|nld|pol|swe|ron|fin|hun|tur|ces)\w*\.txt$")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def declarations(data: Path, names: re.Pattern[str]) -> list[str]:
    with zipfile.ZipFile(data / "langid" / "udhr2.zip") as opened:
        return [
            opened.read(name).decode("utf-8", "replace")
            for name in sorted(opened.namelist())
            if names.search(name)
        ]


def translations(po: str) -> list[str]:
    """The Spanish strings of a gettext file, without code."""
    found = []
    for quoted in re.findall(r'msgstr ((?:"(?:[^"\\]|\\.)*"\s*)+)', po):
        joined = re.sub(r'"\s*"', "", quoted)
        found.append(re.sub(r"``[^`]*``|:\w+:`[^`]*`", " ", joined))
    return found


def forms(data: Path, known: set[str]) -> list[str]:
    counts: Counter[str] = Counter()

    def add(text: str, times: int = 1) -> None:
        for word, number in Counter(_WORD.findall(text)).items():
            counts[word] += number * times

    spanish = data / "pretrain_es"
    add((spanish / "quijote_gutenberg2000_latin1.txt").read_text(encoding="latin-1"))
    for archive, ending in (
        (spanish / "pydocs_es_po_12MB.tar.gz", ".po"),
        (data / "pretrain_en" / "18f_handbook_md.tar.gz", ".md"),
    ):
        with tarfile.open(archive) as opened:
            for member in opened:
                file = opened.extractfile(member) if member.name.endswith(ending) else None
                if file:
                    text = file.read().decode("utf-8", "replace")
                    add(" ".join(translations(text)) if ending == ".po" else text)
    squad = json.loads((data / "qa" / "squad_es_v1.1_dev_minus_xquad.json").read_bytes())
    for article in squad["data"]:
        for paragraph in article["paragraphs"]:
            add(paragraph["context"])
            for question in paragraph["qas"]:
                add(question["question"])
    for text in declarations(data, _KNOWN):
        add(text.lower(), 3)
    return sorted(word for word, number in counts.items() if number >= 3 and word not in known)


def letters(data: Path, lists: dict[str, int], extra: list[str]) -> np.ndarray:  # type: ignore[type-arg]
    counts = np.full((27, 27, 27), 0.05)

    def add(word: str, weight: float) -> None:
        plain = (c for c in unicodedata.normalize("NFD", word.lower()) if c in _ALPHABET)
        codes = [26, 26, *(_ALPHABET.index(c) for c in plain), 26]
        for first, second, third in zip(codes, codes[1:], codes[2:], strict=False):
            counts[first, second, third] += weight

    for word, number in lists.items():
        if number > 60:
            add(word, math.log(number / 30))
    for word in extra:
        add(word, 2)
    for text in declarations(data, _LETTERS_OF):
        for word in _ANY_WORD.findall(text):
            add(word, 1)
    bits = np.log2(counts / counts.sum(axis=2, keepdims=True))
    return np.clip(np.rint(bits * 8), -127, 0).astype(np.int8)


def main() -> None:
    from spellchecker import SpellChecker

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    lists: dict[str, int] = {}
    for lang in ("es", "en"):
        for word, number in SpellChecker(language=lang).word_frequency.dictionary.items():
            lists[word] = max(lists.get(word, 0), number)
    found = forms(options.data, set(lists))
    packed = gzip.compress("\n".join(found).encode(), 9, mtime=0)
    (options.out / "forms.txt.gz").write_bytes(packed)
    np.save(options.out / "letters.npy", letters(options.data, lists, found))
    print(f"{len(found)} forms, {len(packed)} bytes")


if __name__ == "__main__":
    main()
