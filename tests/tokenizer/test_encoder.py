"""The table of words gives the tokens that the tokenizer gives."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from dialecto.tokenizer import encoder
from dialecto.tokenizer.encoder import Encode, text_encoder
from dialecto.tokenizer.kinds import add_special_tokens, train_unigram, train_wordpiece
from dialecto.tokenizer.shards import encode_texts
from dialecto.tokenizer.train import SPECIAL_TOKENS, train_bpe

TEXTS = [
    "La cooperativa abre a las 9:30. ¿Cuánto cuesta el aceite? Cuesta 12,50 €.\r\n\r\n",
    "  def f(x):\n\t\treturn x_1 + 1234567  # «más» … ½ ª\x1c\x85\xa0 \u2028fin   ",
    "日本語 y ñandú <|endoftext|> a\u0301 \U0001f600",
    "",
] * 5
BPE = train_bpe(TEXTS, vocabulary=420)
UNIGRAM = train_unigram(TEXTS, vocabulary=420)
add_special_tokens(UNIGRAM, SPECIAL_TOKENS)
MADE = {"bpe": BPE, "unigram": UNIGRAM}


def fast_encoder(tokenizer: Tokenizer) -> Encode:
    return text_encoder(tokenizer, lambda texts: encode_texts(tokenizer, texts), processors=1)


FAST = {kind: fast_encoder(tokenizer) for kind, tokenizer in MADE.items()}
# Many spaces, line ends and letters that are told apart.
TRICKY = st.text(
    st.one_of(
        st.sampled_from(" \n\r\t  a1.ñÑ_'\x1c\x1f\x85\xa0\u202f€²½ª…"),
        st.characters(max_codepoint=0x24F),
        st.characters(codec="utf-8"),
    ),
    max_size=60,
)


@pytest.mark.parametrize("kind", FAST)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine
@given(st.lists(TRICKY, max_size=4))
def test_the_table_and_the_tokenizer_agree(kind: str, texts: list[str]) -> None:
    plain = encode_texts(MADE[kind], [*texts, *TEXTS[:4]])
    fast = FAST[kind]([*texts, *TEXTS[:4]])
    assert [tokens.tolist() for tokens in fast] == [tokens.tolist() for tokens in plain]


def test_every_settled_letter_is_split_alike() -> None:
    letters = [chr(c) for c in encoder._SETTLED]
    texts = [f"a{x}b {x} {x}{x}1{x}. {x}\n  {x}" for x in letters]
    plain = encode_texts(BPE, texts)
    fast = FAST["bpe"](texts)
    assert [tokens.tolist() for tokens in fast] == [tokens.tolist() for tokens in plain]


def test_a_full_table_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "_TABLE", 3)
    fast = fast_encoder(BPE)(TEXTS)
    assert [t.tolist() for t in fast] == [t.tolist() for t in encode_texts(BPE, TEXTS)]


def test_vocabularies_that_split_otherwise_are_left_to_themselves() -> None:
    wordpiece = train_wordpiece(TEXTS, vocabulary=700)
    add_special_tokens(wordpiece, SPECIAL_TOKENS)
    assert not encoder._splits_as_ours(wordpiece)
    assert encoder._splits_as_ours(BPE)
    fast = fast_encoder(wordpiece)(TEXTS)
    assert [t.tolist() for t in fast] == [t.tolist() for t in encode_texts(wordpiece, TEXTS)]
