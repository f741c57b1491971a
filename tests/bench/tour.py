"""Every command that reads or writes a roadmap, one after the other, in folders of one size.

A folder is pushed once into a served workspace; what needs another beginning works on copies. Many
means one skill in twenty.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import urllib.request

from .kit import (
    ROOT,
    ROOT_PAGE_ID,
    TRACKER,
    ask,
    environ,
    find_source,
    keep_pushed,
    make_folder,
    make_text,
    serve,
    spend,
)

MANY = 20
HOUR = 3600
DATABASE = re.compile('href="(/p/[0-9a-f]+)"><span aria-hidden="true">▦')


class Tour:
    """The commands on a roadmap of some size; iterate to get each one's name and cost.

    What was pushed is left for others in a folder `shared`, if there is one.
    """

    def __init__(self, root, skills, shared=None):
        self.root = root
        self.shared = shared
        self.skills = skills
        self.many = [f"skill-{number}" for number in range(skills // 3, skills, MANY)]
        self.folder = root / "learner"
        self.url = ""
        self.package = ROOT

    def __iter__(self):
        """Yield names and costs."""
        self.root.mkdir()
        make_folder(self.folder, self.skills)
        with serve(self.root / "notion.db") as self.url:
            yield from self.push()
            yield from self.look()
            yield from self.carry()
            yield from self.go_back()
            yield from self.settle_conflicts()
            yield from self.start_anew()
            yield from self.take_in_database()
        yield from self.use_built_in()
        self.url = ""
        yield from self.exchange()
        yield from self.upgrade()

    def cost(self, name, *words, codes=(0,)):
        """Run one command line in the folder; return its name and its cost."""
        command = [*TRACKER, "-C", str(self.folder), *words]
        env = environ(self.url, self.package)
        return name, spend(command, env=env, cwd=self.package, codes=codes)

    def each(self, *lines):
        """Run command lines that are their own names."""
        for line in lines:
            yield self.cost(line, *line.split())

    def push(self):
        """Push for the first time: the plan, the push, and what could be undone."""
        yield from self.each("check", "check --json", "plan", "plan --json")
        yield self.cost("plan --output", "plan", "--output", str(self.root / "first.json"))
        yield self.cost("sync, first push", "sync")
        if self.shared is not None:
            keep_pushed(self.folder, self.root / "notion.db", self.shared / str(self.skills))
        yield from self.each("log", "log -v", "log --json")
        yield self.cost("undo --dry-run, first push", "undo", "--dry-run")
        self.wait()
        yield self.cost("sync, no change", "sync")
        yield self.cost("plan, no change", "plan")
        yield self.cost("doctor", "doctor")

    def wait(self):
        """Let an hour pass at the server: rows that were written just now are read again."""
        ask(self.url, "/bench", {"advance": HOUR})

    def look(self):
        """Run what only reads."""
        yield "tracker", self.cost("")[1]
        yield from self.each("--json", "next", "next --json", "list", "list --all", "list --json")
        yield from self.each("list number", "show skill-7", "open skill-7 --print", "roadmaps")
        yield from self.each("report", "report --json", "report --since 7d")
        for form in ("markdown", "html", "badge"):
            yield self.cost(f"report --format {form}", "report", "--format", form)
        for form in ("markdown", "csv", "json"):
            yield self.cost(f"export --format {form}", "export", "--format", form)

    def carry(self):
        """Edit the file and the rows, and carry edits over in both directions."""
        first, second, third = (f"skill-{self.skills // part}" for part in (2, 3, 4))
        yield self.cost("mark", "mark", first, "doing")
        yield self.cost("sync, one edit in the file", "sync")
        self.edit_rows("typed in Notion", 1)
        yield self.cost("sync, one edit in Notion", "sync")
        yield self.cost("start", "start", second)
        yield self.cost("done", "done", third)
        yield self.cost("mark, many", "mark", *self.many, "skipped")
        yield self.cost("plan, many edits", "plan")
        saved = str(self.root / "many.json")
        yield self.cost("plan --output, many edits", "plan", "--output", saved)
        yield self.cost("apply, many edits", "apply", saved)
        self.edit_rows("typed in Notion again", len(self.many))
        yield self.cost("sync, many edits in Notion", "sync")

    def go_back(self):
        """Undo the last run, many edits in the file, and redo it."""
        yield self.cost("undo --dry-run, many edits", "undo", "--dry-run")
        yield self.cost("undo, many edits", "undo", "--yes")
        yield self.cost("redo, many edits", "redo", "--yes")

    def settle_conflicts(self):
        """Make many conflicts, list them, and settle them."""
        path = self.folder / "roadmaps" / "bench.yaml"
        ids = self.edit_rows("one word", len(self.many))
        lines = path.read_text(encoding="utf-8").splitlines()
        at = {line: place for place, line in enumerate(lines) if line.startswith("      - id: ")}
        for skill_id in ids:
            lines[at[f"      - id: {skill_id}"] + 2] = "        goal: another word"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        yield self.cost("sync, many conflicts", "sync", codes=(1,))
        yield self.cost("conflicts, many", "conflicts", codes=(0, 1))
        yield self.cost("conflicts --json, many", "conflicts", "--json", codes=(0, 1))
        yield self.cost("resolve", "resolve", ids[0], "goal", "--take", "local")
        yield self.cost("sync --prefer, many conflicts", "sync", "--prefer", "local")

    def start_anew(self):
        """Forget the database, and lose the state."""
        yield self.cost("forget", "forget", "bench", "--yes")
        yield self.cost("sync, forgotten", "sync")
        shutil.rmtree(self.folder / ".tracker")
        yield self.cost("sync, state lost", "sync")

    def take_in_database(self):
        """Make a roadmap of a database, as if somebody else had made it."""
        self.folder = self.root / "adopter"
        make_folder(self.folder, 1)
        (self.folder / "roadmaps" / "bench.yaml").unlink()
        source = ask(self.url, f"/v1/data_sources/{find_source(self.url)}")
        database = source["parent"]["database_id"]
        words = ["adopt", database, "--name", "adopted"]
        yield self.cost("adopt --dry-run", *words, "--dry-run")
        yield self.cost("adopt", *words, "--yes")

    def use_built_in(self):
        """Sync with the built-in workspace, in the process of the program, and serve it."""
        self.folder, self.url = self.root / "built-in", ""
        make_folder(self.folder, self.skills)
        (self.folder / "tracker.yaml").write_text("", encoding="utf-8")
        yield self.cost("sync, first push, built-in workspace", "sync")
        yield self.cost("sync, no change, built-in workspace", "sync")
        command = [*TRACKER, "-C", str(self.folder), "serve", "--port", "0"]
        # Not by an interrupt: programs that a script starts in the background ignore those.
        ended = (-signal.SIGTERM,)
        cost = spend(command, env=environ(), codes=ended, while_running=_look_at_pages)
        yield "serve, two pages", cost
        with serve(self.root / "new.db") as self.url:
            yield self.cost("connect", "connect", ROOT_PAGE_ID)

    def exchange(self):
        """Take in a checklist, a table, a drawing, and somebody else's file."""
        forms = {"markdown": "md", "csv": "csv"}
        for form, ending in forms.items():
            self.export(form, self.root / f"exported.{ending}")
        (self.root / "drawn.json").write_text(_draw(self.skills), encoding="utf-8")
        (self.root / "sent.yaml").write_text(make_text(self.skills), encoding="utf-8")
        self.folder = self.root / "importer"
        make_folder(self.folder, 1)
        for form, ending in forms.items():
            words = ["import", str(self.root / f"exported.{ending}"), "--name", f"from-{form}"]
            yield self.cost(f"import, {form}", *words)
            (self.folder / "roadmaps" / f"from-{form}.yaml").unlink()
        words = ["import", str(self.root / "drawn.json"), "--name", "drawn"]
        yield self.cost("import, roadmap.sh", *words)
        (self.folder / "roadmaps" / "drawn.yaml").unlink()
        yield self.cost("add", "add", str(self.root / "sent.yaml"))

    def export(self, form, out):
        """Write the roadmap into a file of another form."""
        self.cost("export", "export", "--format", form, "--output", str(out))

    def upgrade(self):
        """Merge a newer edition of a bundled roadmap, with many changes."""
        self.package = self.root / "program"
        for name in ("tracker", "roadmaps"):
            shutil.copytree(ROOT / name, self.package / name)
        bundled = self.package / "roadmaps" / "large.yaml"
        text = make_text(self.skills, "Large")
        bundled.write_text(f"edition: '2026.10'\n{text}", encoding="utf-8")
        self.folder = self.root / "upgrader"
        make_folder(self.folder, 1)
        yield self.cost("add, bundled", "add", "large")
        for number in range(0, self.skills, MANY):
            text = text.replace(f"thing number {number} without", f"thing number {number} with")
        bundled.write_text(f"edition: '2026.11'\n{text}", encoding="utf-8")
        yield self.cost("upgrade --dry-run, many changes", "upgrade", "--dry-run")
        yield self.cost("upgrade, many changes", "upgrade", "--yes")

    def edit_rows(self, goal, count):
        """Type another goal into some rows, as a person in Notion would; return their skills' ids."""
        path, ids = f"/v1/data_sources/{find_source(self.url)}/query", []
        body = {"page_size": 100}
        change = {"properties": {"Goal": {"rich_text": [{"text": {"content": goal}}]}}}
        while len(ids) < count:
            answer = ask(self.url, path, body)
            for row in answer["results"][: count - len(ids)]:
                ask(self.url, f"/v1/pages/{row['id']}", change, method="PATCH")
                ids.append(row["properties"]["Tracker ID"]["rich_text"][0]["plain_text"])
            body["start_cursor"] = answer["next_cursor"]
        return ids


def _look_at_pages(process):
    """Open the first page that a server shows and the database on it, and end the server."""
    try:
        address = process.stdout.readline().decode().split()[-1].rstrip("/")
        with urllib.request.urlopen(address) as answer:
            (link,) = DATABASE.findall(answer.read().decode())
        with urllib.request.urlopen(address + link) as answer:
            answer.read()
    finally:
        process.terminate()
        process.stdout.read()


def _draw(skills):
    """Return a drawing of roadmap.sh: topics, and the nodes that hang on them."""
    nodes, edges = [], []
    for number in range(skills):
        kind = "subtopic" if number % 10 else "topic"
        label = {"label": f"Drawn {number}"}
        place = {"x": 300 * (number % 10), "y": 60 * (number // 10)}
        nodes.append({"id": str(number), "type": kind, "position": place, "data": label})
        if number % 10:
            edges.append(
                {"id": f"e{number}", "source": f"{number // 10 * 10}", "target": f"{number}"}
            )
    return json.dumps({"nodes": nodes, "edges": edges})
