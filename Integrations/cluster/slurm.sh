#!/bin/bash
# A job array on Slurm: each task runs one shard of the manifest. Submit it again after a failure; what is done is skipped.
#
#   sbatch --array=0-15 Integrations/cluster/slurm.sh jobs.jsonl
#SBATCH --requeue --cpus-per-task=4 --mem=4G --signal=B:TERM@60
set -euo pipefail
: "${SLURM_ARRAY_TASK_ID:?}" "${SLURM_ARRAY_TASK_COUNT:?}" "${SLURM_ARRAY_TASK_MIN:?}"
# exec, so that the signal before the time limit reaches the worker, which then ends after the images it has begun.
exec "${GESSO:-gesso}" worker --manifest "$1" --shard "$((SLURM_ARRAY_TASK_ID - SLURM_ARRAY_TASK_MIN))/$SLURM_ARRAY_TASK_COUNT"
