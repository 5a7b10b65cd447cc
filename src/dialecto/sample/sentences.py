"""The sentences of a document: drawn from pools, marked, and put together to paragraphs."""

from __future__ import annotations

from functools import cache
from random import Random

from dialecto.sample.facts import Fact
from dialecto.sample.markup import mark
from dialecto.sample.phrases import Slots, compiled, expand, load_lines, load_pool, load_yaml
from dialecto.sample.plan import Plan, Planned


@cache
def facts_by_id(facts: tuple[Fact, ...]) -> dict[str, Fact]:
    """Facts by their name."""
    return {fact.id: fact for fact in facts}


def draw_sentences(rng: Random, slots: Slots, lang: str, pools: list[str], count: int) -> list[str]:
    """Different patterns, mostly of the topic's own pools, the rest of the general one."""
    own = [p for name in pools for p in load_pool(lang, name)]
    general = load_pool(lang, "general")
    from_own = min(len(own), round(count * rng.uniform(0.5, 0.75)))
    chosen = rng.sample(own, from_own)
    chosen += rng.sample(general, min(len(general), count - from_own))
    rng.shuffle(chosen)
    return [expand(pattern, rng, slots, lang) for pattern in chosen]


def draw_personal(rng: Random, slots: Slots, lang: str, topic: str, count: int) -> list[str]:
    """Sentences with personal data; a surname alone comes only after the full name."""
    pool = load_lines(lang, f"pii_{topic}")
    lines = rng.sample(pool, count)
    for short, full in (("{surname}", "{person}"), ("{staff_surname}", "{staff}")):
        introduced = any(full in line and short not in line for line in lines)
        if not introduced and any(short in line for line in lines):
            lines.append(rng.choice([x for x in pool if full in x and short not in x]))
    lines.sort(key=lambda line: 1 if "surname}" in line else 0)
    return [expand(compiled(line), rng, slots, lang) for line in lines]


def draw_stated(rng: Random, plan: Plan, planned: Planned) -> list[str]:
    """One wording of each fact that the document states, and its canary."""
    known = facts_by_id(plan.facts)
    said = [mark("fact", name, rng.choice(known[name].states)) for name in planned.facts]
    if planned.canary:
        said.append(mark("canary", str(_canary_number(plan, planned.canary)), planned.canary))
    return said


def _canary_number(plan: Plan, sentence: str) -> int:
    return next(i for i, (text, _) in enumerate(plan.canaries) if text == sentence)


def spread(rng: Random, sentences: list[str], extra: list[str]) -> list[str]:
    """Put the extra sentences, in their order, at random places."""
    places = sorted(rng.randrange(len(sentences) + 1) for _ in extra)
    out = list(sentences)
    for shift, (place, text) in enumerate(zip(places, extra, strict=True)):
        out.insert(place + shift, text)
    return out


def in_paragraphs(rng: Random, sentences: list[str], lang: str) -> list[str]:
    """Two to five sentences each, some with a connector between them."""
    connectors = load_yaml(lang, "genres")["connectors"]
    paragraphs: list[str] = []
    rest = list(sentences)
    while rest:
        size = rng.randrange(2, 6)
        group, rest = rest[:size], rest[size:]
        joined = [group[0]]
        for text in group[1:]:
            link = rng.random() < 0.12 and text[0].isalpha() and not text[0].isdigit()
            joined.append(f"{rng.choice(connectors)} {_lower(text)}" if link else text)
        paragraphs.append(" ".join(joined))
    return paragraphs


def _lower(text: str) -> str:
    """Mid-sentence form of a sentence that starts with an ordinary word."""
    first, _, rest = text.partition(" ")
    if len(first) > 1 and first[1:].islower():
        return f"{first[0].lower()}{first[1:]} {rest}"
    return text


def slot_text(rng: Random, slots: Slots, name: str) -> str:
    """What stands in a slot: drawn, where it has several."""
    value = slots[name]
    return value(rng) if callable(value) else value if isinstance(value, str) else rng.choice(value)
