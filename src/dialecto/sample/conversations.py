"""Question-answer pairs to tune on, and held-out paraphrases to score with.

No personal data here. A held-out question never occurs in a conversation; `pattern_seen`
tells whether its phrasing was trained with other facts or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

from dialecto.sample.facts import Fact
from dialecto.sample.markup import capitalise
from dialecto.sample.phrases import contract, load_yaml

Turns = Sequence[tuple[str, str]]
Record = dict[str, Any]


def _conversation(turns: Turns) -> Record:
    messages = []
    for question, answer in turns:
        messages.append({"role": "user", "content": question})
        messages.append({"role": "assistant", "content": answer})
    return {"messages": messages}


def make_conversations(
    facts: Sequence[Fact], lang: str, seed: int, company: str
) -> dict[str, list[Record]]:
    """File name -> conversations: facts one by one, several turns, unknown things, courtesy."""
    talk = load_yaml(lang, "talk")
    rng = Random(f"conversations {lang} {seed}")
    single = [_conversation([(q, f.answer)]) for f in facts for q in f.trained]
    several: list[Turns] = []
    for fact in facts:
        other = rng.choice(facts)
        turns = [(rng.choice(fact.trained), fact.answer)]
        if other is not fact:
            turns.append((rng.choice(other.trained), other.answer))
        if rng.random() < 0.4:
            turns.insert(0, tuple(rng.choice(talk["greetings"])))
        if rng.random() < 0.3:
            turns.append(tuple(rng.choice(talk["thanks"])))
        several.append(turns)
    courtesy = [
        _conversation([(q.format(company=company), a.format(company=company))])
        for q, a in talk["small"]
    ]
    files = {
        talk["files"]["facts"]: single,
        talk["files"]["turns"]: [_conversation(turns) for turns in several],
        talk["files"]["unknown"]: [_conversation([pair]) for pair in _unknown(facts, talk, lang)],
        talk["files"]["courtesy"]: courtesy,
    }
    for records in files.values():
        rng.shuffle(records)
    return files


def _unknown(facts: Sequence[Fact], talk: Record, lang: str) -> Iterable[tuple[str, str]]:
    """Things outside the documents, products that do not exist, and other people's data."""
    for question in talk["unknown_questions"]:
        yield question, talk["unknown"]
    for question in talk["private_questions"]:
        yield question, talk["private"]
    known = {fact.subject for fact in facts}
    kinds = load_yaml(lang, "facts")["classes"]["food"]
    form = kinds.get("form", "{kind} {brand}")
    for number, brand in enumerate(talk["unknown_brands"]):
        subject = form.format(kind=kinds["subjects"][number], brand=brand)
        assert subject not in known
        for relation in kinds["relations"].values():
            question = relation["questions"][number % len(relation["questions"])]
            text = question.format(s=subject, S=capitalise(subject))
            yield capitalise(contract(text, lang)), talk["unknown"]


def make_held_out(facts: Sequence[Fact]) -> list[Record]:
    """One object a question: the canonical answer, and short forms that count as right."""
    return [
        {
            "question": question,
            "answer": fact.answer,
            "accepted": [fact.answer, fact.value],
            "value": fact.value,
            "fact": fact.id,
            "pattern_seen": seen,
        }
        for fact in facts
        for question, seen in fact.held_out
    ]
