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
    """The parts an SMS with this text is sent in; 1 for an empty one."""
    one, many = (GSM_ONE, GSM_MANY) if is_gsm(text) else (UCS2_ONE, UCS2_MANY)
    length = units(text)
    return 1 if length <= one else -(-length // many)
