"""Masks: how much of a person's data a list, a notice and a free text may show. Pure functions.

``mask_*`` is for lists inside the house, ``mask_*_public`` for notices. Every mask takes what a clerk typed (full-width
digits, spaces, hyphens) and answers with text that is safe to print; empty in, empty out. What is not recognised is
hidden more, never less.

Source: operations.md §6.3 (masking table); the examples of that table are cases in ``tests/masks.yaml``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from guangsha.kernel.identity import check_bank_card, check_organisation_code, resident_check_digit
from guangsha.kernel.numbers import normalise

STAR = "*"

#: Ideographic description characters: how a clerk writes a character that no font has, and how many parts follow.
_DESCRIPTIONS = {chr(code): 3 if code in (0x2FF2, 0x2FF3) else 2 for code in range(0x2FF0, 0x2FFC)}
_JOINERS = frozenset("\u200c\u200d")


def _characters(text: str) -> list[str]:
    """The characters as a reader counts them: marks and variants stay with their base, a description is one."""
    clusters: list[str] = []
    for character in text:
        if clusters and (unicodedata.category(character) in ("Mn", "Mc", "Me") or character in _JOINERS):
            clusters[-1] += character
        else:
            clusters.append(character)
    whole: list[str] = []
    rest = iter(clusters)
    for cluster in rest:
        whole.append(_described(cluster, rest))
    return whole


def _described(first: str, rest: Iterator[str]) -> str:
    """``first`` and, when it is a description (⿰王进), the parts that belong to it."""
    text, wanted = first, _DESCRIPTIONS.get(first[0], 0)
    while wanted and (part := next(rest, "")):
        text += part
        wanted += _DESCRIPTIONS.get(part[0], 0) - 1
    return text


def _name_characters(name: str) -> list[str]:
    # no NFKC here: it would change rare characters. Chinese names are padded with spaces in tables (张　明).
    text = "".join(c for c in name.strip() if unicodedata.category(c) not in ("Cc", "Cf") or c in _JOINERS)
    if not re.search(r"[A-Za-z]", text):
        text = "".join(text.split())
    return _characters(text)


def mask_name(name: str) -> str:
    """The name in a list of the house: the first character and one star, whatever the length.

    >>> mask_name("张明"), mask_name("欧阳小明"), mask_name("")
    ('张*', '欧*', '')
    """
    characters = _name_characters(name)
    if not characters:
        return ""
    return characters[0] + STAR if len(characters) > 1 else STAR


def mask_name_public(name: str) -> str:
    """The name in a public notice: two characters show the first, more show first and last, a star for each hidden one.

    >>> mask_name_public("张明"), mask_name_public("欧阳小明")
    ('张*', '欧**明')
    """
    characters = _name_characters(name)
    if len(characters) < 2:
        return STAR * len(characters)
    if len(characters) == 2:
        return characters[0] + STAR
    return characters[0] + STAR * (len(characters) - 2) + characters[-1]


def _number(text: str) -> str:
    return re.sub(r"[\s\-—–·]", "", normalise(text)).upper()


def _ends(number: str, first: int, last: int) -> str:
    return number[:first] + STAR * (len(number) - first - last) + number[len(number) - last :]


def mask_identity(number: str) -> str:
    """An identity number in a list: region and the last four of 18 (last three of the old 15); of other papers the ends.

    >>> mask_identity("43060219560101002X")
    '430602********002X'
    """
    text = _number(number)
    if len(text) == 18:
        return _ends(text, 6, 4)
    if len(text) == 15:
        return _ends(text, 6, 3)
    return _ends(text, 2, 2) if len(text) >= 8 else STAR * len(text)


def mask_identity_public(number: str) -> str:
    """An identity number in a notice: the last four of 18 only; nothing of any other paper."""
    text = _number(number)
    return _ends(text, 0, 4) if len(text) == 18 else STAR * len(text)


def mask_phone(number: str) -> str:
    """A phone number in a list: ``138****5678``; of a fixed line the last three digits. Never published at all."""
    text = _number(number)
    mobile = re.fullmatch(r"(?:\+?86|0086)?(1\d{10})", text)
    if mobile:
        return f"{mobile[1][:3]}****{mobile[1][-4:]}"
    return _ends(text, 0, 3) if len(text) >= 7 else STAR * len(text)


def mask_bank_account(number: str) -> str:
    """A bank account in a list: ``6222 **** 1234``; of a short account the last four at most. Never published."""
    text = _number(number)
    if len(text) >= 12:
        return f"{text[:4]} **** {text[-4:]}"
    if len(text) >= 9:
        return f"**** {text[-4:]}"
    return "****" if text else ""


#: From fine to coarse: what ends the part of an address that a notice may show.
_PUBLIC_ENDS = (
    re.compile(r"^.*?(?:社区|居委会|村委会|行政村|(?<![新农乡])村(?!路|街|巷|东|西|南|北|镇|小区))"),
    re.compile(r"^.*?(?:\d+|[A-Za-z一二三四五六七八九十]+)(?:号楼|栋|幢|座)"),
    re.compile(r"^.*?(?:小区|街道|(?<!城)镇|乡)"),
    re.compile(r"^.*?(?:大道|路|街|巷)"),
    re.compile(r"^.*?(?<!小)[区县]"),
    re.compile(r"^.*?市"),
)


def mask_address_public(text: str, community: str = "") -> str:
    """An address in a notice: to the community, or to the building where no community is named; never the room.

    Args:
        community: the name of the community as the registry knows it; wins over what the text looks like.
    """
    address = normalise(text)
    known = normalise(community)
    if known:
        head, found, _ = address.partition(known)
        return head + found if found else known
    for pattern in _PUBLIC_ENDS:
        if match := pattern.match(address):
            return match[0]
    return ""


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a text, ``text[start:end]``, that looks like ``kind`` (identity, phone, bank_account, passport)."""

    start: int
    end: int
    kind: str

    @property
    def label(self) -> str:
        """What it is, in Chinese."""
        return _LABELS[self.kind]


_LABELS = {
    "identity": "身份证号",
    "phone": "手机号",
    "bank_account": "银行卡号",
    "passport": "护照或通行证号",
}

#: Digits in any dress, one character for one character, so that positions stay those of the text.
_DIGITS = {
    **{ord(c): str(i) for i, c in enumerate("零一二三四五六七八九")},
    **{0xFF10 + i: str(i) for i in range(10)},
    **dict.fromkeys((0x3007, 0x25CB), "0"),  # the round zeros
    **dict.fromkeys((0xFF38, 0xFF58, 0x0425, 0x0445), "X"),  # full-width and Cyrillic X
    ord("幺"): "1",
    ord("＋"): "+",
}
_GAP = r"[ \u00a0\u3000\-－–—·.]?"
_FINDERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "identity",
        re.compile(
            rf"(?<!\d)[1-8]\d{{5}}{_GAP}[12]\d{{3}}{_GAP}\d{{2}}{_GAP}?\d{{2}}{_GAP}\d{{3}}[\dXx](?!\d)"
        ),
    ),
    ("identity", re.compile(r"(?<!\d)[1-8]\d{14}(?!\d)")),
    ("bank_account", re.compile(rf"(?<!\d)\d{{4}}(?:{_GAP}\d{{4}}){{3}}(?:{_GAP}\d{{1,3}})?(?!\d)")),
    ("phone", re.compile(rf"(?<!\d)(?:\+?86{_GAP})?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)")),
    ("phone", re.compile(rf"(?<!\d)(?:\+?86{_GAP})?1[3-9]\d{_GAP}\d{{3}}{_GAP}\d{{5}}(?!\d)")),
    ("passport", re.compile(r"(?<![A-Za-z0-9])[EGDSPHMeghm][A-Za-z]?\d{8}(?:\d{2})?(?!\d)")),
)


def _is_identity(digits: str) -> bool:
    """A birth date where one belongs; the check digit may be mistyped, and the number leaks all the same."""
    born = digits[6:14] if len(digits) == 18 else "19" + digits[6:12]
    try:
        year = date(int(born[:4]), int(born[4:6]), int(born[6:])).year
    except ValueError:
        return False
    if len(digits) == 18 and digits[:17].isdigit() and resident_check_digit(digits[:17]) == digits[17]:
        return True
    # an organisation's code may look like an identity number with a wrong check digit; its own check digit tells
    return 1900 <= year <= 2099 and not (len(digits) == 18 and check_organisation_code(digits))


def _is_card(digits: str) -> bool:
    return bool(check_bank_card(digits)) or (digits.startswith("62") and len(digits) in (16, 19))


def sensitive_spans(text: str) -> list[Span]:
    """Identity numbers, mobile phones, bank cards and passports in free text, in order, without overlap.

    Numbers are found in full-width and Chinese digits and with single gaps between groups. Fixed lines are left alone:
    a notice names the agency's own.
    """
    plain = text.translate(_DIGITS)
    found: list[Span] = []
    for kind, pattern in _FINDERS:
        for match in pattern.finditer(plain):
            digits = re.sub(r"[^0-9A-Z+]", "", match[0].upper())
            if kind == "identity" and not _is_identity(digits):
                continue
            if kind == "bank_account" and not _is_card(digits):
                continue
            if all(match.end() <= span.start or match.start() >= span.end for span in found):
                found.append(Span(match.start(), match.end(), kind))
    return sorted(found, key=lambda span: span.start)


def mask_text(text: str) -> str:
    """Free text with every sensitive number masked as in a list of the house."""
    parts, at = [], 0
    for span in sensitive_spans(text):
        number = text[span.start : span.end].translate(_DIGITS)
        masked = {"identity": mask_identity, "phone": mask_phone, "bank_account": mask_bank_account}.get(
            span.kind, mask_identity
        )(number)
        parts += [text[at : span.start], masked]
        at = span.end
    return "".join([*parts, text[at:]])
