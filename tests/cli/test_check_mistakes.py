"""What `tracker check` says of a file with ten different mistakes, word for word."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

TEN_MISTAKES = """\
title: Ten mistakes
sections:
  - title: First
    skills:
      - id: split
        name: 1.10
        hours: two
        status: finished
      - id: split
        name: Cross-validation
        started: 2026-11-03
        completed: 2026-11-01
        requires: [slit]
        resources:
          - {title: Docs, url: "javascript:alert(1)"}
        goal: one
        goal: two
      - id: a
        name: A
        requires: [b]
      - id: b
        name: B
        requires: [a]
        tags: one
"""

SAID = """\
roadmaps/small.yaml:6:15: error yaml-surprise: `name` of skill "1.10" must be text, but `1.10` is read as the number 1.1
    YAML takes an unquoted `1.10` for a number
    for text, put it in quotes: "1.10"
roadmaps/small.yaml:7:16: error bad-number: `hours` of skill "1.10" cannot be `two`
    write a plain number, 0 or more, such as 2 or 1.5
roadmaps/small.yaml:8:17: error unknown-status: `status` of skill "1.10" cannot be `finished`
    allowed: todo, doing, done, skipped
roadmaps/small.yaml:9:13: error duplicate-id: the id `split` of skill "Cross-validation" is taken
    every skill of a roadmap has an id of its own (first: roadmaps/small.yaml:5:13)
    give one of them another id, or none: sync fills it in
roadmaps/small.yaml:12:20: error date-order: skill "Cross-validation" is completed on 2026-11-01, before it was started
    it was started on 2026-11-03
    correct one of the two dates
roadmaps/small.yaml:13:20: error unknown-requires: skill "Cross-validation" requires `slit`, which is no skill here
    `requires` lists ids of skills of this roadmap
    did you mean `split`?
roadmaps/small.yaml:15:32: error http-url: `javascript:alert(1)` is no link of skill "Cross-validation" to follow
    it begins with javascript:, and only http:// and https:// are allowed
    write a full address, such as https://example.org/page
roadmaps/small.yaml:17:9: error duplicate-key: the key `goal` stands twice in the same place
    it stands in line 16 already, and only one of them could count
    remove or rename one of them
roadmaps/small.yaml:23:20: error requires-cycle: prerequisites go in a circle: a → b → a
    none of these skills could ever be started
    take `a` out of the `requires` of `b`, or break the circle elsewhere
roadmaps/small.yaml:24:15: error wrong-type: `tags` of skill "B" must be a list, not `one`
    write `tags: [first, second]`
10 errors; 0 roadmaps and 0 skills read
"""


def test_ten_different_mistakes_are_all_named_with_line_and_column(learner):
    """Each of ten mistakes in one file is told with its place, its reason and the way out."""
    learner.roadmap.write_text(TEN_MISTAKES, encoding="utf-8")

    ended = learner.run("check")

    assert ended.code == 1
    assert ended.out.split() == SAID.split()
