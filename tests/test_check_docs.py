"""What is wrong with a page for a reader on a phone, or for one who cannot see it, is found in a browser."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "scripts" / "check_docs.py"
HAS_BROWSER = bool((shutil.which("chromium") or shutil.which("google-chrome")) and shutil.which("chromedriver"))

GOOD = """<!doctype html><html lang="en"><head><title>Good</title>
<meta name="viewport" content="width=device-width"></head><body><main>
<h1>Good</h1><h2>Better</h2><h3>Best</h3><h2>Good again</h2>
<p>This links to <a href="#">another page</a>.</p>
<pre style="overflow: auto" tabindex="0">a line of code that is longer than a screen is wide, and scrolls</pre>
<img alt="A dot" src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==">
</main></body></html>"""
FAULTS = {
    "language": ('lang="en"', "", "it does not say its language"),
    "wide": ("<h2>Better</h2>", "<div style='width: 700px'>wide</div>", "it is 708 pixels wide on a screen of 390"),
    "two": ("<h2>Better</h2>", "<h1>Better</h1><h2>Better</h2>", "it has 2 headings of the first level"),
    "none": ("<h1>Good</h1>", "", "it has 0 headings of the first level"),
    "skips": ("<h2>Better</h2>", "", '"Best" is of level 3 after one of level 1'),
    "image": ('alt="A dot"', 'alt=""', "has no alternative text"),
    "here": ("another page", "here", 'the link to # has a text that says nothing: "here"'),
    "empty": ("another page", "", 'the link to # has a text that says nothing: ""'),
}
if find_spec("axe_selenium_python"):
    FAULTS["axe"] = ("<h3>Best</h3>", "<h3>Best</h3><button></button>", "Buttons must have discernible text: <button>")
    FAULTS["index"] = (
        "<h3>Best</h3>",
        "<style>@media (prefers-color-scheme: dark) {.dark {color: #eee}}</style><h3 class=dark>Best</h3>",
        "Elements must meet minimum color contrast",
    )

needs_browser = pytest.mark.skipif(not HAS_BROWSER, reason="no Chromium with its driver; `scripts/browser` installs it")


def check(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script, as on the machine of a developer unless told otherwise."""
    surroundings = {name: value for name, value in os.environ.items() if name != "CI"} | environment
    return subprocess.run(
        [sys.executable, str(SCRIPT), str(folder)], env=surroundings, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """What the script says of a page without a fault, and of one for each fault."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "good.html").write_text(GOOD, encoding="utf-8")
    for name, (whole, broken, _) in FAULTS.items():
        assert whole in GOOD
        (folder / f"{name}.html").write_text(GOOD.replace(whole, broken), encoding="utf-8")
    return check(folder)


def lines_about(name: str, found: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in found.stderr.splitlines() if line.startswith(f"{name}.html: ")]


@needs_browser
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found(name: str, found: subprocess.CompletedProcess[str]) -> None:
    assert any(FAULTS[name][2] in line for line in lines_about(name, found)), found.stderr
    assert found.returncode == 1


@needs_browser
def test_a_page_without_a_fault_is_not_complained_of(found: subprocess.CompletedProcess[str]) -> None:
    assert lines_about("good", found) == []


def test_without_a_browser_the_pages_are_left_out_and_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>no heading", encoding="utf-8")
    done = check(tmp_path, PATH="")

    assert (done.returncode, "no Chromium" in done.stderr) == (0, True)


def test_in_ci_a_missing_browser_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>no heading", encoding="utf-8")

    assert check(tmp_path, PATH="", CI="true").returncode == 1


def test_a_folder_without_pages_is_an_error(tmp_path: Path) -> None:
    assert check(tmp_path).returncode == 2
