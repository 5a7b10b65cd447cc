"""Secrets: every shape of key and password goes, and placeholders and plain words stay."""

from __future__ import annotations

import random
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialecto.corpus.pii.entity import Entity, without_overlaps
from dialecto.corpus.pii.protection import Protection
from dialecto.corpus.pii.secret_tables import table_secrets
from dialecto.corpus.pii.secrets import secret_entities
from dialecto.recipe.pii import Pii

_ALNUM = string.ascii_letters + string.digits
_draw = random.Random(20)


def drawn(count: int, letters: str = _ALNUM) -> str:
    """Made up at every run of the module, from a fixed seed: no key here was ever anybody's."""
    return "".join(_draw.choice(letters) for _ in range(count))


_B64 = _ALNUM + "+/"
_PEM = "-----BEGIN {0}-----\n" + drawn(64) + "\n" + drawn(40) + "=\n-----END {0}-----"
WHOLE = {
    "aws": "AKIA" + drawn(14, string.ascii_uppercase) + "27",
    "github": "ghp_" + drawn(36),
    "github fine-grained": "github_pat_" + drawn(22) + "_" + drawn(59),
    "gitlab": "glpat-" + drawn(20),
    "slack": "xoxb-123456789012-1234567890123-" + drawn(24),
    "stripe": "sk_live_" + drawn(24),
    "stripe test": "rk_test_" + drawn(24),
    "google": "AIza" + drawn(35),
    "google oauth": "ya29." + drawn(60),
    "openai": "sk-proj-" + drawn(48) + "aA1",
    "anthropic": "sk-ant-api03-" + drawn(90),
    "azure client": "abc8Q~" + drawn(34),
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + drawn(43),
    "npm": "npm_" + drawn(36),
    "pypi": "pypi-AgEIcHlwaS5vcmc" + drawn(60),
    "huggingface": "hf_" + drawn(34),
    "sendgrid": "SG." + drawn(22) + "." + drawn(43),
    "twilio": "SK" + drawn(32, "0123456789abcdef"),
    "mailchimp": drawn(32, "0123456789abcdef") + "-us12",
    "telegram": "123456789:AA" + drawn(33),
    "digitalocean": "dop_v1_" + drawn(64, "0123456789abcdef"),
    "rsa": _PEM.format("RSA PRIVATE KEY"),
    "openssh": _PEM.format("OPENSSH PRIVATE KEY"),
    "encrypted": _PEM.format("ENCRYPTED PRIVATE KEY"),
    "bcrypt": "$2b$12$" + drawn(53, _ALNUM + "./"),
}
LABELLED = [  # the secret stands between the marks
    "aws_secret_access_key = ⟦" + drawn(40, _B64) + "⟧",
    "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=⟦" + drawn(86, _B64) + "==⟧;End=x",
    "Endpoint=sb://x/;SharedAccessKeyName=Root;SharedAccessKey=⟦" + drawn(43, _B64) + "=⟧",
    "machine api.example.org login ana password ⟦s3cr3tisimo⟧",
    "machine a.example\n  login ana\n  password ⟦Zr7kq!⟧\n",
    "contraseña: ⟦S3creta!23⟧",
    "Contraseña: ⟦hunter2⟧.",
    "clave = ⟦xK9#mm2p⟧",
    "clave:⟦Qwerty12⟧",
    "clave=⟦hunter2⟧",
    "Clave: ⟦839201⟧.",
    "su clave de acceso es ⟦839201⟧ y caduca",
    "usuario admin y contraseña ⟦admin123⟧",
    "La contraseña del servidor es: ⟦Gato2024!⟧",
    "la clave es ⟦Xk29!mm⟧ desde ayer",
    "Contraseña del wifi: ⟦Caballo2024⟧",
    "**Contraseña:** ⟦Ab12cd34⟧",
    "| Contraseña | ⟦Tr0ub4dor&3⟧ |",
    "usuario: ana / contraseña: ⟦luna2020⟧, y ya está",
    "(contraseña: ⟦luna2020⟧)",
    "contraseña = '⟦mariposa⟧'",
    'password = "⟦hunter⟧"',
    "DB_PASSWORD=⟦s3cr3t!x⟧",
    "spring.datasource.password=⟦Pa55w0rd⟧",
    "<password>⟦Zx81spectrum⟧</password>",
    '{"password": "⟦q1 w2 e3 r4⟧"}',
    "Server=db;User Id=sa;Password=⟦My$ecret1⟧;Database=x",
    "postgresql://ana:⟦hunter2⟧@db.example.org/x",
    "Authorization: Bearer ⟦" + drawn(30) + "9⟧",
    "Authorization: Basic ⟦YW5hOnNlY3JldG8=⟧",
    "curl -u ana:⟦S3cret⟧ https://example.org",
    "sshpass -p ⟦hunter22⟧ ssh ana@example.org",
    "ALTER LOGIN x WITH PASSWORD = '⟦yghn)(*&4fdg^⟧'",
    "ALTER USER a IDENTIFIED BY '⟦Zx81spectrum⟧'",
    "client_secret: ⟦" + drawn(40) + "⟧",
    'apiKey: "⟦' + drawn(32) + '⟧"',
    "x-api-key: ⟦" + drawn(32) + "⟧",
    "Mi PIN: ⟦4821⟧",
    "senha: ⟦Abacaxi99⟧",
    "secret_key_base: ⟦" + drawn(64, "0123456789abcdef") + "⟧",
    "//registry.npmjs.org/:_authToken=⟦" + drawn(36) + "⟧",
    'PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: ⟦2\n' + drawn(64) + "\n" + drawn(30) + "⟧\n",
]  # fmt: skip
NONE = [
    "password=****",
    "password: <your-password>",
    "contraseña: la que usted elija",
    "Contraseña: obligatoria",
    "Contraseña: mínimo 8 caracteres",
    "contraseña: ********",
    "contraseña: <contraseña>",
    "contraseña = @password",
    "la contraseña que le hemos enviado por correo",
    "clave: primaria",
    "clave externa: FK_Orders_2",
    "La clave es la constancia.",
    "clave = 'nombre'",
    "clave1: valor1, clave: columna2, clave: 28",
    "password = os.environ['X']",
    "password = getpass()",
    "password=$PASSWORD",
    "password: ${DB_PASSWORD}",
    "password = {{ password }}",
    "password = None",
    "password = your_password",
    "PASSWORD = 'xxxxxxxx'",
    "password: [REDACTED]",
    "password policy: 12 characters",
    "api_key = YOUR_API_KEY",
    "token: string",
    "The token is valid for 3600s",
    "Authorization: Bearer $TOKEN",
    "https://user:password@host.example",
    "https://example.org:8080/x@y",
    "spin: 1234x5 monkey: banana12",
    "sk-loading-animation-container-wide",
    "Culture=neutral, PublicKeyToken=89845dcd8080cc91",
    "primary key = 'CustomerID'",
    "clave: SHA256",
    "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
]


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("around", ["{}", "use {} now", '"{}",', "x = {}\n"])
def test_keys_are_known_by_their_form(name: str, around: str) -> None:
    found = secret_entities(around.format(WHOLE[name]))
    assert [entity.text for entity in found] == [WHOLE[name]]


@pytest.mark.parametrize("marked", LABELLED)
def test_what_stands_behind_a_label(marked: str) -> None:
    value = marked[marked.index("⟦") + 1 : marked.index("⟧")]
    text = marked.replace("⟦", "").replace("⟧", "")
    assert [entity.text for entity in secret_entities(text)] == [value]


@pytest.mark.parametrize("text", NONE)
def test_placeholders_and_words_are_no_secrets(text: str) -> None:
    assert secret_entities(text) == []


def test_a_key_whose_end_was_cut_off_goes_with_its_lines() -> None:
    text = "-----BEGIN PRIVATE KEY-----\n" + drawn(64) + "\n" + drawn(64) + "\n\nFin."
    (found,) = secret_entities(text)
    assert text[: found.start] + text[found.end :] == "\n\nFin."


def test_detect_secrets_finds_nothing_that_we_do_not() -> None:
    """Its plug-ins for issuers' keys, without the entropy ones, on what they are made for."""
    from detect_secrets.core import scan
    from detect_secrets.settings import transient_settings

    names = [
        *("AWSKeyDetector", "AzureStorageKeyDetector", "BasicAuthDetector", "JwtTokenDetector"),
        *("DiscordBotTokenDetector", "GitHubTokenDetector", "GitLabTokenDetector", "NpmDetector"),
        *("MailchimpDetector", "OpenAIDetector", "PrivateKeyDetector", "PypiTokenDetector"),
        *("SendGridDetector", "SlackDetector", "SquareOAuthDetector", "StripeDetector"),
        *("TelegramBotTokenDetector", "TwilioKeyDetector"),
    ]
    plugins = [{"name": name} for name in names]
    lines = [*WHOLE.values(), *(m.replace("⟦", "").replace("⟧", "") for m in LABELLED)]
    theirs = 0
    with transient_settings({"plugins_used": plugins}):
        for text in lines:
            for line in text.splitlines():
                if list(scan.scan_line(line)):
                    theirs += 1
                    assert secret_entities(text), line
    assert theirs >= 12


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=200),
    st.sampled_from(
        ["contraseña", "password", "token", "api_key", "-----BEGIN PRIVATE KEY", "sk-"]
    ),
    st.text(max_size=200),
)
def test_any_text_can_be_searched(before: str, label: str, after: str) -> None:
    text = before + label + after
    for entity in secret_entities(text):
        assert text[entity.start : entity.end] == entity.text
        assert entity.text


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("contraseña: caballo", "caballo"),
        ("contraseña = perro\nusuario: ana", "perro"),
        ("password: letmein", "letmein"),
        ("Contraseña:\nTr0ub4dor3", "Tr0ub4dor3"),
        ("password: |\n  Tr0ub4dor3", "Tr0ub4dor3"),
        ("contraseña → verano2024", "verano2024"),
        ("he cambiado la contraseña a verano2024", "verano2024"),
        ("mi clave es verano2024 y el usuario ana", "verano2024"),
        ("palabra de paso: verano2024", "verano2024"),
        ('<add key="Password" value="Tr0ub4dor3"/>', "Tr0ub4dor3"),
        ("mysql -u root -pverano2024 db", "verano2024"),
        ("use dckr_pat_V7nUn34VND7TI2Ax8m5N8AE5XAE now", "dckr_pat_V7nUn34VND7TI2Ax8m5N8AE5XAE"),
    ],
)
def test_passwords_as_people_hand_them_on(text: str, secret: str) -> None:
    assert [e.text for e in secret_entities(text)] == [secret]


@pytest.mark.parametrize(
    "text",
    [
        "Contraseña: obligatoria",
        "contraseña: incorrecta",
        "Contraseña: recuperación por correo",
        "password: string",
        "password: required",
        "Palabra clave: privacidad",
        "La contraseña es personal e intransferible.",
        "Cambie la contraseña a menudo y la clave por otra.",
        "contraseña:\nDebe tener ocho letras",
        "mysql -u root -p db",
    ],
)
def test_prose_about_passwords_stays(text: str) -> None:
    assert secret_entities(text) == []


SAID = [  # what is marked goes, and nothing else
    "pon ⟦Verano2024⟧ como contraseña",
    "He puesto ⟦M4drid!9⟧ como clave",
    "utiliza «⟦mariposa⟧» como contraseña",
    "Le puse ⟦perrito1⟧ de clave",
    "teclea el ⟦4821⟧ como PIN",
    "set ⟦Summer2024⟧ as your password",
    'La contraseña es "⟦mariposa⟧".',
    "La contraseña es: ⟦mariposa⟧",
    "La contraseña es ⟦Mariposa⟧.",
    'the password is "⟦butterfly⟧"',
    "el pin de la tarjeta es el ⟦4821⟧",
    "Código PIN ⟦4821⟧",
    "PUK: ⟦12345678⟧",
    "el CVV es ⟦123⟧",
    "la clave de la alarma es ⟦7719⟧",
    "Su código de verificación es ⟦839201⟧",
    "usuario: admin, contraseña: ⟦admin⟧",
    "credenciales: ana / ⟦luna2020!⟧",
    "La WiFi es ⟦Caballo2024⟧",
    'password: "⟦correct horse battery staple⟧"',
    '- name: DB_PASSWORD\n  value: "⟦Tr0ub4dor3⟧"',
    "Server=x;User ID=sa;Password=⟦P@ss⟧;Database=x",
    "define('DB_PASSWORD', '⟦pA55word⟧');",
    'get(url, auth=("ana", "⟦pA55word⟧"))',
    '<entry key="hibernate.connection.password">⟦pA55word⟧</entry>',
    "seed phrase: ⟦" + " ".join(["abandon", "ability", "absorb"] * 4) + "⟧",
    "| usuario | contraseña |\n|---|---|\n| ana | ⟦luna2020!⟧ |\n| luis | ⟦sol2021?⟧ |\n\nFin.",
    "usuario;contraseña\nana;⟦luna2020!⟧\nluis;⟦sol2021?⟧",
    "user,password\nana,⟦luna2020⟧",
    "usuario\tclave\nana\t⟦luna2020⟧",
]  # fmt: skip
PROSE = [
    "pon tu nombre como contraseña y verás",
    "Use una frase larga como contraseña.",
    "usa la columna id2 como clave",
    "use ID2024 as primary key",
    "utiliza AES256 como clave",
    "La contraseña es obligatoria y sensible a mayúsculas.",
    "La contraseña es Correcta.",
    "El PIN tiene 4 dígitos; conecte el PIN 13 de la placa.",
    "La clave es 42",
    "Palabras clave: COVID19, vacuna",
    "Change password in Windows11",
    "set the password to expire after 90 days",
    "The seed phrase has twelve words that nobody else may ever read or know about",
    "El código de verificación se envía por SMS.",
    "La WiFi es 802.11ac",
    "credenciales: usuario y contraseña",
    "| campo | clave |\n|---|---|\n| cliente | primaria |",
    "usuario, contraseña y correo\nana, luis y eva",
    "name,result\nlogin1,pass\nlogin2,pass1234\nlogin3,pass\nlogin4,x99999",
    'password: "Enter your new password here"',
]


@pytest.mark.parametrize("marked", SAID)
def test_what_sentences_and_tables_say(marked: str) -> None:
    text = marked.replace("⟦", "").replace("⟧", "")
    found = [entity.text for entity in secret_entities(text)]
    assert found == [part.partition("⟧")[0] for part in marked.split("⟦")[1:]]


@pytest.mark.parametrize("text", PROSE)
def test_sentences_and_tables_about_passwords_stay(text: str) -> None:
    assert secret_entities(text) == []


def test_nothing_takes_a_part_of_a_secret_away() -> None:
    """Neither a pattern that is kept nor what a model takes for a name."""
    text = "La contraseña: ABC123xyz!"
    section = Pii.model_validate({"patterns": {"PIEZA": "ABC123"}, "policies": {"PIEZA": "keep"}})
    assert Protection(section, bytes(32), "es", Path()).protect(text, "es").text == (
        "La contraseña: [SECRET]"
    )
    name = Entity(15, 18, "NAME", "ABC", 1.0, "own_model")
    (left,) = without_overlaps([name, *secret_entities(text)])
    assert left.type == "SECRET"


def test_a_header_is_a_line_that_people_can_read() -> None:
    """Each label of a long line would else be looked for in all of it."""
    row = "\nana;Verano-2024" + ";x" * 20
    table = "usuario;contraseña" + ";x" * 20
    found = [text[a:b] for text in (table + row,) for a, b in table_secrets(text, 8, len(text))]
    assert found == ["Verano-2024"]
    long = "usuario;contraseña" + ";x" * 2_000 + "\nana;Verano-2024" + ";x" * 2_000
    assert list(table_secrets(long, 8, len(long))) == []


def test_every_row_of_a_long_table_loses_its_password() -> None:
    rows = "".join(f"ana{n};Verano-{n}\n" for n in range(6_000))
    assert len(secret_entities("usuario;contraseña\n" + rows)) == 6_000
