#!/bin/bash
# start.sh DIR LNBITS_DIR: runs an L402 seller that is not ours (pylsat) on loopback, paid into the
# seller's wallet of the LNbits that ../lnbits/start.sh runs in LNBITS_DIR. In DIR it leaves:
#
#   url            http://127.0.0.1:PORT; GET /premium costs 7 sat
#   pylsat.log, pylsat.pid, root.key (mode 0600), venv/ (kept from run to run)
#
# What to know of pylsat 0.2.6: it offers and takes LSAT alone, its tokens have a text identifier
# and refuse every further caveat, and each works once. `stop.sh DIR` ends it. PURSER_PYLSAT_VENV as with LNbits.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../servers.sh"
usage="usage: start.sh DIR LNBITS_DIR"
mkdir -p "${1:?$usage}"
directory=$(cd "$1" && pwd)
lnbits=$(cd "${2:?$usage}" && pwd)

"$here/stop.sh" "$directory"
environment=${PURSER_PYLSAT_VENV:-$directory/venv}
make_environment "$environment" "$here/requirements.txt"
(umask 077 && od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$directory/root.key")

port=$(free_port)
# pylsat prints payment hashes and preimage hashes, no secrets.
env -i PATH="$PATH" HOME="$directory" \
  PURSER_PYLSAT_LNBITS="$(cat "$lnbits/url")" \
  PURSER_PYLSAT_INVOICE_KEY_FILE="$lnbits/seller-invoice.key" \
  PURSER_PYLSAT_ROOT_KEY_FILE="$directory/root.key" \
  "$environment/bin/python" -m uvicorn server:app --app-dir "$here" \
  --host 127.0.0.1 --port "$port" >"$directory/pylsat.log" 2>&1 </dev/null &
echo $! >"$directory/pylsat.pid"

if ! "$environment/bin/python" "$here/../wait_for.py" "http://127.0.0.1:$port/health"; then
  tail -n 30 "$directory/pylsat.log" >&2
  "$here/stop.sh" "$directory"
  exit 1
fi
echo "http://127.0.0.1:$port" | tee "$directory/url"
