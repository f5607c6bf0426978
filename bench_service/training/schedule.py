"""When a training is evaluated and when its neurons are looked at."""

from __future__ import annotations


def evaluation_steps(n_steps: int, n: int) -> tuple[int, ...]:
    """At most n steps after which validation data are read: evenly spaced, the last one last.

    Once, before any step, where there is none.
    """
    if n_steps < 1:
        return (0,)
    return tuple(sorted({max(1, round(n_steps * (i + 1) / n)) for i in range(n)}))


def checkpoint_steps(n_steps: int, n: int) -> tuple[int, ...]:
    """At most n steps at which neurons are looked at: 0, then growing by a factor, then the last.

    Units die early or late in training, so early checkpoints lie closer together.
    """
    if n < 2 or n_steps < 1:
        return (0,)
    first = max(1.0, n_steps / 2 ** (n - 2))
    ratio = (n_steps / first) ** (1 / max(1, n - 2))
    return tuple(sorted({0, n_steps, *(round(first * ratio**i) for i in range(n - 2))}))
