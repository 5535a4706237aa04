"""Posters, cards and labels: every sign can be printed, codes lead where they should, discreet ones betray nothing."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
import segno
import typst

from app.cli import build_parser, run
from campaigns.blocks import read_blocks
from campaigns.campaign import Campaign, Page
from campaigns.library import read_library
from campaigns.poster import KINDS, WAYS, Points, addresses, plain, points_of
from campaigns.posters.maker import House, Maker, NotPrintable, Order, sheet_data
from campaigns.posters.signs import FOLDER, as_ranges, missing
from hotline.language import LANGUAGES, Words
from hotline.store.shelf import read_words
from hotline.store.staff import Role
from tests.people import ROOT
from tests.server_help import Browser, open_house, sign_in
from tests.server_help import House as Hotline

HOUSE = House("https://hotline.example", {"sms": "+47 900 00 000", "whatsapp": "+47 900 00 001"}, "112")
SCRIPTS = (
    ("care-work-abroad", "en"),
    ("care-work-abroad", "ru"),
    ("students-working", "ar"),
    ("students-working", "zh-Hans"),
    ("work-in-a-home", "th"),
)


@pytest.fixture(scope="module")
def campaigns() -> dict[str, Campaign]:
    return {campaign.slug: campaign for campaign in read_library(ROOT / "content" / "campaigns")}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    with open_house(tmp_path_factory.mktemp("house"), second_factor=False, ways=HOUSE.ways) as opened:
        yield opened


@pytest.fixture(scope="module")
def mira(house: Hotline) -> Browser:
    return sign_in(house, "Mira", Role.MANAGER)[0]


def words(language: str) -> Words:
    return read_words(ROOT / "locales" / language, "pages")


def maker(folder: Path) -> Maker:
    return Maker(ROOT / "templates" / "posters", folder)


def page(body: str) -> Page:
    blocks, wrong = read_blocks(body)
    assert not wrong
    return Page("en", "Title", "Summary.", tuple(blocks), body)


# The words of a sheet


def test_a_checklist_comes_first_with_the_heading_above_it() -> None:
    written = "## One\n\n- a list\n\n## Look\n\n:::checklist\n- I have **it**\n- I know [why](/en/)\n:::\n"
    assert points_of(page(written)) == Points("Look", ("I have it", "I know why"), ticks=True)


def test_without_a_checklist_the_first_list_comes_with_what_leads_to_it() -> None:
    assert points_of(page("## Stop when\n\n1. you pay\n2. they\n  wait\n\n## Later\n\n- never")) == Points(
        "Stop when", ("you pay", "they wait")
    )
    assert points_of(page("## Far away\n\nSome text.\n\n- alone")) == Points("", ("alone",))
    assert points_of(page("Ask them:\n\n- alone")) == Points("Ask them:", ("alone",))
    assert points_of(page("No list at all.")) == Points()


def test_a_poster_has_five_lines_at_most() -> None:
    assert len(points_of(page("\n".join(f"- {number}" for number in range(9)))).items) == 5


def test_marks_of_markdown_are_not_printed() -> None:
    assert (
        plain("**All** of *it*, `now`: [here](https://a.example) snake_case 2*3")
        == "All of it, now: here snake_case 2*3"
    )


# Signs and fonts


def test_every_sign_of_every_page_and_word_can_be_printed() -> None:
    pages = [path for path in (ROOT / "content" / "campaigns").glob("*/*.md") if path.stem in LANGUAGES]
    assert len(pages) > 100
    for path in pages:
        assert not missing(path.read_text(encoding="utf-8")), path
    for language in LANGUAGES:
        for entry in polib.pofile(str(ROOT / "locales" / language / "pages.po")):
            assert not missing(entry.msgstr), (language, entry.msgctxt)


def test_the_list_of_signs_is_what_the_fonts_have() -> None:
    tools = pytest.importorskip("fontTools.ttLib")
    found: set[int] = set()
    for path in FOLDER.glob("*.ttf"):
        found |= set(tools.TTFont(path).getBestCmap())
    assert {"A", "ж", "ش", "ภ", "护"} <= {chr(code) for code in found}
    listed = (FOLDER / "signs.txt").read_text().split()
    assert all(int(one, 16) in found for line in listed for one in line.split("-"))
    assert as_ranges([65, 66, 68]) == "41-42\n44-44\n"


def test_the_fonts_are_free_small_and_found_by_the_typesetter() -> None:
    assert "SIL OPEN FONT LICENSE" in (FOLDER / "OFL.txt").read_text()
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 8 * 1024 * 1024
    families = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FOLDER]).families()
    assert {one.lower() for one in families} == {"noto sans", "noto sans arabic", "noto sans thai", "noto sans sc"}


def test_a_sign_that_no_font_has_is_named_and_nothing_is_printed(campaigns: dict[str, Campaign]) -> None:
    odd = Page("en", "Work ꙮ", "Summary.", (), "")
    campaign = campaigns["au-pair"]
    order = Order(
        Campaign(**{**{n: getattr(campaign, n) for n in campaign.__slots__}, "pages": {"en": odd}}), "en", "a4"
    )
    with pytest.raises(NotPrintable, match="no sign for ꙮ"):
        sheet_data(order, words("en"), HOUSE)


# Sheets


@pytest.mark.parametrize(("slug", "language"), SCRIPTS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_set_on_one_page_in_every_script(
    kind: str, slug: str, language: str, tmp_path: Path, campaigns: dict[str, Campaign]
) -> None:
    data = sheet_data(Order(campaigns[slug], language, kind), words(language), HOUSE)
    made = maker(tmp_path).make(KINDS[kind], data)
    if made.format == "pdf":
        assert made.content.startswith(b"%PDF-")
        assert len(re.findall(rb"/Type\s*/Page\b", made.content)) == 1
    else:
        assert struct.unpack(">II", made.content[16:24]) == {"square": (1080, 1080), "story": (1080, 1920)}[kind]


def test_words_that_do_not_fit_are_refused(tmp_path: Path, campaigns: dict[str, Campaign]) -> None:
    data = sheet_data(Order(campaigns["au-pair"], "en", "a4"), words("en"), HOUSE)
    with pytest.raises(NotPrintable, match="do not fit"):
        maker(tmp_path).make(KINDS["a4"], {**data, "summary": "word " * 3000})


def test_what_was_made_is_kept_until_its_words_change(tmp_path: Path, campaigns: dict[str, Campaign]) -> None:
    one, data = maker(tmp_path), sheet_data(Order(campaigns["au-pair"], "en", "card"), words("en"), HOUSE)
    first = one.make(KINDS["card"], data)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(b"from before")
    assert one.make(KINDS["card"], data).content == b"from before"
    assert one.make(KINDS["card"], {**data, "title": "Another"}).content != first.content


def test_a_code_leads_to_the_page_or_into_a_channel() -> None:
    ways = {"sms": "+47 900", "whatsapp": "+47 901", "telegram": "our_bot", "signal": "+47 902"}
    found = addresses("https://hotline.example", ways, "au-pair", "en")
    assert tuple(found) == WAYS
    assert found == {
        "page": "https://hotline.example/en/c/au-pair",
        "sms": "sms:+47900",
        "whatsapp": "https://wa.me/47901",
        "telegram": "https://t.me/our_bot?start=au-pair_en",
        "signal": "https://signal.me/#p/+47902",
    }
    assert addresses("https://a.example", ways, "x" * 70, "ar")["telegram"].endswith("?start=_ar")
    assert tuple(addresses("https://a.example", {}, "a", "en")) == ("page",)


def test_the_code_on_the_sheet_is_that_address(campaigns: dict[str, Campaign]) -> None:
    data = sheet_data(Order(campaigns["au-pair"], "en", "a4", "sms"), words("en"), HOUSE)
    (drawn,) = re.findall(r' d="([^"]+)"', data["code"])
    assert drawn in segno.make("sms:+4790000000", error="m", micro=False).svg_inline(border=0)
    assert data["address"] == ""


def test_discreet_cards_hold_no_word_of_ours_in_any_language(campaigns: dict[str, Campaign]) -> None:
    for kind in ("lip-balm", "bus-times"):
        for slug, language in SCRIPTS:
            data = sheet_data(Order(campaigns[slug], language, kind, "sms"), words(language), HOUSE)
            text = json.dumps({name: value for name, value in data.items() if name != "code"}, ensure_ascii=False)
            page = campaigns[slug].pages[language]
            assert page.title not in text
            assert words(language).filled("site/name") not in text
            assert set(data) == {"number", "code", "language", "direction", "width", "height", "screen"}


# The console and the command


def test_mira_chooses_looks_and_downloads(mira: Browser) -> None:
    assert "Poster with strips" in mira.get("/staff/posters").text
    chosen = "campaign=work-in-a-home&language=th&kind=card&way=sms"
    shown = mira.get(f"/staff/posters?{chosen}").text
    assert "No native reader has signed this language yet." in shown
    assert f'src="/staff/posters/picture?{chosen.replace("&", "&amp;")}"' in shown
    seen = mira.get(f"/staff/posters/picture?{chosen}")
    assert (seen.headers["content-type"], seen.headers["cache-control"]) == ("image/png", "no-store")
    got = mira.get(f"/staff/posters/file?{chosen}")
    assert got.headers["content-disposition"] == 'attachment; filename="work-in-a-home-th-card.pdf"'
    assert got.content.startswith(b"%PDF-")


def test_a_discreet_file_has_a_discreet_name(house: Hotline) -> None:
    dina, _ = sign_in(house, "Dina", Role.ADMINISTRATOR)
    got = dina.get("/staff/posters/file?campaign=when-home-is-not-safe&language=ar&kind=bus-times&way=whatsapp")
    assert got.headers["content-disposition"] == 'attachment; filename="bus-times.pdf"'


@pytest.mark.parametrize(
    ("asked", "status", "sentence"),
    [
        ("campaign=nothing&language=en&kind=a4", 404, "There is no campaign &#39;nothing&#39;."),
        ("campaign=au-pair&language=sv&kind=a4", 400, "au-pair has no page in sv: use"),
        ("campaign=au-pair&language=en&kind=mug", 400, "There is no kind &#39;mug&#39;: use a4"),
        ("campaign=au-pair&language=en&kind=a4&way=signal", 400, "&#39;signal&#39; is not set up under [ways]"),
    ],
)
def test_what_cannot_be_made_is_said_in_one_sentence(mira: Browser, asked: str, status: int, sentence: str) -> None:
    answer = mira.get(f"/staff/posters?{asked}")
    assert (answer.status_code, sentence in answer.text) == (status, True), answer.text
    assert "/staff/posters/picture" not in answer.text
    for more in ("picture", "file"):
        assert mira.get(f"/staff/posters/{more}?{asked}").status_code == 400


def test_responders_do_not_print(house: Hotline) -> None:
    chloe, _ = sign_in(house, "Chloe")
    for more in ("", "/picture", "/file"):
        assert chloe.get(f"/staff/posters{more}").status_code == 403


def test_the_command_writes_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / "var"))
    out = tmp_path / "poster.pdf"
    assert run(build_parser().parse_args(["posters", "care-work-abroad", "ro", "a5", "--out", str(out)])) == 0
    assert out.read_bytes().startswith(b"%PDF-")
    assert "let somebody read it before you print it" in capsys.readouterr().out
    assert run(build_parser().parse_args(["posters", "care-work-abroad", "ro", "mug"])) == 2
    assert "There is no kind 'mug'" in capsys.readouterr().err
