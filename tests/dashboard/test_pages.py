"""The pages of a run that measured something, in one process."""

from __future__ import annotations

import subprocess
import sys

import pytest

PAGES = ("overview", "throughput")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_a_whole_run_shows_charts_and_no_error(charts, name, page, url, synthetic, rng):
    synthetic.record_run(url, rng)
    at = page(name)
    assert not at.exception
    assert not at.error
    assert charts(at)


def test_the_headline_names_the_fastest_and_its_interval(page, url, text, synthetic, rng):
    synthetic.record_run(url, rng)
    at = page(size="1,048,576")
    assert [header.value for header in at.header] == ["hardtanh", "hardtanh"]
    assert "× ReLU (" in text(at)


def test_on_a_gpu_the_launch_stands_where_the_allocator_stood(page, url, text, synthetic, rng):
    groups = synthetic.groups_of(
        conditions=("kernel", "hot", "wall", "graph"), backend="cuda-eager"
    )
    synthetic.record_run(url, rng, groups=groups, machine="H200")
    at = page("throughput")
    assert not at.error
    assert at.selectbox(key="condition").value == "kernel"
    assert "What does the launch add?" in text(at)


def test_results_of_test_sessions_are_no_verdicts(page, url, text, synthetic, rng):
    synthetic.record_run(url, rng)
    synthetic.record_session(url, rng)
    at = page("throughput")
    said = text(at)
    assert "not verdicts" in said
    table = next(each.value for each in at.dataframe if "Commit" in each.value.columns)
    assert list(table["Commit"].unique()) == ["3f2a91bc"]
    assert len(table) == 4


def test_allocators_compared_at_one_size_are_shown_in_rows(charts, page, url, synthetic, rng):
    groups = synthetic.groups_of(sizes=(1024, 1_048_576), conditions=("default", "arena"))
    synthetic.record_run(url, rng, groups=groups)
    titles = [spec["title"]["text"] for spec in charts(page("throughput"))]
    assert "Default allocator against warm arena" in titles
    assert "Page faults per call" not in titles


def test_no_page_imports_torch_or_the_queue(url, synthetic, rng, tmp_path):
    synthetic.record_run(url, rng, n_processes=3, names=("relu", "gelu"))
    program = tmp_path / "pages.py"
    program.write_text(
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "from dashboard.launch import APP\n"
        "at = AppTest.from_file(str(APP), default_timeout=60).run()\n"
        "assert not at.exception\n"
        "for view in sorted((APP.parent / 'views').glob('[a-z]*.py')):\n"
        "    at.switch_page(f'views/{view.name}').run()\n"
        "    assert not at.exception, at.exception\n"
        "assert 'torch' not in sys.modules, 'a page imports torch'\n"
        "assert 'dbos' not in sys.modules, 'a page imports the queue'\n"
    )
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
