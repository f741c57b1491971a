"""Documents as flat lists: what their nodes are, and when two of them are the same."""

from __future__ import annotations

import pytest

from tracker.adapters.roadmap_files.document import ScalarNode, compose, share_text

TEXT = """\
title: x
base: &base {level: entry}
sections:
  - name: a
    tags: [b, 'c']
  - <<: *base
"""


def test_views_of_one_node_are_equal():
    """A reference is a view of what it refers to, and so is the node itself."""
    _, (_, base), (_, sections) = compose(TEXT).root.value

    taken = sections.value[1].value[0][1]

    assert taken == base
    assert len({taken, base}) == 1
    assert sections.value[0] != base


def test_a_node_knows_its_place():
    """Lines and columns are counted from 0, and end where the text does."""
    (_, title), *_ = compose(TEXT).root.value

    assert isinstance(title, ScalarNode)
    assert (title.start, title.end, title.line, title.column) == (7, 8, 0, 7)


def test_a_text_that_is_in_use_is_composed_once():
    """An edit of a file that is loaded makes use of its document; when nobody needs it, it goes."""
    first = compose(TEXT)

    assert compose(TEXT) is first
    assert compose(TEXT + "# more") is not first
    assert share_text(TEXT.encode().decode()) is first.text
    assert share_text("another") == "another"


COPIES = {
    "the same": ("a: [b, c]", "a: [b, c]", True),
    "another place": ("# a comment\na: [b, c]", "a: [b,   c]", True),
    "another text": ("a: [b, c]", "a: [b, d]", False),
    "another type": ("a: [b, 1]", "a: [b, '1']", False),
    "another style": ("a: [b, c]", "a: [b, 'c']", False),
    "another shape": ("a: [[b], c]", "a: [[b, c]]", False),
    "fewer": ("a: [b, c]", "a: [b]", False),
    "a reference": ("&x a: [b, *x]", "&x a: [b, *x]", False),
}


@pytest.mark.parametrize(("one", "other", "is_copy"), COPIES.values(), ids=COPIES.keys())
def test_a_copy_says_the_same_in_the_same_way(one, other, is_copy):
    """Only what is certainly the same is called a copy; places do not count."""
    ours, theirs = compose(f"# one\n{one}\n").root, compose(f"# other\n{other}\n").root

    assert ours.is_copy(theirs) is is_copy
    assert theirs.is_copy(ours) is is_copy
