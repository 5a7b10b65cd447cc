"""Words of a domain become vocabulary, and everything else stays as it was."""

from __future__ import annotations

import io
from typing import Any

import pytest
import sentencepiece
from tokenizers import Tokenizer, models, trainers

from dialecto.recipe import TokenizerSection
from dialecto.runtime import DialectoError
from dialecto.tokenizer.extend import extend
from dialecto.tokenizer.kinds import train_unigram, train_wordpiece
from dialecto.tokenizer.make import make_tokenizer
from dialecto.tokenizer.sentencepieces import from_sentencepiece
from dialecto.tokenizer.train import SPECIAL_TOKENS, train_bpe

OLD = ["The quick brown fox jumps over the lazy dog, again and again.\n"] * 20
DOMAIN = [
    "La almazara prensa la aceituna; el alpechín de la almazara se recoge aparte. ¿Acidez? 0,3.",
    "Almazara y aceituna: la acidez del aceite de la almazara.",
] * 10


def sentencepiece_bpe() -> Tokenizer:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(OLD), model_writer=model, model_type="bpe", vocab_size=330,
        hard_vocab_limit=False, byte_fallback=True, minloglevel=2,
    )  # fmt: skip
    return from_sentencepiece(model.getvalue())


MADE: dict[str, Any] = {
    "bpe": lambda: train_bpe(OLD, vocabulary=330),
    "wordpiece": lambda: train_wordpiece(OLD, vocabulary=560),
    "unigram": lambda: train_unigram(OLD, vocabulary=330),
    "sentencepiece": sentencepiece_bpe,
}


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("wanted", [20, ["almazara", "aceituna"]], ids=["most useful", "list"])
def test_domain_words_are_added_and_old_texts_split_as_before(kind: str, wanted: Any) -> None:
    old = MADE[kind]()
    found = extend(old, DOMAIN, wanted)
    new = found.tokenizer
    assert found.after < found.before
    assert 0 < len(found.added) <= (20 if wanted == 20 else 60)
    assert new.get_vocab().items() >= old.get_vocab().items()
    numbers = sorted(new.get_vocab().values())
    assert numbers == list(range(len(numbers)))
    if kind != "unigram":  # a likelier piece may be found in an old word too
        assert new.encode(OLD[0]).ids == old.encode(OLD[0]).ids
    for text in [*OLD[:1], *DOMAIN[:2]]:
        back = new.decode(new.encode(text).ids, skip_special_tokens=False)
        assert back == old.decode(old.encode(text).ids, skip_special_tokens=False)
    if wanted != 20:
        for word in wanted:
            assert len(new.encode(f"x {word}").ids) - len(new.encode("x").ids) == 1
            assert len(new.encode(word).ids) == 1


def test_the_pairs_are_those_that_training_would_join_next() -> None:
    """Extending a vocabulary of bytes is training."""
    learnt = train_bpe(DOMAIN, vocabulary=300)
    bare = train_bpe([], vocabulary=300)
    extended = extend(bare, DOMAIN, 300 - bare.get_vocab_size()).tokenizer
    assert len(learnt.get_vocab()) == len(extended.get_vocab()) == 300
    ours, theirs = ([len(t.encode(x).ids) for x in DOMAIN] for t in (extended, learnt))
    assert sum(ours) == pytest.approx(sum(theirs), rel=0.02)  # ties are broken otherwise


def test_a_word_that_is_cut_before_the_vocabulary_is_asked_is_skipped() -> None:
    found = extend(MADE["bpe"](), DOMAIN, ["aceite-de-oliva", "acidez"])
    assert found.skipped == ("aceite-de-oliva",)


def test_the_special_tokens_of_an_extended_tokenizer(tmp_path: Any) -> None:
    train_bpe(OLD, vocabulary=330).save(str(tmp_path / "tokenizer.json"))
    section = TokenizerSection(base="x", extend=10, extra_special_tokens=["<x>"])
    made = make_tokenizer(section, lambda: DOMAIN, vocabulary=0, base=tmp_path)
    specials = [made.tokenizer.token_to_id(name) for name in (*SPECIAL_TOKENS, "<x>")]
    assert None not in specials
    assert made.extended
    assert len(made.extended.added) == 10
    made.tokenizer.encode_special_tokens = True
    assert not set(specials) & set(made.tokenizer.encode("almazara <x> <|endoftext|>").ids)


def test_what_cannot_be_extended_is_answered_in_words() -> None:
    words = Tokenizer(models.WordLevel(unk_token="?"))
    words.train_from_iterator(OLD, trainers.WordLevelTrainer(special_tokens=["?"]))
    with pytest.raises(DialectoError, match="WordLevel"):
        extend(words, DOMAIN, 5)
    wordpiece = train_wordpiece(OLD, vocabulary=560)
    wordpiece.add_tokens(["extra"])
    with pytest.raises(DialectoError, match="behind its vocabulary"):
        extend(wordpiece, DOMAIN, 5)
