#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sets everything up and shows the main job: cameras in at one end, an operator's wall at the other.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

usage() {
    cat <<'TEXT'
usage: scripts/demo.sh [--source FILE_OR_URL]… [--headless --seconds N --out DIR]

  --source FILE_OR_URL  your own video file or RTSP camera instead of the synthetic ones (repeatable)
  --headless            no display: runs N seconds from when all cameras are live, then writes
  --seconds N           DIR/wall.png, DIR/timeline.png of the last minute being played, and DIR/report.json;
  --out DIR             exits 0 only when every camera was live, telemetry arrived and the recordings play
TEXT
}

sources=() headless=no seconds=10 out=
while [ $# -gt 0 ]; do
    case $1 in
        --source) [ -n "${2:-}" ] || die "--source needs a video file or an RTSP URL"; sources+=("$2"); shift 2 ;;
        --headless) headless=yes; shift ;;
        --seconds) seconds=${2:-}; [[ $seconds =~ ^[0-9]{1,6}$ ]] || die "--seconds needs a whole number, not '$seconds'"; shift 2 ;;
        --out) out=${2:-}; [ -n "$out" ] || die "--out needs a directory"; shift 2 ;;
        -h|--help) usage; exit 0 ;;
        *) usage >&2; die "demo.sh: unknown argument '$1'" ;;
    esac
done
if [ $headless = yes ]; then
    [ -n "$out" ] || die "--headless needs --out DIR"
    mkdir -p "$out" || die "The directory '$out' cannot be made."
    out=$(cd "$out" && pwd)
elif [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    die "No display here. Use --headless --seconds N --out DIR, or run it on a desktop."
fi
for source in "${sources[@]}"; do
    [[ $source == *://* ]] || [ -r "$source" ] || die "The video file '$source' cannot be read."
done

install_packages "${packages_run[@]}"
mkdir -p "$root/build"
# Two demos started together build once.
(flock 9; build release) 9>"$root/build/.lock" || die "The build failed."
bin=$root/build/release/bin
PATH=$PATH:/usr/sbin

work=$(mktemp -d "${TMPDIR:-/tmp}/vedette-demo.XXXXXX")
pids=()
cleanup() {
    trap '' INT TERM
    [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
    wait || true
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start NAME COMMAND…: in the background, its output in a file, ended with this script whatever happens to it.
start() {
    local name=$1; shift
    setpriv --pdeathsig TERM "$@" >"$work/$name.out" 2>"$work/$name.log" 9>&- &
    pids+=($!)
    last_pid=$!
}
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
alive() { kill -0 "$last_pid" 2>/dev/null; }
# start_server NAME WRITE_CONFIG COMMAND…: on a free port, with another one if somebody was faster; sets port.
start_server() {
    local name=$1 config=$2 try; shift 2
    for try in 1 2 3 4 5; do
        port=$(free_port)
        "$config" "$port" > "$work/$name.conf"
        start "$name" "$@"
        wait_for 5 listens_or_dead && alive && return 0
    done
    say "$(tail -5 "$work/$name.log" "$work/$name.out")"
    die "$name did not start."
}
listens_or_dead() { ! alive || listens "$port"; }

mosquitto_config() {
    printf 'listener %s 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\n' "$1"
}
mediamtx_config() {
    cat <<CONF
logLevel: warn
api: false
metrics: false
pprof: false
playback: false
rtsp: true
rtspTransports: [tcp]
rtspAddress: 127.0.0.1:$1
rtmp: false
hls: false
webrtc: false
srt: false
moq: false
paths:
  all_others:
CONF
}

start_server mosquitto mosquitto_config mosquitto -c "$work/mosquitto.conf"
broker=$port
relay=
if command -v mediamtx >/dev/null; then
    start_server mediamtx mediamtx_config env -C "$work" mediamtx "$work/mediamtx.conf" # it writes a certificate where it runs
    relay=rtsp://127.0.0.1:$port
else
    say "No mediamtx on PATH: console and agents talk directly."
fi

toml_string() { # as a TOML basic string
    local s=$1
    s=${s//\\/\\\\}; s=${s//\"/\\\"}
    printf '"%s"' "$s"
}
camera() { # ID NAME SOURCE [KEY VALUE]…
    printf '\n[[camera]]\nid = "%s"\nname = %s\nsource = "%s"\npreset = "ultrafast"\n' "$1" "$(toml_string "$2")" "$3"
    shift 3
    while [ $# -gt 0 ]; do printf '%s = %s\n' "$1" "$2"; shift 2; done
    printf '[camera.recording]\nmode = "continuous"\n'
}
agent_config() { # NUMBER NAME
    printf '[agent]\nid = "pi-%s"\nname = "%s"\ndata_dir = "%s"\n' "$1" "$2" "$work/pi-$1"
    printf '\n[http]\naddress = "127.0.0.1"\nport = 0\n\n[mqtt]\nhost = "127.0.0.1"\nport = %s\n' "$broker"
    [ -z "$relay" ] || printf '\n[relay]\nurl = "%s"\n' "$relay"
    printf '\n[sense_hat]\nkind = "simulated"\n'
    printf '\n[recording]\nsegment_seconds = 60\nmax_gb = 2\nmin_free_mb = 100\n' # it goes with the demo
}

umask 077 # a camera's address may hold a password
agent_config 1 "Yard" > "$work/pi-1.toml"
agent_config 2 "Building" > "$work/pi-2.toml"
agents=(1 2)
if [ ${#sources[@]} -eq 0 ]; then
    cameras=4
    camera gate "Gate street" test width 1280 height 720 framerate 20 bitrate_kbps 2500 >> "$work/pi-1.toml"
    camera dock "Loading dock 5" test width 640 height 360 framerate 20 bitrate_kbps 900 >> "$work/pi-1.toml"
    camera lab "Lab bench A" test width 1280 height 720 framerate 20 bitrate_kbps 2500 >> "$work/pi-2.toml"
    camera corridor "Corridor east" test width 640 height 360 framerate 20 bitrate_kbps 900 >> "$work/pi-2.toml"
else
    cameras=${#sources[@]}
    [ $cameras -gt 1 ] || agents=(1)
    for i in "${!sources[@]}"; do
        source=${sources[$i]}
        file="$work/pi-$((i % 2 + 1)).toml"
        if [[ $source == *://* ]]; then
            host=${source#*://}; host=${host##*@}
            camera "camera-$((i + 1))" "${host%%[/?]*}" url url "$(toml_string "$source")" >> "$file"
        else
            camera "camera-$((i + 1))" "$(basename "$source")" file file "$(toml_string "$(realpath "$source")")" >> "$file"
        fi
    done
fi
umask 022

agent_pids=()
for n in "${agents[@]}"; do
    start "pi-$n" "$bin/vedette-agent" --config "$work/pi-$n.toml"
    agent_pids+=("$last_pid")
done
agent_answers() { grep -q '^vedette-agent ' "$work/pi-$1.out"; }
agent_answers_or_dead() { agent_answers "$1" || ! kill -0 "${agent_pids[$1 - 1]}"; }
for n in "${agents[@]}"; do
    wait_for 10 agent_answers_or_dead "$n" && agent_answers "$n" || { cat "$work/pi-$n.log" >&2; die "Agent pi-$n did not start."; }
    sed -n 's/^vedette-agent \([^ ]*\) \(.*\)$/agent \1 \2/p' "$work/pi-$n.out"
done

export XDG_CONFIG_HOME=$work/config # the demo leaves the user's own console settings alone
console=("$bin/vedette" --server "127.0.0.1:$broker")
if [ $headless = yes ]; then
    unset DISPLAY WAYLAND_DISPLAY
    export QT_QPA_PLATFORM=offscreen
    console+=(--report "$out" --seconds "$seconds" --cameras "$cameras" --play)
fi
status=0
setpriv --pdeathsig TERM "${console[@]}" &
pids+=($!)
wait $! || status=$?
exit $status
