#!/bin/bash
# stop.sh DIR: ends the relays and the wallet that start.sh runs in DIR, if there are any.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/../servers.sh"
directory=${1:?usage: stop.sh DIR}
stop_process "$directory/wallet.pid" wallet.py
stop_process "$directory/relay.pid"
stop_process "$directory/stranger.pid"
