"""A served page and a real browser to look at it."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest

from dashboard import launch

SYNTHETIC = Path(__file__).parents[1] / "dashboard" / "synthetic.py"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",  # the browser sees loopback alone, and containers allow no sandbox
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SECONDS_TO_START = 60
MILLISECONDS_TO_SHOW = 30_000


def _load_synthetic():
    spec = importlib.util.spec_from_file_location("e2e_synthetic", SYNTHETIC)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def store(tmp_path_factory):
    """The address of a store with two whole runs, one of them with failures, and a test session."""
    synthetic = _load_synthetic()
    url = f"sqlite:///{tmp_path_factory.mktemp('e2e') / 'store.db'}"
    rng = np.random.default_rng(7)
    groups = synthetic.groups_of(conditions=("default", "arena"))
    earlier = synthetic.STARTED.replace(day=1)
    synthetic.record_run(url, rng, label="earlier", started_at=earlier, groups=groups)
    synthetic.record_run(url, rng, label="newest", groups=groups, failed=["mish"], status="partial")
    synthetic.record_session(url, rng)
    return url


@contextmanager
def serving(store, home, **how):
    """The address of a store's pages, served as the command line serves them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**launch.environment(store, **how), "HOME": str(home)}
    address = f"http://127.0.0.1:{port}"
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            launch.command(store, port), cwd=home, env=environment, stdout=log, stderr=log
        )
        try:
            _wait(address, process, home / "log")
            yield address
        finally:
            process.terminate()
            process.wait(timeout=20)


@pytest.fixture(scope="session", name="serving")
def serving_fixture():
    """The context in which a store's pages are served."""
    return serving


@pytest.fixture(scope="session")
def server(store, tmp_path_factory):
    """The address of the pages of that store."""
    with serving(store, tmp_path_factory.mktemp("home")) as address:
        yield address


def _wait(address, process, log):
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):
                return
        except URLError:
            time.sleep(0.2)
    pytest.fail(f"the pages didn't start:\n{log.read_text()}")


@pytest.fixture(scope="module")
def playwright():
    """Playwright, for a file of tests: others can't have its event loop in their main thread."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def executable():
    """The operating system's browser."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium on this machine; `apt-get install chromium` brings one")
    return found


@pytest.fixture(scope="module")
def browser(playwright, executable):
    """A headless browser with a fresh profile."""
    started = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
    yield started
    started.close()


def opening(browser, server, opened):
    """A function that opens a page, as if for the first time, and waits until it is drawn."""

    def go(path="/", *, width=1400, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(MILLISECONDS_TO_SHOW)
        page.asked, page.said = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.said.append((message.type, message.text)))
        page.on("pageerror", lambda error: page.said.append(("error", str(error))))
        page.goto(server + path)
        drawn(page)
        return page

    return go


@pytest.fixture
def visit(browser, server):
    """A function that opens a page for a test that changes something."""
    opened = []
    yield opening(browser, server, opened)
    for context in opened:
        context.close()


@pytest.fixture(scope="module", params=["/", "/throughput"])
def seen(request, browser, server):
    """Each page, opened once for all tests that only look."""
    opened = []
    yield opening(browser, server, opened)(request.param)
    for context in opened:
        context.close()


def drawn(page):
    """Nothing, as soon as the page has its title, its last panel and no work left."""
    page.get_by_role("heading", level=1).wait_for()
    page.get_by_text("Environment and provenance").wait_for()
    page.wait_for_function(
        '!document.querySelector(\'[data-testid="stApp"][data-test-script-state="running"]\')'
    )
    page.locator("[data-testid=stVegaLiteChart] svg").first.wait_for()


@pytest.fixture(name="drawn")
def drawn_fixture():
    """The function that waits until a page is drawn."""
    return drawn


def pytest_collection_modifyitems(items):
    """Every test beside this file drives a real browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
