"""What the token of a connection is, and which capabilities it lacks, found out without a change.

No endpoint tells the capabilities of a connection ("Authorization"). A request about a page that
nobody has changes nothing, whatever the answer is: 403 for a capability that is missing, 404 or 400
otherwise. Only the first proves something, because a server may look for the page before it looks at
capabilities.
"""

from __future__ import annotations

from tracker.adapters.notion.errors import AnswerError, ForbiddenError, FullError
from tracker.adapters.notion.gateway import Gateway
from tracker.adapters.notion.ids import Json, get_object
from tracker.errors import RemoteError
from tracker.ports import Capability, CapabilityAnswer, TokenKind

NOBODYS_PAGE = "00000000-0000-4000-8000-000000000000"
"""A well-formed id (others are refused with 400 before anything else) that no page has."""


def find_kind(bot: Json) -> TokenKind:
    """Return the kind of a token by what `users/me` says of its bot."""
    match get_object(bot, "owner").get("type"):
        case "workspace":
            return TokenKind.CONNECTION
        case "user":
            return TokenKind.PERSONAL
        case _:
            return TokenKind.UNKNOWN


def probe_capability(gateway: Gateway, capability: Capability) -> CapabilityAnswer:
    """Ask for a change of a page that nobody has, and return what the answer says."""
    parent = {"type": "page_id", "page_id": NOBODYS_PAGE}
    try:
        if capability is Capability.INSERT:
            gateway.create("pages", {"parent": parent, "properties": {}})
        else:
            gateway.patch(f"pages/{NOBODYS_PAGE}", {"properties": {}})
    except FullError:
        return CapabilityAnswer.FULL
    except ForbiddenError:
        return CapabilityAnswer.MISSING
    except AnswerError:
        return CapabilityAnswer.NOT_REFUSED
    except RemoteError:
        return CapabilityAnswer.UNTESTED
    return CapabilityAnswer.NOT_REFUSED
