#!/usr/bin/env bash
# What machines, disks, clocks and people do to runs: ended by signals at any moment, on a disk
# that is full or read-only, with calls of the system that fail, under clocks that jump, with
# files damaged, beside a second process. Afterwards no run may be lost and no digest changed
# against the same experiment undisturbed, no file left that does not belong, and every damaged
# file named. A table says how often each fault struck: only those count that took effect, and
# one that never did fails. The kinds of faults stand in tests/faults/. `--short`: five strikes
# of each kind, and none on tests/determinism-others.toml.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C

case "$#:${1:-}" in
    0:) is_whole=yes ;;
    1:--short) is_whole=no ;;
    *)
        echo "usage: tests/faults.sh [--short]" >&2
        exit 2
        ;;
esac
# Of the moments of the faults. Which is met depends on the machine as well.
RANDOM=1

repository=$PWD
folder=$(mktemp -d)
mounts=()
clean_up() {
    local place
    # Ours alone: what this shell started and has not ended.
    for place in $(jobs -p); do
        kill -KILL "$place" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    for place in "${mounts[@]}"; do
        umount "$place" 2>/dev/null || umount -l "$place" || true
    done
    rm -rf "$folder"
}
trap clean_up EXIT

if [[ -z ${TRPO_LAB:-} ]]; then
    "${CARGO:-cargo}" build --release --locked
    TRPO_LAB=${CARGO_TARGET_DIR:-target}/release/trpo-lab
fi
program=$folder/trpo-lab
cp "$TRPO_LAB" "$program"
# Outside of the repository: git need not be asked at every start.
cp tests/determinism.toml tests/determinism-others.toml "$folder"

source tests/faults/common.sh
source tests/faults/signals.sh
source tests/faults/disk.sh
source tests/faults/calls.sh
source tests/faults/clock.sh
source tests/faults/people.sh

prepare determinism
if [[ $is_whole == yes ]]; then
    panics
fi
signals ""
damage
disk
calls
clock
people
if [[ $is_whole == yes ]]; then
    # The algorithms that sample by themselves.
    prepare determinism-others
    signals ", others"
    damage ", others"
fi
table
