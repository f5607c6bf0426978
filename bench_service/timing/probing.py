"""Probing a group: every entry checked and calibrated, whatever one of them does to the child."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from bench_service.result import EntryProbe
from bench_service.timing.events import probes_of
from bench_service.timing.spec import EntrySpec, GroupSpec
from bench_service.timing.wire import Event

MAX_BLIND_ENDS = 2

AskProbe = Callable[[GroupSpec], Iterable[Event]]


def probe_group(ask: AskProbe, spec: GroupSpec) -> dict[str, EntryProbe]:
    """What was found of every entry, by label. ``ask(spec)`` probes in a child.

    An entry that ends its child is left out of the next one. What crashed while it was at work may
    have been brought down by one that was probed before it, in a thread or by a memory that it has
    spoiled: so it is probed once more alone, and what happens then is its own.
    """
    found: dict[str, EntryProbe] = {}
    n_blind = 0
    while left := spec.without(set(found)).entries:
        probes, ended = probes_of(ask(replace(spec, entries=left)))
        found |= probes
        culprit = next((entry for entry in left if entry.label == ended["culprit"]), None)
        if ended["status"] == "ok":
            break
        if culprit is None:
            n_blind += 1
            if n_blind == MAX_BLIND_ENDS:
                rest = [entry for entry in left if entry.label not in found]
                found |= {entry.label: _failed(entry, ended) for entry in rest}
            continue
        if ended["status"] == "crashed" and culprit is not left[0]:
            probes, ended = probes_of(ask(replace(spec, entries=(culprit,))))
            found |= probes
        found.setdefault(culprit.label, _failed(culprit, ended))
    for entry in spec.entries:
        found.setdefault(entry.label, _failed(entry, {"status": "failed", "reason": "not probed"}))
    return with_equal_blocks(found, spec)


def with_equal_blocks(probes: Mapping[str, EntryProbe], spec: GroupSpec) -> dict[str, EntryProbe]:
    """The probes, with as many calls in a block for an entry as for its alias.

    Block lengths calibrated apart made ReLU differ from itself by 4.5 % (docs/measuring.md).
    """
    n_calls: dict[tuple[str, str], int] = {}
    equal = dict(probes)
    for entry in spec.entries:
        probe = equal[entry.label]
        if entry.activation and probe.n_calls:
            key = (entry.activation, repr(sorted(entry.parameters.items())))
            equal[entry.label] = replace(probe, n_calls=n_calls.setdefault(key, probe.n_calls))
    return equal


def _failed(entry: EntrySpec, ended: Event) -> EntryProbe:
    return EntryProbe(entry.label, entry.role, 0, 0.0, reason=reason_of(ended))


def reason_of(ended: Mapping[str, str]) -> str:
    """How a child ended, for people: ``crashed: the process was killed by SIGSEGV``."""
    return f"{ended['status']}: {ended['reason']}"
