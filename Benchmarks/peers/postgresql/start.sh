#!/usr/bin/env bash
# start.sh DIR: makes a PostgreSQL cluster in DIR, starts it on the Unix socket in DIR alone, and
# makes the tables and functions. Prints the process id of the postmaster.
set -euo pipefail
directory=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../install.sh"

# Where Debian's package is new here, it is not to make and start a cluster of its own.
settings=/etc/postgresql-common/createcluster.conf
if [ "$(id -u)" = 0 ] && ! [ -e "$settings" ]; then
  mkdir -p "$(dirname "$settings")"
  echo 'create_main_cluster = false' >"$settings"
fi
install_packages postgresql

# It refuses to run as root.
as_owner=()
mkdir -p "$directory"
if [ "$(id -u)" = 0 ]; then
  chown postgres "$directory"
  as_owner=(runuser -u postgres --)
fi
programs=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
cd "$directory"
"${as_owner[@]}" "$programs/initdb" --pgdata="$directory/data" --username=postgres --auth=trust \
  --locale=C.UTF-8 --encoding=UTF8 >"$directory/initdb.log"
cat "$here/postgresql.conf" >>"$directory/data/postgresql.conf"
echo "unix_socket_directories = '$directory'" >>"$directory/data/postgresql.conf"
"${as_owner[@]}" "$programs/pg_ctl" --pgdata="$directory/data" --log="$directory/postgresql.log" \
  --wait start >&2
psql --quiet --no-psqlrc --host="$directory" --username=postgres --set=ON_ERROR_STOP=1 \
  --file="$here/schema.sql" >&2
head -n 1 "$directory/data/postmaster.pid"
