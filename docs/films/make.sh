#!/usr/bin/env bash
# The films of the README: TRPO on Pendulum-v1, seed 0, after its first update, after a tenth and
# at the end. Each is the first episode of the run's own evaluation, whatever that looks like.
set -euo pipefail
cd "$(dirname "$0")/../.."

lab=./target/release/trpo-lab
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for film in 2=2048 20=20000 200=200000; do
    "$lab" train --env Pendulum-v1 --algo trpo --set gamma=0.95 --steps "${film#*=}" --out "$out/$film"
    "$lab" play "$out/$film"/train/policies/*/*/seed-0.safetensors --gif "docs/films/pendulum-${film%=*}k.gif"
done
