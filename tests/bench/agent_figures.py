# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of the agent: from a camera to the last byte sent."""
import concurrent.futures
import json
import time
import urllib.request

from common import (agent, clip, memory_mib, pairs_ratio, rtsp_sink, running, show, wait_until)


def bench_agent_memory(args, work):
    source = clip(work)
    camera = f'id = "wide"\nsource = "file"\nfile = "{source}"\nframerate = 20\nbitrate_kbps = 4000\npreset = "ultrafast"'

    def ours():
        with rtsp_sink(work) as relay, agent(work, [camera], relay) as (process, _):
            time.sleep(12)
            return memory_mib(process.pid)

    def peer():
        with rtsp_sink(work) as relay:
            with running(["ffmpeg", "-v", "error", "-re", "-stream_loop", "-1", "-i", source, "-c:v", "libx264",
                          "-preset", "ultrafast", "-tune", "zerolatency", "-b:v", "4000k", "-maxrate", "4000k",
                          "-bufsize", "2000k", "-g", "20", "-an", "-f", "rtsp", "-rtsp_transport", "tcp",
                          relay + "/wide"]) as process:
                time.sleep(12)
                return memory_mib(process.pid)

    pairs_ratio("memory of one encoded 1080p20 camera, agent against ffmpeg", ours, peer, args.pairs, 1.0, "MiB resident")


def stage_of(base, camera):
    """State of the camera's source, and how many of its pictures were encoded."""
    with urllib.request.urlopen(base + "/api/v1/status", timeout=5) as answer:
        status = next(each for each in json.load(answer)["cameras"] if each["id"] == camera)
    states = {stage["stage"]: stage["state"] for stage in status["stages"]}
    return states["source"], states["encoder"], status["frames_encoded"]


def drill_one(base, camera, fault):
    """Seconds from a fault to its being seen, and to new encoded pictures."""
    request = urllib.request.Request(base + "/api/v1/command", headers={"Content-Type": "application/json"},
                                     data=json.dumps({"command": "fault", "camera": camera, "arguments": {"kind": fault}}).encode())
    begun = time.monotonic()
    urllib.request.urlopen(request, timeout=5).close()
    encoded = 0

    def seen():
        nonlocal encoded
        state, encoder, encoded = stage_of(base, camera)
        if encoder != "running":
            raise RuntimeError("the encoder was restarted, too")
        return state == "waiting"

    def recovered():
        state, _, now = stage_of(base, camera)
        return state == "running" and now > encoded + 2

    wait_until(seen, 30, f"{fault} being seen")
    seen_after = time.monotonic() - begun
    wait_until(recovered, 60, f"recovery from {fault}")
    return fault, seen_after, time.monotonic() - begun


def bench_faults(args, work):
    """200 faults of four kinds on eight cameras at 20 frames/s, one after the other on each."""
    names = [f"drill-{i}" for i in range(8)]
    cameras = [f'id = "{name}"\nwidth = 320\nheight = 180\nframerate = 20\npreset = "ultrafast"\nbitrate_kbps = 300' for name in names]
    kinds = ["stall", "vanish", "error", "repeat"]
    with agent(work, cameras) as (process, base), concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
        def drill(name):
            shift = names.index(name)  # so that the kinds meet
            return [drill_one(base, name, kinds[(i + shift) % len(kinds)]) for i in range(args.faults // len(names))]
        before = memory_mib(process.pid)
        results = [each for done in pool.map(drill, names) for each in done]
        print(f"{len(results)} faults; memory {before:.1f} → {memory_mib(process.pid):.1f} MiB resident")
    for kind in kinds:
        for what, index, goal in (("seen", 1, 2), ("recovered", 2, 5)):
            values = [each[index] for each in results if each[0] == kind]
            show(f"{kind} {what}, worst {max(values):.2f} s", values, "s", digits=2)
            if max(values) > goal:
                print(f"  MISSED: {sum(value > goal for value in values)} of {len(values)} above {goal} s")
