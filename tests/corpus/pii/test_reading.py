"""A text that is read once gives what searching it again and again gave."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialecto.corpus.pii import find_entities, reading
from dialecto.corpus.pii.finder import find_in, number_windows
from dialecto.corpus.pii.name_words import sentences
from dialecto.corpus.pii.reading import TOKEN, PerWord, read
from dialecto.corpus.pii.secret_forms import FORMS
from dialecto.corpus.pii.secret_hints import secrets_in

TEXTS = st.text(st.sampled_from("aZñÁ19_ \n\t\u00a0.!?»,:/-@'x²"), max_size=300)


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_words_are_where_they_begin(text: str) -> None:
    found = [(match.group(), match.start()) for match in TOKEN.finditer(text)]
    got = read(text)
    assert list(zip(got.words, got.starts, strict=True)) == found
    assert got.words[got.between(5, 20)] == [word for word, at in found if 5 <= at < 20]


def test_words_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_MOST_WORDS", 3)
    lengths = PerWord(len)
    assert lengths.each(["a", "bb", "ccc", "dddd", "a"]) == [1, 2, 3, 4, 1]
    assert len(lengths) <= 3


_NUMBERS = re.compile(r"\d\w*(?:[ .,\-–/()+:]{1,3}(?:[^\W\d_]{0,6}\d\w*|[A-Z]{1,4}\b|\d))*|\bs/n\b")


@given(st.text(st.sampled_from("s/n 12.,a-Z(:\n"), max_size=80))
@settings(max_examples=80, deadline=None)
def test_numbers_are_shown_whole(text: str) -> None:
    spans = [(start, end) for start, end, _ in number_windows(text)]
    for match in _NUMBERS.finditer(text):
        assert any(start <= match.start() and match.end() <= end for start, end in spans)


_BREAK = re.compile(r"\n+|[.!?]+[\"»)]? +(?=[A-ZÁÉÍÓÚÑ¿¡\"«(])")


def one_by_one(text: str) -> list[tuple[int, int]]:
    """The sentences, from every break of the text in turn."""
    start, spans = 0, []
    for match in _BREAK.finditer(text):
        line = match.group()[0] == "\n"
        before = text[max(0, match.start() - 4) : match.start()].strip()[-1:]
        if not line and (match.start() - start < 200 or before.isupper()):
            continue
        if match.start() > start:
            spans.append((start, match.start() + (not line)))
        start = match.end()
    return [*spans, (start, len(text))] if start < len(text) else spans


PIECES = st.lists(
    st.sampled_from(
        ["palabra " * 9, "A. ", "fin. ", "¿Qué? ", "Sí...» ", "No! ", "\n", "\n\n", "Ya"]
    )
)


@given(PIECES)
@settings(max_examples=80, deadline=None)
def test_long_lines_are_read_by_sentences(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert list(sentences(text)) == one_by_one(text)


@pytest.mark.parametrize("hint", sorted({(f.name, hint) for f in FORMS for hint in f.hints}))
def test_no_form_of_a_secret_is_left_out_for_its_words(hint: tuple[str, str]) -> None:
    name, part = hint
    for text in (
        part,
        f"x={part}7",
        f"ver {part}Ab_c",
        f"Zx{part} y" if part[0].isalpha() else part,
    ):
        forms, _ = secrets_in(text)
        assert name in {form.name for form in forms}, text


def test_texts_read_together_say_what_each_says_alone() -> None:
    texts = [
        "Ana Gil Sanz llamó al 612 345 678.",
        "",
        "  \n",
        "El Dr. Ibarretxe, de Calle Mayor 8, 28013 Madrid.",
        "nada de nadie",
        "Firmado: María López Ruiz.\n\nLópez no vino.",
    ]
    together = list(find_in(texts * 30, regions=["ES"]))
    assert together == [find_entities(text, regions=["ES"]) for text in texts] * 30
    assert sum(map(len, together)) > 150
