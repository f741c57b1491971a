"""What the program comes with, and what it needs, goes together with its own licence."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from tracker.wiring import bundled_folder

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NOTICE = bundled_folder() / "LICENSE-ml-roadmap-2020.txt"


def test_the_notice_of_the_2020_roadmap_comes_with_it():
    """Whoever gets the roadmap gets the licence of its source, in the wheel as in the repository."""
    included = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    licences = [path for glob in PROJECT["project"]["license-files"] for path in ROOT.glob(glob)]

    assert (NOTICE.parent / "ml-roadmap-2020.yaml").is_file()
    assert "Copyright (c) 2020 Daniel Bourke" in NOTICE.read_text(encoding="utf-8")
    assert included["roadmaps"] == "tracker/bundled"
    assert [path.name for path in licences] == ["LICENSE", NOTICE.name]


def licence_of(name):
    """Return everything that an installed package says about its licence."""
    told = distribution(name).metadata
    classifiers = [each for each in told.get_all("Classifier") or [] if "License ::" in each]
    return " ".join([told.get("License-Expression") or "", told.get("License") or "", *classifiers])


def name_of(requirement):
    """Return the name of the package that a requirement begins with."""
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0]


def find_needed(name, found):
    """Collect the installed packages that one needs, without its extras."""
    try:
        requirements = distribution(name).requires or []
    except PackageNotFoundError:
        return
    found.add(name)
    for requirement in requirements:
        needed = name_of(requirement)
        if "extra ==" not in requirement and needed not in found:
            find_needed(needed, found)


def test_no_dependency_asks_for_another_licence():
    """An MIT program needs nothing that is under the GPL."""
    needed = set()
    for requirement in PROJECT["project"]["dependencies"]:
        find_needed(name_of(requirement), needed)

    strict = {name for name in needed if re.search(r"\b[AL]?GPL|GNU", licence_of(name))}

    assert {"httpx", "pydantic", "notion-client", "rich"} <= needed
    assert strict == set()
