#!/bin/bash
# run.sh: chains of ten levels, made by pymacaroons and by gopkg.in/macaroon.v2 without any daemon,
# against a running purserd (PURSER_BUILD). It prints what each level spent and what a revoke
# stopped, and fails where anything is not as it has to be.
#
# PURSER_MACAROON_PEERS names where Tests/Interop/macaroons/run.sh left the peers; without it they
# are made in a temporary directory.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../../Interop/macaroons/peers.sh"
build=${PURSER_BUILD:?set PURSER_BUILD to where the programs were built}

work=${PURSER_MACAROON_PEERS:-}
if [ -z "$work" ]; then
  work=$(mktemp -d /tmp/purser-delegation-XXXXXX)
  trap 'rm -rf "$work"' EXIT
fi
if [ ! -x "$work/peer_go" ] || [ ! -x "$work/venv/bin/python" ]; then
  make_macaroon_peers "$work"
fi
"$work/venv/bin/python" "$here/chains.py" --peers "$work" --build "$build"
