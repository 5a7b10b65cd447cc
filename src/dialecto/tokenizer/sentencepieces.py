"""SentencePiece's `.model` files as tokenizers of the `tokenizers` library, without its own code.

The file is a protocol buffer (sentencepiece_model.proto): pieces with scores and types, how the
text is normalised first, and which of Unigram and BPE the pieces are for.
"""

from __future__ import annotations

import re
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

from dialecto.runtime import DialectoError

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6  # of a piece
UNIGRAM, BPE = 1, 2  # of a model
SPACE = "▁"
_UNLIKELY = -1000.0  # for pieces that no text is split into


def read_model(content: bytes) -> Any:
    """The parsed file. Raises DialectoError when it is none."""
    from google.protobuf.message import DecodeError
    from transformers.convert_slow_tokenizer import import_protobuf

    proto = import_protobuf().ModelProto()
    try:
        proto.ParseFromString(content)
    except DecodeError as error:
        raise DialectoError(f"this is no SentencePiece model: {error}") from error
    if not proto.pieces or proto.trainer_spec.model_type not in (UNIGRAM, BPE):
        raise DialectoError(
            "this is no SentencePiece model of the Unigram or the BPE kind, the only ones that "
            "can be read"
        )
    return proto


def from_sentencepiece(content: bytes) -> Tokenizer:
    """The tokenizer that splits texts as SentencePiece does with this `.model`.

    One thing differs: around a user-defined piece of a BPE model, a space more or less.
    """
    proto = read_model(content)
    spec, rules = proto.trainer_spec, proto.normalizer_spec
    if spec.treat_whitespace_as_suffix:
        raise DialectoError("SentencePiece models that write spaces behind words cannot be read")
    tokenizer = Tokenizer(_model(proto))
    if spec.model_type == UNIGRAM:
        tokenizer.pre_tokenizer = pre_tokenizers.Split(_spelled_out(proto), "merged_with_previous")
    steps: list[Any] = []
    if rules.precompiled_charsmap:
        steps.append(normalizers.Precompiled(rules.precompiled_charsmap))
    if rules.remove_extra_whitespaces:
        steps += [normalizers.Strip(), normalizers.Replace(Regex(" {2,}"), " ")]
    if rules.add_dummy_prefix:
        steps.append(normalizers.Prepend(SPACE))
    tokenizer.normalizer = normalizers.Sequence([*steps, normalizers.Replace(" ", SPACE)])
    back: list[Any] = [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse()]
    if rules.add_dummy_prefix:
        back.append(decoders.Strip(" ", 1, 0))
    tokenizer.decoder = decoders.Sequence(back)
    tokenizer.add_tokens(
        [
            AddedToken(p.piece, normalized=False, special=p.type == CONTROL)
            for p in proto.pieces
            if p.type == CONTROL or (p.type == USER_DEFINED and spec.model_type == BPE)
        ]
    )
    return tokenizer


def _spelled_out(proto: Any) -> Regex:
    """The first letter of each `<s>` or `<0x0A>` in a text: behind it the text is cut, because
    SentencePiece never takes the letters for the piece of that name."""
    names = [p.piece for p in proto.pieces if p.type in (UNKNOWN, CONTROL, BYTE)]
    return Regex("|".join(f"{re.escape(n[0])}(?={re.escape(n[1:])})" for n in names if len(n) > 1))


def _model(proto: Any) -> Any:
    spec = proto.trainer_spec
    fallback = any(p.type == BYTE for p in proto.pieces)
    if spec.model_type == UNIGRAM:
        found = (NORMAL, USER_DEFINED)
        pieces = [(p.piece, float(p.score) if p.type in found else _UNLIKELY) for p in proto.pieces]
        return models.Unigram(pieces, unk_id=spec.unk_id, byte_fallback=fallback)
    from transformers.tokenization_utils_base import generate_merges

    vocabulary = {p.piece: number for number, p in enumerate(proto.pieces)}
    scores = {p.piece: float(p.score) for p in proto.pieces}
    others = {p.piece for p in proto.pieces if p.type != NORMAL}
    return models.BPE(
        vocabulary,
        generate_merges(vocabulary, scores, others),
        unk_token=spec.unk_piece,
        fuse_unk=True,
        byte_fallback=fallback,
    )
