#!/usr/bin/env bash
# Downloads the wheels of deps.lock from the package index that pip is configured for, checks their sums
# and unpacks them: fetch_deps.sh [FOLDER] (default: CARROT_DEPS_DIR, else .deps beside the sources).
# A folder appears only when it is whole; one whose stamp equals the sum in the lock is left alone.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deps=${1:-${CARROT_DEPS_DIR:-$(dirname "$(dirname "$here")")/.deps}}
mkdir -p "$deps"

fail() { echo "carrot: $*" >&2; exit 1; }

# The first Python with pip: on Debian /usr/bin/python3 has it only through python3-pip.
find_pip() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -m pip --version >/dev/null 2>&1; then echo "$python"; return; fi
  done
  fail "no Python with pip. Run: apt-get install python3-pip"
}

# A subshell, so that its trap removes the temporary folder however it ends.
fetch() (
  local name=$1 version=$2 python_version=$3 platform=$4 sum=$5
  local target=$deps/${name//-/_}
  [ "$(cat "$target/.stamp" 2>/dev/null)" = "$sum" ] && exit 0
  local python temp wheel actual
  python=$(find_pip)
  temp=$(mktemp -d "$deps/.fetch.XXXXXX")
  trap 'rm -rf "$temp"' EXIT
  echo "carrot: fetching $name $version" >&2
  local args=(--quiet --disable-pip-version-check --no-deps --only-binary=:all:
              --python-version "$python_version" --dest "$temp")
  [ "$platform" != - ] && args+=(--platform "$platform" --implementation cp)
  "$python" -m pip download "${args[@]}" "$name==$version" >&2 ||
    fail "cannot download $name $version (above); pip reads its index from pip.conf or PIP_INDEX_URL"
  wheel=$(echo "$temp"/*.whl)
  actual=$(sha256sum "$wheel" | cut -d' ' -f1)
  [ "$actual" = "$sum" ] ||
    fail "$(basename "$wheel") has sha256 $actual, deps.lock says $sum; nothing was unpacked"
  "$python" -m zipfile -e "$wheel" "$temp/unpacked"
  echo "$sum" >"$temp/unpacked/.stamp"
  if [ -e "$target" ]; then mv "$target" "$temp/old"; fi
  mv "$temp/unpacked" "$target"
)

exec 9>"$deps/.lock"
flock 9
while read -r line; do
  case $line in ''|'#'*) continue ;; esac
  # shellcheck disable=SC2086
  fetch $line
done <"$here/deps.lock"
