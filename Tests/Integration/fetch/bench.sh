#!/bin/bash
# bench.sh [DIR]: run.sh with 1,000 requests and programs built for release, over an LNbits of its
# own. DIR keeps the virtual environments; .build/integration by default.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
mkdir -p "${1:-$root/.build/integration}"
directory=$(cd "${1:-$root/.build/integration}" && pwd)
export PURSER_BUILD=${PURSER_BUILD:-$root/.build/release}

trap '"$here/../lnbits/stop.sh" "$directory/lnbits"' EXIT
"$here/../lnbits/start.sh" "$directory/lnbits"
"$here/run.sh" "$directory/fetch" "$directory/lnbits" "${REQUESTS:-1000}"
