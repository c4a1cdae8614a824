# SPDX-License-Identifier: GPL-3.0-or-later
"""What the drills share: a recording agent, its faults, and reading what it recorded."""
import http.client
import json
import mmap
import os
import pathlib
import re
import struct
import subprocess
import threading
import time
import urllib.request

WIDTH, HEIGHT, STRIP, CELLS = 320, 192, 8, 96  # edge-agent/capture/barcode.h


def wait_until(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise RuntimeError(f"{what} did not happen within {seconds} s")


class Faults:
    """What tests/drills/faults.cpp does to one agent."""

    def __init__(self, work, folder, log=None):
        library = work / "faults.so"
        if not library.exists():
            subprocess.run(["g++", "-std=c++20", "-O1", "-shared", "-fPIC", "-o", library, pathlib.Path(__file__).parent / "faults.cpp"], check=True)
        control = work / "control"
        control.write_bytes(bytes(16))
        with control.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 16)
        self.environment = {**os.environ, "LD_PRELOAD": str(library), "DRILL_CONTROL": str(control), "DRILL_FOLDER": str(folder)}
        if log:
            self.environment["DRILL_LOG"] = str(log)

    def fail(self, error):
        """Every change below the folder, from now on; 0: none."""
        self._memory[8:12] = struct.pack("=i", error)

    def step(self, micros):
        """Sets the wall clock so far from the machine's."""
        self._memory[0:8] = struct.pack("=q", micros)


class Agent:
    """One vedette-agent with recorded synthetic cameras; its data directory outlives it."""
    running = set()  # processes, for who ends them at the end

    def __init__(self, program, work, cameras=1, segment_seconds=10, folder=None, framerate=20, picture="", faults=None):
        self.program, self.config, self.faults = program, work / "agent.toml", faults
        self.folder = folder or work / "data" / "recordings"
        self.ids = [f"cam-{i}" for i in range(cameras)]
        text = f'[agent]\nid = "drill"\ndata_dir = "{work}/data"\n[http]\nport = 0\n[sense_hat]\nkind = "none"\n[clock]\ntrust = "always"\n'
        text += f'[recording]\nfolder = "{self.folder}"\nsegment_seconds = {segment_seconds}\nmin_free_mb = 0\n'
        for camera in self.ids:
            text += f'[[camera]]\nid = "{camera}"\nwidth = {WIDTH}\nheight = {HEIGHT}\nframerate = {framerate}\nbitrate_kbps = 300\npreset = "ultrafast"\n'
            text += picture + '[camera.sub]\nenabled = false\n[camera.recording]\nmode = "continuous"\n'
        work.mkdir(parents=True, exist_ok=True)
        self.config.write_text(text)

    def start(self):
        with self.config.with_suffix(".log").open("a") as log:
            self.process = subprocess.Popen([self.program, "--config", self.config], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                            stderr=log, text=True, env=self.faults.environment if self.faults else None)
        Agent.running.add(self.process)
        line = re.search(r"http://\S+", self.process.stdout.readline())
        if not line:
            raise RuntimeError("the agent did not start: " + self.config.with_suffix(".log").read_text()[-500:])
        self.base = line.group()

    def end(self, how):
        self.process.send_signal(how)
        self.process.wait(20)
        self.process.stdout.close()
        Agent.running.discard(self.process)

    def get(self, path):
        with urllib.request.urlopen(self.base + path, timeout=10) as answer:
            return answer.read()

    def stage(self, camera):
        """State and reason of its recording."""
        status = next(each for each in json.loads(self.get("/api/v1/status"))["cameras"] if each["id"] == camera)
        stage = next(each for each in status["stages"] if each["stage"] == "recording")
        return stage["state"], stage.get("reason", "")

    def metric(self, name, camera):
        [value] = re.findall(rf'^{name}{{camera_id="{camera}"}} (\S+)$', self.get("/metrics").decode(), re.M)
        return float(value)

    def coverage(self, camera):
        return json.loads(self.get(f"/api/v1/coverage?camera={camera}"))["spans"]

    def open_frames(self, camera):
        """Pictures in the open segment's whole fragments; 0 without one."""
        return sum(each["frames"] for each in self.recordings(camera) if each["state"] == "open")

    def recordings(self, camera):
        found, after = [], ""
        while True:
            page = json.loads(self.get(f"/api/v1/recordings?camera={camera}&limit=1000&after={after}"))["recordings"]
            found += page
            if not page:
                return found
            after = page[-1]["id"]

    def file(self, camera, recording):
        return self.path(self.folder, camera, recording["id"])

    @staticmethod
    def path(folder, camera, name):
        day, rest = name[len(camera) + 1:].split("T", 1)
        clock, _, suffix = rest.partition("_")
        return folder / f"camera-{camera}" / day / f"{clock}_camera-{camera}{'_' + suffix if suffix else ''}.mp4"


def crc8(data):
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc << 1 ^ 7 if crc & 0x80 else crc << 1
        crc &= 0xFF
    return crc


def barcodes(path):
    """(frame number, capture time in ms) of every picture of a file."""
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-map", "0:v", "-fps_mode", "passthrough", "-vf", f"crop={WIDTH}:{STRIP}:0:0",
                          "-pix_fmt", "gray", "-f", "rawvideo", "-"], capture_output=True, check=True).stdout
    found = []
    for start in range(0, len(raw), WIDTH * STRIP):
        row = raw[start + WIDTH * (STRIP // 2):][:WIDTH]
        bits = "".join("1" if row[(2 * cell + 1) * WIDTH // (2 * CELLS)] > 127 else "0" for cell in range(CELLS))
        data = int(bits, 2).to_bytes(CELLS // 8, "big")
        if data[0] != 0xB4 or crc8(data[1:11]) != data[11]:
            raise RuntimeError(f"a picture of {path.name} has no readable number")
        found.append((int.from_bytes(data[1:5], "big"), int.from_bytes(data[5:11], "big")))
    return found


def breaks(numbers):
    """Pictures lost or doubled in a row of frame numbers."""
    return sum(abs(b - a - 1) for a, b in zip(numbers, numbers[1:]))


CAPTURE_UUID = bytes.fromhex("5a8f1c0e7d244f6b9c1a76656465747f")  # docs/api.md


def stamps(data):
    """(run, sequence) of every picture in it, by the capture times that the pictures carry."""
    found, at = [], data.find(CAPTURE_UUID)
    while at >= 0:
        payload = data[at + len(CAPTURE_UUID):at + len(CAPTURE_UUID) + 64].replace(b"\0\0\3", b"\0\0")
        found.append(struct.unpack_from(">BBIQQ", payload)[3:5])
        at = data.find(CAPTURE_UUID, at + 1)
    return found


class Viewer(threading.Thread):
    """Reads a camera's live stream to its end and counts what a viewer misses."""

    def __init__(self, agent, camera):
        super().__init__(daemon=True)
        self.lost, self.pictures, self.longest_s = 0, 0, 0.0
        self.runs = []  # (run of the capture clock, sequence of its first picture), in order
        self.last = {}  # sequence of the last picture, by run
        self._stream = urllib.request.urlopen(f"{agent.base}/live/{camera}/main.au", timeout=20)
        self.start()

    def run(self):
        before, came = None, None
        while head := self._read(4):
            record = self._read(struct.unpack(">I", head)[0])
            if record[:1] != b"\x02":  # no picture
                continue
            (run, sequence), now = stamps(record)[0], time.monotonic()
            self.lost += abs(sequence - (before[1] + 1 if before and before[0] == run else 0 if before else sequence))
            if not self.runs or self.runs[-1][0] != run:
                self.runs.append((run, sequence))
            self.longest_s = max(self.longest_s, now - came) if came else 0.0
            before, came = (run, sequence), now
            self.pictures += 1
            self.last[run] = sequence

    def _read(self, count):
        try:
            return self._stream.read(count)
        except (OSError, http.client.HTTPException):  # the agent has ended
            return b""
