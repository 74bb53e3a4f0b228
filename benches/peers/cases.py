"""What is measured: every case with the settings of both sides.

`ours` are settings of trpo-lab, `peer` keyword arguments of the peer's
algorithm; a setting that only one side names is the other's default.
"""

from dataclasses import dataclass, field
from typing import Any

HIDDEN = [64, 64]
GAMMA, LAMBDA = 0.99, 0.95

# A trust region of 0.01 and ten steps of conjugate gradients.
TRPO_OURS = {
    "delta": 0.01,
    "damping": 0.1,
    "cg_iterations": 10,
    "cg_tolerance": 0.0,
    "backtracks": 10,
    "backtrack_factor": 0.5,
}
TRPO_PEER = {
    "target_kl": 0.01,
    "cg_damping": 0.1,
    "cg_max_steps": 10,
    "line_search_max_iter": 10,
    "line_search_shrinking_factor": 0.5,
    "gamma": GAMMA,
    "gae_lambda": LAMBDA,
}


@dataclass(frozen=True)
class Case:
    """One line of the results."""

    name: str
    peer: str
    """Name of the peer, and of its worker below."""
    work: dict[str, Any]
    """What both workers are told."""
    floor: float | None = None
    """Smallest ratio with which we are content."""


@dataclass(frozen=True)
class Group:
    """One table of the results."""

    title: str
    unit: str
    about: str
    cases: list[Case] = field(default_factory=list)


WORKERS = {
    "sb3-contrib": "sb3.py",
    "stable-baselines3": "sb3.py",
    "rejax": "rejax_ppo.py",
    "gymnasium": "gym_steps.py",
}


def training(
    algorithm: str,
    *,
    copies: int,
    batch: int,
    updates: int,
    ours: dict[str, Any],
    critic: dict[str, Any],
    peer: dict[str, Any],
    seeds: int = 1,
    task: str = "CartPole-v1",
) -> dict[str, Any]:
    """Training on CartPole-v1; `task` is what ours calls it."""
    shape = {"copies": copies, "batch": batch, "steps": updates * batch}
    common = shape | {
        "hidden": HIDDEN,
        "gamma": GAMMA,
        "lambda": LAMBDA,
        "normalize_observations": False,
    }
    config = {
        "env": task,
        "common": common,
        "critic": critic,
        "algorithm": {algorithm: ours},
    }
    return shape | {
        "kind": "train",
        "algorithm": algorithm,
        "env": "CartPole-v1",
        "hidden": HIDDEN,
        "seeds": seeds,
        "ours": config,
        "peer": peer,
    }


def trpo(copies: int, updates: int, **of: str) -> dict[str, Any]:
    """TRPO as sb3-contrib has it."""
    return training(
        "trpo",
        copies=copies,
        batch=2048,
        updates=updates,
        ours=TRPO_OURS,
        critic={"epochs": 10, "minibatch": 128, "max_gradient_norm": 0.0},
        peer=TRPO_PEER
        | {
            "n_steps": 2048 // copies,
            "learning_rate": 1e-3,
            "n_critic_updates": 10,
            "batch_size": 128,
        },
        **of,
    )


def ppo(copies: int, updates: int, **of: str) -> dict[str, Any]:
    """PPO as stable-baselines3 has it."""
    return training(
        "ppo",
        copies=copies,
        batch=2048,
        updates=updates,
        ours={"epochs": 10, "minibatch": 64, "learning_rate": 3e-4},
        critic={"epochs": 10, "minibatch": 64, "learning_rate": 3e-4},
        peer={
            "n_steps": 2048 // copies,
            "n_epochs": 10,
            "batch_size": 64,
            "learning_rate": 3e-4,
            "gamma": GAMMA,
            "gae_lambda": LAMBDA,
        },
        **of,
    )


def rejax(
    seeds: int,
    updates: int,
    *,
    copies: int,
    batch: int,
    epochs: int,
    minibatches: int,
    learning_rate: float,
    entropy: float,
) -> dict[str, Any]:
    """PPO as rejax has it; its critic's loss is clipped."""
    fit = {
        "epochs": epochs,
        "minibatch": batch // minibatches,
        "learning_rate": learning_rate,
    }
    return training(
        "ppo",
        copies=copies,
        batch=batch,
        updates=updates,
        seeds=seeds,
        ours=fit | {"entropy_coefficient": entropy},
        critic=fit | {"value_clip": 0.2},
        peer={
            "num_epochs": epochs,
            "num_minibatches": minibatches,
            "learning_rate": learning_rate,
            "ent_coef": entropy,
            "clip_eps": 0.2,
            "max_grad_norm": 0.5,
            "gamma": GAMMA,
            "gae_lambda": LAMBDA,
        },
    )


MATCHED = {
    "copies": 8,
    "batch": 2048,
    "epochs": 10,
    "minibatches": 32,
    "learning_rate": 3e-4,
    "entropy": 0.0,
}
PUREJAXRL = {
    "copies": 4,
    "batch": 512,
    "epochs": 4,
    "minibatches": 4,
    "learning_rate": 2.5e-4,
    "entropy": 0.01,
}


def update(rows: int, updates: int) -> dict[str, Any]:
    """Policy steps of TRPO at 17-64-64-6 on made-up data, without a critic."""
    return {
        "kind": "update",
        "observation": 17,
        "action": 6,
        "hidden": HIDDEN,
        "rows": rows,
        "updates": updates,
        "ours": TRPO_OURS,
        "peer": TRPO_PEER | {"n_critic_updates": 0},
    }


def groups(quick: bool) -> list[Group]:
    """All cases; with `quick`, hardly any work in each."""

    def count(full: int) -> int:
        return 2 if quick else full

    environments = {1: "1 environment", 8: "8 environments"}
    return [
        Group(
            title="Training on CartPole-v1",
            unit="steps/s",
            about=(
                "2048 steps a batch, tanh networks of 64-64, no normalisation of "
                "observations. TRPO: 10 steps of conjugate gradients, 10 critic epochs in "
                "minibatches of 128; PPO: 10 epochs in minibatches of 64."
            ),
            cases=[
                Case(
                    f"TRPO, {environments[copies]}",
                    "sb3-contrib",
                    trpo(copies, count(20)),
                    floor,
                )
                for copies, floor in [(1, 40.0), (8, 16.0)]
            ]
            + [
                Case(
                    f"PPO, {environments[copies]}",
                    "stable-baselines3",
                    ppo(copies, count(20)),
                    floor,
                )
                for copies, floor in [(1, 60.0), (8, 40.0)]
            ],
        ),
        Group(
            title="Training on Gymnasium's own CartPole-v1",
            unit="steps/s",
            about=(
                "The same on the same environment: ours steps it in a process of Python, as "
                "`gym:CartPole-v1`, which shares the CPU."
            ),
            cases=[
                Case(
                    f"{name}, {environments[copies]}",
                    peer,
                    algorithm(copies, count(20), task="gym:CartPole-v1"),
                    floor,
                )
                for name, peer, algorithm, floors in [
                    ("TRPO", "sb3-contrib", trpo, {1: 3.0, 8: 5.0}),
                    ("PPO", "stable-baselines3", ppo, {1: 3.0, 8: 6.0}),
                ]
                for copies, floor in floors.items()
            ],
        ),
        Group(
            title="One TRPO update",
            unit="ms",
            about=(
                "The policy step at 17-64-64-6 without the critic: gradient, 10 steps of "
                "conjugate gradients, one Fisher product for the step length and the line "
                "search. sb3-contrib starts the conjugate gradients near 0 instead of at 0, "
                "which costs it one product more."
            ),
            cases=[
                Case(
                    f"{rows:,} rows", "sb3-contrib", update(rows, count(updates)), floor
                )
                for rows, updates, floor in [
                    (2048, 20, 10.0),
                    (5000, 10, None),
                    (50_000, 3, 10.0),
                ]
            ],
        ),
        Group(
            title="Steps of MuJoCo's tasks",
            unit="steps/s",
            about=(
                "One copy under uniformly random actions drawn beforehand, episodes begun "
                "anew when they end. Both sides call the same library, over which ours adds at "
                "most 1% (`cargo bench --features mujoco --bench mujoco`): the ratio is what "
                "the other side adds."
            ),
            cases=[
                Case(
                    env,
                    "gymnasium",
                    {
                        "kind": "environment",
                        "env": env,
                        "steps": 200 if quick else steps,
                        "seeds": 1,
                    },
                    1.5,
                )
                for env, steps in [
                    ("InvertedPendulum-v5", 20_000),
                    ("Reacher-v5", 20_000),
                    ("Hopper-v5", 20_000),
                    ("HalfCheetah-v5", 20_000),
                    ("Humanoid-v5", 3_000),
                ]
            ],
        ),
        Group(
            title="Many seeds of PPO on CartPole-v1",
            unit="steps/s",
            about=(
                "Steps of all seeds together: rejax vectorises over them, ours go one after "
                "another. Matched shape: 8 environments, 256 steps, 10 epochs of 32 "
                "minibatches; PureJaxRL's shape: 4 environments, 128 steps, 4 epochs of 4 "
                "minibatches."
            ),
            cases=[
                Case(
                    f"{name}, {seeds}",
                    "rejax",
                    rejax(seed_count, count(steps // shape["batch"]), **shape),
                    floor,
                )
                for name, shape, floor in [
                    ("Matched shape", MATCHED, 2.0),
                    ("PureJaxRL's shape", PUREJAXRL, 1.5),
                ]
                for seeds, seed_count, steps in [
                    ("1 seed", 1, 102_400),
                    ("8 seeds", 8, 40_960),
                    ("32 seeds", 32, 20_480),
                ]
            ],
        ),
    ]
