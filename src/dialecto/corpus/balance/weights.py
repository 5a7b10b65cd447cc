"""How often each document is read in an epoch, and which go: arithmetic on sizes alone.

Temperature T draws groups in proportion to bytes ** T, as multilingual corpora are balanced
(Devlin 2018; Conneau et al. 2020, arXiv:1911.02116): 1 leaves them, 0 makes them equal. The
largest group is read once, the others so much more often, up to a limit. A group above the
largest share allowed is first repeated less, then loses documents: the worst first where
quality is measured, else by a draw. Nothing depends on the order of documents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

DEBIAS_GROWTH = 0.25  # of the corpus' bytes: more repetition teaches repetition
_QUALITY_STEPS = 10


@dataclass(frozen=True)
class Weighed:
    """A document to be weighed. `repeat` 0: it goes."""

    id: str
    group: str
    bytes: int
    quality: float = 0.0
    feminine: int = 0
    masculine: int = 0
    repeat: int = 1


@dataclass(frozen=True)
class GroupPlan:
    """How often a group is read on average (>= 1), or what part of it stays (<= 1)."""

    repeat: float
    keep: float


def plan_groups(
    sizes: Mapping[str, int], temperature: float, max_share: float, max_repeat: int
) -> dict[str, GroupPlan]:
    """sizes: bytes by group.

    A share below an equal one is not to be had: then the groups are made equal.
    """
    filled = {name: size for name, size in sorted(sizes.items()) if size > 0}
    if not filled:
        return {}
    largest = max(filled.values())
    read = {
        name: size * min((largest / size) ** (1 - temperature), max_repeat)
        for name, size in filled.items()
    }
    limit = _level(list(read.values()), max(max_share, 1 / len(read)))
    plans: dict[str, GroupPlan] = {}
    for name, size in filled.items():
        wanted = min(read[name], limit)
        plans[name] = GroupPlan(max(wanted / size, 1.0), min(wanted / size, 1.0))
    return plans


def _level(sizes: Sequence[float], share: float) -> float:
    """The size above which groups are cut so that none has more than `share` of what is left."""
    ordered = sorted(sizes, reverse=True)
    total = sum(ordered)
    if ordered[0] <= share * total:
        return ordered[0]
    rest = total
    for count, size in enumerate(ordered, 1):
        rest -= size
        following = ordered[count] if count < len(ordered) else 0.0
        if count * share >= 1:  # as many groups as shares: all are made equal
            return following if following else ordered[-1]
        level = share * rest / (1 - count * share)
        if level >= following:
            return level
    return ordered[-1]


def weigh(documents: Sequence[Weighed], plans: Mapping[str, GroupPlan], seed: int) -> list[Weighed]:
    """The documents with their `repeat`; sorted by id."""
    found: list[Weighed] = []
    by_group: dict[str, list[Weighed]] = {}
    for document in sorted(documents, key=lambda d: d.id):
        by_group.setdefault(document.group, []).append(document)
    for group, members in sorted(by_group.items()):
        plan = plans.get(group, GroupPlan(1.0, 1.0))
        size = sum(document.bytes for document in members)
        if plan.keep < 1:
            members.sort(
                key=lambda d: (-round(d.quality * _QUALITY_STEPS), _draw(seed, d.id), d.id)
            )
            left = plan.keep * size
            for document in members:
                # At least one stays, and the last one in is the one that crosses the line.
                found.append(replace(document, repeat=1 if left > 0 else 0))
                left -= document.bytes
            continue
        whole = int(plan.repeat)
        extra = (plan.repeat - whole) * size
        members.sort(key=lambda d: (_draw(seed, d.id), d.id))
        for document in members:
            more = extra >= document.bytes / 2
            found.append(replace(document, repeat=whole + more))
            extra -= document.bytes if more else 0
    return sorted(found, key=lambda d: d.id)


def debias(documents: Sequence[Weighed], max_repeat: int) -> list[Weighed]:
    """Repeats documents that name the rarer gender more often, until both are named alike.

    Those with most to give for their size come first; nothing is repeated more often than
    `max_repeat`, and the corpus grows by a quarter at most.
    """
    feminine = sum(d.feminine * d.repeat for d in documents)
    masculine = sum(d.masculine * d.repeat for d in documents)
    gap = masculine - feminine
    sign = 1 if gap > 0 else -1
    gap = abs(gap)
    room = DEBIAS_GROWTH * sum(d.bytes * d.repeat for d in documents)
    repeats = {d.id: d.repeat for d in documents}

    def gain(document: Weighed) -> int:
        return sign * (document.feminine - document.masculine)

    useful = sorted(
        (d for d in documents if d.repeat and gain(d) > 0),
        key=lambda d: (-gain(d) / max(d.bytes, 1), d.id),
    )
    for _ in range(max_repeat):
        for document in useful:
            if repeats[document.id] < max_repeat and gain(document) <= gap:
                if document.bytes > room:
                    continue
                repeats[document.id] += 1
                gap -= gain(document)
                room -= document.bytes
    return [replace(d, repeat=repeats[d.id]) for d in documents]


def _draw(seed: int, name: str) -> bytes:
    return hashlib.blake2b(f"balance\0{seed}\0{name}".encode(), digest_size=8).digest()
