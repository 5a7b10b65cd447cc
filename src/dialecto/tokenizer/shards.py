"""Token shards: flat files of token numbers that training maps into memory.

    shards/train-00000.bin    uint16 (or uint32) tokens, little endian, all documents in a row
    shards/train-00000.npy    int64 offsets: document i is tokens[offsets[i]:offsets[i + 1]]
    shards/train-00000.words  (for masked words) a bit for each token: whether it begins a word
    shards/index.json         dtype, vocabulary, and per split its files and totals

Each document begins with the end-of-text token, which separates it from the one before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer, pre_tokenizers

from dialecto.runtime import Progress, SilentProgress
from dialecto.runtime.files import read_json, write_json
from dialecto.tokenizer.encoder import text_encoder
from dialecto.tokenizer.train import END_OF_TEXT, word_starts

Tokens = npt.NDArray[np.integer[Any]]
Words = npt.NDArray[np.bool_]
SHARD_TOKENS = 32 * 1024 * 1024


@dataclass
class SplitIndex:
    """Totals of one split. `bytes` counts UTF-8 bytes of text."""

    files: list[str] = field(default_factory=list)
    documents: int = 0
    tokens: int = 0
    bytes: int = 0
    words: int = 0


def encode_texts(tokenizer: Tokenizer, texts: list[str]) -> list[Tokens]:
    """Tokens of each text, with end-of-text before it.

    A text that spells a special token out gets the letters, never the token: what a document
    says must not end the document.
    """
    tokenizer.encode_special_tokens = True
    end = tokenizer.token_to_id(END_OF_TEXT)
    try:
        encoded = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        return [np.array([end, *e.ids], dtype=np.uint32) for e in encoded]
    finally:
        tokenizer.encode_special_tokens = False


def encode_words(tokenizer: Tokenizer, texts: list[str]) -> list[Words]:
    """Where words begin in the tokens that `encode_texts` gives: a word is what the tokenizer
    splits a text into before it learns merges, with the space before it. End-of-text is one.

    SentencePiece's own do not split beforehand: there words are those of our other kinds, or the
    end of a line would be one word with the beginning of the next.
    """
    tokenizer.encode_special_tokens = True
    whole = tokenizer.pre_tokenizer is None or isinstance(
        tokenizer.pre_tokenizer, pre_tokenizers.Split
    )
    try:
        found = []
        encodings = tokenizer.encode_batch(texts, add_special_tokens=False)
        for text, encoded in zip(texts, encodings, strict=True):
            words = np.array([-1, *encoded.word_ids], dtype=np.int64)
            begins = np.diff(words, prepend=-2) != 0
            if whole:
                # Letters that it knows as bytes alone have their neighbours' place.
                starts = word_starts(text)
                begins[1:] |= np.array(
                    [start in starts for start, _ in encoded.offsets], dtype=bool
                )
            # Whatever it makes of its text, a space begins a word.
            begins[1:] |= np.array([token.startswith("▁") for token in encoded.tokens], dtype=bool)
            found.append(begins)
        return found
    finally:
        tokenizer.encode_special_tokens = False


def write_shards(
    folder: Path,
    split: str,
    batches: Iterable[list[str]],
    tokenizer: Tokenizer,
    progress: Progress | None = None,
    shard_tokens: int = SHARD_TOKENS,
    words: bool = False,
) -> SplitIndex:
    """Encode batches of texts into shards of at most about `shard_tokens` tokens.

    words: also note where words begin.
    """
    progress = progress or SilentProgress()
    folder.mkdir(parents=True, exist_ok=True)
    dtype = token_dtype(tokenizer.get_vocab_size())
    index = SplitIndex()
    encode = text_encoder(tokenizer, lambda texts: encode_texts(tokenizer, texts))
    file: BinaryIO | None = None
    lengths: list[int] = []
    begins: list[Words] = []
    held = 0

    def close() -> None:
        nonlocal file, lengths, begins, held
        if file is None:
            return
        file.close()
        name = _name(split, index)
        offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
        np.cumsum(lengths, out=offsets[1:])
        np.save(folder / f"{name}.npy", offsets)
        if words:
            np.packbits(np.concatenate(begins), bitorder="little").tofile(folder / f"{name}.words")
        index.files.append(name)
        file, lengths, begins, held = None, [], [], 0

    for texts in batches:
        size = sum(len(text.encode()) for text in texts)
        index.documents += len(texts)
        index.bytes += size
        index.words += sum(len(text.split()) for text in texts)
        places = encode_words(tokenizer, texts) if words else []
        for number, document in enumerate(encode(texts)):
            # Written as they come: only their lengths are kept in memory.
            file = file or (folder / f"{_name(split, index)}.bin").open("wb")
            file.write(document.astype(dtype).tobytes())
            lengths.append(len(document))
            begins += places[number : number + 1]
            held += len(document)
            index.tokens += len(document)
            if held >= shard_tokens:
                close()
        progress.advance(size)
    close()
    return index


def _name(split: str, index: SplitIndex) -> str:
    """Of the shard that is being written."""
    return f"{split}-{len(index.files):05d}"


def write_index(folder: Path, vocabulary: int, splits: dict[str, SplitIndex]) -> None:
    write_json(
        folder / "index.json",
        {
            "dtype": token_dtype(vocabulary).name,
            "vocabulary": vocabulary,
            "splits": {name: asdict(split) for name, split in splits.items()},
        },
    )


def token_dtype(vocabulary: int) -> np.dtype[Any]:
    """The smallest of uint16 and uint32 that holds every token number."""
    return np.dtype("<u2" if vocabulary <= 65536 else "<u4")


@dataclass(frozen=True)
class TokenSplit:
    """The shards of one split, mapped into memory: only what is read is loaded."""

    shards: tuple[Tokens, ...]
    offsets: tuple[npt.NDArray[np.int64], ...]
    documents: int
    tokens: int
    bytes: int

    @classmethod
    def open(cls, folder: Path, split: str) -> TokenSplit:
        index = read_json(folder / "index.json")
        facts = index["splits"][split]
        shards = tuple(
            np.memmap(folder / f"{name}.bin", dtype=index["dtype"], mode="r")
            for name in facts["files"]
        )
        offsets = tuple(np.load(folder / f"{name}.npy") for name in facts["files"])
        return cls(shards, offsets, facts["documents"], facts["tokens"], facts["bytes"])

    def __iter__(self) -> Iterator[Tokens]:
        """Each document's tokens, in order."""
        for shard, offsets in zip(self.shards, self.offsets, strict=True):
            for start, end in pairwise(offsets):
                yield shard[start:end]


class WordStarts(Sequence[Words]):
    """For each document of a split, whether each of its tokens begins a word; unpacked on use."""

    def __init__(self, folder: Path, split: str) -> None:
        facts = read_json(folder / "index.json")["splits"][split]
        self._bits, self._places = [], []
        for number, name in enumerate(facts["files"]):
            self._bits.append(np.memmap(folder / f"{name}.words", dtype=np.uint8, mode="r"))
            offsets = np.load(folder / f"{name}.npy")
            self._places += [(number, *pair) for pair in pairwise(offsets.tolist())]

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: Any) -> Any:
        shard, start, end = self._places[index]
        some = self._bits[shard][start // 8 : -(-end // 8)]
        return np.unpackbits(some, bitorder="little")[start % 8 :][: end - start].astype(np.bool_)
