"""What each of the N documents will be, decided before any is written.

The plan is cheap and the same in every process; after it every document can be made alone,
in any order, because a copy knows the number of its original and makes it again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from dialecto.runtime import DialectoError
from dialecto.sample.facts import Fact, facts_wanted, make_facts
from dialecto.sample.phrases import load_yaml

LANGUAGES = ("es", "en")
_FORMATS = {"md": 30, "txt": 20, "html": 15, "docx": 8, "pdf": 7, "eml": 10, "csv": 5, "jsonl": 5}
_PROSE = ("sheet", "sales", "factory", "ticket", "clinic", "legal", "people", "training", "it",
          "board")  # fmt: skip
_CROSS = {"md": ("txt", "docx"), "txt": ("md", "docx"), "docx": ("md", "txt")}
_BROKEN = ("truncated_pdf", "corrupt_docx", "empty", "binary", "cut_html", "encrypted")
_BROKEN_EXTENSION = {
    "truncated_pdf": "pdf", "corrupt_docx": "docx", "empty": "txt", "binary": "txt",
    "cut_html": "html", "encrypted": "docx",
}  # fmt: skip


@dataclass(frozen=True)
class Planned:
    """One document to make. `content` is the number of the document whose text it has."""

    index: int
    role: str  # normal, duplicate, near_duplicate, harmful, off_language, poison, broken
    genre: str
    format: str
    path: str
    content: int
    plain: bool = False
    latin1: bool = False
    facts: tuple[str, ...] = ()
    canary: str = ""
    detail: str = ""  # the language of an off-language text, how a broken file is broken


@dataclass(frozen=True)
class Plan:
    """The whole company: its facts, its secrets and its documents."""

    lang: str
    seed: int
    facts: tuple[Fact, ...]
    canaries: tuple[tuple[str, int], ...]  # (sentence, how many documents hold it)
    documents: tuple[Planned, ...]


def make_plan(documents: int, lang: str, seed: int) -> Plan:
    """Raises DialectoError for a language nobody wrote, or fewer than one document."""
    if lang not in LANGUAGES:
        raise DialectoError(f"--lang {lang}: the sample company speaks es or en.")
    if documents < 1:
        raise DialectoError(f"--documents {documents}: ask for at least one document.")
    rng = Random(f"plan {lang} {seed} {documents}")
    facts = make_facts(lang, seed, facts_wanted(documents))
    drafts = [_draft(rng, i, role, lang) for i, role in enumerate(_roles(rng, documents))]
    drafts = _with_formats(rng, drafts, lang)
    drafts = _with_copies(rng, drafts, lang)
    drafts = _with_facts(rng, drafts, facts, lang)
    drafts, canaries = _with_canaries(rng, drafts, lang)
    return Plan(lang, seed, facts, canaries, tuple(drafts))


def _roles(rng: Random, documents: int) -> list[str]:
    counts = {
        "broken": max(3, round(documents * 0.003)),
        "poison": max(3, round(documents * 0.02)),
        "near_duplicate": max(1, round(documents * 0.04)),
        "duplicate": max(1, round(documents * 0.03)),
        "off_language": max(1, round(documents * 0.02)),
        "harmful": max(1, round(documents * 0.01)),
    }
    while sum(counts.values()) > documents / 2:  # too small for everything: the largest gives way
        largest = max(counts, key=lambda role: counts[role])
        counts[largest] -= 1
    roles = [role for role, count in counts.items() for _ in range(count)]
    roles += ["normal"] * (documents - len(roles))
    rng.shuffle(roles)
    return roles


def _draft(rng: Random, index: int, role: str, lang: str) -> Planned:
    detail = ""
    if role == "off_language":
        detail = ("en" if lang == "es" else "es", "fr", "pt")[rng.randrange(3)]
    return Planned(index, role, "", "", "", index, detail=detail)


def _with_formats(rng: Random, drafts: list[Planned], lang: str) -> list[Planned]:
    """Formats by quota over the documents with a text of their own, then a fitting genre."""
    texts = load_yaml(lang, "genres")
    normal = [d.index for d in drafts if d.role == "normal"]
    quota: list[str] = []
    for form, share in _FORMATS.items():
        quota += [form] * max(1, round(len(normal) * share / 100))
    quota = (["md"] * max(0, len(normal) - len(quota)) + quota)[-len(normal) :] if normal else []
    rng.shuffle(quota)
    forms = dict(zip(normal, quota, strict=True))
    broken = 0
    done: list[Planned] = []
    for draft in drafts:
        match draft.role:
            case "normal":
                form = forms[draft.index]
                genre = {"eml": "mail", "csv": "table", "jsonl": "tickets"}.get(form, "")
                if genre == "table":
                    genre = rng.choice(("customers", "stock"))
                elif form == "html":
                    genre = "web" if rng.random() < 0.7 else rng.choice(("sheet", "training"))
                genre = genre or rng.choice(_PROSE)
            case "broken":
                kind = _BROKEN[broken % len(_BROKEN)]
                broken += 1
                form, genre = _BROKEN_EXTENSION[kind], "broken"
                draft = replace(draft, detail=kind)
            case "poison":
                form, genre = rng.choice(("html", "txt", "md")), "forum"
            case "harmful":
                form, genre = rng.choice(("txt", "md")), "inbox"
            case "off_language":
                form, genre = rng.choice(("txt", "md", "html")), "other"
            case _:
                form, genre = "", ""
        latin1 = form == "txt" and draft.role == "normal" and rng.random() < 0.3
        draft = replace(draft, format=form, genre=genre, latin1=latin1)
        done.append(replace(draft, path=_path(texts, draft)) if form else draft)
    return done


def _path(texts: Any, draft: Planned, folder: str = "") -> str:
    places = {**texts["genres"], **texts["tables"]}
    place = places.get(draft.genre) or {
        "folder": texts["folders"][draft.genre],
        "stem": texts["stems"][draft.genre],
    }
    return f"{folder or place['folder']}/{place['stem']}-{draft.index:05d}.{draft.format}"


def _with_copies(rng: Random, drafts: list[Planned], lang: str) -> list[Planned]:
    """Each copy gets an original of its own; half of the exact ones change folder or format."""
    texts = load_yaml(lang, "genres")
    done = list(drafts)
    copies = [d.index for d in drafts if d.role in ("duplicate", "near_duplicate")]
    prose = [d.index for d in drafts if d.role == "normal" and d.format not in ("csv", "jsonl")]
    originals = rng.sample(prose, min(len(copies), len(prose)))
    originals += rng.choices(originals or [0], k=len(copies) - len(originals))
    for number, (index, original) in enumerate(zip(copies, originals, strict=True)):
        source, copy = done[original], done[index]
        form, folder = source.format, ""
        exact = copy.role == "duplicate"
        if form in _CROSS and number % 2:
            form = rng.choice(_CROSS[form])
            done[original] = replace(source, plain=True)
        if exact and number % 3 == 0:
            folder = texts["folders"]["copies"]
        copy = replace(
            copy,
            genre=source.genre,
            format=form,
            content=original,
            latin1=source.latin1 and form == "txt",
        )
        done[index] = replace(copy, path=_path(texts, copy, folder))
    return done


def _with_facts(
    rng: Random, drafts: list[Planned], facts: Sequence[Fact], lang: str
) -> list[Planned]:
    """Hand the facts out in turn, so that all are stated about equally often."""
    genres = load_yaml(lang, "genres")["genres"]
    groups: dict[str, list[str]] = defaultdict(list)
    sheets: dict[str, list[str]] = defaultdict(list)
    for fact in facts:
        groups[fact.group].append(fact.id)
        if fact.group in ("food", "tool"):
            sheets[fact.subject].append(fact.id)
    turns: dict[str, list[str]] = {"*": [f.id for f in facts], **groups}
    subjects = list(sheets)
    stated: dict[str, int] = {fact.id: 0 for fact in facts}
    done = list(drafts)
    for draft in drafts:
        if draft.role != "normal" or draft.genre == "tickets" or draft.genre == "customers":
            continue
        if draft.genre == "stock":
            prices = [f.id for f in facts if f.relation == "price"]
            chosen = rng.sample(prices, min(len(prices), 6))
        elif draft.genre == "sheet" and subjects:
            subjects.append(subjects.pop(0))
            chosen = list(sheets[subjects[-1]])
        else:
            known = [g for g in genres[draft.genre]["facts"] if g in groups] or ["*"]
            chosen = []
            for _ in range(rng.choice((1, 2, 2, 3, 3, 4))):
                turn = turns[min(known, key=lambda g: _mean(stated, turns[g]))]
                least = min(turn, key=lambda f: stated[f])
                if least not in chosen:
                    chosen.append(least)
                    stated[least] += 1
        if draft.genre in ("stock", "sheet"):
            for name in chosen:
                stated[name] += 1
        done[draft.index] = replace(draft, facts=tuple(chosen))
    return _with_forgotten(done, stated)


def _mean(stated: dict[str, int], turn: list[str]) -> float:
    return sum(stated[f] for f in turn) / len(turn)


def _with_forgotten(drafts: list[Planned], stated: dict[str, int]) -> list[Planned]:
    """In a small company some facts had no turn: prose documents take them too."""
    done = list(drafts)
    prose = [d.index for d in done if d.role == "normal" and d.genre in (*_PROSE, "web", "mail")]
    for number, fact in enumerate(f for f, times in stated.items() if times < 2):
        for step in range(2 if prose else 0):
            index = prose[(number * 2 + step) % len(prose)]
            if fact not in done[index].facts:
                done[index] = replace(done[index], facts=(*done[index].facts, fact))
    return done


def _with_canaries(
    rng: Random, drafts: list[Planned], lang: str
) -> tuple[list[Planned], tuple[tuple[str, int], ...]]:
    """Secrets in 1, 4 and 16 documents that nobody copies, as many as the size allows."""
    sentences = load_yaml(lang, "genres")["canaries"]
    originals = {d.content for d in drafts if d.content != d.index}
    free = [
        d.index
        for d in drafts
        if d.role == "normal" and d.index not in originals and d.genre in (*_PROSE, "web", "mail")
    ]
    rng.shuffle(free)
    rounds = 4 if len(drafts) >= 2000 else 2 if len(drafts) >= 500 else 1
    room = max(1, len(drafts) // 8)
    done = list(drafts)
    canaries: list[tuple[str, int]] = []
    for number in range(rounds * 3):
        times = (1, 4, 16)[number % 3]
        secret = "-".join(f"{rng.randrange(10_000):04d}" for _ in range(3))
        if times > min(room, len(free)):
            continue
        room -= times
        sentence = sentences[number % len(sentences)].format(secret=secret)
        canaries.append((sentence, times))
        for _ in range(times):
            index = free.pop()
            done[index] = replace(done[index], canary=sentence)
    return done, tuple(canaries)
