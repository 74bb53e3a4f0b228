"""Environments with which tests/gym.rs tries the bridge to Gymnasium: one that goes
wrong as its argument says, and some whose spaces are unusual."""

import os
import subprocess
import sys
import time

import gymnasium
import numpy as np
from gymnasium import spaces


class Trouble(gymnasium.Env):
    """Counts its steps, from a number that its seed gives. The fault happens at a step of
    the first episode of the process, or at a reset."""

    observation_space = spaces.Box(-np.inf, np.inf, (2,), np.float32)
    action_space = spaces.Discrete(2, start=-1)

    def __init__(self, fault="", at=5):
        self.fault, self.at, self.resets = fault, at, 0

    def seen(self, size=2):
        return np.full(size, self.first + self.steps, np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.resets += 1
        self.steps = 0
        self.first = float(self.np_random.random())
        if self.fault == "reset" and self.resets == 2:
            raise RuntimeError("the door is locked")
        if self.fault == "nan-reset" and self.resets == 2:
            self.first = float("nan")
        return self.seen(), {}

    def step(self, action):
        assert self.action_space.contains(action), action
        self.steps += 1
        if self.steps == self.at and self.resets == 1:
            self.go_wrong()
        if self.fault == "slow":
            time.sleep(0.003)
        size = 3 if self.fault == "grows" and self.steps == self.at else 2
        seen = self.seen(size)
        if self.fault == "nan-step" and self.steps == self.at:
            seen[0] = np.nan
        reward = float("inf") if self.fault == "inf-step" and self.steps == self.at else 1.0
        return seen, reward, False, False, {}

    def go_wrong(self):
        if self.fault == "dies":
            sys.stderr.write("the last words\n")
            sys.stderr.flush()
            os._exit(3)
        if self.fault == "exits":
            sys.exit("enough")
        if self.fault == "raises":
            raise ZeroDivisionError("nothing is left")
        if self.fault == "hangs":
            # Somebody else's process, too, must not outlive it.
            child = subprocess.Popen(["sleep", "300"])
            with open(os.environ["TROUBLE_PIDS"], "w") as file:
                file.write(f"{os.getpid()} {child.pid}")
            time.sleep(300)
        if self.fault == "slow":
            with open(os.environ["TROUBLE_PIDS"], "w") as file:
                file.write(f"{os.getpid()} {os.getpid()}")
        if self.fault == "prints":
            print("x" * 200_000, flush=True)
            os.system("echo from another process")
            sys.stdin.read()


class Many(gymnasium.Env):
    """One whose actions are neither a choice nor a box."""

    observation_space = spaces.Box(-1, 1, (2,), np.float32)
    action_space = spaces.MultiDiscrete([2, 3])


class Boxes(gymnasium.Env):
    """One with a dictionary to see and a wide box of float64 to act in."""

    observation_space = spaces.Dict(
        {"place": spaces.Discrete(3), "speed": spaces.Box(-1, 1, (2, 2), np.float64)}
    )
    action_space = spaces.Box(np.array([-0.1, -30.0]), np.array([0.3, 30.0]), dtype=np.float64)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return {"place": 2, "speed": np.eye(2)}, {}

    def step(self, action):
        assert self.action_space.contains(action), action
        return {"place": 1, "speed": np.zeros((2, 2))}, float(action.sum()), False, False, {}


class Global(Trouble):
    """One that draws from numpy's own generator, as it should not."""

    def seen(self, size=2):
        return np.random.random(size).astype(np.float32)


class Nothing(gymnasium.Env):
    """One whose steps take no time: what remains is the way to it."""

    observation_space = spaces.Box(-1, 1, (4,), np.float32)
    action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        self.seen = np.zeros(4, np.float32)
        return self.seen, {}

    def step(self, action):
        return self.seen, 1.0, False, False, {}


for kind, limit in [(Trouble, 20), (Many, 20), (Boxes, 20), (Global, 20), (Nothing, 10**9)]:
    gymnasium.register(f"{kind.__name__}-v0", kind, max_episode_steps=limit)
gymnasium.register("Endless-v0", Trouble)
