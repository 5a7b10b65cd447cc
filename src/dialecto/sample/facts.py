"""What can be asked about the cooperative: facts, how documents state them, how people ask.

Every fact is (subject, relation, value). Its questions come in phrasings that most facts of
the same relation share; two of them are held out of training for each fact, and for every
second fact one of the two is a phrasing that no conversation uses at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from dialecto.sample.markup import capitalise
from dialecto.sample.phrases import contract, load_yaml

FEWEST, USUAL, MOST = 12, 160, 400
_SMALL = 60  # fewer facts than this are spread over few relations, so that phrasings recur


@dataclass(frozen=True)
class Fact:
    """One thing known about a subject; texts are ready to be used."""

    id: str
    group: str
    subject: str
    relation: str
    value: str
    answer: str
    states: tuple[str, ...]
    trained: tuple[str, ...]
    held_out: tuple[tuple[str, bool], ...]  # (question, whether its phrasing is trained elsewhere)


def facts_wanted(documents: int) -> int:
    """How many facts a company of this size has: 160 up to 2,000 documents, 400 at 10,000."""
    if documents <= 2000:
        return max(FEWEST, min(USUAL, documents * 2 // 5))
    return min(MOST, USUAL + (documents - 2000) * (MOST - USUAL) // 8000)


def _number(form: str, number: int, lang: str) -> str:
    spanish = lang == "es"
    match form:
        case "money":
            whole, cents = divmod(number, 100)
            return f"{whole},{cents:02d} euros" if spanish else f"{whole}.{cents:02d} euros"
        case "year":
            return str(number)
        case "thousands":
            return f"{number}.000 euros" if spanish else f"{number},000 euros"
    words = {
        "euros": ("euros", "euros"), "grams": ("gramos", "grams"), "kilos": ("kilos", "kilos"),
        "degrees": ("grados", "degrees"), "months": ("meses", "months"), "days": ("días", "days"),
        "years": ("años", "years"), "people": ("personas", "people"), "hours": ("horas", "hours"),
    }  # fmt: skip
    return f"{number} {words[form][0 if spanish else 1]}"


def _value(rng: Random, relation: dict[str, Any], index: int, lang: str) -> str:
    if relation.get("form_codes"):
        return f"F-{10 + index * 2 + rng.randrange(2)}"
    if "values" in relation:
        return str(rng.choice(relation["values"]))
    span = relation["range"]
    return _number(span["form"], rng.randrange(span["low"], span["high"] + 1, span["step"]), lang)


def _subjects(rng: Random, group: dict[str, Any], brands: list[str]) -> list[str]:
    subjects = list(group["subjects"])
    rng.shuffle(subjects)
    if group.get("branded"):
        form = group.get("form", "{kind} {brand}")
        return [form.format(kind=kind, brand=brands.pop()) for kind in subjects]
    return subjects


def _phrase(template: str, subject: str, value: str, lang: str) -> str:
    article, _, bare = subject.partition(" ")
    text = template.format(s=subject, S=capitalise(subject), b=bare, v=value, a=article)
    return capitalise(contract(text, lang))


@dataclass(frozen=True)
class _Draft:
    """A fact before its questions are put in words: the phrasings themselves."""

    group: str
    subject: str
    name: str
    relation: dict[str, Any]
    value: str
    trained: tuple[str, ...]
    held_out: tuple[str, ...]


@cache
def make_facts(lang: str, seed: int, wanted: int) -> tuple[Fact, ...]:
    """`wanted` facts (or all there are), spread over the classes of things."""
    data = load_yaml(lang, "facts")
    rng = Random(f"facts {lang} {seed}")
    brands = list(data["brands"])
    rng.shuffle(brands)
    classes: dict[str, dict[str, Any]] = data["classes"]
    if wanted < _SMALL:
        classes = _fewer_relations(classes, wanted)
    total = sum(g["take"] * len(g["relations"]) for g in classes.values())
    share = 1.0 if wanted < _SMALL else min(1.0, wanted / total)
    drafts: list[_Draft] = []
    for name, group in classes.items():
        subjects = _subjects(rng, group, brands)[: round(group["take"] * share)]
        drafts += _drafts(rng, name, group, classes, subjects, lang)
    known = {draft.subject for draft in drafts}
    for name, group in classes.items():  # a very small company: fill up, one subject a class
        if len(drafts) < wanted and not group.get("branded"):
            fresh = [s for s in group["subjects"] if s not in known][:1]
            drafts += _drafts(rng, name, group, classes, fresh, lang)
    drafts = drafts[:wanted]
    trained = {phrasing for draft in drafts for phrasing in draft.trained}
    return tuple(_fact(n, draft, trained, lang) for n, draft in enumerate(drafts, start=1))


def _fewer_relations(classes: dict[str, dict[str, Any]], wanted: int) -> dict[str, dict[str, Any]]:
    """Of every class the first relations, and so many subjects that all share phrasings."""
    most = 1 if wanted < _SMALL // 2 else 2
    kept = {
        name: {**group, "relations": dict(list(group["relations"].items())[:most])}
        for name, group in classes.items()
    }
    each = max(2, -(-wanted // sum(len(group["relations"]) for group in kept.values())))
    return {name: {**group, "take": each} for name, group in kept.items()}


def _drafts(
    rng: Random,
    group_name: str,
    group: dict[str, Any],
    classes: dict[str, dict[str, Any]],
    subjects: list[str],
    lang: str,
) -> list[_Draft]:
    drafts: list[_Draft] = []
    for index, subject in enumerate(subjects):
        for name, own in group["relations"].items():
            relation = own
            if "like" in own:
                other, _, key = own["like"].partition(".")
                relation = {**classes[other]["relations"][key], **own}
            phrasings = rng.sample(relation["questions"], len(relation["questions"]))
            held = [phrasings[0], phrasings[1]]
            if (index + len(name)) % 2:
                held[1] = relation["unseen"]
            trained = tuple(p for p in relation["questions"] if p not in held)
            value = _value(rng, relation, index, lang)
            drafts.append(_Draft(group_name, subject, name, relation, value, trained, tuple(held)))
    return drafts


def _fact(number: int, draft: _Draft, trained: set[str], lang: str) -> Fact:
    """Put a draft in words; a held-out phrasing is seen when some other fact trains it."""

    def say(template: str) -> str:
        return _phrase(template, draft.subject, draft.value, lang)

    answer = draft.relation["answer"]
    if draft.subject.startswith("el "):
        answer = draft.relation.get("answer_m", answer)
    return Fact(
        id=f"F{number:04d}",
        group=draft.group,
        subject=draft.subject,
        relation=draft.name,
        value=draft.value,
        answer=say(answer),
        states=tuple(say(state) for state in draft.relation["states"]),
        trained=tuple(say(phrasing) for phrasing in draft.trained),
        held_out=tuple((say(phrasing), phrasing in trained) for phrasing in draft.held_out),
    )
