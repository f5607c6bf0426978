"""Takes the pictures of the README anew: ``make pictures`` after a ``quick`` run.

``take.py PAGE ...`` takes those of some pages alone: ``convergence`` and ``neurons`` show most
after a run of ``standard``.

They show the newest run of the user's own store, from the top of a page to the heading where the
reader's questions are answered.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from urllib.error import URLError

from playwright.sync_api import Page, sync_playwright

from dashboard import launch
from db.location import default_url

HERE = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH = 1400
UP_TO = {
    "overview": "Failed and skipped",
    "throughput": "What does the allocator add?",
    "convergence": "How soon is the target reached?",
    "neurons": "Do they come back?",
}
"""The heading that the picture of a page ends above."""
ASKED = {"overview": "", "convergence": "convergence?workload=deep_plain"}
"""What follows the address of a page where it isn't its name."""


def take(page: Page, address: str, name: str) -> None:
    """Store the picture of a page."""
    page.goto(f"{address}/{ASKED.get(name, name)}")
    page.get_by_text("Environment and provenance").wait_for()
    page.locator("[data-testid=stVegaLiteChart] svg").last.wait_for()
    page.set_viewport_size({"width": WIDTH, "height": 3000})  # nothing scrolls out of sight
    page.wait_for_timeout(2000)  # charts fit the new width
    box = page.get_by_role("heading", name=UP_TO[name], exact=True).bounding_box()
    assert box is not None
    clip = {"x": 0.0, "y": 0.0, "width": float(WIDTH), "height": box["y"] - 8}
    page.screenshot(path=HERE / f"{name}.png", clip=clip)  # type: ignore[arg-type]


def wait_for(address: str) -> None:
    """Return as soon as the pages are served."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=5).close()  # noqa: S310  # ours
        except URLError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(address)


def main(names: Sequence[str]) -> None:
    """Serve the pages, and take the pictures of these, or of all."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, address = default_url(), f"http://127.0.0.1:{port}"
    browser_path = next(filter(None, map(shutil.which, BROWSERS)))
    server = subprocess.Popen(  # noqa: S603  # no shell
        launch.command(url, port), env=launch.environment(url)
    )
    try:
        wait_for(address)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"]
            )
            for name in names or UP_TO:
                take(browser.new_page(viewport={"width": WIDTH, "height": 900}), address, name)
            browser.close()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
