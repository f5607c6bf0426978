"""What happens in a pytest session whose benchmarks are to be stored."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any

import pytest

TITLE = "bench-service"


class Watch:
    """Notes whose tests pass, stores their benchmarks when the session ends, and says so.

    What storing needs is imported when the last test has ended: nothing of it can disturb what
    is measured.
    """

    def __init__(self, config: pytest.Config, url: str) -> None:
        self._config = config
        self._url = url
        self._started_at = datetime.now(UTC)
        self._unfit: set[str] = set()
        self._says: list[str] = []
        self._colour: dict[str, bool] = {}
        self._is_said = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Hold a benchmark for unfit from its test's beginning until the test has passed.

        An expected failure is one too, and so is a call that raised what the test then caught.
        """
        report = yield
        if "benchmark" in getattr(item, "fixturenames", ()):
            fixture = getattr(item, "funcargs", {}).get("benchmark")
            is_expected = report.skipped and hasattr(report, "wasxfail")
            is_bad = report.failed or is_expected or getattr(fixture, "has_error", False)
            if is_bad or (report.when == "setup" and report.passed):
                self._unfit.add(item.nodeid)
            elif report.when == "call" or report.skipped:
                self._unfit.discard(item.nodeid)
        return report

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Store what was measured; where that fails, the session fails."""
        reason = self._why_nothing()
        if reason:
            self._says.append(f"Nothing is stored: {reason}.")
            return
        is_interrupted = session.exitstatus == pytest.ExitCode.INTERRUPTED
        try:
            with warnings.catch_warnings():
                # What the tests turn into errors is no concern of storing.
                warnings.simplefilter("default")
                self._says += self._stored(is_interrupted=is_interrupted)
        except Exception as error:  # whatever it is, the tests' own report must come out
            self._complain(error)
            if session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what became of the benchmarks."""
        terminalreporter.section(TITLE, sep="-", **self._colour)
        for line in self._says:
            terminalreporter.line(line, **self._colour)
        self._is_said = True

    def pytest_unconfigure(self) -> None:
        """Say on standard error why the session failed where no summary was printed."""
        if self._colour and not self._is_said:
            sys.stderr.write("\n".join(["", *self._says, ""]))

    def _why_nothing(self) -> str:
        benchmarking = _benchmarking(self._config)
        if benchmarking is None:
            return "pytest-benchmark isn't there to measure"
        if self._config.getoption("dist", "no") != "no":
            return "pytest-xdist is active, and pytest-benchmark measures nothing beside it"
        if benchmarking.disabled:
            return "benchmarks are disabled"
        return "" if benchmarking.benchmarks or self._unfit else "no benchmark has run"

    def _stored(self, *, is_interrupted: bool) -> list[str]:
        from bench_service.pytest_plugin.gather import gather
        from bench_service.pytest_plugin.storing import store_session

        session = gather(
            self._config,
            _benchmarking(self._config).benchmarks,
            self._unfit,
            self._started_at,
            is_interrupted=is_interrupted,
        )
        stored = store_session(self._url, session)
        n, n_left_out = len(session.benchmarks), len(session.left_out)
        says = [f"Run {stored.uid} keeps {n} of {n + n_left_out} benchmarks."]
        if not stored.is_new:
            says = [f"Run {stored.uid} of the same job keeps these benchmarks; nothing is added."]
        if n_left_out:
            says.append(f"Left out because they failed or did not end: {n_left_out}.")
        return [*says, stored.warning] if stored.warning else says

    def _complain(self, error: Exception) -> None:
        from db.errors import StoreError

        is_known = isinstance(error, StoreError)
        text = str(error) if is_known else f"{type(error).__name__}: {error}"
        self._says.append("The benchmarks could not be stored where --bench-service-db says.")
        self._says += text.splitlines()
        self._says.append("The session fails for it; what the tests say stands.")
        self._colour = {"red": True}


def _benchmarking(config: pytest.Config) -> Any:  # noqa: ANN401  # pytest-benchmark has no types
    # The one thing used of pytest-benchmark that isn't public: its hooks get at the benchmarks
    # only where a JSON file is asked for.
    return getattr(config, "_benchmarksession", None)
