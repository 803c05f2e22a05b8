#!/usr/bin/env bash
# From a fresh clone to a kernel that is proven right and faster, on this CPU:
# installs what is missing, builds, and optimizes `softmax` for a minute or two.
#
#   scripts/demo.sh [TASK [MINUTES]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case "${1:-}" in -h|--help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
task="${1:-softmax}"
minutes="${2:-1.5}"
start=$SECONDS

scripts/install-packages.sh
echo "Building (a few minutes the first time) ..."
scripts/build.sh
echo "Built after $((SECONDS - start)) s."
echo
echo "\$ kernelevolve optimize $task --minutes $minutes"
status=0
build/bin/kernelevolve optimize "$task" --minutes "$minutes" || status=$?
echo
echo "Demo finished after $((SECONDS - start)) s."
exit "$status"
