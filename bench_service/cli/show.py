"""``show``: one run, as text for people or as the JSON document that others build on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench_service.cli import options
from bench_service.cli.output import console, counted, duration, print_json

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from bench_service.loaded import LoadedRun


def show(
    run: options.RunName, as_json: options.AsJson = False, db: options.Database = None
) -> None:
    """Show a run: its cases, how far to trust them, and what failed or was skipped."""
    from bench_service.api import load

    loaded = load(run, db=options.named_database(db))
    if as_json:
        print_json(document_of(loaded))
    else:
        print_run(loaded)


def document_of(loaded: LoadedRun) -> dict[str, Any]:
    """The JSON document of a run; a test session's has its benchmarks too."""
    from bench_service.contract import benchmark_fields, run_document, stored_status

    header = {**loaded.header, "status": stored_status(loaded.status)}
    document = run_document(
        header, loaded.environment, loaded.timing, loaded.training, _step_times_ns(loaded)
    )
    if loaded.is_test_session:
        rows = loaded.benchmarks.to_dict("records")
        document["benchmarks"] = [benchmark_fields(row) for row in rows]
    return document


def _step_times_ns(loaded: LoadedRun) -> dict[str, float]:
    """The time of a training step by the slice's case, where the pass ``step`` was measured."""
    from bench_service.analysis.training.entries import entry_name
    from bench_service.analysis.training.step_times import step_times

    if loaded.timing.empty or loaded.training.empty:
        return {}
    known = {
        (row["workload"], entry_name(row["activation"], row["params"]), row["backend"]): float(
            row["step_time_ns"]
        )
        for row in step_times(loaded.timing).to_dict("records")
    }
    slices = loaded.training.to_dict("records")
    keys = {
        row["case"]: (row["workload"], entry_name(row["activation"], row["params"]), row["backend"])
        for row in slices
    }
    return {str(case): known[key] for case, key in keys.items() if key in known}


def print_run(loaded: LoadedRun) -> None:
    """Print what a run measured, and how far to trust it."""
    from bench_service.cli.benchmarks import print_benchmarks
    from bench_service.cli.timings import print_timings
    from bench_service.cli.trainings import print_trainings
    from bench_service.cli.trust import trust_sentences

    out = console()
    _print_header(out, loaded)
    if loaded.is_test_session:
        print_benchmarks(out, loaded.benchmarks)
        if loaded.timing.empty:
            return
    measured = loaded.timing[loaded.timing["time_ns"].notna()]
    if not measured.empty:
        out.print()
        print_timings(out, measured)
    _print_unmeasured(out, loaded.timing, "case")
    if not loaded.training.empty:
        out.print()
        print_trainings(out, loaded.training, loaded.timing)
        _print_unmeasured(out, loaded.training, "slice")
    if loaded.timing.empty and not loaded.training.empty:
        return
    out.print()
    for sentence in trust_sentences(loaded.timing):
        out.print(sentence)


def _print_header(out: Console, loaded: LoadedRun) -> None:
    header = loaded.header
    label = f" ({header['label']})" if header["label"] else ""
    out.print(
        f"Run {loaded.uid}{label}, suite {header['suite']}, {loaded.status.value}", style="bold"
    )
    began, ended = header["started_at"], header["finished_at"]
    took = f", {duration((ended - began).total_seconds())}" if ended else ""
    out.print(f"Began {began:%Y-%m-%d %H:%M} UTC{took}")
    out.print(f"{header['hardware_label']}; {header['software_label']}")


def _print_unmeasured(out: Console, measured: pd.DataFrame, one: str) -> None:
    for status in ("failed", "error", "timeout", "skipped"):
        rows = measured[measured["status"] == status]
        if rows.empty:
            continue
        out.print(f"\n{status.capitalize()}", style="bold")
        for reason, same in rows.groupby("reason", sort=False):
            names = ", ".join(dict.fromkeys(same["activation"]))
            out.print(f"  {counted(len(same), one)}, {names}: {reason}")
    if "time_ns" not in measured:
        return
    n_waiting = int(((measured["status"] == "ok") & measured["time_ns"].isna()).sum())
    if n_waiting:
        out.print(f"\n{counted(n_waiting, 'case')} checked and not yet timed.")
