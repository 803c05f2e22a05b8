#!/usr/bin/env bash
# Builds, runs every test, and ends with one line: `N passed, N failed` (and
# `, N skipped` where some were). Exit 0 only if none failed.
#
#   scripts/test.sh [--all]
#
# --all first sets up the Python environments (PyTorch, the MCP client), so that
# the tests which need them run as well; else they are skipped, with the reason.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

all=no
case "${1:-}" in
  "") ;;
  --all) all=yes ;;
  -h|--help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) echo "test: unknown argument '$1'; usage: scripts/test.sh [--all]" >&2; exit 2 ;;
esac

# A failure before any test ran still ends with the one line.
give_up() {
  echo "test: $1 failed" >&2
  echo "0 passed, 1 failed"
  exit 1
}

scripts/install-packages.sh || give_up "installing packages"
scripts/build.sh --preset "${KE_PRESET:-ci}" all || give_up "the build"

if [[ $all == yes ]]; then
  if python="$(scripts/setup-python.sh torch)" && [[ -x "$(tail -n1 <<<"$python")" ]]; then
    KE_PYTHON="$(tail -n1 <<<"$python")"
    export KE_PYTHON
  else
    give_up "scripts/setup-python.sh torch"
  fi
  scripts/setup-python.sh mcp >/dev/null || give_up "scripts/setup-python.sh mcp"
else
  for set in torch mcp; do
    scripts/setup-python.sh --find "$set" >/dev/null 2>&1 ||
      echo "test: tests that need the Python set '$set' are skipped; scripts/test.sh --all runs them too"
  done
fi

results="$PWD/build/test-results.xml"
rm -f "$results"
# Tests that measure ask CTest to run alone (RUN_SERIAL); the others share the
# machine.
ctest --test-dir build --output-on-failure --no-tests=error \
  -j "$(nproc)" --output-junit "$results"
python3 tests/summary.py "$results"
