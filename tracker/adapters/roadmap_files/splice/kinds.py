"""Composed YAML: how a text becomes nodes, and what kind of node one is.

Must not know where nodes stand in the text; `nodes` does.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import yaml
from yaml.nodes import CollectionNode, Node, ScalarNode

STR = "tag:yaml.org,2002:str"
NULL = "tag:yaml.org,2002:null"
MERGE = "tag:yaml.org,2002:merge"


@contextmanager
def paused_gc() -> Iterator[None]:
    """Pause the garbage collector: parsing a large file is two to three times faster."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def compose(text: str) -> Node | None:
    """Compose one document; raises yaml.YAMLError for text that is not one."""
    with paused_gc():
        return yaml.compose(text, yaml.CSafeLoader)


class LooseText(ScalarNode):
    """A block scalar at the end of a text whose last line has no break.

    As the last thing of the file it ends without a line break, elsewhere it would with one; either
    is what the author wrote.
    """


def loosen_last(node: Node) -> None:
    """Make the last scalar of a tree a LooseText when it is a block scalar without a last break."""
    while node.value and isinstance(node, CollectionNode) and not node.flow_style:
        last = node.value[-1]
        child = last[1] if isinstance(last, tuple) else last
        if _is_loose(child):
            loose = LooseText(
                child.tag, child.value, child.start_mark, child.end_mark, style=child.style
            )
            node.value[-1] = (last[0], loose) if isinstance(last, tuple) else loose
        node = child


def _is_loose(node: Node) -> bool:
    is_block = isinstance(node, ScalarNode) and node.style in ("|", ">")
    return is_block and not node.value.endswith("\n")


def is_flow(node: Node) -> bool:
    """Tell whether a node is a list or mapping in flow style."""
    return isinstance(node, CollectionNode) and bool(node.flow_style)


def is_null(node: Node) -> bool:
    """Tell whether a node is a null value, written or empty."""
    return isinstance(node, ScalarNode) and node.tag == NULL
