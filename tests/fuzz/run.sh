#!/usr/bin/env bash
# Builds fuzz_inputs with AddressSanitizer and UndefinedBehaviorSanitizer into a
# folder of its own, and runs it over every target.
#
#   tests/fuzz/run.sh [--inputs N] [--seed N] [--record FILE] …
#
# The flags are fuzz_inputs's; without --inputs, ten million. Exit: its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
case "${1:-}" in -h|--help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;; esac

cmake -S . -B build-fuzz -G Ninja -DKE_SANITIZE=address,undefined \
  -DKE_WERROR=ON >/dev/null
ninja -C build-fuzz -j "${JOBS:-$(nproc)}" fuzz_inputs >&2
exec build-fuzz/bin/fuzz_inputs --inputs 10000000 \
  --source "$(git describe --always --dirty 2>/dev/null || echo unknown)" "$@"
