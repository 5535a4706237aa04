"""A small browser for audits, drills and tests: keeps a cookie, posts forms, follows nothing by itself."""

from __future__ import annotations

import http.client
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True, slots=True)
class Page:
    status: int
    location: str
    text: str

    def field(self, name: str) -> str:
        """The value of the first form field of that name; AssertionError if the page has none."""
        match = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', self.text)
        assert match, f"the page has no field {name!r}"
        return unescape(match[1])


class Visitor:
    """One person's browser at one address. Whatever breaks on the way is an OSError."""

    def __init__(self, base: str, timeout: float = 20.0) -> None:
        self._host = urlsplit(base).netloc
        self._timeout = timeout
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> Page:
        return self._ask("GET", path, None)

    def post(self, path: str, form: Mapping[str, str]) -> Page:
        return self._ask("POST", path, urlencode(form))

    def _ask(self, method: str, path: str, body: str | None) -> Page:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(self._host, timeout=self._timeout)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        except http.client.HTTPException as fault:
            raise ConnectionError("the server went away in the middle of its answer") from fault
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self._cookies[name] = value
        return Page(answer.status, answer.headers.get("Location", ""), text)
