#!/usr/bin/env bash
# A real slurmctld and slurmd on this machine: an experiment as an array of eight parts, two at
# a time, of which one is put back into the queue while it works and one is killed, which the
# merge job names with the command that makes it; afterwards every digest is that of one
# process; a search of two rungs. `--whole`: also three minutes of work in tasks of one minute,
# which go on by themselves, and the main experiment at 20,000 steps. Skipped where there is no
# Slurm to start.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C
root=$PWD

case "$#:${1:-}" in
    0:) is_whole=no ;;
    1:--whole) is_whole=yes ;;
    *)
        echo "usage: tests/slurm.sh [--whole]" >&2
        exit 2
        ;;
esac
for program in slurmctld slurmd sbatch munged; do
    if [[ $(id -u) != 0 ]] || ! command -v "$program" >/dev/null; then
        echo "skipped: the parts of an experiment on Slurm, for want of $program or of root" >&2
        exit 0
    fi
done

folder=$(mktemp -d)
stop() {
    local daemon pid
    for daemon in ctld d munged; do
        pid=$(cat "$folder/$daemon.pid" 2>/dev/null) || continue
        kill "$pid" 2>/dev/null || continue
        # It writes its state at its end.
        for _ in {1..50}; do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
    done
    rm -rf "$folder" || true
}
trap stop EXIT
fail() {
    echo "slurm: $1" >&2
    squeue --all >&2 || true
    tail -n 20 "$folder"/runs/results/*/slurm/*.log >&2 || true
    exit 1
}

# One node of two cores, which starts without systemd. Its tasks are processes of this shell.
host=$(hostname -s)
mkdir -p "$folder"/{state,spool,runs}
head -c 1024 /dev/urandom >"$folder/key"
chmod 600 "$folder/key"
chmod 755 "$folder"
munged --force --key-file="$folder/key" --socket="$folder/socket" --pid-file="$folder/munged.pid" \
    --log-file="$folder/munged.log" --seed-file="$folder/seed"
export SLURM_CONF=$folder/slurm.conf
cat >"$SLURM_CONF" <<EOF
ClusterName=test
SlurmctldHost=$host
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/socket
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/ctld.pid
SlurmdPidFile=$folder/d.pid
SlurmctldLogFile=$folder/ctld.log
SlurmdLogFile=$folder/d.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MinJobAge=3600
KillWait=10
SchedulerParameters=sched_interval=2,bf_interval=2
ReturnToService=2
NodeName=$host CPUs=2 State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
EOF
slurmctld
slurmd
until [[ $(sinfo --noheader --format=%T) == idle ]]; do
    ((SECONDS < 60)) || fail "the node does not come up"
    sleep 1
done

if [[ -z ${TRPO_LAB:-} ]]; then
    "${CARGO:-cargo}" build --release --locked
    TRPO_LAB=${CARGO_TARGET_DIR:-target}/release/trpo-lab
fi
lab=$folder/trpo-lab
cp "$TRPO_LAB" "$lab"

# An experiment of eight runs, each of so many steps.
experiment() {
    sed "s/STEPS/$2/" >"$folder/runs/$1.toml" <<'EOF'
title = "An experiment in parts"
headline = "final"
tasks = ["CartPole-v1"]
seeds = "0..4"
purpose = "check"

[settings]
steps = STEPS
batch = 2048
final_episodes = 2

[variant.trpo]
algorithm = "trpo"

[variant.ppo]
algorithm = "ppo"
EOF
}

# Waits until no job is left, for at most so many seconds; what was put back into the queue may
# begin at once, where it would wait for two minutes.
drained() {
    local end=$((SECONDS + $1)) job
    while squeue --noheader --format=%i | grep -q .; do
        ((SECONDS < end)) || fail "jobs are left after $1 seconds"
        for job in $(squeue --noheader --array --states=PD --format='%i %r' | awk '$2 == "BeginTime" {print $1}'); do
            scontrol update "JobId=$job" StartTime=now
        done
        sleep 1
    done
}

# Waits until task $2 of job $1 works.
working() {
    local end=$((SECONDS + 120))
    until squeue --noheader --array --states=R --format=%i | grep -qx "$1_$2"; do
        ((SECONDS < end)) || fail "task $2 does not begin"
        sleep 0.2
    done
    sleep 2
}

same() {
    cmp "$folder/runs/one/$1/manifest.json" "$folder/runs/results/$1/manifest.json" ||
        fail "$1: the manifest is not that of one process"
}

cd "$folder/runs"
# Some three seconds a part, however fast the machine is.
experiment pilot 102400
start=$(date +%s%N)
"$lab" run pilot.toml --out pilot --seeds 0 --jobs 1 >/dev/null 2>&1
each=$((($(date +%s%N) - start) / 2000000))
experiment sweep $((102400 * 3000 / (each + 1)))
"$lab" run sweep.toml --out one >/dev/null 2>&1

"$lab" slurm sweep.toml --shards 8 --max-parallel 2 --time 10 --submit | tee submitted
job=$(sed -n 's/^submitted: \([0-9]*\),.*/\1/p' submitted)
working "$job" 2
scontrol requeue "${job}_2"
# As soon as it is there: where the machine became faster since the pilot, it does not last long.
end=$((SECONDS + 120))
until pkill -9 -f -- "--shard 5/8"; do
    ((SECONDS < end)) || fail "part 5 does not begin, or is too short to be killed"
    sleep 0.05
done
drained 300
grep -q -- "--shard 5/8. makes" results/sweep/slurm/merge-*.log || fail "the lost part is not named"
! grep -q -- "--shard 2/8. makes" results/sweep/slurm/merge-*.log || fail "part 2 did not go on"
[[ ! -e results/sweep/manifest.json ]] || fail "there is a manifest though a part is missing"
sbatch --array=5 results/sweep/slurm/array-1.sh
drained 120
"$lab" merge sweep.toml >/dev/null
same sweep
echo "slurm: eight parts, one put back into the queue, one killed: the digests of one process"

# A search of two rungs: the second begins when the first is closed.
cat >find.toml <<'EOF'
title = "A search in parts"
headline = "evaluation"
tasks = ["CartPole-v1"]
seeds = "20..25"

[settings]
steps = 1600
batch = 32
copies = 4
hidden = [4]
evaluation_episodes = 1

[search]
seed = 3
protocol = "free"
settings = 3
cost_limit = 2.0
rungs = [{ share = 0.5, seeds = 2, keep = 1 }, { share = 1.0, seeds = 3, keep = 1 }]

[search.keys]
trpo.delta = { log = [0.003, 0.1] }

[variant.trpo]
algorithm = "trpo"
EOF
"$lab" search find.toml --out one >/dev/null
"$lab" slurm find.toml --shards 2 --time 10 --submit
drained 120
for file in chosen.toml search.csv; do
    cmp "one/find/$file" "results/find/$file" || fail "the search did not choose as one process"
done
echo "slurm: a search of two rungs: the choice of one process"

if [[ $is_whole == yes ]]; then
    # The main experiment, shorter.
    mkdir -p experiments
    cp "$root"/experiments/*.toml experiments
    for search in classic-gamma classic-search; do
        mkdir -p "results/$search"
        cp "$root/results/$search"/*.{toml,csv} "results/$search"
    done
    # What it dissects are later updates than there are.
    sed -e 's/^steps = .*/steps = 20_000/' -e '/^\[\[dissect/,$d' "$root/experiments/classic.toml" >experiments/classic.toml
    "$lab" run classic --out one >/dev/null 2>&1 || fail "classic cannot be made"
    "$lab" slurm classic --shards 8 --max-parallel 2 --time 10 --submit
    drained 900
    same classic
    echo "slurm: classic at 20,000 steps as an array of 8: the digests of one process"

    # Each run some 90 seconds, one after the other.
    experiment long $((102400 * 90000 / (each + 1)))
    sed -i 's/0\.\.4/0..1/' long.toml
    "$lab" run long.toml --out one >/dev/null 2>&1
    "$lab" slurm long.toml --shards 1 --time 1 --submit
    drained 1200
    same long
    stops=$(cat results/long/slurm/*.log | grep -c "stopping after")
    ((stops > 0)) || fail "no task met the end of its time"
    echo "slurm: three minutes of work in tasks of one minute, $stops stops: the digests of one process"
fi
