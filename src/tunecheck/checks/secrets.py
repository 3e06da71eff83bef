"""Secrets: what in a text would hurt someone if a model gave it away; each pattern reads a text in linear time."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

SecretKind = Literal["e-mail address", "phone number", "key", "private key", "token", "card number", "IBAN"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A secret in a text, from character ``start`` up to ``end``. Print ``masked``, never ``value``."""

    kind: SecretKind
    start: int
    end: int
    value: str

    @property
    def masked(self) -> str:
        """The first and the last character, two of each where there are twelve or more.

        >>> Secret(kind="card number", start=0, end=16, value="4111111111111111").masked
        '41…11'
        """
        shown = 2 if len(self.value) >= 12 else 1
        return f"{self.value[:shown]}…{self.value[-shown:]}"


def find_secrets(text: str) -> tuple[Secret, ...]:
    """All secrets of a text in order; where two overlap, the first in this order stands: private key, key, token,
    e-mail address, IBAN, card number, phone number.

    Keys are known by the marks that their issuers give them, cards by issuer, length and check digit (Luhn, ISO/IEC
    7812-1), IBANs by country, length and check digits (ISO 13616, ISO 7064 mod 97-10), phone numbers by a plus sign and
    a country code, by the North American form, or by a word such as "tel" before them. Secrets of other forms are not
    found.

    >>> [(secret.kind, secret.masked) for secret in find_secrets("write to ada.b@mail.org or call +44 20 7946 0958")]
    [('e-mail address', 'ad…rg'), ('phone number', '+4…58')]
    """
    found: list[Secret] = []
    taken = bytearray(len(text))
    for find in FINDERS:
        for secret in find(text):
            if taken.find(1, secret.start, secret.end) < 0:
                taken[secret.start : secret.end] = b"\x01" * (secret.end - secret.start)
                found.append(secret)
    return tuple(sorted(found, key=lambda secret: secret.start))


def mask_secrets(text: str) -> str:
    """The text with each secret masked.

    >>> mask_secrets("write to ada.b@mail.org")
    'write to ad…rg'
    """
    parts, at = [], 0
    for secret in find_secrets(text):
        parts += [text[at : secret.start], secret.masked]
        at = secret.end
    return "".join([*parts, text[at:]])


# All repetitions are bounded, or over characters that the next part of the pattern cannot begin with, so that no text
# makes a pattern go back far.
# With its end, or else as far as lines of base64 go.
_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----(?:"
    r"(?:[A-Za-z0-9+/=\s:,\\]|-(?!----)){40,8000}-----END (?:[A-Z]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----"
    r"|(?:(?:\\[rn]|\s){0,4}[A-Za-z0-9+/=]{24,128}){1,100})"
)
_KEY = re.compile(
    r"(?<![A-Za-z0-9_])(?:"
    r"sk-ant-[A-Za-z0-9_-]{20,200}"
    r"|sk-(?:proj-|svcacct-|or-v1-)?(?=[A-Za-z0-9_-]{0,60}\d)[A-Za-z0-9_-]{20,200}"
    r"|[sr]k_(?:live|test)_[A-Za-z0-9]{16,200}"
    r"|gh[pousr]_[A-Za-z0-9]{30,255}"
    r"|github_pat_[A-Za-z0-9_]{40,255}"
    r"|glpat-[A-Za-z0-9_-]{20,64}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}"
    r"|AIza[A-Za-z0-9_-]{35}"
    r"|ya29\.[A-Za-z0-9_-]{20,300}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{20,250}"
    r"|hf_[A-Za-z]{30,40}"
    r"|npm_[A-Za-z0-9]{36}"
    r"|pypi-[A-Za-z0-9_-]{50,250}"
    r"|SG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{40,46}"
    r"|dop_v1_[a-f0-9]{64}"
    r"|gsk_[A-Za-z0-9]{40,64}"
    r")(?![A-Za-z0-9_])"
)
_ASSIGNED = re.compile(
    r"(?i:api[_-]?key|secret[_-]?key|access[_-]?key|client[_-]?secret|auth[_-]?token|access[_-]?token|password|passwd)"
    r"[\"']?[ \t]{0,4}[:=][ \t]{0,4}([\"'`]?)([A-Za-z0-9+/=_-]{16,200})(?![A-Za-z0-9+/=_.(\[-])\1"
)
# A text without any of these is not searched: most texts have none, and searching is slow.
_KEY_MARKS_TEXT = (
    "sk- k_live_ k_test_ ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- AKIA ASIA AIza ya29. xox hf_ npm_ pypi- SG. "
    "dop_v1_ gsk_"
)
_KEY_MARKS = tuple(_KEY_MARKS_TEXT.split())
_KEY_NAMES = ("key", "secret", "token", "passw")
_JWT = re.compile(
    r"(?<![A-Za-z0-9_.-])eyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,6000}\.[A-Za-z0-9_-]{16,2000}(?![A-Za-z0-9_-])"
)
_LOCAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}\Z")
_DOMAIN = re.compile(
    r"((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,6}([A-Za-z]{2,12}))(?![A-Za-z0-9_(\[=-]|\.[A-Za-z0-9])"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])([A-Z]{2})\d{2}(?:[ -]?[A-Z0-9]){11,30}")
_CARD = re.compile(
    r"(?<![\w.,+/#=&:-])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}|3[47]\d{2}([ -])\d{6}\2\d{5}|\d{14,19})"
    r"(?![\w+/=-]|[.,]\d| \d)"
)
_INTERNATIONAL = re.compile(
    r"(?<![\w+*/^=.-])(?:\+[ ]?|00[ -]?(?=[1-9]\d{1,2}[ -]))[1-9](?:[ .\-()/]{0,2}\d){7,14}(?![\w+*/^=]|[.,]\d|-\w)"
)
_NORTH_AMERICAN = re.compile(
    r"(?<![\w+*/^=.#-])(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}([.-]))[2-9]\d{2}(?:\1|[.-])\d{4}(?![\w+*/^=-]|\.\d)"
)
_CUED = re.compile(
    r"(?<!\w)(?i:tel|telephone|phone|mobile|cell|fax|whatsapp|telefon|handy|tél|téléphone|teléfono|móvil|call|ring|dial)"
    r"(?: ?(?i:number|no|nr|me|us|him|her|them))?(?: (?i:at|on|is))?[.:]{0,2} {1,2}(\(?\d(?:[ .\-()/]{0,2}\d){6,14})"
    r"(?![\w+*/^=]|[.,]\d|-\w)"
)
_CUED_HAN = re.compile(
    r"(?:手机|手機|电话|電話)[号號码碼]{0,2}[:： ]{0,2}(\+?\d(?:[ -]?\d){6,14})(?![A-Za-z0-9_.]|-\w)"
)

# Kana, Han and what follows them in Unicode stand beside an address without a space.
FIRST_SPACELESS = "\u2e80"
# Words that stand in the keys of documentation.
_MADE_UP = re.compile(r"(?i)example|xxxx|your|placeholder|redacted|\.\.\.|dummy|changeme")
_NAME_IN_CODE = re.compile(r"[A-Za-z]+(?:_[A-Za-z]+)+_?\d{0,4}")
# Two letters are a country; code such as x@w.shape has neither a country nor one of these.
_TOP_LEVEL_TEXT = (
    "com org net edu gov mil int info biz name pro io dev app cloud online site store shop blog tech xyz club agency "
    "company email group health live media news solutions support systems team world zone example test"
)
_TOP_LEVEL = frozenset(_TOP_LEVEL_TEXT.split())
_IBAN_TEXT = (
    "15:NO 16:BE 18:DK,FO,FI,GL,NL,SD 19:MK,SI 20:AT,BA,EE,KZ,LT,LU,MN,XK 21:HR,LV,LI,CH "
    "22:BG,BH,CR,GE,DE,IE,ME,RS,GB,VA 23:AE,IL,IQ,TL,OM,SO 24:AD,CZ,MD,PK,RO,SA,SK,ES,SE,TN,VG,DZ "
    "25:LY,PT,ST 26:IS,TR 27:FR,GR,IT,MC,MR,SM,BI,DJ 28:AL,AZ,BY,CY,DO,SV,GT,HU,LB,NI,PL 29:BR,EG,PS,QA,UA "
    "30:JO,KW,MU 31:MT,SC 32:LC 33:RU"
)
_IBAN_LENGTHS = {
    country: int(length)
    for length, countries in (entry.split(":") for entry in _IBAN_TEXT.split())
    for country in countries.split(",")
}
_CARD_LENGTHS: tuple[tuple[str, tuple[int, ...]], ...] = (
    (r"4", (16, 19)),
    (r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", (16,)),
    (r"3[47]", (15,)),
    (r"30[0-5]|3[68]", (14,)),
    (r"6011|65|64[4-9]", (16,)),
    (r"352[89]|35[3-8]", (16,)),
    (r"62", (16, 17, 18, 19)),
)
# Random keys have over 3.5 bits a character from 20 characters on; names in code and words have less. Heuristic.
LEAST_ENTROPY_BITS = 3.5


def passes_luhn(digits: str) -> bool:
    """Whether the check digit of a card number is right.

    >>> passes_luhn("4539578763621486"), passes_luhn("4539578763621487")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def passes_mod_97(iban: str) -> bool:
    """Whether the check digits of an IBAN without spaces are right.

    >>> passes_mod_97("GB82WEST12345698765432"), passes_mod_97("GB83WEST12345698765432")
    (True, False)
    """
    return int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 == 1


def _private_keys(text: str) -> Iterator[Secret]:
    for match in _PRIVATE_KEY.finditer(text) if "PRIVATE KEY" in text else ():
        yield _secret("private key", text, *match.span())


def _keys(text: str) -> Iterator[Secret]:
    for match in _KEY.finditer(text) if any(mark in text for mark in _KEY_MARKS) else ():
        if len(set(match[0])) >= 10 and not _MADE_UP.search(match[0]):
            yield _secret("key", text, *match.span())
    lowered = text.lower()
    for match in _ASSIGNED.finditer(text) if any(name in lowered for name in _KEY_NAMES) else ():
        if _is_random(match[2]):
            yield _secret("key", text, *match.span(2))


def _tokens(text: str) -> Iterator[Secret]:
    for match in _JWT.finditer(text) if "eyJ" in text else ():
        yield _secret("token", text, *match.span())


def _emails(text: str) -> Iterator[Secret]:
    at = text.find("@")
    while at >= 0:
        local = _LOCAL.search(text, max(0, at - 64), at)
        domain = _DOMAIN.match(text, at + 1)
        if local and domain and _is_address(text, local, domain):
            yield _secret("e-mail address", text, local.start(), domain.end())
        at = text.find("@", at + 1)


def _is_address(text: str, local: re.Match[str], domain: re.Match[str]) -> bool:
    known = len(domain[2]) == 2 or domain[2].lower() in _TOP_LEVEL
    # user@host:path is a place of ssh, and letters before the local part belong to it, but for scripts without spaces.
    before, after = text[max(0, local.start() - 3) : local.start()], text[domain.end() : domain.end() + 2]
    is_place = len(after) == 2 and after[0] == ":" and not after[1].isspace()
    letters = bool(before) and before[-1].isalnum() and before[-1] < FIRST_SPACELESS
    inside = letters or before.endswith(("/", "_", "@"))
    return known and not is_place and not inside and not re.match(r"\d+x\.", domain[1])


def _ibans(text: str) -> Iterator[Secret]:
    for match in _IBAN.finditer(text):
        length, end, n = _IBAN_LENGTHS.get(match[1], 0), match.start(), 0
        while n < length and end < match.end():
            n += text[end] not in " -"
            end += 1
        number = re.sub("[ -]", "", text[match.start() : end])
        ends_there = not text[end : end + 1].isalnum()
        if length and n == length and ends_there and passes_mod_97(number):
            yield _secret("IBAN", text, match.start(), end)


def _cards(text: str) -> Iterator[Secret]:
    for match in _CARD.finditer(text) if _may_hold_digits(text, 14) else ():
        digits = re.sub("[ -]", "", match[0])
        issued = any(len(digits) in lengths and re.match(begins, digits) for begins, lengths in _CARD_LENGTHS)
        if issued and passes_luhn(digits):
            yield _secret("card number", text, *match.span())


def _may_hold_digits(text: str, least: int) -> bool:
    """Whether it can have so many digits; those of other scripts are not counted, and any of them may be there."""
    return not text.isascii() or sum(map(text.count, "0123456789")) >= least


def _phones(text: str) -> Iterator[Secret]:
    if not _may_hold_digits(text, 7):
        return
    for pattern in (_INTERNATIONAL, _NORTH_AMERICAN):
        for match in pattern.finditer(text):
            if len(set(re.sub(r"\D", "", match[0]))) > 2:
                yield _secret("phone number", text, *match.span())
    for match in _CUED.finditer(text):
        if not re.fullmatch(
            r"\d{4}-\d{2}-\d{2}.*|\d{1,2}[./]\d{1,2}[./]\d{4}.*|(?:19|20)\d{2} ?- ?(?:19|20)\d{2}", match[1]
        ):
            yield _secret("phone number", text, *match.span(1))
    for match in _CUED_HAN.finditer(text):
        yield _secret("phone number", text, *match.span(1))


def _secret(kind: SecretKind, text: str, start: int, end: int) -> Secret:
    return Secret(kind=kind, start=start, end=end, value=text[start:end])


def _is_random(value: str) -> bool:
    if _NAME_IN_CODE.fullmatch(value):
        return False
    has_both = any(letter.isdigit() for letter in value) and any(letter.isalpha() for letter in value)
    bits = -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())
    return has_both and bits >= LEAST_ENTROPY_BITS and not _MADE_UP.search(value)


FINDERS: tuple[Callable[[str], Iterator[Secret]], ...] = (
    _private_keys,
    _keys,
    _tokens,
    _emails,
    _ibans,
    _cards,
    _phones,
)
