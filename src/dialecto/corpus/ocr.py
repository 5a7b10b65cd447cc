"""Noise of optical recognition and old spelling: measured in every document, mended on request.

`ocr.noise` is the share of words that recognition must have damaged: digits or signs amid small
letters (`l1bro`, `pre|io`), capitals in the middle (`coSa`), consonants standing alone, five of
them in a row, words parted at a line's end. `ocr.archaic` is the share of words as they were
written centuries ago (`dixo`, `agora`; `hath`). Both from 0 to 1.

Repair replaces a word that no list knows by one that differs by a confusion of recognition: digits
and signs for letters (`l1bro`), or letters for letters (`carnpo`) when the one is very common and
the other stands nowhere else in the corpus. It leaves alone capitals (names), identifiers,
numbers, code, and words that stand in several documents.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dialecto.corpus.chunks import whole_parquet
from dialecto.corpus.common_words import frequencies, is_word, occurrences
from dialecto.corpus.table import with_columns, with_measures

KNOWN = "words.parquet"
OWN_DOCUMENTS = 3  # in which a word must stand to be the corpus' own
_WORDS = pa.schema([("word", pa.string()), ("documents", pa.int64())])
SAMPLE = 20_000  # characters of a document that are measured
_VOWELS = frozenset("aeiouyáéíóúüàèìòùâêîôûäëïöõãœæ")
_EDGES = ".,;:!?¡¿\"'()[]«»“”‘’…*_`#>|-–—"
_LEET = (str.maketrans("01358|!6", "olesbllb"), str.maketrans("01358|!6", "oiesbiib"))
_MIXED = re.compile(r"[a-zñáéíóúü][01356|!8][a-zñáéíóúü]")
_SIGN = re.compile(r"[a-zñáéíóúü][|¦~^*<>{}¬§°•■□¤\ufffd][a-zñáéíóúü]")
_CASE = re.compile(r"^[a-zñáéíóúü]{2,}[A-ZÑÁÉÍÓÚÜ][a-zñáéíóúü]+$")
_CLUSTER = re.compile(r"[bcdfghjklmnñpqrstvwxz]{5}")
_IDENTIFIER = re.compile(r"[@/\\_=+]|://|\.\w|\w\(|::")
_ARCHAIC = frozenset(
    (
        *("agora", "ansí", "ansi", "mesmo", "mesma", "mesmos", "dixo", "dixe", "dixeron", "fazer"),
        *("fizo", "fermosa", "fermoso", "fermosura", "deste", "desta", "destos", "destas", "dello"),
        *("della", "dellos", "dellas", "vuesa", "traxo", "truxo", "truje", "priesa", "asaz"),
        *("empero", "maguer", "ayuso", "aqueste", "aquesta", "aquestos", "hobiere", "hubiéredes"),
        *("facer", "fecho", "fijo", "fija", "fasta", "oviese", "quier", "abajar", "acullá"),
        *("entonce", "luengo", "luenga"),
        *("thou", "thee", "thy", "thine", "hath", "doth", "dost", "hast", "whilst", "betwixt"),
        *("wherefore", "hither", "thither", "ye", "methinks", "forsooth", "verily", "whence"),
    )
)
# What recognition takes for what, either way round when both are letters.
_CONFUSIONS = (
    *(("0", "o"), ("1", "l"), ("1", "i"), ("5", "s"), ("3", "e"), ("8", "b"), ("6", "b")),
    *(
        ("|", "l"),
        ("|", "i"),
        ("!", "l"),
        ("!", "i"),
        ("rn", "m"),
        ("m", "rn"),
        ("ii", "u"),
        ("vv", "w"),
    ),
    *(("cl", "d"), ("li", "h"), ("c", "e"), ("e", "c"), ("n", "u"), ("u", "n"), ("h", "b")),
    *(("l", "i"), ("i", "l"), ("f", "t"), ("t", "f"), ("ri", "n"), ("in", "m"), ("tn", "m")),
)
# Occurrences in the list, of a word for digits and of one for letters; times the second best.
_LISTED, _VERY_COMMON, _CLEARLY = 20, 1000, 10
_WORD = re.compile(
    r"(?<![\w@/\\.#-])[a-zñáéíóúü013568][a-zñáéíóúü01356|!8]*[a-zñáéíóúü013568]"
    r"(?![\w@/\\(]|\.\w)"
)
_SHORTEST = 4
_REMEMBERED = 200_000  # tokens
_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`)", re.DOTALL)


def ocr_step(table: pa.Table, known: frozenset[str] | None = None) -> pa.Table:
    """Measures each undecided document; with `known` words of the corpus, mends it too.

    Adds the measures `ocr.noise` and `ocr.archaic`, and `ocr:<words>` to `changes`.
    """
    texts: list[str] = []
    changes: list[list[str]] = []
    noise: list[float | None] = []
    archaic: list[float | None] = []
    columns = (table[name].to_pylist() for name in ("text", "lang", "outcome", "changes"))
    for text, lang, outcome, change in zip(*columns, strict=True):
        if outcome:
            noise.append(None)
            archaic.append(None)
        else:
            if known is not None and lang in ("es", "en"):
                text, count = repair_words(text, lang, known)
                change = [*change, f"ocr:{count}"] if count else change
            damaged, old = measure(text)
            noise.append(damaged)
            archaic.append(old)
        texts.append(text)
        changes.append(change)
    if known is not None:
        table = with_columns(table, text=texts, changes=changes)
    return with_measures(table, ocr__noise=noise, ocr__archaic=archaic)


def measure(text: str) -> tuple[float, float]:
    """Shares of damaged and of archaic words, over evenly spread parts of a long text."""
    kinds = Counter(
        map(_KINDS.__getitem__, chain.from_iterable(part.split() for part in _sample(text)))
    )
    words = kinds.total() - kinds[0]
    if not words:
        return 0.0, 0.0
    return round(kinds[2] / words, 4), round(kinds[3] / words, 4)


def _sample(text: str) -> list[str]:
    if "`" in text:
        text = _CODE.sub(" ", text)
    if len(text) <= SAMPLE:
        return [text]
    step, part = len(text) // 4, SAMPLE // 4
    return [text[n * step : n * step + part] for n in range(4)]


class _Kinds(dict[str, int]):
    """What was found of a token, so that each is judged once."""

    def __missing__(self, token: str) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        kind = self[token] = _kind(token)
        return kind


_KINDS = _Kinds()


def _kind(token: str) -> int:
    """0: no word; 1: a word; 2: damaged by recognition; 3: archaic."""
    if len(token) == 1:
        return 0 if not token.isalpha() else 2 if token.islower() and token not in _VOWELS else 1
    word = token.strip(_EDGES)
    if not word or not any(map(str.isalpha, word)) or _IDENTIFIER.search(token):
        return 0
    lowered = word.lower()
    if lowered in _ARCHAIC or "ſ" in lowered:
        return 3
    if token.endswith("-") and word.isalpha() and word.islower():
        return 2
    if word.isalpha():
        if word.islower():
            return 2 if _CLUSTER.search(word) and not _abbreviation(word) else 1
        return 2 if _CASE.match(word) and is_word(lowered) else 1
    if _SIGN.search(word):
        return 2
    if _MIXED.search(word) and any(is_word(word.translate(table)) for table in _LEET):
        return 2
    return 1


def _abbreviation(word: str) -> bool:
    """`https`, `sqlcmd`, a row of n: not what recognition makes of a word."""
    return len(word) < 8 or len(set(word)) < 4 or is_word(word)


def unknown_words(text: str) -> set[str]:
    """A document's words in small letters that no list knows: candidates for the corpus' own."""
    return {
        word for word in set(_WORD.findall(text)) if len(word) >= _SHORTEST and not is_word(word)
    }


def count_unknown(table: pa.Table, counts: Counter[str]) -> None:
    """Adds in how many of a table's documents each word stands that no list knows."""
    for text, outcome in zip(table["text"].to_pylist(), table["outcome"].to_pylist(), strict=True):
        if not outcome:
            counts.update(unknown_words(text))


def write_counts(counts: Counter[str], path: Path) -> None:
    """A chunk's counts."""
    rows = [{"word": word, "documents": number} for word, number in sorted(counts.items())]
    with whole_parquet(path, _WORDS) as writer:
        writer.write_table(pa.Table.from_pylist(rows, schema=_WORDS))


def find_known_words(between: Path) -> None:
    """Adds up the chunks' counts: words of several documents are the corpus' own."""
    import duckdb

    files = str(between / "words" / "*.parquet").replace("'", "''")
    with duckdb.connect(config={"memory_limit": "256MB", "threads": 1}) as connection:
        connection.execute("SET temp_directory = ?", [str(between / "spill")])
        rows = connection.execute(
            f"SELECT word, sum(documents)::BIGINT AS documents FROM read_parquet('{files}') "
            "GROUP BY word HAVING sum(documents) >= ? ORDER BY word",
            [OWN_DOCUMENTS],
        ).fetchall()
    with whole_parquet(between / KNOWN, _WORDS) as writer:
        found = [{"word": word, "documents": number} for word, number in rows]
        writer.write_table(pa.Table.from_pylist(found, schema=_WORDS))


@lru_cache(maxsize=1)
def read_known_words(between: Path) -> frozenset[str]:
    """The corpus' own words; none where nobody has counted."""
    path = between / KNOWN
    return frozenset(pq.read_table(path)["word"].to_pylist()) if path.exists() else frozenset()


def repair_words(text: str, lang: str, known: frozenset[str]) -> tuple[str, int]:
    """The text with damaged words mended, code left alone, and how many were."""
    count = 0

    def mended(found: re.Match[str]) -> str:
        nonlocal count
        word = found.group()
        if len(word) < _SHORTEST or word in known or _is_numbered(word, lang):
            return word
        better = _repaired(word, lang)
        count += better != word
        return better

    pieces = _CODE.split(text) if "`" in text else [text]
    pieces[::2] = [_WORD.sub(mended, piece) for piece in pieces[::2]]
    return ("".join(pieces), count) if count else (text, 0)


def _is_numbered(word: str, lang: str) -> bool:
    """`clase5`, `5ta`: a number beside a word or a part of one, where nothing was damaged."""
    bare = word.strip("013568")
    if bare == word:
        return False
    if len(word) != len(bare) + 1 or len(bare) < _SHORTEST - 1:
        return True
    return occurrences(bare, lang) >= _LISTED


@lru_cache(_REMEMBERED)
def _repaired(word: str, lang: str) -> str:
    """The one common word that a confusion of recognition turns into this one, or the word."""
    if is_word(word):
        return word
    listed = frequencies(lang)
    if word.isalpha():
        counts = {form: listed.get(form, 0) for form in _confused(word)}
        enough = _VERY_COMMON
    else:
        counts = {form: occurrences(form, lang) for form in _confused(word) if form.isalpha()}
        enough = _LISTED
    forms = {form: count for form, count in counts.items() if count >= enough}
    best = sorted(forms.items(), key=lambda item: (-item[1], item[0]))
    if not best or (len(best) > 1 and best[0][1] < _CLEARLY * best[1][1]):
        return word
    return best[0][0]


def _confused(word: str) -> Iterator[str]:
    """The word with one confusion undone at each place; digits all at once as well."""
    for table in _LEET:
        if word.translate(table) != word:
            yield word.translate(table)
    for wrong, right in _CONFUSIONS:
        at = word.find(wrong)
        while at >= 0:
            yield word[:at] + right + word[at + len(wrong) :]
            at = word.find(wrong, at + 1)
