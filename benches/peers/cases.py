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
class ByMaker:
    """A number for the CPUs of each maker."""

    amd: float
    intel: float


@dataclass(frozen=True)
class Peer:
    """One of those that we are compared with."""

    python: str
    """Folder of its virtual environment, from here."""
    worker: str
    """Its worker, from here; one that is no program of Python is built."""
    packages: tuple[str, ...]
    """What of it the results name with its version."""
    differs: str
    """What it does otherwise than ours in the same case."""


@dataclass(frozen=True)
class Case:
    """One line of the results."""

    name: str
    peer: str
    """Name of the peer, and of its worker below."""
    work: dict[str, Any]
    """What both workers are told."""
    wanted: float | ByMaker | None = None
    """The ratio that we want; a peer's speed is not ours to choose."""
    floor: ByMaker | None = None
    """Smallest share of the peak with which we are content."""
    ground: str | None = None
    """"theirs" or "ours", where it stands for its peer in the last table."""


@dataclass(frozen=True)
class Group:
    """One table of the results."""

    title: str
    unit: str
    about: str
    cases: list[Case] = field(default_factory=list)


RLTOOLS = (
    "C++ with all sizes known when it is compiled, by g++ -Ofast, on its own pendulum."
)

PEERS = {
    "sb3-contrib": Peer(
        ".",
        "sb3.py",
        ("sb3-contrib", "torch", "gymnasium"),
        "It starts its conjugate gradients near 0 instead of at 0: one Fisher product more.",
    ),
    "stable-baselines3": Peer(
        ".",
        "sb3.py",
        ("stable-baselines3",),
        "One Adam for policy and critic.",
    ),
    "rejax": Peer(
        ".",
        "rejax_ppo.py",
        ("rejax", "gymnax", "jax", "numpy"),
        "It trains all seeds at once, compiled for the case, on its own CartPole.",
    ),
    "gymnasium": Peer(".", "gym_steps.py", ("mujoco",), "It is stepped from Python."),
    "Tianshou": Peer(
        "tianshou",
        "tianshou/worker_tianshou.py",
        ("tianshou",),
        "One Adam for policy and critic; in TRPO the critic makes 10 steps on whole batches, not "
        "160 on minibatches, which is less work.",
    ),
    "skrl": Peer(
        "skrl",
        "skrl/worker_skrl.py",
        ("skrl",),
        "Its TRPO has no divergence of discrete actions: its worker gives it one. It computes the "
        "divergence and its gradient anew for every Fisher product.",
    ),
    "ModuRL": Peer(
        ".",
        "modurl",
        (),
        "Rust over Candle, on its own CartPole.",
    ),
    "RLtools, OpenBLAS": Peer("rltools", "rltools", ("rltools",), RLTOOLS),
    "RLtools, MKL": Peer("rltools", "rltools", ("mkl",), RLTOOLS),
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


def of_peer(
    algorithm: str, copies: int, updates: int, **of: str
) -> dict[str, Any]:
    """TRPO or PPO as above, with the names of settings of Tianshou's and skrl's workers."""
    if algorithm == "ppo":
        work = ppo(copies, updates, **of)
        settings = {"epochs": 10, "minibatch": 64, "learning_rate": 3e-4, "clip": 0.2}
    else:
        work = trpo(copies, updates, **of)
        names = ("delta", "damping", "cg_iterations", "backtracks", "backtrack_factor")
        settings = {name: TRPO_OURS[name] for name in names} | {
            "critic_epochs": 10,
            "critic_minibatch": 128,
            "critic_learning_rate": 1e-3,
        }
    return work | {"peer": settings | {"gamma": GAMMA, "gae_lambda": LAMBDA}}


def modurl(updates: int, batch: int, minibatch: int, epochs: int) -> dict[str, Any]:
    """PPO with 8 environments as ModuRL has it."""
    fit = {"epochs": epochs, "minibatch": minibatch, "learning_rate": 3e-4}
    return training(
        "ppo", copies=8, batch=batch, updates=updates, ours=fit, critic=fit, peer=fit
    )


def pendulum(
    activation: str, copies: int, batch: int, updates: int, minibatch: int, epochs: int
) -> dict[str, Any]:
    """PPO on the pendulum as RLtools has it."""
    fit = {"epochs": epochs, "minibatch": minibatch, "learning_rate": 3e-4}
    work = training(
        "ppo",
        copies=copies,
        batch=batch,
        updates=updates,
        ours=fit,
        critic=fit,
        peer=fit | {"activation": activation},
        task="Pendulum-v1",
    )
    work["ours"]["common"] |= {"activation": activation}
    return work


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


# Algorithms of peers that run on PyTorch with an environment of Gymnasium.
THROUGH_TORCH = [("TRPO", "Tianshou"), ("PPO", "Tianshou"), ("TRPO", "skrl")]


def groups(quick: bool) -> list[Group]:
    """All cases; with `quick`, hardly any work in each."""

    def count(full: int) -> int:
        return 2 if quick else full

    environments = {1: "1 environment", 8: "8 environments"}
    own = ByMaker(amd=0.62, intel=0.46)
    activations = [("tanh", 1.35), ("relu", 1.1)]
    shown = {"tanh": "tanh", "relu": "ReLU, its default"}
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
                    wanted,
                    ground="ours" if copies == 8 else None,
                )
                for copies, wanted in [(1, 40.0), (8, 16.0)]
            ]
            + [
                Case(
                    f"PPO, {environments[copies]}",
                    "stable-baselines3",
                    ppo(copies, count(20)),
                    wanted,
                    ground="ours" if copies == 8 else None,
                )
                for copies, wanted in [(1, 60.0), (8, 40.0)]
            ]
            + [
                Case(
                    f"{name}, {environments[8]}",
                    peer,
                    of_peer(name.lower(), 8, count(10)),
                    ground="ours",
                )
                for name, peer in THROUGH_TORCH
            ]
            + [
                Case(
                    f"PPO, {environments[8]}",
                    "ModuRL",
                    modurl(count(20), batch=2048, minibatch=64, epochs=10),
                    ground="ours",
                ),
                Case(
                    "PPO in ModuRL's shape: 1024 steps, 4 epochs in minibatches of 128",
                    "ModuRL",
                    modurl(count(40), batch=1024, minibatch=128, epochs=4),
                    ground="theirs",
                ),
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
                    wanted,
                    ground="theirs" if copies == 8 else None,
                )
                for name, peer, algorithm, ratios in [
                    ("TRPO", "sb3-contrib", trpo, {1: 3.0, 8: 5.0}),
                    ("PPO", "stable-baselines3", ppo, {1: 3.0, 8: 6.0}),
                ]
                for copies, wanted in ratios.items()
            ]
            + [
                Case(
                    f"{name}, {environments[8]}",
                    peer,
                    of_peer(name.lower(), 8, count(10), task="gym:CartPole-v1"),
                    ground="theirs",
                )
                for name, peer in THROUGH_TORCH
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
                    f"{rows:,} rows",
                    "sb3-contrib",
                    update(rows, count(updates)),
                    floor=floor,
                )
                for rows, updates, floor in [
                    (2048, 20, ByMaker(amd=0.88, intel=0.76)),
                    (5000, 10, None),
                    (50_000, 3, ByMaker(amd=0.84, intel=0.72)),
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
                    wanted,
                )
                for env, steps, wanted in [
                    ("InvertedPendulum-v5", 20_000, 1.5),
                    ("Reacher-v5", 20_000, 1.5),
                    ("Hopper-v5", 20_000, 1.5),
                    ("HalfCheetah-v5", 20_000, 1.5),
                    # The library itself takes nearly all of the time.
                    ("Humanoid-v5", 3_000, None),
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
                    wanted,
                    floor if seed_count == 1 else None,
                    {("Matched", 1): "ours", ("PureJaxRL's", 32): "theirs"}.get(
                        (name.split()[0], seed_count)
                    ),
                )
                for name, shape, wanted, floor in [
                    (
                        "Matched shape",
                        MATCHED,
                        ByMaker(amd=2.1, intel=2.6),
                        ByMaker(amd=0.75, intel=0.58),
                    ),
                    ("PureJaxRL's shape", PUREJAXRL, ByMaker(amd=1.8, intel=2.1), None),
                ]
                for seeds, seed_count, steps in [
                    ("1 seed", 1, 102_400),
                    ("8 seeds", 8, 40_960),
                    ("32 seeds", 32, 20_480),
                ]
            ],
        ),
        Group(
            title="PPO on the pendulum",
            unit="steps/s",
            about=(
                "Networks of 64-64. The shape of RLtools' own benchmark: 4 environments, 1024 "
                "steps, 2 epochs in minibatches of 256; matched shape: 8 environments, 256 steps, "
                "10 epochs in minibatches of 64."
            ),
            cases=[
                Case(
                    f"RLtools' shape, {shown[activation]}",
                    f"RLtools, {blas}",
                    pendulum(activation, 4, 4096, count(74), 256, 2),
                    wanted,
                    own,
                    "theirs" if activation == "relu" else None,
                )
                for activation, wanted in activations
                for blas in ("OpenBLAS", "MKL")
            ]
            + [
                Case(
                    "Matched shape, tanh",
                    f"RLtools, {blas}",
                    pendulum("tanh", 8, 2048, count(50), 64, 10),
                    ground="ours",
                )
                for blas in ("OpenBLAS", "MKL")
            ],
        ),
    ]
