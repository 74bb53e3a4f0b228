"""What numpy and onnxruntime make of a policy, beside what the laboratory made of it.

Runs in a folder with policy.safetensors, policy.onnx, manual.py (the lines of the manual)
and expected.json.
"""

import json
import sys

import gymnasium
import numpy as np
import onnx
import onnxruntime

sys.path.insert(0, ".")
from manual import Policy  # noqa: E402

with open("expected.json") as file:
    expected = json.load(file)
observations = np.array(expected["observations"], np.float64)
actions = np.array(expected["actions"], np.float32)

onnx.checker.check_model(onnx.load("policy.onnx"), full_check=True)
model = onnxruntime.InferenceSession("policy.onnx", providers=["CPUExecutionProvider"])
policy = Policy("policy.safetensors")
names = [output.name for output in model.get_outputs()]
outputs = dict(zip(names, model.run(names, {"observation": observations})))


def close(x, y):
    return bool(np.all(np.abs(x - y) <= 1e-5 * (1 + np.abs(y))))


if expected["discrete"]:
    two = np.sort(outputs["logits"], axis=1)[:, -2:]
    clear = two[:, 1] - two[:, 0] > 1e-4
    ours = actions[:, 0].astype(np.int64)
    assert clear.mean() > 0.9, "most actions are clear"
    assert (outputs["mode"] == ours)[clear].all(), "onnx takes the same actions"
    assert (policy(observations) == ours)[clear].all(), "numpy takes the same actions"
else:
    assert close(outputs["mode"], actions), "onnx takes the same actions"
    assert close(policy(observations), actions), "numpy takes the same actions"
    assert outputs["log_std"].shape == (actions.shape[1],)


def act_onnx(observation):
    (mode,) = model.run(["mode"], {"observation": observation[None].astype(np.float64)})
    return mode[0]


def play(env, act, observation):
    total, over = 0.0, False
    while not over:
        observation, reward, ended, cut, _ = env.step(act(observation))
        total, over = total + float(reward), ended or cut
    return total


def all_returns(act):
    env = gymnasium.make(expected["env"])
    return np.array([play(env, act, env.reset(seed=seed)[0]) for seed in range(100)])


def forced(env, start):
    """The first observation of an episode that begins in the state `start`."""
    if expected["env"] == "CartPole-v1":
        # Between two equal bounds there is one number.
        return env.reset(seed=0, options={"low": start[0], "high": start[0]})[0]
    env.reset(seed=0)
    env.unwrapped.state = np.array(start)
    return env.unwrapped._get_obs()


ours = np.array(expected["returns"])
for name, act in [("numpy", policy), ("onnx", act_onnx)]:
    env = gymnasium.make(expected["env"])
    for start, total in expected["forced"]:
        found = play(env, act, forced(env, start))
        assert abs(found - total) <= 1e-4 * (1 + abs(total)), (name, start, found, total)
    print(f"{len(expected['forced'])} equal returns", end=", ")
    theirs = all_returns(act)
    # 99% interval of the difference of the means of 100 episodes each.
    error = 2.63 * np.sqrt(ours.var(ddof=1) / 100 + theirs.var(ddof=1) / 100)
    assert abs(theirs.mean() - ours.mean()) <= error + 1e-9, (name, theirs.mean(), ours.mean())
    print(f"{name} {theirs.mean():.1f}, ours {ours.mean():.1f} ± {error:.1f}", end="; ")
