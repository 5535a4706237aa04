"""Names that others like to imitate, with the hosts that are truly theirs. Small on purpose; public knowledge."""

from __future__ import annotations

BRANDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("telegram", ("telegram.org", "t.me", "telegram.me", "telegram.dog")),
    ("whatsapp", ("whatsapp.com", "wa.me", "whatsapp.net")),
    ("signal", ("signal.org", "signal.me", "signal.group", "signal.art")),
    ("viber", ("viber.com",)),
    ("facebook", ("facebook.com", "fb.com", "fb.me")),
    ("messenger", ("messenger.com", "m.me")),
    ("instagram", ("instagram.com",)),
    ("tiktok", ("tiktok.com",)),
    ("vkontakte", ("vk.com", "vkontakte.ru")),
    ("wechat", ("wechat.com",)),
    ("google", ("google.com",)),
    ("gmail", ("gmail.com",)),
    ("outlook", ("outlook.com",)),
    ("microsoft", ("microsoft.com",)),
    ("apple", ("apple.com",)),
    ("icloud", ("icloud.com",)),
    ("booking", ("booking.com",)),
    ("airbnb", ("airbnb.com",)),
    ("paypal", ("paypal.com", "paypal.me")),
    ("revolut", ("revolut.com", "revolut.me")),
    ("wise", ("wise.com",)),
    ("westernunion", ("westernunion.com",)),
    ("moneygram", ("moneygram.com",)),
    ("dnb", ("dnb.no",)),
    ("nordea", ("nordea.com", "nordea.no", "nordea.se", "nordea.fi", "nordea.dk")),
    ("swedbank", ("swedbank.com", "swedbank.se", "swedbank.ee", "swedbank.lv", "swedbank.lt")),
    ("handelsbanken", ("handelsbanken.com", "handelsbanken.se", "handelsbanken.no")),
    ("danskebank", ("danskebank.com", "danskebank.dk", "danskebank.no", "danskebank.se", "danskebank.fi")),
    ("sparebank1", ("sparebank1.no",)),
    ("seb", ("seb.se", "seb.ee", "seb.lv", "seb.lt")),
    ("bankid", ("bankid.no", "bankid.com")),
    ("vipps", ("vipps.no",)),
    ("swish", ("swish.nu",)),
    ("mobilepay", ("mobilepay.dk", "mobilepay.fi")),
    ("politiet", ("politiet.no",)),
    ("altinn", ("altinn.no",)),
    ("skatteetaten", ("skatteetaten.no",)),
    ("arbeidstilsynet", ("arbeidstilsynet.no",)),
    ("udi", ("udi.no",)),
    ("nav", ("nav.no",)),
    ("polisen", ("polisen.se",)),
    ("migrationsverket", ("migrationsverket.se",)),
    ("skatteverket", ("skatteverket.se",)),
    ("poliisi", ("poliisi.fi",)),
    ("migri", ("migri.fi",)),
    ("politi", ("politi.dk",)),
    ("nyidanmark", ("nyidanmark.dk",)),
    ("interpol", ("interpol.int",)),
    ("europa", ("europa.eu",)),
    ("unhcr", ("unhcr.org",)),
    ("iom", ("iom.int",)),
    ("icrc", ("icrc.org",)),
    ("redcross", ("redcross.org", "redcross.se", "redcross.fi")),
)
"""A name, and the hosts that are its own; the first stands for all."""

SHORT = frozenset(
    "bit.ly tinyurl.com t.ly goo.gl is.gd cutt.ly rb.gy ow.ly shorturl.at t.co lnkd.in buff.ly s.id".split()
)
"""Hosts that hide where they lead."""

TLDS = frozenset(
    """
    com org net info biz name edu gov mil int eu app dev online site website xyz top club shop store link click live
    work works jobs money cash loan support help email chat group social world today life icu cyou vip fun space pro
    me io co cc tv ly gl gd to im ai gg sh link page zip mov
    no se fi dk is ee lv lt ru by ua pl ro md tr th cn hk tw vn ph es fr pt it de at ch nl be lu ie uk us ca au nz
    cz sk hu bg gr hr si rs ba mk al ge am az kz kg uz tj tm ir iq sy lb jo il sa ae qa kw om ye eg ma dz tn ng gh ke
    et so sd za br ar cl pe ec ve mx cu in pk bd np lk mm kh la id my sg jp kr tk ml ga cf gq ws su pw nu
    рф укр бел срб бг мкд қаз мон онлайн сайт 中国 中國 公司 网络 台灣 香港 ไทย ایران السعودية امارات مصر المغرب
    """.split()
)
"""Endings by which a bare word with a dot is taken for an address."""
