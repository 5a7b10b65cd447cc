"""Train, validation and test: documents that belong together never stand on both sides.

Belonging together: two documents alike (Jaccard similarity of 0.5 and more), of one thread of
mail or chat (`threads`), or with the same strong personal identifier (full name, identity
number, phone, e-mail, record number...). Someone who is in more than 2% of the documents, and
in more than 20 (an account manager, the company's own address), links nothing, nor does such a
subject of mail; and no group grows beyond 30% of the corpus: links that would make it so are
refused, weakest first, and counted. Groups are dealt out in an order drawn from the seed, each
to the split that lacks most, in the corpus and in the group's source, so shares come out as
asked for documents, bytes and sources. Folds for cross-validation are dealt out the same way.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

UBIQUITOUS_SHARE, UBIQUITOUS_DOCUMENTS = 0.02, 20
GROUP_SHARE = 0.3
LARGE_GROUP = 0.25  # of the smallest split: such groups are placed before all others
HALF = 0.5 - 1e-9  # of the corpus
SOURCE_PULL = 0.05  # how much a source's own shares count beside the corpus'
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Item:
    """A row of the corpus (a document or a part of one) to be put into a split."""

    id: str
    bytes: int
    source: str = ""


class Groups:
    """Disjoint sets with a limit on their weight (union-find)."""

    def __init__(self, weights: Mapping[str, float], limit: float) -> None:
        self._parent = {name: name for name in weights}
        self._weight = dict(weights)
        self._limit = limit
        self.refused = 0

    def find(self, name: str) -> str:
        root = name
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[name] != root:
            self._parent[name], name = root, self._parent[name]
        return root

    def join(self, first: str, second: str, force: bool = False) -> None:
        """Puts two together unless the group would weigh more than the limit."""
        one, other = sorted((self.find(first), self.find(second)))
        if one == other:
            return
        weight = self._weight[one] + self._weight[other]
        if weight > self._limit and not force:
            self.refused += 1
            return
        self._parent[other] = one
        self._weight[one] = weight


def group_items(
    items: Sequence[Item],
    together: Iterable[Sequence[str]],
    alike: Iterable[tuple[str, str]],
    people: Iterable[Sequence[str]],
    threads: Iterable[Sequence[str]] = (),
) -> tuple[dict[str, str], int]:
    """(group of each item, links refused).

    `together` are always joined (the parts of one document). `alike` come strongest first.
    `threads` are the items of one conversation. `people` are the items that share one personal
    identifier, rarest identifier first.
    """
    total_bytes = sum(item.bytes for item in items) or 1
    weights = {item.id: _weight(item, len(items), total_bytes) for item in items}
    groups = Groups(weights, GROUP_SHARE)
    for members in together:
        for other in members[1:]:
            groups.join(members[0], other, force=True)
    for first, second in alike:
        groups.join(first, second)
    for members in threads:
        for other in members[1:]:
            groups.join(members[0], other)
    ubiquitous = max(UBIQUITOUS_DOCUMENTS, UBIQUITOUS_SHARE * len(items))
    for members in people:
        if len(members) <= ubiquitous:
            for other in members[1:]:
                groups.join(members[0], other)
    return {item.id: groups.find(item.id) for item in items}, groups.refused


def _weight(item: Item, count: int, total_bytes: int) -> float:
    """Share of the corpus: the mean of the share of documents and of bytes."""
    return 0.5 / count + 0.5 * item.bytes / total_bytes


def deal(
    items: Sequence[Item], group_of: Mapping[str, str], shares: Mapping[str, float], seed: int
) -> dict[str, str]:
    """The split of each item. Depends on ids, sizes and seed, not on the items' order."""
    total_bytes = sum(item.bytes for item in items) or 1
    weights: dict[str, float] = {}
    sources: dict[str, dict[str, float]] = {}  # of each group: its weight in each source
    whole: dict[str, float] = {}  # weight of each source
    for item in sorted(items, key=lambda i: i.id):
        group, weight = group_of[item.id], _weight(item, len(items), total_bytes)
        weights[group] = weights.get(group, 0.0) + weight
        whole[item.source] = whole.get(item.source, 0.0) + weight
        own = sources.setdefault(group, {})
        own[item.source] = own.get(item.source, 0.0) + weight
    number = Counter(item.source for item in items)
    smallest = min((share for share in shares.values() if share > 0), default=0.0)
    large = LARGE_GROUP * smallest
    drawn = sorted(weights, key=lambda group: (_draw(seed, group), group))
    first = sorted(
        (group for group in drawn if weights[group] > large), key=lambda group: -weights[group]
    )
    filled = dict.fromkeys(shares, 0.0)
    filled_of = {source: dict.fromkeys(shares, 0.0) for source in whole}
    split_of: dict[str, str] = {}

    def lacks(split: str, source: str) -> float:
        """What a split lacks in proportion to what it should have, its source's part too."""
        share = shares[split]
        if not share:
            return -1e9
        lack = 1 - filled[split] / share
        if number[source] * smallest < 2:  # too few to be shared out
            return lack
        of_source = 1 - filled_of[source][split] / (share * whole[source])
        return lack + SOURCE_PULL * max(of_source, -1.0)

    def put(group: str, split: str) -> None:
        split_of[group] = split
        filled[split] += weights[group]
        for source, weight in sources[group].items():
            filled_of[source][split] += weight

    for group in first:
        put(group, max(filled, key=lambda name: shares[name] - filled[name]))
    for group in drawn:
        if group not in split_of:
            main = max(sorted(sources[group]), key=lambda name: sources[group][name])
            put(group, max(filled, key=lambda name: lacks(name, main)))
    return {item.id: split_of[group_of[item.id]] for item in items}


def none_empty(
    items: Sequence[Item], group_of: Mapping[str, str], split_of: Mapping[str, str]
) -> dict[str, str]:
    """The splits, but of a corpus so small that one for measuring is empty, the smallest group
    to train on goes there, as long as half of the corpus is left to train on."""
    found = dict(split_of)
    total_bytes = sum(item.bytes for item in items) or 1
    for empty in (split for split in SPLITS[1:] if split not in found.values()):
        weights: dict[str, float] = {}
        for item in items:
            if found[item.id] == SPLITS[0]:
                weight = _weight(item, len(items), total_bytes)
                weights[group_of[item.id]] = weights.get(group_of[item.id], 0.0) + weight
        least = min(weights, key=lambda group: (weights[group], group), default="")
        if least and sum(weights.values()) - weights[least] >= HALF:
            found |= {name: empty for name in found if group_of[name] == least}
    return found


def _draw(seed: int, name: str) -> bytes:
    return hashlib.blake2b(f"{seed}\0{name}".encode(), digest_size=8).digest()
