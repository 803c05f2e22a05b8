#!/usr/bin/env bash
# Packs the two programs, their data and every shared library of theirs but glibc
# into one archive, for a machine without a package manager or a network. There:
# unpack it, run kernelevolve/bin/kernelevolve. Build first: scripts/build.sh.
#
#   scripts/pack.sh [--build FOLDER] ARCHIVE.tar.gz
set -euo pipefail
from="$PWD"
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build=build
case "${1:-}" in
  -h|--help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
  --build) build="${2:?--build needs a folder}"; shift 2 ;;
esac
archive="$(cd "$from" && realpath -m "${1:?pack: name the archive to write; --help tells more}")"
if [[ ! -x "$build/bin/kernelevolve" ]]; then
  echo "pack: $build/bin/kernelevolve is missing; run scripts/build.sh" >&2
  exit 3
fi

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cmake --install "$build" --prefix "$folder/kernelevolve" --strip >/dev/null
libraries="$folder/kernelevolve/lib/kernelevolve"
mkdir -p "$libraries"
# glibc stays behind: it belongs to the kernel and the loader of each machine.
ldd "$build"/bin/kernelevolve{,-worker} |
  awk '$2 == "=>" && $3 ~ /^\// {print $3}' | sort -u |
  grep -vE '/(libc|libm|libdl|libpthread|librt|libresolv|ld-linux[^/]*)\.so' |
  xargs cp -L -t "$libraries"
tar -C "$folder" -czf "$archive.partial" kernelevolve
mv "$archive.partial" "$archive"
echo "$archive: $(du -h "$archive" | cut -f1), $(ls "$libraries" | wc -l) libraries, for $(uname -m) with glibc $(ldd --version | awk 'NR == 1 {print $NF}') or newer"
