"""Which role opens which address of the console, and how far a session must have come in. Tables; no branch elsewhere.

An address that does not stand here opens for nobody.
"""

from __future__ import annotations

from collections.abc import Mapping

from hotline.store.staff import Role, Stage

ALL = frozenset(Role)
ANSWERING = frozenset({Role.RESPONDER, Role.SUPERVISOR, Role.ADMINISTRATOR})
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})

OPEN = frozenset(
    {
        "/staff/login",
        "/staff/login/passkey",
        "/staff/login/passkey/options",
        "/staff/invited/{key}",
        "/staff/invited/{key}/options",
        "/staff/invited/{key}/passkey",
        "/staff/roster.ics",
    }
)
"""The only addresses of the console that answer somebody who is not signed in: here the secret stands in the form,
the address or the passkey."""

MAY: Mapping[str, frozenset[Role]] = {
    "/staff/": ANSWERING,
    "/staff/board.json": ANSWERING,
    "/staff/events": ANSWERING,
    "/staff/shift": ANSWERING,
    "/staff/alike": ANSWERING,
    "/staff/contacts/{id}": ANSWERING,
    "/staff/contacts/{id}/claim": ANSWERING,
    "/staff/contacts/{id}/answer": ANSWERING,
    "/staff/contacts/{id}/phrase": ANSWERING,
    "/staff/contacts/{id}/describe": ANSWERING,
    "/staff/contacts/{id}/lane": ANSWERING,
    "/staff/contacts/{id}/release": ANSWERING,
    "/staff/contacts/{id}/close": ANSWERING,
    **{
        f"/staff/roster{more}": ANSWERING
        for more in (
            "",
            "/shift",
            "/shift/remove",
            "/day",
            "/away",
            "/away/remove",
            "/ability",
            "/calendar",
            "/import",
        )
    },
    "/staff/languages": ALL,
    "/staff/logout": ALL,
    "/staff/second": ALL,
    "/staff/account": ALL,
    "/staff/account/password": ALL,
    "/staff/account/app": ALL,
    "/staff/account/app/confirm": ALL,
    "/staff/account/app/remove": ALL,
    "/staff/account/recovery": ALL,
    "/staff/account/everywhere": ALL,
    "/staff/account/passkeys": ALL,
    "/staff/account/passkeys/options": ALL,
    "/staff/account/passkeys/remove": ALL,
    "/staff/people": ADMINISTRATORS,
    "/staff/people/invite": ADMINISTRATORS,
    "/staff/people/off": ADMINISTRATORS,
    "/staff/people/reset": ADMINISTRATORS,
}
"""Who may open what, once they are signed in."""

HOME: Mapping[Role, str] = {
    Role.RESPONDER: "/staff/",
    Role.SUPERVISOR: "/staff/",
    Role.ADMINISTRATOR: "/staff/",
    Role.MANAGER: "/staff/languages",
}
"""Where somebody comes to after signing in."""

_SETTING_UP = frozenset({Stage.IN, Stage.NEW})
_STAGES: Mapping[str, frozenset[Stage]] = {
    "/staff/second": frozenset({Stage.HALF}),
    "/staff/logout": frozenset(Stage),
    **{path: _SETTING_UP for path in MAY if path.startswith("/staff/account")},
}

NEXT: Mapping[Stage, str] = {Stage.HALF: "/staff/second", Stage.NEW: "/staff/account"}
"""Where a session that is not all the way in is sent."""


def may(role: Role, path: str) -> bool:
    return role in MAY.get(path, frozenset())


def far_enough(stage: Stage, path: str) -> bool:
    return stage in _STAGES.get(path, frozenset({Stage.IN}))
