"""The worker of Gymnasium: steps of a task under random actions."""

import os
import tempfile
from time import perf_counter

import gymnasium as gym
import numpy as np

from worker import About, Case, Measure, serve


def prepare(case: Case) -> tuple[About, Measure]:
    # The library writes its warnings into the working folder.
    os.chdir(tempfile.mkdtemp())
    env = gym.make(case["env"])
    low, high = env.action_space.low, env.action_space.high

    def measure(seed: int) -> float:
        rng = np.random.default_rng(seed)
        size = (case["steps"], *low.shape)
        actions = rng.uniform(low, high, size).astype(np.float32)
        env.reset(seed=seed)
        start = perf_counter()
        for action in actions:
            _, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                env.reset()
        return perf_counter() - start

    return {}, measure


if __name__ == "__main__":
    serve(prepare)
