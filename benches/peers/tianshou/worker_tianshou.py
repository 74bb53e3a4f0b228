"""The worker of Tianshou.

PPO makes the same updates as ours. Tianshou's TRPO fits its critic to all rows
of a batch at once, in as many steps as ours makes epochs: it sees as many rows,
but makes 10 steps of Adam a batch instead of 160 on minibatches of 128.
"""

import sys
from functools import partialmethod
from pathlib import Path
from time import perf_counter

import gymnasium as gym
import torch
from tianshou.algorithm import NPG, PPO, TRPO
from tianshou.algorithm.algorithm_base import OnPolicyAlgorithm
from tianshou.algorithm.modelfree.reinforce import DiscreteActorPolicy
from tianshou.algorithm.optim import AdamOptimizerFactory
from tianshou.data import Collector, VectorReplayBuffer
from tianshou.env import DummyVectorEnv
from tianshou.trainer import OnPolicyTrainer, OnPolicyTrainerParams
from tianshou.utils.net.common import Net
from tianshou.utils.net.discrete import DiscreteActor, DiscreteCritic

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from worker import About, Case, Measure, serve  # noqa: E402

# Conjugate gradients that make all their steps, as ours do.
NPG._conjugate_gradients = partialmethod(NPG._conjugate_gradients, residual_tol=0.0)


def new_networks(
    env: DummyVectorEnv, hidden: list[int]
) -> tuple[DiscreteActorPolicy, DiscreteCritic]:
    """A policy and a critic that share nothing."""
    observation_space, action_space = env.observation_space[0], env.action_space[0]

    def body() -> Net:
        return Net(
            state_shape=observation_space.shape,
            hidden_sizes=hidden,
            activation=torch.nn.Tanh,
        )

    actor = DiscreteActor(
        preprocess_net=body(), action_shape=action_space.n, softmax_output=False
    )
    policy = DiscreteActorPolicy(actor=actor, action_space=action_space)
    return policy, DiscreteCritic(preprocess_net=body())


def new_ppo(policy: DiscreteActorPolicy, critic: DiscreteCritic, peer: Case) -> PPO:
    return PPO(
        policy=policy,
        critic=critic,
        optim=AdamOptimizerFactory(lr=peer["learning_rate"]),
        eps_clip=peer["clip"],
        ent_coef=0.0,
        max_grad_norm=0.5,
        gamma=peer["gamma"],
        gae_lambda=peer["gae_lambda"],
    )


def new_trpo(policy: DiscreteActorPolicy, critic: DiscreteCritic, peer: Case) -> TRPO:
    assert peer["cg_iterations"] == 10, "Tianshou always makes 10"
    algorithm = TRPO(
        policy=policy,
        critic=critic,
        optim=AdamOptimizerFactory(lr=peer["critic_learning_rate"]),
        max_kl=peer["delta"],
        backtrack_coeff=peer["backtrack_factor"],
        max_backtracks=peer["backtracks"],
        optim_critic_iters=peer["critic_epochs"],
        gamma=peer["gamma"],
        gae_lambda=peer["gae_lambda"],
    )
    algorithm._damping = peer["damping"]
    return algorithm


def adam_steps(algorithm: OnPolicyAlgorithm) -> int:
    """Steps that its optimizer has made."""
    return int(next(iter(algorithm.optim._optim.state.values()))["step"])


def prepare(case: Case) -> tuple[About, Measure]:
    """Training from the first update to the last."""
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    copies, batch, steps, peer = (
        case[key] for key in ["copies", "batch", "steps", "peer"]
    )
    updates = steps // batch
    if case["algorithm"] == "ppo":
        new_algorithm, repeat, minibatch = new_ppo, peer["epochs"], peer["minibatch"]
        fits = peer["epochs"] * batch // minibatch
    else:
        # One policy step on the whole batch, and the critic's steps after it.
        new_algorithm, repeat, minibatch = new_trpo, 1, None
        fits = peer["critic_epochs"]

    def measure(seed: int) -> float:
        torch.manual_seed(seed)
        env = DummyVectorEnv([lambda: gym.make(case["env"])] * copies)
        env.seed(seed)
        algorithm = new_algorithm(*new_networks(env, case["hidden"]), peer)
        params = OnPolicyTrainerParams(
            training_collector=Collector(
                algorithm, env, VectorReplayBuffer(batch, copies)
            ),
            max_epochs=1,
            epoch_num_steps=steps,
            collection_step_num_env_steps=batch,
            batch_size=minibatch,
            update_step_num_repetitions=repeat,
            verbose=False,
            show_progress=False,
        )
        trainer = OnPolicyTrainer(algorithm, params)
        start = perf_counter()
        info = trainer.run()
        seconds = perf_counter() - start
        assert info.train_step == steps
        assert info.update_step == updates
        assert adam_steps(algorithm) == updates * fits
        return seconds

    return {}, measure


if __name__ == "__main__":
    serve(prepare)
