"""The page of effects in a browser, at the width of a desk and of a phone, of a shop that runs in earnest."""

import os
import shutil
from collections.abc import Iterator

import pytest
from running_shop import Customer, RunningShop, wait_for
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

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
]
SCREENSHOTS = os.environ.get("SHOP_SCREENSHOTS")
WIDTHS = {"desk": 1100, "phone": 390}

pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="no Chromium with its driver; `scripts/browser` installs them"
)


@pytest.fixture(scope="module")
def site() -> Iterator[Customer]:
    with RunningShop() as shop:
        shop.manage("loaddata", "catalogue")
        shop.start_worker()
        yield shop.start_site()


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
def page(site: Customer, browser: webdriver.Chrome) -> webdriver.Chrome:
    """The page of effects, after an order, a card that was refused and a gift card that held too little."""
    buy(site, browser, {"card": "4000 0000 0000 0077", "product-1": "1", "product-2": "1"})
    buy(site, browser, {"card": "4000 0000 0000 0002", "product-1": "1"})
    buy(site, browser, {"card": "4000 0000 0000 0077", "product-1": "1", "gift_card": "SPRING"})
    wait_for(lambda: len(reload(site, browser).find_elements(By.CSS_SELECTOR, "ol li")) == 4, "the mails")
    return browser


def buy(site: Customer, browser: webdriver.Chrome, fields: dict[str, str]) -> None:
    browser.get(f"{site.address}/")
    for name, text in {"email": "ida@example.com", **fields}.items():
        field = browser.find_element(By.NAME, name)
        field.clear()
        field.send_keys(text)
    button = browser.find_element(By.CSS_SELECTOR, "form button")
    button.click()
    # The next visit would be overtaken by the answer to the form.
    wait_for(lambda: is_gone(button), "the answer to the form")


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


def reload(site: Customer, browser: webdriver.Chrome) -> webdriver.Chrome:
    browser.get(f"{site.address}/effects/")
    return browser


def texts(elements: list[WebElement]) -> list[str]:
    return [" ".join(element.text.split()) for element in elements]


def set_size(browser: webdriver.Chrome, width: int, height: int = 900) -> None:
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def test_it_shows_what_each_request_let_out_and_held_back(page: webdriver.Chrome) -> None:
    assert [texts(visit.find_elements(By.TAG_NAME, "li")) for visit in page.find_elements(By.TAG_NAME, "article")] == [
        [
            "send_receipt(3) let out the transaction committed",
            "request_picking(3) let out the transaction committed",
            "confirm_gift_card(1, '34.00') rolled back its rows were rolled back",
        ],
        [
            "send_receipt(3) discarded the response was 402",
            "request_picking(3) discarded the response was 402",
        ],
        [
            "send_receipt(2) let out the transaction committed",
            "request_picking(2) let out the transaction committed",
            "request_picking(2) dropped the policy is DropDuplicates()",
        ],
    ]


def test_it_lists_the_orders(page: webdriver.Chrome) -> None:
    assert texts(page.find_elements(By.CSS_SELECTOR, "tbody tr")) == [
        "Order 3 ida@example.com Placed 34.00 EUR",
        "Order 2 ida@example.com Placed 41.50 EUR",
        "Order 1 hugo@example.net Placed 49.00 EUR",
    ]


def test_it_lists_the_mails_that_the_worker_has_sent(page: webdriver.Chrome) -> None:
    assert texts(page.find_elements(By.CSS_SELECTOR, "ol li")) == [
        "Order 2: receipt for 41.50 EUR to ida@example.com",
        "Order 2: pick 1 x Green tea, 1 x Teapot to warehouse@shop.example",
        "Order 3: receipt for 34.00 EUR to ida@example.com",
        "Order 3: pick 1 x Teapot to warehouse@shop.example",
    ]


@pytest.mark.parametrize("reader", WIDTHS)
def test_it_fits_its_width(page: webdriver.Chrome, reader: str) -> None:
    width = WIDTHS[reader]
    set_size(page, width)
    if SCREENSHOTS:
        set_size(page, width, page.execute_script("return document.documentElement.scrollHeight"))
        page.save_screenshot(f"{SCREENSHOTS}/{reader}.png")
    assert page.execute_script("return document.documentElement.scrollWidth") <= width
    too_wide = "return [...document.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth)"
    assert page.execute_script(too_wide) == []


def test_it_is_announced_by_headings_and_labels(page: webdriver.Chrome) -> None:
    assert page.title == "Effects · The shop"
    assert page.find_element(By.TAG_NAME, "html").get_attribute("lang") == "en"
    assert texts(page.find_elements(By.CSS_SELECTOR, "h1, h2")) == [
        "Effects",
        "What each request let out and held back",
        "Orders",
        "Mails that the worker has sent",
    ]
    names = [visit.accessible_name for visit in page.find_elements(By.TAG_NAME, "article")]
    assert names == ["POST / 302", "POST / 402", "POST / 302"]


def test_its_links_are_reached_by_keyboard_and_seen_to_be(site: Customer, page: webdriver.Chrome) -> None:
    reload(site, page).find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    focused = page.switch_to.active_element
    assert focused.text == "Order"
    assert focused.value_of_css_property("outline-style") == "solid"
