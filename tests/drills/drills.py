#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drills: what an agent must survive, done many times to the real program. Ends with one JSON line: runs, failures and figures."""
import argparse
import json
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
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


class Agent:
    """One vedette-agent with recorded synthetic cameras; its data directory outlives it."""

    def __init__(self, program, work, cameras=1, segment_seconds=10):
        self.program, self.folder, self.config = program, work / "data" / "recordings", work / "agent.toml"
        self.ids = [f"cam-{i}" for i in range(cameras)]
        text = f'[agent]\nid = "drill"\ndata_dir = "{work}/data"\n[http]\nport = 0\n[sense_hat]\nkind = "none"\n'
        text += f"[recording]\nsegment_seconds = {segment_seconds}\n"
        for camera in self.ids:
            text += f'[[camera]]\nid = "{camera}"\nwidth = {WIDTH}\nheight = {HEIGHT}\nbitrate_kbps = 300\npreset = "ultrafast"\n'
            text += '[camera.sub]\nenabled = false\n[camera.recording]\nmode = "continuous"\n'
        self.config.write_text(text)

    def start(self):
        self.process = subprocess.Popen([self.program, "--config", self.config], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.base = re.search(r"http://\S+", self.process.stdout.readline()).group()

    def end(self, how):
        self.process.send_signal(how)
        self.process.wait(20)
        self.process.stdout.close()

    def recordings(self, camera):
        found, after = [], ""
        while True:
            with urllib.request.urlopen(f"{self.base}/api/v1/recordings?camera={camera}&after={after}", timeout=10) as answer:
                page = json.load(answer)["recordings"]
            found += page
            if not page:
                return found
            after = page[-1]["id"]

    def file(self, camera, recording):
        day, rest = recording["id"][len(camera) + 1:].split("T", 1)
        clock, _, suffix = rest.partition("_")
        return self.folder / f"camera-{camera}" / day / f"{clock}_camera-{camera}{'_' + suffix if suffix else ''}.mp4"


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


def kill_recording(args, work):
    """SIGKILL at a random moment, again and again on one data directory."""
    agent, [camera] = Agent(args.program, work), ["cam-0"]
    failures, lost, resumed, known = [], [], [], {}
    killed_ms = None
    for run in range(args.runs + 1):
        began = time.monotonic()
        agent.start()
        wait_until(lambda: any(r["state"] == "open" and r["frames"] > 0 for r in agent.recordings(camera)), 20, "recording")
        resumed.append(time.monotonic() - began)
        listed = agent.recordings(camera)
        done = [r for r in listed if r["state"] != "open"]
        # Nothing that was finished is gone or other than it was; each row has its file and each file its row.
        failures += [f"run {run}: {name} is gone or changed" for name, was in known.items() if next((r for r in done if r["id"] == name), None) != was]
        files = {agent.file(camera, r) for r in listed}
        failures += [f"run {run}: {path.name} has no file or no row" for path in files ^ set(agent.folder.rglob("*.mp4"))]
        if killed_ms is not None:
            killed = [r for r in done if r["id"] not in known and r["from_us"] < killed_ms * 1000]
            if not killed:
                failures.append(f"run {run}: nothing of the last run is left")
            else:
                codes = [code for r in killed for code in barcodes(agent.file(camera, r))]
                lost.append((killed_ms - codes[-1][1]) / 1000)
                wrong = breaks([frame for frame, _ in codes]) + abs(len(codes) - sum(r["frames"] for r in killed))
                if wrong:
                    failures.append(f"run {run}: {wrong} pictures of the last run are lost, doubled or not counted")
                if lost[-1] > 1.0:
                    failures.append(f"run {run}: {lost[-1]:.3f} s lost")
        known = {r["id"]: r for r in done}
        if run < args.runs:
            time.sleep(args.random.uniform(0.5, 4))
            killed_ms = time.time() * 1000
            agent.end(signal.SIGKILL)
    agent.end(signal.SIGTERM)
    return failures, {"lost_s_max": max(lost), "lost_s_mean": sum(lost) / len(lost), "recording_again_s_max": max(resumed)}


def segment_border(args, work):
    """Borders of short segments, of several cameras at once."""
    agent = Agent(args.program, work, cameras=min(args.runs, 4))
    agent.start()
    each = -(-args.runs // len(agent.ids)) + 1
    wait_until(lambda: min(len(agent.recordings(camera)) for camera in agent.ids) > each, 15 * each + 30, "the last border")
    agent.end(signal.SIGTERM)
    agent.start()
    failures, borders, late = [], 0, []
    for camera in agent.ids:
        done = [r for r in agent.recordings(camera) if r["state"] != "open"]
        codes = [barcodes(agent.file(camera, r)) for r in done]
        wrong = breaks([frame for file in codes for frame, _ in file])
        if wrong:
            failures.append(f"{camera}: {wrong} pictures lost or doubled")
        borders += len(done) - 1
        late += [file[0][1] % 10_000 for file in codes[1:]]
        failures += [f"{camera}: {a['id']} and {b['id']} do not meet" for a, b in zip(done, done[1:]) if a["to_us"] != b["from_us"]]
    agent.end(signal.SIGTERM)
    return failures, {"borders": borders, "behind_border_ms_max": max(late)}


DRILLS = {"kill-recording": kill_recording, "segment-border": segment_border}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(DRILLS))
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--json", action="store_true", help="the last line alone")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    args = parser.parse_args()
    args.program, args.random = args.bin / "vedette-agent", random.Random(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        failures, figures = DRILLS[args.name](args, pathlib.Path(folder))
    if not args.json:
        for failure in failures:
            print(failure)
    rounded = {name: round(value, 3) for name, value in figures.items()}
    print(json.dumps({"drill": args.name, "runs": args.runs, "failures": len(failures), **rounded}))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
