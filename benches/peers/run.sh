#!/bin/sh
# Measures trpo-lab and its peers in turn and writes RESULTS.md and
# results.json next to this file. Arguments go to bench.py; `--quick` only
# checks that everything works.
#
# The first run installs the peers into .venv, 2.7 GB to fetch, 5 GB on disk; later runs
# need no network.
set -eu
cd "$(dirname "$0")"

fail() {
    echo "bench-peers: $1" >&2
    exit 1
}

command -v python3 >/dev/null || fail "needs python3, 3.11 or later, which was not found"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "needs python3 3.11 or later, and this is $(python3 --version)"
python3 -c 'import venv, ensurepip' 2>/dev/null ||
    fail "needs pip and venv, which this python3 lacks (Debian: apt install python3-venv)"

# The copy of the requirements is written last: it stands for a whole .venv.
if ! cmp -s requirements.txt .venv/requirements.txt; then
    python3 -m venv --clear .venv
    .venv/bin/python -m pip install --no-deps --requirement requirements.txt ||
        fail "the peers could not be installed"
    cp requirements.txt .venv/
fi
../../src/env/mujoco/fetch.sh
exec .venv/bin/python bench.py "$@"
