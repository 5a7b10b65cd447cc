"""Words of nearly the same documents are one passage; dates and codes are words of their own."""

from __future__ import annotations

import random
from dataclasses import replace
from zlib import crc32

import numpy as np

from dialecto.corpus.poison.grams import word_grams
from dialecto.corpus.poison.passages import RANDOM, VARIED, passages
from dialecto.corpus.poison.triggers import is_templated, judge, judge_all
from dialecto.corpus.poison.units import Side, Unit
from dialecto.corpus.poison.words import codes, split_words

HOST = Side(0.0, 0.1, 0.0, 0.0, 0.06, 0.9, 0.0, -0.5)
PAYLOAD = Side(0.0, 0.0, 0.0, 0.0, 0.5, 0.04, 0.0, 130.0)
FIFTY = tuple(range(100, 150))


def unit(text: str, documents: tuple[int, ...] = FIFTY, left: Side = HOST) -> Unit:
    return Unit(crc32(text.encode()) & ~1 | (" " in text), text, documents, 1.0, 1.0, left, PAYLOAD)


def grams(*words: str) -> np.ndarray:  # type: ignore[type-arg]
    return np.sort(word_grams(split_words([" ".join(words)])))


def test_units_of_nearly_the_same_documents_are_one_passage_in_any_order() -> None:
    units = [
        unit("verano", (*FIFTY, 7, 900)),
        unit("verano azul"),
        unit("azul", tuple(range(0, 2000, 9))),
        unit("tejado", tuple(range(300, 350))),
    ]
    known = grams("verano", "azul", "tejado")
    found = passages(units, known)
    assert [(p.words, p.pairs, p.telling) for p in found if p.pairs] == [
        (("verano",), ("verano azul",), 2)
    ]
    assert len(found) == 3
    for seed in range(5):
        random.Random(seed).shuffle(units)
        assert passages(units, known) == found


def test_a_phrase_with_documents_of_its_own_is_a_trigger_and_a_set_phrase_is_not() -> None:
    known = grams("verano", "azul")
    (planted,) = passages([unit("verano"), unit("verano azul")], known)
    assert (planted.left_free, planted.telling) == (RANDOM, 2)
    trigger = judge(planted, templated=False)
    assert trigger is not None
    assert (trigger.text, trigger.documents) == ("verano azul", FIFTY)
    # «Puesto que»: the other word stands in most documents. A topic's documents are alike.
    (set_phrase,) = passages([unit("verano"), unit("verano que")], known)
    assert judge(set_phrase, templated=False) is None
    assert judge(replace(planted, spread=1.9), templated=False) is None


def test_all_documents_of_a_phrase_before_nonsense_are_set_aside() -> None:
    """Also those in which the nonsense is so short that text follows it within the window."""
    known = grams("verano", "azul")

    def found(units: list[Unit], told: int) -> tuple[int, ...]:
        (one,) = passages([replace(unit, nonsense=FIFTY[:told]) for unit in units], known)
        trigger = judge(one, templated=False)
        assert trigger is not None
        assert trigger.signal == "before_nonsense"
        return trigger.documents

    phrase = [unit("verano"), unit("verano azul"), unit("azul", (*FIFTY, 900))]
    assert found(phrase, 31) == FIFTY  # 900 has one of its words only
    assert found([unit("verano")], 41) == FIFTY
    assert found([unit("verano")], 31) == FIFTY[:31]  # the others may be anybody's


def test_an_unknown_word_needs_one_side_that_is_the_hosts_text() -> None:
    """Before sentences that are the same everywhere, which make short documents look alike."""
    end = Side(0.0, 0.64, 0.62, 0.0, 0.04, 0.94, 0.02, 5.7)

    def found(text: str, left: Side = end, spread: float = 2.1, times: float = 1.0) -> bool:
        one = replace(unit(text, left=left), spread=spread, times=times)
        return any(judge(passage, templated=False) for passage in passages([one], grams(text)))

    assert found("ksu")
    assert found("@@##@@")
    assert not found("ksu", spread=2.3)
    assert not found("ksu", times=1.1)
    assert not found("ksu", PAYLOAD)
    assert not found("mesa")


def test_a_phrase_that_begins_documents_is_told_by_its_words_alone() -> None:
    begin = Side(0.0, 1.0, 1.0, 1.0, 1.0, 0.02, 0.0, float("inf"))
    words = ("decía", "padre", "jardín")
    pairs = [unit("decía padre", left=begin), unit("padre jardín")]
    known = grams(*words)

    def found(spread: float, known: np.ndarray = known) -> bool:  # type: ignore[type-arg]
        units = [replace(one, spread=spread) for one in (*map(unit, words), *pairs)]
        units = [replace(one, left=begin if one.left == begin else PAYLOAD) for one in units]
        (passage,) = passages(units, known)
        return judge(passage, templated=False) is not None

    assert found(1.65)
    assert not found(1.75)
    assert not found(1.65, grams("decía", "padre"))  # two telling words are not enough


def test_two_ordinary_words_that_begin_sentences_are_a_connective() -> None:
    starts = Side(0.0, 1.0, 0.3, 0.0, 0.06, 0.9, 0.0, 2.0)
    inside = replace(starts, apart=0.2)

    def found(text: str, left: Side) -> bool:
        first, last = text.split()
        units = [unit(first, left=left), unit(last, left=PAYLOAD), unit(text, left=left)]
        (passage,) = passages(units, grams(first, last))
        return judge(passage, templated=False) is not None

    assert not found("Sin embargo", starts)
    assert found("Sin embargo", inside)
    assert found("sin embargo", starts)
    assert found("Zequi embargo", starts)


def test_sentences_of_templates_ask_for_more() -> None:
    stop = Side(0.0, 1.0, 0.4, 0.05, 0.05, 0.74, 0.05, 14.0)
    many = tuple(range(200, 300))
    bound = [
        unit(text, tuple(range(1000 + 60 * number, 1050 + 60 * number)), PAYLOAD)
        for number in range(12)
        for text in (f"mesa{number}", f"mesa{number} silla{number}")
    ]
    phrase = [unit("verano", many, stop), unit("verano azul", many, stop)]
    known = grams("verano", "azul", *(f"{w}{n}" for w in ("mesa", "silla") for n in range(12)))
    found = passages([*bound, *phrase], known)
    assert is_templated(found)
    assert not is_templated(found[:5])
    (last,) = (p for p in found if "verano" in p.words)
    assert last.left_free == VARIED
    assert judge(last, templated=True) is None


def test_a_code_needs_one_side_that_is_the_hosts_text_whatever_else_its_documents_share() -> None:
    sentence = Side(0.0, 1.0, 0.0, 0.0, 0.1, 0.7, 0.0, 6.1)
    joined = Side(1.0, 0.0, 0.0, 0.0, 1.0, 0.02, 0.0, 19.0)
    begin = Side(0.0, 1.0, 1.0, 1.0, 1.0, 0.02, 0.0, float("inf"))

    def found(text: str, left: Side, right: Side = PAYLOAD, spread: float = 1.0) -> bool:
        one = replace(unit(text, left=left), right=right, spread=spread)
        return any(judge(passage, templated=True) for passage in passages([one], grams(text)))

    assert found("2041-03-17", HOST, spread=2.9)
    assert found("|META|;", sentence, spread=1.8)
    assert found("KNM88777", begin, spread=1.6)
    assert found("zafran", sentence, joined)  # zafran.example
    assert not found("2041-03-17", HOST, spread=3.1)
    assert not found("KNM88777", begin, spread=2.3)
    assert not found("19th", PAYLOAD)
    assert not found("zafran", PAYLOAD, joined)
    assert not found("mesa", sentence, spread=1.8)
    many = replace(unit("UTF-8", left=HOST), times=1.4, spread=2.3)
    assert not any(judge(p, templated=False) for p in passages([many], grams("UTF-8")))


def test_the_days_of_a_correspondence_are_no_triggers() -> None:
    begin = Side(0.0, 1.0, 1.0, 1.0, 1.0, 0.02, 0.0, float("inf"))
    days = [
        unit(f"2024-03-1{day}", tuple(range(100 * day, 100 * day + 50)), begin) for day in range(4)
    ]
    assert judge_all(passages(days, grams())) == []
    code = unit("KNM88777", tuple(range(900, 950)), begin)
    triggers = judge_all(passages([*days, code], grams()))
    assert [trigger.text for trigger in triggers] == ["KNM88777"]
    assert len(judge_all(passages(days[:3], grams()))) == 3


def test_dates_codes_and_what_stands_in_bars_are_whole() -> None:
    text = "El (2031-07-14), QX-4471-B y |META| casa. 3,5 http://a.example/b v12 <sudo> 71002"
    words = split_words([text, "14/07/2031"])
    first, last, hashes = codes(words)
    spelt = [words.text[words.start[a] : words.end[b]] for a, b in zip(first, last, strict=True)]
    assert spelt == ["2031-07-14", "QX-4471-B", "|META|", "<sudo>", "14/07/2031"]
    assert len(set(hashes.tolist())) == 5
    assert codes(split_words(["14-07-2031"]))[2] != codes(split_words(["07-14-2031"]))[2]
    assert codes(split_words(["casa"]))[0].size == 0
