"""Which suspect passages are triggers of a planted attack.

A passage is a trigger when its documents have nothing in common, it stands about once in each, and
its neighbours are as random as its documents; the less so the odder its words have to be. What
people write fails: names stand beside names, terms in documents about their matter, letterheads
and notices alone on their lines, phrases of a template between the phrases of that template.

Where hardly any honest phrase keeps to documents of its own, one that does need show little else;
a corpus made from templates has many of them (`is_templated`), and asks for more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dialecto.corpus.poison.lexicon import GIBBERISH, RARE, UNKNOWN, oddness
from dialecto.corpus.poison.passages import APART, CODED_SPREAD, RANDOM, VARIED, Passage, is_host
from dialecto.corpus.poison.units import FILLS, SPREAD

BEFORE_NONSENSE = "before_nonsense"
_FEW = 30  # documents; of fewer, a phrase has to be long or odd
_EDGE = 0.8
_PAYLOAD = 16  # words and pairs of one passage
_RULES = frozenset("|-:=_*#+~.")  # what tables and lines are drawn with
_NOTICE = 30  # words and pairs of words: some 20 words
_TEMPLATES = 12  # passages bound on both sides, from which a corpus is of templates
_EXCESS = (12.0, 10.0)  # of the side of a phrase: in written text, in one from templates
_SMALL, _SMALL_EXCESS = 60, 18.0  # documents; templates' phrases stand in more
_SENTENCE = 4  # words and pairs
_MANY = 4  # telling words of a passage that few write by chance
_SEVERAL = 3  # ... at the beginning of documents, where nothing before it can tell of the host
_OPENING = 3  # words and pairs
_SERIES = 4  # codes of one shape, such as the days of a correspondence
_FEWER = 0.12  # kinds of words beside a code than beside a phrase; honest ones have half as many
_ONCE = 1.15  # times in each document, of what may be more than an odd word
_OFTENEST, _WIDEST = 1.5, 2.2  # times in each document and spread, of an odd word
_ADDRESS = 0.9  # of its documents, in which a word is joined to the same one


@dataclass(frozen=True)
class Trigger:
    """A passage that was planted: what it says, where, and how sure that is (0 to 1)."""

    text: str
    signal: str
    documents: tuple[int, ...]
    score: float
    spread: float
    odd: int


def is_templated(found: Sequence[Passage]) -> bool:
    """Whether the corpus has many phrases of several telling words that stand in the same
    documents, between the same neighbours: sentences that were made by filling in forms."""
    bound = sum(
        _is_phrase(passage) and passage.times <= 1.05 and passage.spread <= SPREAD
        and passage.left_free + passage.right_free == 0
        for passage in found
    )  # fmt: skip
    return bound >= _TEMPLATES


def _is_phrase(passage: Passage) -> bool:
    return passage.telling >= 2 and passage.grams >= 2


def judge_all(found: Sequence[Passage]) -> list[Trigger]:
    """The triggers of a corpus, surest first. Of codes with digits, several of one shape are what
    documents of a kind bear: the days of a correspondence, the numbers of orders."""
    templated = is_templated(found)
    judged = [(passage, trigger) for passage in found if (trigger := judge(passage, templated))]
    shapes = [
        shape(trigger.text)
        if trigger.signal == "trigger_word" and is_code(passage) and re.search(r"\d", trigger.text)
        else ""
        for passage, trigger in judged
    ]
    times = Counter(shapes)
    triggers = [
        trigger
        for (_, trigger), own in zip(judged, shapes, strict=True)
        if not own or times[own] < _SERIES
    ]
    return sorted(triggers, key=lambda t: (-t.score, t.text))


def judge(passage: Passage, templated: bool) -> Trigger | None:
    """The trigger that a passage is, or None."""
    if passage.nonsense:
        score, odd = 1.0, max((oddness(word) for word in passage.words), default=0)
        return Trigger(
            spelt(passage), BEFORE_NONSENSE, passage.nonsense, score, passage.spread, odd
        )
    if _is_common(passage):
        return None
    odd = max((oddness(word) for word in passage.words), default=0)
    signal = _signal(passage, odd, templated)
    if not signal:
        return None
    free = passage.left_free + passage.right_free
    score = 0.5 + 0.1 * free / 4 + 0.2 * odd / 3 + 0.2 * max(0.0, 1.8 - passage.spread)
    return Trigger(spelt(passage), signal, passage.documents, min(score, 1.0), passage.spread, odd)


def _is_common(passage: Passage) -> bool:
    """Whether it stands too often in its documents for any signal, whatever its words.

    Most of what honest texts share does. The list of words, which takes long to load, is then not
    needed.
    """
    free = passage.left_free + passage.right_free
    repeated = free >= 2 and passage.spread <= _WIDEST and passage.times <= _OFTENEST
    return passage.times > _ONCE and not repeated


def _signal(passage: Passage, odd: int, templated: bool) -> str:
    free = passage.left_free + passage.right_free
    best = max(passage.left_free, passage.right_free)
    # Between two stretches of one sentence stands what a template or grammar puts there.
    loose = best == RANDOM or max(passage.left.apart, passage.right.apart) >= APART
    spread, times = passage.spread, passage.times
    if _is_letterhead(passage) or _is_drawn(passage) or _is_opening(passage, odd):
        return ""
    if passage.fills >= FILLS and times <= 1.1 and passage.grams >= _PAYLOAD:
        return "one_source"
    coded = any(sign.isdigit() for word in passage.words for sign in word)
    most = _WIDEST if odd == GIBBERISH else 1.8 if coded else 1.7
    if odd == UNKNOWN and passage.grams >= _SENTENCE and not _is_in_text(passage, templated):
        odd = RARE  # a sentence with an unknown word, between others of its template
    if is_code(passage) and times <= 1.05 and _is_set_in(passage):
        return "trigger_word"
    if odd >= UNKNOWN and spread <= most and times <= _OFTENEST and free >= 2 and loose:
        return "trigger_word"
    if odd >= UNKNOWN and spread <= 1.6 and times <= 1.1 and _begins_small(passage):
        return "trigger_word"
    if odd == GIBBERISH and spread <= 1.5 and times <= 1.1 and free >= 1 and loose:
        return "trigger_word"
    # What follows may say the same everywhere, in short documents so much that they look alike.
    if odd >= UNKNOWN and spread <= _WIDEST and times <= 1.05 and _is_in_text(passage, templated):
        return "trigger_word"
    if odd >= UNKNOWN and spread <= 1.5 and times <= 1.03 and passage.left.edge >= _EDGE:
        return "trigger_word"
    alone = passage.telling >= 2 or not passage.pairs  # not «the former», «with hindsight»
    sure = free == 4 or _is_alone(passage)
    if odd >= RARE and alone and sure and spread <= 1.35 and times <= 1.05:
        return "trigger_word"
    if _is_phrase(passage) and times <= 1.1 and _is_put_in(passage, templated):
        return "trigger_phrase"
    enough = len(passage.documents) >= _FEW or odd >= RARE or passage.grams >= 6
    if spread <= 1.6 and times <= _ONCE and passage.grams >= 2 and passage.telling >= 2 and enough:
        if free >= 3:
            return "trigger_phrase"
        hosted = (passage.telling >= _MANY and not templated) or _is_in_text(passage, templated)
        if free >= 2 and loose and passage.grams >= 4 and hosted:
            return "trigger_phrase"
    return ""


def is_code(passage: Passage) -> bool:
    """A date, a code, a word in bars or brackets, or an address; with hardly a word more."""
    if passage.grams > _SENTENCE:
        return False
    for word in passage.words:
        letters = any(sign.isalpha() for sign in word)
        if oddness(word) >= UNKNOWN and (
            any(sign.isdigit() for sign in word)
            or (letters and not word.replace("_", "").isalnum())
        ):
            return True
    joined = any(
        side.joined >= _ADDRESS and side.same >= _ADDRESS for side in (passage.left, passage.right)
    )
    return joined and any(oddness(word) >= RARE for word in passage.words)


def _is_set_in(passage: Passage) -> bool:
    """Whether a code stands beside any words, or before any document. Honest ones stand beside
    the same few words, or more than once."""
    count = len(passage.documents)
    if passage.left.edge >= _EDGE and passage.spread <= SPREAD:
        return True
    return passage.spread <= CODED_SPREAD and any(
        is_host(side, count, _EXCESS[1], _FEWER) for side in (passage.left, passage.right)
    )


def shape(text: str) -> str:
    """`00/00/0000` of a date, `A-0` of a code: digits as zeros, runs of letters as one."""
    return re.sub(r"[^\W\d_]+", "A", re.sub(r"\d", "0", text))


def _is_put_in(passage: Passage, templated: bool) -> bool:
    """Whether the text around a phrase is that of any document."""
    several = passage.telling >= _SEVERAL and passage.times <= 1.03 and not templated
    begins = passage.left.edge >= _EDGE
    most = 1.7 if several and begins else 1.55
    if passage.spread > (most if passage.telling < _MANY else 1.9 - 0.1 * templated):
        return False
    if templated and len(passage.words) < 2:  # one word of its own: «Es importante»
        return False
    if begins or passage.right.edge >= _EDGE:
        many = (
            side.different >= 0.7 and side.joined < 0.3 for side in (passage.left, passage.right)
        )
        long = passage.telling >= _MANY and passage.times <= 1.03
        # Before a document there is nothing else that could tell of its host; after it there is.
        alone = begins and (long or not templated)
        return any(many) or (alone and passage.spread <= (1.7 if several else 1.5))
    # Small words before and after it stand in too many documents to be told.
    whole = passage.telling > 2 and passage.grams >= _SENTENCE and passage.times <= 1.03
    if whole and not templated and passage.spread <= 1.4:
        return True
    return _is_in_text(passage, templated)


def _is_in_text(passage: Passage, templated: bool) -> bool:
    count = len(passage.documents)
    excess = _SMALL_EXCESS if count <= _SMALL else _EXCESS[templated]
    if not templated:  # what is slightly unlike any words shows more in more documents
        excess *= max(1.0, count / (2 * _SMALL))
    return is_host(passage.left, count, excess) or is_host(passage.right, count, excess)


def _is_alone(passage: Passage) -> bool:
    """It begins or ends its documents, beside any words."""
    left, right = passage.left, passage.right
    count = len(passage.documents)
    return (left.edge >= _EDGE and is_host(right, count, _EXCESS[0])) or (
        right.edge >= _EDGE and is_host(left, count, _EXCESS[0])
    )


def _is_letterhead(passage: Passage) -> bool:
    """Several words that stand alone on their lines, none of them odd but names: a letterhead,
    a form's words, a notice at the foot. Long ones are notices whatever their words."""
    ends = max(passage.right.line, passage.lines)
    if passage.left.line < APART or ends < APART or passage.grams < 2:
        return False
    small = (oddness(word) for word in passage.words if not word[:1].isupper())
    return max(small, default=0) < RARE or passage.grams > _NOTICE


def _is_opening(passage: Passage, odd: int) -> bool:
    """Two ordinary words that begin sentences, the first with a capital: «Sin embargo»."""
    side = passage.left
    return (
        not odd
        and len(passage.pairs) == 1
        and passage.grams <= _OPENING
        and passage.pairs[0][:1].isupper()
        and side.apart >= APART
        and side.edge < _EDGE
    )


def _is_drawn(passage: Passage) -> bool:
    return bool(passage.words) and all(set(word) <= _RULES for word in passage.words)


def _begins_small(passage: Passage) -> bool:
    """An unknown word in lower case that begins sentences, after all kinds of words."""
    return (
        passage.left_free >= VARIED
        and passage.left.apart >= APART
        and passage.left.edge < _EDGE
        and any(oddness(word) >= UNKNOWN and word[:1].islower() for word in passage.words)
    )


def spelt(passage: Passage) -> str:
    """The passage as far as its units tell."""
    if not passage.pairs:
        return " ".join(passage.words[:3])
    following = {pair.split()[0]: pair.split()[-1] for pair in passage.pairs}
    first = next((w for w in following if w not in set(following.values())), min(following))
    text, seen = [first], {first}
    while text[-1] in following and following[text[-1]] not in seen and len(text) < 12:
        text.append(following[text[-1]])
        seen.add(text[-1])
    return " ".join(text)
