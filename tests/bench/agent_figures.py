# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of the agent: from a camera to the last byte sent."""
import concurrent.futures
import contextlib
import json
import signal
import statistics
import struct
import subprocess
import time
import urllib.request

from common import (agent, clip, cpu_seconds, memory_mib, pairs_ratio, rtsp_sink, running, show, wait_until)


X264_THREADS = 2  # what the agent takes for 1080p


def encoded_file(source):
    """The settings of one camera that plays the file and encodes it."""
    return f'id = "wide"\nsource = "file"\nfile = "{source}"\nframerate = 20\nbitrate_kbps = 4000\npreset = "ultrafast"'


def ffmpeg_encoding(source, target):
    """FFmpeg at the same job with the same settings."""
    return ["ffmpeg", "-v", "error", "-re", "-stream_loop", "-1", "-i", source, "-c:v", "libx264", "-threads:v", str(X264_THREADS),
            "-preset", "ultrafast", "-tune", "zerolatency", "-b:v", "4000k", "-maxrate", "4000k", "-bufsize", "2000k", "-g", "20",
            "-an", "-f", "rtsp", "-rtsp_transport", "tcp", target]


def cpu_of(process, seconds, settle=3):
    time.sleep(settle)
    begin = cpu_seconds(process.pid)
    time.sleep(seconds)
    return cpu_seconds(process.pid) - begin


def bench_agent_memory(args, work):
    source = clip(work)

    def ours():
        with rtsp_sink(work) as relay, agent(work, [encoded_file(source)], relay) as (process, _):
            time.sleep(12)
            return memory_mib(process.pid)

    def peer():
        with rtsp_sink(work) as relay, running(ffmpeg_encoding(source, relay + "/wide")) as process:
            time.sleep(12)
            return memory_mib(process.pid)

    pairs_ratio("memory of one encoded 1080p20 camera, agent against ffmpeg", ours, peer, args.pairs, 1.0, "MiB resident")


def bench_encode(args, work):
    """File to x264 to RTSP, the agent against ffmpeg."""
    source = clip(work)

    def ours():
        with rtsp_sink(work) as relay, agent(work, [encoded_file(source)], relay) as (process, _):
            return cpu_of(process, 12)

    def peer():
        with rtsp_sink(work) as relay, running(ffmpeg_encoding(source, relay + "/wide")) as process:
            return cpu_of(process, 12)

    pairs_ratio("CPU of one encoded 1080p20 camera, agent against ffmpeg", ours, peer, args.pairs, 1.10, "cpu s in 12 s")


def bench_readers(args, work):
    """What the relay, live readers and the recorder add to the encoding alone; the sub stream is stated apart."""
    source = clip(work)
    recorded = encoded_file(source) + '\n[camera.recording]\nmode = "continuous"'

    def alone():
        with agent(work, [encoded_file(source)]) as (process, _):
            return cpu_of(process, 12)

    def read():
        with rtsp_sink(work) as relay, agent(work, [recorded], relay) as (process, base), \
                running(["curl", "-sN", "-o", "/dev/null", base + "/live/wide/main.au"]), \
                running(["curl", "-sN", "-o", "/dev/null", base + "/live/wide/main.ts"]):
            return cpu_of(process, 12)

    def sub():
        with agent(work, [encoded_file(source)], sub=True) as (process, base), \
                running(["curl", "-sN", "-o", "/dev/null", base + "/live/wide/sub.au"]):
            return cpu_of(process, 12)

    pairs_ratio("CPU with relay, .au and .ts reader and recorder, against the encoding alone", read, alone, args.pairs, 1.05, "cpu s in 12 s")
    pairs_ratio("CPU with a read sub stream of 640 × 360, against the encoding alone", sub, alone, args.pairs, None, "cpu s in 12 s")


def camera_clip(work):
    """A network camera's stream: 2560 × 1440 at 15 frames/s, 4 Mbit/s, with AAC."""
    path = work / "camera.mp4"
    if not path.exists():
        subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=2560x1440:rate=15", "-f", "lavfi", "-i",
                        "anoisesrc=r=16000:a=0.1", "-vf", "noise=alls=6:allf=t", "-t", "30", "-c:v", "libx264", "-preset", "ultrafast",
                        "-b:v", "4M", "-maxrate", "4M", "-bufsize", "4M", "-g", "30", "-bf", "0", "-pix_fmt", "yuv420p", "-c:a", "aac",
                        "-b:a", "32k", path], check=True)
    return path


def bench_passthrough(args, work):
    """Two cameras with sound from RTSP to RTSP: one agent against one `ffmpeg -c copy` for both."""
    source = camera_clip(work)
    names = ["gate", "door"]
    with rtsp_sink(work, many_readers=True) as cameras, rtsp_sink(work) as relay, contextlib.ExitStack() as stack:
        for name in names:
            stack.enter_context(running(["ffmpeg", "-v", "error", "-re", "-stream_loop", "-1", "-i", source, "-c", "copy", "-f", "rtsp",
                                         "-rtsp_transport", "tcp", f"{cameras}/{name}"]))
        time.sleep(2)
        memory = {"ours": [], "peer": []}

        def measure(process, who):
            used = cpu_of(process, 20)
            memory[who].append(memory_mib(process.pid))
            return used

        def ours():
            settings = [f'id = "{name}"\nsource = "url"\nurl = "{cameras}/{name}"' for name in names]
            with agent(work, settings, relay) as (process, base):
                before = sound_units(base)
                used = measure(process, "ours")
                if min(after - unit for after, unit in zip(sound_units(base), before)) < 250:  # 20 s at 15.6 a second are 312
                    raise RuntimeError("the sound does not pass")
                return used

        def peer():
            command = ["ffmpeg", "-v", "error"]
            for name in names:
                command += ["-rtsp_transport", "tcp", "-i", f"{cameras}/{name}"]
            for index, name in enumerate(names):
                command += ["-map", str(index), "-c", "copy", "-f", "rtsp", "-rtsp_transport", "tcp", f"{relay}/{name}"]
            with running(command) as process:
                return measure(process, "peer")

        pairs_ratio("CPU of two cameras passed through, agent against ffmpeg -c copy", ours, peer, args.pairs, 1.1, "cpu s in 20 s")
        for who, values in memory.items():
            show(f"resident memory, {who}", values, "MiB")
        show("resident memory, ratio", [a / b for a, b in zip(memory["ours"], memory["peer"])], "×", 1.3, digits=2)


def sound_units(base):
    """AAC units so far, of each camera."""
    with urllib.request.urlopen(base + "/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return [float(line.split()[-1]) for line in lines if line.startswith("camera_audio_units_total{")]


CAPTURE_UUID = bytes.fromhex("5a8f1c0e7d244f6b9c1a76656465747f")  # docs/api.md


def captured_us(unit):
    """The capture time that an access unit carries."""
    at = unit.index(CAPTURE_UUID) + len(CAPTURE_UUID)
    payload = unit[at:at + 64].replace(b"\0\0\3", b"\0\0")  # emulation prevention
    return struct.unpack_from(">BBIQQq", payload)[5]


def unit_delays(base, seconds):
    """Milliseconds from the capture of each picture to its last byte here, behind the first group of pictures."""
    delays = []
    with urllib.request.urlopen(base + "/live/wide/main.au", timeout=10) as stream:
        begin = time.monotonic()
        while time.monotonic() - begin < seconds:
            record = stream.read(struct.unpack(">I", stream.read(4))[0])
            now = time.time()
            if record[0] == 2 and time.monotonic() - begin > 2:
                delays.append(now * 1000 - captured_us(record) / 1000)
    return delays


def encode_ms(base):
    with urllib.request.urlopen(base + "/api/v1/status", timeout=5) as answer:
        return json.load(answer)["cameras"][0]["encode_ms"]


def bench_agent_latency(args, work):
    """The agent's share of the latency against what the encoder alone takes: capture to the last byte at a reader."""
    source = clip(work)
    shares, encodes = [], []
    with rtsp_sink(work) as relay, agent(work, [encoded_file(source)], relay) as (_, base), \
            concurrent.futures.ThreadPoolExecutor(1) as pool:
        for _ in range(args.pairs):
            delays = pool.submit(unit_delays, base, 8)
            means = []  # each of about ten pictures
            while not delays.done():
                time.sleep(0.5)
                means.append(encode_ms(base))
            shares.append(statistics.median(delays.result()))
            encodes.append(statistics.median(means))
    show("capture to last byte, p50", shares, "ms")
    show("encoder", encodes, "ms")
    show("capture to last byte against the encoder", [share / encode for share, encode in zip(shares, encodes)], "×", 1.3, digits=2)


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


def bench_recording(args, work):
    """Two cameras with sound recorded: one agent against one `ffmpeg -c copy -f segment` for both, both fragmented at each
    key frame and at least every half second, in files of 15 minutes."""
    source = camera_clip(work)
    names = ["gate", "door"]
    ratios = []
    with rtsp_sink(work, many_readers=True) as cameras, contextlib.ExitStack() as stack:
        for name in names:
            stack.enter_context(running(["ffmpeg", "-v", "error", "-re", "-stream_loop", "-1", "-i", source, "-c", "copy", "-f", "rtsp",
                                         "-rtsp_transport", "tcp", f"{cameras}/{name}"]))
        time.sleep(2)

        def ours():
            settings = [f'id = "{name}"\nsource = "url"\nurl = "{cameras}/{name}"\n[camera.recording]\nmode = "continuous"' for name in names]
            with agent(work, settings, name=f"bench-{len(ratios)}") as (process, base):
                used = cpu_of(process, 20)
                for name in names:
                    with urllib.request.urlopen(f"{base}/api/v1/recordings?camera={name}", timeout=5) as answer:
                        newest = json.load(answer)["recordings"][-1]
                    if newest["frames"] < 250 or not newest["sound"]:
                        raise RuntimeError(f"camera {name} is not recorded: {newest}")
                process.send_signal(signal.SIGSTOP)  # so that both are of one moment
                recorded = sum(media_bytes(path) for path in (work / f"bench-{len(ratios)}" / "recordings").rglob("*.mp4"))
                ratios.append(io_bytes(process.pid) / recorded)
                process.send_signal(signal.SIGCONT)
            return used

        def peer():
            command = ["ffmpeg", "-v", "error", "-y"]
            for name in names:
                command += ["-rtsp_transport", "tcp", "-i", f"{cameras}/{name}"]
            for index, name in enumerate(names):
                command += ["-map", str(index), "-c", "copy", "-f", "segment", "-segment_time", "900", "-segment_atclocktime", "1", "-segment_format", "mp4",
                            "-segment_format_options", "movflags=frag_keyframe+empty_moov+default_base_moof:frag_duration=500000",
                            f"{work}/{name}-%d.mp4"]
            with running(command) as process:
                return cpu_of(process, 20)

        pairs_ratio("CPU of two recorded cameras, agent against ffmpeg -c copy -f segment", ours, peer, args.pairs, 1.1, "cpu s in 20 s")
    show("bytes written against the media in them", ratios, "×", 1.05, digits=3)


def io_bytes(pid):
    """Handed to the kernel for a disk so far, by all of the process's files."""
    with open(f"/proc/{pid}/io", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("write_bytes:"))


def media_bytes(path):
    """Of the packets in a file."""
    said = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "packet=size", "-of", "csv=p=0", path], capture_output=True, text=True, check=True)
    return sum(int(line.strip(",")) for line in said.stdout.split())
