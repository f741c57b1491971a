"""The templates of documents, which are read from the package; every value in them is escaped.

Pure but for that. Foreign text is cleaned of what hides in it before it is put in.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from tracker.text import clean_line


def render_template(name: str, functions: tuple[Callable[..., Any], ...], **values: object) -> str:
    """Render a template with values, and with functions that it may call by their names."""
    # Late: jinja2 takes longer to import than a report to be made, and only documents need it.
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415
    from markupsafe import Markup  # noqa: PLC0415

    def put_in(value: object) -> Markup:
        if isinstance(value, Markup):
            return value
        # Most values of a picture are numbers, and there are many.
        text = f"{value:g}" if isinstance(value, float) else escape(clean_line(value))
        return Markup(text)  # noqa: S704

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(_load),
        finalize=put_in,
    )
    environment.globals |= {function.__name__: function for function in functions}
    return environment.get_template(name).render(values) + "\n"


def load_style(name: str) -> str:
    """Return a style sheet, marked as safe to be put into a page."""
    from markupsafe import Markup  # noqa: PLC0415  with jinja2 only

    text = (Path(__file__).parent / name).read_text(encoding="utf-8")
    return Markup("\n" + text)  # noqa: S704


def _load(name: str) -> str:
    """Read a template without its line breaks and indentation: a page has thousands of both."""
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return "".join(line.strip() for line in lines)
