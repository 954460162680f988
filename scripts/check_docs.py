"""Look at the built documentation in a browser, at the width of a phone, and with the rules of axe for accessibility.

Without Chromium it is left out, and without axe, which needs Python 3.12, its rules are; in CI both are errors.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from selenium import webdriver

WIDTH = 390
# axe looks at every element, and takes its time: code, the sidebar and what autodoc makes are alike on every page.
ALIKE = [["dl.py"], ["pre"], [".sidebar-drawer"]]
WHOLE = "index.html"

STRUCTURE = """
const [width] = arguments, problems = [], all = selector => [...document.querySelectorAll(selector)];
if (!document.documentElement.lang) problems.push("it does not say its language");
const wide = document.documentElement.scrollWidth;
if (wide > width) problems.push(`it is ${wide} pixels wide on a screen of ${width}`);
const first = all("h1").length;
if (first !== 1) problems.push(`it has ${first} headings of the first level`);
all("main :is(h1, h2, h3, h4, h5, h6), body > :is(h1, h2, h3, h4, h5, h6)").reduce((before, heading) => {
  const level = Number(heading.tagName[1]);
  if (level > before + 1) problems.push(`"${heading.textContent}" is of level ${level} after one of level ${before}`);
  return level;
}, 0);
for (const image of all("img")) {
  if (!image.alt.trim()) problems.push(`the image ${image.getAttribute("src")} has no alternative text`);
}
for (const link of all("a[href]")) {
  const alternatives = [...link.querySelectorAll("img")].map(image => image.alt);
  const text = [link.textContent, link.ariaLabel ?? "", ...alternatives].join(" ").trim();
  if (!text || /^(click )?here$|^(this|link|more)$/i.test(text)) {
    problems.push(`the link to ${link.getAttribute("href")} has a text that says nothing: "${text}"`);
  }
}
return problems;
"""
RULES = """
const [exclude, done] = arguments;
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
axe.run({exclude}, {resultTypes: ["violations"], runOnly: {type: "tag", values: tags}}).then(
  found => done(found.violations.flatMap(rule => rule.nodes.map(node => `${rule.help}: ${node.html.slice(0, 120)}`))),
  error => done([String(error)]),
);
"""


def find_axe() -> str:
    """Return the script of axe; nothing where it is not installed."""
    package = find_spec("axe_selenium_python")
    if package is None or package.origin is None:
        return ""
    script = Path(package.origin).parent / "node_modules" / "axe-core" / "axe.min.js"
    return script.read_text(encoding="utf-8")


@contextmanager
def open_browser(program: str, driver: str) -> Generator[Any, None, None]:
    """Start Chromium with a screen as wide as a phone's."""
    options = webdriver.ChromeOptions()
    options.binary_location = program
    metrics = {"width": WIDTH, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    with TemporaryDirectory() as profile:
        for flag in ("headless", "no-sandbox", "disable-gpu", "no-first-run", f"user-data-dir={profile}"):
            options.add_argument(f"--{flag}")
        chrome: Any = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        try:
            chrome.set_script_timeout(120)
            chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
            yield chrome
        finally:
            chrome.quit()


def set_theme(chrome: Any, theme: str) -> None:
    """Have the reader prefer light or dark pages."""
    features = [{"name": "prefers-color-scheme", "value": theme}]
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def look_at(chrome: Any, page: Path, axe: str) -> list[str]:
    """Return what is wrong with a page."""
    is_whole = page.name == WHOLE
    problems: list[str] = []
    for theme in ("light", "dark") if is_whole else ("light",):
        set_theme(chrome, theme)
        chrome.get(page.as_uri())
        problems += chrome.execute_script(STRUCTURE, WIDTH)
        if axe:
            chrome.execute_script(axe)
            problems += chrome.execute_async_script(RULES, [] if is_whole else ALIKE)
    return list(dict.fromkeys(problems))


def main() -> int:
    """Return 1 if anything is wrong with a page."""
    parser = argparse.ArgumentParser(description="Look at the built documentation in a browser.")
    parser.add_argument("folder", type=Path, help="where the pages are")
    pages = sorted(parser.parse_args().folder.resolve().rglob("*.html"))
    if not pages:
        parser.error("there are no pages: build them first")
    axe = find_axe()
    program, driver = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    missing = [] if program and driver else ["no Chromium with its driver; `scripts/browser` installs them"]
    missing += [] if axe else ["no axe, which `make docs PYTHON=3.12` brings"]
    if missing:
        print(f"docs: {'; '.join(missing)}: not checked", file=sys.stderr)
        if os.environ.get("CI"):
            return 1
    if not (program and driver):
        return 0
    with open_browser(program, driver) as chrome:
        problems = [f"{page.name}: {problem}" for page in pages for problem in look_at(chrome, page, axe)]
    print(*problems, sep="\n", file=sys.stderr) if problems else None
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
