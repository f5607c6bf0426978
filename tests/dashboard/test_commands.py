"""Commands that the pages hand out can be run as they stand."""

from __future__ import annotations

import shlex
import sys

import pytest

from dashboard import commands, data, launch
from db.location import user_url


def options_of(command):
    """A command's words, with the verb that plans in place of the one that measures."""
    program, verb, *rest = shlex.split(command)
    assert (program, verb) == ("bench-service", "run")
    return ["plan", *rest]


def test_every_row_names_the_command_that_measures_it_again(timing):
    row = timing[timing["condition"] == "default"].iloc[0]
    assert commands.again(row, "quick") == (
        "bench-service run quick --activation relu --backend cpu-eager --pass forward"
        " --dtype float32 --numel 1024"
    )


def test_a_warm_allocator_is_measured_by_a_suite_that_asks_for_all_conditions(timing):
    row = timing[timing["condition"] == "arena"].iloc[0]
    assert " run standard " in commands.again(row, "quick")


def test_a_run_of_the_user_s_own_suite_is_measured_again_from_a_built_in_one(timing):
    assert " run quick " in commands.again(timing.iloc[0], "mine")


def test_a_name_with_spaces_stays_one_word(timing):
    row = timing.iloc[0].copy()
    row["activation"] = "my acts.py:swoosh"
    assert "my acts.py:swoosh" in shlex.split(commands.again(row, "quick"))


def test_four_times_the_children_are_brought_to_what_is_unclear(timing):
    rows = timing[(timing["numel"] == 1024) & timing["label"].isin(["relu6", "elu"])]
    assert commands.narrower(rows, "mine") == (
        "bench-service run quick -a elu -a relu6 --pass backward --pass forward"
        " --numel 1024 --processes 32"
    )


@pytest.mark.parametrize(
    "command", [commands.SUBMIT, commands.WORKER, commands.JOBS, commands.SCHEDULE]
)
def test_the_commands_of_the_page_about_jobs_are_verbs(command):
    """What follows ``--help`` isn't done, and what comes before it must be known."""
    from typer.testing import CliRunner

    from bench_service.cli.app import app

    _, *words = shlex.split(command)
    done = CliRunner().invoke(app, [*words, "--help"])
    assert done.exit_code == 0, done.output
    assert f"Usage: bench-service {words[0]}" in done.output


@pytest.mark.parametrize("which", ["again", "narrower", "first", "more"])
def test_the_command_line_understands_what_the_pages_hand_out(which, timing, capsys):
    from bench_service.cli.main import status_of

    command = {
        "again": commands.again(timing.iloc[0], "quick"),
        "narrower": commands.narrower(timing.iloc[:3], "quick"),
        "first": commands.FIRST,
        "more": commands.MORE,
    }[which]
    assert status_of(options_of(command)) == 0
    assert "case" in capsys.readouterr().out


def test_the_pages_are_served_on_loopback_alone_and_report_to_nobody():
    command = launch.command("sqlite:////tmp/store.db", 8501)
    assert command[:4] == [sys.executable, "-m", "streamlit", "run"]
    assert "--server.address=127.0.0.1" in command
    assert "--browser.gatherUsageStats=false" in command
    assert "--server.port=8501" in command


def test_the_address_of_the_store_is_in_the_environment_and_not_in_the_arguments():
    url = "postgresql+psycopg://me:secret@host/bench"
    assert not any("secret" in word for word in launch.command(url, 8501))
    assert launch.environment(url)["BENCH_SERVICE_DB"] == url


def test_pages_write_only_where_that_is_asked_for_at_their_start(monkeypatch):
    monkeypatch.setenv(launch.ALLOW_WRITES, "1")
    assert launch.environment("store.db")[launch.ALLOW_WRITES] == "0"
    assert launch.environment("store.db", allow_writes=True)[launch.ALLOW_WRITES] == "1"


def test_no_configuration_opens_the_pages_to_those_of_other_places():
    command = launch.command("store.db", 8501)
    assert "--server.enableCORS=true" in command
    assert "--server.enableXsrfProtection=true" in command


def test_a_command_names_the_store_unless_it_is_the_user_s_own(monkeypatch, tmp_path):
    monkeypatch.setenv("BENCH_SERVICE_DB", str(tmp_path / "a store.db"))
    assert data.command("bench-service run") == f"bench-service run --db '{tmp_path}/a store.db'"
    monkeypatch.setenv("BENCH_SERVICE_DB", user_url())
    assert data.command("bench-service run") == "bench-service run"
    monkeypatch.delenv("BENCH_SERVICE_DB")
    assert data.command("bench-service run") == "bench-service run"


def test_a_command_shows_no_password(monkeypatch):
    monkeypatch.setenv("BENCH_SERVICE_DB", "postgresql+psycopg://me:secret@host/bench")
    said = data.command("bench-service runs")
    assert "secret" not in said
    assert "@host/bench" in said


def test_every_command_on_a_page_is_for_the_store_that_it_shows(page, url, synthetic, rng):
    groups = synthetic.groups_of(sizes=(1024,))
    synthetic.record_run(url, rng, groups=groups, failed=["mish"], n_processes=3)
    at = page("throughput")
    shown = [block.value for block in at.code if block.value.startswith("bench-service ")]
    shown += [
        command
        for table in at.dataframe
        if "Command" in table.value.columns
        for command in table.value["Command"]
    ]
    assert len(shown) > 10
    named = f" --db {url.removeprefix('sqlite:///')}"
    assert all(command.endswith(named) for command in shown)
