#!/usr/bin/env bash
# Builds the two programs into build/bin (preset `default`) or build-PRESET/bin.
#
#   scripts/build.sh [--preset default|ci|asan|tsan] [TARGET...]
#
# `scripts/build.sh all` builds the tests and benchmarks as well.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

preset=default
if [[ "${1:-}" == --preset ]]; then
  preset="${2:?--preset needs a name}"
  shift 2
fi
case "${1:-}" in -h|--help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;; esac

for tool in cmake ninja g++; do
  if ! command -v "$tool" >/dev/null; then
    echo "build: $tool is missing; run scripts/install-packages.sh" >&2
    exit 3
  fi
done

# The folder that a preset builds into; `ci` shares build/ with `default`.
case "$preset" in default|ci) folder=build ;; *) folder="build-$preset" ;; esac
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
if ! cmake --preset "$preset" >"$log" 2>&1; then
  cat "$log" >&2
  echo "build: configuration failed; scripts/install-packages.sh installs what it needs" >&2
  exit 1
fi
(($#)) || set -- kernelevolve kernelevolve-worker
ninja -C "$folder" -j "${JOBS:-$(nproc)}" "$@"
