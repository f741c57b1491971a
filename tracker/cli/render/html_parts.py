"""HTML escaped by construction: elements made of text and elements, and the style of the page.

Pure. Plain strings are always text; only `Html` values are markup, and only this module makes them.
"""

from __future__ import annotations

from html import escape

from tracker.cli.text import clean_line, is_web_url

VOID = frozenset({"meta", "br"})


class Html(str):
    """A string that is markup already."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str) -> Html:
    """Make an element; text and attribute values are cleaned and escaped.

    Attribute names end in `_` where Python knows the word, and `_` within stands for `-`.
    """
    shown = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(clean_line(value), quote=True)}"'
        for key, value in attributes.items()
    )
    if name in VOID:
        return Html(f"<{name}{shown}>")
    return Html(f"<{name}{shown}>{''.join(_as_markup(each) for each in children)}</{name}>")


def link(title: str, url: str) -> Html:
    """Make a link to the web, or only its title for any other URL."""
    if not is_web_url(url):
        return element("span", title)
    return element("a", title, href=url, rel="noopener noreferrer")


def join(*parts: str) -> Html:
    """Put elements and texts after each other."""
    return Html("".join(_as_markup(each) for each in parts))


def make_page(title: str, body: Html) -> str:
    """Make a page that loads nothing and runs nothing."""
    head = join(
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element(
            "meta",
            http_equiv="Content-Security-Policy",
            content="default-src 'none'; style-src 'unsafe-inline'",
        ),
        element("title", title),
        Html(f"<style>{STYLE}</style>"),
    )
    page = element("html", element("head", head), element("body", body), lang="en")
    return f"<!doctype html>\n{page}\n"


def _as_markup(part: str) -> str:
    return part if isinstance(part, Html) else escape(clean_line(part), quote=True)


STYLE = """
:root { --page: #fff; --ink: #1c1e21; --faint: #5d6570; --line: #e3e6ea; --card: #f6f7f9;
  --done: #1a7f4b; --doing: #b7791f; --covered: #4a7bd0; --rest: #dfe3e8; --link: #0b57d0 }
@media (prefers-color-scheme: dark) { :root { --page: #14171a; --ink: #e8eaed; --faint: #9aa3ad;
  --line: #2c3238; --card: #1c2126; --done: #3fb97c; --doing: #e0a83e; --covered: #7fa7ec;
  --rest: #343b42; --link: #8ab4f8 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 56rem; padding: 2rem 1.25rem 4rem; background: var(--page);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 } h2 { font-size: 1.3rem; margin: 0 0 .25rem }
h3 { font-size: 1rem; margin: 0 } p { margin: .25rem 0 } a { color: var(--link) }
header { margin-bottom: 2rem } .faint { color: var(--faint) }
article { border-top: 1px solid var(--line); padding: 1.75rem 0 }
.head { display: flex; gap: 1rem; align-items: baseline; justify-content: space-between }
.big { font-size: 2rem; font-weight: 700; font-variant-numeric: tabular-nums; white-space: nowrap }
.bar { display: flex; height: .7rem; border-radius: .35rem; overflow: hidden; background: var(--rest);
  print-color-adjust: exact; -webkit-print-color-adjust: exact }
.bar i { display: block; height: 100% } .wide { height: 1rem; border-radius: .5rem; margin: .5rem 0 }
.done { background: var(--done) } .doing { background: var(--doing) }
.covered { background: var(--covered) } .todo { background: var(--rest) }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; margin: .25rem 0 1rem;
  list-style: none; color: var(--faint); font-size: .9rem }
.legend i { display: inline-block; width: .75em; height: .75em; border-radius: 2px;
  margin-right: .4em; print-color-adjust: exact; -webkit-print-color-adjust: exact }
table { width: 100%; border-collapse: collapse; margin: 1.25rem 0 0; font-size: .95rem }
th { text-align: left; font-weight: 600 } thead th { color: var(--faint); font-size: .85rem }
th, td { padding: .4rem .5rem; border-bottom: 1px solid var(--line) }
tbody th { font-weight: 400 } td:nth-child(2) { width: 26% }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: .75rem 0 0 }
dt { color: var(--faint) } dd { margin: 0 }
.weeks { display: flex; align-items: flex-end; gap: 3px; height: 3rem; max-width: 20rem }
.weeks i { flex: 1; min-height: 2px; background: var(--done); border-radius: 2px 2px 0 0;
  print-color-adjust: exact; -webkit-print-color-adjust: exact }
ol.next { list-style: none; padding: 0; display: grid; gap: .75rem; margin: .75rem 0 0;
  grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)) }
ol.next > li { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: .9rem 1rem } ol.next ul { padding-left: 1.1rem; margin: .5rem 0 0; font-size: .9rem }
@media print { body { max-width: none; padding: 0 } article, tr, li { break-inside: avoid } }
@media (max-width: 34rem) { td:nth-child(2), th:nth-child(2) { display: none } }
@media (min-width: 34rem) { th.number { width: 5rem } }
"""
