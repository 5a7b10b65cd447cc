"""Draws what stands around personal data and is none: dates, products, headings, codes, salad."""

from __future__ import annotations

from dialecto.corpus.pii.gazetteer import fold
from dialecto.corpus.pii.training.slots import Slots


def date(slots: Slots) -> str:
    day, month = slots.random.randrange(1, 29), slots.random.randrange(1, 13)
    year = slots.random.randrange(1950, 2026)
    names = slots.lists["month"]
    long = (
        f"{day} de {names[month - 1]} de {year}"
        if slots.lang == "es"
        else f"{names[month - 1].capitalize()} {day}, {year}"
    )
    return slots.pick(
        (f"{day:02d}/{month:02d}/{year}", long, str(year), f"{year}-{month:02d}-{day:02d}")
    )


def mail(slots: Slots) -> str:
    local = (
        fold(slots.first()).split(" ")[0]
        + slots.pick((".", "_", ""))
        + fold(slots.last()).replace(" ", "")
    )
    return f"{local}@{slots.pick(slots.lists['domain'])}"


def identifier(slots: Slots) -> str:
    """Something with the look of an identity number or an account."""
    forms = (
        "99999999-A",
        "99999999A",
        "99.999.999-A",
        "X-9999999-A",
        "X9999999A",
        "ES99 9999 9999 9999 9999 9999",
        "ES9999999999999999999999",
        "99.999.999",
        "999.999.999-99",
        "99999999",
        "9.999.999-9",
        "99-99999999-9",
        "AAAA999999HAAAAA99",
    )
    return "".join(
        slots.pick("0123456789") if c == "9" else slots.pick("ABCDFGHJKLMN") if c == "A" else c
        for c in slots.pick(forms)
    )


def code(slots: Slots) -> str:
    parts = [slots.pick(slots.lists["common"]) for _ in range(2)]
    return slots.pick(
        (
            "_".join(parts),
            parts[0] + parts[1].capitalize(),
            f"sys.{parts[0]}",
            parts[0].capitalize() + parts[1].capitalize(),
            f"[{parts[0].capitalize()}]",
        )
    )


def number(slots: Slots) -> str:
    return str(slots.random.randrange(10 ** slots.random.randrange(1, 9)))


def acronym(slots: Slots) -> str:
    return "".join(
        slots.pick("ABCDEFGHIJKLMNOPRSTUVX") for _ in range(slots.random.randrange(2, 6))
    )


def title(slots: Slots) -> str:
    """A heading in Title Case, a phrase in lower case, or a mix of both."""
    chosen = [slots.pick(slots.lists["common"]) for _ in range(slots.random.randrange(1, 6))]
    style = slots.random.random()
    if style < 0.4:
        chosen = [slots.cap(w) for w in chosen]
    elif style < 0.5:
        chosen = [w.upper() for w in chosen]
    elif style < 0.8:
        chosen = [slots.cap(w) if i == 0 else w for i, w in enumerate(chosen)]
    return " ".join(chosen)


def salad(slots: Slots) -> str:
    """Ordinary words in no order: what stands around a name when nothing announces it."""
    result: list[str] = []
    for position in range(slots.random.randrange(3, 16)):
        roll = slots.random.random()
        word = slots.pick(slots.lists["common"]).lower()
        if roll < 0.07:
            word = slots.invented().lower()
        elif roll < 0.12:
            word = acronym(slots)
        elif roll < 0.18:
            word = number(slots) + slots.pick(("", " %", ",5", " mg", "/3", "º"))
        elif roll < 0.24:
            word = slots.cap(word)
        elif roll < 0.26:
            word = slots.invented()
        elif roll < 0.28:
            word = f"({word})"
        if position == 0 and slots.chance(0.7):
            word = slots.cap(word)
        result.append(word + ("," if slots.chance(0.08) else "-" if slots.chance(0.01) else ""))
    return " ".join(result) + slots.pick((".", "", ":", "."))


def product(slots: Slots) -> str:
    base = slots.cap(slots.pick(slots.lists["common"]))
    tail = slots.pick(slots.lists["product"])
    one = slots.pick((f"{base} {tail}", f"{tail} {base}", f"{base}{tail}", tail, base.upper()))
    return f"{one} {number(slots)}" if slots.chance(0.25) else one
