"""Figures in an offer that mean the same in every language: pay by the month, hours from and to, messengers, addresses.

What they find is named with a `$` and can stand in every rule of content/offers: `$pay`, `$high_pay`, `$long_day`,
`$messenger`, `$contact` (a mail address, a web page, a telephone number).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

NAMES = ("$pay", "$high_pay", "$long_day", "$messenger", "$contact")

MOST_USUAL = 2_800.0
"""Euros a month above which pay for work that asks for nothing is very high; about the best net pay of unskilled work in
the Nordic countries, and far above it elsewhere (facts from Eurostat's earn_ses_pub2s, 2022, rounded by us)."""

LEAST_ICELANDIC = 120_000
"""So many crowns are Icelandic ones: the others are worth thirteen times as much."""

MOST_SAID = 300_000.0
"""Euros a month above which a figure is no pay but a slip, or something else."""

_EUROS: Mapping[str, float] = {
    "eur": 1.0, "usd": 0.92, "gbp": 1.17, "chf": 1.05, "nok": 0.087, "sek": 0.088, "dkk": 0.134, "isk": 0.0067,
    "pln": 0.23, "czk": 0.04, "huf": 0.0025, "ron": 0.2, "mdl": 0.052, "bgn": 0.51, "rub": 0.01, "uah": 0.023,
    "try": 0.028, "gel": 0.34, "kzt": 0.0019, "aed": 0.25, "qar": 0.25, "sar": 0.245, "kwd": 3.0, "bhd": 2.45, "omr": 2.4,
    "jod": 1.3, "egp": 0.019, "ils": 0.25, "inr": 0.011, "npr": 0.0069, "bdt": 0.0077, "pkr": 0.0033, "lkr": 0.0031,
    "php": 0.016, "thb": 0.026, "vnd": 0.000037, "myr": 0.2, "sgd": 0.69, "hkd": 0.118, "twd": 0.029, "cny": 0.128,
    "jpy": 0.0061, "krw": 0.00067, "aud": 0.6, "nzd": 0.55, "cad": 0.67, "mxn": 0.05, "cop": 0.00022, "brl": 0.17,
    "fcfa": 0.0015, "xof": 0.0015, "xaf": 0.0015, "ngn": 0.0006, "kes": 0.0071, "ghs": 0.06,
}  # fmt: skip
"""Roughly what one of it is worth in euros (2025); ten per cent more or less change nothing here."""

_WRITTEN: Mapping[str, str] = {
    "€": "eur", "euro": "eur", "euros": "eur", "eura": "eur", "евро": "eur", "євро": "eur", "يورو": "eur", "یورو": "eur",
    "ยูโร": "eur", "欧元": "eur", "avro": "eur", "eurot": "eur", "euroa": "eur", "eiro": "eur", "eurų": "eur", "evra": "eur",
    "evrur": "eur", "युरो": "eur",
    "$": "usd", "us$": "usd", "dollar": "usd", "dollars": "usd", "dolar": "usd", "dolares": "usd", "dólares": "usd",
    "dolari": "usd", "dolarów": "usd", "dollari": "usd", "dollaria": "usd", "dollarit": "usd", "dolārus": "usd",
    "dolāru": "usd", "dolerių": "usd", "доллар": "usd", "долларов": "usd", "доларів": "usd", "доларов": "usd", "долл": "usd",
    "دولار": "usd", "دلار": "usd", "ดอลลาร์": "usd", "ดอลล่าร์": "usd", "เหรียญ": "usd", "美元": "usd", "美金": "usd", "đô": "usd",
    "do la": "usd", "дол": "usd", "डलर": "usd", "dolyar": "usd",
    "£": "gbp", "pounds": "gbp", "quid": "gbp", "livres": "gbp", "фунтов": "gbp", "kr": "nok", "kr.": "nok", "kronor": "sek",
    "kroner": "nok", "kronur": "isk", "króna": "isk", "крон": "nok", "krónur": "isk", "zł": "pln", "zl": "pln",
    "złotych": "pln", "злотых": "pln", "злотих": "pln",
    "lei": "ron", "леев": "mdl", "₽": "rub", "руб": "rub", "рублей": "rub", "тыс.руб": "rub", "₴": "uah", "грн": "uah",
    "гривень": "uah", "₺": "try", "tl": "try", "lira": "try", "درهم": "aed", "ريال": "sar", "دينار": "kwd", "dirham": "aed",
    "dirhams": "aed", "₹": "inr", "रुपैयाँ": "npr", "रु": "npr", "रु.": "npr", "rs": "npr", "rs.": "npr", "₱": "php",
    "piso": "php", "pesos": "php", "฿": "thb", "บาท": "thb", "baht": "thb", "₫": "vnd", "đồng": "vnd", "vnđ": "vnd",
    "元": "cny", "块": "cny", "人民币": "cny", "¥": "cny", "令吉": "myr", "rm": "myr",
    "франков": "chf", "francs": "chf", "ft": "huf",
}  # fmt: skip
"""Signs and words for money. Crowns stand for the Norwegian one: the others differ too little to matter."""

_MONEY = sorted({*_WRITTEN, *_EUROS}, key=len, reverse=True)
_UNIT = "|".join(re.escape(one) for one in _MONEY)
_NUMBER = r"\d{1,3}(?:[ .,'’\u00a0\u202f]\d{3}){1,3}(?!\d)|\d{1,9}(?:[.,]\d{1,2})?(?!\d)"
_THOUSAND = r"(?:k\b|тыс\.?|tys\.?|tis\.?|mil\b|พัน|千|bin\b|ألف|الف|هزار|nghìn|ngàn|हजार)"
_AMOUNT = re.compile(_NUMBER)
_BEFORE = re.compile(rf"(?:{_UNIT})\s?\Z", re.IGNORECASE)
_AFTER = re.compile(rf"\s?(?P<thousand>{_THOUSAND})?\s?(?P<unit>{_UNIT})?(?![^\W\d_])", re.IGNORECASE)
_LONGEST_UNIT = max(map(len, _MONEY)) + 1
_WAN = re.compile(r"(?P<number>\d{1,3}(?:\.\d)?)\s?[万萬]")

# An hour counts as half a working month: who is paid by the hour rarely knows how many there will be.
_PERIOD: tuple[tuple[float, re.Pattern[str]], ...] = tuple(
    (months, re.compile(rf"(?:{words})", re.IGNORECASE))
    for months, words in (
        (90.0, r"/ ?h\b|/ ?hr|per hour|an hour|hourly|por hora|la hora|heure|час|годин|godz|"
               r"pe oră|/oră|\bora\b|saat|timme|timen|i timen|tunni|stund|val\.|klst|tunnilta|"
               r"tunti|ساعة|ساعت|ชั่วโมง|ชม\.|小时|giờ|\boras\b|घण्टा"),
        (22.0, r"/ ?day|per day|a day|daily|al día|por día|diarios|par jour|/jour|в день|за день|"
               r"в сутки|на день|dziennie|za dzień|pe zi|/zi|günlük|günde|per dag|om dagen|"
               r"päivässä|päivas|päevas|dienā|per dieną|á dag|يوميا|في اليوم|باليوم|روزانه|روزی|"
               r"ต่อวัน|วันละ|每天|日薪|một ngày|mỗi ngày|/ngày|bawat araw|kada araw|sa isang araw|"
               r"दिनको"),
        (1.0, r"month|/ ?mo\b|\bp\.?m\b|\bmes\b|mensual|\bmois\b|mensuel|месяц|місяц|miesi|\blun[aăi]|ayda|\bay\b|"
              r"aylık|månad|måned|kuukau|/ ?kk\b|\bkuus\b|mēnes|mėn|mánuð|شهر|ماه|เดือน|月|tháng|buwan|महिना|"
              r"महीन"),
        (1 / 12, r"/ ?year|per year|a year|annum|annual|\baño|anual|par an\b|annuel|в год|на рік|roczn|pe an\b|yıllık|"
                 r"yılda|per år|om året|vuodessa|aastas|gadā|per metus|á ári|سنوي|سالانه|ต่อปี|年薪|每年|một năm|taon|"
                 r"वार्षिक"),
        (4.33, r"/ ?week|per week|a week|weekly|semana|semaine|недел|тиждень|тижд|tydz|tygod|săptăm|"
               r"hafta|vecka|i uken|ugen|viikossa|nädalas|nedēļ|savait|á viku|أسبوع|هفته|สัปดาห์|"
               r"อาทิตย์ละ|每周|一周|tuần|linggo|हप्ता"),
    )
)  # fmt: skip
_NEAR = 28
"""Characters within which a word for a time belongs to a sum."""

_RANGE = re.compile(
    rf"\s?(?:[-–—~]|to|till|do|al?|à|до|ถึง|到|至|đến|hanggang|إلى)\s?(?:{_UNIT})?\s?(?:{_NUMBER})\s?{_THOUSAND}?\s?(?:{_UNIT})?",
    re.IGNORECASE,
)
"""The other end of a sum: “14 to 17 €”."""

_FIGURE = re.compile(
    r"\d+\s?[^\W\d_]*(?:\s(?:an?|per|al|por|par|pe|na|w|om|i|á|на|в|за)\s[^\W\d_]+)?|[;，、。；]|,(?!\s?(?:per|an?|par|por|в|за|на)\b)"
)
"""What parts a sum from a word for a time: another figure with what it counts, or the end of a clause."""

_TIME = re.compile(
    r"(?<![\d.:])([01]?\d|2[0-4])(?:[:.h]([0-5]\d))?\s?(am|pm|a\.m\.|"
    r"p\.m\.)?\s?(?:[-–—]|to|till|until|do|bis|a las|a|à|до|إلى|حتى|تا|ถึง|到|至|đến|"
    r"hanggang|til|till|kuni|līdz|iki|la|देखि)"
    r"\s?([01]?\d|2[0-4])(?:[:.h]([0-5]\d))?\s?(am|pm|a\.m\.|p\.m\.)?(?![\d:%€$£]|[.,]\d)",
    re.IGNORECASE,
)
_MESSENGER = re.compile(
    r"what'?s ?app|wh?ats?ap|w[ao]ts?sap+|wasap|wsp\b|telegram|telegrám|tele ?gram|"
    r"viber|\bimo\b|\bzalo\b|\bline\b|we ?chat|messenger|snap(?:chat)?\b"
    r"|instagram|\binsta\b|\bsignal\b|\bt\.me/|wa\.me/|\btg\b|\bdm\b|фб\b|ватсап|"
    r"вотсап|вацап|вайбер|телеграм|тг\b|телега|واتساب|واتس|تلغرام|تليجرام|تلگرام"
    r"|ไลน์|ไลน|วอทแอพ|微信|加微|飞机|纸飞机|व्हाट्सएप|ह्वाट्सएप|ह्वाट्सएप|भाइबर|इमो",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"\S@\S|(?:https?://|www\.)\S|\b[\w-]+\.(?:example|com|org|net|eu|no|se|fi|dk|ee|"
    r"lv|lt|ua|ru|pl|ro|es|fr|uk)\b|\+?\d[\d ()-]{7,}\d"
)


def figures(sentence: str) -> frozenset[str]:
    """Which of NAMES stand in one sentence."""
    found = {"$messenger"} if _MESSENGER.search(sentence) else set()
    if any(sign.isdigit() for sign in sentence):
        sums = list(monthly(sentence))
        found |= {"$pay"} if sums else set()
        found |= {"$high_pay"} if any(sum_ >= MOST_USUAL for sum_ in sums) else set()
        found |= {"$long_day"} if _long(sentence) else set()
    if _CONTACT.search(sentence):
        found.add("$contact")
    return frozenset(found)


def monthly(sentence: str) -> Iterator[float]:
    """Sums of money in the sentence as euros a month; a sum below fifty by no named period is no pay."""
    for match in _AMOUNT.finditer(sentence):
        after = _AFTER.match(sentence, match.end())
        before = _BEFORE.search(sentence[max(match.start() - _LONGEST_UNIT, 0) : match.start()])
        unit = before[0].strip() if before else (after["unit"] or "" if after else "")
        if not unit:
            continue
        code = _WRITTEN.get(unit.lower(), unit.lower())
        if code == "nok" and _value(match[0]) >= LEAST_ICELANDIC:
            code = "isk"
        rate = _EUROS.get(code, 0.0)
        begins = match.start() - len(unit) if before else match.start()
        months = _months(sentence, begins, after.end() if after else match.end())
        euros = _value(match[0]) * (1000 if after and after["thousand"] else 1) * rate * months
        if 50 <= euros <= MOST_SAID:
            yield euros
    for match in _WAN.finditer(sentence):
        yield float(match["number"]) * 10_000 * _EUROS["cny"] * _months(sentence, *match.span())


def _months(sentence: str, begins: int, ends: int) -> float:
    """How many times a month a sum that stands from `begins` to `ends` is paid: by the nearest word for a time after or
    before it. Behind another figure it belongs to that one: “1,800 € for 40 hours a week”.
    """
    other = _RANGE.match(sentence, ends)
    ends = other.end() if other else ends
    after = _FIGURE.split(sentence[ends : ends + _NEAR])[0]
    before = _FIGURE.split(sentence[max(begins - _NEAR, 0) : begins])[-1]
    nearest = [
        (distance, months)
        for months, period in _PERIOD
        for distance in (
            *(found.start() for found in period.finditer(after)),
            *(len(before) - found.end() for found in period.finditer(before)),
        )
    ]
    return min(nearest)[1] if nearest else 1.0


def _value(number: str) -> float:
    whole = re.sub(r"[.,](?=\d{1,2}$).*", "", number)
    return float(re.sub(r"\D", "", whole) or 0)


def _long(sentence: str) -> bool:
    """Whether hours from and to are twelve or more apart, and sure to be hours: minutes or am and pm stand with them."""
    for match in _TIME.finditer(sentence):
        first, minutes, half, last, more, other = match.groups()
        if not (minutes or more or half or other):
            continue
        begins, ends = _hour(first, minutes, half), _hour(last, more, other)
        if 12 <= (ends - begins) % 24 <= 17:
            return True
    return False


def _hour(hour: str, minutes: str | None, half: str | None) -> float:
    value = int(hour) % 12 + (12 if half and half.lower().startswith("p") else 0) if half else int(hour)
    return value + int(minutes or 0) / 60
