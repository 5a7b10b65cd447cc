# ruff: noqa: E501 - an expression or a list is clearer in one piece
"""Phone and fax numbers, validated with phonenumbers for the regions that the recipe names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import phonenumbers

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.recogniser import Recogniser, context_distance, digits_of, words

CONTEXT = words(
    r"tel[ée]fonos?",
    r"tels?\.?",
    r"telephones?(?: number)?",
    r"atenci[óo]n(?: general| al (?:cliente|socio|p[úu]blico))?",
    r"enquiries",
    r"tfnos?\.?",
    r"tlfs?\.?",
    r"telfs?\.?",
    r"answering at",
    r"messages? to",
    r"(?:my|your|his|her) registered",
    r"ligar(?: para)?",
    r"telem[óo]ve(?:l|is)",
    r"tf\.?",
    r"m[óo]vil(?:es)?",
    r"celular(?:es)?",
    r"cel\.?",
    r"fax",
    r"llam(?:ar|e|en|ad[ao]?|[áa]me|[ée]|a|ada)(?: al?)?",
    # `llámame al`, `comuníquese con nosotros al`, `escríbanos por WhatsApp al`, `marca el`
    r"(?:ll[áa]m|marc|escr[íi]b|comun[íi]|contact|avis|localiz|telefone|ubic)[^\W\d_]{0,9}(?: [^\W\d_]{1,9}){0,3} (?:al|ao)(?: n[úu]mero)?",
    r"marc[^\W\d_]{0,4} el(?: n[úu]mero)?",
    r"(?:mi|su|tu|el|este) (?:n[úu]mero|tel|tlf|m[óo]vil|cel(?:ular)?|whatsapp|wasap) (?:es|era)(?: el)?",
    r"whatsapp",
    r"wasap",
    r"contact[oae]r?",
    r"phones?",
    r"mobile",
    r"cell",
    r"call(?:ed|ing)?(?: (?:me|us|him|her|them))?(?: (?:at|on))?",
    r"reach(?:ed)?(?: (?:me|us|him|her|them))?(?: (?:at|on))?",
    r"dial",
    r"ring",
    r"text",
    r"telefones?",
    r"extensi[óo]n",
    r"centralita",
    r"(?:contesta|responde|atiende|localizable|est[áa]|answers|available) (?:en|on|at)(?: el| al)?",
)
# Groups of two to four digits parted by one sign, with a country code or an area code in front.
_SHAPE = re.compile(
    r"(?<![\w@=#.,/$€£-])(?P<v>(?:(?P<plus>\(\+|\+|00)\d{1,3}\)?[ .-]?)?(?:\(0?\d{1,5}\)[ .-]?)?"
    r"\d(?:[ .-]?\d){4,12}(?: ?(?:ext|int|x)\.? ?\d{1,5})?)(?![\w@%€$£]|[.,/:]\d|-[xX]\b| ?(?:€|EUR|USD|MB|GB|KB|ms|mg|ml|kg)\b)"
)
_GROUPED = re.compile(
    r"\d{3}[ .-]\d{3}[ .-]\d{3}|\d{3}[ .-]\d{2}[ .-]\d{2}[ .-]\d{2}|\d{2}[ .-]\d{3}[ .-]\d{2}[ .-]\d{2}"
    r"|(?:\d{1,5}[ .-])?\d{3,4}[ .-]\d{4}|(?:9 )?\d{2,4}[ .-]\d{3,4}[ .-]\d{4}|\(\d{1,5}\)[ .-]?\d[\d .-]{4,11}\d"
    r"|\d{3}[ .-]\d{3}[ .-]\d{4}|\d \d{4} \d{4}|\d \d{3} \d{2} \d{2}|0?\d{3} \d{3} \d{3}|0\d{4} \d{5,6}"
)
_NUMBER = re.compile(r"(?i)(?<!\w)(?:n[úu]mero|number)(?: es| is)?(?: el)?[:.,]?\s{1,2}$")
# `976 765 553 (fax)`, `(37) 788-063-Office`.
_NAMED_AFTER = re.compile(
    r"[ -]{0,2}\(?(?:office|fax|mobile|cell|home|work|m[óo]vil|fijo|casa|trabajo|oficina|celular)\b",
    re.IGNORECASE,
)
_BLOCKS = re.compile(r"\d{4}([ .-])\d{4}\1\d{4}")  # a card or a code, not a phone
_DATE = re.compile(
    r"(?:19|20)\d\d[-– ](?:19|20)\d\d|(?:19|20)\d\d[-. ]\d\d?[-. ]\d\d?|\d\d?[-. ]\d\d?[-. ](?:19|20)\d\d"
)


@lru_cache(maxsize=8192)
def region_of(value: str, regions: tuple[str, ...]) -> str | None:
    """The first region where this is a valid number, as it would be dialled there."""
    for region in regions:
        try:
            number = phonenumbers.parse(value, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.region_code_for_number(number) or region
    return None


def is_possible(value: str, regions: tuple[str, ...]) -> bool:
    """Whether a number could be dialled in some region; for those that context vouches for."""
    for region in regions:
        try:
            number = phonenumbers.parse(value, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            return True
    return False


def recogniser(regions: Iterable[str]) -> Recogniser:
    """Phones of these regions; numbers with a `+` are accepted from anywhere."""
    wanted = tuple(regions) or ("ES",)

    def find(text: str, start: int, end: int) -> Iterator[Entity]:
        for match in _SHAPE.finditer(text, start, end):
            value, begin = match.group("v"), match.start("v")
            if not _may_be_dialled(value):
                continue
            near = context_distance(text, begin, CONTEXT)
            # "number" alone may be any number's: whoever knows better wins.
            vague = near is None and bool(_NUMBER.search(text, max(0, begin - 24), begin))
            if vague:
                near = 12
            if near is None and _NAMED_AFTER.match(text, match.end("v")):
                near = 0
            if near is None and len(set(value) & set("0123456789")) < 3:
                continue  # 2222-3333 may as well be a code
            score = _judge(
                value,
                bool(match.group("plus")),
                near,
                _alone(text, *match.span("v")),
                wanted,
            )
            if score and near is not None:
                score += -0.1 if vague else 0.09 - near / 1000
            if score:
                yield Entity(begin, match.end("v"), "PHONE", value, min(score, 0.999), "phone")

    return Recogniser("phone", ("PHONE",), find, digits=6)


def _may_be_dialled(value: str) -> bool:
    digits = digits_of(value)
    return 6 <= len(digits) <= 15 and len(set(digits)) > 1 and not _DATE.fullmatch(value)


def _alone(text: str, start: int, end: int) -> bool:
    """Whether a number has its line, or its cell of a table, to itself."""
    return text[start - 1 : start] in {"", "\n", "\t", "|"} and text[end : end + 1] in {
        "",
        "\n",
        "\t",
        "|",
    }


def _judge(
    value: str, plus: bool, near: int | None, alone: bool, regions: tuple[str, ...]
) -> float:
    """How sure a number is a phone's; 0: it is not. `near`: characters from a word to it."""
    context = near is not None
    digits = digits_of(value)
    if plus:
        international = "+" + digits_of(value).removeprefix("00")
        if region_of(international, regions):
            return 0.95
        return 0.8 if context or ("+" in value and len(digits) >= 10) else 0.0
    if context:
        if region_of(value, regions):
            return 0.88
        if len(digits) < 7 or (
            near is not None and near > 4 and not is_possible(value, (*regions, "US"))
        ):
            return 0.0
        return 0.72
    if _GROUPED.fullmatch(value) and not _BLOCKS.fullmatch(value) and len(digits) >= 8:
        if "." in value and "-" not in value and " " not in value:
            return 0.0  # 1.234.567.890 is an amount
        if region_of(value, regions):
            return 0.75
        return 0.0
    bare = len(digits) == len(value) == 9 and "ES" in regions
    if bare and (value[0] in "67" or (alone and value[0] in "89")):
        return 0.7 if region_of(value, ("ES",)) else 0.0
    return 0.0
