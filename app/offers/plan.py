"""The travel plan: what somebody fills in comes back as a page to print, and is kept nowhere."""

from __future__ import annotations

from app.offers.form import Form

FIELDS = ("who", "word", "when", "where", "employer", "route", "money", "papers", "embassy", "emergency")
"""The lines of the plan, in their order; the words of each are offer/plan/NAME."""

LONG = frozenset({"where", "route", "employer"})
"""Lines that need more than one row."""

MOST_LETTERS = 400


def filled_in(form: Form) -> dict[str, str]:
    """Every line as it was typed, in order; an empty one is written by hand."""
    return {name: form.text(name, MOST_LETTERS) for name in FIELDS}
