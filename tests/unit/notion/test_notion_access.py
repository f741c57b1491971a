"""What an answer about a page that nobody has says of a capability, and what `users/me` of a token."""

from __future__ import annotations

import pytest
from notion_fakes import ScriptedSender, failed, make_gateway

from tracker.adapters.notion.access import NOBODYS_PAGE, find_kind, probe_capability
from tracker.ports import Capability, CapabilityAnswer, TokenKind


@pytest.mark.parametrize("capability", Capability)
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (failed(403, "restricted_resource"), CapabilityAnswer.MISSING),
        (failed(403, "restricted_resource", is_full=True), CapabilityAnswer.FULL),
        (failed(404, "object_not_found"), CapabilityAnswer.NOT_REFUSED),
        (failed(400, "validation_error"), CapabilityAnswer.NOT_REFUSED),
        (
            failed(429, "rate_limited", reason="public_api_request_blocked"),
            CapabilityAnswer.UNTESTED,
        ),
        (failed(500, "internal_server_error"), CapabilityAnswer.UNTESTED),
    ],
    ids=lambda value: str(getattr(value, "status", value)),
)
def test_only_a_refusal_proves_that_a_capability_is_missing(capability, answer, said):
    """Nothing but the page that nobody has is asked about."""
    sender = ScriptedSender(answer)

    assert probe_capability(make_gateway(sender), capability) is said
    assert all(NOBODYS_PAGE in f"{path} {body}" for _, path, body, _ in sender.asked)


@pytest.mark.parametrize(
    ("bot", "kind"),
    [
        ({"owner": {"type": "workspace", "workspace": True}}, TokenKind.CONNECTION),
        ({"owner": {"type": "user", "user": {}}}, TokenKind.PERSONAL),
        ({"owner": {"type": "team"}}, TokenKind.UNKNOWN),
        ({"owner": None}, TokenKind.UNKNOWN),
        ({}, TokenKind.UNKNOWN),
    ],
    ids=str,
)
def test_the_owner_of_a_bot_tells_the_kind_of_the_token(bot, kind):
    """An owner of another kind is no reason to stop."""
    assert find_kind(bot) is kind
