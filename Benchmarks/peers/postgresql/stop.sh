#!/usr/bin/env bash
# stop.sh DIR: stops the PostgreSQL that start.sh DIR started.
set -euo pipefail
[ -f "$1/data/postmaster.pid" ] || exit 0
as_owner=()
[ "$(id -u)" = 0 ] && as_owner=(runuser -u postgres --)
programs=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
cd "$1"
"${as_owner[@]}" "$programs/pg_ctl" --pgdata="$1/data" --mode=fast --wait stop >&2
