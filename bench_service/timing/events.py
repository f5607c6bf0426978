"""A child's events become values: probes, parts of rounds, failures."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from bench_service.result import ChildResult, EntryBlocks, EntryProbe
from bench_service.timing.spec import GroupSpec
from bench_service.timing.wire import Event


class Ask(Protocol):
    """How to ask for work in a child: what a run needs of a forker, and a test can fake."""

    def __call__(
        self, task: str, spec: GroupSpec, silence_s: float, *, template: bool = False
    ) -> Generator[Event]:
        """The child's events; the last one is ``end`` with status, reason and culprit."""
        ...


@dataclass(frozen=True)
class EntryFailure:
    """An entry, or with an empty label the child as a whole, failed while being measured."""

    label: str
    reason: str
    status: str = "failed"
    """``failed``: its own call raised. ``crashed``, ``timeout``: the process ended, or hung."""

    @property
    def is_certain(self) -> bool:
        """True where nobody else in the child can have brought it about.

        A process may crash in one entry because of what another has left behind, and whoever asks
        for memory next fails for the one that has eaten it.
        """
        return self.status == "timeout" or (
            self.status == "failed" and "memory" not in self.reason.lower()
        )


def probes_of(events: Iterable[Event]) -> tuple[dict[str, EntryProbe], Event]:
    """What was found of the entries, by label, and the event that ended the child."""
    found: dict[str, EntryProbe] = {}
    compile_times: dict[str, int] = {}
    end: Event = {"status": "crashed", "reason": "no end was reported", "culprit": ""}
    for event in events:
        if event["event"] == "probe":
            probe = EntryProbe(**event["probe"])
            found[probe.label] = probe
        elif event["event"] == "compiled":
            compile_times[event["label"]] = event["compile_time_ns"]
        elif event["event"] == "end":
            end = event
    for label, compile_time_ns in compile_times.items():
        if label in found:
            facts = {**found[label].facts, "compile_time_ns": compile_time_ns}
            found[label] = EntryProbe(**{**vars(found[label]), "facts": facts})
    return found, end


def child_parts(
    events: Iterable[Event],
    spec: GroupSpec,
    now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
) -> Iterator[ChildResult | EntryFailure]:
    """The parts of a measuring child as they come, and what failed in it.

    The last part carries the child's facts. A child that dies keeps the parts it handed over;
    none of them is the last.
    """
    started_us, n_parts = now_us(), 0
    for event in events:
        kind = event["event"]
        if kind == "part":
            yield ChildResult(
                group=spec.fingerprint,
                process_ix=spec.process_ix,
                part=n_parts,
                is_last=event["is_last"],
                seed=spec.seed,
                started_at_us=started_us,
                status="ok",
                reason="",
                blocks=tuple(_blocks(block) for block in event["blocks"]),
                facts=event["facts"],
            )
            n_parts += 1
        elif kind == "failed":
            yield EntryFailure(event["label"], event["reason"])
        elif kind == "end" and event["status"] != "ok":
            reason = f"{event['status']}: {event['reason']}"
            yield EntryFailure(event["culprit"], reason, event["status"])


def _blocks(block: dict[str, Any]) -> EntryBlocks:
    arrays = {name: np.array(block[name], dtype=np.int64) for name in EntryBlocks.array_names()}
    return EntryBlocks(block["label"], block["role"], block["n_calls"], **arrays)
