"""The guide for contributors names what is there."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FLOORS = (
    "adapters|cli|errors|ports|progress|roadmap|settings|sync|upgrade|wiring|workflows|workspace"
)
PATHS = sorted(set(re.findall(rf"`((?:{FLOORS})/[\w/.]*)`", GUIDE)))
NAMES = sorted(set(re.findall(rf"`((?:{FLOORS})\.(?!py)[\w.]+)`", GUIDE)))


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_there(path):
    """Every file and folder of the package that the guide names exists."""
    place = ROOT / "tracker" / path

    assert place.exists() or place.with_suffix(".py").is_file()


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_there(name):
    """Every class and module of the package that the guide names exists."""
    module, _, last = f"tracker.{name}".rpartition(".")

    assert hasattr(importlib.import_module(module), last) or importlib.import_module(
        f"tracker.{name}"
    )


def test_the_guide_names_the_heart():
    """The search finds what is surely named; else the tests above prove nothing."""
    assert "sync/fields.py" in PATHS
    assert "sync.records.Record" in NAMES
