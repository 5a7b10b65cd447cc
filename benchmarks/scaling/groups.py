"""What the sweep runs, most telling first, so that an hour cut short still tells something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Group:
    """Runs of one model on one part of a corpus, each `factor` times as long as the one before.

    `one_in` of the documents; the longest run reads them `epochs` times, unless that takes
    more than `flops`.
    """

    corpus: str
    one_in: int
    vocabulary: int
    layers: int
    width: int
    epochs: float
    points: int = 3
    factor: float = 2.0
    context: int = 256
    batch: int = 2048
    seed: int = 0
    flops: float = 2.5e13

    def longest(self, unique_tokens: int, flops_per_token: float) -> int:
        """Tokens of the longest run."""
        return int(min(self.epochs * unique_tokens, self.flops / flops_per_token))

    def key(self) -> tuple[str, ...]:
        parts: tuple[Any, ...] = (
            self.corpus, self.one_in, self.vocabulary, self.layers, self.width, self.context,
            self.batch, self.seed,
        )  # fmt: skip
        return tuple(str(part) for part in parts)


BOOKS = ("quijote", "handbook", "shakespeare", "mclibre", "wikitext2", "pydocs")


def _groups() -> list[Group]:
    found = [
        Group("sqldocs", 1, 4096, 2, 128, 4, 4, flops=1.0e13),
        Group("quijote", 1, 2048, 2, 128, 4, 3, flops=1.0e13),
        Group("handbook", 1, 2048, 2, 128, 4, 3),
        Group("quijote", 4, 1024, 2, 64, 16, 3),
        Group("sqldocs", 1, 4096, 3, 192, 4, 3, flops=1.2e13),
        Group("handbook", 4, 1024, 2, 128, 16, 3),
        Group("sqldocs", 16, 2048, 3, 192, 16, 3, flops=1.0e13),
        Group("quijote", 4, 1024, 3, 192, 16, 2, flops=1.0e13),
    ]
    found += [Group(name, 1, 2048, 2, 128, 4, 2, flops=7e12) for name in ("shakespeare", "mclibre")]
    found += [Group("sqldocs", 1, 4096, 3, 192, 4, 2, 3.0, seed=1, flops=4e13)]
    found += [Group("sqldocs", 1, 4096, 4, 256, 4, 1, flops=4e13)]
    found += [Group("quijote", 1, 2048, 3, 192, 4, 2, flops=1.4e13)]
    found += [Group("sqldocs", 1, 4096, 2, 128, 4, 2, batch=1024, flops=5e12)]
    found += [Group("handbook", 1, 1024, 2, 64, 6, 2, flops=2e12)]
    found += [Group("quijote", 1, 2048, 2, 64, 4, 2, flops=2e12)]
    found += [Group("sqldocs", 1, 4096, 2, 64, 4, 1, flops=2e12)]
    found += [Group("pydocs", 1, 2048, 2, 128, 4, 1, flops=5e12)]
    found += [Group("sqldocs", 1, 4096, 2, 128, 4, 1, batch=4096, flops=5e12)]
    found += [Group(name, 1, 2048, 2, 128, 4, 2, flops=7e12) for name in ("wikitext2",)]
    found += [Group("handbook", 1, 2048, 3, 192, 3, 2)]
    found += [Group("sqldocs", 1, v, 2, 128, 4, 1, flops=5e12) for v in (1024, 8192)]
    found += [Group("mclibre", 1, 2048, 3, 192, 4, 1, flops=1.2e13)]
    found += [Group("sqldocs", 1, 4096, 2, 128, 4, 1, context=c, flops=5e12) for c in (128, 512)]
    found += [Group(name, 4, 1024, 2, 128, 8, 2, flops=3e12) for name in BOOKS[2:]]
    found += [Group("sqldocs", 1, 4096, 2, 128, 4, 1, seed=1, flops=5e12)]
    found += [Group("quijote", 1, v, 2, 128, 4, 1, flops=5e12) for v in (1024, 4096)]
    found += [Group("sqldocs", 16, 2048, 2, 64, 16, 3, flops=3e12)]
    found += [Group("quijote", 1, 2048, 2, 128, 4, 1, seed=1, flops=1e13)]
    found += [Group("sqldocs", 1, 16384, 2, 128, 4, 2, flops=1e13)]
    found += [Group("sqldocs", 1, 8192, 3, 192, 4, 1, flops=1.2e13)]
    found += [Group("sqldocs", 1, 2048, 2, 128, 4, 1, flops=5e12)]
    return found


GROUPS = tuple(_groups())
