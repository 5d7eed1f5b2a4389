"""Headless Chromium for the tests that look at what a person would: fixtures `browser` and `show`, and axe-core.

Import both fixtures where they are used; without Playwright the module that imports this is skipped.
"""

import atexit
import functools
import os
import pathlib

import pytest
from conftest import ROOT

playwright_api = pytest.importorskip("playwright.sync_api")

CHROMIUM = os.environ.get("PLIMSOLL_CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1200, "height": 900}


@functools.cache
def launched():
    """One browser for every module of a process, for Playwright starts but once in each."""
    assert pathlib.Path(CHROMIUM).exists(), f"{CHROMIUM} is not there: run script/bootstrap --test"
    playwright = playwright_api.sync_playwright().start()
    chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    atexit.register(playwright.stop)
    atexit.register(chromium.close)
    return chromium


@pytest.fixture(scope="session")
def browser():
    return launched()


class Opened:
    """A page with what went wrong on it, and what it asked for besides itself."""

    def __init__(self, page):
        self.page = page
        self.troubles = []
        self.requests = []
        page.on("console", lambda message: self.troubles.append(message.text))
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def overflow(self):
        """By how many pixels the page is wider than its window."""
        return self.page.evaluate("document.documentElement.scrollWidth - innerWidth")


@pytest.fixture
def show(run, browser):
    """Writes the report of a line, and opens it."""
    contexts = []

    def open_report(line, viewport=None, dark=False):
        run.good("report", line, "-o", "out.html")
        context = browser.new_context(viewport=viewport or DESK, color_scheme="dark" if dark else "light")
        contexts.append(context)
        opened = Opened(context.new_page())
        opened.page.goto((run.folder / "out.html").as_uri())
        opened.page.wait_for_selector("#method")
        return opened

    yield open_report
    for context in contexts:
        context.close()


def axe_violations(page):
    assert AXE.exists(), "axe-core is not there: run script/bootstrap --test"
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (violation["id"], [node["html"][:160] for node in violation["nodes"][:3]])
        for violation in result["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
