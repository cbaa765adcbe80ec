# Sourced: makes the virtual environments of the peers, and finds and ends their servers.

# The first Python from 3.10 to 3.12 that really starts: some on the PATH are only shims.
find_python() {
  local candidate
  for candidate in python3.12 python3.11 python3.10 python3; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' \
      2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "integration: Python 3.10, 3.11 or 3.12 is needed (Debian: python3 and python3-venv)" >&2
  return 1
}

# make_environment DIR REQUIREMENTS: a virtual environment in DIR with just these packages.
make_environment() {
  local directory=$1 requirements=$2 python
  if cmp -s "$requirements" "$directory/installed.txt"; then return; fi
  python=$(find_python)
  rm -rf "$directory"
  "$python" -m venv "$directory"
  if ! "$directory/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"; then
    echo "integration: pip could not install what $requirements names" >&2
    return 1
  fi
  cp "$requirements" "$directory/installed.txt"
}

# free_port: a port of loopback that nobody listens at now.
free_port() {
  "$(find_python)" -c '
import socket
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])'
}

# stop_process FILE [WORD]: ends the server whose process id is in FILE, gently and then not. Its
# command line has WORD in it, uvicorn unless said otherwise.
stop_process() {
  local file=$1 word=${2:-uvicorn} id
  [ -f "$file" ] || return 0
  id=$(cat "$file")
  rm -f "$file"
  # The id in an old file may belong to somebody else by now.
  grep -qa "$word" "/proc/$id/cmdline" 2>/dev/null || return 0
  kill "$id" 2>/dev/null || true
  for _ in $(seq 100); do
    kill -0 "$id" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$id" 2>/dev/null || true
}
