#!/bin/bash
# run.sh: token stores in the format of lnget and aperture, written by a Go program with
# gopkg.in/macaroon.v2, imported into a running purserd (PURSER_BUILD) and exported again.
#
# PURSER_MACAROON_PEERS names where Tests/Interop/macaroons/run.sh left its virtual environment,
# whose Go is used; without it one is made in a temporary directory.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../macaroons/peers.sh"
build=${PURSER_BUILD:?set PURSER_BUILD to where the programs were built}

work=${PURSER_MACAROON_PEERS:-}
if [ -z "$work" ]; then
  work=$(mktemp -d /tmp/purser-tokens-XXXXXX)
  trap 'rm -rf "$work"' EXIT
fi
[ -x "$work/venv/bin/go" ] || make_macaroon_peers "$work"
make_go_program "$work" store "$here/store.go"
"$work/venv/bin/python" "$here/check.py" --store "$work/store" --build "$build"
