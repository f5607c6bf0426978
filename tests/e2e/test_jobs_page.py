"""What only a real browser shows of the page about jobs: it looks again, and keeps its place."""

from __future__ import annotations

import pytest
from job_store import JobStore

LONG = "a_label_without_any_space_" * 6
MARKUP = '<img src=x onerror="document.title=1"> **bold** :material/close: [link](http://x)'

WIDER = """width => {
    const wider = [...document.querySelectorAll('[data-testid=stMain] *')]
        .filter(each => !each.closest('[data-testid=stDataFrame], [data-testid=stCode]'))
        .filter(each => each.getBoundingClientRect().right > width + 1)
        .map(each => each.tagName + ' ' + each.innerText);
    return wider}"""
"""What stands out on the right; tables and code scroll by themselves."""


@pytest.fixture(scope="module")
def jobs(tmp_path_factory):
    """A store with a job in each state and names that are hard to show."""
    with JobStore(f"sqlite:///{tmp_path_factory.mktemp('jobs') / 'store.db'}") as store:
        running = store.submit(LONG, at=store.ago(minutes=2))
        worker = store.worker(routes=("cpu", f"host:{LONG}"))
        store.begin(running, worker)
        store.worker(job=running, progress={"share": 0.4, "now": LONG})
        store.submit(MARKUP, route="cuda")
        store.submit(MARKUP, route="cpu")  # the card of what waits names what a worker can take
        store.ended(MARKUP, "failed", reason=f"{MARKUP}\n{LONG}", log="a line of a log\n" * 80)
        store.lost()
        yield store


@pytest.fixture(scope="module")
def address(jobs, serving, tmp_path_factory):
    """Where its page is, started to write."""
    with serving(jobs.url, tmp_path_factory.mktemp("home"), allow_writes=True) as server:
        yield f"{server}/jobs"


@pytest.fixture
def at(browser, address):
    """A function that opens the page in a window of that width."""
    contexts = []

    def go(width=1280, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.goto(address)
        page.get_by_text("looks again every").wait_for()
        page.get_by_role("heading", name="Ended").wait_for()
        return page

    yield go
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(at, scheme):
    width = 390
    page = at(width, scheme)
    page.locator("[data-testid=stExpander] summary").first.click()
    page.get_by_text("a line of a log").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.wait_for_timeout(1_000)  # the menu of narrow windows slides out of sight first
    assert page.evaluate(WIDER, width) == []


def test_names_are_shown_as_they_were_written(at):
    page = at()
    assert page.get_by_text(MARKUP.replace(":m", ":\N{WORD JOINER}m")).count() >= 2
    assert page.locator("[data-testid=stMain] img").count() == 0
    assert page.title() == "bench-service"


def test_a_new_job_appears_by_itself_and_what_is_open_and_where_one_reads_stay(at, jobs):
    page = at()
    page.locator("[data-testid=stExpander] summary").first.click()
    page.get_by_text("a line of a log").first.wait_for()
    heading = page.get_by_role("heading", name="Workers")
    heading.scroll_into_view_if_needed()
    before = heading.bounding_box()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") > 0
    assert page.get_by_text("3 jobs", exact=True).count() == 0
    jobs.submit("later")
    page.get_by_text("3 jobs", exact=True).wait_for(state="attached", timeout=20_000)
    page.wait_for_timeout(1_000)
    assert page.get_by_text("a line of a log").first.is_visible()
    assert heading.bounding_box() == pytest.approx(before, abs=2)


def test_the_keyboard_reaches_what_changes_something(at):
    page = at()
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                """() => {const at = document.activeElement;
                return at.getAttribute('aria-label') || at.innerText || ''}"""
            )
        )
    said = " | ".join(reached)
    assert "Job to cancel" in said
    assert "Job to submit again" in said
