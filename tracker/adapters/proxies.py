"""Find the proxy that the environment names for an address, and say what is wrong with it.

Reads the environment and the settings of the system as Python's own urllib does; opens nothing.
A variable may hold a password: its value is never part of a message.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from urllib.parse import unquote_to_bytes, urlsplit
from urllib.request import getproxies, proxy_bypass

from tracker.errors import Problem, SettingsError

SCHEMES = ("http", "https")
_SOCKS = frozenset({"socks5", "socks5h"})
_DEFAULT_PORTS: Mapping[str, int] = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy: its address without a login, and the login from the variable."""

    address: str
    login: tuple[bytes, bytes] | None = None

    @property
    def is_socks(self) -> bool:
        """Whether it speaks SOCKS instead of HTTP."""
        return self.address.startswith("socks")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine itself."""
    name = host.lower().strip("[]").rstrip(".")
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    # ::ffff:127.0.0.1 is this machine, too; older versions of `ipaddress` do not say so.
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def check_host(host: str) -> None:
    """Raise ValueError for a text that cannot be the name or the number of a host."""
    if not host or set(host) & set('%<>"{}|\\^`'):
        raise ValueError("no host")
    if ":" not in host:
        # As the resolver does: UnicodeError, a ValueError, for a part that is empty or too long.
        host.rstrip(".").encode("idna")


def find_proxy(address: str, environ: Mapping[str, str] = os.environ) -> Proxy | None:
    """Return the proxy for an http or https address; None when the connection is direct.

    Connections to this machine itself are always direct. Raises SettingsError, naming the variable,
    for a value that cannot be a proxy.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    if is_loopback(host):
        return None
    proxies = getproxies()
    named = proxies.get(parts.scheme) or proxies.get("all")
    # Both forms: entries of NO_PROXY may or may not name a port.
    if not named or proxy_bypass(parts.netloc) or proxy_bypass(host):
        return None
    return _parse_proxy(named, _find_variable(parts.scheme, named, environ))


def check_proxies(environ: Mapping[str, str] = os.environ) -> None:
    """Raise SettingsError for a variable of the environment that cannot be a proxy."""
    proxies = getproxies()
    for scheme in (*SCHEMES, "all"):
        if named := proxies.get(scheme):
            _parse_proxy(named, _find_variable(scheme, named, environ))


def _find_variable(scheme: str, named: str, environ: Mapping[str, str]) -> str:
    """Return the name of the variable that holds a proxy, spelled as in the environment."""
    names = (f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY")
    found = (name for name in names if environ.get(name) == named)
    return next(found, "the proxy in the settings of this system")


def _parse_proxy(named: str, variable: str) -> Proxy:
    text = named if "://" in named else f"http://{named}"
    try:
        parts = urlsplit(text)
        port, host = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0), parts.hostname or ""
        check_host(host)
    except ValueError:
        raise wrong_proxy(variable) from None
    # urlsplit removes control characters silently: what is left is not what was written.
    is_plain = text.isascii() and text.isprintable() and " " not in text
    if not is_plain or parts.scheme not in _DEFAULT_PORTS:
        raise wrong_proxy(variable)
    if parts.scheme in _SOCKS and find_spec("socksio") is None:
        raise _no_socks(variable)
    shown = f"[{host}]" if ":" in host else host
    login = None
    if parts.username is not None or parts.password is not None:
        login = unquote_to_bytes(parts.username or ""), unquote_to_bytes(parts.password or "")
    return Proxy(f"{parts.scheme}://{shown}:{port}", login)


def wrong_proxy(variable: str) -> SettingsError:
    """Return the exception for a variable whose proxy, or whose hosts, are in no known form."""
    form = "http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT"
    if variable.lower() == "no_proxy":
        form = "the names of hosts, with commas between them"
    return SettingsError(
        Problem(
            code="proxy",
            what=f"{variable} cannot be read",
            why=f"it is given as {form}",
            kept="nothing was written",
            next=f"correct {variable}, or unset it",
        )
    )


def _no_socks(variable: str) -> SettingsError:
    return SettingsError(
        Problem(
            code="proxy",
            what=f"{variable} names a SOCKS proxy, and the package for it is not installed",
            why='SOCKS needs the package "socksio", which comes with the extra "socks"',
            kept="nothing was written",
            next="python -m pip install socksio    # or unset the variable",
        )
    )
