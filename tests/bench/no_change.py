"""What a sync costs that finds nothing to do, against the bare cost of its input.

The input is the YAML of the roadmap, loaded once, and the query answers of its database, read one
after the other. The goal is twice that. Run it: `python -m tests.bench.no_change [SKILLS]`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from .kit import ask, compare, environ, make_folder, processor, run, serve, stopwatch, tell

BARE = """
import gc, sys, yaml, httpx
gc.disable()
path, url, source = sys.argv[1:]
yaml.load(open(path, encoding="utf-8"), yaml.CSafeLoader)
headers = {"Authorization": "Bearer bench", "Notion-Version": "2026-03-11"}
body, count = {"page_size": 100}, 0
with httpx.Client(base_url=url, headers=headers) as client:
    while True:
        answer = client.post(f"/v1/data_sources/{source}/query", json=body).json()
        count += len(answer["results"])
        if not answer["has_more"]:
            break
        body["start_cursor"] = answer["next_cursor"]
"""


def main():
    """Print the ratio."""
    skills = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "learner"
        make_folder(folder, skills)
        with serve(Path(root) / "notion.db") as url:
            run(folder, url, "sync")
            found = ask(
                url, "/v1/search", {"filter": {"property": "object", "value": "data_source"}}
            )
            path = folder / "roadmaps" / "bench.yaml"
            words = [sys.executable, "-c", BARE, str(path), url, found["results"][0]["id"]]
            bare = partial(subprocess.run, words, env=environ(url), check=True)
            works = [bare, partial(run, folder, url, "sync")]
            for name, measure in (("clock", stopwatch), ("processor", processor)):
                seconds, synced = compare(works, measure=measure)
                tell(f"{skills} skills, the bare input: {seconds:.2f} s by the {name}")
                tell(f"{synced / seconds:5.2f} x  {synced:.2f} s  sync, nothing to do (goal: 2 x)")


if __name__ == "__main__":
    main()
