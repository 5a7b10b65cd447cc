"""How many tokens a corpus deserves.

The number of distinct words grows about as the square root of a text's length (Heaps' law),
and a model sees each rare token too few times to learn it. Measured on 9 MB of Spanish with
a fixed training time: 4096 tokens gave 1.168 bits per byte, 2048 gave 1.223, 8192 1.205.
"""

from __future__ import annotations

import math

_SMALLEST, _LARGEST = 512, 65536
_TOKENS_PER_ROOT_BYTE = 4096 / math.sqrt(9.4e6)


def vocabulary_size(corpus_bytes: int) -> int:
    """Tokens for a corpus of so many UTF-8 bytes: a multiple of 64 from 512 to 65,536."""
    wanted = _TOKENS_PER_ROOT_BYTE * math.sqrt(max(corpus_bytes, 1))
    return min(max(round(wanted / 64) * 64, _SMALLEST), _LARGEST)


def bytes_per_token(vocabulary: int) -> float:
    """Of documentation and books in Spanish and English, typically.

    Each doubling of the vocabulary adds about half a byte, up to what the large ones of the field
    reach: benchmarks/scaling/probes.csv has 2.6 to 2.8 at 1,024 tokens, 3.1 to 3.4 at 2,048, 3.6
    to 4.0 at 4,096 and 4.4 at 8,192, by corpus (train_bytes / unique_tokens).
    """
    return min(max(2.68 + 0.55 * math.log2(vocabulary / 1024), 1.5), 4.8)
