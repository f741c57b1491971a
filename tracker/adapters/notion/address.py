"""The address of a Notion-like server: what may be one, and what may be sent to it.

Imported late, as is `exchange`: httpx is slow to load. Opens nothing.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from tracker.adapters.proxies import check_host, is_loopback
from tracker.errors import Problem, SettingsError


def check_address(base_url: str, *, is_http_allowed: bool = False) -> str:
    """Return an address without the version at its end; raise SettingsError when it cannot be one.

    Beyond this machine a token goes over plain http only where that is allowed explicitly.
    """
    address = base_url.strip().rstrip("/").removesuffix("/v1").rstrip("/")
    if not address.isprintable() or " " in address:
        # urlsplit takes tabs and line ends out without a word.
        raise _no_address()
    try:
        parts = urlsplit(address)
        host, is_port = httpx.URL(address).host, parts.port != 0
        check_host(host)
    except (httpx.InvalidURL, ValueError):
        raise _no_address() from None
    is_whole = parts.scheme in {"http", "https"} and host and is_port
    if not is_whole or set(address) & set("@?#\\"):
        raise _no_address()
    if parts.scheme == "http" and not is_http_allowed and not is_loopback(host):
        raise _in_the_clear(host)
    return address


def _no_address() -> SettingsError:
    return SettingsError(
        Problem(
            code="base-url",
            what="NOTION_BASE_URL is no http or https address",
            why="it is http:// or https:// and the name of a host, with a port from 1 to 65535 if "
            "need be, and without blanks, a user or a password",
            kept="nothing was written",
            next="correct NOTION_BASE_URL, or unset it to use Notion itself",
        )
    )


def _in_the_clear(host: str) -> SettingsError:
    return SettingsError(
        Problem(
            code="base-url-in-clear",
            what=f"NOTION_BASE_URL would send the token to {host} unencrypted",
            why="it begins with http://, and everyone on the way could read the token",
            kept="nothing was sent",
            next="use https:// in NOTION_BASE_URL; or, where you trust the whole network in "
            "between, export NOTION_ALLOW_HTTP=1",
        )
    )
