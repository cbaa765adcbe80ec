#!/usr/bin/env bash
# stop.sh DIR: stops the Redis that start.sh DIR started.
set -euo pipefail
[ -S "$1/redis.sock" ] || exit 0
redis-cli -s "$1/redis.sock" shutdown nosave
