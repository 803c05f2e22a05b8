#!/usr/bin/env bash
# Makes the Python environment of one set of pins and prints its interpreter's
# path as the last line. Nothing happens when it is there already.
#
#   scripts/setup-python.sh torch|tlx|cute|fly|mcp
#   scripts/setup-python.sh --find SET     only look: path and 0, or reason and 3
#
# Environments live under ${XDG_CACHE_HOME:-~/.cache}/kernelevolve/python, named
# by the digest of their pins, so fresh clones share them. KE_PYTHON names an
# interpreter to use instead of the set `torch`.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

say() { echo "setup-python: $*" >&2; }

usage() {
  sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
}

find_only=
if [[ "${1:-}" == --find ]]; then
  find_only=1
  shift
fi
set_name="${1:-}"
case "$set_name" in
  torch|tlx|cute|fly|mcp) ;;
  -h|--help) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

# What must work in a finished environment.
probe() {
  case "$set_name" in
    torch) echo 'import torch; torch.ones(2, dtype=torch.float64) @ torch.ones(2, dtype=torch.float64)' ;;
    tlx) echo 'import triton.language.extra.tlx' ;;
    cute) echo 'import cutlass.cute' ;;
    fly) echo 'import flydsl.compiler' ;;
    mcp) echo 'import mcp.client.stdio' ;;
  esac
}

if [[ -n "${KE_PYTHON:-}" && "$set_name" == torch ]]; then
  if ! "$KE_PYTHON" -c "$(probe)" >&2; then
    say "KE_PYTHON=$KE_PYTHON cannot import torch; unset it or install torch there"
    exit 3
  fi
  echo "$KE_PYTHON"
  exit 0
fi

pins="$here/runners/python/requirements-$set_name.txt"
if ! base="$(command -v python3)"; then
  say "python3 is missing; scripts/install-packages.sh installs it"
  exit 3
fi
# The layout of an environment also depends on this script: raise with it.
layout=1
version="$("$base" -c 'import sys, platform; print("%d.%d" % sys.version_info[:2], platform.machine())')"
digest="$({ echo "$layout $version"; grep -v '^#' "$pins"; } | sha256sum | cut -c1-12)"
root="${XDG_CACHE_HOME:-$HOME/.cache}/kernelevolve/python"
venv="$root/$set_name-$digest"

if [[ -e "$venv/complete" ]]; then
  echo "$venv/bin/python"
  exit 0
fi
if [[ -n "$find_only" ]]; then
  say "no environment for $set_name; make it with: scripts/setup-python.sh $set_name"
  exit 3
fi

# torch opens CUDA libraries when it is imported, though a machine without a GPU
# never calls them. Three of them are in no CUDA toolkit; stand-ins satisfy the
# loader. The symbols are read off torch itself.
undefined_symbols() {  # pattern
  local library
  for library in libtorch_nvshmem libtorch_cuda libtorch_python; do
    [[ -e "$lib/$library.so" ]] && nm -D --undefined-only "$lib/$library.so"
  done | awk '{ print $2 }' | grep -E "$1" | sed 's/@.*//' | sort -u
}

stand_in() {  # soname pattern [symbol version]
  local source="$scratch/stub.c" script=()
  undefined_symbols "$2" | awk '{ print "void " $1 "(void) { __builtin_trap(); }" }' >"$source"
  if [[ -n "${3:-}" ]]; then
    echo "$3 { global: *; };" >"$scratch/stub.map"
    script=("-Wl,--version-script=$scratch/stub.map")
  fi
  gcc -w -shared -fPIC "${script[@]}" -Wl,-soname,"$1" -o "$lib/$1" "$source"
}

make_stand_ins() {
  local lib scratch
  lib="$(echo "$venv"/lib/python3*/site-packages/torch/lib)"
  scratch="$(mktemp -d)"
  stand_in libcufile.so.0 '^cuFile'
  stand_in libcusparseLt.so.0 '^cusparseLt'
  stand_in libnvshmem_host.so.3 '^nvshmem' NVSHMEM
  rm -rf "$scratch"
}

install_set() {
  rm -rf "$venv"
  if ! "$base" -m venv "$venv" >&2; then
    say "python3 cannot make virtual environments; apt-get install python3-venv"
    return 3
  fi
  local python="$venv/bin/python"
  "$python" -m pip install -q --disable-pip-version-check --no-deps -r "$pins" >&2
  case "$set_name" in torch|fly) make_stand_ins ;; esac
  if ! "$python" -c "$(probe)" >&2; then
    # Another version of Python may need packages that the pins do not name; torch,
    # without a CUDA toolkit on the machine, more than the stand-ins replace.
    if [[ "$set_name" == mcp ]]; then
      say "installing what else the pins ask for"
    else
      say "this machine has no CUDA libraries: installing those that the pins ask for (2 GB)"
    fi
    rm -f "$venv"/lib/python3*/site-packages/torch/lib/lib{cufile,cusparseLt,nvshmem_host}.so.*
    "$python" -m pip install -q --disable-pip-version-check -r "$pins" >&2
    "$python" -c "$(probe)" >&2
  fi
  touch "$venv/complete"
}

mkdir -p "$root"
exec 9>"$venv.lock"
if ! flock -n 9; then
  say "another process is making $venv; waiting for it"
  flock 9
fi
if [[ ! -e "$venv/complete" ]]; then
  say "making $venv (minutes, once)"
  # A subshell that is no condition, so that its own `set -e` holds.
  set +e
  (set -e; install_set) 9>&-
  code=$?
  set -e
  if ((code)); then
    say "failed; the pins are in $pins"
    exit $((code == 3 ? 3 : 4))
  fi
fi
echo "$venv/bin/python"
