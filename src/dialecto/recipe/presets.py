"""Shapes by name, from a model for tests to 7 billion parameters, for every architecture.

A name says all parameters, embeddings and unused experts included, with a vocabulary of 32,768
tokens and a context of 2,048: of a small model the embeddings are the larger part. Heads are 64
wide. From 1B on decoders share each key-value head among four heads [arXiv 2305.13245].
"""

from __future__ import annotations

# (layers, width, key-value heads, feed-forward)
Row = tuple[int, int, int, int]
_LLAMA: dict[str, Row] = {
    "tiny": (2, 64, 1, 192),
    "10M": (7, 128, 2, 320),
    "50M": (14, 384, 6, 1024),
    "125M": (11, 768, 12, 2048),
    "350M": (22, 1024, 16, 2752),
    "1B": (20, 2048, 8, 5440),
    "3B": (28, 3072, 12, 8192),
    "7B": (39, 4096, 16, 10944),
}
PRESETS: dict[str, dict[str, Row]] = {
    "qwen3": _LLAMA,
    "llama": _LLAMA,
    "gpt2": {
        "tiny": (2, 64, 1, 256),
        "10M": (6, 128, 2, 512),
        "50M": (13, 384, 6, 1536),
        "125M": (10, 768, 12, 3072),
        "350M": (22, 1024, 16, 4096),
        "1B": (17, 2048, 32, 8192),
        "3B": (25, 3072, 48, 12288),
        "7B": (43, 3584, 56, 14336),
    },
    "qwen3_moe": {
        "tiny": (2, 64, 1, 96),
        "10M": (3, 128, 2, 160),
        "50M": (8, 320, 5, 416),
        "125M": (10, 512, 8, 672),
        "350M": (14, 768, 12, 1024),
        "1B": (16, 1280, 5, 1696),
        "3B": (20, 2048, 8, 2720),
        "7B": (30, 2560, 10, 3424),
    },
    "bert": {
        "tiny": (2, 64, 1, 256),
        "10M": (8, 192, 3, 768),
        "50M": (10, 512, 8, 2048),
        "125M": (14, 768, 12, 3072),
        "350M": (15, 1280, 20, 5120),
        "1B": (18, 2048, 32, 8192),
        "3B": (26, 3072, 48, 12288),
        "7B": (34, 4096, 64, 16384),
    },
    "modernbert": {
        "tiny": (2, 64, 1, 192),
        "10M": (8, 192, 3, 512),
        "50M": (11, 512, 8, 1344),
        "125M": (14, 768, 12, 2048),
        "350M": (16, 1280, 20, 3392),
        "1B": (19, 2048, 32, 5440),
        "3B": (26, 3072, 48, 8192),
        "7B": (34, 4096, 64, 10944),
    },
    "t5": {  # layers of each of the two stacks
        "tiny": (2, 64, 1, 192),
        "10M": (13, 128, 2, 320),
        "50M": (9, 384, 6, 1024),
        "125M": (9, 640, 10, 1728),
        "350M": (14, 896, 14, 2368),
        "1B": (14, 1536, 24, 4096),
        "3B": (20, 2304, 36, 6144),
        "7B": (26, 3072, 48, 8192),
    },
}
