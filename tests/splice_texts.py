"""Random roadmap files as text, written in every style an author may think of.

The texts are valid YAML of the right shape, but nothing more: skills need not make sense. Every
comment holds a unique word, so that a lost one is found.
"""

from __future__ import annotations

import json
import random

import yaml

WORDS = ["kNN", "split", "Bayes", "gradient", "naïve", "数据", "😀", "ROC/AUC", "a-b", "(x)", "50%"]
HOSTILE = [
    "on", "no", "Y", "null", "~", "1.10", "12:30", "2024-01-05", "0x1F", "1e3", "0o17", "", " x",
    "x ", "- x", "a: b", "a #b", "# a", "*x", "&x", "!x", "%x", "@x", "`x", "{x}", "[x]", "x, y",
    "'q'", '"q"', "a\\b", "?x", "? x", ":x", "x:", "=", "<<", "|", ">", "a\tb", "a\u2028b",
    "a\u2029", "x\x85y", "\ufeff", "\xa0x\xa0", "a\x07b", "é", "--- a", "...", ".5", "+1", "-1", "1_000",
]  # fmt: skip
LIST_KEYS = ("tags", "requires", "resources", "aliases", "prove")
TEXT_KEYS = ["goal", "level", "notes"]
STYLES = ["plain", "plain", "plain", "single", "double", "folded-plain", "folded-double"]


class Writer:
    """Writes one random file."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.lines: list[str] = []
        self.count = 0
        self.anchors: list[str] = []
        self.skill_anchors: list[str] = []
        self.list_anchors: dict[str, list[str]] = {key: [] for key in LIST_KEYS}
        self.step = rng.choice([2, 2, 2, 4, 3])
        self.list_indent = rng.choice([0, 2, self.step])
        self.gap = rng.choice([2, 2, 2, 4, 3])
        self.noise = rng.choice([0, 0.1, 0.3])
        self.flow_items = rng.random() < 0.6
        self.blank = rng.random() < 0.3

    def maybe(self, chance: float) -> bool:
        return self.rng.random() < chance

    def comment(self) -> str:
        self.count += 1
        return f"# c{self.count}c " + self.rng.choice(WORDS)

    def trail(self) -> str:
        if self.maybe(self.noise):
            return self.rng.choice([" ", "  ", "     "]) + self.comment()
        return " " * self.rng.choice([0, 0, 0, 0, 0, 1, 3]) if self.maybe(self.noise) else ""

    def add(self, text: str, *, trail: bool = True) -> None:
        self.lines.append(text + (self.trail() if trail else ""))

    def aside(self, column: int) -> None:
        """Write comment and blank lines between two things, at odd places."""
        while self.maybe(self.noise / 2):
            if self.maybe(0.4):
                self.lines.append(" " * self.rng.choice([0, 0, 1, column]))
            else:
                indent = self.rng.choice(
                    [0, column, column, column, column + 2, max(column - 2, 0)]
                )
                self.lines.append(" " * indent + self.comment())

    def text(self) -> str:
        if self.maybe(0.15):
            return self.rng.choice(HOSTILE)
        return " ".join(self.rng.choice(WORDS) for _ in range(self.rng.randint(1, 5)))

    def scalar(self, value: str, column: int, *, flow: bool = False) -> str:
        """Write a text in a random one of the styles that can hold it."""
        for style in [self.rng.choice(STYLES), "plain", "single"]:
            text = self.styled(value, style, column)
            if text is not None and reads_as(text, value, flow=flow):
                return text
        return json.dumps(value, ensure_ascii=self.maybe(0.5))

    def styled(self, value: str, style: str, column: int) -> str | None:
        fold = "\n" + " " * (column + self.rng.randint(1, 4))
        if style == "plain":
            return value
        if style == "single":
            return "'" + value.replace("'", "''") + "'"
        if style == "double":
            return json.dumps(value, ensure_ascii=self.maybe(0.3))
        words = value.split(" ")
        if len(words) < 3 or any(not word for word in words):
            return None
        folded = " ".join(words[:1]) + fold + " ".join(words[1:-1]) + fold + words[-1]
        return f'"{folded}"' if style == "folded-double" and '"' not in value else folded

    def key(self, key: str) -> str:
        return self.rng.choice([f'"{key}"', f"'{key}'"]) if self.maybe(0.02) else key

    def pair(self, key: str, column: int) -> None:  # noqa: C901, PLR0911, PLR0912 - a branch a kind
        """Write one pair of a block mapping."""
        lead = " " * column + self.key(key) + ":"
        if key in LIST_KEYS:
            if self.list_anchors[key] and self.maybe(0.1):
                return self.add(f"{lead} *{self.rng.choice(self.list_anchors[key])}")
            if self.maybe(0.05):
                self.list_anchors[key].append(f"s{key}{len(self.list_anchors[key])}")
                lead += f" &{self.list_anchors[key][-1]}"
            return self.list_pair(key, lead, column)
        if self.anchors and self.maybe(0.04):
            return self.add(f"{lead} *{self.rng.choice(self.anchors)}")
        if self.maybe(0.04):
            return self.add(lead + self.rng.choice(["", " ~", " null", "   "]))
        if key == "hours":
            return self.add(f"{lead} {self.rng.choice(['2', '0.5', '10', '1_000'])}")
        if key in {"started", "completed"}:
            return self.add(f"{lead} {self.rng.choice(['2026-11-01', '2025-02-28'])}")
        if key == "kind":
            return self.add(lead + " " + self.rng.choice(["skill", "project", "'milestone'"]))
        if key == "status":
            return self.add(lead + " " + self.rng.choice(["todo", "doing", "done", '"done"']))
        if key in {"goal", "notes"} and self.maybe(0.5):
            return self.block_scalar(lead, column)
        anchor = ""
        if self.maybe(0.03):
            self.anchors.append(f"v{len(self.anchors)}")
            anchor = f"&{self.anchors[-1]} "
        if self.maybe(0.02):
            anchor += "!!str "
        text = self.scalar(self.text(), column)
        if not anchor and self.maybe(0.02):
            return self.lines.extend([lead, " " * (column + 2) + text])
        tab = "\t" if self.maybe(0.02) else " "
        return self.add(f"{lead}{tab}{anchor}{text}")

    def block_scalar(self, lead: str, column: int) -> None:
        indent = self.rng.choice([1, 2, 2, 4])
        header = self.rng.choice(["|", "|", ">", "|-", ">-", "|+", ">+"])
        if self.maybe(0.1):
            header = header[0] + str(indent) + header[1:]
        self.add(f"{lead} {header}")
        for number in range(self.rng.randint(1, 4)):
            line = " ".join(self.rng.choice([*WORDS, "# x", "- y", "k:"]) for _ in range(3))
            if number and self.maybe(0.1):
                self.lines.append("")
            self.lines.append(" " * (column + indent) + line + self.rng.choice(["", "", "", " "]))
        if self.maybe(0.2):
            self.lines.append("")

    def list_pair(self, key: str, lead: str, column: int) -> None:
        urls = self.rng.sample(range(6), self.rng.randint(1, 3))
        if key == "resources":
            entries = [self.resource(url, column) for url in urls]
        else:
            entries = [self.scalar(f"t{url}", column, flow=True) for url in urls]
        if self.maybe(0.5 if key != "resources" else 0.1):
            return self.flow_list(lead, [each for each in entries if isinstance(each, str)], column)
        dash = column + self.list_indent
        self.add(lead)
        for entry in entries:
            self.aside(dash)
            mark = " " * dash + "-" + " " * (self.gap - 1)
            if isinstance(entry, str):
                self.add(mark + entry)
            else:
                self.add(mark + entry[0])
                for line in entry[1:]:
                    self.add(" " * (dash + self.gap) + line)
        return None

    def flow_list(self, lead: str, entries: list[str], column: int) -> None:
        if self.maybe(0.2) and entries:
            return self.tall_list(lead, entries, column)
        comma = self.rng.choice([", ", ", ", ","])
        pad = self.rng.choice(["", "", " "])
        last = self.rng.choice(["", "", "", ","]) if entries else ""
        return self.add(f"{lead} [{pad}{comma.join(entries)}{last}{pad}]")

    def tall_list(self, lead: str, entries: list[str], column: int) -> None:
        """Write a flow list over several lines."""
        indent = " " * (column + self.rng.choice([2, 4]))
        self.add(f"{lead} [")
        last = self.rng.choice(["", ","])
        for number, entry in enumerate(entries, start=1):
            self.aside(column + 2)
            self.add(indent + entry + ("," if number < len(entries) else last))
        self.add(indent + "]")

    def resource(self, url: int, column: int) -> str | list[str]:
        pairs = [
            f"title: {self.scalar(self.text(), 0, flow=True)}".replace("\n", "\n" + " " * 20),
            f'url: "https://example.org/{url}"',
        ]
        if self.maybe(0.7):
            pairs.append("type: docs")
        if self.maybe(0.2):
            pairs.append("free: false")
        if self.maybe(0.2):
            pairs.append(
                self.rng.choice(['part: "ch. 8.2"', "minutes: 90", "primary: true", "lang: en"])
            )
        if self.maybe(0.2):
            self.rng.shuffle(pairs)
        if self.flow_items or self.maybe(0.1):
            comma = (
                self.rng.choice([", ", ",\n" + " " * (column + 12)]) if self.maybe(0.1) else ", "
            )
            return "{" + comma.join(pairs) + "}"
        return pairs

    def skill(self, number: int, dash: int) -> None:  # noqa: C901 - a branch a shape
        self.aside(dash)
        mark = " " * dash + "-" + " " * (self.gap - 1)
        column = dash + self.gap
        if self.maybe(0.15):
            return self.add(mark + self.scalar(f"S{number} {self.text()}", dash))
        if self.maybe(0.15):
            return self.add(mark + self.flow_skill(number))
        if self.skill_anchors and self.maybe(0.1):
            return self.add(mark + "*" + self.rng.choice(self.skill_anchors))
        keys = [key for key in ORDER if self.maybe(0.45)]
        if self.maybe(0.1):
            self.rng.shuffle(keys)
        keys.insert(0 if self.maybe(0.8) else self.rng.randint(0, len(keys)), "name")
        if self.maybe(0.5):
            keys.insert(0, "id")
        start = len(self.lines)
        anchored = self.maybe(0.05)
        if self.skill_anchors and self.maybe(0.2):
            self.lines.append(" " * column + f"<<: *{self.rng.choice(self.skill_anchors)}")
        for key in dict.fromkeys(keys):
            if len(self.lines) > start:
                self.aside(column)
            self.skill_pair(key, number, column)
        first = self.lines[start]
        if anchored:
            self.skill_anchors.append(f"s{number}")
            self.lines.insert(start, f"{mark}&s{number}")
        elif self.maybe(0.03):
            self.lines.insert(start, f"{' ' * dash}-{self.trail()}")
        else:
            self.lines[start] = mark + first[column:]
        return None

    def skill_pair(self, key: str, number: int, column: int) -> None:
        if key == "id":
            self.add(" " * column + f"id: s{number}")
        elif key == "name":
            name = self.scalar(f"S{number} {self.text()}", column)
            if self.maybe(0.01):
                self.lines += [" " * column + "? name", " " * column + f": {name}"]
            else:
                self.add(" " * column + f"name: {name}")
        elif key == "x-own":
            self.add(" " * column + "x-own: {a: [1, 2], b: null}")
        else:
            self.pair(key, column)

    def flow_skill(self, number: int) -> str:
        pairs = [f"name: {self.scalar(f'S{number} {self.text()}', 99, flow=True)}"]
        if self.maybe(0.5):
            pairs.insert(0, f"id: s{number}")
        if self.maybe(0.5):
            pairs.append(f"status: {self.rng.choice(['todo', 'done', ''])}")
        if self.maybe(0.3):
            pairs.append("tags: [t1, t2]")
        if self.maybe(0.2):
            pairs.append("flag")
        return "{" + ", ".join(pairs) + self.rng.choice(["", "", ","]) + "}"

    def section(self, number: int, dash: int) -> None:
        self.aside(dash)
        if self.blank and number:
            self.lines.append("")
        column = dash + self.gap
        mark = " " * dash + "-" + " " * (self.gap - 1)
        if self.maybe(0.08):
            skills = ", ".join(
                self.flow_skill(number * 100 + i) for i in range(self.rng.randint(0, 3))
            )
            return self.add(f"{mark}{{title: Part {number}, skills: [{skills}]}}")
        self.add(f"{mark}title: Part {number}")
        if self.maybe(0.2):
            self.add(" " * column + self.rng.choice(["icon: 🌱", 'icon: "☁️"', "icon: '1'"]))
        if self.maybe(0.2):
            self.add(" " * column + f"description: {self.scalar(self.text(), column)}")
        kind = self.rng.random()
        if kind < 0.1:
            self.add(" " * column + self.rng.choice(["skills: []", "skills:", "skills: ~"]))
        elif kind < 0.15:
            pass
        elif kind < 0.3:
            skills = [
                self.flow_skill(number * 100 + i) if self.maybe(0.5)
                else self.scalar(f"S{number * 100 + i} {self.text()}", column, flow=True)
                for i in range(self.rng.randint(1, 4))
            ]  # fmt: skip
            self.flow_list(" " * column + "skills:", skills, column)
        else:
            self.block_skills(number, column)
        if self.maybe(0.1):
            self.add(" " * column + "x-after: 1")
        return None

    def block_skills(self, number: int, column: int) -> None:
        self.add(" " * column + "skills:" + (f" &k{number}" if self.maybe(0.02) else ""))
        for index in range(self.rng.randint(1, 4)):
            if index and self.blank:
                self.lines.append("")
            self.skill(number * 100 + index, column + self.list_indent)

    def file(self) -> str:
        if self.maybe(0.2):
            self.lines.append(self.comment())
        if self.maybe(0.05):
            self.lines += self.rng.choice([["---"], ["%YAML 1.1", "---"], ["--- # top"]])
        self.add(f"title: {self.scalar('R ' + self.text(), 0)}")
        if self.maybe(0.3):
            self.add("x-unknown: [1, {a: b}]")
        self.aside(0)
        if self.maybe(0.3):
            self.tracks()
            self.aside(0)
        self.add("sections:" + (" &all" if self.maybe(0.02) else ""))
        for number in range(self.rng.randint(1, 4)):
            self.section(number, self.list_indent)
        if self.maybe(0.1):
            self.add("x-tail: 1")
        if self.maybe(0.1):
            self.lines.append(self.comment())
        if self.maybe(0.03):
            self.lines.append("...")
        return self.finish()

    def tracks(self) -> None:
        """Write tracks in flow or in block style."""
        targets = self.rng.choice(["[s0, s1]", "[]", "[s2,]"])
        if self.maybe(0.2):
            return self.add(f"tracks: [{{id: track-0, title: T, targets: {targets}}}]")
        self.add("tracks:")
        for number in range(self.rng.randint(1, 3)):
            self.aside(2)
            if self.maybe(0.5):
                self.add(
                    f"  - {{id: track-{number}, title: T{number}, targets: {targets}, x-own: 1}}"
                )
            else:
                self.add(f"  - id: track-{number}")
                self.add(f"    title: {self.scalar(self.text(), 4)}")
                self.add(f"    targets: {targets}")
        return None

    def finish(self) -> str:
        ends = self.rng.choice([["\n"]] * 6 + [["\r\n"]] * 2 + [["\n", "\r\n"]] * 2 + [["\r"]])
        text = "".join(
            line + self.rng.choice(ends) for each in self.lines for line in each.split("\n")
        )
        return text.rstrip("\r\n") if self.maybe(0.15) else text


ORDER = [
    "kind", "aliases", "goal", "status", "level", "hours", "started", "completed", "requires", "tags",
    "prove", "evidence", "resources", "x-own", "notes",
]  # fmt: skip


def reads_as(text: str, value: str, *, flow: bool) -> bool:
    """Tell whether a text is read as this value where it is going to stand."""
    wrapped = f"{{k: {text}, z: 0}}" if flow else f"k: {text}\nz: 0\n"
    try:
        return yaml.load(wrapped, yaml.CSafeLoader) == {"k": value, "z": 0}
    except yaml.YAMLError:
        return False


def make_json(rng: random.Random) -> str:
    """Write a roadmap as JSON, which is YAML too."""
    skills = [{"name": f"S{i}", "status": "todo", "tags": ["t1"]} for i in range(rng.randint(0, 3))]
    roadmap = {"title": "J", "sections": [{"title": "Part 0", "skills": [*skills, "S9"]}]}
    return json.dumps(roadmap, indent=rng.choice([None, 2, 4])) + "\n"


def make_roadmap_text(rng: random.Random) -> str:
    """Return the text of a random roadmap; always valid YAML of the right shape."""
    while True:
        text = make_json(rng) if rng.random() < 0.03 else Writer(rng).file()
        try:
            data = yaml.load(text, yaml.CSafeLoader)
        except (yaml.YAMLError, ValueError):
            continue
        if has_shape(data):
            return text


def has_shape(data: object) -> bool:
    """Tell whether data is a roadmap, roughly."""
    sections = data.get("sections") if isinstance(data, dict) else None
    return isinstance(sections, list) and all(
        isinstance(section, dict)
        and isinstance(section.get("title"), str)
        and isinstance(section.get("skills") or [], list)
        and all(
            isinstance(skill, str)
            or (isinstance(skill, dict) and isinstance(skill.get("name"), str))
            for skill in section.get("skills") or []
        )
        for section in sections
    )
