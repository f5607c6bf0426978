"""Who brought a measuring child down: asked of children in which nobody else is at work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from bench_service.result import Role
from bench_service.timing.events import EntryFailure, child_parts
from bench_service.timing.spec import GroupSpec
from bench_service.timing.wire import Event


def culprits(
    ask: Callable[[GroupSpec], Iterable[Event]],
    spec: GroupSpec,
    failure: EntryFailure,
    blame: Callable[[str], bool],
) -> dict[str, str]:
    """Labels with reasons of the entries to go on without; empty where nobody is to blame.

    ``ask(spec)`` measures in a child. Where another entry may have done it, the one that was at
    work is run alone, and then every other case, each for as long as the whole child took. If all
    of them get through alone, the one that was at work goes when it is blamed again (``blame``):
    a function may fail now and then.
    """
    suspect = next((entry for entry in spec.entries if entry.label == failure.label), None)
    if suspect is None:
        return {}
    if failure.is_certain:
        return {suspect.label: failure.reason}
    n_rounds = spec.n_rounds * len(spec.entries)
    others = [e for e in spec.entries if e.role == Role.CASE and e is not suspect]
    for group in ([suspect], others):
        found = {}
        for entry in group:
            reason = _fails_alone(ask, replace(spec, entries=(entry,), n_rounds=n_rounds))
            if reason:
                found[entry.label] = reason
        if found:
            return found
    return {suspect.label: failure.reason} if blame(suspect.label) else {}


def _fails_alone(ask: Callable[[GroupSpec], Iterable[Event]], spec: GroupSpec) -> str:
    for part in child_parts(ask(spec), spec):
        if isinstance(part, EntryFailure):
            return part.reason
    return ""
