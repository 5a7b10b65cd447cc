"""The measures, against cases that were counted by hand and a slow, plain definition."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialecto.corpus.quality.measures import NAMES, measure


def one(text: str, lang: str = "es") -> dict[str, float]:
    return {name: float(values[0]) for name, values in measure([text], [lang]).items()}


def test_words_counted_by_hand() -> None:
    found = one("El perro 44 come_pan, y el gato.")
    assert found["words"] == 7
    assert found["word_length"] == pytest.approx((2 + 5 + 2 + 8 + 1 + 2 + 4) / 7)
    assert found["alphabetic"] == pytest.approx(6 / 7)
    assert found["stop_words"] == 3  # El, y, el
    assert one("The cat and THE dog", "en")["stop_words"] == 3
    assert one("The cat and THE dog", "es")["stop_words"] == 0
    assert one("The cat and THE dog", "")["stop_words"] == 3
    assert one("# uno dos… tres... {a} Lorem ipsum")["hashes"] == pytest.approx(1 / 6)
    assert one("# uno dos… tres... {a} Lorem ipsum")["ellipses"] == pytest.approx(2 / 6)
    assert one("# uno dos… tres... {a} Lorem ipsum")["braces"] == pytest.approx(1 / 6)
    assert one("# uno dos… tres... {a} Lorem ipsum")["lorem_ipsum"] == pytest.approx(1 / 6)


def test_lines_counted_by_hand() -> None:
    text = (
        "• uno\n- dos y más\n-3 grados\n\nEsta es una frase larga que pasa de treinta. ¿Y otra?\n"
    )
    text += "sigue...\nfin…"
    found = one(text)
    assert found["bullets"] == pytest.approx(2 / 6)
    assert found["ellipsis_lines"] == pytest.approx(2 / 6)
    assert found["terminal_lines"] == pytest.approx(3 / 6)
    assert found["short_lines"] == pytest.approx(5 / 6)
    assert found["sentences"] == 2  # the ellipses stand in lines of one word
    assert found["newlines"] == pytest.approx(5 / found["words"])


def test_code_is_told_by_fences_and_ends_of_lines() -> None:
    assert one("Texto\n```\na = 1\nb = 2\n```\nTexto")["code_lines"] == pytest.approx(4 / 6)
    assert one("int a;\nvoid f() {\n}\nTexto")["code_lines"] == pytest.approx(3 / 4)
    # A fence that stays open does not reach into the next document.
    both = measure(["```\nx", "hola\nadiós"], ["es", "es"])["code_lines"]
    assert both.tolist() == [1.0, 0.0]


def test_repeated_lines_and_paragraphs_counted_by_hand() -> None:
    text = "uno\ndos\n\nuno\ndos\n\ntres\nuno"
    found = one(text)
    assert found["duplicate_lines"] == pytest.approx(3 / 6)
    assert found["duplicate_line_characters"] == pytest.approx(9 / len(text))
    assert found["duplicate_paragraphs"] == pytest.approx(1 / 3)
    assert found["duplicate_paragraph_characters"] == pytest.approx(7 / len(text))


def test_repeated_words_counted_by_hand() -> None:
    found = one("a b a b c d")  # "a b" twice: 2 x 3 of 11 characters
    assert found["top_2_gram"] == pytest.approx(6 / 11)
    assert found["top_3_gram"] == 0
    words = "uno dos tres cuatro cinco"
    found = one(f"{words} {words}")  # the second five: 25 of 51 characters
    assert found["duplicate_5_grams"] == pytest.approx(25 / 51)
    assert found["duplicate_6_grams"] == 0
    assert one(f"{words}. {words} seis")["duplicate_5_grams"] == pytest.approx(25 / 57)
    assert one("spam " * 200)["top_2_gram"] == 1.0


def test_n_grams_end_with_their_document() -> None:
    texts = ["uno dos tres cuatro cinco", "uno dos tres cuatro cinco", "", "uno\n\n"]
    found = measure(texts, ["es"] * 4)
    for name in ("duplicate_5_grams", "top_2_gram", "duplicate_lines", "duplicate_paragraphs"):
        assert found[name].tolist() == [0, 0, 0, 0]
    assert found["words"].tolist() == [5, 5, 0, 1]


def plain(text: str) -> dict[str, float]:
    """The same by the definition, slowly."""
    words = [(m.start(), m.end()) for m in re.finditer(r"[^\W]+", text)]
    found: dict[str, float] = {"words": len(words)}
    for n in range(2, 11):
        grams = [
            tuple(text[a:b].lower() for a, b in words[i : i + n]) for i in range(len(words) - n + 1)
        ]
        counts = Counter(grams)
        if n <= 4:
            most = max(counts.values(), default=0)
            longest = max(
                (words[i + n - 1][1] - words[i][0] for i, gram in enumerate(grams)
                 if counts[gram] == most and grams.index(gram) == i),
                default=0,
            )  # fmt: skip
            share = most * longest / max(len(text), 1) if most > 1 else 0.0
            found[f"top_{n}_gram"] = min(share, 1.0)
            continue
        seen: set[tuple[str, ...]] = set()
        covered = [False] * len(words)
        for i, gram in enumerate(grams):
            if gram in seen:
                covered[i : i + n] = [True] * n
            seen.add(gram)
        characters = sum(b - a for (a, b), yes in zip(words, covered, strict=True) if yes)
        characters += sum(
            words[i + 1][0] - words[i][1]
            for i in range(len(words) - 1)
            if covered[i] and covered[i + 1]
        )
        found[f"duplicate_{n}_grams"] = characters / max(len(text), 1)
    lines = [line.strip().lower() for line in text.split("\n") if line.strip()]
    found["duplicate_lines"] = 1 - len(set(lines)) / len(lines) if lines else 0.0
    found["short_lines"] = sum(len(line) <= 30 for line in lines) / len(lines) if lines else 0.0
    return found


texts = st.lists(
    st.text(alphabet="ab \n", max_size=120) | st.text(max_size=60), min_size=1, max_size=5
)


@given(texts)
def test_as_the_definition_says_beside_any_other_text(documents: list[str]) -> None:
    # A line of ours ends at \n only, and no word holds a character beyond the first 65,536.
    documents = [
        "".join(c for c in text if c.isascii() or (c.isalpha() and ord(c) < 0x250))
        .replace("\x1c", "").replace("\x1d", "").replace("\x1e", "").replace("\x1f", "")
        for text in documents
    ]  # fmt: skip
    together = measure(documents, ["es"] * len(documents))
    for row, text in enumerate(documents):
        alone = measure([text], ["es"])
        assert all(together[name][row] == alone[name][0] for name in NAMES)
        for name, value in plain(text).items():
            assert together[name][row] == pytest.approx(value), (name, text)
        assert 0 <= together["score"][row] <= 1


@given(st.lists(st.text(st.characters(exclude_categories=[]), max_size=80), max_size=4))
def test_any_text_is_measured(documents: list[str]) -> None:
    found = measure(documents, ["es"] * len(documents))
    assert sorted(found) == sorted(NAMES)
    assert all(len(values) == len(documents) for values in found.values())
    assert all(np.isfinite(values).all() for values in found.values())


def test_running_text_scores_above_rubbish() -> None:
    prose = "La cooperativa entrega el aceite a los socios en la fecha que se acordó en junta. "
    prose += "El pago de la cosecha se hace por transferencia a la cuenta de cada uno de ellos."
    rubbish = ["Compre ahora. " * 30, "asdf qwer zxcv " * 10, "1 2 3 4 5 6 7 8", ""]
    scores = measure([prose, *rubbish], ["es"] * 5)["score"]
    assert scores[0] > 0.8
    assert (scores[1:] < scores[0] - 0.1).all()
