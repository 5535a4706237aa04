"""How many parts an SMS takes: GSM 7-bit (3GPP TS 23.038) where every sign is in its tables, else UCS-2."""

from __future__ import annotations

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("^{}\\[~]|€\f")

GSM_ONE, GSM_MANY = 160, 153
UCS2_ONE, UCS2_MANY = 70, 67


def is_gsm(text: str) -> bool:
    return all(sign in _BASIC or sign in _EXTENSION for sign in text)


def units(text: str) -> int:
    """Septets in GSM 7-bit (a sign of the extension table takes two), else UTF-16 code units."""
    if is_gsm(text):
        return len(text) + sum(sign in _EXTENSION for sign in text)
    return len(text.encode("utf-16-le")) // 2


def parts(text: str) -> int:
    """The parts an SMS with this text is sent in; 1 for an empty one. No sign is cut in two: it begins the next part."""
    gsm = is_gsm(text)
    one, many = (GSM_ONE, GSM_MANY) if gsm else (UCS2_ONE, UCS2_MANY)
    if units(text) <= one:
        return 1
    found, room = 1, many
    for sign in text:
        size = 2 if (sign in _EXTENSION if gsm else sign > "\uffff") else 1
        if size > room:
            found, room = found + 1, many
        room -= size
    return found
