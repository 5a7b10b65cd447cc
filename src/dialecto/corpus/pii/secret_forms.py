# ruff: noqa: E501 - an expression or a list is clearer in one piece
"""The forms of keys and tokens, one row for each issuer, as the issuers document them.

Each has plain strings (`hints`) that it cannot do without: a text is searched for these, which is
many times faster than the expressions. Sources: the issuers' own pages on token formats (GitHub
"About authentication to GitHub", GitLab "Token overview", Slack "Token types", Stripe "API keys",
AWS "IAM identifiers: unique ID prefixes", RFC 7519 for JWT, RFC 7468 for PEM).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


def _anything(_value: str) -> bool:
    return True


def mixed(value: str) -> bool:
    """Capital and small letters and digits: not a name of a style sheet or of a file."""
    return (
        any(c.isdigit() for c in value)
        and any(c.isupper() for c in value)
        and any(c.islower() for c in value)
    )


def openai_like(value: str) -> bool:
    """`sk-` and letters with digits; with more hyphens it may be a style sheet's class."""
    return mixed(value) or (with_digit(value) and value.count("-") == 1)


def with_digit(value: str) -> bool:
    return any(c.isdigit() for c in value)


@dataclass(frozen=True)
class Form:
    """`shape` (or its group `v`) is a secret; it holds one of `hints` at most `before` characters in."""

    name: str
    hints: tuple[str, ...]
    shape: re.Pattern[str]
    before: int = 0
    accept: Callable[[str], bool] = _anything


def _form(
    name: str,
    hints: str,
    shape: str,
    before: int = 0,
    accept: Callable[[str], bool] = _anything,
    flags: int = 0,
) -> Form:
    return Form(
        name, tuple(hints.split()), re.compile(rf"(?<![A-Za-z0-9]){shape}", flags), before, accept
    )


_PLACEHOLDER = re.compile(
    r"[*xX.•·_\-#?…]+|[<\[{(%$@&].*|.*[>})]$|.*\$\{.*|.*\{\{.*|%\w+%?|"
    r"(?:your?|tu|su|mi|my|the|un[ao]?|a|el|la|some|new|old|user|strong|nueva|vieja)[_ -]?"
    r"(?:[\w]*[_ -])?(?:strong|secure|contrase[ñn]a|password|passwd|clave|secret[oa]?|token|key|"
    r"passphrase|pwd|senha|pass|valor|value)\w*|"
    r"(?:contrase[ñn]as?|passwords?|passwd|pwd|passphrase|claves?|secret[os]?|tokens?|senha|pin|key|"
    r"string|str|null|nil|none|undefined|true|false|empty|vac[íi]a|required|obligatori[ao]|"
    r"opcional|optional|text|hidden|placeholder|redacted|masked|ejemplo|example|todo|changeit|"
    r"bytes|base64|sha\d+|md5|hmac|bcrypt|scrypt|argon2\w*|utf-?8|rsa\d*|aes\d*|char|varchar|"
    r"nvarchar|integer|int\d*|default|value|valor|number|n[úu]mero|id|uuid|guid|oauth2?|jwt\d*)",
    re.IGNORECASE,
)


def is_placeholder(value: str) -> bool:
    """Whether something only stands where a secret would: `****`, `${PASSWORD}`, `your_token`."""
    return _PLACEHOLDER.fullmatch(value) is not None


def no_placeholder(value: str) -> bool:
    return not is_placeholder(value)


_B64 = "[A-Za-z0-9+/]"
FORMS: tuple[Form, ...] = (
    _form("aws", "AKIA ASIA ABIA ACCA", r"A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}(?![A-Za-z0-9])",
          accept=with_digit),
    _form("github", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{30,255}"),
    _form("github_pat", "github_pat_", r"github_pat_[A-Za-z0-9_]{22,255}"),
    _form("gitlab", "glpat- gldt- glrt- glptt- glcbt- glft- glsoat- glimt- glagent- glffct- gloas-",
          r"gl(?:pat|dt|rt|ptt|cbt|ft|soat|imt|agent|ffct|oas)-[A-Za-z0-9_.-]{20,300}"),
    _form("docker", "dckr_pat_ dckr_oat_", r"dckr_[po]at_[A-Za-z0-9_-]{20,60}"),
    _form("linear", "lin_api_", r"lin_api_[A-Za-z0-9]{30,60}"),
    _form("gitlab_runner", "GR1348941", r"GR1348941[A-Za-z0-9_-]{20,50}"),
    _form("slack", "xox", r"xox[abceoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,250}", accept=with_digit),
    _form("slack_app", "xapp-", r"xapp-\d-[A-Za-z0-9-]{10,250}"),
    _form("slack_hook", "hooks.slack.com", r"hooks\.slack\.com/(?:services|workflows)/(?P<v>[A-Za-z0-9/_]{20,120})"),
    _form("stripe", "sk_live_ rk_live_ sk_test_ rk_test_", r"[rs]k_(?:live|test)_[0-9A-Za-z]{16,250}"),
    _form("stripe_hook", "whsec_", r"whsec_[A-Za-z0-9+/]{24,80}={0,2}"),
    _form("google", "AIza", r"AIza[0-9A-Za-z_-]{35}"),
    _form("google_oauth", "ya29. GOCSPX-", r"(?:ya29\.[0-9A-Za-z_-]{20,500}|GOCSPX-[0-9A-Za-z_-]{24,40})"),
    _form("openai", "sk-", r"sk-[A-Za-z0-9_-]{20,300}", accept=openai_like),
    _form("azure_storage", "AccountKey=", rf"AccountKey=(?P<v>{_B64}{{80,90}}={{0,2}})"),
    _form("azure_shared", "SharedAccessKey=", rf"SharedAccessKey=(?P<v>{_B64}{{30,90}}={{0,2}})"),
    _form("azure_sas", "sig=", r"sig=(?P<v>[A-Za-z0-9%/+]{30,120}(?:%3D|=){0,2})", flags=re.I),
    _form("azure_client", "Q~", r"[\w~.-]{3}\dQ~[\w~.-]{31,34}", before=8),
    _form("jwt", "eyJ", r"eyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{0,1000}"),
    _form("npm", "npm_", r"npm_[A-Za-z0-9]{36}"),
    _form("npmrc", "_authToken= _auth=", r"(?<=:)_auth(?:Token)?=(?P<v>[A-Za-z0-9+/=_-]{8,200})"),
    _form("pypi", "pypi-A", r"pypi-A[A-Za-z0-9_-]{50,500}"),
    _form("huggingface", "hf_", r"hf_[A-Za-z0-9]{30,60}"),
    _form("sendgrid", "SG.", r"SG\.[\w-]{16,32}\.[\w-]{16,64}"),
    _form("twilio", "SK AC", r"(?:SK|AC)[0-9a-f]{32}(?![0-9A-Za-z])"),
    _form("mailchimp", "-us", r"[0-9a-f]{32}-us\d{1,2}(?!\w)", before=33),
    _form("mailgun", "key-", r"key-[0-9a-f]{32}(?!\w)"),
    _form("telegram", ":AA", r"\d{8,10}:AA[\w-]{33}(?![\w-])", before=11),
    _form("square", "sq0", r"sq0[a-z]{3}-[0-9A-Za-z_-]{22,50}"),
    _form("shopify", "shp", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    _form("digitalocean", "_v1_", r"do[opr]_v1_[0-9a-f]{64}", before=4),
    _form("databricks", "dapi", r"dapi[0-9a-f]{32}(?:-\d)?"),
    _form("vault", "hvs. hvb. hvr.", r"hv[sbr]\.[A-Za-z0-9_-]{20,300}"),
    _form("grafana", "glsa_ glc_", r"gl(?:sa|c)_[A-Za-z0-9+/_-]{20,300}={0,2}"),
    _form("atlassian", "ATATT3", r"ATATT3[A-Za-z0-9_=-]{50,300}"),
    _form("artifactory", "AKC", r"AKC[a-zA-Z0-9]{10,120}", accept=mixed),
    _form("age", "AGE-SECRET-KEY-", r"AGE-SECRET-KEY-1[0-9A-Z]{20,80}"),
    _form("facebook", "EAA", r"EAA[A-Za-z0-9]{60,300}"),
    _form("postman", "PMAK-", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    _form("bearer", "earer", r"[Bb]earer\s+(?P<v>[A-Za-z0-9._~+/-]{16,4000}={0,2})", before=1,
          accept=with_digit),
    _form("basic", "Basic basic", r"(?i:authorization)[\"']?\s*[:=]\s*[\"']?(?i:basic)\s+(?P<v>[A-Za-z0-9+/]{8,500}={0,2})",
          before=24),
    # user:password@host
    _form("url", "://", r"[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"'<>]{0,64}:(?P<v>[^\s/@\"'<>${}*]{3,128})@(?=[\w\[.-])",
          before=21, accept=no_placeholder),
    _form("netrc", "password", r"login\s+\S{1,64}\s+password\s+(?P<v>[^\s<$]\S{2,127})", before=76, accept=no_placeholder),
    _form("netrc_machine", "machine ", r"machine\s+\S{1,128}\s+password\s+(?P<v>[^\s<$]\S{2,127})"),
    # Command lines: --password X, sshpass -p X, curl -u user:X.
    _form("option", "--pass --contra --token --secret --api-key",
          r"(?<=\s)--(?:password|pass|passwd|contrasena|token|secret|api-key)[ =][\"']?(?P<v>[^\s\"'<$*{-][^\s\"']{5,127})",
          accept=with_digit),
    _form("sshpass", "sshpass", r"sshpass\s+-p\s?[\"']?(?P<v>[^\s\"'<$]{4,128})"),
    _form("mysql", "mysql", r"mysql(?:dump|admin|import)?\s[^\n|;]{0,120}?(?<=\s)-p(?P<v>[^\s'\"<$=-][^\s\"']{3,64})",
          accept=no_placeholder),
    _form("pair", "auth=", r"auth=\(\s?[\"'][^\"'\n]{1,64}[\"']\s?,\s?[\"'](?P<v>[^\"'\s]{4,128})[\"']", accept=no_placeholder),
    _form("curl", "curl", r"curl\s[^\n]{0,200}?(?:-u|--user)[ =][\"']?[^\s:\"']{1,64}:(?P<v>[^\s\"'<$]{4,128})",
          accept=no_placeholder),
    # Password hashes of bcrypt and crypt(3).
    _form("bcrypt", "$2", r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}"),
    _form("crypt", "$1$ $5$ $6$ $y$", r"\$[156y]\$[^\s:$]{1,40}\$(?:[^\s:$]{1,40}\$)?[./A-Za-z0-9]{22,90}"),
    _form("argon2", "$argon2", r"\$argon2(?:id?|d)\$[^\s\"']{30,200}"),
)  # fmt: skip

PRIVATE_KEY = re.compile(
    # A block whose end was cut off goes as far as its lines of base64 do.
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[\s\S]{1,16000}?-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"|(?:(?:\r?\n|\\n)[A-Za-z0-9+/=]{16,200}|(?:\r?\n|\\n)[A-Za-z-]{2,20}: [^\n]{1,80}|(?:\r?\n){2}(?=[A-Za-z0-9+/]{40}))*)"
    r"|(?<=Private-Lines: )\d+(?:\r?\n[A-Za-z0-9+/=]{1,200})+"
)
# Discord: three parts of which none has a fixed beginning. What comes before is looked at after
# the letter: a search is several times faster for a letter than for what is before it.
UNHINTED = re.compile(r"[MNO](?<![\w-].)[\w-]{23,25}\.[\w-]{6}\.[\w-]{27,38}(?![\w-])")
