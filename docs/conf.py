"""How the documentation is built."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "airlock"
author = "the airlock authors"
copyright = author  # noqa: A001

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = "airlock"
html_static_path = ["_static"]
html_css_files = ["phone.css"]
html_js_files = ["scrolling.js"]
templates_path = ["_templates"]

# Links from one page to a heading of another work on GitHub too.
myst_heading_anchors = 3

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "description"
# There are none, and looking for them reads the source of an error where users import it from.
autodoc_use_type_comments = False

napoleon_use_ivar = True

# The inventories of other projects would have to be fetched, and what is private has no page.
nitpick_ignore_regex = [("py:.*", r"(?!airlock\b).*"), ("py:.*", r"airlock\.(.*\.)?_.*")]

CHANGELOG = """
## {name}

```{{include}} ../packages/{name}/CHANGELOG.md
:start-after: <!-- towncrier release notes start -->
:heading-offset: 1
```
"""


def mark_code(_app: object, _what: str, _name: str, _object: object, _options: object, lines: list[str]) -> None:
    """Docstrings mark code with one backtick, as these pages do."""
    lines[:] = [re.sub(r"(?<!`)`([^`]+)`(?!`)", r"``\1``", line) for line in lines]


def include_changelogs(_app: object, page: str, source: list[str]) -> None:
    """Put the changelog of every distribution into their page, so that a new one is not forgotten."""
    if page == "changelogs":
        for changelog in sorted(Path(__file__).parent.parent.glob("packages/*/CHANGELOG.md")):
            source[0] += CHANGELOG.format(name=changelog.parent.name)


def give_level(_app: object, _page: str, _template: str, context: dict[str, Any], _tree: object) -> None:
    """Say of which level the headings in the sidebar are, which Sphinx leaves out."""
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def setup(app: "Sphinx") -> None:
    """Come before napoleon, which takes the colon in a single backtick for a field."""
    app.connect("autodoc-process-docstring", mark_code, priority=400)
    app.connect("source-read", include_changelogs)
    # After the theme, which makes the sidebar.
    app.connect("html-page-context", give_level, priority=900)
