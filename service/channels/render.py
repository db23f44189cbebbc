"""Lay a view out as plain text, or as a page for mail clients."""

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from service.channels.view import View

_BREAK_INSIDE_SECTION = re.compile(r"(?<=>)\n+(?=<(?!h2|p))")


def text_of(view: View) -> str:
    """Lay out for people who read plain text; figures stand in a column."""
    return _templates().get_template("message.txt.j2").render(view=view)


def html_of(view: View) -> str:
    """Lay out for mail clients: inline styles, no images, every name escaped.

    Label and value share a block, because apprise makes the plain text beside this
    page from it, with a line for each block and an empty one for each line break.
    """
    page = _templates().get_template("message.html.j2").render(view=view)
    return _BREAK_INSIDE_SECTION.sub("", page)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("service.channels", "templates"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        keep_trailing_newline=False,
    )
