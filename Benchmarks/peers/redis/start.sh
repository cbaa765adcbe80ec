#!/usr/bin/env bash
# start.sh DIR: starts a Redis that listens on DIR/redis.sock alone and makes every write durable
# before it answers. Prints its process id.
set -euo pipefail
directory=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../install.sh"
install_packages redis-tools

# Debian's package redis-server is a link to a program in redis-tools, and a service on TCP, which
# is not wanted here.
mkdir -p "$directory"
ln -sf "$(command -v redis-check-rdb)" "$directory/redis-server"
"$directory/redis-server" "$here/redis.conf" --dir "$directory" \
  --unixsocket "$directory/redis.sock" --logfile "$directory/redis.log" \
  --pidfile "$directory/redis.pid" --daemonize yes >&2
for _ in $(seq 200); do
  if [ "$(redis-cli -s "$directory/redis.sock" ping 2>/dev/null)" = PONG ]; then
    cat "$directory/redis.pid"
    exit 0
  fi
  sleep 0.05
done
echo "start.sh: error: Redis does not answer; see $directory/redis.log" >&2
exit 1
