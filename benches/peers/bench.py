"""Measures trpo-lab and its peers in turn, and writes what came out.

Both sides of a case are workers. When they have set it up, they are asked for
measurements: ours, theirs, ours, theirs. All share one CPU, and whoever is not
asked sleeps.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from cases import WORKERS, Case, Group, groups

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PACKAGES = [
    "stable-baselines3",
    "sb3-contrib",
    "torch",
    "gymnasium",
    "mujoco",
    "rejax",
    "gymnax",
    "jax",
    "numpy",
]
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
    "CUDA_VISIBLE_DEVICES": "",
}


class Worker:
    """One side of a case."""

    def __init__(self, command: list[str], work: dict[str, Any]) -> None:
        self.command = command
        self.process = subprocess.Popen(
            [*command, json.dumps(work)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | ONE_THREAD | {"TRPO_LAB_PYTHON": sys.executable},
        )
        self.about = self.answer()

    def answer(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"bench-peers: {' '.join(self.command)} failed")
        return json.loads(line)

    def seconds(self, seed: int) -> float:
        print(seed, file=self.process.stdin, flush=True)
        return self.answer()["seconds"]

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def build() -> str:
    """Builds our worker; its path."""
    command = ["cargo", "bench", "--features", "mujoco", "--bench", "peers", "--no-run"]
    output = subprocess.run(
        [*command, "--message-format=json-render-diagnostics"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    if output.returncode != 0:
        sys.exit("bench-peers: our worker could not be built")
    for message in map(json.loads, output.stdout.splitlines()):
        # The program itself is built along with it.
        if message.get("executable") and message["target"]["name"] == "peers":
            return message["executable"]
    sys.exit("bench-peers: cargo did not say where our worker is")


def measure(case: Case, worker: str, turns: int) -> dict[str, Any]:
    """The seconds of every turn, after one that warms up."""
    peer_command = [sys.executable, "-W", "ignore", str(HERE / WORKERS[case.peer])]
    ours, peer = Worker([worker], case.work), Worker(peer_command, case.work)
    # A seed for every turn, far enough apart for the cases of many seeds.
    seeds = [100 * turn for turn in range(1 + turns)]
    seconds = [(ours.seconds(seed), peer.seconds(seed)) for seed in seeds][1:]
    ours.close()
    peer.close()
    return {
        "name": case.name,
        "peer": case.peer,
        "floor": case.floor,
        "work": case.work,
        "ours_seconds": [pair[0] for pair in seconds],
        "peer_seconds": [pair[1] for pair in seconds],
        "ours_about": ours.about,
        "peer_about": peer.about,
    }


def shown(values: list[float], digits: int) -> str:
    """Median and range."""
    middle, low, high = (
        f"{value:,.{digits}f}" for value in (median(values), min(values), max(values))
    )
    return f"{middle} [{low}, {high}]"


def amounts(result: dict[str, Any], side: str) -> str:
    """The measurements of one side in the unit of its table."""
    work, seconds = result["work"], result[f"{side}_seconds"]
    if work["kind"] == "update":
        milliseconds = [1e3 * s / work["updates"] for s in seconds]
        return shown(milliseconds, 1)
    steps = work["steps"] * work["seeds"]
    return shown([steps / s for s in seconds], 0)


def row(result: dict[str, Any]) -> str:
    """One case as a line of its table."""
    pairs = zip(result["peer_seconds"], result["ours_seconds"], strict=True)
    ratios = [peer / ours for peer, ours in pairs]
    floor = result["floor"]
    bound = "" if floor is None else f"{floor:g}"
    if floor is not None and median(ratios) < floor:
        bound += ", missed"
    cells = [
        result["name"],
        amounts(result, "ours"),
        f"{amounts(result, 'peer')} ({result['peer']})",
        shown(ratios, 1),
        bound,
    ]
    return f"| {' | '.join(cells)} |"


def table(group: Group, results: list[dict[str, Any]]) -> str:
    """One table with what has to be known about it."""
    lines = [
        f"## {group.title}",
        "",
        group.about,
        "",
        f"| Case | trpo-lab, {group.unit} | Peer, {group.unit} | Ratio | Floor |",
        "|---|--:|--:|--:|--:|",
        *map(row, results),
    ]
    compilation = [
        f"{result['name']} {result['peer_about']['compile_seconds']:.1f} s"
        for result in results
        if "compile_seconds" in result["peer_about"]
    ]
    if compilation:
        lines += ["", f"Compilation, not counted above: {'; '.join(compilation)}."]
    return "\n".join(lines)


def machine(about: dict[str, Any], load: float) -> dict[str, str]:
    """Where and with what it was measured."""
    versions = about["versions"]
    return {
        "Date": datetime.date.today().isoformat(),
        "CPU": f"{about['cpu']}, kernel {about['kernel']}",
        "System": platform.platform(terse=True),
        "Load before": f"{load:.2f}",
        "trpo-lab": f"{versions['trpo-lab']}, commit {versions['commit']}",
        "rustc": versions["rustc"],
        "dfdx": versions["dfdx"],
        "Python": platform.python_version(),
    } | {package: version(package) for package in PACKAGES}


def report(tables: list[str], facts: dict[str, str], turns: int) -> str:
    """RESULTS.md."""
    lines = [f"| {name} | {value} |" for name, value in facts.items()]
    return "\n".join(
        [
            "# trpo-lab and its peers",
            "",
            "Written by `make bench-peers`.",
            "",
            "Both sides did the same work with one thread on the same CPU, ours, theirs, "
            f"ours, theirs, for {turns} turns after one that is not counted. Set-up, "
            "compilation and the evaluation of final policies are not counted either. Every "
            "cell is a median with its range; a ratio is the peer's time over ours within "
            "one turn.",
            "",
            "\n\n".join(tables),
            "",
            "## Machine and versions",
            "",
            "| | |",
            "|---|---|",
            *lines,
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="run.sh", description="Measures the peers.")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="check that everything works; write nothing",
    )
    parser.add_argument("--turns", type=int, help="measurements of either side")
    parser.add_argument(
        "--only",
        metavar="TEXT",
        help="tables with this in their title; print them, write nothing",
    )
    args = parser.parse_args()
    turns = args.turns or (2 if args.quick else 5)

    load = os.getloadavg()[0]
    worker = build()
    if hasattr(os, "sched_setaffinity"):
        # What is started from here on inherits it.
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    results, tables = [], []
    for group in groups(args.quick):
        if args.only and args.only not in group.title:
            continue
        print(f"\n{group.title}, {group.unit}", file=sys.stderr)
        begun = len(results)
        for case in group.cases:
            results.append(measure(case, worker, turns))
            print(row(results[-1]), file=sys.stderr)
        tables.append(table(group, results[begun:]))

    facts = machine(results[0]["ours_about"], load)
    text = report(tables, facts, turns)
    if args.quick or args.only:
        print(text)
        return
    (HERE / "RESULTS.md").write_text(text)
    document = {"machine": facts, "cases": results}
    (HERE / "results.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
