#!/usr/bin/env bash
# Packs the two programs, their data and every shared library of theirs but glibc
# into one archive, for a machine without a package manager or a network. There:
# unpack it, run kernelevolve/bin/kernelevolve. Build first: scripts/build.sh.
#
#   scripts/pack.sh [--build FOLDER] ARCHIVE.tar.gz
set -euo pipefail
source="$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")"

build="$source/build"
case "${1:-}" in
  -h|--help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
  --build) build="$(realpath -m "${2:?--build needs a folder}")"; shift 2 ;;
esac
archive="$(realpath -m "${1:?pack: name the archive to write; --help tells more}")"
for program in kernelevolve kernelevolve-worker; do
  if [[ ! -x "$build/bin/$program" ]]; then
    echo "pack: $build/bin/$program is missing; run scripts/build.sh" >&2
    exit 3
  fi
done

folder="$(mktemp -d)"
trap 'rm -rf "$folder" "$archive.partial"' EXIT
cmake --install "$build" --prefix "$folder/kernelevolve" --strip >/dev/null
libraries="$folder/kernelevolve/lib/kernelevolve"
mkdir -p "$libraries"
# glibc stays behind: it belongs to the kernel and the loader of each machine.
while IFS= read -r line; do
  name="${line%% => *}" path="${line#* => }" path="${path% (0x*}"
  case "$name" in libc.so.*|libm.so.*|libdl.so.*|libpthread.so.*|librt.so.*|libresolv.so.*) continue ;; esac
  if [[ "$path" != /* ]]; then
    echo "pack: the library $name is $path on this machine" >&2
    exit 3
  fi
  cp -L -n -t "$libraries" "$path"
done < <(ldd "$build"/bin/kernelevolve{,-worker} | sed -n 's/^[[:space:]]*\(.* => .*\)$/\1/p')
tar -C "$folder" -czf "$archive.partial" kernelevolve
mv "$archive.partial" "$archive"
echo "$archive: $(du -h "$archive" | cut -f1), $(find "$libraries" -type f | wc -l) libraries, for $(uname -m) with glibc $(ldd --version | awk 'NR == 1 {print $NF}') or newer"
