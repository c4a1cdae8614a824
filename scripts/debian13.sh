#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds this work tree and runs every test on Debian 13 with libcamera from its backports, in a chroot that is made once.
# usage: sudo scripts/debian13.sh [--root DIR] [arguments of scripts/test.sh…]
set -euo pipefail
. "$(dirname "$0")/lib.sh"

chroot_dir=${XDG_CACHE_HOME:-$HOME/.cache}/vedette/debian13
arguments=("$@")
if [ "${1:-}" = --root ]; then
    chroot_dir=${2:?--root needs a folder}
    shift 2
fi
[ "$(id -u)" -eq 0 ] || die "scripts/debian13.sh must run as root: it makes a chroot."
# In namespaces of its own: the kernel takes mounts and left-over processes away however this ends.
if [ -z "${VEDETTE_UNSHARED:-}" ]; then
    VEDETTE_UNSHARED=1 unshare --mount --pid --fork --kill-child "$0" "${arguments[@]}" &
    trap 'kill -KILL $!' INT TERM # unshare itself ignores both
    wait $!
    exit
fi
mkdir -p "$chroot_dir"
chroot_dir=$(cd "$chroot_dir" && pwd)
[ "$chroot_dir" != / ] || die "--root / is this machine itself."
exec 9>"$chroot_dir.lock"
flock -n 9 || die "Another run uses $chroot_dir."

# The archive that this machine's own apt takes Debian from.
mirror() {
    apt-get indextargets --format '$(SITE)' "Created-By: Packages" "Label: Debian" 2>/dev/null | head -n 1
}

in_chroot() { LC_ALL=C.UTF-8 HOME=/root chroot "$chroot_dir" "$@"; }

make_chroot() {
    local unfinished=$chroot_dir/.vedette-unfinished site
    [ -z "$(ls -A "$chroot_dir")" ] || [ -e "$unfinished" ] || die "$chroot_dir is not empty and was not made by this script."
    command -v debootstrap >/dev/null || die "debootstrap is missing: apt-get install debootstrap"
    site=$(mirror)
    [ -n "$site" ] || { apt-get update -qq >&2 || true; site=$(mirror); }
    [ -n "$site" ] || die "The apt sources of this machine name no Debian archive."
    say "Making a Debian 13 chroot in $chroot_dir"
    find "$chroot_dir" -mindepth 1 -delete
    touch "$unfinished"
    debootstrap --variant=minbase --include=ca-certificates trixie "$chroot_dir" "$site" >"$chroot_dir.log" 2>&1 ||
        { tail -n 5 "$chroot_dir.log" >&2; die "debootstrap failed: is the network there? All it said: $chroot_dir.log"; }
    printf '#!/bin/sh\nexit 101\n' >"$chroot_dir/usr/sbin/policy-rc.d" # no daemon starts when a package is installed
    chmod +x "$chroot_dir/usr/sbin/policy-rc.d"
    printf 'deb %s trixie-backports main\n' "$site" >"$chroot_dir/etc/apt/sources.list.d/backports.list"
    printf 'Package: libcamera* libpisp*\nPin: release n=trixie-backports\nPin-Priority: 990\n' >"$chroot_dir/etc/apt/preferences.d/libcamera"
    apt-config dump | grep -E '^Acquire::.*Proxy' >"$chroot_dir/etc/apt/apt.conf.d/proxy" || true
    mv "$unfinished" "$chroot_dir/etc/vedette-chroot"
}

# libcamera's own cameras without hardware; the path is fixed in libcamera.
write_virtual_cameras() {
    mkdir -p "$chroot_dir/usr/share/libcamera/pipeline/virtual"
    cat >"$chroot_dir/usr/share/libcamera/pipeline/virtual/virtual.yaml" <<'END'
%YAML 1.1
---
"Virtual0":
  supported_formats:
  - width: 1280
    height: 720
    frame_rates: [30, 60]
  - width: 640
    height: 360
    frame_rates: [30, 60]
  test_pattern: "lines"
  location: "CameraLocationBack"
  model: "Virtual back"
"Virtual1":
  supported_formats:
  - width: 640
    height: 480
    frame_rates: [30, 60]
  test_pattern: "bars"
  location: "CameraLocationFront"
  model: "Virtual front"
END
}

copy_work_tree() {
    mkdir -p "$chroot_dir/src"
    find "$chroot_dir/src" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} + # what was built stays
    git -C "$root" ls-files -z --cached --others --exclude-standard |
        tar -C "$root" --null --ignore-failed-read -cf - -T - | tar -C "$chroot_dir/src" --no-same-owner --touch -xf - # older than what was built from others, they would not be built
    local program
    for program in mediamtx; do
        if command -v "$program" >/dev/null; then install -m 755 "$(command -v "$program")" "$chroot_dir/usr/local/bin/$program"; fi
    done
}

[ -e "$chroot_dir/etc/vedette-chroot" ] || make_chroot
cp /etc/resolv.conf "$chroot_dir/etc/resolv.conf"
mount -t proc proc "$chroot_dir/proc"
mount --rbind /dev "$chroot_dir/dev"
mount --rbind /sys "$chroot_dir/sys"
write_virtual_cameras
copy_work_tree
in_chroot env CCACHE_DIR=/var/cache/ccache PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /src/scripts/test.sh "$@"
