"""The published rules of quality: which measure, which threshold, for which language.

Sources: Gopher (Rae et al. 2021, arXiv 2112.11446, section A.1.1 and table A1), C4 (Raffel et
al. 2020, arXiv 1910.10683, section 2.2), FineWeb (Penedo et al. 2024, arXiv 2406.17557, section
3.6) and FineWeb-2 (Penedo et al. 2025, arXiv 2506.20920) with its configuration for `spa_Latn`,
which takes the place of the others for Spanish: its lines of short length, paragraphs and C4
are off, and its share of duplicate line characters is 0.1.

Each rule has two more numbers of ours, for corpora that are not the web (see `calibrate`):
`clear`, beyond which a document stands out even where the rule fits the genre, and `limit`,
beyond which no genre of text goes. They were set on four corpora without junk (product
documentation, a course full of code, a handbook, the letters and forms that `dialecto sample`
writes) and on repeated phrases, word salad, keyboard mash and advertisements, so that they keep
the former and drop the latter. A rule without either looks at size or layout, which tell a web
page's worth but not a form's: it is only counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dialecto.corpus.quality.stop_words import STOP_WORDS
from dialecto.recipe.quality import SCORE

SPANISH = "fineweb2_es"


@dataclass(frozen=True)
class Rule:
    """A document breaks it when its measure is above (or below, for a minimum) `threshold`."""

    family: str
    name: str
    measure: str
    threshold: float
    minimum: bool = False
    clear: float | None = None
    limit: float | None = None
    words: int = 0  # documents of fewer words are not asked, unless it is applied as published

    @property
    def full_name(self) -> str:
        return f"{self.family}.{self.name}"

    @property
    def sign(self) -> str:
        return "<" if self.minimum else ">"


def _above(
    family: str, name: str, threshold: float, clear: float | None = None,
    limit: float | None = None, *, words: int = 0, measure: str = "",
) -> Rule:  # fmt: skip
    return Rule(family, name, measure or name, threshold, False, clear, limit, words)


def _below(
    family: str, name: str, threshold: float, clear: float | None = None,
    limit: float | None = None, *, words: int = 0, measure: str = "",
) -> Rule:  # fmt: skip
    return Rule(family, name, measure or name, threshold, True, clear, limit, words)


def _repetition(
    family: str, lines: float, tops: Sequence[float], duplicates: Sequence[float]
) -> tuple[Rule, ...]:
    return (
        _above(family, "duplicate_lines", lines, 0.6, 0.92),
        *(
            _above(family, f"top_{n}_gram", top, round(1.5 * top, 4), limit, words=20)
            for n, top, limit in zip((2, 3, 4), tops, (0.5, 0.7, 0.7), strict=True)
        ),
        *(
            _above(family, f"duplicate_{n}_grams", most, round(2.5 * most, 4), 0.89, words=20)
            for n, most in zip(range(5, 11), duplicates, strict=True)
        ),
        # Ours, to tell repetition that says nothing from a genre's; as published it is off.
        _above(family, "monotony", 1, 0.28, 0.28, words=20),
    )


RULES: tuple[Rule, ...] = (
    *_repetition(
        "gopher_repetition", 0.30, (0.20, 0.18, 0.16), (0.15, 0.14, 0.13, 0.12, 0.11, 0.10)
    ),
    _above("gopher_repetition", "duplicate_line_characters", 0.20, 0.6, 0.85),
    _above("gopher_repetition", "duplicate_paragraphs", 0.30, 0.6, 0.85),
    _above("gopher_repetition", "duplicate_paragraph_characters", 0.20, 0.6, 0.85),
    _below("gopher_quality", "words_min", 50, measure="words"),
    _above("gopher_quality", "words_max", 100_000, measure="words"),
    _below("gopher_quality", "word_length_min", 3, 2, 1.2, measure="word_length"),
    _above("gopher_quality", "word_length_max", 10, 16, 30, measure="word_length"),
    _above("gopher_quality", "hashes", 0.1, 0.5, 2),
    _above("gopher_quality", "ellipses", 0.1, 0.3, 1),
    _above("gopher_quality", "bullets", 0.9),
    _above("gopher_quality", "ellipsis_lines", 0.3, 0.7),
    _below("gopher_quality", "alphabetic", 0.8, 0.3, 0.1, words=20),
    _below("gopher_quality", "stop_words", 2, 1, words=30),
    _below("c4", "sentences", 5),
    _above("c4", "lorem_ipsum", 0, 0.005, 0.01),
    _above("c4", "braces", 0),
    _below("fineweb", "terminal_lines", 0.12),
    _above("fineweb", "short_lines", 0.67),
    _above("fineweb", "duplicate_line_characters", 0.01, 0.6, 0.85),
    _above("fineweb", "newlines", 0.3),
    *_repetition(
        SPANISH, 0.252, (0.156, 0.14, 0.125), (0.145, 0.136, 0.127, 0.117, 0.108, 0.099)
    ),
    _below(SPANISH, "word_length_min", 3, 2, 1.2, measure="word_length"),
    _above(SPANISH, "word_length_max", 14, 20, 30, measure="word_length"),
    _below(SPANISH, "alphabetic", 0.825, 0.3, 0.1, words=20),
    _below(SPANISH, "stop_words", 2, 1, words=30),
    _below(SPANISH, "terminal_lines", 0.182),
    _above(SPANISH, "duplicate_line_characters", 0.1, 0.6, 0.85),
    _above(SPANISH, "newlines", 0.138),
)  # fmt: skip
# What FineWeb-2 switched off for every language but English.
_NOT_SPANISH = frozenset(
    ("duplicate_paragraphs", "duplicate_paragraph_characters", "short_lines", "sentences",
     "braces")
)  # fmt: skip
# Written without spaces between words: what counts words says nothing.
_UNSPACED = frozenset(("zh", "ja", "th", "km", "lo", "my"))


def rules_for(lang: str, families: Sequence[str]) -> tuple[Rule, ...]:
    """The rules that a document in this language (ISO 639-1) is judged by, in order.

    The first that it breaks is the one reported. Function words are asked only of languages
    whose own are known.
    """
    if lang in _UNSPACED:
        return ()
    spanish = lang == "es" and SPANISH in families
    tuned = {rule.name for rule in RULES if rule.family == SPANISH}
    return tuple(
        rule
        for rule in RULES
        if rule.family in families
        if rule.measure != "stop_words" or lang in STOP_WORDS
        if (rule.family != SPANISH if not spanish else True)
        if not (spanish and rule.family != SPANISH and rule.name in tuned | _NOT_SPANISH)
    )


def with_thresholds(
    rules: Sequence[Rule], thresholds: Mapping[str, float]
) -> tuple[tuple[Rule, bool], ...]:
    """The rules with the user's thresholds, and whether a rule is taken exactly so.

    A name is a rule's (`top_2_gram`), or that of one family (`c4.sentences`), or `score`.
    """
    found = []
    for rule in rules:
        value = thresholds.get(rule.full_name, thresholds.get(rule.name))
        found.append((rule if value is None else replace(rule, threshold=value), value is not None))
    if SCORE in thresholds:
        found.append((_below("quality", SCORE, thresholds[SCORE]), True))
    return tuple(found)
