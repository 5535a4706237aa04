"""What a page may hold beyond Markdown: every block is read as written, and every mistake names its line."""

from __future__ import annotations

import datetime

import pytest

from campaigns.audience import read_audience
from campaigns.blocks import Ask, Checklist, Claim, Emergency, Papers, Prose, Services, Story, TrueFalse, read_blocks
from campaigns.campaign import digest_of, read_campaign
from campaigns.papers import read_papers
from campaigns.publish import Sources, pieces_of
from hotline.directory.model import Guide

TODAY = datetime.date(2026, 11, 22)

WRITTEN = """## A fair offer

Some text.

:::checklist
- You get a **contract**.
- You keep your passport.
:::

:::true-false
You may keep your own passport. = true
It is yours.

Your boss may hold back pay for a debt. = false
Nobody may
do that.
:::

:::story
Mira was told to hurry.
:::

:::emergency
:::

:::papers NO
:::

:::services NO housing legal
:::

:::ask
What if I have no papers?
You can write to us all the same.
:::

The end."""


def test_every_block_is_read_in_its_order() -> None:
    blocks, mistakes = read_blocks(WRITTEN)
    assert mistakes == []
    assert blocks == [
        Prose("## A fair offer\n\nSome text.", 1),
        Checklist(("You get a **contract**.", "You keep your passport.")),
        TrueFalse(
            (
                Claim("You may keep your own passport.", True, "It is yours."),
                Claim("Your boss may hold back pay for a debt.", False, "Nobody may do that."),
            )
        ),
        Story("Mira was told to hurry."),
        Emergency(),
        Papers("NO"),
        Services("NO", ("housing", "legal")),
        Ask((("What if I have no papers?", "You can write to us all the same."),)),
        Prose("The end.", 37),
    ]


@pytest.mark.parametrize(
    ("text", "line", "beginning"),
    [
        ("a\n\n:::quiz\n:::\n", 3, "There is no block 'quiz'"),
        (":::checklist\n- one\n", 1, "This block is never closed"),
        (":::checklist\n- one\n:::story\nx\n:::\n", 1, "This block is never closed"),
        (":::checklist\none\n:::\n", 1, "A checklist holds lines"),
        (":::checklist\n:::\n", 1, "A checklist holds lines"),
        (":::true-false\nIt is so.\nWhy\n:::\n", 1, "Each claim is a line"),
        (":::true-false\n:::\n", 1, "There is no claim"),
        (":::story\n:::\n", 1, "A story holds"),
        (":::emergency\ncall me\n:::\n", 1, "The emergency block is empty"),
        (":::papers Norway\n:::\n", 1, "Write the country"),
        (":::services\n:::\n", 1, "Write the country and the needs"),
        (":::ask\nWhat if?\n:::\n", 1, "Each question is a line"),
    ],
)
def test_a_mistake_in_a_block_names_its_line(text: str, line: int, beginning: str) -> None:
    _, mistakes = read_blocks(text)
    assert [(at, what.startswith(beginning)) for at, what in mistakes] == [(line, True)]


HEAD = {
    "audiences": ["care"],
    "goal": "Know",
    "organisation": "We",
    "starts": datetime.date(2026, 1, 1),
    "ends": datetime.date(2027, 1, 1),
    "checked": TODAY,
}


def test_a_mistake_in_a_page_is_told_with_the_line_of_the_file() -> None:
    _, mistakes = read_campaign("care", HEAD, {"en": "\n# Title\n\nWhat it\nis for.\n\n## More\n\n:::quiz\n:::\n"})
    assert mistakes == [
        "en.md:9: There is no block 'quiz': use checklist, true-false, story, emergency, papers, services, ask."
    ]


def test_a_page_is_stale_once_its_source_has_changed() -> None:
    source, page = "# Title\n\nWhat for.\n\nText.\n", "# Tittel\n\nHva.\n\nTekst.\n"
    for words, stale in ((source, False), (source.replace("\n", "  \n") + "\n\n", False), (source + "More.\n", True)):
        review = {"nb": {"made_from": digest_of(source), "author": "Emil", "author_date": TODAY}}
        campaign, mistakes = read_campaign("care", {**HEAD, "review": review}, {"en": words, "nb": page})
        assert mistakes == []
        assert campaign is not None
        assert (campaign.pages["nb"].stale, campaign.pages["en"].stale) == (stale, False)


def test_who_read_a_language_is_kept_with_the_day() -> None:
    review = {"en": {"native_reader": "Ada", "native_reader_date": TODAY, "machine": True}}
    campaign, _ = read_campaign("care", {**HEAD, "review": review}, {"en": "# T\n\nFor.\n"})
    assert campaign is not None
    page = campaign.pages["en"]
    assert (page.unread, page.review.machine, page.review.dates) == (False, True, {"native_reader": TODAY})
    for wrong in ({"survivor": 3}, {"author_date": "today"}, {"made_from": "x"}, {"reader": "Ada"}):
        _, mistakes = read_campaign("care", {**HEAD, "review": {"en": wrong}}, {"en": "# T\n\nFor.\n"})
        assert len(mistakes) == 1, wrong


PAPER = {
    "whom": "eea",
    "when": "months",
    "name": "Registration certificate",
    "office": "Police",
    "address": "https://office.example/",
    "source": "office.example",
    "source_date": "2026-01",
}


def test_a_paper_is_shown_only_while_a_named_person_has_checked_it() -> None:
    checked = {**PAPER, "checked_on": TODAY, "checked_by": "Dina"}
    papers, mistakes = read_papers({"paper": [PAPER, checked]}, TODAY)
    assert mistakes == []
    campaign, _ = read_campaign("care", HEAD, {"en": "# T\n\nFor.\n\n:::papers NO\n:::\n"})
    assert campaign is not None
    for day, shown in ((TODAY, 1), (TODAY + datetime.timedelta(days=181), 0)):
        (piece,) = pieces_of(campaign.pages["en"], Sources(Guide({}), {"NO": papers}, day))
        assert (len(piece["papers"]), piece["checking"]) == (shown, True)


def test_every_mistake_of_a_paper_is_told() -> None:
    wrong = {**PAPER, "whom": "all", "address": "http://x", "checked_on": TODAY, "more": 1, "office": ""}
    _, mistakes = read_papers({"paper": [wrong]}, TODAY)
    assert len(mistakes) == 5
    _, mistakes = read_papers({"papers": []})
    assert len(mistakes) == 1


AUDIENCE = {
    "name": "Women offered care work",
    "side": "people",
    "sector": "care",
    "reading": "easy",
    "languages": ["en", "ro"],
    "origin": ["RO", "balkans"],
    "destination": ["NO"],
    "fears": ["debt"],
    "next": ["ask for a contract"],
    "label": {"en": "I have an offer to care for somebody", "ro": "Am o ofertă de îngrijire"},
}


def test_an_audience_is_read() -> None:
    audience, mistakes = read_audience("care", AUDIENCE)
    assert mistakes == []
    assert audience is not None
    assert (audience.side, audience.origin, audience.label["ro"]) == (
        "people",
        ("RO", "balkans"),
        "Am o ofertă de îngrijire",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"side": "both"},
        {"sector": "circus"},
        {"reading": "hard"},
        {"languages": ["xx"], "label": {"xx": "?"}},
        {"languages": []},
        {"fears": []},
        {"next": "ask"},
        {"label": {"en": "me"}},
        {"label": {"en": "me", "ro": "eu", "sv": "jag"}},
        {"label": ["me"]},
        {"origin": ["Romania"]},
        {"colour": "red"},
    ],
)
def test_every_mistake_of_an_audience_is_told(change: dict[str, object]) -> None:
    audience, mistakes = read_audience("care", {**AUDIENCE, **change})
    assert audience is None
    assert mistakes


def test_an_answer_to_a_remark_stands_anywhere_and_parts_nothing() -> None:
    answer = "<!-- fine: promise: it says that nobody can -->"
    blocks, mistakes = read_blocks(f":::ask\nWhat then?\n{answer}\nNobody knows.\n:::\n\none\n{answer}\ntwo\n")
    assert mistakes == []
    assert blocks == [Ask((("What then?", "Nobody knows."),)), Prose("one\n\ntwo", 7)]
