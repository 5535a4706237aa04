"""Addresses, numbers and names in what somebody wrote, found so that they can be shown inert; and what is odd about them.

Nothing here becomes a link. Characters that turn the direction of a line round are given as pieces of their own, to be made
visible. Pure; the console computes it once and its pages only draw it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from hotline.known import BRANDS, SHORT, TLDS

MOST = 100
"""So many pieces of one text are looked at; the rest stays plain text."""

SIGNS = {
    "\u061c": "ALM", "\u200e": "LRM", "\u200f": "RLM", "\u202a": "LRE", "\u202b": "RLE", "\u202c": "PDF",
    "\u202d": "LRO", "\u202e": "RLO", "\u2066": "LRI", "\u2067": "RLI", "\u2068": "FSI", "\u2069": "PDI",
}  # fmt: skip
"""Characters that turn the direction of a line, by the short names that Unicode gives them."""

_HIDDEN = frozenset("\u00ad\u034f\u115f\u1160\u180e\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\u3164\ufeff\uffa0")
_DOTS = str.maketrans("。．｡․", "....")  # a browser takes each of them for a dot
_LOOKS = str.maketrans(
    dict(
        zip(
            "авгеһіїјкӏмнорԛѕтхуԝԁьαβεηικνορτυχω" + "013589|ǀɩıł",
            "abrehiijkimhopqstxywdbabeniknoptuxw" + "oiesbgiiiil",
            strict=True,
        )
    )
)
_RUNS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_SCHEME = re.compile(
    r"(?i)(?<![a-z0-9])[a-z][a-z0-9+.-]{0,20}://(?=\S)"
    r"|(?<![a-z0-9])(?:javascript|vbscript|data|mailto|tel|sms|smsto|intent|file|blob|about|tg|whatsapp|market):(?=\S)"
)
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+\.?")
_PLAIN_HOST = re.compile(r"(?<![A-Za-z0-9@._-])[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+(?![A-Za-z0-9@_-])")
_NAME = re.compile(r"@\w[\w.]{1,63}")
_PHONE = re.compile(r"(?<![\w.@/#&=-])(?:\+|00)?(?:\(\d{1,5}\)[ -]?)?\d(?:[ \u00a0()/-]{0,2}\d){5,14}(?![\w@])")
_NO_PHONE = re.compile(
    r"\d{1,3}(?:[ \u00a0]\d{3})*[ \u00a0]000|\d{4}[-/ ]\d{1,2}[-/ ]\d{1,2}|\d{1,2}[-/ ]\d{1,2}[-/ ](?:19|20)\d{2}"
)
_AROUND, _BEHIND = "([{<\"'«“‘„¿¡", ".,;:!?)]}>\"'»”’…،؛؟。、"
_NUMBERS = re.compile(r"\[[0-9a-f:.]*\]|(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+))*")
_FOUR = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}")


class Kind(StrEnum):
    TEXT = ""
    SIGN = "sign"
    WEB = "web"
    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"


class Odd(StrEnum):
    """What is odd about an address."""

    SCRIPTS = "scripts"
    PUNYCODE = "punycode"
    LIKE = "like"
    TURNED = "turned"
    HIDDEN = "hidden"
    USERINFO = "userinfo"
    NUMBERS = "numbers"
    SCHEME = "scheme"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text. `host`: where the host stands in it, from and to. `odd`: what is odd, each with a detail.

    A sign is shown by its name; everything else by its text.
    """

    text: str
    kind: Kind = Kind.TEXT
    host: tuple[int, int] = (0, 0)
    odd: tuple[tuple[Odd, str], ...] = ()

    @property
    def shown(self) -> str:
        return SIGNS[self.text] if self.kind is Kind.SIGN else self.text


def pieces(text: str) -> tuple[Piece, ...]:
    """The whole text in pieces, in order; one plain piece where there is nothing to show in another way."""
    places = [index for index, sign in enumerate(text) if sign not in SIGNS]
    clear = "".join(text[index] for index in places)
    found: list[Piece] = []
    at = 0
    for begins, piece in _addresses(clear):
        start, end = places[begins], places[begins + len(piece.text) - 1] + 1
        signs = [sign for sign in text[start:end] if sign in SIGNS]
        if signs:
            piece = Piece(piece.text, piece.kind, piece.host, ((Odd.TURNED, ""), *piece.odd))
        found += [*_plain(text[at:start]), *(Piece(sign, Kind.SIGN) for sign in signs), piece]
        at = end
    return (*found, *_plain(text[at:]))


def shown(text: str) -> str:
    """A text with the signs that turn its direction replaced by their names in brackets."""
    return "".join(f"[{piece.shown}]" if piece.kind is Kind.SIGN else piece.text for piece in _plain(text))


def _plain(text: str) -> Iterator[Piece]:
    at = 0
    for index, sign in enumerate(text):
        if sign in SIGNS:
            if index > at:
                yield Piece(text[at:index])
            yield Piece(sign, Kind.SIGN)
            at = index + 1
    if at < len(text):
        yield Piece(text[at:])


def _addresses(clear: str) -> Iterator[tuple[int, Piece]]:
    """Where they begin, in order; none within another."""
    tokens = (one for token in re.finditer(r"\S+", clear) for one in _in_token(token.start(), token[0]))
    found = list(islice(tokens, MOST))
    taken = [(begins, begins + len(piece.text)) for begins, piece in found]
    for match in _PHONE.finditer(clear):
        free = all(match.end() <= begins or match.start() >= ends for begins, ends in taken)
        if free and len(found) < MOST and not _NO_PHONE.fullmatch(match[0]):
            found.append((match.start(), Piece(match[0], Kind.PHONE)))
    return iter(sorted(found, key=lambda one: one[0]))


def _in_token(at: int, token: str) -> Iterator[tuple[int, Piece]]:
    start = len(token) - len(token.lstrip(_AROUND))
    token = token[start:].rstrip(_BEHIND)
    at += start
    scheme = _SCHEME.search(token)
    if scheme:
        yield at + scheme.start(), _with_scheme(token[scheme.start() :], scheme[0])
        return
    if _NAME.fullmatch(token):
        yield at, Piece(token, Kind.NAME, odd=tuple(_odd_letters([token])))
        return
    head = re.split(r"[/\\?#:]", token.translate(_DOTS), maxsplit=1)[0]
    name, sign, host = head.rpartition("@")
    if _is_host(host) and (name or not sign):
        kind = Kind.EMAIL if sign and len(head) == len(token) else Kind.WEB
        yield at, _address(token, kind, len(name + sign), host, userinfo=kind is Kind.WEB and bool(sign))
        return
    for match in _PLAIN_HOST.finditer(token):
        if _is_host(match[0]):
            yield at + match.start(), _address(match[0], Kind.WEB, 0, match[0])


def _is_host(text: str) -> bool:
    """Whether a bare word with dots is an address, and not the end of one sentence and the beginning of another."""
    text = _visible(text)
    if not _HOST.fullmatch(text) or len(text) > 253:
        return False
    if _FOUR.fullmatch(text):
        return all(int(part) < 256 for part in text.split("."))
    last = text.rstrip(".").rpartition(".")[2]
    if last != last.lower() and last != last.upper():
        return False
    return last.lower().startswith("xn--") or last.lower() in TLDS or skeleton(last) in TLDS


def _with_scheme(token: str, scheme: str) -> Piece:
    name = scheme.rstrip("/").rstrip(":").lower()
    if name in ("tel", "sms", "smsto"):
        return Piece(token, Kind.PHONE)
    authority = re.split(r"[/\\?#]", token[len(scheme) :].translate(_DOTS), maxsplit=1)[0]
    user, sign, host = authority.rpartition("@")
    if name == "mailto":
        return _address(token, Kind.EMAIL, len(scheme + user + sign), host)
    bare = host if host.startswith("[") else re.sub(r":\d*$", "", host)
    piece = _address(token, Kind.WEB, len(scheme + user + sign), bare, userinfo=bool(sign))
    if name in ("http", "https"):
        return piece
    return Piece(piece.text, piece.kind, piece.host, ((Odd.SCHEME, name), *piece.odd))


def _address(text: str, kind: Kind, at: int, host: str, *, userinfo: bool = False) -> Piece:
    odd: list[tuple[Odd, str]] = [(Odd.USERINFO, "")] if userinfo else []
    if any(sign in _HIDDEN for sign in text):
        odd.append((Odd.HIDDEN, ""))
    read, decoded = _read(host)
    if decoded:
        odd.append((Odd.PUNYCODE, read))
    if read and _NUMBERS.fullmatch(read):
        odd.append((Odd.NUMBERS, ""))
    odd += _odd_letters([*read.split("."), *([text[:at]] if kind is Kind.EMAIL else [])])
    like = imitated(read)
    if like:
        odd.append((Odd.LIKE, like))
    if read in SHORT:
        odd.append((Odd.SHORT, ""))
    return Piece(text, kind, (at, at + len(host)), tuple(odd))


def _read(host: str) -> tuple[str, bool]:
    """The host as a browser reads it, and whether some of it was written in code."""
    plain = unicodedata.normalize("NFKC", _visible(host).translate(_DOTS)).casefold().strip(".")
    parts = []
    for part in plain.split("."):
        try:
            parts.append(part[4:].encode("ascii").decode("punycode") if part.startswith("xn--") else part)
        except (UnicodeError, ValueError, OverflowError):
            parts.append(part)
    return ".".join(parts), any(part.startswith("xn--") for part in plain.split("."))


def _visible(text: str) -> str:
    return "".join(sign for sign in text if sign not in _HIDDEN)


def _odd_letters(parts: Iterable[str]) -> list[tuple[Odd, str]]:
    """Whether one of these words mixes letters of several scripts."""
    for part in parts:
        scripts = {_script(letter) for letter in part if letter.isalpha()}
        if "CJK" in scripts:
            scripts -= {"HIRAGANA", "KATAKANA", "BOPOMOFO"}
        if len(scripts) > 1:
            return [(Odd.SCRIPTS, "")]
    return []


def _script(letter: str) -> str:
    """The script of a letter: the first word of its name."""
    return unicodedata.name(letter, "?").replace("FULLWIDTH ", "").replace("MODIFIER LETTER", "LATIN").split()[0]


def skeleton(text: str) -> str:
    """A word by its looks: two words that a hurried reader takes for one have the same."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))
    bare = bare.casefold().translate(_LOOKS)
    for run, looks in _RUNS:
        bare = bare.replace(run, looks)
    return bare.replace("l", "i")


_KNOWN = tuple((skeleton(brand), tuple((skeleton(own), own) for own in owns)) for brand, owns in BRANDS)


def imitated(host: str) -> str:
    """The known host that this one is made to look like; empty for a known one itself, and for any other."""
    host = host.casefold().strip(".")
    if any(host == own or host.endswith(f".{own}") for _, owns in BRANDS for own in owns):
        return ""
    if re.fullmatch(r"(?:.+\.)?google\.(?:com?\.)?[a-z]{2}", host):
        return ""
    looks = skeleton(host)
    words = re.split(r"[.-]", looks)
    for sought, wholes in _KNOWN:
        for whole, own in wholes:
            if whole in looks and re.search(rf"(?:^|\.){re.escape(whole)}(?:$|[.-])", looks):
                return own
        if len(sought) >= 5 and any(word == sought or (len(sought) >= 7 and _one_off(word, sought)) for word in words):
            return wholes[0][1]
    return ""


def _one_off(one: str, other: str) -> bool:
    """Whether two words differ by one letter: another, one more, one less, or two changed about."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    same = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, more = one[same:], other[same:]
    return rest[1:] == more[1:] or rest[1:] == more or rest == more[1:] or (rest[1::-1] + rest[2:]) == more
