#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds preset release and measures: scripts/bench.sh [NAME…] [--pairs N]
# Without a name every benchmark runs; docs/benchmarks.md explains the figures.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_packages "${packages_run[@]}" "${packages_test[@]}" "${packages_bench[@]}"
(cd "$root" && cmake --preset release -DVEDETTE_BENCH=ON >&2)
build release
PATH=$PATH:/usr/sbin exec python3 "$root/tests/bench/bench.py" --bin "$root/build/release/bin" "$@"
