"""SipHash-2-4 over arrays: a keyed hash of 64-bit numbers that nobody without the key can guess.

Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; messages here are the eight
little-endian bytes of each number.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint64]
_START = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
_LENGTH = np.uint64(8 << 56)  # of a message, in the last block's highest byte


def key_of(secret: bytes, use: str) -> tuple[int, int]:
    """128 bits of key for one use, from a secret of any length."""
    derived = hashlib.blake2b(use.encode(), key=secret[:64], digest_size=16).digest()
    return int.from_bytes(derived[:8], "little"), int.from_bytes(derived[8:], "little")


def siphash(numbers: Numbers, key: tuple[int, int]) -> Numbers:
    """The SipHash-2-4 of each number; same shape."""
    state = [
        np.full(numbers.shape, np.uint64(start ^ key[i % 2]), dtype=np.uint64)
        for i, start in enumerate(_START)
    ]
    for block in (numbers, np.broadcast_to(_LENGTH, numbers.shape)):
        state[3] ^= block
        _round(state)
        _round(state)
        state[0] ^= block
    state[2] ^= np.uint64(0xFF)
    for _ in range(4):
        _round(state)
    return np.asarray(state[0] ^ state[1] ^ state[2] ^ state[3])


def _round(v: list[Numbers]) -> None:
    v[0] += v[1]
    v[1] = _rotate(v[1], 13) ^ v[0]
    v[0] = _rotate(v[0], 32)
    v[2] += v[3]
    v[3] = _rotate(v[3], 16) ^ v[2]
    v[0] += v[3]
    v[3] = _rotate(v[3], 21) ^ v[0]
    v[2] += v[1]
    v[1] = _rotate(v[1], 17) ^ v[2]
    v[2] = _rotate(v[2], 32)


def _rotate(values: Numbers, bits: int) -> Numbers:
    return (values << np.uint64(bits)) | (values >> np.uint64(64 - bits))
