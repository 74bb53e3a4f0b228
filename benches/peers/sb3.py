"""The worker of stable-baselines3 and sb3-contrib."""

from functools import partial
from time import perf_counter

import gymnasium as gym
import numpy as np
import sb3_contrib.trpo.trpo
import torch
from sb3_contrib import TRPO
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.logger import configure
from stable_baselines3.common.vec_env import DummyVecEnv

from worker import About, Case, Measure, serve

ALGORITHMS = {"trpo": TRPO, "ppo": PPO}

# Conjugate gradients that make all their steps, as ours do.
sb3_contrib.trpo.trpo.conjugate_gradient_solver = partial(
    sb3_contrib.trpo.trpo.conjugate_gradient_solver, residual_tol=0.0
)


class Stub(gym.Env):
    """The spaces of a task, without the task."""

    def __init__(self, observation: int, action: int) -> None:
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, (observation,))
        self.action_space = gym.spaces.Box(-1.0, 1.0, (action,))


def new_model(algorithm: str, env, hidden: list[int], **settings):
    """A model before its first update."""
    network = dict(net_arch=dict(pi=hidden, vf=hidden), activation_fn=torch.nn.Tanh)
    return ALGORITHMS[algorithm](
        "MlpPolicy", env, policy_kwargs=network, device="cpu", **settings
    )


def train(case: Case) -> Measure:
    """Training from the first update to the last."""

    def measure(seed: int) -> float:
        env = make_vec_env(
            case["env"], case["copies"], seed=seed, vec_env_cls=DummyVecEnv
        )
        model = new_model(
            case["algorithm"], env, case["hidden"], seed=seed, **case["peer"]
        )
        start = perf_counter()
        model.learn(case["steps"], log_interval=None)
        seconds = perf_counter() - start
        assert model.num_timesteps == case["steps"]
        return seconds

    return measure


def update(case: Case) -> Measure:
    """Policy steps of TRPO on made-up data, each from the same parameters."""
    rows = case["rows"]
    env = DummyVecEnv([lambda: Stub(case["observation"], case["action"])])
    model = new_model("trpo", env, case["hidden"], n_steps=rows, seed=0, **case["peer"])
    model.set_logger(configure(None, []))

    rng = np.random.default_rng(0)
    buffer = model.rollout_buffer
    buffer.observations[:] = rng.standard_normal(buffer.observations.shape)
    buffer.advantages[:] = rng.standard_normal(buffer.advantages.shape)
    buffer.returns[:] = buffer.advantages
    with torch.no_grad():
        observations = torch.as_tensor(buffer.observations[:, 0])
        actions, _, log_prob = model.policy(observations)
    buffer.actions[:, 0] = actions.numpy()
    buffer.log_probs[:, 0] = log_prob.numpy()
    buffer.full = True
    theta = {name: value.clone() for name, value in model.policy.state_dict().items()}

    def step() -> float:
        model.policy.load_state_dict(theta)
        start = perf_counter()
        model.train()
        seconds = perf_counter() - start
        assert model.logger.name_to_value["train/is_line_search_success"] == 1.0
        return seconds

    return lambda _seed: sum(step() for _ in range(case["updates"]))


def prepare(case: Case) -> tuple[About, Measure]:
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    return {}, {"train": train, "update": update}[case["kind"]](case)


if __name__ == "__main__":
    serve(prepare)
