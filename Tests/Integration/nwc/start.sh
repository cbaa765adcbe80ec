#!/bin/bash
# start.sh DIR: runs a Nostr relay that is not ours (nostr-relay) on loopback, and behind it a wallet
# service written with nostr-sdk (wallet.py). Everything is in DIR, made if it is missing:
#
#   buyer.uri, seller.uri, old.uri   connections to the wallet (mode 0600); `old` knows NIP-04 alone
#   env                              what names them to the live tests, to be sourced
#   relay.log, relay.pid, stranger.log, stranger.pid, wallet.log, wallet.pid
#   venv/                            kept from run to run
#
# Each URI names two more relays before the one that works: a port that nobody listens at, and one
# with TLS and a certificate that nobody has signed. `stop.sh DIR` ends it all.
# PURSER_NWC_VENV names another place for the virtual environment, to share it between runs.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../servers.sh"
mkdir -p "${1:?usage: start.sh DIR}"
directory=$(cd "$1" && pwd)

"$here/stop.sh" "$directory"
environment=${PURSER_NWC_VENV:-$directory/venv}
make_environment "$environment" "$here/requirements.txt"
rm -f "$directory"/*.uri "$directory/env"

# serve NAME PORT [OPTION...]: a relay with an empty database of its own, in DIR/NAME.
serve() {
  local name=$1 port=$2
  shift 2
  rm -rf "${directory:?}/$name"
  mkdir "$directory/$name"
  cd "$directory/$name"
  "$environment/bin/nostr-relay" -c "$here/relay.yaml" alembic upgrade head \
    >"$directory/$name.log" 2>&1
  env -i PATH="$PATH" HOME="$directory" \
    "$environment/bin/python" -m uvicorn relay:app --app-dir "$here" --host 127.0.0.1 --port "$port" "$@" \
    >>"$directory/$name.log" 2>&1 </dev/null &
  echo $! >"$directory/$name.pid"
  cd "$here"
}

fail() {
  tail -n 30 "$directory"/*.log >&2
  "$here/stop.sh" "$directory"
  exit 1
}

port=$(free_port)
serve relay "$port"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
  -addext subjectAltName=IP:127.0.0.1 -keyout "$directory/tls.key" -out "$directory/tls.pem" \
  2>/dev/null
secure=$(free_port)
serve stranger "$secure" --ssl-keyfile "$directory/tls.key" --ssl-certfile "$directory/tls.pem"
"$environment/bin/python" "$here/../wait_for.py" "http://127.0.0.1:$port/" || fail

env -i PATH="$PATH" HOME="$directory" \
  "$environment/bin/python" "$here/wallet.py" "$directory" "ws://127.0.0.1:$port" \
  "ws://127.0.0.1:$(free_port)" "wss://127.0.0.1:$secure" \
  >"$directory/wallet.log" 2>&1 </dev/null &
echo $! >"$directory/wallet.pid"
for _ in $(seq 300); do
  if grep -qs ready "$directory/wallet.log"; then break; fi
  kill -0 "$(cat "$directory/wallet.pid")" 2>/dev/null || fail
  sleep 0.1
done
grep -qs ready "$directory/wallet.log" || fail

cat >"$directory/env" <<EOF
export PURSER_TEST_NWC_BUYER_URI_FILE='$directory/buyer.uri'
export PURSER_TEST_NWC_SELLER_URI_FILE='$directory/seller.uri'
export PURSER_TEST_NWC_OLD_URI_FILE='$directory/old.uri'
EOF
echo "$directory/env"
