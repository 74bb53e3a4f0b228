#!/usr/bin/env bash
# Fills tests/fuzz/corpus (not committed) with what fuzzing begins with: files of this
# repository, cut to sizes at which they are still read. Needs python3 and the built
# program, TRPO_LAB or target/release/trpo-lab.
set -euo pipefail
cd "$(dirname "$0")/../.."
lab=$(realpath "${TRPO_LAB:-target/release/trpo-lab}")
corpus=$PWD/tests/fuzz/corpus
mkdir -p "$corpus"/{policy,record,checkpoint,manifest,experiment,ledger,scores,trajectories,frames}

cp tests/golden/policies/* "$corpus/policy"
cp experiments/*.toml "$corpus/experiment"
rm "$corpus/experiment/seeds.toml"
cp experiments/seeds.toml "$corpus/ledger"
head -c 1500 experiments/seeds.toml | awk -v RS= -v ORS='\n\n' 'NR < 5' >"$corpus/ledger/short.toml"
echo "used = []" >"$corpus/ledger/listed.toml"
for file in results/{classic,monotonic,robust}/scores.csv; do
    head -n 60 "$file" >"$corpus/scores/$(basename "$(dirname "$file")").csv"
done

# Records and policies of small runs.
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
for run in "CartPole-v1 trpo" "Pendulum-v1 ppo" "MountainCar-v0 vpg"; do
    read -r task algorithm <<<"$run"
    (cd "$folder" && "$lab" train --env "$task" --algo "$algorithm" --steps 96 --seed 3 \
        --set 'hidden=[2]' --set batch=32 --set copies=2 --set evaluation_episodes=2 2>&1) >/dev/null
done
for file in "$folder"/results/train/{runs,policies}/*/*/*; do
    task=$(basename "$(dirname "$(dirname "$file")")")
    case $file in
    *.json) cp "$file" "$corpus/record/$task.json" ;;
    *) cp "$file" "$corpus/policy/$task.safetensors" ;;
    esac
done

python3 - "$corpus" <<'END'
import json, pathlib, struct, sys

corpus = pathlib.Path(sys.argv[1])


def write(target, name, value):
    (corpus / target / name).write_text(json.dumps(value))


# Manifests with their first two cells and a run of each.
for path in sorted(pathlib.Path("results").glob("*/manifest.json")):
    manifest = json.loads(path.read_text())
    manifest["cells"] = manifest["cells"][:2]
    kept = []
    for cell in manifest["cells"]:
        of_cell = [r for r in manifest["runs"] if (r["env"], r["variant"]) == (cell["env"], cell["variant"])]
        kept += of_cell[:1]
    manifest["runs"] = kept
    manifest["seeds"] = manifest["seeds"][:2]
    if len(json.dumps(manifest)) < 16000:
        write("manifest", path.parent.name + ".json", manifest)

# Trajectories with their first two episodes, three steps of each.
for path in sorted(pathlib.Path("tests/golden/env").glob("*.json")):
    file = json.loads(path.read_text())
    for episode in file["episodes"]:
        for key in ["actions", "obs", "rewards", "terminated", "truncated"]:
            episode[key] = episode[key][:3]
    file["episodes"] = file["episodes"][:2]
    if len(json.dumps(file)) < 8000:
        write("trajectories", path.name, file)

# Scores as JSON, plain and as `summarize` writes them.
scores = {"A": [[0.5, 1.0], [0.25, 2.0]], "B": [[0.1, 3.0], [0.2, None]]}
write("scores", "plain.json", {"tasks": ["s", "t"], "algorithms": scores, "random": [0, -1], "reference": [1, 2.5]})
raw = {"final": scores, "area": {}}
write("scores", "raw.json", {"experiment": "x", "headline": "final", "tasks": ["s", "t"], "seeds": [0, 1], "raw_scores": raw, "curves": {}})

# Frames: a count, reals and bytes; several in a row; one that is cut off.
def frame(kind, payload):
    return struct.pack("<IB", len(payload), ord(kind)) + payload


reals = frame("S", struct.pack("<I3d", 3, 0.5, -1e300, float("nan")) + bytes([0, 1]))
frames = {"reals": reals, "several": reals + frame("A", b"{}") + frame("X", b"no"), "cut": reals[:-4], "long": struct.pack("<IB", 2**31, 0)}
for name, content in frames.items():
    (corpus / "frames" / name).write_bytes(content)
END
