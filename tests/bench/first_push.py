"""What a first push costs, against the ideal schedule and against a bare client in the same run.

The ideal client keeps all lanes busy, meets the limit, waits exactly as told, and goes on; its server
needs no time but its latency. The bare client does just that with a real server, for as many rows
with nothing but a title. The goal is 5 % more.

Run it: `python -m tests.bench.first_push [SKILLS [BUDGET [WINDOW [LATENCY]]]]`.
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from .kit import ROOT_PAGE_ID, ask, make_folder, run, serve, tell

LANES = 10
HEADERS = {"Authorization": "Bearer bench", "Notion-Version": "2026-03-11"}
LIMITED = 429


def ideal(requests, budget, window, latency):
    """Return the seconds of the ideal schedule."""
    now = 0.0
    while requests > budget:
        burst = math.ceil(budget / LANES) * latency
        now += burst + latency + math.ceil(window - burst)
        requests -= budget
    return now + math.ceil(requests / LANES) * latency


class BareSender:
    """Sends requests side by side, and lets nobody through for as long as the server says."""

    def __init__(self, url):
        self.http = httpx.Client(base_url=f"{url}/v1", headers=HEADERS)
        self.resume_at = 0.0

    def send(self, path, body):
        """Send one request until it is accepted."""
        while True:
            time.sleep(max(0.0, self.resume_at - time.monotonic()))
            answer = self.http.post(path, json=body)
            if answer.status_code != LIMITED:
                return answer.raise_for_status().json()
            self.resume_at = time.monotonic() + float(answer.headers["Retry-After"])

    def push(self, rows):
        """Make a database and its rows."""
        parent = {"type": "page_id", "page_id": ROOT_PAGE_ID}
        made = self.send("/databases", {"parent": parent})
        parent = {"type": "data_source_id", "data_source_id": made["data_sources"][0]["id"]}
        with ThreadPoolExecutor(LANES) as pool:
            list(pool.map(lambda _: self.send("/pages", {"parent": parent}), range(rows - 1)))
        self.http.close()


def main():
    """Print the ratios."""
    numbers = [float(each) for each in sys.argv[1:]]
    skills, budget, window, latency = (*numbers, *(600, 60, 2.0, 0.02)[len(numbers) :])
    options = ["--budget", str(int(budget)), "--window", str(window), "--latency", str(latency)]
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "learner"
        make_folder(folder, int(skills))
        with serve(Path(root) / "notion.db", *options) as url:
            run(folder, url, "sync")
            pushed = ask(url, "/bench")
        with serve(Path(root) / "bare.db", *options) as url:
            BareSender(url).push(pushed["accepted"])
            bare = ask(url, "/bench")
    best = ideal(pushed["accepted"], budget, window, latency)
    seconds, least = (each["last"] - each["first"] for each in (pushed, bare))
    tell(f"{skills:.0f} skills, {budget:.0f} requests in {window} s, latency {latency} s: "
         f"{pushed['accepted']} requests, and {pushed['refused']} refused")  # fmt: skip
    tell(f"{seconds / best:5.2f} x  the ideal schedule: {seconds:.2f} s instead of {best:.2f} s")
    tell(f"{seconds / least:5.2f} x  a bare client: {seconds:.2f} s instead of {least:.2f} s")


if __name__ == "__main__":
    main()
