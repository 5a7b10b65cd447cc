"""What general compressors achieve: the floor that a language model has to beat.

A compressor is a language model too: its bits per byte are comparable with the model's.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

import zstandard

# Enough of the training text to know its words; also keeps the search tables small.
DICTIONARY_BYTES = 8 * 1024 * 1024
_LEVEL = 19


def gzip_bpb(texts: Iterable[str]) -> float:
    """Bits per UTF-8 byte of DEFLATE at its best level, all texts as one stream.

    It has seen no training text; each text profits from those before it.
    """
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    size = compressed = 0
    for text in texts:
        data = text.encode()
        size += len(data)
        compressed += len(squeeze.compress(data))
    compressed += len(squeeze.flush())
    return 8 * compressed / max(size, 1)


def zstd_bpb(texts: Sequence[str], training: Iterable[str]) -> float:
    """Bits per UTF-8 byte of zstd -19, each text on its own after a dictionary.

    The dictionary is raw training text, at most :data:`DICTIONARY_BYTES` of it: the fair
    counterpart of a model that was trained on that text and reads one document at a time.
    Frames carry neither magic number, size nor checksum.
    """
    known = dictionary_of(training)
    shared = zstandard.ZstdCompressionDict(known, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    parameters = zstandard.ZstdCompressionParameters.from_level(
        _LEVEL,
        window_log=24,  # so that the whole dictionary stays within reach
        format=zstandard.FORMAT_ZSTD1_MAGICLESS,
        write_content_size=False,
        write_checksum=False,
        write_dict_id=False,
    )
    shared.precompute_compress(compression_params=parameters)
    squeeze = zstandard.ZstdCompressor(dict_data=shared, compression_params=parameters)
    size = compressed = 0
    for text in texts:
        data = text.encode()
        size += len(data)
        compressed += len(squeeze.compress(data))
    return 8 * compressed / max(size, 1)


def dictionary_of(training: Iterable[str]) -> bytes:
    """The first training texts, whole, as far as the dictionary has room."""
    parts: list[bytes] = []
    room = DICTIONARY_BYTES
    for text in training:
        data = text.encode()[:room]
        parts.append(data)
        room -= len(data)
        if room <= 0:
            break
    return b"\n".join(parts)[:DICTIONARY_BYTES]
