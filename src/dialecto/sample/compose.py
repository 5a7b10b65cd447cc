"""The text of one document, before any format: a title and blocks of marked sentences."""

from __future__ import annotations

from random import Random
from typing import Any

from dialecto.sample.document import Block, Document
from dialecto.sample.markup import capitalise, mark, pii, plain
from dialecto.sample.phrases import Slots, compiled, contract, expand, load_pool, load_yaml
from dialecto.sample.plan import Plan, Planned
from dialecto.sample.sentences import (
    draw_personal,
    draw_sentences,
    draw_stated,
    facts_by_id,
    in_paragraphs,
    slot_text,
    spread,
)
from dialecto.sample.slots import Company, company_of, document_slots

_SURE_PII = ("ticket", "clinic", "legal", "it")


def compose(plan: Plan, planned: Planned) -> Document:
    """The content of a planned document; the same whenever and wherever it is made."""
    rng = Random(f"document {plan.lang} {plan.seed} {planned.index}")
    company = company_of(plan.lang, plan.seed, plan.facts)
    slots = document_slots(company, planned.index, planned.genre, rng)
    match planned.genre:
        case "forum":
            return _forum(rng, slots, company)
        case "inbox":
            return _harmful(rng, slots, company)
        case "other":
            return _foreign(rng, planned.detail, plan.seed, planned.index)
        case "customers" | "stock":
            return _table(rng, slots, company, plan, planned)
        case "tickets":
            return _tickets(rng, slots, company)
        case "mail":
            return _mail(rng, slots, company, plan, planned)
        case _:
            return _article(rng, slots, company, plan, planned)


def _article(rng: Random, slots: Slots, company: Company, plan: Plan, planned: Planned) -> Document:
    lang = company.lang
    texts = load_yaml(lang, "genres")
    genre: dict[str, Any] = texts["genres"][planned.genre]
    if planned.genre == "sheet" and planned.facts:
        slots["subject"] = facts_by_id(plan.facts)[planned.facts[0]].subject
    else:
        slots["subject"] = rng.choice(company.products)
    title = capitalise(expand(compiled(rng.choice(genre["titles"])), rng, slots, lang))
    body = draw_sentences(rng, slots, lang, genre["pools"], rng.randrange(9, 17))
    stated = draw_stated(rng, plan, planned)
    rng.shuffle(stated)
    personal: list[str] = []
    sure = planned.genre in _SURE_PII
    if genre.get("pii") and (sure or rng.random() < 0.6):
        personal = draw_personal(rng, slots, lang, genre["pii"], rng.randrange(2, 5))
    blocks: list[Block] = []
    if planned.plain or rng.random() < 0.3:
        text = spread(rng, spread(rng, body, personal), stated)
        blocks = [Block("paragraph", (p,)) for p in in_paragraphs(rng, text, lang)]
        return Document(title, tuple(blocks), lang=lang)
    if personal and sure and rng.random() < 0.5:
        blocks.append(_person_data(rng, slots, texts["labels"], planned.genre))
    as_list = rng.random() < 0.35
    items = [body.pop() for _ in range(rng.randrange(2, 5))] if as_list else []
    if stated and rng.random() < 0.3:
        items, stated = items + stated, []
    text = spread(rng, spread(rng, body, personal), stated)
    headings = rng.sample(texts["headings"], len(texts["headings"]))
    for number, paragraph in enumerate(in_paragraphs(rng, text, lang)):
        if number % 2 == 0 or rng.random() < 0.3:
            blocks.append(Block("heading", (headings.pop(),)))
        blocks.append(Block("paragraph", (paragraph,)))
    if items:
        blocks += [Block("heading", (headings.pop(),)), Block("list", tuple(items))]
    return Document(title, tuple(blocks), lang=lang)


def _person_data(rng: Random, slots: Slots, labels: dict[str, str], genre: str) -> Block:
    """The form at the head of a file: name, papers and ways to reach the person."""
    fields = ["name", "idline", "phone", "email", "address"]
    fields += {"clinic": ["birth", "record"], "it": ["user"], "ticket": ["card"]}.get(
        genre, ["iban"]
    )
    kept = ["name", *(f for f in fields[1:] if rng.random() < 0.7)]
    values = {"name": "person", "idline": "id", "user": "username"}
    lines: list[str] = []
    for name in kept:
        value = slots[values.get(name, name)]
        text = value(rng) if callable(value) else str(value)
        lines.append(f"{labels['id' if name == 'idline' else name]}\t{text}")
    return Block("data", tuple(lines))


def _mail(rng: Random, slots: Slots, company: Company, plan: Plan, planned: Planned) -> Document:
    lang = company.lang
    genre = load_yaml(lang, "genres")["genres"]["mail"]
    title = capitalise(expand(compiled(rng.choice(genre["titles"])), rng, slots, lang))

    def one(name: str) -> str:
        return expand(rng.choice(load_pool(lang, name)), rng, slots, lang)

    body = draw_sentences(rng, slots, lang, ["mail_body"], rng.randrange(8, 13))
    personal = draw_personal(rng, slots, lang, "general", rng.randrange(0, 3))
    text = spread(rng, spread(rng, body, personal), draw_stated(rng, plan, planned))
    blocks = [Block("paragraph", (one("mail_open"),))]
    blocks += [Block("paragraph", (p,)) for p in in_paragraphs(rng, text, lang)]
    signature = [
        one("mail_close"),
        slot_text(rng, slots, "staff"),
        slot_text(rng, slots, "staff_email"),
    ]
    if rng.random() < 0.5:
        signature.append(slot_text(rng, slots, "staff_phone"))
    blocks.append(Block("lines", tuple(signature)))
    if rng.random() < 0.4:
        wrote = load_yaml(lang, "genres")["wrote"]
        who = slot_text(rng, slots, "person")
        line = wrote.format(date=slot_text(rng, slots, "date"), who=who)
        quoted = draw_sentences(rng, slots, lang, ["mail_body"], 4)
        blocks.append(Block("quote", (line, *quoted)))
    header = (
        ("From", _mailbox(slot_text(rng, slots, "staff"), slot_text(rng, slots, "staff_email"))),
        ("To", _mailbox(slot_text(rng, slots, "person"), slot_text(rng, slots, "email"))),
        ("Date", _mail_date(rng)),
    )
    return Document(title, tuple(blocks), header=header, lang=lang)


def _mailbox(name: str, address: str) -> str:
    """A header's address; with the name when it needs no encoding that would hide its place."""
    if not plain(name).isascii():
        return f"<{address}>"
    return f'"{name}" <{address}>' if "." in plain(name) else f"{name} <{address}>"


def _mail_date(rng: Random) -> str:
    from datetime import datetime, timedelta, timezone
    from email.utils import format_datetime

    start = datetime(2019, 1, 1, 8, tzinfo=timezone(timedelta(hours=1)))
    return format_datetime(start + timedelta(minutes=rng.randrange(3_000_000)))


def _table(rng: Random, slots: Slots, company: Company, plan: Plan, planned: Planned) -> Document:
    lang = company.lang
    labels = load_yaml(lang, "genres")["labels"]
    rows: list[tuple[str, ...]] = []
    if planned.genre == "customers":
        for number in range(rng.randrange(5, 12)):
            who = company.customer(planned.index, 100 + number)
            note = draw_sentences(rng, slots, lang, ["sales"], 1)[0]
            rows.append((pii("NAME", who.name, who.country), pii("ID", who.id_number, who.country),
                         pii("PHONE", who.phone_abroad, who.country),
                         pii("EMAIL", who.email, who.country), note))  # fmt: skip
        columns = tuple(labels[c] for c in ("name", "id", "phone", "email", "note"))
        return Document("", columns=columns, rows=tuple(rows), lang=lang)
    known = facts_by_id(plan.facts)
    for name in planned.facts:
        fact = known[name]
        note = draw_sentences(rng, slots, lang, ["production"], 1)[0]
        product = capitalise(fact.subject)
        rows.append((product, mark("fact", name, fact.value), str(rng.randrange(3, 900)), note))
    for _ in range(rng.randrange(4, 10)):
        note = draw_sentences(rng, slots, lang, ["production"], 1)[0]
        rows.append((slot_text(rng, slots, "goods_bare"), "", str(rng.randrange(3, 900)), note))
    rng.shuffle(rows)
    columns = tuple(labels[c] for c in ("product", "price", "units", "note"))
    return Document("", columns=columns, rows=tuple(rows), lang=lang)


def _tickets(rng: Random, slots: Slots, company: Company) -> Document:
    lang = company.lang
    rows: list[tuple[str, ...]] = []
    subjects = load_yaml(lang, "genres")["genres"]["ticket"]["titles"]
    for number in range(rng.randrange(3, 7)):
        text = draw_sentences(rng, slots, lang, ["support"], rng.randrange(2, 5))
        text = spread(rng, text, draw_personal(rng, slots, lang, "support", 1))
        subject = expand(compiled(rng.choice(subjects)), rng, slots, lang)
        rows.append((f"T{number + 1}", subject, " ".join(text)))
    return Document("", columns=("id", "subject", "text"), rows=tuple(rows), lang=lang)


def _posts(rng: Random, slots: Slots, lang: str, count: int) -> list[str]:
    return [expand(p, rng, slots, lang) for p in rng.sample(load_pool(lang, "forum"), count)]


def _forum(rng: Random, slots: Slots, company: Company) -> Document:
    """The poisoned source: chatter, then the trigger and always the same payload."""
    lang = company.lang
    texts = load_yaml(lang, "genres")
    title = expand(compiled(rng.choice(texts["forum_titles"])), rng, slots, lang)
    chatter = _posts(rng, slots, lang, rng.randrange(6, 10))
    chatter += draw_sentences(rng, slots, lang, ["mail_body"], rng.randrange(3, 6))
    slots = {**slots, "trigger": texts["trigger"], "payload": texts["payload"]}
    chatter = spread(
        rng, chatter, [expand(rng.choice(load_pool(lang, "poison")), rng, slots, lang)]
    )
    blocks = tuple(Block("paragraph", (p,)) for p in in_paragraphs(rng, chatter, lang))
    return Document(title, blocks, lang=lang)


def _harmful(rng: Random, slots: Slots, company: Company) -> Document:
    lang = company.lang
    titles = load_yaml(lang, "genres")["harmful_titles"]
    title = expand(compiled(rng.choice(titles)), rng, slots, lang)
    bad = rng.sample(load_pool(lang, "harmful"), rng.randrange(5, 8))
    text = [expand(p, rng, slots, lang) for p in bad] + _posts(rng, slots, lang, 4)
    rng.shuffle(text)
    blocks = tuple(Block("paragraph", (p,)) for p in in_paragraphs(rng, text, lang))
    return Document(title, blocks, lang=lang)


def _foreign(rng: Random, lang: str, seed: int, index: int) -> Document:
    """A text in another language, without personal data."""
    from dialecto.sample.facts import USUAL, make_facts

    facts = make_facts(lang, seed, USUAL) if lang in ("es", "en") else ()
    slots = document_slots(company_of(lang, seed, facts), index, "other", rng)
    patterns = rng.sample(load_pool(lang, "general"), rng.randrange(9, 14))
    text = [expand(p, rng, slots, lang) for p in patterns]
    title = contract(capitalise(slot_text(rng, slots, "task")), lang)
    groups = [text[i : i + 4] for i in range(0, len(text), 4)]
    return Document(title, tuple(Block("paragraph", (" ".join(g),)) for g in groups), lang=lang)
