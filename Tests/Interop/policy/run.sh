#!/usr/bin/env bash
# Checks the JSON Schemas of policies with somebody else's validator: they are schemas, every policy
# that is shipped and every test of one fits, and what the reader refuses for its keys does not.
#
# It needs python3 with venv, and PyPI; everything it makes is in a temporary directory.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../../.." && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" || {
  echo "policy: the packages in requirements.txt cannot be had" >&2
  exit 1
}
"$work/venv/bin/python" "$here/validate.py" "$root"
