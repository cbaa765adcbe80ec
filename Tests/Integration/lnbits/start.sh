#!/bin/bash
# start.sh DIR: runs the real LNbits on loopback, with its FakeWallet funding source and SQLite,
# and makes two wallets in it. Everything is in DIR, made if it is missing:
#
#   url                         http://127.0.0.1:PORT
#   buyer-admin.key, buyer-invoice.key, seller-admin.key, seller-invoice.key   (mode 0600)
#   env                         the same as shell variables, to be sourced
#   lnbits.log, lnbits.pid, data/, venv/ (kept from run to run)
#
# The buyer has 1,000,000 sat. `stop.sh DIR` ends it; every start begins with empty wallets.
# PURSER_LNBITS_VENV names another place for the virtual environment, to share it between runs.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../servers.sh"
mkdir -p "${1:?usage: start.sh DIR}"
directory=$(cd "$1" && pwd)

"$here/stop.sh" "$directory"
environment=${PURSER_LNBITS_VENV:-$directory/venv}
make_environment "$environment" "$here/requirements.txt"
rm -rf "$directory/data" "$directory/run"
mkdir -p "$directory/data" "$directory/run/lnbits"
# LNbits serves ./lnbits/static, relative to where it is started.
package=$("$environment/bin/python" -c 'import importlib.util as u
print(u.find_spec("lnbits").submodule_search_locations[0])')
ln -s "$package/static" "$directory/run/lnbits/static"

port=$(free_port)
(
  cd "$directory/run"
  # A clean environment, so that no setting of somebody else's LNbits gets in.
  exec env -i PATH="$PATH" HOME="$directory/run" \
    LNBITS_BACKEND_WALLET_CLASS=FakeWallet \
    LNBITS_DATA_FOLDER="$directory/data" \
    LNBITS_EXTENSIONS_PATH="$directory/data" \
    LNBITS_EXCHANGE_RATE_PROVIDERS='[]' \
    LNBITS_RATE_LIMIT_NO=1000000 \
    LNBITS_RESERVE_FEE_MIN=0 \
    LNBITS_ADMIN_UI=true \
    AUTH_HTTPS_ONLY=false \
    SUPER_USER=7075727365727465737473757065723a \
    FAKE_WALLET_SECRET=purser-integration \
    "$environment/bin/python" -m uvicorn lnbits.__main__:app --host 127.0.0.1 --port "$port"
) >"$directory/lnbits.log" 2>&1 </dev/null &
echo $! >"$directory/lnbits.pid"
echo "http://127.0.0.1:$port" >"$directory/url"

if ! "$environment/bin/python" "$here/make_wallets.py" "$directory"; then
  tail -n 30 "$directory/lnbits.log" >&2
  "$here/stop.sh" "$directory"
  exit 1
fi

cat >"$directory/env" <<EOF
export PURSER_TEST_LNBITS_URL='http://127.0.0.1:$port'
export PURSER_TEST_LNBITS_ADMIN_KEY_FILE='$directory/buyer-admin.key'
export PURSER_TEST_LNBITS_INVOICE_KEY_FILE='$directory/buyer-invoice.key'
export PURSER_TEST_LNBITS_SELLER_KEY_FILE='$directory/seller-invoice.key'
EOF
echo "$directory/env"
