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
from pathlib import Path
from statistics import median
from typing import Any

from build import NotRun, command_of, versions_of
from cases import PEERS, ByMaker, Case, Group, groups

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
    "CUDA_VISIBLE_DEVICES": "",
    "RAYON_NUM_THREADS": "1",
}


class Worker:
    """One side of a case."""

    def __init__(
        self, command: list[str], work: dict[str, Any], failure: type = NotRun
    ) -> None:
        self.failure = failure
        self.command = [*command, json.dumps(work)]
        self.process = subprocess.Popen(
            self.command,
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
            raise self.failure(f"{Path(self.command[-2]).name} failed")
        return json.loads(line)

    def measurement(self, seed: int) -> dict[str, Any]:
        """The seconds, and of our arithmetic the share of the peak."""
        print(seed, file=self.process.stdin, flush=True)
        return self.answer()

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
    """The seconds of every turn, after one that warms up; of a peer that cannot be
    measured, why."""
    result = {"name": case.name, "peer": case.peer, "work": case.work}
    ours = Worker([worker], case.work, SystemExit)
    # A seed for every turn, far enough apart for the cases of many seeds.
    seeds = [100 * turn for turn in range(1 + turns)]
    try:
        peer = Worker(command_of(case.peer, case.work), case.work)
        pairs = [(ours.measurement(s), peer.measurement(s)) for s in seeds][1:]
        peer.close()
    except NotRun as reason:
        ours.close()
        return result | {"not_run": str(reason), "ours_about": ours.about}
    ours.close()
    maker = "intel" if "Intel" in ours.about["cpu"] else "amd"

    def here(value: float | ByMaker | None) -> float | None:
        return getattr(value, maker) if isinstance(value, ByMaker) else value

    return result | {
        "wanted": here(case.wanted),
        "floor": here(case.floor),
        "ground": case.ground,
        "ours_seconds": [pair[0]["seconds"] for pair in pairs],
        "peer_seconds": [pair[1]["seconds"] for pair in pairs],
        "peak_shares": [pair[0]["peak_share"] for pair in pairs],
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
    if "not_run" in result:
        reason = f"not run: {result['not_run']} ({result['peer']})"
        return f"| {result['name']} | | {reason} | | | | |"
    wanted, floor = result["wanted"], result["floor"]
    shares = [100 * share for share in result["peak_shares"] if share is not None]
    bound = "" if floor is None else f"{100 * floor:.0f}%"
    if floor is not None and median(shares) < 100 * floor:
        bound += ", missed"
    cells = [
        result["name"],
        amounts(result, "ours"),
        f"{amounts(result, 'peer')} ({result['peer']})",
        shown(ratios(result), 2 if median(ratios(result)) < 3 else 1),
        "" if wanted is None else f"{wanted:g}",
        f"{shown(shares, 0)}%" if shares else "",
        bound,
    ]
    return f"| {' | '.join(cells)} |"


def ratios(result: dict[str, Any]) -> list[float]:
    """The peer's time over ours, of every turn."""
    pairs = zip(result["peer_seconds"], result["ours_seconds"], strict=True)
    return [peer / ours for peer, ours in pairs]


def grounds(results: list[dict[str, Any]]) -> str:
    """Every peer on its ground and on ours."""
    cells: dict[str, dict[str, dict[str, float]]] = {}
    for result in results:
        if result.get("ground") is None:
            continue
        # Of a peer with a choice of libraries, with the one that serves it best.
        peer = result["peer"].partition(",")[0]
        of_ground = cells.setdefault(peer, {}).setdefault(result["ground"], {})
        ratio = median(ratios(result))
        of_ground[result["name"]] = min(ratio, of_ground.get(result["name"], ratio))

    def cell(of_ground: dict[str, float]) -> str:
        return "; ".join(f"{name}: **{ratio:.1f}**" for name, ratio in of_ground.items())

    lines = [
        f"| {peer} | {cell(of.get('theirs', {}))} | {cell(of.get('ours', {}))} |"
        for peer, of in cells.items()
    ]
    return "\n".join(
        [
            "## Against each peer, on its ground and on ours",
            "",
            "How many times faster ours is: medians of the tables above. Its ground is its own "
            "task or shape, ours the shape and, where it can be had, the task of ours.",
            "",
            "| Peer | On its ground | On ours |",
            "|---|---|---|",
            *lines,
        ]
    )


def table(group: Group, results: list[dict[str, Any]]) -> str:
    """One table with what has to be known about it."""
    lines = [
        f"## {group.title}",
        "",
        group.about,
        "",
        f"| Case | trpo-lab, {group.unit} | Peer, {group.unit} | Ratio | Wanted | "
        "Share of the peak | Floor |",
        "|---|--:|--:|--:|--:|--:|--:|",
        *map(row, results),
    ]
    peers = dict.fromkeys(result["peer"] for result in results)
    differing = {PEERS[peer].differs: peer.partition(",")[0] for peer in peers}
    lines += ["", "What differs:", ""]
    lines += [f"- {peer}: {differs}" for differs, peer in differing.items()]
    compilation = [
        f"{result['name']} {result['peer_about']['compile_seconds']:.1f} s"
        for result in results
        if "compile_seconds" in result.get("peer_about", {})
    ]
    if compilation:
        lines += ["", f"Compilation, not counted above: {'; '.join(compilation)}."]
    return "\n".join(lines)


def machine(about: dict[str, Any], load: float, peers: list[str]) -> dict[str, str]:
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
    } | versions_of(peers)


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
            "one turn. The share of the peak is that of the fused multiply-adds that the core "
            "reaches in the same process, of the operations that the mathematics needs "
            "(`benches/common/operations.rs`): a pass that a recorded column needs counts, one "
            "that is made twice does not. What is wanted and the floors differ by the maker of "
            "the CPU; a floor of shares is ours to reach, a ratio depends on the peer.",
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

    measured = [result["peer"] for result in results if "not_run" not in result]
    facts = machine(results[0]["ours_about"], load, measured)
    if not args.only:
        tables.append(grounds(results))
    text = report(tables, facts, turns)
    if args.quick or args.only:
        print(text)
        return
    (HERE / "RESULTS.md").write_text(text)
    document = {"machine": facts, "cases": results}
    (HERE / "results.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
