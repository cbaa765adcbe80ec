#!/usr/bin/env bash
# Compares `purser macaroon` with three macaroon libraries that are not ours, on random input:
# pymacaroons (PyPI), libmacaroons and gopkg.in/macaroon.v2 (Debian).
#
#   PURSER_BIN=.build/debug/purser Tests/Interop/macaroons/run.sh [--cases N] [--seed N]
#   Tests/Interop/macaroons/run.sh --write-vectors Tests/MacaroonsTests/Vectors
#
# Debian packages that are missing are installed; the rest goes to a temporary directory.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
packages=(gcc libc6-dev libmacaroons-dev golang-gopkg-macaroon.v2-dev python3-venv)

fail() {
  echo "run.sh: error: $1" >&2
  exit 1
}

case " $* " in
*" --write-vectors"*) ;;
*) [ -x "${PURSER_BIN:-}" ] || fail "PURSER_BIN must name the built purser program" ;;
esac

is_installed() {
  dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'
}

install_packages() {
  local missing=() sudo=()
  for package in "${packages[@]}"; do is_installed "$package" || missing+=("$package"); done
  [ "${#missing[@]}" -gt 0 ] || return 0
  echo "Installing Debian packages: ${missing[*]}"
  [ "$(id -u)" = 0 ] || sudo=(sudo)
  "${sudo[@]}" apt-get update -q || fail "apt-get update failed, and ${missing[*]} is missing"
  for package in "${missing[@]}"; do
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -q -y --no-install-recommends "$package" ||
      fail "the Debian package $package cannot be installed"
  done
}

install_packages

work="$(mktemp -d "${TMPDIR:-/tmp}/purser-macaroons.XXXXXX")"
trap 'rm -rf "$work"' EXIT

echo "Making a virtual environment with $(grep -v '^#' "$here/requirements.txt" | tr '\n' ' ')"
python3 -m venv "$work/venv"
grep -v '^#' "$here/requirements.txt" | while read -r requirement; do
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps "$requirement" ||
    fail "the PyPI package $requirement cannot be installed"
done

echo "Building the peers"
gcc -std=gnu11 -O1 -Wall -Wextra -Werror "$here/peer_c.c" -lmacaroons -o "$work/peer_c" ||
  fail "the peer around libmacaroons does not compile"
mkdir -p "$work/gopath/src/peer"
cp "$here/peer_go.go" "$work/gopath/src/peer/main.go"
(cd "$work/gopath/src/peer" &&
  env GO111MODULE=off GOTOOLCHAIN=local GOPROXY=off GOFLAGS= GOCACHE="$work/gocache" \
    GOPATH="$work/gopath:/usr/share/gocode" "$work/venv/bin/go" build -o "$work/peer_go" .) ||
  fail "the peer around gopkg.in/macaroon.v2 does not compile"

"$work/venv/bin/python" "$here/compare.py" --peers "$work" "$@"
