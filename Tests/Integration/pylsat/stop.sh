#!/bin/bash
# stop.sh DIR: ends the server that start.sh runs in DIR, if there is one.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/../servers.sh"
stop_process "${1:?usage: stop.sh DIR}/pylsat.pid"
