#!/bin/bash
# run.sh DIR: the documents of `rpc.discover` on both sockets of a running purserd (PURSER_BUILD),
# read by a JSON Schema library that is not ours: each recorded request and reply must fit what is
# said of it, and the document the OpenRPC meta-schema, a file of that name in the directory that
# PURSER_VECTORS names; without one that part is left out. DIR keeps the virtual environment.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../servers.sh"
mkdir -p "${1:?usage: run.sh DIR}"
directory=$(cd "$1" && pwd)
build=${PURSER_BUILD:?set PURSER_BUILD to where the programs were built}

make_environment "$directory/venv" "$here/requirements.txt"
arguments=(--build "$build")
if [ -n "${PURSER_VECTORS:-}" ]; then
  arguments+=(--meta-schema "$PURSER_VECTORS/openrpc-meta-schema.json")
else
  echo "left out: PURSER_VECTORS is not set, so there is no OpenRPC meta-schema to check against"
fi
"$directory/venv/bin/python" "$here/documents.py" "${arguments[@]}"
