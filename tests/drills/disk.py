# SPDX-License-Identifier: GPL-3.0-or-later
"""Disks that are full, refuse, or go: recording stops loudly, live video goes on, and recording comes back by itself."""
import contextlib
import errno
import shutil
import signal
import subprocess
import threading
import time

from agent import Agent, Faults, Viewer, wait_until

DISK = "48m"


class FullDisk:
    """Takes what is free of a disk, and what becomes free, until it is told to stop."""

    def __init__(self, mount):
        self._file, self._stop = mount / "filler", threading.Event()
        self._thread = threading.Thread(target=self._fill, daemon=True)
        self._thread.start()

    def _fill(self):
        with self._file.open("ab", buffering=0) as file:
            while not self._stop.wait(0.02):
                with contextlib.suppress(OSError):
                    while file.write(bytes(1 << 16)):
                        pass

    def end(self):
        self._stop.set()
        self._thread.join()
        self._file.unlink()


def disk_full(args, work):
    """A disk that is full, that refuses every change (EROFS, EIO), and a folder that is removed, in turn."""
    mount = work / "disk"
    mount.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0700", "vedette-drill", mount], stderr=subprocess.DEVNULL).returncode != 0:
        raise RuntimeError("a small disk cannot be mounted here: be root where mounting is allowed")
    try:
        return episodes(args, work, mount)
    finally:
        for process in Agent.running:
            process.kill()
            process.wait()
        subprocess.run(["umount", mount], check=True)


def episodes(args, work, mount):
    folder, camera = mount / "recordings", "cam-0"
    faults = Faults(work, folder)
    agent = Agent(args.program, work, folder=folder, faults=faults)
    agent.start()
    wait_until(lambda: agent.open_frames(camera) > 0, 20, "recording")
    viewer = Viewer(agent, camera)
    failures, seen, again = [], [], []
    kinds = [("full", "disk_full", "No space left"), ("read-only", "io_error", "Read-only"), ("error", "io_error", "Input/output error"),
             ("removed", "io_error", "")]
    for run in range(args.runs):
        kind, reason, words = kinds[run % len(kinds)]
        time.sleep(args.random.uniform(0.2, 3))
        failed, began = agent.metric("camera_recording_failures_total", camera), time.monotonic()
        if kind == "full":
            full = FullDisk(mount)
        elif kind == "removed":
            shutil.rmtree(folder)
        else:
            faults.fail(errno.EROFS if kind == "read-only" else errno.EIO)
        told = wait_until(lambda: (stage := agent.stage(camera))[0] == "waiting" and stage, 30, f"run {run}: seeing that the disk is {kind}")
        seen.append(time.monotonic() - began)
        if words not in told[1]:
            failures.append(f"run {run}, {kind}: the reason is {told[1]}")
        if agent.metric("camera_recording_failures_total", camera) <= failed:
            failures.append(f"run {run}, {kind}: the metrics do not tell")
        time.sleep(args.random.uniform(0.2, 4))
        if kind == "full":
            full.end()
        elif kind == "removed":
            folder.mkdir()
        else:
            faults.fail(0)
        healed, healed_us = time.monotonic(), time.time() * 1e6
        wait_until(lambda: agent.stage(camera)[0] == "running" and agent.open_frames(camera) > 0, 30, f"run {run}: recording again after {kind}")
        again.append(time.monotonic() - healed)
        if again[-1] > 10:
            failures.append(f"run {run}, {kind}: recording again after {again[-1]:.1f} s")
        gap = [span for span in agent.coverage(camera) if span["from_us"] <= healed_us - 100_000 < span["to_us"]]
        if [span.get("gap") for span in gap] != [reason]:
            failures.append(f"run {run}, {kind}: the account says {gap}")
        files = set(folder.rglob("*.mp4"))
        listed = {agent.file(camera, r) for r in agent.recordings(camera) if r["custody"] == "on_edge"}
        failures += [f"run {run}, {kind}: {path.name} has no {'row' if path in files else 'file'}" for path in sorted(files ^ listed)]
        lost = agent.metric("camera_frames_dropped_total", camera)
        if viewer.lost or lost or not viewer.is_alive():
            failures.append(f"run {run}, {kind}: live lost {viewer.lost} pictures, the agent {lost}")
            viewer.lost = 0
    agent.end(signal.SIGTERM)
    return failures, {"seen_s_max": max(seen), "recording_again_s_max": max(again), "recording_again_s_mean": sum(again) / len(again),
                      "live_pictures": viewer.pictures, "live_longest_s": viewer.longest_s}
