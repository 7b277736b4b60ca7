#!/usr/bin/env bash
# Installs the Debian packages of apt-packages.txt that are missing: apt_packages.sh GROUP...
# As root or with passwordless sudo it runs apt-get; otherwise it prints the command to run and fails.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if ! command -v dpkg-query >/dev/null; then
  echo "carrot: this is not a Debian system, so packages are not checked; see $here/apt-packages.txt" >&2
  exit 0
fi
wanted=$(for group in "$@"; do awk -v group="$group" '$1 == group { print $2 }' "$here/apt-packages.txt"; done)
# dpkg-query lists what it knows and fails for what it does not; both are answers here.
# shellcheck disable=SC2086
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null || true)
missing=$(comm -23 <(sort -u <<<"$wanted") <(sed -n 's/^installed //p' <<<"$installed" | sort -u))
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ]; then
  as_root=(env)
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  as_root=(sudo -n env)
else
  echo "carrot: Debian packages are missing and installing them needs root. Run this, then try again:" >&2
  echo "  sudo apt-get update && sudo apt-get install --no-install-recommends" $missing >&2
  exit 1
fi
echo "carrot: installing" $missing >&2
apt=("${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086
if ! { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends $missing; } >"$log" 2>&1; then
  tail -30 "$log" >&2
  echo "carrot: apt-get failed (above). The command was: apt-get install --no-install-recommends" $missing >&2
  exit 1
fi
