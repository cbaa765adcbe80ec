#!/usr/bin/env bash
# Compares Purser's invoices with two Python libraries, each in a virtual environment of its own.
#
# PURSER_BIN is the built program (default: .build/debug/purser). SEED repeats a run. It needs
# python3 with venv, and PyPI; everything it makes is in a temporary directory.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../../.." && pwd)"
purser="${PURSER_BIN:-$root/.build/debug/purser}"
seed="${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

environment() { # NAME REQUIREMENTS
  python3 -m venv "$work/$1"
  "$work/$1/bin/pip" install --quiet --disable-pip-version-check -r "$here/$2" || {
    echo "bolt11: the packages in $2 cannot be had" >&2
    exit 1
  }
}

echo "bolt11: seed $seed"
environment bolt11 requirements.txt
"$work/bolt11/bin/python" "$here/make_vectors.py" --seed "$seed" --count 400 >"$work/records.json"
python3 "$here/compare.py" "$work/records.json" "$purser"

environment pyln requirements-pyln.txt
"$work/pyln/bin/python" "$here/read_with_pyln.py" \
  "$root/Tests/L402Tests/Vectors/bolt11-python.json"
