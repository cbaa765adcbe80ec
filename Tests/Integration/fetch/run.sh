#!/bin/bash
# run.sh DIR LNBITS_DIR [REQUESTS]: `purser fetch` (PURSER_BUILD) beside the Python library
# l402-requests, both paying from the buyer's wallet of the LNbits in LNBITS_DIR for the same
# paywall, and over TLS. Whatever does not fit ends it with status 1. REQUESTS on a cached credential
# are timed, 20 when missing; the ratio is printed, and decides nothing. DIR keeps the virtual
# environment.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../servers.sh"
usage="usage: run.sh DIR LNBITS_DIR [REQUESTS]"
mkdir -p "${1:?$usage}"
directory=$(cd "$1" && pwd)
lnbits=$(cd "${2:?$usage}" && pwd)
build=${PURSER_BUILD:?set PURSER_BUILD to where the programs were built}

make_environment "$directory/venv" "$here/requirements.txt"
"$directory/venv/bin/python" "$here/compare.py" --build "$build" --lnbits "$lnbits" \
  --requests "${3:-20}"
"$directory/venv/bin/python" "$here/tls.py" --build "$build"
