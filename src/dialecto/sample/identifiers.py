"""Numbers that belong to people: identifiers, phones, accounts, cards, plates.

All are invented and all pass the check that their country makes (python-stdnum's, and
Uruguay's cédula by its own rule), written in the ways that people write them.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from random import Random

from stdnum import iban, luhn
from stdnum.ar import cuit
from stdnum.br import cnpj, cpf
from stdnum.cl import rut
from stdnum.co import nit
from stdnum.es import dni, nie
from stdnum.mx import curp, rfc
from stdnum.pe import ruc

COUNTRIES = ("ES", "AR", "CL", "MX", "CO", "PE", "BR", "UY")
TAX_COUNTRIES = ("AR", "MX", "CO", "PE", "BR")
_PLATE_LETTERS = "BCDFGHJKLMNPRSTVWXYZ"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def digits(rng: Random, count: int) -> str:
    return "".join(rng.choices("0123456789", k=count))


def _thousands(number: str) -> str:
    return f"{int(number):,}".replace(",", ".")


def _spell(rng: Random, *ways: str) -> str:
    return rng.choice(ways)


def spanish_dni(rng: Random) -> str:
    number = f"{rng.randrange(1_000_000, 99_000_000):08d}"
    letter = dni.calc_check_digit(number)
    dotted = f"{number[:2]}.{number[2:5]}.{number[5:]}"
    return _spell(rng, number + letter, f"{number}-{letter}", f"{dotted}-{letter}", dotted + letter)


def spanish_nie(rng: Random) -> str:
    number = rng.choice("XYZ") + digits(rng, 7)
    letter = nie.calc_check_digit(number)
    return _spell(rng, number + letter, f"{number[0]}-{number[1:]}-{letter}")


def argentine_dni(rng: Random) -> str:
    number = str(rng.randrange(10_000_000, 59_000_000))
    return _spell(rng, number, _thousands(number))


def _dashed_tail(rng: Random, body: str, check: str, *, dots: bool) -> str:
    if dots:
        return _spell(rng, f"{_thousands(body)}-{check}", f"{body}-{check}")
    return f"{body}-{check}"


def argentine_cuit(rng: Random) -> str:
    while True:
        body = rng.choice(("20", "27", "23")) + str(rng.randrange(10_000_000, 59_000_000))
        check = cuit.calc_check_digit(body)
        if check != "10" and len(check) == 1:
            return _spell(rng, f"{body[:2]}-{body[2:]}-{check}", body + check)


def chilean_rut(rng: Random) -> str:
    body = str(rng.randrange(5_000_000, 26_000_000))
    return _dashed_tail(rng, body, rut.calc_check_digit(body), dots=True)


def colombian_cedula(rng: Random) -> str:
    number = str(
        rng.choice((rng.randrange(10_000_000, 99_999_999), rng.randrange(10**9, 2 * 10**9)))
    )
    return _spell(rng, number, _thousands(number))


def colombian_nit(rng: Random) -> str:
    body = str(rng.randrange(800_000_000, 999_999_999))
    return _dashed_tail(rng, body, nit.calc_check_digit(body), dots=True)


def peruvian_dni(rng: Random) -> str:
    return str(rng.randrange(10_000_000, 79_999_999))


def peruvian_ruc(rng: Random) -> str:
    body = "10" + digits(rng, 8)
    return body + ruc.calc_check_digit(body)


def brazilian_cpf(rng: Random) -> str:
    body = digits(rng, 9)
    check = cpf._calc_check_digits(body)
    return _spell(rng, f"{body[:3]}.{body[3:6]}.{body[6:]}-{check}", body + check)


def brazilian_cnpj(rng: Random) -> str:
    body = digits(rng, 8) + "0001"
    check = cnpj.calc_check_digits(body)
    return f"{body[:2]}.{body[2:5]}.{body[5:8]}/{body[8:]}-{check}"


def uruguayan_cedula(rng: Random) -> str:
    """Check digit: weights 2987634 over the seven digits, complement to ten."""
    body = str(rng.randrange(1_000_000, 6_200_000))
    check = -sum(int(d) * w for d, w in zip(body, (2, 9, 8, 7, 6, 3, 4), strict=True)) % 10
    return _spell(rng, f"{_thousands(body)}-{check}", f"{body}-{check}")


def _ascii(name: str) -> str:
    flat = unicodedata.normalize("NFKD", name.upper()).encode("ascii", "ignore").decode()
    return "".join(c for c in flat if c in _LETTERS) or "X"


def _first_vowel(name: str) -> str:
    return next((c for c in name[1:] if c in "AEIOU"), "X")


def _first_consonant(name: str) -> str:
    return next((c for c in name[1:] if c not in "AEIOU"), "X")


def _mexican_initials(given: str, first: str, second: str) -> str:
    a, b, c = _ascii(first), _ascii(second), _ascii(given)
    return a[0] + _first_vowel(a) + b[0] + c[0]


def mexican_curp(
    rng: Random, given: str, first: str, second: str, birth: date, female: bool
) -> str:
    """Initials, birth date, sex, state, inner consonants, century mark and check digit."""
    letters = _mexican_initials(given, first, second)
    if letters in curp._name_blacklist:
        letters = letters[0] + "X" + letters[2:]
    inner = "".join(_first_consonant(_ascii(name)) for name in (first, second, given))
    state = rng.choice(("DF", "JC", "PL", "OC", "VZ", "NL", "GT", "YN"))
    century = rng.choice("0123456789") if birth.year < 2000 else rng.choice("ABCDE")
    body = f"{letters}{birth:%y%m%d}{'M' if female else 'H'}{state}{inner}{century}"
    return body + curp.calc_check_digit(body)


def mexican_rfc(rng: Random, given: str, first: str, second: str, birth: date) -> str:
    letters = _mexican_initials(given, first, second)
    if letters in rfc._name_blacklist:
        letters = letters[:3] + "X"
    body = f"{letters}{birth:%y%m%d}{''.join(rng.choices('ABCDEFGHJKLMNPQRSTUVW123456789', k=2))}"
    return body + rfc.calc_check_digit(body)


def national_phone(rng: Random, country: str) -> tuple[str, str]:
    """A phone in its national and its international form."""
    pick, some = rng.choice, digits
    match country:
        case "ES":
            mobile = rng.random() < 0.6
            head = pick(("60", "61", "62", "63", "64", "65", "67", "71", "72"))
            if not mobile:
                head = pick(("91", "93", "95", "96", "97")) + pick("123456789")
            number = head + some(rng, 9 - len(head))
            a, b, c, d = number[:3], number[3:5], number[5:7], number[7:]
            spaced = pick((f"{a} {b} {c} {d}", f"{a} {number[3:6]} {number[6:]}"))
            return pick((number, spaced)), f"+34 {spaced}"
        case "AR":
            rest = pick("456") + some(rng, 7)
            local = f"{rest[:4]}-{rest[4:]}"
            return f"(011) {local}", pick((f"+54 11 {local}", f"+54 9 11 {local}"))
        case "CL":
            rest = pick("58") + some(rng, 7)
            local = f"9 {rest[:4]} {rest[4:]}"
            return local, f"+56 {local}"
        case "MX":
            rest = pick("5678") + some(rng, 7)
            local = f"55 {rest[:4]} {rest[4:]}"
            return local, f"+52 {local}"
        case "CO":
            rest = pick(("300", "301", "310", "311", "312", "315", "320")) + some(rng, 7)
            local = f"{rest[:3]} {rest[3:6]} {rest[6:]}"
            return local, f"+57 {local}"
        case "PE":
            rest = "9" + pick("1234567") + some(rng, 7)
            local = f"{rest[:3]} {rest[3:6]} {rest[6:]}"
            return local, f"+51 {local}"
        case "BR":
            area = pick(("11", "21", "31", "41", "51", "71"))
            rest = "9" + pick("6789") + some(rng, 7)
            local = f"({area}) {rest[:5]}-{rest[5:]}"
            return local, f"+55 {area} {rest[:5]}-{rest[5:]}"
        case _:
            rest = pick(("91", "92", "94", "95", "98", "99")) + some(rng, 6)
            local = f"0{rest[:2]} {rest[2:5]} {rest[5:]}"
            return local, f"+598 {rest[:2]} {rest[2:5]} {rest[5:]}"


def spanish_iban(rng: Random) -> str:
    """A Spanish account: bank, branch, the two control digits of its own, account."""
    bank = rng.choice(("2100", "0049", "0182", "2080", "3058", "1465"))
    branch, account = digits(rng, 4), digits(rng, 10)
    weights = (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)

    def control(ten: str) -> str:
        rest = 11 - sum(int(d) * w for d, w in zip(ten, weights, strict=True)) % 11
        return {11: "0", 10: "1"}.get(rest, str(rest))

    bban = bank + branch + control("00" + bank + branch) + control(account) + account
    number = "ES" + iban.calc_check_digits("ES00" + bban) + bban
    return _spell(rng, number, " ".join(number[i : i + 4] for i in range(0, 24, 4)))


def card_number(rng: Random) -> str:
    body = rng.choice(("4", "51", "52", "53", "54", "55"))
    body += digits(rng, 15 - len(body))
    number = body + luhn.calc_check_digit(body)
    groups = [number[i : i + 4] for i in range(0, 16, 4)]
    return _spell(rng, number, " ".join(groups), "-".join(groups))


def plate(rng: Random, country: str) -> str:
    """A vehicle's registration plate in the country's current form."""

    def letters(count: int) -> str:
        return "".join(rng.choices(_PLATE_LETTERS, k=count))

    match country:
        case "AR":
            return f"A{letters(1)} {digits(rng, 3)} {letters(2)}"
        case "CL":
            return f"{letters(2)}-{letters(2)}-{digits(rng, 2)}"
        case "BR":
            return f"{letters(3)}-{digits(rng, 4)}"
        case "CO":
            return f"{letters(3)} {digits(rng, 3)}"
        case _:
            return _spell(rng, f"{digits(rng, 4)} {letters(3)}", f"{digits(rng, 4)}{letters(3)}")


def ip_address(rng: Random) -> str:
    """Private networks and the ranges kept for documentation."""
    head = rng.choice(("192.168", "10.20", "172.16", "203.0"))
    third = "113" if head == "203.0" else str(rng.randrange(0, 255))
    return f"{head}.{third}.{rng.randrange(1, 255)}"


def national_id(
    rng: Random, country: str, given: str, first: str, second: str, birth: date, female: bool
) -> tuple[str, str]:
    """(key of the words that introduce it, the number) of a person's own identifier."""
    match country:
        case "ES":
            return ("dni", spanish_dni(rng)) if rng.random() < 0.7 else ("nie", spanish_nie(rng))
        case "AR":
            return "ar_dni", argentine_dni(rng)
        case "CL":
            return "rut", chilean_rut(rng)
        case "MX":
            return "curp", mexican_curp(rng, given, first, second, birth, female)
        case "CO":
            return "cedula", colombian_cedula(rng)
        case "PE":
            return "pe_dni", peruvian_dni(rng)
        case "BR":
            return "cpf", brazilian_cpf(rng)
        case _:
            return "uy_ci", uruguayan_cedula(rng)


def tax_id(
    rng: Random, country: str, given: str, first: str, second: str, birth: date
) -> tuple[str, str]:
    """(key of the words that introduce it, the number) of a tax identifier.

    Only for the countries of TAX_COUNTRIES: elsewhere people use their own identifier.
    """
    match country:
        case "AR":
            return "cuit", argentine_cuit(rng)
        case "MX":
            return "rfc", mexican_rfc(rng, given, first, second, birth)
        case "CO":
            return "nit", colombian_nit(rng)
        case "PE":
            return "ruc", peruvian_ruc(rng)
        case _:
            return "cnpj", brazilian_cnpj(rng)
