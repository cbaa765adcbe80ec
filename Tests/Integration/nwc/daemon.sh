#!/bin/bash
# daemon.sh DIR: runs purserd with the buyer's connection of the wallet that start.sh runs in DIR, and
# asks it for the wallet. PURSER_BUILD names where the programs are.
set -euo pipefail

directory=$(cd "${1:?usage: daemon.sh DIR}" && pwd)
purser=$PURSER_BUILD/purser
# Not below DIR, whose path may be too long for a socket.
home=$(mktemp -d /tmp/purser-nwc-XXXXXX)
daemon=

stop() {
  if [ -n "$daemon" ]; then
    kill "$daemon" 2>/dev/null || true
    wait "$daemon" || true
  fi
  rm -rf "$home"
}
trap stop EXIT

"$purser" init --dir "$home/purser" --wallet nwc --nwc-uri-file "$directory/buyer.uri" \
  --network regtest >/dev/null
export PURSER_OPERATOR_SOCKET=$home/purser/run/operators/operator.sock
"$PURSER_BUILD/purserd" --config "$home/purser/config.yaml" >"$home/log" 2>&1 </dev/null &
daemon=$!
for _ in $(seq 300); do
  if [ -S "$PURSER_OPERATOR_SOCKET" ]; then break; fi
  kill -0 "$daemon" 2>/dev/null || { cat "$home/log" >&2; exit 1; }
  sleep 0.1
done

info=$("$purser" wallet info --json)
echo "$info"
grep -q '"name":"integration buyer"' <<<"$info"
invoice=$("$purser" wallet invoice 5sat)
grep -q lnbcrt50n <<<"$invoice"

# The secret is in none of what the daemon wrote.
secret=$(sed -n 's/.*secret=\([0-9a-f]*\).*/\1/p' "$directory/buyer.uri")
[ "${#secret}" = 64 ]
if grep -rqF "$secret" "$home"; then
  echo "daemon.sh: the connection's secret is in a file of the daemon" >&2
  exit 1
fi
