#!/bin/bash
#SBATCH --job-name={job}
#SBATCH --array={array}
#SBATCH --cpus-per-task={cpus}
#SBATCH --time={time}
#SBATCH --signal=B:TERM@{notice}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output={log}
{options}
# Part {first} + SLURM_ARRAY_TASK_ID of {shards}, made by trpo-lab slurm. Before the time is over,
# and where the job is preempted, Slurm sends TERM to this shell; the program then leaves its
# runs at checkpoints and says 143, and the task is put back into the queue.
cd {folder} || exit 1
{program} {command} {experiment} --out {out} --shard "$(({first} + SLURM_ARRAY_TASK_ID))/{shards}" \
    --jobs "$SLURM_CPUS_PER_TASK" --threads-per-run 1 &
program=$!
trap 'kill -TERM "$program" 2>/dev/null' TERM
wait "$program"
code=$?
# A trap ends `wait`, not what it waited for.
while kill -0 "$program" 2>/dev/null; do
    wait "$program"
    code=$?
done
if [[ $code == 143 && ${SLURM_RESTART_COUNT:-0} -lt 20 ]]; then
    # Ends this script too.
    scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
fi
exit "$code"
