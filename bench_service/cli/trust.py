"""One plain paragraph on how far a run can be trusted."""

from __future__ import annotations

from bench_service.api import LoadedRun


def trust_sentence(loaded: LoadedRun) -> str:
    """What the run's own controls say about its numbers, in words."""
    timing = loaded.timing
    measured = timing[(timing["status"] == "ok") & timing["ratio"].notna()]
    if measured.empty:
        return "Nothing was measured, so nothing can be said."
    half_widths = (measured["ratio_high"] / measured["ratio_low"]) ** 0.5 - 1
    others = measured[measured["activation"] != "relu"]
    n_open = int((others["verdict"] == "inconclusive").sum())
    aa = (measured["aa_ratio"] - 1).abs().max()
    words = [
        f"How far to trust this: each ratio comes from {measured['n_processes'].min():.0f} to "
        f"{measured['n_processes'].max():.0f} processes spread over "
        f"{measured['spread_seconds'].max():.0f} s; half of the intervals are narrower than "
        f"+-{half_widths.median():.1%}.",
        f"ReLU timed twice in the same rounds differed from itself by at most {aa:.1%}.",
    ]
    counts = measured["quality"].value_counts()
    parts = [f"{n} {quality}" for quality, n in counts.items()]
    words.append(f"Quality: {', '.join(parts)}.")
    if n_open:
        words.append(f"{n_open} of {len(others)} comparisons can't be told yet.")
    spread = (measured["process_high"] / measured["process_low"]) ** 0.5 - 1
    words.append(
        f"Any one process of yours may see a ratio +-{spread.median():.0%} away from these."
    )
    return " ".join(words)
