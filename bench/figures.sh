#!/usr/bin/env bash
# Prints the figures of this machine, best on an otherwise idle one: the cost of
# a verdict, of the search, of the engine, the policies compared, and every
# shipped task optimized for a minute.
#
#   bench/figures.sh [--quick]      --quick leaves the tasks out
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case "${1:-}" in
  ""|--quick) ;;
  *) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
scripts/build.sh all >/dev/null
bin=build/bin

title() { printf '\n== %s\n' "$*"; }

title "machine"
$bin/kernelevolve doctor | sed -n 1,5p
title "source to search-stage verdict, softmax"
$bin/kernelevolve bench throughput softmax --candidates 10
title "policies on generated worlds"
$bin/kernelevolve bench policies
for program in store_search engine_overhead kill_run kb_retrieval prompt_cost; do
  title "$program"
  $bin/bench_$program
done
if [[ "${1:-}" != --quick ]]; then
  title "every shipped task, one minute each"
  bench/all_tasks.py --minutes 1
fi
