#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds preset dev (or the one named) and runs every test.
# usage: scripts/test.sh [--preset dev|asan|tsan] [ctest arguments…]
set -euo pipefail
. "$(dirname "$0")/lib.sh"

preset=dev
if [ "${1:-}" = --preset ]; then
    preset=${2:?--preset needs a name}
    shift 2
fi
install_packages "${packages_run[@]}" "${packages_test[@]}"
build "$preset"
cd "$root"
exec ctest --preset "$preset" -j2 "$@"
