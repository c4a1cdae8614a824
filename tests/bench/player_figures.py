# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of playing what was recorded: seeks beside mpv, and many lanes at once."""
import contextlib
import json
import pathlib
import random
import shutil
import socket
import statistics
import subprocess
import time

from common import CAMERA_1080, program, running, show, wait_until
import urllib.request

SECONDS = 30          # of the recording that is sought in
SEEKS = 40            # in one round
LANES = 16


def percentile(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(part * len(values)))]


@contextlib.contextmanager
def recording_agent(work, cameras, recorded=True):
    """An agent whose recordings stay in work/recordings; yields its base URL."""
    config = work / "agent.toml"
    text = (f'[agent]\nid = "bench"\ndata_dir = "{work}/data"\n[http]\nport = 0\n[clock]\ntrust = "always"\n'
            f'[recording]\nfolder = "{work}/recordings"\nmin_free_mb = 0\n')
    mode = "continuous" if recorded else "off"
    config.write_text(text + "".join(f'[[camera]]\n{camera}\n[camera.sub]\nenabled = false\n[camera.recording]\nmode = "{mode}"\n' for camera in cameras))
    with running([program("vedette-agent"), "--config", config], stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline().split()
        if len(line) != 3:
            raise RuntimeError("the agent did not start")
        yield line[2]


def record(work, cameras, seconds):
    with recording_agent(work, cameras) as base:
        wait_until(lambda: json.loads(urllib.request.urlopen(base + "/api/v1/status", timeout=5).read()), 10, "the agent's status")
        time.sleep(seconds)
    files = sorted((work / "recordings").glob("camera-*/*/*.mp4"), key=lambda each: each.stat().st_size)
    if not files:
        raise RuntimeError("nothing was recorded")
    return files[-1]


def our_seeks(source, seed):
    out = subprocess.run([program("playback"), "seek", source, "wide", str(SEEKS), str(seed)], capture_output=True, check=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]


class Mpv:
    """An mpv that shows one file to nobody, moved by its JSON IPC."""

    def __init__(self, work, file):
        self.path = work / "mpv.sock"
        self.process = subprocess.Popen(["mpv", "--no-config", "--vo=null", "--ao=null", "--pause", "--hr-seek=yes", "--keep-open=yes",
                                         "--really-quiet", f"--input-ipc-server={self.path}", str(file)], stdin=subprocess.DEVNULL)
        self.socket = wait_until(self.connected, 10, "mpv")
        self.lines = self.socket.makefile("r")

    def connected(self):
        ipc = socket.socket(socket.AF_UNIX)
        try:
            ipc.connect(str(self.path))
            return ipc
        except OSError:
            ipc.close()
            return None

    def until(self, wanted):
        for line in self.lines:
            event = json.loads(line)
            if wanted(event):
                return event
        raise RuntimeError("mpv went away")

    def duration(self):
        def asked():
            self.socket.sendall(b'{"command":["get_property","duration"],"request_id":1}\n')
            return self.until(lambda event: event.get("request_id") == 1).get("data")
        return wait_until(asked, 10, "the file's length")

    def seek(self, at):
        begun = time.perf_counter()
        self.socket.sendall(json.dumps({"command": ["seek", at, "absolute+exact"]}).encode() + b"\n")
        self.until(lambda event: event.get("event") == "playback-restart")
        return (time.perf_counter() - begun) * 1000

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait(5)
        self.path.unlink(missing_ok=True)


def bench_seek(args, work):
    """Random exact seeks in one 1080p recording with a key frame each second, ours and mpv by turns on the same file."""
    file = record(work, [CAMERA_1080], SECONDS)
    local, preview, peer = [], [], []
    for seed in range(args.pairs):
        ours = our_seeks(work / "recordings", seed)
        local.append(percentile([each["exact_ms"] for each in ours], 0.95))
        preview.append(percentile([each["preview_ms"] for each in ours], 0.95))
        if not shutil.which("mpv"):
            continue
        mpv = Mpv(work, file)
        length = mpv.duration()
        chance = random.Random(seed)
        mpv.seek(0)
        peer.append(percentile([mpv.seek(chance.random() * length) for _ in range(SEEKS)], 0.95))
        mpv.close()
    show("seek to the exact picture, 1080p20, key frame each second, local, p95", local, "ms", 150)
    show("key frame before it, p95", preview, "ms", 100)
    if peer:
        show("mpv, same file, p95", peer, "ms")
        show("ours against mpv, p95", [a / b for a, b in zip(local, peer)], "×", 1.0, digits=2)
    with recording_agent(work, [CAMERA_1080], recorded=False) as base:
        wait_until(lambda: json.loads(urllib.request.urlopen(base + "/api/v1/status", timeout=5).read()), 10, "the agent's status")
        remote = [[each["exact_ms"] for each in our_seeks(f"bench={base}", seed)] for seed in range(args.pairs)]
        show("the same from an agent on loopback, p95", [percentile(each, 0.95) for each in remote], "ms", 300)


def bench_lanes(args, work):
    """Sixteen 640 x 360 recordings at 20 frames/s at once; the slowest lane counts."""
    first = record(work, ['id = "cam0"\nsource = "test"\nwidth = 640\nheight = 360\nframerate = 20\npreset = "ultrafast"'], 20)
    for lane in range(1, LANES):
        path = pathlib.Path(str(first).replace("camera-cam0", f"camera-cam{lane}"))
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(first, path)
    runs = [json.loads(subprocess.run([program("playback"), "lanes", work / "recordings", "10"], capture_output=True, check=True, text=True).stdout)
            for _ in range(args.pairs)]
    if any(run["lanes"] != LANES for run in runs):
        raise RuntimeError("not all lanes were found")
    show("sixteen 640 x 360 @ 20 recordings at once, slowest lane (goal 20)", [min(run["shown"]) for run in runs], "pictures/s", digits=2)
    show("furthest behind its moment", [run["worst_skew_ms"] for run in runs], "ms", 50)
    show("CPU of it in 10 s", [run["cpu_s"] for run in runs], "CPU s", digits=2)
    print(f"median over all lanes: {statistics.median(rate for run in runs for rate in run['shown']):.2f} pictures/s")
