# ruff: noqa: E501 - a row of a table is clearer in one piece
"""The page of what is recognised, from the tables: `python -m dialecto.corpus.pii.reference`."""

from __future__ import annotations

from dialecto.corpus.pii.identifiers import IDENTIFIERS
from dialecto.corpus.pii.identifiers.identifier import Identifier
from dialecto.corpus.pii.presidio import TYPES
from dialecto.corpus.pii.secret_forms import FORMS
from dialecto.recipe.pii import COUNTRIES

HEAD = """# Personal data that is recognised

This page is made from the code: `python -m dialecto.corpus.pii.reference >
docs/reference/personal-data.md`. How to choose what is done with it:
[how-to/personal-data.md](../how-to/personal-data.md).

## Identifiers by country

A number whose control digits are right is found wherever it stands if it is written in a form of
its own (*alone*); otherwise a word such as the one in the example must stand before it (*with its
word*). What has no control digits always needs its word. Right behind its very name (`DNI`, `cédula`,
`CPF`, `RUT`, `CURP`, `cuenta n.º`...) a number of about the right length is found even if it was mistyped
or is written in an unusual way (`50 612 334 Y`, `V.-12.345.678`). Examples are published ones or made by
the rule.
"""
_NAMES = {
    **{"ES": "Spain", "PT": "Portugal", "BR": "Brazil", "AR": "Argentina", "BO": "Bolivia"},
    **{"CL": "Chile", "CO": "Colombia", "CR": "Costa Rica", "CU": "Cuba", "EC": "Ecuador"},
    **{"DO": "Dominican Republic", "SV": "El Salvador", "GT": "Guatemala", "HN": "Honduras"},
    **{"MX": "Mexico", "NI": "Nicaragua", "PA": "Panama", "PY": "Paraguay", "PE": "Peru"},
    **{"PR": "Puerto Rico", "UY": "Uruguay", "VE": "Venezuela"},
}
ELSEWHERE = """## Everywhere

| type | what |
|---|---|
| `PHONE` | Valid numbers (phonenumbers) of the recipe's regions, national or international form; with a `+`, of any country |
| `EMAIL`, `USERNAME` | Addresses, also spelt out (`ana [arroba] ejemplo [punto] es`); handles, accounts in logs and settings, home folders, and the part of a profile's web address that names somebody |
| `IBAN`, `CARD` | By their check digits (ISO 7064, Luhn) and, for cards, the first digits of the networks |
| `PLATE` | Vehicle plates of Spain, Portugal and Latin America, with their word; Spanish ones alone |
| `ADDRESS` | Kind of street, name, number, door, postal code and town; PO boxes |
| `BIRTH_DATE`, `DATE` | Dates in words and in figures; of birth when a word says so |
| `RECORD` | Numbers of medical records, policies, files, contracts and cases, after their label |
| `IP` | IPv4, IPv6 and MAC addresses; not versions, not loopback or masks |
| `URL` | Whole web addresses, when `policies` names them: most show nobody |
| `COORDINATES` | Pairs of degrees: decimals, or minutes and seconds |
| `NAME`, `PLACE`, `ORGANISATION`, `FAMILY`, `PROFESSION`, `AGE`, `SEX` | By a trained model, lists and rules |
"""


def reference() -> str:
    """Markdown: a table of identifiers for each country, then what is the same everywhere."""
    lines = [HEAD]
    for country in COUNTRIES:
        rows = [row for row in IDENTIFIERS if country in row.countries]
        if country == "PR":
            rows += [row for row in IDENTIFIERS if row.name == "us.ssn"]
        lines += _table(f"{_NAMES[country]} (`{country}`)", rows)
    others = [row for row in IDENTIFIERS if not set(row.countries) & set(COUNTRIES)]
    lines += _table("Any region", others)
    lines.append(ELSEWHERE)
    lines += [
        "## Secrets",
        "",
        "Always removed, whatever the recipe says of personal data: what follows labels such as "
        "`contraseña:`, `clave =`, `password=`, `api_key:`, `Authorization: Bearer`, passwords in "
        "addresses (`https://user:password@host`), `.netrc` and command lines, private keys (PEM, "
        "OpenSSH, PGP, PuTTY), and by their form: "
        + ", ".join(f"`{form.name}`" for form in FORMS)
        + ".",
        "",
        "## Presidio's names",
        "",
        "Recognisers of Presidio give their findings these types; national ones (`ES_NIF`, "
        "`US_SSN`) are `ID`, others keep their name.",
        "",
        "| Presidio | here |",
        "|---|---|",
        *(f"| `{theirs}` | `{ours}` |" for theirs, ours in TYPES.items()),
    ]
    return "\n".join(lines) + "\n"


def _table(title: str, rows: list[Identifier]) -> list[str]:
    lines = [f"### {title}", ""]
    lines += [
        "| identifier | of | example | found | checked by | source |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        found = " or ".join(
            how for how, shape in (("alone", row.strong), ("with its word", row.weak)) if shape
        )
        lines.append(
            f"| {row.title} | {row.holder} | {row.label} {row.example} | {found} | "
            f"{row.checked_by} | {row.source} |"
        )
    return [*lines, ""]


if __name__ == "__main__":
    print(reference(), end="")
