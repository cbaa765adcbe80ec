#!/usr/bin/env bash
# Compares `purser macaroon` with three macaroon libraries that are not ours, on random input:
# pymacaroons (PyPI), libmacaroons and gopkg.in/macaroon.v2 (Debian).
#
#   PURSER_BIN=.build/debug/purser Tests/Interop/macaroons/run.sh [--cases N] [--seed N]
#   Tests/Interop/macaroons/run.sh --write-vectors Tests/MacaroonsTests/Vectors
#
# Debian packages that are missing are installed; the rest goes to a temporary directory, or to the
# one that PURSER_MACAROON_PEERS names, where the peers stay for whoever comes next.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
source "$here/peers.sh"

case " $* " in
*" --write-vectors"*) ;;
*) [ -x "${PURSER_BIN:-}" ] || fail "PURSER_BIN must name the built purser program" ;;
esac

work=${PURSER_MACAROON_PEERS:-}
if [ -z "$work" ]; then
  work="$(mktemp -d "${TMPDIR:-/tmp}/purser-macaroons.XXXXXX")"
  trap 'rm -rf "$work"' EXIT
fi
mkdir -p "$work"
make_macaroon_peers "$work"

"$work/venv/bin/python" "$here/compare.py" --peers "$work" "$@"
