#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds preset release and does a drill: scripts/drills.sh NAME [--runs N] [--json] [--seed N]
# NAME: clock-step, disk-full, kill-recording, power-cut, segment-border. The last line is JSON: runs, failures and figures; exit code 1 when anything failed.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_packages "${packages_run[@]}" "${packages_test[@]}"
build release vedette-agent
exec python3 "$root/tests/drills/drills.py" --bin "$root/build/release/bin" "$@"
