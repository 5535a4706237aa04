"""Whether another site's page made a request. Pure: header names in lower case come in."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit


def from_elsewhere(headers: Mapping[str, str]) -> bool:
    """By Sec-Fetch-Site, and by Origin where that is missing (OWASP, cross-site request forgery).

    A request with neither comes from no browser that could be made to send it.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")
