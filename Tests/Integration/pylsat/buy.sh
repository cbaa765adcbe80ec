#!/bin/bash
# buy.sh DIR LNBITS_DIR: lets purserd buy from the pylsat that start.sh runs in DIR, paid from the
# buyer's wallet of the LNbits in LNBITS_DIR, with the built programs (PURSER_BUILD).
#
# pylsat offers and takes LSAT alone, and its tokens refuse every further caveat, so the policy has
# to say `hash_binding: none` and `bare: allow`; without them the purchase must be refused before
# any money moves.
set -euo pipefail

usage="usage: buy.sh DIR LNBITS_DIR"
directory=$(cd "${1:?$usage}" && pwd)
lnbits=$(cd "${2:?$usage}" && pwd)
build=${PURSER_BUILD:?set PURSER_BUILD to where the programs were built}
origin=$(cat "$directory/url")

scratch=$(mktemp -d /tmp/purser-pylsat-XXXXXX)
daemon=
finish() {
  status=$?
  if [ -n "$daemon" ]; then
    kill "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
  fi
  if [ "$status" != 0 ]; then tail -n 20 "$scratch/purserd.log" >&2 || true; fi
  rm -rf "$scratch"
  exit "$status"
}
trap finish EXIT

fail() { echo "buy.sh: $*" >&2; exit 1; }

"$build/purser" init --dir "$scratch/purser" --wallet lnbits --network bitcoin \
  --lnbits-url "$(cat "$lnbits/url")" --lnbits-admin-key-file "$lnbits/buyer-admin.key" >/dev/null
export PURSER_SOCKET="$scratch/purser/run/agents/purser.sock"
export PURSER_OPERATOR_SOCKET="$scratch/purser/run/operators/operator.sock"

start_daemon() { # start_daemon POLICY_LINES...
  {
    printf 'version: 1\nservices:\n  premium:\n'
    printf '    origins: ["%s"]\n    challenge_path: /premium\n    price_ceiling: 20sat\n' "$origin"
    printf '    %s\n' "$@"
  } >"$scratch/purser/policy.yaml"
  "$build/purserd" --config "$scratch/purser/config.yaml" >>"$scratch/purserd.log" 2>&1 &
  daemon=$!
  for _ in $(seq 200); do
    if "$build/purser" status >/dev/null 2>&1; then return; fi
    kill -0 "$daemon" 2>/dev/null || fail "purserd did not start"
    sleep 0.05
  done
  fail "purserd does not answer"
}

stop_daemon() {
  kill "$daemon"
  wait "$daemon"
  daemon=
}

balance() { "$build/purser" wallet info --json | sed 's/.*"balance_msat":\([0-9]*\).*/\1/'; }

start_daemon 'hash_binding: required'
"$build/purser" grant create --name worker --spend 100sat --ttl 1h --json |
  sed 's/.*"token":"\([^"]*\)".*/\1/' >"$scratch/token"
before=$(balance)
if "$build/purser" credential premium --token-file "$scratch/token" >"$scratch/refused" 2>&1; then
  fail "a token that does not name its invoice was bought without hash_binding: none"
fi
[ "$(balance)" = "$before" ] || fail "money moved for a purchase that was refused"
echo "ok: without hash_binding: none it is refused, and nothing was paid"
stop_daemon

start_daemon 'hash_binding: none' 'bare: allow' 'caveats: []'
"$build/purser" credential premium --token-file "$scratch/token" --json >"$scratch/credential"
grep -q '"scheme":"LSAT"' "$scratch/credential" || fail "the seller's own scheme was not kept"
grep -q '"bare":true' "$scratch/credential" || fail "a bare token is not labelled so"
[ "$(balance)" = "$((before - 7000))" ] || fail "the wallet did not pay 7 sat"
echo "ok: bought for 7 sat, labelled bare, answered as LSAT"

sed 's/.*"authorization":"\([^"]*\)".*/header = "Authorization: \1"/' "$scratch/credential" \
  >"$scratch/curl"
status=$(curl -sS -o "$scratch/body" -w '%{http_code}' --config "$scratch/curl" "$origin/premium")
[ "$status" = 200 ] || fail "pylsat answered $status: $(head -c 300 "$scratch/body")"
echo "ok: pylsat takes the credential: $(head -c 80 "$scratch/body")"

"$build/purser" ledger verify >/dev/null || fail "the ledger does not add up"
"$build/purser" audit verify >/dev/null || fail "the audit log does not verify"
echo "ok: the ledger and the audit log verify"
stop_daemon
