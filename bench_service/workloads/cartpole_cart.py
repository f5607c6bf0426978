"""The cart of gymnasium, with a limit to its episodes and numbers of about 1."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

N_OBSERVED = 4
N_ACTIONS = 2
SCALES = np.array([2.4, 2.0, 0.2095, 2.0], dtype=np.float32)
"""By which what is observed is divided: the place and angle at which the game is lost, in m and
rad, and speeds of 2 m / s and 2 rad / s."""
LONGEST = 500
"""Steps after which an episode of CartPole-v1 is over, whatever happens."""


class Cart:
    """An environment that begins anew whenever an episode ends."""

    def __init__(self, seed: int) -> None:
        from gymnasium.envs.classic_control.cartpole import CartPoleEnv

        self._world = CartPoleEnv()
        self.observed: Floats = self._world.reset(seed=seed)[0] / SCALES
        self.n_steps = 0
        """Of this episode."""

    def step(self, action: int) -> tuple[Floats, bool, bool]:
        """What is observed next, whether the pole has fallen, and whether the episode is over."""
        raw, _, has_fallen, _, _ = self._world.step(action)  # type: ignore[no-untyped-call]
        observed: Floats = raw / SCALES
        self.n_steps += 1
        is_over = has_fallen or self.n_steps >= LONGEST
        self.observed = observed
        if is_over:
            self.observed, self.n_steps = self._world.reset()[0] / SCALES, 0
        return observed, has_fallen, is_over
