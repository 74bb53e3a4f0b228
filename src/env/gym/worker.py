"""The process in which trpo-lab steps environments of Gymnasium.

trpo-lab starts it, asks on its standard input and is answered on its standard output:
one request, one reply. Both are frames: the length of the payload (u32, little endian),
the kind (one letter), the payload. Nothing here is random but what the environments do,
and each of their episodes begins with `reset(seed=...)` of a seed that trpo-lab gives.

    request               payload                                    reply
    H  hello              JSON: id, args, time_limit                 A  JSON: see `describe`
    N  new copies         seeds u32[n]                               O  group u32, rows
    S  step               group u32, n u32, copies u32[n],           T  rewards f64[n], rows,
                          seeds u32[n], actions f32[n][width]           flags u8[n], first rows
    B  begin an episode   group u32, n u32, copies u32[n], seeds     O  group u32, rows
    Q  state              group u32, copy u32                        V  f64[...]
    C  close copies       group u32                                  D

Rows are observations, f64[n][dim]. A flag is 1 (terminated) + 2 (truncated); there is a
first row for each episode that ended, of the one that follows. What goes wrong is a reply
too: X, refused before anything was made, or E, an error of the environment; both in words.
"""

import os
import signal
import sys

# Before anything is imported that could print or read: environments may do both, on
# standard error and from nothing.
REQUESTS, REPLIES = os.dup(0), os.dup(1)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
os.dup2(2, 1)
# Who stops trpo-lab at the terminal does not stop this: trpo-lab does.
signal.signal(signal.SIGINT, signal.SIG_IGN)

import hashlib
import json
import random
import select
import struct
import threading
import time
import traceback

try:
    import gymnasium
    import numpy
    from gymnasium import spaces
except ImportError as missing:
    # Said when the first request is answered.
    MISSING = missing
else:
    MISSING = None

HEADER = struct.Struct("<IB")
MOST_BYTES = 64 << 20
MOST_NUMBERS = 10_000
SECONDS_TO_END = 2


class Refused(Exception):
    """What is asked for makes no sense, in words for the user."""


def leave():
    """Ends this process, with whatever the environments have started."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def end_with_trpo_lab():
    """Waits until trpo-lab is gone, however that happened; a hanging step must not outlive it."""
    poll = select.poll()
    poll.register(REQUESTS, 0)
    poll.poll()
    time.sleep(SECONDS_TO_END)
    leave()


# Requests are read to here; larger ones make it larger.
BUFFER = bytearray(1 << 16)


def read():
    """The kind and the payload of the next request; None at the end of the input."""
    global BUFFER
    have = os.readv(REQUESTS, [BUFFER])
    need = HEADER.size
    while True:
        if have >= HEADER.size:
            need = HEADER.size + HEADER.unpack_from(BUFFER)[0]
        if have >= need:
            return BUFFER[4], memoryview(BUFFER)[HEADER.size : need]
        if need > len(BUFFER):
            BUFFER = BUFFER[:have] + bytearray(need - have)
        # Nothing at all: the end.
        more = os.readv(REQUESTS, [memoryview(BUFFER)[have:]]) if have else 0
        if not more:
            return None
        have += more


def write(kind, size, *parts):
    """Writes a reply, whose parts have `size` bytes together."""
    if size > MOST_BYTES:
        raise Refused("a reply would take more than 64 MiB; make `copies` smaller")
    parts = [HEADER.pack(size, kind), *parts]
    left = HEADER.size + size - os.writev(REPLIES, parts)
    if left > 0:
        rest = memoryview(b"".join(bytes(part) for part in parts))[-left:]
        while rest:
            rest = rest[os.write(REPLIES, rest) :]


def say(kind, text):
    """Writes a reply in words."""
    text = text.encode(errors="replace")
    write(kind, len(text), text)


def words(error):
    """`ValueError: bad (lander.py, line 12, in step)`."""
    said = traceback.format_exception_only(type(error), error)[-1].strip()
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename != "<string>"]
    if not frames:
        return said
    last = frames[-1]
    return f"{said} ({os.path.basename(last.filename)}, line {last.lineno}, in {last.name})"


def load(asked):
    """Gymnasium, and an environment as it is asked for."""
    if MISSING is not None:
        raise Refused(
            f"{sys.executable} cannot import gymnasium ({MISSING}); install it with "
            f"`{sys.executable} -m pip install gymnasium`, or name another one with --python"
        )
    arguments = dict(asked["args"])
    if asked["time_limit"] is not None:
        arguments["max_episode_steps"] = asked["time_limit"]

    def make():
        return gymnasium.make(asked["id"], disable_env_checker=True, **arguments)

    try:
        return make, make()
    except gymnasium.error.UnregisteredEnv as error:
        raise Refused(
            f"Gymnasium does not know it: {error}; `{sys.executable} -c 'import gymnasium; "
            "gymnasium.pprint_registry()'` lists what it knows, and `gym:my_package:MyEnv-v0` "
            "imports `my_package` first"
        )
    except Exception as error:
        raise Refused(f"it cannot be made: {words(error)}")


class Observations:
    """How observations of a space become rows of numbers."""

    def __init__(self, space):
        try:
            dim = spaces.flatdim(space)
        except (NotImplementedError, ValueError):
            dim = None
        if dim is None or not space.is_np_flattenable:
            raise Refused(f"its observations, {space}, have no fixed number of numbers")
        if not 1 <= dim <= MOST_NUMBERS:
            raise Refused(
                f"its observations, {space}, are {dim} numbers; there must be 1 to {MOST_NUMBERS}"
            )
        self.dim = dim
        self.space = space
        self.shape = space.shape if isinstance(space, spaces.Box) else None
        # The shape of observations that are rows already.
        self.plain = self.shape if self.shape is not None and len(self.shape) == 1 else None
        self.flatten = spaces.flatten

    def flat(self, observation):
        """What an environment showed, as numbers in a row that are its own no more."""
        if self.shape is None:
            return self.checked(self.flatten(self.space, observation), (self.dim,))
        return self.checked(observation, self.shape).reshape(-1).copy()

    def checked(self, observation, shape):
        observation = numpy.asarray(observation)
        if observation.shape != shape:
            raise ValueError(
                f"an observation has the shape {observation.shape}, its space says {shape}"
            )
        return observation


class Actions:
    """How numbers become actions of a space."""

    def __init__(self, space):
        self.space = space
        if isinstance(space, spaces.Discrete) and space.n <= MOST_NUMBERS:
            first = int(space.start)
            kind = numpy.dtype(space.dtype or numpy.int64).type
            self.width, self.said = 1, {"kind": "discrete", "count": int(space.n)}
            self.choices = [kind(first + index) for index in range(int(space.n))]
            self.all = self.indices
        elif isinstance(space, spaces.Box) and space.dtype.kind == "f":
            low, high = (bound.astype(numpy.float64).ravel() for bound in (space.low, space.high))
            self.width = low.size
            if not 1 <= low.size <= MOST_NUMBERS or numpy.isnan(low + 0 * high).any():
                raise Refused(f"its actions, {space}, cannot be sampled")
            finite = [
                [float(x) if numpy.isfinite(x) else None for x in bound] for bound in (low, high)
            ]
            self.said = {"kind": "box", "low": finite[0], "high": finite[1]}
            self.all = self.points
        else:
            raise Refused(
                f"its actions, {space}, are neither Discrete nor a Box of real numbers; wrap it, "
                "and register the wrapped environment"
            )

    def indices(self, count, payload, start):
        return [self.choices[int(x)] for x in struct.unpack_from(f"<{count}f", payload, start)]

    def points(self, count, payload, start):
        points = numpy.frombuffer(payload, "<f4", count * self.width, start)
        points = points.reshape((count, *self.space.shape)).astype(self.space.dtype)
        if self.space.dtype.itemsize > 4:
            # The bounds that actions were clipped to are rounded.
            numpy.clip(points, self.space.low, self.space.high, out=points)
        return points


def describe(environment, observations, actions):
    """What trpo-lab has to know, and what stands beside results."""
    import importlib.metadata
    import inspect
    import platform

    limit = environment.spec.max_episode_steps if environment.spec else None
    if limit is None:
        raise Refused("it has no time limit")
    versions = {
        "python": platform.python_version(),
        "gymnasium": gymnasium.__version__,
        "numpy": numpy.__version__,
    }
    kind = type(environment.unwrapped)
    for name in [kind.__module__.partition(".")[0], "Box2D", "mujoco", "ale_py"]:
        if name in sys.modules and name not in versions:
            try:
                versions[name] = importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                found = getattr(sys.modules[name], "__version__", None)
                if isinstance(found, str):
                    versions[name] = found
    try:
        with open(inspect.getfile(kind), "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
    except (OSError, TypeError):
        digest = None
    return {
        "observations": str(observations.space),
        "observation_dim": observations.dim,
        "actions": actions.said,
        "time_limit": int(limit),
        "versions": versions,
        "module": kind.__module__,
        "module_sha256": digest,
    }


class Group:
    """Copies that are stepped side by side. What they draw from Python's and numpy's own
    generators, which are one for the whole process, no other group notices."""

    current = None

    def __init__(self, number, environments, seed):
        self.number = number
        self.environments = environments
        self.steps = [environment.step for environment in environments]
        self.bodies = {}
        self.generators = None
        self.enter()
        random.seed(seed)
        numpy.random.seed(seed)

    def enter(self):
        """Gives it its generators."""
        before = Group.current
        if before is self:
            return
        if before is not None:
            before.generators = (random.getstate(), numpy.random.get_state())
        if self.generators is not None:
            random.setstate(self.generators[0])
            numpy.random.set_state(self.generators[1])
        Group.current = self

    def body(self, count, dim):
        """Where rewards and rows of a reply are written."""
        if count not in self.bodies:
            whole = numpy.empty(count * (1 + dim))
            numbers = struct.Struct(f"<{2 * count}I")
            self.bodies[count] = (whole, whole[:count], whole[count:], numbers)
        return self.bodies[count]


class Worker:
    """What requests are made of."""

    def __init__(self):
        self.groups = {}
        self.number = 0
        # When something goes wrong, in words.
        self.doing = ""
        # Environments that nobody steps: to make one takes longer than to begin an episode.
        self.spare = []

    def hello(self, payload):
        asked = json.loads(bytes(payload))
        self.make, environment = load(asked)
        self.observations = Observations(environment.observation_space)
        self.actions = Actions(environment.action_space)
        said = describe(environment, self.observations, self.actions)
        self.spare.append(environment)
        say(ord("A"), json.dumps(said))

    def new(self, payload):
        seeds = struct.unpack(f"<{len(payload) // 4}I", payload)
        environments = [self.spare.pop() if self.spare else self.make() for _ in seeds]
        self.number += 1
        group = Group(self.number, environments, seeds[0] if seeds else 0)
        self.groups[self.number] = group
        self.first_rows(group, range(len(seeds)), seeds)

    def begin(self, payload):
        group, count = struct.unpack_from("<II", payload)
        numbers = struct.unpack_from(f"<{2 * count}I", payload, 8)
        group = self.groups[group]
        group.enter()
        self.first_rows(group, numbers[:count], numbers[count:])

    def first_rows(self, group, copies, seeds):
        rows = numpy.empty((len(seeds), self.observations.dim))
        for row, copy, seed in zip(rows, copies, seeds):
            row[:] = self.reset(group.environments[copy], seed)
        write(ord("O"), 4 + rows.nbytes, struct.pack("<I", group.number), rows)

    def reset(self, environment, seed):
        before, self.doing = self.doing, "in reset"
        observation, _ = environment.reset(seed=seed)
        row = self.observations.flat(observation)
        self.doing = before
        return row

    def step(self, payload):
        number, count = struct.unpack_from("<II", payload)
        group = self.groups[number]
        if group is not Group.current:
            group.enter()
        whole, rewards, rows, integers = group.body(count, self.observations.dim)
        integers = integers.unpack_from(payload, 8)
        actions = self.actions.all(count, payload, 8 + 8 * count)
        flags, begun, seen = bytearray(count), [], []
        steps, plain, flat = group.steps, self.observations.plain, self.observations.flat
        # What most environments show is taken as it is, which saves a third of the way.
        for i, action in enumerate(actions):
            observation, reward, terminated, truncated, _ = steps[integers[i]](action)
            rewards[i] = reward
            if observation.__class__ is not numpy.ndarray or observation.shape != plain:
                observation = flat(observation)
            if terminated or truncated:
                flags[i] = bool(terminated) | bool(truncated) << 1
                # It may show the next episode in the same array.
                observation = observation.copy()
                environment = group.environments[integers[i]]
                begun.append(self.reset(environment, integers[count + i]).astype(numpy.float64))
            seen.append(observation)
        numpy.concatenate(seen, out=rows)
        size = whole.nbytes + count + 8 * self.observations.dim * len(begun)
        write(ord("T"), size, whole, flags, *begun)

    def state(self, payload):
        group, copy = struct.unpack("<II", payload)
        environment = self.groups[group].environments[copy].unwrapped
        state = numpy.array(environment.state, dtype=numpy.float64).ravel()
        write(ord("V"), state.nbytes, state)

    def close(self, payload):
        (number,) = struct.unpack("<I", payload)
        self.spare += self.groups.pop(number).environments
        write(ord("D"), 0)

    def end(self):
        for group in self.groups.values():
            self.spare += group.environments
        for environment in self.spare:
            try:
                environment.close()
            except Exception:
                traceback.print_exc()


def main():
    threading.Thread(target=end_with_trpo_lab, daemon=True).start()
    worker = Worker()
    answers = {
        ord("H"): (worker.hello, "when it was made"),
        ord("N"): (worker.new, "in reset"),
        ord("B"): (worker.begin, "in reset"),
        ord("S"): (worker.step, "in a step"),
        ord("Q"): (worker.state, "asked for its state"),
        ord("C"): (worker.close, "when it was closed"),
    }
    while (request := read()) is not None:
        answer, worker.doing = answers[request[0]]
        try:
            answer(request[1])
        except Refused as problem:
            say(ord("X"), str(problem))
        except (Exception, SystemExit) as error:
            traceback.print_exc()
            say(ord("E"), f"{worker.doing}: {words(error)}")
    worker.end()


try:
    main()
except BrokenPipeError:
    pass
except BaseException:
    traceback.print_exc()
finally:
    leave()
