# ruff: noqa: E501 - an expression or a row of a table is clearer in one piece
"""Numbers that stand right behind the name of an identity number, however they are written.

The tables of `identifiers` know the usual forms and the control digits. People also write `50 612
334 Y`, `V.-12.345.678` and `1'032.456.789`, and mistype: beside the very word, the number still
points at somebody. What the tables find wins where both find the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from stdnum.es import dni, nie

from dialecto.corpus.pii.cues import Cues, cues
from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.recogniser import Recogniser, at_cues

# Below what the tables find, above a form of theirs that is only a part, and above any doubt.
_USUAL, _UNUSUAL, _CHECKED = 0.84, 0.95, 0.995

# What may stand between the label and the number: the rest of the label, `n.º`, a sign.
_LINK = (
    r"(?P<link>(?:\s?/\s?[A-Z]{2,5}\b)?(?:[ \t\n]{0,2}(?:"
    r"\b(?:nacional|identidade?|ciudadan[íi]a|extranjer[íi]a|residencia|personal|civil|electoral|profesional|"
    r"[úu]nic[oa]|tributari[oa]|tribut[áa]rio|poblaci[óo]n|identificaci[óo]n|contribuyentes?|afiliaci[óo]n|social|"
    r"corriente|corrente|ahorros?|bancaria|vista|poupança|espa[ñn]ol[a]?|venezolan[oa]|vigente|"
    r"n[úu]m(?:ero|\b)|nro\b|number|no(?=\.)|es|is|el|sob|o|y|de|del|la|bajo)\b"
    r"|\bn[.\s]{0,2}[º°o](?=[\s.:\d])|\bn(?=\.)|[.º°:#=,()-])){0,9}[ \t\n]{0,2})"
)
_PREFIX = r"(?:[A-Z]{1,2}\.?[ ]?[-/]?[ ]?)?"
_DIGITS = r"\d(?:(?:[ .'’/-]|,(?=\d{3}\b)|[ ]-[ ])?\d)*"
_LETTER = r"(?:[ ]?[-./]?[ ]?(?-i:[A-Z])(?!\w)|-?[a-z](?!\w))?"
_CHECK = r"(?:[ ]?[-./–][ ]?[0-9kK](?!\w)|[kK](?!\w))?"
_NO_MORE = r"(?![\w@%€$]|[ ]?(?:€|EUR|USD|euros?|pesos?|d[óo]lares)\b|[-/.,']\d)"
_DATE = re.compile(
    r"\d{1,2}([/.\- ])\d{1,2}\1\d{2,4}|(?:19|20)\d\d[-/.](?:\d\d[-/.]\d\d|(?:19|20)\d\d)"
)
_IS_UNUSUAL = re.compile(r"[ '’/,]|\.-|^[A-Z]")
_GENERAL = _PREFIX + _DIGITS + _LETTER


@dataclass(frozen=True)
class Label:
    """Words that name a number, what it looks like, and how many digits it has.

    A label of two or three letters is one in capitals, or with a sign behind it. `clear`: the
    number must be announced (`n.º`, `:`), since the words alone mean other things too.
    """

    name: str
    words: Cues
    least: int
    most: int
    value: str = _GENERAL
    type: str = "ID"
    clear: bool = False


LABELS = (
    Label("dni", cues("d.n.i.", "n.i.f.", "n.i.e.", "documento nacional de identidad", "documento de identidad", "m.i.", "l.e.", "l.c.", "d.u."), 7, 9),
    Label("document", cues("documento", "doc.", "identidad"), 7, 13, clear=True),
    Label("cif", cues("c.i.f.", "vat", "nipc", "contribuinte"), 7, 9),
    Label("cedula", cues("cédula", "ced.", "céd.", "c.i.", "c.i.p.", "c.i.c.", "c.c.", "c.e.", "p.p.t."), 6, 13),
    Label("card", cues("t.i.", "tarjeta de identidad", "nuip", "carné de identidad", "carnet de identidad", "tarjeta de residencia"), 6, 13),
    Label("rut", cues("r.u.t.", "r.u.n.", "rol único", "rol único nacional", "rol único tributario"), 7, 12, _DIGITS + _CHECK),
    Label("cuit", cues("c.u.i.t.", "c.u.i.l."), 10, 11, _DIGITS),
    Label("nit", cues("n.i.t.", "r.u.c.", "r.n.c.", "r.t.n.", "r.i.f."), 7, 14),
    Label("dpi", cues("d.p.i.", "c.u.i.", "código único de identificación", "documento personal de identificación"), 8, 13),
    Label("dui", cues("d.u.i.", "documento único de identidad"), 9, 9, _DIGITS),
    Label("cpf", cues("c.p.f.", "cnpj", "pis", "pasep", "título eleitoral", "título de eleitor", "cnh"), 11, 14, _DIGITS),
    Label("rg", cues("r.g.", "registro geral", "carteira de identidade", "b.i.", "bilhete de identidade", "cartão de cidadão", "ctps"), 5, 12),
    Label("social", cues("n.s.s.", "nuss", "naf", "s.s.", "seguridad social", "seguro social", "segurança social", "niss"), 10, 12, _DIGITS),
    Label("curp", cues("curp", "clave única de registro"), 6, 8, r"[A-Z]{4}[- ]?\d{6}[- ]?[A-Z]{6}[- ]?[0-9A-Z]{2}"),
    Label("rfc", cues("r.f.c.", "registro federal de contribuyentes", "registro federal"), 6, 9, r"[A-ZÑ&]{3,4}[- ]?\d{6}[- ]?[0-9A-Z]{3}"),
    Label("licence", cues("cédula profesional", "céd. prof.", "ced. prof."), 7, 8, _DIGITS),
    Label("iban", cues("iban"), 14, 30, r"[A-Z]{2}\d{2}(?:[ -]?[0-9A-Z]){11,30}?(?=\s*(?:$|[^\w \t-]|\s[a-z]))", "IBAN"),
    Label("clabe", cues("clabe", "clabe interbancaria", "c.b.u.", "c.v.u."), 18, 22, _DIGITS, "IBAN"),
    Label("account", cues("cuenta", "cta.", "account", "conta", "cuenta corriente", "cuenta bancaria", "cuenta de ahorro", "cuenta de ahorros", "conta corrente", "conta poupança", "cuenta vista"), 6, 24, r"\d(?:[ -]?\d)*(?:-[\dxX])?", "IBAN", clear=True),
)  # fmt: skip
_ANNOUNCED = re.compile(r"[:#=º°]|n[úu]m|nro|number|\bno\b|\bn\b|corrient|corrente|ahorro|bancaria|vista|poupan", re.IGNORECASE)  # fmt: skip


def _find_at(label: Label) -> Callable[[str, int], Iterable[Entity]]:
    shape = re.compile(
        rf"(?P<label>{label.words.pattern.pattern}){_LINK}(?P<v>{label.value}){_NO_MORE}",
        re.IGNORECASE,
    )

    def find_at(text: str, place: int) -> Iterator[Entity]:
        match = shape.match(text, place)
        if match is None:
            return
        value, said = match.group("v"), match.group("label")
        digits = sum(map(str.isdigit, value))
        if not label.least <= digits <= label.most or _DATE.fullmatch(value):
            return
        announced = bool(_ANNOUNCED.search(said + match.group("link")))
        letters = sum(map(str.isalpha, said))
        if (label.clear or (letters < 4 and not said.isupper())) and not announced:
            return
        if letters < 3 and not said.isupper():
            return  # `mi número es`
        score = _UNUSUAL if _IS_UNUSUAL.search(value) else _USUAL
        if value[-1].isalpha() and (dni.is_valid(value) or nie.is_valid(value)):
            score = _CHECKED
        start, end = match.span("v")
        yield Entity(start, end, label.type, value, score, f"labelled.{label.name}")

    return find_at


def _recogniser(label: Label) -> Recogniser:
    return at_cues(f"labelled.{label.name}", (label.type,), _find_at(label), label.words.words)


RECOGNISERS = tuple(map(_recogniser, LABELS))
