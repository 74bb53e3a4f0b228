"""How the workers of the peers are started, and what they are made of."""

import ctypes
import subprocess
import tomllib
from pathlib import Path
from typing import Any

from cases import PEERS

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent.parent / "target" / "peers"


class NotRun(Exception):
    """A peer cannot be measured here; says why."""


def run(command: list[str], **options: Any) -> str:
    """Output of a command."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, **options)
    except OSError as error:
        raise NotRun(f"{command[0]}: {error.strerror}") from error
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise NotRun(f"{Path(command[0]).name} failed: {last}")
    return done.stdout


def python_of(peer: str) -> Path:
    """Its interpreter."""
    path = HERE / PEERS[peer].python / ".venv/bin/python"
    if not path.exists():
        raise NotRun("it could not be installed")
    return path


def command_of(peer: str, work: dict[str, Any]) -> list[str]:
    """Starts its worker, which is built where that is needed."""
    worker = PEERS[peer].worker
    if worker == "modurl":
        manifest = str(HERE / "modurl/Cargo.toml")
        command = ["cargo", "build", "--release", "--locked", "--manifest-path", manifest]
        run([*command, "--target-dir", str(TARGET)])
        return [str(TARGET / "release/modurl-worker")]
    python = python_of(peer)
    if worker == "rltools":
        return [rltools(peer.removeprefix("RLtools, "), work)]
    return [str(python), "-W", "ignore", str(HERE / worker)]


def rltools(blas: str, work: dict[str, Any]) -> str:
    """Compiles RLtools' worker for the sizes of a case; its path."""
    fit = work["peer"]
    sizes = {
        "ACTIVATION": fit["activation"].upper(),
        "STEPS": work["steps"],
        "COPIES": work["copies"],
        "HORIZON": work["batch"] // work["copies"],
        "MINIBATCH": fit["minibatch"],
        "EPOCHS": fit["epochs"],
    }
    name = "-".join(map(str, ["rltools", blas, *sizes.values()]))
    defined = [f"-D{name}={value}" for name, value in sizes.items()]
    run([str(HERE / "rltools/build.sh"), str(TARGET / name), blas, *defined])
    return str(TARGET / name)


def versions_of(peers: list[str]) -> dict[str, str]:
    """The packages of those that were measured."""
    versions = {}
    ask = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"
    for peer in dict.fromkeys(peers):
        for package in PEERS[peer].packages:
            versions[package] = run([str(python_of(peer)), "-c", ask, package]).strip()
        if PEERS[peer].worker == "modurl":
            lock = tomllib.loads((HERE / "modurl/Cargo.lock").read_text())
            found = {entry["name"]: entry["version"] for entry in lock["package"]}
            names = ("modurl", "modurl_gym", "candle-core")
            versions |= {name: found[name] for name in names}
        if peer == "RLtools, OpenBLAS":
            config = ctypes.CDLL("libopenblas.so.0").openblas_get_config
            config.restype = ctypes.c_char_p
            versions["OpenBLAS"] = config().decode()
        if PEERS[peer].worker == "rltools":
            versions["g++"] = run(["g++", "-dumpfullversion"]).strip()
    return versions
