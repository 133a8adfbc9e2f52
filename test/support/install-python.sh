#!/bin/bash
# A Python environment with the two Python clients. Usage: install-python.sh [DIR] (default ~/.cache/odradek/venv). Safe to run again.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-${ODRADEK_VENV:-$HOME/.cache/odradek/venv}}
stamp=$(cat "$0" "$here/requirements.txt" | cksum | cut -d' ' -f1)
[ "$(cat "$dir/.stamp" 2>/dev/null)" = "$stamp" ] && exit 0
mkdir -p "$(dirname "$dir")"
exec 9>"$dir.lock"
flock 9
[ "$(cat "$dir/.stamp" 2>/dev/null)" = "$stamp" ] && exit 0
python3 -m venv --clear "$dir"
"$dir/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" >&2
echo "$stamp" > "$dir/.stamp"
