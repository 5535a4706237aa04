"""A page as readers would see it, for the frame of a phone inside the console: nothing in it leads anywhere."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from pathlib import Path

from markupsafe import Markup

from campaigns.campaign import Campaign, Review
from campaigns.editing.proof import page_of
from campaigns.library import read_papers_of
from campaigns.publish import Render, Sources, pieces_of
from hotline.store.guide import read_guide

_LEADS = re.compile(r'\s(?:href|action|accesskey|id|aria-labelledby|for)="[^"]*"')


def sources_of(content: Path, today: datetime.date) -> Sources:
    return Sources(read_guide(content / "directory"), read_papers_of(content / "papers"), today)


def whole_page(
    render: Render, campaign: Campaign, text: str, language: str, sources: Sources, *, machine: bool = False
) -> str | None:
    """The very page that would be published; None while the text has no title or a block is not closed."""
    page, _ = page_of(text, language)
    if page is None:
        return None
    page = replace(page, review=Review(machine=machine))
    return render(
        "campaign.html",
        language,
        {
            "campaign": replace(campaign, pages={language: page}),
            "page": page,
            "pieces": pieces_of(page, sources),
            "more": [],
            "path": f"c/{campaign.slug}",
            "here": [],
            "ended": False,
        },
    )


def still(html: str) -> Markup:
    """The body of a page of ours, without what leads away from it and without marks that the console's own page has."""
    body = html[html.index("<header") : html.index("</body>")]
    body = _LEADS.sub("", body)
    for old, new in (
        ("<form", "<div"),
        ("</form>", "</div>"),
        ("<main", '<div class="as-main"'),
        ("</main>", "</div>"),
    ):
        body = body.replace(old, new)
    body = body.replace("<button ", '<button type="button" ').replace("<header", "<div").replace("</header>", "</div>")
    body = body.replace("<footer", "<div").replace("</footer>", "</div>")
    return Markup(body)  # noqa: S704 - rendered by our own template, which escapes
