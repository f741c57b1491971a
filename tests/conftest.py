"""Profiles of hypothesis, and a guard that keeps every test on this machine."""

import os
import signal
import socket
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings

_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("dev", max_examples=50, derandomize=True, **_COMMON)
settings.register_profile("ci", max_examples=150, derandomize=True, **_COMMON)
settings.register_profile(
    "long", max_examples=2_000, **_COMMON | {"deadline": timedelta(minutes=5)}
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell does that to what it starts in the background; the programs under test heed Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)

_LOOPBACK = ("127.", "localhost", "::1", "0.0.0.0")


@pytest.fixture(autouse=True)
def _stay_on_this_machine(monkeypatch):
    """Refuse every connection that would leave the machine, and forget the user's environment."""
    connect = socket.socket.connect

    def guarded(self, address):
        if isinstance(address, tuple) and not str(address[0]).startswith(_LOOPBACK):
            raise AssertionError(f"a test tried to reach {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    for name in ("NOTION_TOKEN", "NOTION_BASE_URL", "TRACKER_WORKSPACE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
