"""How the documentation is built."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "airlock"
author = "the airlock authors"
copyright = author  # noqa: A001

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = "airlock"

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "description"
# There are none, and looking for them reads the source of an error where users import it from.
autodoc_use_type_comments = False

napoleon_use_ivar = True

# The inventories of other projects would have to be fetched, and what is private has no page.
nitpick_ignore_regex = [("py:.*", r"(?!airlock\b).*"), ("py:.*", r"airlock\.(.*\.)?_.*")]


def mark_code(_app: object, _what: str, _name: str, _object: object, _options: object, lines: list[str]) -> None:
    """Docstrings mark code with one backtick, as these pages do."""
    lines[:] = [re.sub(r"(?<!`)`([^`]+)`(?!`)", r"``\1``", line) for line in lines]


def setup(app: "Sphinx") -> None:
    """Come before napoleon, which takes the colon in a single backtick for a field."""
    app.connect("autodoc-process-docstring", mark_code, priority=400)
