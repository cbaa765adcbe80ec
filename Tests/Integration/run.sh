#!/bin/bash
# run.sh [DIR]: Purser against other people's programs, which it installs itself at pinned versions:
#
#   macaroons   pymacaroons, libmacaroons and gopkg.in/macaroon.v2, byte for byte
#   delegation  chains of ten levels, made by two of them without a daemon, used on one
#   tokens      token stores in the format of lnget and aperture, written and read by a Go program
#   openrpc     what rpc.discover answers, read by the Python library jsonschema
#   bolt11      the Python libraries bolt11 and pyln-proto
#   policy      the JSON Schemas of policies, with the Python library jsonschema
#   lnbits      the real LNbits: the wallet's live tests, and the demo's story over it
#   nwc         Nostr Wallet Connect over the relay nostr-relay to a wallet made with nostr-sdk
#   pylsat      a purchase from an L402 server that is not ours, over the same LNbits
#   fetch       purser fetch beside the Python library l402-requests, and over TLS
#
# DIR keeps the virtual environments from run to run; .build/integration by default. The programs
# must be built: PURSER_BUILD names where, .build/debug by default. The first part that fails ends
# the run with its status, and nothing is left running.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
mkdir -p "${1:-$root/.build/integration}"
directory=$(cd "${1:-$root/.build/integration}" && pwd)
export PURSER_BUILD=${PURSER_BUILD:-$root/.build/debug}
export PURSER_BIN="$PURSER_BUILD/purser"

stop() {
  "$here/nwc/stop.sh" "$directory/nwc"
  "$here/pylsat/stop.sh" "$directory/pylsat"
  "$here/lnbits/stop.sh" "$directory/lnbits"
}
trap stop EXIT

part() { printf '\n#### %s\n' "$*"; }

part "macaroons: three libraries"
export PURSER_MACAROON_PEERS="$directory/macaroon-peers"
rm -rf "$PURSER_MACAROON_PEERS"
"$root/Tests/Interop/macaroons/run.sh" --cases "${PURSER_INTEROP_CASES:-60}"

part "delegation: ten levels by pymacaroons and gopkg.in/macaroon.v2, used on a daemon"
"$here/delegation/run.sh"

part "tokens: stores that a Go program writes, imported and exported"
"$root/Tests/Interop/tokens/run.sh"

part "openrpc: rpc.discover's documents and their examples"
"$here/openrpc/run.sh" "$directory/openrpc"

part "bolt11: two libraries"
"$root/Tests/Interop/bolt11/run.sh"

part "policy: JSON Schema"
"$root/Tests/Interop/policy/run.sh"

part "LNbits: start"
"$here/lnbits/start.sh" "$directory/lnbits"
source "$directory/lnbits/env"

part "LNbits: the demo's story with invoices of a wallet server that is not ours"
"$PURSER_BUILD/demo" --lnbits-url "$PURSER_TEST_LNBITS_URL" \
  --buyer-key-file "$PURSER_TEST_LNBITS_ADMIN_KEY_FILE" \
  --seller-key-file "$PURSER_TEST_LNBITS_SELLER_KEY_FILE"

part "pylsat: a purchase from an L402 server that is not ours"
"$here/pylsat/start.sh" "$directory/pylsat" "$directory/lnbits"
"$here/pylsat/buy.sh" "$directory/pylsat" "$directory/lnbits"
PURSER_TEST_L402_URLS="$(cat "$directory/pylsat/url")/premium"
export PURSER_TEST_L402_URLS

part "fetch: beside l402-requests at the same paywall, and over TLS"
"$here/fetch/run.sh" "$directory/fetch" "$directory/lnbits"

part "NWC: a relay and a wallet"
"$here/nwc/start.sh" "$directory/nwc"
source "$directory/nwc/env"
"$here/nwc/daemon.sh" "$directory/nwc"

part "LNbits and NWC: the wallets' live tests"
(cd "$root" && swift test --skip-build --filter Live) | tee "$directory/live.log"
# A filter that finds nothing passes too; these tests are skipped where the variables are not set.
if ! grep -Eq 'Test run with [1-9][0-9]* tests' "$directory/live.log" ||
  grep -q 'skipped' "$directory/live.log"; then
  echo "run.sh: the live tests did not run; build them first: make build" >&2
  exit 1
fi

part "everything passed"
