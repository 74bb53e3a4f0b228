#!/bin/bash
#SBATCH --job-name={job}-merge
#SBATCH --cpus-per-task={cpus}
#SBATCH --time={time}
#SBATCH --output={merge_log}
{options}
# When every part has ended, however: puts them together, or says what is missing.
cd {folder} || exit 1
exec {program} merge {experiment} --out {out} --jobs "$SLURM_CPUS_PER_TASK"
