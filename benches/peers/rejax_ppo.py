"""The worker of rejax."""

from time import perf_counter

import jax
from rejax import PPO

from worker import About, Case, Measure, serve


def prepare(case: Case) -> tuple[About, Measure]:
    """All seeds at once, compiled ahead."""
    steps = case["steps"]
    algorithm = PPO.create(
        env=case["env"],
        agent_kwargs={"activation": "tanh", "hidden_layer_sizes": case["hidden"]},
        num_envs=case["copies"],
        num_steps=case["batch"] // case["copies"],
        total_timesteps=steps,
        eval_freq=steps,
        skip_initial_evaluation=True,
        **case["peer"],
    )
    algorithm = algorithm.replace(eval_callback=lambda *_: ())

    def keys(seed: int) -> jax.Array:
        key = jax.random.key(seed)
        return key if case["seeds"] == 1 else jax.random.split(key, case["seeds"])

    # One seed is faster without the axis of seeds.
    train = algorithm.train if case["seeds"] == 1 else jax.vmap(algorithm.train)
    start = perf_counter()
    train = jax.jit(train).lower(keys(0)).compile()
    compile_seconds = perf_counter() - start

    def measure(seed: int) -> float:
        argument = jax.block_until_ready(keys(seed))
        start = perf_counter()
        state, _ = jax.block_until_ready(train(argument))
        seconds = perf_counter() - start
        assert (state.global_step == steps).all()
        return seconds

    return {"compile_seconds": compile_seconds}, measure


if __name__ == "__main__":
    serve(prepare)
