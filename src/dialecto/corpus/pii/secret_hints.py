"""Which secrets a text can hold at all, told from its words.

Each form of a secret has plain strings that it cannot do without. A hundred searches for them
would take longer than all other recognisers together; whether a word may be a part of one of
them is asked once for each word, and nearly always all answers of a text are no.
"""

from __future__ import annotations

import re
from functools import cache, reduce
from operator import add, or_

from dialecto.corpus.pii.reading import TOKEN, PerWord, read
from dialecto.corpus.pii.secret_forms import FORMS, Form

_LABELS = 1 << len(FORMS)
# Words of labels; the last ones only where no other letter follows.
_LABEL_WORD = re.compile(
    r"contrase|contrasinal|palabra|pasahitza|palavra|senha|passw|passphrase|passcode|pwd|clave|key|secret|"
    r"token|identified|verificaci|verification|credencial|credential|mnemonic|phrase|semilla|wifi|(?:pass|pin|puk|cv[vc])(?![a-z])"
)


def secrets_in(text: str) -> tuple[tuple[Form, ...], bool]:
    """The forms that the text's words allow, and whether one is a label's (`password`)."""
    found = reduce(or_, set(map(_SECRETS_OF.__getitem__, set(read(text).words))), 0)
    return _forms(found & (_LABELS - 1)), bool(found & _LABELS)


@cache
def _forms(numbers: int) -> tuple[Form, ...]:
    return tuple(form for number, form in enumerate(FORMS) if numbers >> number & 1)


def _part_of(hint: str) -> tuple[str, bool, bool]:
    """The longest run of letters in a hint, and whether a word must begin or end with it.

    Of a hint without a run of two letters, its last sign.
    """
    runs = list(TOKEN.finditer(hint))
    run = max(runs, key=lambda match: len(match.group()) if match.group().isalpha() else 0)
    if len(run.group()) > 1 and run.group().isalpha():
        return run.group(), run.start() > 0, run.end() < len(hint)
    return next(m.group() for m in reversed(runs) if not m.group().isalnum()), True, True


_BY_SIGN: dict[str, int] = {}
_BY_PAIR: dict[str, list[tuple[str, bool, bool, int]]] = {}
for _number, _form in enumerate(FORMS):
    for _hint in _form.hints:
        _part, _first, _last = _part_of(_hint)
        if len(_part) == 1:
            _BY_SIGN[_part] = _BY_SIGN.get(_part, 0) | 1 << _number
        else:
            _BY_PAIR.setdefault(_part[:2], []).append((_part, _first, _last, 1 << _number))


def _secrets_of(word: str) -> int:
    """A bit for each form that the word may announce, and one for labels."""
    if not word.isalpha():
        return _BY_SIGN.get(word, 0)
    found = _LABELS if _LABEL_WORD.search(word.lower()) else 0
    for at, pair in enumerate(map(add, word, word[1:])):
        for part, first, last, bit in _BY_PAIR.get(pair, ()):
            early, late = first and at, last and at + len(part) < len(word)
            if not early and not late and word.startswith(part, at):
                found |= bit
    return found


_SECRETS_OF = PerWord(_secrets_of)
