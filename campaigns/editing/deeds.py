"""What a campaign manager can do: begin a campaign or an audience, publish, roll back, sign, plan. Files in, files out.

Refused says in one sentence why not; then nothing has changed.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaigns.audience import read_audience
from campaigns.campaign import ROLES, digest_of, read_campaign
from campaigns.drafts import (
    DRAFTS,
    TABLE,
    Draft,
    drop_draft,
    locked,
    replace_page,
    table_of,
    versions_of,
    write_whole,
)
from campaigns.editing.kept import Kept, Shelf, read_kept, review_table
from campaigns.editing.proof import marks_of
from campaigns.editing.tomltext import toml_of, with_values
from hotline.desk.work import Refused
from hotline.store.staff import Member

RESERVED = frozenset({"new"})
"""Names that the addresses of the editor have taken."""

SCAFFOLD = """# What this page is called

One short paragraph: what this page is for.

## What you can check

- one thing to check
- another thing to check

## What you can do

1. The first small step.
2. Write to us. You need no name, and you decide what happens.
"""


@dataclass(frozen=True, slots=True)
class House:
    """What the organisation has decided. `two_people`: whoever edited a page last does not publish it; `machine_unread`:
    a machine's draft may be published before a person has gone over it."""

    organisation: str
    two_people: bool = True
    machine_unread: bool = False


def hindrances(kept: Kept, draft: Draft, member: Member, shelf: Shelf, house: House) -> list[str]:
    """Why this draft cannot be published by this member now."""
    found = []
    if not draft.text.strip():
        found.append("There is no text yet.")
    marks = marks_of(draft.text, draft.language, kept.reading(shelf.audiences), shelf.around)
    if marks and draft.text.strip():
        lines = ", ".join(dict.fromkeys(str(mark.line) for mark in marks))
        found.append(f"There are remarks to mend or to answer first: line {lines}.")
    if house.two_people and draft.staff_id == member.id:
        found.append("You edited this last: another member of staff reads it and publishes it.")
    if draft.machine and not house.machine_unread:
        found.append("A machine wrote this: go over the whole of it first, and say so when you save it.")
    if draft.language != kept.about.source and kept.about.source not in kept.texts:
        found.append("Publish the language that the others are written from first.")
    unknown = [slug for slug in kept.about.audiences if slug not in shelf.audiences]
    if unknown:
        found.append(f"There is no audience {', '.join(unknown)} yet.")
    return found


def publish(
    shelf: Shelf, house: House, slug: str, language: str, member: Member, now: float, try_out: Callable[[Draft], None]
) -> None:
    """The draft becomes the page. `try_out` renders it, and raises Refused when that fails."""
    folder = shelf.campaigns[slug].folder
    with locked(folder):
        kept = read_kept(folder)
        draft = kept.drafts.get(language)
        if draft is None:
            raise Refused("There is no draft to publish: somebody else has published it meanwhile.")
        against = hindrances(kept, draft, member, shelf, house)
        if against:
            raise Refused(" ".join(against))
        try_out(draft)
        today = datetime.datetime.fromtimestamp(now, datetime.UTC).date()
        same = kept.texts.get(language) == draft.text
        review = _review_of(kept, draft, member, today, same=same)
        _become(kept, language, draft.text, review, now)
        drop_draft(folder, language)


def _review_of(kept: Kept, draft: Draft, member: Member, today: datetime.date, *, same: bool) -> dict[str, Any]:
    """Who wrote it, and from what. Whoever read the words before has not read these: their names go with the old version."""
    before = review_table(kept, draft.language) if same else {}
    review = {**before, "author": "" if draft.machine else draft.by or member.name, "author_date": today}
    review.setdefault("native_reader", "")
    review.pop("machine", None)
    if draft.machine:
        review["machine"] = True
    if draft.language != kept.about.source:
        review["made_from"] = digest_of(kept.texts[kept.about.source])
    return review


def roll_back(kept: Kept, name: str, language: str, now: float) -> None:
    """An older version becomes the page, with the names of those who had read it. It was published once, so that one person
    may do it at any hour."""
    with locked(kept.folder):
        fresh = read_kept(kept.folder)
        version = next((one for one in versions_of(kept.folder, language) if one.name == name), None)
        if version is None:
            raise Refused("This version is not kept any more.")
        _become(fresh, language, version.text, dict(version.review), now)


def _become(kept: Kept, language: str, text: str, review: Mapping[str, Any], now: float) -> None:
    """The page first, then what is said of it: a reader never finds a campaign whose page is missing."""
    path = table_of(kept.folder)
    before = path.read_text(encoding="utf-8")
    gone = dict.fromkeys(review_table(kept, language))
    after = with_values(before, f"review.{language}", {**gone, **review})
    _check(kept, after, {**kept.texts, language: text})
    at = datetime.datetime.fromtimestamp(now, datetime.UTC)
    replace_page(kept.folder, language, text, review_table(kept, language), at)
    write_whole(kept.folder / TABLE, after)
    if path.parent != kept.folder:
        path.unlink(missing_ok=True)


def _check(kept: Kept, table: str, texts: Mapping[str, str]) -> None:
    import tomllib

    _, mistakes = read_campaign(kept.slug, tomllib.loads(table), texts)
    if mistakes:
        raise Refused(" ".join(mistakes))


def change_table(kept: Kept, section: str, values: Mapping[str, object]) -> None:
    """Change values of a campaign's file; it must still be whole."""
    with locked(kept.folder):
        path = table_of(kept.folder)
        after = with_values(path.read_text(encoding="utf-8"), section, values)
        _check(kept, after, kept.texts or {kept.about.source: SCAFFOLD})
        write_whole(path, after)


def plan(kept: Kept, form: Mapping[str, str]) -> None:
    """When it begins and ends, and when its facts were looked at last."""
    dates = {name: a_date(form.get(name, ""), name) for name in ("starts", "ends", "checked")}
    change_table(kept, "", dates)


def sign(kept: Kept, form: Mapping[str, str], today: datetime.date) -> None:
    """Somebody has read the published words of one language; an empty name takes a signature back."""
    language, role = form.get("language", ""), form.get("role", "")
    if language not in kept.texts:
        raise Refused("Only a page that is published can be signed.")
    if role not in ROLES:
        raise Refused("Say as what they have read it.")
    name = " ".join(form.get("name", "").split())[:80]
    day = a_date(form.get("date", "") or today.isoformat(), "date")
    if day > today:
        raise Refused("The date lies in the future.")
    change_table(kept, f"review.{language}", {role: name, f"{role}_date": day if name else None})


def a_date(text: str, what: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text.strip())
    except ValueError:
        raise Refused(f"{what} must be a date like 2026-11-22.") from None


# Beginning


def new_campaign(content: Path, table: Mapping[str, Any], slug: str, languages: list[str]) -> None:
    """A folder with the campaign's table and an empty draft for every language; nothing of it is published."""
    folder = content / "campaigns" / slug
    source = table["source"]
    _, mistakes = read_campaign(slug, table, {source: SCAFFOLD})
    if slug in RESERVED:
        mistakes.append(f"The name {slug!r} is taken by the editor itself.")
    if not mistakes and folder.exists():
        mistakes.append(f"There is a campaign {slug} already.")
    known = {path.stem for path in (content / "audiences").glob("*.toml")}
    mistakes += [f"There is no audience {one}." for one in table["audiences"] if one not in known]
    if mistakes:
        raise Refused(" ".join(mistakes))
    write_whole(folder / DRAFTS / f"{source}.md", SCAFFOLD)
    for tag in languages:
        if tag != source:
            write_whole(folder / DRAFTS / f"{tag}.md", "")
    write_whole(folder / DRAFTS / TABLE, toml_of(table))


def new_audience(content: Path, slug: str, table: Mapping[str, Any]) -> None:
    """A file of content/audiences."""
    _, mistakes = read_audience(slug, table)
    path = content / "audiences" / f"{slug}.toml"
    if not mistakes and path.exists():
        mistakes = [f"There is an audience {slug} already."]
    if mistakes:
        raise Refused(" ".join(mistakes))
    write_whole(path, toml_of(table))
