# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of the console: from a stream to the screen."""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import time

from common import (CAMERA_1080, agent, cpu_over, cpu_seconds, pairs_ratio, program, rtsp_sink, running, screen, show, wait_until,
                    watch)


def bench_first_picture(args, work):
    """From asking (by name: with the agent's status asked first) to the first decoded picture."""
    with agent(work, [CAMERA_1080]) as (_, base):
        direct = [watch([base + "/live/wide/main.au"]) for _ in range(args.pairs)]
        show("first picture, agent direct, 1080p20", [r["first_picture_ms"] for r in direct], "ms", 200)
        show("capture to decoded, agent direct, 1080p20, p50", [r["latency_ms"]["p50"] for r in direct], "ms")
    if not shutil.which("mediamtx"):
        return
    with rtsp_sink(work, many_readers=True) as relay, agent(work, [CAMERA_1080], relay) as (_, base):
        wait_until(lambda: watch([relay + "/wide"], 1).get("first_picture_ms"), 10, "the relayed picture")
        relayed = [watch(["bench/wide", "--agent", base]) for _ in range(args.pairs)]
        if any(not r["path"].startswith("rtsp") for r in relayed):
            raise RuntimeError("a picture did not come by the relay")
        show("first picture, through the relay, 1080p20", [r["first_picture_ms"] for r in relayed], "ms", 300)


@contextlib.contextmanager
def reporting(bases, env, work, seconds, cameras=1):
    """A console that measures itself for so long once all cameras are live; yields what waits for its report."""
    out = work / "report"
    shutil.rmtree(out, ignore_errors=True)
    agents = [argument for base in bases for argument in ("--agent", base)]
    with running([program("vedette"), *agents, "--report", out, "--seconds", str(seconds), "--cameras", str(cameras)],
                 env={**env, "XDG_CONFIG_HOME": str(work / "config")}) as process:
        def report():
            process.wait(seconds + 40)
            return json.loads((out / "report.json").read_text())
        yield report


def console_report(base, env, work, seconds):
    with reporting([base], env, work, seconds) as report:
        return report()


def bench_latency(args, work):
    with agent(work, [CAMERA_1080]) as (_, base), screen() as env:
        cameras = [console_report(base, env, work, 5)["cameras"][0] for _ in range(args.pairs)]
        show("capture to screen, agent direct, 1080p20, p50", [c["latency_ms"]["p50"] for c in cameras], "ms", 100)
        show("capture to screen, agent direct, 1080p20, p95", [c["latency_ms"]["p95"] for c in cameras], "ms")


def bench_tile_cpu(args, work):
    seconds = 10
    with agent(work, [CAMERA_1080]) as (_, base), screen() as env:
        url = base + "/live/wide/main.ts"
        console = [program("vedette"), "--agent", base]
        ffmpeg = ["ffmpeg", "-v", "error", "-threads", "1", "-i", url, "-f", "null", "-"]
        pairs_ratio("console CPU, one drawn 1080p20 tile, against ffmpeg -f null",
                    lambda: cpu_over(console, {**env, "XDG_CONFIG_HOME": str(work / "config")}, seconds),
                    lambda: cpu_over(ffmpeg, os.environ, seconds), args.pairs, 1.5, f"cpu s in {seconds} s")
        watch = [program("vedettectl"), "watch", url, "--seconds", "60"]
        pairs_ratio("vedettectl watch CPU, 1080p20, against ffmpeg -f null",
                    lambda: cpu_over(watch, os.environ, seconds), lambda: cpu_over(ffmpeg, os.environ, seconds), args.pairs, None,
                    f"cpu s in {seconds} s")


def bench_renderer(args, work):
    """Why an OpenGL that the CPU computes is refused; where there is a GPU, the other way round."""
    seconds = 10
    with agent(work, [CAMERA_1080]) as (_, base), screen() as env:
        env["XDG_CONFIG_HOME"] = str(work / "config")

        def drawn_by(renderer):
            return cpu_over([program("vedette"), "--agent", base, "--renderer", renderer], env, seconds)

        pairs_ratio("console CPU, one drawn 1080p20 tile, software (ours) against OpenGL of this machine (peer)",
                    lambda: drawn_by("software"), lambda: drawn_by("opengl"), args.pairs, 1.0, f"cpu s in {seconds} s")


CAMERA_720 = 'id = "wide"\nsource = "test"\nwidth = 1280\nheight = 720\nframerate = 20\nbitrate_kbps = 3000\npreset = "ultrafast"'


def peers(url, width, height):
    """Players tuned for latency that draw the stream in a window of this size."""
    size = f"{width}x{height}"
    return {
        "GStreamer": ["gst-launch-1.0", "-q", "rtspsrc", f"location={url}", "latency=0", "protocols=tcp", "!", "rtph264depay", "!",
                      "avdec_h264", "!", "videoconvertscale", "!", f"video/x-raw,width={width},height={height}", "!",
                      "ximagesink", "sync=false"],
        "mpv": ["mpv", "--profile=low-latency", "--untimed", "--no-audio", "--no-config", "--no-border", "--vo=x11",
                "--rtsp-transport=tcp", f"--geometry={size}+0+0", "--really-quiet", url],
        "ffplay": ["ffplay", "-v", "error", "-an", "-fflags", "nobuffer", "-flags", "low_delay", "-framedrop", "-probesize", "32",
                   "-analyzeduration", "0", "-rtsp_transport", "tcp", "-noborder", "-left", "0", "-top", "0", "-x", str(width),
                   "-y", str(height), url],
    }


def watched(command, env, seconds, settle=4):
    """Starts a player, lets it settle, reads its barcode off the screen and its CPU time meanwhile."""
    with running(command, env=env) as process:
        time.sleep(settle)
        begin, start = cpu_seconds(process.pid), time.monotonic()
        out = subprocess.run([program("screen_barcode"), str(seconds)], env=env, capture_output=True, text=True).stdout
        if not out:
            raise RuntimeError(f"{command[0]} shows no barcode")
        result = json.loads(out)
        result["cpu_percent"] = 100 * (cpu_seconds(process.pid) - begin) / (time.monotonic() - start)
        return result


def bench_players(args, work):
    """Capture to screen by a barcode read off the screen, and CPU: the console and three players on one relayed stream."""
    with rtsp_sink(work, many_readers=True) as relay, agent(work, [CAMERA_720], relay) as (_, base), screen() as env:
        env["XDG_CONFIG_HOME"] = str(work / "config")
        console = [program("vedette"), "--agent", base]
        first = watched(console, env, 2)
        width = first["width"]
        commands = {"console": console, **peers(relay + "/wide", width, width * 9 // 16)}
        commands = {name: command for name, command in commands.items() if shutil.which(str(command[0]))}
        runs = {name: [] for name in commands}
        for _ in range(args.pairs):
            for name, command in commands.items():
                runs[name].append(watched(command, env, 10))
        for name, results in runs.items():
            ours = name == "console"
            show(f"{name}, through the relay, capture to screen, p50", [r["p50"] for r in results], "ms", 25 if ours else None)
            show(f"{name}, through the relay, capture to screen, p95", [r["p95"] for r in results], "ms", 70 if ours else None)
            show(f"{name}, pictures not seen of 200", [r["skipped"] for r in results], "pictures", 0 if ours else None, 0)
            show(f"{name}, CPU, window of {width} pixels", [r["cpu_percent"] for r in results], "% of a core")
            if not ours:
                show(f"CPU, console against {name}", [a["cpu_percent"] / b["cpu_percent"] for a, b in zip(runs["console"], results)],
                     "×", 1.0 if name != "ffplay" else None, digits=2)


def bench_figure(args, work):
    """The latency that the tile itself tells against the barcode read off the screen in the same seconds."""
    with rtsp_sink(work, many_readers=True) as relay, agent(work, [CAMERA_720], relay) as (_, base), screen() as env:
        apart = []
        for _ in range(args.pairs):
            with reporting([base], env, work, 10) as report:
                time.sleep(4)
                seen = json.loads(subprocess.run([program("screen_barcode"), "6"], env=env, capture_output=True, check=True).stdout)
                apart.append(abs(report()["cameras"][0]["latency_ms"]["p50"] - seen["p50"]))
        show("the tile's own latency and the barcode, apart", apart, "ms", 10)


def bench_four(args, work):
    """Four 1080p20 streams drawn at about 640 x 360 each, against four times ffmpeg -f null."""
    seconds = 10
    cameras = [CAMERA_1080.replace('"wide"', f'"wide-{i}"') for i in range(4)]
    with agent(work, cameras) as (_, base), screen() as env:
        def console():
            with running([program("vedette"), "--agent", base], env={**env, "XDG_CONFIG_HOME": str(work / "config")}) as process:
                subprocess.run(["xdotool", "search", "--sync", "--onlyvisible", "--name", "Vedette", "windowsize", "1894", "862"],
                               env=env, stdout=subprocess.DEVNULL, timeout=10, check=True)
                time.sleep(4)
                begin = cpu_seconds(process.pid)
                time.sleep(seconds)
                return cpu_seconds(process.pid) - begin

        def ffmpeg():
            with contextlib.ExitStack() as stack:
                all_four = [stack.enter_context(running(["ffmpeg", "-v", "error", "-threads", "1", "-i", f"{base}/live/wide-{i}/main.ts",
                                                         "-f", "null", "-"])) for i in range(4)]
                time.sleep(4)
                begin = sum(cpu_seconds(p.pid) for p in all_four)
                time.sleep(seconds)
                return sum(cpu_seconds(p.pid) for p in all_four) - begin

        pairs_ratio("console CPU, four drawn 1080p20 tiles, against four ffmpeg -f null", console, ffmpeg, args.pairs, 1.4,
                    f"cpu s in {seconds} s")


def small_cameras(first, count):
    return [f'id = "c{i}"\nsource = "test"\nwidth = 640\nheight = 360\nframerate = 20\nbitrate_kbps = 900\npreset = "ultrafast"'
            for i in range(first, first + count)]


def bench_sixteen(args, work):
    """Sixteen 640 x 360 @ 20 tiles on one wall; then with the agent of four of them frozen: the other twelve lose nothing."""
    seconds = 15
    with agent(work, small_cameras(0, 12), name="twelve") as (_, twelve), agent(work, small_cameras(12, 4), name="four") as (frozen, four), \
            screen() as env:
        shown, left, late = [], [], []
        for _ in range(args.pairs):
            with reporting([twelve, four], env, work, seconds, 16) as report:
                whole = report()
                shown.append(min(c["shown"] for c in whole["cameras"]) / seconds)
                late.append(whole["gui_late_ms"]["p999"])
            with reporting([twelve, four], env, work, seconds, 16) as report:
                time.sleep(6)
                os.kill(frozen.pid, signal.SIGSTOP)
                try:
                    broken = report()
                finally:
                    os.kill(frozen.pid, signal.SIGCONT)
                left.append(min(c["shown"] for c in broken["cameras"] if c["agent"] == "twelve") / seconds)
        show("16 tiles of 640 x 360 @ 20, slowest tile", [20 - v for v in shown], "pictures/s missing", 0.5, 2)
        show("16 tiles, main thread late, p99.9", late, "ms", 50)
        show("12 of 16 tiles while 4 are stalled, slowest tile", [20 - v for v in left], "pictures/s missing", 0.5, 2)


def bench_gui(args, work):
    """How long the main thread is blocked while streams fail and return: an agent is frozen, thawed and killed by turns."""
    with agent(work, small_cameras(0, 4), name="steady") as (_, steady), screen() as env:
        config = work / "shaky.toml"
        with agent(work, small_cameras(4, 4), name="shaky") as (_, shaky):
            pass  # writes its file
        port = int(shaky.rsplit(":", 1)[1])
        config.write_text(config.read_text().replace("port = 0", f"port = {port}"))
        start = [program("vedette-agent"), "--config", config]
        with contextlib.ExitStack() as stack:
            process = stack.enter_context(running(start))
            report = stack.enter_context(reporting([steady, shaky], env, work, args.seconds, 8))
            end = time.monotonic() + args.seconds + 5
            time.sleep(6)
            turn = 0
            while time.monotonic() < end:
                if turn % 2 == 0:
                    os.kill(process.pid, signal.SIGSTOP)
                    time.sleep(6)
                    os.kill(process.pid, signal.SIGCONT)
                else:
                    process.kill()
                    process.wait()
                    time.sleep(4)
                    process = stack.enter_context(running(start))
                time.sleep(6)
                turn += 1
            late = report()["gui_late_ms"]
        show(f"main thread late in {args.seconds} s of failing streams, p99.9", [late["p999"]], "ms", 50)
        show(f"main thread late in {args.seconds} s of failing streams, longest", [late["max"]], "ms")


def bench_window(args, work):
    times = []
    with screen() as env:
        for _ in range(args.pairs):
            begin = time.monotonic()
            with running([program("vedette"), "--agent", "http://127.0.0.1:9"],
                         env={**env, "XDG_CONFIG_HOME": str(work / "config")}):
                subprocess.run(["xdotool", "search", "--sync", "--onlyvisible", "--name", "Vedette"], env=env,
                               stdout=subprocess.DEVNULL, timeout=10, check=True)
                times.append((time.monotonic() - begin) * 1000)
    show("window on screen after start", times, "ms", 1000)


def reconnects(name, url, count):
    """Memory, descriptors and threads of a receiver after COUNT cut connections, against those after 1,000."""
    out = subprocess.run([program("reconnects"), url, str(count)], capture_output=True, check=True, text=True).stdout
    lines = [json.loads(line) for line in out.splitlines()]
    first, last = lines[0], lines[-1]
    growth = (last["rss_kib"] - first["rss_kib"]) / 1024
    same = all(line[key] == first[key] for line in lines for key in ("descriptors", "threads"))
    print(f"{name}, {last['reconnects']} reconnects in {last['seconds']:.0f} s: {last['rss_kib'] / 1024:.1f} MiB resident, "
          f"{growth:+.1f} MiB since the first {first['reconnects']}  {'met' if growth <= 8 else 'MISSED'} (goal ≤ +8); "
          f"{last['descriptors']} descriptors, {last['threads']} threads  {'equal' if same else 'NOT EQUAL'}", flush=True)


def bench_reconnects(args, work):
    camera = 'id = "wide"\nsource = "test"\nwidth = 320\nheight = 180\nframerate = 20\npreset = "ultrafast"'
    with agent(work, [camera]) as (_, base):
        reconnects("agent direct", base + "/live/wide/main.au", args.count)
    if not shutil.which("mediamtx"):
        print("through the relay: skipped, no mediamtx on PATH")
        return
    with rtsp_sink(work) as relay, running(
            ["ffmpeg", "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=50", "-c:v", "libx264", "-preset", "ultrafast",
             "-tune", "zerolatency", "-g", "1", "-pix_fmt", "yuv420p", "-f", "rtsp", "-rtsp_transport", "tcp", relay + "/wide"]):
        time.sleep(2)
        reconnects("through the relay", relay + "/wide", args.count)


def bench_timeline(args, work):
    """Sixteen lanes of 35,000 segments in a viewport of a year: CPU of the thread that draws."""
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen")
    runs = []
    for _ in range(args.pairs):
        out = subprocess.run([program("timeline")], env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout
        runs.append({row["what"]: row for row in map(json.loads, out.splitlines())})
    show("asking the library for the viewport, 16 lanes, p95", [run["query"]["p95"] for run in runs], "ms", 5, digits=2)
    show("drawing it after a pan by a pixel, p95", [run["pan"]["p95"] for run in runs], "ms", 4, digits=2)
    show("drawing it while zooming, asked again now and then, p50", [run["zoom"]["p50"] for run in runs], "ms", 4, digits=2)
    show("the longest of those frames", [run["zoom"]["max"] for run in runs], "ms", 16.7, digits=2)
    show("drawing a moved play head, p95", [run["play"]["p95"] for run in runs], "ms", digits=2)
