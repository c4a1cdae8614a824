# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmarks share: the programs, their surroundings, and how figures are shown."""
import contextlib
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import time
import urllib.request

BIN = pathlib.Path()  # set once by bench.py
TICK = os.sysconf("SC_CLK_TCK")


def program(name):
    return BIN / name


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise RuntimeError(f"{what} did not happen within {seconds} s")


def cpu_seconds(pid):
    """User and system seconds of a running process, all threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_mib(pid, field="VmRSS"):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no {field}")


@contextlib.contextmanager
def running(command, **kwargs):
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                               **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **kwargs})
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def agent(work, cameras, relay=None, name="bench", sub=False):
    """A running vedette-agent; yields (process, base URL)."""
    config = work / f"{name}.toml"
    text = f'[agent]\nid = "{name}"\ndata_dir = "{work}/{name}"\n[http]\nport = 0\n[clock]\ntrust = "always"\n'
    if relay:
        text += f'[relay]\nurl = "{relay}"\n'
    # What is compared with makes one stream; the sub stream is measured apart.
    enabled = "true" if sub else "false"
    config.write_text(text + "".join(f"[[camera]]\n{camera}\n[camera.sub]\nenabled = {enabled}\n" for camera in cameras))
    with running([program("vedette-agent"), "--config", config], stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline().split()
        if len(line) != 3:
            raise RuntimeError("the agent did not start")
        wait_until(lambda: ready(line[2]), 10, "the agent's first picture")
        yield process, line[2]


def ready(base):
    with contextlib.suppress(OSError):
        return urllib.request.urlopen(base + "/ready", timeout=2).status == 200
    return False


def clip(work, seconds=20):
    """A 1080p file at 20 frames/s with moving, noisy content."""
    path = work / "clip.mp4"
    if not path.exists():
        subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=20",
                        "-vf", "noise=alls=6:allf=t", "-t", str(seconds), "-c:v", "libx264", "-preset", "ultrafast",
                        "-b:v", "6M", "-pix_fmt", "yuv420p", path], check=True)
    return path


CAMERA_1080 = 'id = "wide"\nsource = "test"\nwidth = 1920\nheight = 1080\nframerate = 20\nbitrate_kbps = 4000\npreset = "ultrafast"'


@contextlib.contextmanager
def screen():
    display = f":{free_port() % 5000 + 200}"
    with running(["Xvfb", display, "-screen", "0", "1920x1080x24", "-nolisten", "tcp"]):
        wait_until(lambda: os.path.exists(f"/tmp/.X11-unix/X{display[1:]}"), 10, "Xvfb")
        yield {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}


def quartiles(values):
    if len(values) == 1:
        return values[0], values[0], values[0]
    q = statistics.quantiles(values, n=4, method="inclusive")
    return q[1], q[0], q[2]


def show(name, values, unit, goal=None, digits=1):
    median, low, high = quartiles(values)
    verdict = "" if goal is None else ("  met" if median <= goal else "  MISSED") + f" (goal ≤ {goal:g})"
    print(f"{name}: {median:.{digits}f} {unit} [{low:.{digits}f} … {high:.{digits}f}], n={len(values)}{verdict}", flush=True)


def pairs_ratio(name, ours, peer, count, goal, unit="cpu s"):
    a, b = [], []
    for _ in range(count):
        a.append(ours())
        b.append(peer())
    show(f"{name}, ours", a, unit, digits=2)
    show(f"{name}, peer", b, unit, digits=2)
    show(f"{name}, ratio", [x / y for x, y in zip(a, b)], "×", goal, digits=2)


def watch(arguments, seconds=3):
    return json.loads(subprocess.run([program("vedettectl"), "watch", *arguments, "--seconds", str(seconds), "--json"],
                                     capture_output=True).stdout)


def cpu_over(command, environment, seconds, settle=3):
    """CPU seconds of a program while it runs undisturbed."""
    with running(command, env=environment) as process:
        time.sleep(settle)
        begin = cpu_seconds(process.pid)
        time.sleep(seconds)
        return cpu_seconds(process.pid) - begin


@contextlib.contextmanager
def rtsp_sink(work, many_readers=False):
    """Takes pushes to any path: MediaMTX where it is on PATH, FFmpeg's own receiver for one path otherwise."""
    port = free_port()
    if many_readers and not shutil.which("mediamtx"):
        raise SystemExit("this benchmark needs a mediamtx binary on PATH")
    if shutil.which("mediamtx"):
        config = work / f"mediamtx-{port}.yml"
        config.write_text(f"logLevel: error\nrtspTransports: [tcp]\nrtspAddress: 127.0.0.1:{port}\nrtmp: false\nhls: false\n"
                          "webrtc: false\nsrt: false\nmoq: false\npaths:\n  all_others:\n")
        command = ["mediamtx", config]
    else:
        command = ["ffmpeg", "-v", "error", "-rtsp_flags", "listen", "-i", f"rtsp://127.0.0.1:{port}/wide",
                   "-c", "copy", "-f", "null", "-"]
    with running(command, cwd=work):  # MediaMTX writes a certificate where it runs
        time.sleep(0.5)
        yield f"rtsp://127.0.0.1:{port}"
