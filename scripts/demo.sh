#!/usr/bin/env bash
# From a fresh clone to a kernel that is proven right and faster, on this CPU:
# installs what is missing, builds, and optimizes `softmax` for a minute or two.
#
#   scripts/demo.sh [TASK [MINUTES]]
#   scripts/demo.sh --llm      a recorded run with a language model, played again:
#                              no key, no network, nothing is measured
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case "${1:-}" in -h|--help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
start=$SECONDS
if [[ "${1:-}" == --llm ]]; then
  task=conv1d
  recording=results/authors/conv1d/recording.jsonl
  command=(optimize "$task" --proposer "replay:$recording")
else
  task="${1:-softmax}"
  command=(optimize "$task" --minutes "${2:-1.5}")
fi

scripts/install-packages.sh
echo "Building (the first time 5 to 15 minutes on two cores, by their speed) ..."
scripts/build.sh
echo "Built after $((SECONDS - start)) s."
echo
echo "\$ kernelevolve ${command[*]}"
status=0
build/bin/kernelevolve "${command[@]}" || status=$?
echo
echo "Demo finished after $((SECONDS - start)) s."
exit "$status"
