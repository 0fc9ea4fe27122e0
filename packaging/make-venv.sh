#!/usr/bin/env bash
# make-venv.sh PYTHON DIR: make a virtual environment, with Debian's package for it if that is missing.
set -euo pipefail
python=$1 folder=$2

if [ -z "$python" ]; then
    echo "deskready needs Python 3.11 or newer. Install it, or name it: make PYTHON=/path/to/python3" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "$python cannot make virtual environments. As root: apt-get install $package" >&2
        exit 1
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package"
fi
trap 'rm -rf "$folder"' ERR  # half an environment would pass for a whole one
"$python" -m venv "$folder"
