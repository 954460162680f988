"""The pages of the outbox in Django's admin, in a browser, with ten thousand entries."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1200,900",
]
SCREENSHOTS = os.environ.get("AIRLOCK_SCREENSHOTS")
COUNT = 10_000
PENDING, DEAD, PARKED = 0, 1, 2

pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="no Chromium with its driver; `scripts/browser` installs them"
)


class Site:
    """The site in a process of its own, and a browser that looks at it."""

    def __init__(self, folder: Path, port: int, browser: webdriver.Chrome) -> None:
        self.database = folder / "site.sqlite3"
        self.address = f"http://127.0.0.1:{port}/admin/"
        self.browser = browser

    def open(self, path: str, user: str = "operator") -> webdriver.Chrome:
        """Open a page, having logged in."""
        if not self._is(user):
            self.browser.delete_all_cookies()
            self.browser.get(f"{self.address}login/")
            for name in ("username", "password"):
                self.browser.find_element(By.NAME, name).send_keys(user)
            self._leave(self.browser.find_element(By.CSS_SELECTOR, "[type=submit]"))
        self.browser.get(f"{self.address}airlock_outbox/{path}")
        return self.browser

    def choose(self, action: str, ids: list[int]) -> str:
        """Tick entries of the page, run an action on them, and return what the next page says of it."""
        for id_ in ids:
            self.browser.find_element(By.CSS_SELECTOR, f".action-select[value='{id_}']").click()
        Select(self.browser.find_element(By.NAME, "action")).select_by_value(action)
        self._leave(self.browser.find_element(By.CSS_SELECTOR, ".actions button[type=submit]"))
        return self.browser.find_element(By.CSS_SELECTOR, ".messagelist").text

    def screenshot(self, name: str) -> None:
        if SCREENSHOTS:
            self.browser.save_screenshot(f"{SCREENSHOTS}/{name}.png")

    def ids(self, state: int, count: int = 1) -> list[int]:
        """Return the newest entries in a state."""
        found = self._query(
            "SELECT id FROM airlock_outbox_entry WHERE state = ? ORDER BY id DESC LIMIT ?", state, count
        )
        return [id_ for (id_,) in found]

    def states(self, ids: list[int]) -> list[tuple[int, int]]:
        """Return states and attempts of entries."""
        places = ", ".join("?" * len(ids))
        return self._query(f"SELECT state, attempts FROM airlock_outbox_entry WHERE id IN ({places})", *ids)

    def _is(self, user: str) -> bool:
        tools = self.browser.find_elements(By.CSS_SELECTOR, "#user-tools strong")
        return [tool.text.lower() for tool in tools] == [user]

    def _leave(self, button: WebElement) -> None:
        button.click()
        WebDriverWait(self.browser, 60).until(lambda browser: is_gone(button))

    def _query(self, query: str, *values: int) -> list[tuple[int, ...]]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(query, values).fetchall()


def is_gone(element: WebElement) -> bool:
    """Return whether another page has taken the place of that of an element."""
    try:
        element.is_enabled()
    except StaleElementReferenceException:
        return True
    except WebDriverException:
        # While one page takes the place of another, the driver may know neither; it does when it is asked again.
        return False
    return False


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER or ""
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        yield chrome
    finally:
        chrome.quit()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, browser: webdriver.Chrome) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    program = [sys.executable, str(Path(__file__).with_name("outbox_site.py")), str(folder), str(COUNT)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Site(folder, int(process.stdout.readline()), browser)
        finally:
            process.kill()


def rows(browser: webdriver.Chrome) -> list[str]:
    return [row.text for row in browser.find_elements(By.CSS_SELECTOR, "#result_list tbody tr")]


def test_the_list_shows_the_newest_of_ten_thousand_and_no_arguments(site: Site) -> None:
    page = site.open("outboxentry/")
    site.screenshot("entries")
    assert len(rows(page)) == 100
    assert f"{COUNT} outbox entries" in page.find_element(By.CSS_SELECTOR, ".paginator").text
    assert rows(page)[0].startswith(f"{COUNT} ")
    assert "a secret" not in page.page_source


def test_the_last_page_of_the_list_can_be_reached(site: Site) -> None:
    page = site.open(f"outboxentry/?p={COUNT // 100}")
    assert len(rows(page)) == 100
    assert rows(page)[-1].startswith("1 ")


def test_the_list_can_be_narrowed_to_dead_letters(site: Site) -> None:
    page = site.open("outboxentry/")
    page.find_element(By.LINK_TEXT, "dead letter").click()
    WebDriverWait(page, 60).until(lambda browser: "state" in browser.current_url)
    site.screenshot("dead_letters")
    assert all("dead letter" in row and "ConnectionRefusedError in send_receipt" in row for row in rows(page))


def test_dead_letters_are_retried(site: Site) -> None:
    ids = site.ids(DEAD, 2)
    site.open(f"outboxentry/?state__exact={DEAD}")
    assert site.choose("retry", ids) == "2 entries will be sent."
    assert site.states(ids) == [(PENDING, 0)] * 2


def test_an_entry_is_parked_and_retried(site: Site) -> None:
    ids = site.ids(PENDING)
    site.open("outboxentry/")
    assert site.choose("park", ids) == "1 entry parked."
    assert site.states(ids) == [(PARKED, 0)]
    site.open(f"outboxentry/?state__exact={PARKED}")
    assert site.choose("retry", ids) == "1 entry will be sent."
    assert site.states(ids) == [(PENDING, 0)]


def test_nothing_can_be_added_changed_or_deleted(site: Site) -> None:
    page = site.open("outboxentry/")
    choices = Select(page.find_element(By.NAME, "action")).options
    assert [choice.get_attribute("value") for choice in choices] == ["", "retry", "park"]
    assert page.find_elements(By.CSS_SELECTOR, "#content .addlink") == []
    page = site.open(f"outboxentry/{site.ids(DEAD)[0]}/change/")
    assert page.find_elements(By.CSS_SELECTOR, "#content-main [type=submit], .deletelink") == []
    assert page.find_elements(By.CSS_SELECTOR, "#content-main textarea, #content-main [type=text]") == []


def test_an_entry_shows_its_tasks_and_its_arguments_when_asked(site: Site) -> None:
    page = site.open(f"outboxentry/{site.ids(DEAD)[0]}/change/")
    site.screenshot("entry")
    content = page.find_element(By.ID, "content-main")
    assert "shop.tasks.send_receipt" in content.text
    assert "a secret" not in content.text
    page.find_element(By.TAG_NAME, "summary").click()
    assert "a secret" in content.text


def test_who_may_only_look_can_only_look(site: Site) -> None:
    page = site.open("outboxentry/", "visitor")
    assert len(rows(page)) == 100
    assert page.find_elements(By.NAME, "action") == []


def test_relays_are_listed(site: Site) -> None:
    page = site.open("relayheartbeat/")
    site.screenshot("relays")
    (row,) = rows(page)
    assert row.startswith("desk:4711:0a1b2c3d default")
    assert page.find_elements(By.CSS_SELECTOR, "#content .addlink, .action-select") == []
