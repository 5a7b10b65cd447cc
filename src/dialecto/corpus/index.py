"""An index of what a corpus keeps, so that what is added later is compared with what was there.

`index.parquet` is part of every corpus artefact. For each kept document it holds a key of its
content, its 32 MinHash bands and a sample of some 256 of its shingles; all of them are hashed
with this machine's secret (SipHash-2-4), so that nobody can ask the file whether somebody's
sentence is in it. A later corpus names it in `corpus.dedup.against`; a document that repeats an
indexed one is removed as a duplicate of it, also when that one's source is gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from dialecto.corpus.shingles import VERSION, Hashes, Shingler
from dialecto.corpus.signature import BANDS, band_hashes, content_key
from dialecto.corpus.siphash import key_of, siphash
from dialecto.runtime import DialectoError

FILE = "index.parquet"
INDEX = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("key", pa.binary()),  # of the content; equal for exact duplicates
        ("bands", pa.binary()),  # 32 little-endian uint64, or nothing
        ("sketch", pa.binary()),  # sampled shingles, little-endian uint64
        ("levels", pa.binary()),  # a byte each: in a sample of 1 / 2^n for n up to this
    ]
)
SAMPLE = 256  # shingles kept of a document at most: Jaccard within 0.03 or so
_MARK, _VERSION = b"dialecto.key", b"dialecto.hashes"
_ROWS = 2_000
_MOST_COMPARED = 200  # indexed documents that one is compared with


@dataclass(frozen=True)
class Described:
    """A document as the search sees it: plain hashes, as `shingles` and `signature` make them."""

    id: str
    source: str
    key: str
    bands: Hashes
    shingles: Hashes


@dataclass(frozen=True)
class Repeat:
    """`id` repeats the indexed document `of`."""

    id: str
    of: str
    kind: str  # exact_duplicate or near_duplicate
    similarity: float


@dataclass(frozen=True)
class _Hashed:
    """The same with the machine's secret in every hash."""

    key: bytes
    bands: Hashes
    sketch: Hashes
    levels: NDArray[np.uint8]


class _Hasher:
    def __init__(self, secret: bytes) -> None:
        self._secret = secret[:64]
        self._bands = key_of(secret, "dialecto index bands")
        self._shingles = key_of(secret, "dialecto index shingles")
        self.mark = hashlib.blake2b(b"dialecto index", key=self._secret, digest_size=8).hexdigest()

    def content(self, key: str) -> bytes:
        return hashlib.blake2b(key.encode(), key=self._secret, digest_size=16).digest()

    def __call__(self, documents: Sequence[Described]) -> list[_Hashed]:
        """All at once: a call to SipHash costs as much for one number as for a thousand."""
        chosen = [document.shingles[_sampled(document.shingles)] for document in documents]
        sketches = _split(siphash(_joined(chosen), self._shingles), chosen)
        bands = [document.bands for document in documents]
        hashed_bands = _split(siphash(_joined(bands), self._bands), bands)
        found = []
        for document, plain, sketch, own in zip(
            documents, chosen, sketches, hashed_bands, strict=True
        ):
            order = np.argsort(sketch)
            levels = _trailing_zeros(plain)[order]
            found.append(_Hashed(self.content(document.key), own, sketch[order], levels))
        return found


def _sampled(shingles: Hashes) -> NDArray[np.bool_]:
    """Those of a sample of 1 / 2^n, n so that no more than SAMPLE or so are left."""
    scale = max(max(len(shingles) - 1, 0).bit_length() - SAMPLE.bit_length() + 1, 0)
    mask = np.uint64((1 << scale) - 1)
    return np.asarray((shingles & mask) == 0)


def _joined(parts: Sequence[Hashes]) -> Hashes:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint64)


def _split(values: Hashes, like: Sequence[Hashes]) -> list[Hashes]:
    ends = np.cumsum([len(part) for part in like])
    return [values[end - len(part) : end] for part, end in zip(like, ends.tolist(), strict=True)]


def _trailing_zeros(values: Hashes) -> NDArray[np.uint8]:
    lowest = values & (~values + np.uint64(1))
    return np.where(values == 0, 63, np.log2(np.maximum(lowest, 1).astype(np.float64))).astype(
        np.uint8
    )


def _jaccard(one: _Hashed, other: _Hashed) -> float:
    """Estimated from the shingles that both samples would hold."""
    level = max(_scale(one), _scale(other))
    first, second = one.sketch[one.levels >= level], other.sketch[other.levels >= level]
    if not len(first) or not len(second):
        return 0.0
    common = len(np.intersect1d(first, second, assume_unique=True))
    return common / (len(first) + len(second) - common)


def _scale(hashed: _Hashed) -> int:
    return int(hashed.levels.min()) if len(hashed.levels) else 0


def write_index(path: Path, documents: Iterable[Described], secret: bytes) -> int:
    """Writes the index of these documents; returns how many there are."""
    hasher = _Hasher(secret)
    schema = INDEX.with_metadata({_MARK: hasher.mark.encode(), _VERSION: b"%d" % VERSION})
    count = 0
    everything = iter(documents)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while pending := list(islice(everything, _ROWS)):
            rows = [
                {
                    "id": document.id,
                    "source": document.source,
                    "key": own.key,
                    "bands": own.bands.astype("<u8").tobytes(),
                    "sketch": own.sketch.astype("<u8").tobytes(),
                    "levels": own.levels.tobytes(),
                }
                for document, own in zip(pending, hasher(pending), strict=True)
            ]
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))
            count += len(pending)
    return count


def index_file(path: Path) -> Path:
    """The index that a recipe names: the file, or that of an artefact's folder."""
    return path / FILE if path.is_dir() else path


def find_in_indexes(
    documents: Sequence[Described],
    indexes: Sequence[Path],
    threshold: float,
    secret: bytes,
    present: frozenset[str] = frozenset(),
    home: Path | None = None,
) -> list[Repeat]:
    """The documents that repeat an indexed one, each with the one most like it; by id.

    An entry of a document in `present` is passed over in the indexes below the folder `home`: it
    is the same document, seen before. Elsewhere a document of that name is another.
    Raises DialectoError when an index is missing, is none, or was made with another secret.
    """
    hasher = _Hasher(secret)
    own = hasher(documents)
    by_key: dict[bytes, list[int]] = {}
    for number, hashed in enumerate(own):
        by_key.setdefault(hashed.key, []).append(number)
    filled = [number for number, hashed in enumerate(own) if len(hashed.bands) == BANDS]
    bands = _joined([own[n].bands for n in filled])
    order = np.argsort(bands, kind="stable")
    bands, owners = bands[order], np.repeat(np.array(filled, dtype=np.int64), BANDS)[order]
    best: dict[int, tuple[float, str]] = {}
    compared: dict[int, int] = {}

    def better(number: int, similarity: float, of: str) -> None:
        if number not in best or (-similarity, of) < (-best[number][0], best[number][1]):
            best[number] = (similarity, of)

    for row, hashed in _entries(indexes, hasher, present, home, bands, by_key):
        for number in by_key.get(hashed.key, ()):
            better(number, 2.0, row)  # exact: above any estimate
        left = np.searchsorted(bands, hashed.bands, "left")
        right = np.searchsorted(bands, hashed.bands, "right")
        rivals = {int(n) for a, b in zip(left, right, strict=True) for n in owners[a:b]}
        for number in sorted(rivals):
            compared[number] = compared.get(number, 0) + 1
            if compared[number] <= _MOST_COMPARED:
                similarity = _jaccard(own[number], hashed)
                if similarity >= threshold:
                    better(number, similarity, row)
    found = [
        Repeat(
            documents[number].id,
            of,
            "exact_duplicate" if similarity > 1 else "near_duplicate",
            min(similarity, 1.0),
        )
        for number, (similarity, of) in best.items()
    ]
    return sorted(found, key=lambda repeat: repeat.id)


def _entries(
    indexes: Sequence[Path],
    hasher: _Hasher,
    present: frozenset[str],
    home: Path | None,
    bands: Hashes,
    keys: dict[bytes, list[int]],
) -> Iterator[tuple[str, _Hashed]]:
    """Indexed documents that share a band or the key with one of ours."""
    for path in sorted(set(map(index_file, indexes))):
        own = present if home and path.resolve().is_relative_to(home.resolve()) else frozenset()
        with _opened(path, hasher) as file:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group)
                for row in table.to_pylist():
                    theirs = np.frombuffer(row["bands"], dtype="<u8").astype(np.uint64)
                    if row["id"] in own or not (
                        row["key"] in keys or (len(bands) and _any_in(theirs, bands))
                    ):
                        continue
                    sketch = np.frombuffer(row["sketch"], dtype="<u8").astype(np.uint64)
                    levels = np.frombuffer(row["levels"], dtype=np.uint8)
                    yield row["id"], _Hashed(row["key"], theirs, sketch, levels)


def _any_in(values: Hashes, ordered: Hashes) -> bool:
    places = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    return bool((ordered[places] == values).any())


def _opened(path: Path, hasher: _Hasher) -> pq.ParquetFile:
    if not path.is_file():
        raise DialectoError(
            f"{path}: no index to compare with. `corpus.dedup.against` names a corpus artefact "
            f"or its {FILE}."
        )
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise DialectoError(f"{path}: not an index: {error}") from error
    told = file.schema_arrow.metadata or {}
    mark = told.get(_MARK, b"").decode()
    if mark != hasher.mark:
        file.close()
        raise DialectoError(
            f"{path}: "
            + (
                "made with another machine's pseudonym key, so nothing in it can be recognised. "
                "Bring `pseudonym.key` from there, or make the index again here."
                if mark
                else "not an index of a corpus."
            )
        )
    if told.get(_VERSION) != b"%d" % VERSION:
        file.close()
        raise DialectoError(
            f"{path}: made by another version of dialecto, whose hashes are others, so nothing in "
            "it can be recognised. Make that corpus again with this one."
        )
    return file


def described(texts: Iterable[tuple[str, str]], source: str = "") -> list[Described]:
    """Texts by id as the search sees them, for use as a library."""
    known = list(texts)
    sets = Shingler().all([text for _, text in known])
    return [
        Described(name, source, content_key(text), own if len(shingles) else own[:0], shingles)
        for (name, text), shingles, own in zip(known, sets, band_hashes(sets), strict=True)
    ]
