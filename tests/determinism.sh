#!/usr/bin/env bash
# The same bits for every kernel, number of jobs, order and interruption; on
# CPUs without AVX-512 and without AVX and FMA, which are emulated; and without
# optimisation. `--without-tests` leaves out the first, for where `make test`
# has been.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo() { command "${CARGO:-cargo}" "$@"; }

if [[ ${1:-} != --without-tests ]]; then
    cargo test --release --locked --test determinism_matrix
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
built=${CARGO_TARGET_DIR:-target}/release/trpo-lab
cargo build --release --locked
cp "$built" "$folder/trpo-lab"
sweeps=(determinism determinism-others)
for sweep in "${sweeps[@]}"; do
    "$folder/trpo-lab" run "tests/$sweep.toml" --out "$folder" 2>/dev/null
done

# Another machine: a command that starts a trpo-lab there.
verify() {
    local sweep
    for sweep in "${sweeps[@]}"; do
        "$@" verify "$sweep" --out "$folder" 2>"$folder/errors" || {
            cat "$folder/errors" >&2
            exit 1
        }
    done
}

# A model of a CPU, and the kernel that must be its best. What qemu warns about,
# instructions of the model that it does not emulate, is not for programs.
emulate() {
    local model=$1 kernel=$2 answer
    answer=$(TRPO_LAB_KERNEL=avx512 "$qemu" -cpu "$model" "$folder/trpo-lab" envs 2>&1 || true)
    if [[ $answer != *"its best is $kernel"* ]]; then
        echo "emulated $model: not as expected ($kernel; AVX2 needs qemu 7.2): $answer" >&2
        exit 1
    fi
    echo "emulated $model, kernel $kernel:"
    verify "$qemu" -cpu "$model" "$folder/trpo-lab"
}

qemu=$(command -v qemu-x86_64 || command -v qemu-x86_64-static || true)
if [[ $(uname -m) == x86_64 && -n $qemu ]]; then
    emulate Haswell avx2
    emulate EPYC avx2
    emulate Nehalem portable
else
    echo "SKIPPED: emulated CPUs need qemu-x86_64 (Debian: qemu-user) on x86-64" >&2
fi

# This crate without optimisation, with debug assertions and overflow checks.
# Dependencies stay as they are, for a debug build of them takes minutes, and
# so does the folder, so that they are not built again. The program that stands
# there afterwards is the optimised one.
trap 'rm -rf "$folder"; cargo build --release --locked --quiet' EXIT
cargo build --release --locked \
    --config profile.release.opt-level=0 \
    --config profile.release.debug-assertions=true \
    --config profile.release.overflow-checks=true
echo "without optimisation, with assertions:"
verify "$built"
echo "the same bits everywhere"
