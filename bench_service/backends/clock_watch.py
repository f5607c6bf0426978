"""Watches a GPU's clock while rounds are timed, and says which rounds it spoiled."""

from __future__ import annotations

import threading
from bisect import insort
from collections import Counter
from statistics import fmean
from typing import Any

from bench_service.backends.nvml import (
    SETTING,
    SOFTWARE_POWER_CAP,
    SPOILS,
    Sample,
    SensorError,
    Sensors,
)
from bench_service.result import BlockFlag

PERIOD_S = 0.05
LOWEST_SHARE_OF_MEDIAN = 0.9

# Beyond this share of spoiled rounds the rest isn't trusted either. A limit, since to repeat until
# enough are clean may never end on a GPU that always throttles.
MOST_SPOILED = 0.3


class ClockWatch:
    """Samples in a thread and after every round; a bad sample spoils the round it is in or ends."""

    def __init__(self, sensors: Sensors, period_s: float = PERIOD_S) -> None:
        self._sensors = sensors
        self._period_s = period_s
        self._lock = threading.Lock()
        self._samples: list[Sample] = []
        self._sm_mhz: list[int] = []  # sorted
        self._round: list[Sample] = []  # from the end of the round before to now
        self._sm_mhz_by_round: list[int] = []
        self._spoiled: Counter[str] = Counter()
        self._n_spoiled = 0
        self._error = ""
        self._stopped = threading.Event()

    def start(self) -> None:
        """Sample now, and then in a thread of its own that ends with the process or ``stop``."""
        self._take()
        threading.Thread(target=self._keep_sampling, name="clock-watch", daemon=True).start()

    def stop(self) -> None:
        """Sample no more in the thread."""
        self._stopped.set()

    def end_round(self) -> int:
        """``BlockFlag.THROTTLED`` where the round that ends now was spoiled, else 0."""
        self._take()
        with self._lock:
            samples, self._round = self._round, self._round[-1:]
            if not samples:
                return 0
            self._sm_mhz_by_round.append(round(fmean(sample.sm_mhz for sample in samples)))
            reasons = self._reasons_against(samples)
        self._spoiled.update(reasons)
        self._n_spoiled += bool(reasons)
        return BlockFlag.THROTTLED if reasons else 0

    def facts(self) -> dict[str, Any]:
        """Clocks, power, temperature and what spoiled rounds; ``sensor_error`` where that ended it.

        ``sm_clock_mhz_by_round`` has one clock per round: a time multiplied by it is in cycles.
        """
        with self._lock:
            samples = tuple(self._samples)
        facts = self._sensors.facts() | self._verdict()
        if samples:
            facts |= {
                "sm_clock_mhz": self._median_mhz(),
                "sm_clock_low_mhz": self._sm_mhz[0],
                "sm_clock_high_mhz": self._sm_mhz[-1],
                "memory_clock_mhz": samples[-1].memory_mhz,
                "power_high_w": max(sample.power_w for sample in samples),
                "temperature_high_c": max(sample.temperature_c for sample in samples),
                "clocks_set": any(sample.reasons & SETTING for sample in samples),
                "power_capped_share": sum(
                    bool(sample.reasons & SOFTWARE_POWER_CAP) for sample in samples
                )
                / len(samples),
            }
        return facts

    def _verdict(self) -> dict[str, Any]:
        n_rounds = len(self._sm_mhz_by_round)
        return {
            "sensor_error": self._error,
            "sm_clock_mhz_by_round": list(self._sm_mhz_by_round),
            "rounds_spoiled": self._n_spoiled,
            "rounds_spoiled_by": dict(self._spoiled),
            "throttled": self._n_spoiled > MOST_SPOILED * n_rounds,
        }

    def _take(self) -> None:
        if self._error:
            return
        try:
            sample = self._sensors.sample()
        except SensorError as error:
            self._error = str(error)
            return
        with self._lock:
            self._samples.append(sample)
            self._round.append(sample)
            insort(self._sm_mhz, sample.sm_mhz)

    def _keep_sampling(self) -> None:
        while not self._stopped.wait(self._period_s):
            self._take()

    def _median_mhz(self) -> int:
        return self._sm_mhz[len(self._sm_mhz) // 2]

    def _reasons_against(self, samples: list[Sample]) -> set[str]:
        reasons = {words for bit, words in SPOILS.items() if any(s.reasons & bit for s in samples)}
        if min(s.sm_mhz for s in samples) < LOWEST_SHARE_OF_MEDIAN * self._median_mhz():
            reasons.add("clock below 90 % of its median")
        return reasons
