"""torch.compile without its silent exits: whole graphs, one shape, counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def compile_whole(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The compiled function; a graph break raises, and a new shape compiles anew.

    ``dynamic=False``: by default the second shape would be served by one kernel for all sizes,
    so that a time would depend on what was measured before it.
    """
    compiled: Callable[..., Tensor] = torch.compile(function, fullgraph=True, dynamic=False)
    return compiled


def n_graphs() -> int:
    """The graphs compiled since the process started, in it and in those it was forked from.

    With ``fullgraph`` torch counts no frames; a graph break, and a function that was compiled too
    often for torch to compile it again, raise instead of running eagerly.
    """
    from torch._dynamo.utils import counters

    return int(counters["stats"]["unique_graphs"])


def compilation_facts() -> dict[str, Any]:
    """Counts since the process started: graphs, graph breaks, limits of recompilation."""
    from torch._dynamo.utils import counters

    return {
        "graphs": n_graphs(),
        "graph_breaks": int(sum(counters["graph_break"].values())),
        "recompile_limit_hits": int(
            counters["stats"].get("cache_size_limit", 0)
            + sum(n for key, n in counters["recompile_limit"].items() if key)
        ),
    }
