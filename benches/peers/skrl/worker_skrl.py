"""The worker of skrl.

skrl's TRPO knows only Gaussian policies: its KL divergence is replaced here by
that of categorical ones, evaluated as often as its own. It computes the
policy's outputs and the gradient of the KL divergence anew for every Fisher
product, and draws an action and its log-probability with every output.
"""

import sys
from functools import partial
from pathlib import Path
from time import perf_counter

import gymnasium as gym
import skrl.agents.torch.trpo.trpo
import torch
from gymnasium.vector import AutoresetMode
from skrl.agents.torch.trpo import TRPO
from skrl.envs.wrappers.torch import Wrapper, wrap_env
from skrl.memories.torch import RandomMemory
from skrl.models.torch import CategoricalMixin, DeterministicMixin, Model
from skrl.trainers.torch import SequentialTrainer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from worker import About, Case, Measure, serve  # noqa: E402


def kl_divergence(
    *, policy_1: Model, policy_2: Model, observations: torch.Tensor, states: None
) -> torch.Tensor:
    """Mean KL divergence of the second from the first, whose outputs are constants."""
    inputs = {"observations": observations, "states": states}

    def log_probabilities(policy: Model) -> torch.Tensor:
        _, outputs = policy.act(inputs, role="policy")
        return outputs["net_output"].log_softmax(dim=-1)

    old = log_probabilities(policy_1).detach()
    new = log_probabilities(policy_2)
    return (old.exp() * (old - new)).sum(dim=-1).mean()


skrl.agents.torch.trpo.trpo.kl_divergence = kl_divergence

# Conjugate gradients that make all their steps, as ours do.
skrl.agents.torch.trpo.trpo.conjugate_gradient = partial(
    skrl.agents.torch.trpo.trpo.conjugate_gradient, residual_tolerance=0.0
)


def new_network(inputs: int, hidden: list[int], outputs: int) -> torch.nn.Sequential:
    sizes = [inputs, *hidden]
    layers: list[torch.nn.Module] = []
    for size, following in zip(sizes, hidden):
        layers += [torch.nn.Linear(size, following), torch.nn.Tanh()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(sizes[-1], outputs))


class Policy(CategoricalMixin, Model):
    def __init__(self, hidden: list[int], **spaces: gym.Space) -> None:
        Model.__init__(self, device="cpu", **spaces)
        CategoricalMixin.__init__(self)
        self.network = new_network(self.num_observations, hidden, self.num_actions)

    def compute(self, inputs, role):
        return self.network(inputs["observations"]), {}


class Value(DeterministicMixin, Model):
    def __init__(self, hidden: list[int], **spaces: gym.Space) -> None:
        Model.__init__(self, device="cpu", **spaces)
        DeterministicMixin.__init__(self)
        self.network = new_network(self.num_observations, hidden, 1)

    def compute(self, inputs, role):
        return self.network(inputs["observations"]), {}


def new_agent(env: Wrapper, case: Case, rollouts: int, minibatches: int) -> TRPO:
    """An agent before its first update."""
    peer = case["peer"]
    assert peer["backtrack_factor"] == 0.5, "skrl always halves"
    spaces = {
        "observation_space": env.observation_space,
        "action_space": env.action_space,
    }
    models = {
        "policy": Policy(case["hidden"], **spaces),
        "value": Value(case["hidden"], **spaces),
    }
    return TRPO(
        models=models,
        memory=RandomMemory(memory_size=rollouts, num_envs=env.num_envs, device="cpu"),
        device="cpu",
        cfg={
            "rollouts": rollouts,
            "learning_epochs": peer["critic_epochs"],
            "mini_batches": minibatches,
            "learning_rate": peer["critic_learning_rate"],
            "grad_norm_clip": 0.0,
            "discount_factor": peer["gamma"],
            "gae_lambda": peer["gae_lambda"],
            "max_kl_divergence": peer["delta"],
            "damping": peer["damping"],
            "conjugate_gradient_steps": peer["cg_iterations"],
            "max_backtrack_steps": peer["backtracks"],
            # Any improvement will do, as with ours.
            "accept_ratio": 0.0,
            # Nothing is written.
            "experiment": {"write_interval": 0, "checkpoint_interval": 0},
        },
        **spaces,
    )


def prepare(case: Case) -> tuple[About, Measure]:
    """Training from the first update to the last."""
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    copies, batch, steps, peer = (
        case[key] for key in ["copies", "batch", "steps", "peer"]
    )
    minibatches = batch // peer["critic_minibatch"]
    fits = peer["critic_epochs"] * minibatches

    def measure(seed: int) -> float:
        torch.manual_seed(seed)
        skrl.config.torch.key = seed
        # Begun anew within the step that ends an episode: otherwise some of
        # the steps would only do that. At a time limit the advantages run on
        # into the next episode, as skrl has it by default.
        vector = gym.make_vec(
            case["env"],
            copies,
            vectorization_mode="sync",
            vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP},
        )
        env = wrap_env(vector, wrapper="gymnasium", verbose=False)
        agent = new_agent(env, case, batch // copies, minibatches)
        trainer = SequentialTrainer(
            env=env,
            agents=agent,
            cfg={
                "timesteps": steps // copies,
                "headless": True,
                "disable_progressbar": True,
                "close_environment_at_exit": False,
            },
        )
        start = perf_counter()
        trainer.train()
        seconds = perf_counter() - start
        assert agent._rollout * copies == steps
        adam = next(iter(agent.value_optimizer.state.values()))
        assert adam["step"] == steps // batch * fits
        return seconds

    return {}, measure


if __name__ == "__main__":
    serve(prepare)
