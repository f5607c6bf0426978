"""What only a real browser shows: addresses, widths, themes, keyboard, names, the console."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

PAGES = ("/", "/throughput")
KNOWN_404 = re.compile(r"Failed to load resource.*404")
"""Streamlit looks for its server below a page's own address before it looks at the root."""


def query(page):
    return parse_qs(urlsplit(page.url).query)


def choose(page, label, option):
    page.get_by_label(label, exact=True).first.click()
    page.get_by_role("option", name=option, exact=True).click()


def test_a_choice_is_written_to_the_address_and_a_reload_restores_it(visit, drawn):
    page = visit()
    choose(page, "Size (elements)", "1,048,576")
    page.wait_for_url("**size=*")
    choose(page, "Run", "earlier")
    page.wait_for_url("**run=earlier*")
    assert query(page) == {"size": ["1,048,576"], "run": ["earlier"]}
    page.reload()
    drawn(page)
    assert query(page) == {"size": ["1,048,576"], "run": ["earlier"]}
    assert page.get_by_text("1,048,576 float32 elements").first.is_visible()


def test_an_address_opens_the_page_that_it_describes(visit):
    page = visit(
        "/throughput?run=earlier&size=1,048,576&condition=warm+arena&pass=backward"
        "&show=relative+to+ReLU&activations=relu&activations=gelu"
    )
    title = page.get_by_text("Time relative to ReLU against size")
    assert title.first.is_visible()
    assert page.get_by_text("backward · cpu-eager · float32 · warm arena").first.is_visible()
    names = page.locator("[data-testid=stVegaLiteChart]").nth(1).locator("svg text")
    shown = names.all_text_contents()
    assert "gelu" in shown
    assert "silu" not in shown


def test_the_choice_stays_when_the_page_changes(visit, drawn):
    page = visit("/?run=earlier&size=1,048,576")
    page.get_by_role("link", name="Throughput", exact=True).click()
    page.get_by_role("heading", name="What does each one cost?").wait_for()
    drawn(page)
    assert query(page) == {"size": ["1,048,576"], "run": ["earlier"]}


def test_an_unknown_name_is_ignored_aloud(visit):
    page = visit("/?hardware=Abacus")
    assert page.get_by_text("hardware “Abacus”, which isn't here").is_visible()


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_a_phone(path, visit):
    width = 390
    page = visit(path, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wider = page.evaluate(
        """width => [...document.querySelectorAll('[data-testid=stVegaLiteChart] svg')]
            .filter(svg => svg.getBoundingClientRect().right > width).length""",
        width,
    )
    assert wider == 0


@pytest.mark.parametrize("path", PAGES)
def test_the_dark_theme_follows_the_reader_and_keeps_text_readable(path, visit):
    page = visit(path, scheme="dark")
    background = page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    assert max(int(part) for part in re.findall(r"\d+", background)[:3]) < 60
    fills = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=stVegaLiteChart] svg text')]
            .filter(text => text.textContent.trim() && getComputedStyle(text).opacity > 0)
            .map(text => getComputedStyle(text).fill)"""
    )
    assert fills
    darkest = min(
        max(int(part) for part in re.findall(r"\d+", fill)[:3]) for fill in fills if "rgb" in fill
    )
    assert darkest > 100


def test_the_keyboard_reaches_every_selector(visit):
    page = visit("/throughput")
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                """() => {const at = document.activeElement;
                return at.getAttribute('aria-label') || at.innerText || ''}"""
            )
        )
    said = " | ".join(reached)
    for label in ("Hardware", "Run", "Condition", "Size (elements)", "Activations", "backward"):
        assert label in said, said


def test_every_chart_has_a_name_that_says_what_it_shows(seen):
    names = seen.evaluate(
        """() => [...document.querySelectorAll('[data-testid=stVegaLiteChart]')]
            .filter(chart => chart.querySelector('svg'))
            .map(chart => chart.getAttribute('aria-label'))"""
    )
    assert names
    assert all(re.match("(Line|Dot|Dumbbell) (chart|plot) of .+", name or "") for name in names)


def test_a_number_on_an_axis_is_apart_from_its_unit(visit):
    texts = visit("/throughput").locator("[data-testid=stVegaLiteChart] svg text")
    times = [text for text in texts.all_text_contents() if re.fullmatch(r"[\d.]+ ?[µmn]?s", text)]
    assert len(times) > 3
    assert all(re.fullmatch(r"[\d.]+ [µmn]?s", text) for text in times), times


def test_the_console_is_quiet(seen):
    loud = [text for kind, text in seen.said if kind in ("error", "warning")]
    assert [text for text in loud if not KNOWN_404.match(text)] == []
    assert len(loud) <= 2


def test_nothing_is_asked_of_any_other_machine(seen, server):
    elsewhere = [
        url for url in seen.asked if not url.startswith((server, "data:", "blob:", "ws://127."))
    ]
    assert elsewhere == []
