# SPDX-License-Identifier: GPL-3.0-or-later
# Shared by the scripts: packages, build, free ports. Sourced, not run.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# What building and running needs, by the same names on Debian 12 and 13.
packages_run=(
    build-essential cmake ninja-build pkg-config ccache
    qt6-base-dev qt6-base-dev-tools qt6-svg-dev libqt6svg6 qt6-multimedia-dev libqcustomplot-dev
    libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libswresample-dev
    libmosquitto-dev mosquitto libcurl4-openssl-dev libssl-dev libsqlite3-dev
    libboost-dev libexpected-dev libtomlplusplus-dev prometheus-cpp-dev libsystemd-dev
    libcamera-dev libcamera-ipa
    fonts-dejavu-core libgl1-mesa-dri python3 curl tzdata
)
# Debian 13 has these headers in qt6-base-dev.
if grep -qs '^VERSION_ID="12' /etc/os-release; then packages_run+=(libqt6opengl6-dev); fi
# What the tests need beyond that: real peers and a screen.
packages_test=(
    ffmpeg mosquitto-clients openssl file xvfb xauth
    libgstrtspserver-1.0-dev gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
    gstreamer1.0-rtsp glib-networking
    nginx-light libnginx-mod-rtmp srt-tools
    mpv vlc-bin vlc-plugin-base vlc-plugin-video-output gstreamer1.0-tools gstreamer1.0-libav
)

# Players that ours is measured against, and what reads the screen.
packages_bench=(xdotool libx11-dev libxext-dev libxdamage-dev gstreamer1.0-x)

install_packages() {
    command -v apt-get >/dev/null || { say "Not a Debian system: install the packages named in scripts/lib.sh yourself."; return 0; }
    local missing=() package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "Missing packages: ${missing[*]}. Run as root or install sudo."
        sudo=(sudo)
    fi
    say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
    "${sudo[@]}" apt-get update -qq >&2 || say "apt-get update failed; trying with the lists at hand."
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        -o DPkg::Lock::Timeout=600 "${missing[@]}" >&2 || die "The packages could not be installed."
}

# build PRESET [TARGET...]: configures once, then only what changed.
build() {
    local preset=$1; shift
    [ -f "$root/build/$preset/build.ninja" ] || (cd "$root" && cmake --preset "$preset" >&2) || return 1
    (cd "$root" && cmake --build --preset "$preset" ${1:+--target "$@"} >&2)
}

# A port on loopback that was free a moment ago.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
    local end=$((SECONDS + $1)); shift
    until "$@" 2>/dev/null; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}
