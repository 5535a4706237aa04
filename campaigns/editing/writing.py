"""One language of one campaign: the source beside it, what is said of the text, the phone it is read on, and its history."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from campaigns.drafts import Changed, Draft, Unwritable, keep_draft, seen_of, versions_of
from campaigns.drafts import ask_machine as ask_worker
from campaigns.editing import deeds
from campaigns.editing.desk import LIST, Editing, NotThere
from campaigns.editing.kept import Kept, Shelf, today_of
from campaigns.editing.preview import sources_of, still, whole_page
from campaigns.editing.proof import answered, differences, hardness_of, limit_of, marks_of, page_of
from hotline.console.forms import read_form
from hotline.console.session import Visit
from hotline.desk.work import Refused
from hotline.language import LANGUAGES
from hotline.store import translations

ANSWERS_SHOWN = 20
"""So many remarks can be answered at once: a form has room for no more fields."""


def _language(visit: Visit) -> str:
    tag = str(visit.request.path_params["lang"])
    if tag not in LANGUAGES:
        raise NotThere("This is not one of our languages.")
    return tag


def _text(form: dict[str, str]) -> str:
    text = form.get("text", "").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return text.strip("\n") + "\n" if text.strip() else ""


async def page(
    editing: Editing, visit: Visit, notice: str = "", status: int = 200, typed: str | None = None, *, theirs: str = ""
) -> Response:
    """`typed`: a text that is not saved; `theirs`: what somebody else wrote meanwhile."""
    language, shelf = _language(visit), await editing.shelf()
    kept = editing.one(shelf, visit)
    draft = kept.drafts.get(language)
    text = typed if typed is not None else draft.text if draft else kept.texts.get(language, "")
    values = await asyncio.to_thread(_looked_at, editing, shelf, kept, language, text)
    saved = draft is not None and draft.text == text
    against = deeds.hindrances(kept, draft, visit.member, shelf, editing.house) if draft and saved else []
    values |= {
        "member": visit.member,
        "kept": kept,
        "tag": language,
        "text": text,
        "seen": seen_of(draft),
        "draft": draft,
        "saved": saved,
        "unsaved": text != (draft.text if draft else kept.texts.get(language, "")),
        "against": against,
        "notice": notice,
        "theirs": theirs,
        "live": language in kept.texts,
        "versions": versions_of(kept.folder, language),
        "locked_files": editing.locked_files(),
        "machine_there": await _machine(editing, kept, language, text),
    }
    return editing.console.page("staff/campaign_page.html", values, status)


def _looked_at(editing: Editing, shelf: Shelf, kept: Kept, language: str, text: str) -> dict[str, Any]:
    """What is said of a text, and how it looks."""
    reading, source = kept.reading(shelf.audiences), kept.about.source
    marks = marks_of(text, language, reading, shelf.around) if text.strip() else []
    here, there = page_of(text, language)[0], page_of(kept.source_text(), source)[0]
    lines = text.splitlines()
    return {
        "marks": [(mark, lines[mark.line - 1] if 0 < mark.line <= len(lines) else "") for mark in marks],
        "answers_shown": ANSWERS_SHOWN,
        "differences": differences(there, here) if here and there and language != source else [],
        "source_text": kept.source_text() if language != source else "",
        "hardness": hardness_of(text, language),
        "most": limit_of(language, reading),
        "reading": reading,
        "has_ear": language in shelf.around.ears,
        "preview": _preview(editing, kept, language, text),
    }


def _preview(editing: Editing, kept: Kept, language: str, text: str) -> object:
    """The page in its frame; None while it cannot be shown."""
    if language not in editing.languages:
        return None
    draft = kept.drafts.get(language)
    sources = sources_of(editing.content, today_of(time.time()))
    try:
        machine = bool(draft and draft.machine)
        html = whole_page(editing.render, kept.about, text, language, sources, machine=machine)
    except KeyError:  # a country that has no words in this language: the remarks say so
        return None
    return still(html) if html else None


async def _machine(editing: Editing, kept: Kept, language: str, text: str) -> str:
    """`there` when an engine can make a draft of an empty page, `asked` when it has been asked to, else nothing."""
    if text.strip() or language == kept.about.source or not kept.source_text():
        return ""
    if (kept.folder / "drafts" / f"{language}.asked").exists():
        return "asked"
    pairs = await editing.console.read(lambda connection: translations.installed(connection, time.time()))
    return "there" if (kept.about.source, language) in pairs else ""


async def look(editing: Editing, visit: Visit) -> Response:
    """As it would be, without saving."""
    form = await read_form(visit.request)
    return await page(editing, visit, typed=_text(form))


async def save(editing: Editing, visit: Visit) -> Response:
    form = await read_form(visit.request)
    return await _saved(editing, visit, form, _text(form))


async def answer(editing: Editing, visit: Visit) -> Response:
    """A reason goes into the file before the line that is meant, and the draft is saved with it."""
    form = await read_form(visit.request)
    text, language, shelf = _text(form), _language(visit), await editing.shelf()
    kept = editing.one(shelf, visit)
    name = form.get("answer", "")
    marks = marks_of(text, language, kept.reading(shelf.audiences), shelf.around)
    mark = next((one for one in marks if one.name == name and one.answerable), None)
    why = form.get(f"why-{name}", "").strip()
    if mark is None:
        return await page(editing, visit, "This remark is not there any more: look again.", 400, text)
    if not why:
        return await page(editing, visit, "Write why it is meant so, then answer.", 400, text)
    return await _saved(editing, visit, form, answered(text, mark, why))


async def _saved(editing: Editing, visit: Visit, form: dict[str, str], text: str) -> Response:
    language, folder = _language(visit), editing.folder(visit)
    shelf = await editing.shelf()
    before = editing.one(shelf, visit).drafts.get(language)
    machine = bool(before and before.machine) and form.get("gone_over") != "yes"
    draft = Draft(language, text, visit.member.name, visit.member.id, machine)
    try:
        await asyncio.to_thread(keep_draft, folder, draft, form.get("seen", ""))
    except Changed as meanwhile:
        told = f"{meanwhile} Yours is not saved: take over what you need, then save."
        return await page(editing, visit, told, 409, text, theirs=meanwhile.now)
    except Unwritable as refusal:
        return await page(editing, visit, str(refusal), 400, text)
    return _back(visit)


async def publish(editing: Editing, visit: Visit) -> Response:
    """What is published is the draft as it is saved, and as this member sees it."""
    form, language, now = await read_form(visit.request), _language(visit), time.time()
    text, shelf = _text(form), await editing.shelf()
    kept = editing.one(shelf, visit)
    draft = kept.drafts.get(language)
    if draft is None or draft.text != text:
        return await page(editing, visit, "This text is not saved yet: save it, then publish.", 400, text)

    def try_out(final: Draft) -> None:
        if final.text != text or _preview(editing, replace(kept), language, final.text) is None:
            raise Refused(
                "This text cannot be shown as a page: somebody else has changed it, or its language is not offered."
            )

    try:
        await asyncio.to_thread(deeds.publish, shelf, editing.house, kept.slug, language, visit.member, now, try_out)
    except (Refused, Unwritable) as refusal:
        return await page(editing, visit, str(refusal), 400, text)
    await editing.shown()
    return RedirectResponse(f"{LIST}/{quote(kept.slug)}", 303)


async def roll_back(editing: Editing, visit: Visit) -> Response:
    form, language, now = await read_form(visit.request), _language(visit), time.time()
    kept = editing.one(await editing.shelf(), visit)
    try:
        await asyncio.to_thread(deeds.roll_back, kept, form.get("version", ""), language, now)
    except (Refused, Unwritable) as refusal:
        return await page(editing, visit, str(refusal), 400)
    await editing.shown()
    return _back(visit)


async def ask_machine(editing: Editing, visit: Visit) -> Response:
    language, kept = _language(visit), editing.one(await editing.shelf(), visit)
    if await _machine(editing, kept, language, "") == "there":
        await asyncio.to_thread(ask_worker, kept.folder, language)
    return _back(visit)


def _back(visit: Visit) -> Response:
    slug, language = visit.request.path_params["slug"], visit.request.path_params["lang"]
    return RedirectResponse(f"{LIST}/{quote(slug)}/{quote(language)}", 303)
