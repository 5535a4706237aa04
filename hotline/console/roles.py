"""Which role opens which address of the console, and how far a session must have come in. Tables; no branch elsewhere.

An address that does not stand here opens for nobody.
"""

from __future__ import annotations

from collections.abc import Mapping

from hotline.store.staff import ANSWERING, LEADING, Role, Stage

ALL = frozenset(Role)
SUPERVISORS = frozenset({Role.SUPERVISOR})
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
PUBLISHING = frozenset({Role.MANAGER, Role.ADMINISTRATOR})

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
    "/staff/here": ANSWERING,
    "/staff/here.gif": ANSWERING,
    "/staff/alike": ANSWERING,
    "/staff/contacts/{id}": ANSWERING,
    "/staff/contacts/{id}/claim": ANSWERING,
    "/staff/contacts/{id}/answer": ANSWERING,
    "/staff/contacts/{id}/phrase": ANSWERING,
    "/staff/contacts/{id}/describe": ANSWERING,
    "/staff/contacts/{id}/lane": ANSWERING,
    "/staff/contacts/{id}/check": ANSWERING,
    "/staff/contacts/{id}/directory": ANSWERING,
    "/staff/contacts/{id}/refer": ANSWERING,
    "/staff/contacts/{id}/note": ANSWERING,
    "/staff/contacts/{id}/back": ANSWERING,
    "/staff/contacts/{id}/release": ANSWERING,
    **{
        f"/staff/contacts/{{id}}/{more}": ANSWERING
        for more in ("ask", "ask/withdraw", "join", "decline", "leave", "hand", "pass", "pass/withdraw", "pass/stop")
    },
    **{f"/staff/packets/{{id}}{more}": ANSWERING for more in ("", "/take", "/back", "/done", "/write")},
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
    **{f"/staff/alerts{more}": ANSWERING for more in ("", "/browser", "/phone", "/telegram", "/remove", "/test")},
    "/staff/push-worker.js": ANSWERING,
    "/staff/supervise": LEADING,
    "/staff/supervise/pause": LEADING,
    "/staff/supervise/{id}": SUPERVISORS,
    "/staff/supervise/{id}/read": SUPERVISORS,
    "/staff/supervise/{id}/stop": SUPERVISORS,
    "/staff/supervise/{id}/whisper": SUPERVISORS,
    "/staff/supervise/{id}/take": SUPERVISORS,
    "/staff/supervise/{id}/back": LEADING,
    "/staff/panic": LEADING,
    "/staff/languages": ALL,
    "/staff/drill": ANSWERING,
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
    **{f"/staff/coordination{more}": PUBLISHING for more in ("", "/partner", "/remove", "/share/{slug}", "/copy")},
    **{f"/staff/posters{more}": PUBLISHING for more in ("", "/picture", "/file")},
    **{
        f"/staff/campaigns{more}": PUBLISHING
        for more in (
            "",
            "/new",
            "/{slug}",
            "/{slug}/plan",
            "/{slug}/sign",
            *(f"/{{slug}}/{{lang}}{deed}" for deed in ("", "/look", "/answer", "/publish", "/back", "/machine")),
        )
    },
    "/staff/audiences/new": PUBLISHING,
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
    Role.MANAGER: "/staff/campaigns",
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


AT_ONCE = frozenset({"/staff/panic"})
"""What must work while nothing can be written: the session's last use is not noted for it."""

UNATTENDED = frozenset({"/staff/here", "/staff/here.gif"})
"""What a page asks by itself, with nobody before it: that keeps no session awake."""


def may(role: Role, path: str) -> bool:
    return role in MAY.get(path, frozenset())


def far_enough(stage: Stage, path: str) -> bool:
    return stage in _STAGES.get(path, frozenset({Stage.IN}))
