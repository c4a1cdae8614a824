# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed recorders, and the borders between files."""
import concurrent.futures
import random
import signal
import statistics
import time

from agent import Agent, barcodes, breaks, wait_until

KILLED_AT_ONCE = 4  # agents
BORDERED_AT_ONCE = 12  # cameras


def kill_recording(args, work):
    """SIGKILL at a random moment, again and again on one data directory; a few agents beside each other."""
    lanes = min(args.runs, KILLED_AT_ONCE)
    with concurrent.futures.ThreadPoolExecutor(lanes) as pool:
        shares = [pool.submit(kill_one, args.program, work / f"agent-{lane}", len(range(lane, args.runs, lanes)), random.Random(args.random.random()))
                  for lane in range(lanes)]
    results = [share.result() for share in shares]
    failures = [f"agent {lane}, {failure}" for lane, result in enumerate(results) for failure in result[0]]
    lost, resumed, not_encoded = ([value for result in results for value in result[i]] for i in (1, 2, 3))
    return failures, {"kills": len(lost), "lost_s_max": max(lost), "lost_s_median": statistics.median(lost), "recording_again_s_max": max(resumed), "not_encoded": sum(not_encoded)}


def kill_one(program, work, runs, chance):
    agent, [camera] = Agent(program, work), ["cam-0"]
    failures, lost, resumed, not_encoded, known = [], [], [], [], {}
    killed_ms = None
    for run in range(runs + 1):
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
                holes, uncounted = breaks([frame for frame, _ in codes]), abs(len(codes) - sum(r["frames"] for r in killed))
                not_encoded.append(holes)
                if wrong := max(0, holes - dropped) + uncounted:
                    failures.append(f"run {run}: {wrong} pictures of the last run are lost, doubled or not counted")
                if lost[-1] > 1.0:
                    failures.append(f"run {run}: {lost[-1]:.3f} s lost")
        known = {r["id"]: r for r in done}
        if run < runs:
            time.sleep(chance.uniform(0.5, 4))
            dropped = agent.metric("camera_frames_dropped_total", camera)  # by a machine too busy to encode them: never recorded
            killed_ms = time.time() * 1000
            agent.end(signal.SIGKILL)
    agent.end(signal.SIGTERM)
    return failures, lost, resumed, not_encoded


def segment_border(args, work):
    """Borders of short segments, of several cameras at once."""
    agent = Agent(args.program, work, cameras=min(args.runs, BORDERED_AT_ONCE), framerate=5)
    agent.start()
    each = -(-args.runs // len(agent.ids)) + 1
    wait_until(lambda: min(len(agent.recordings(camera)) for camera in agent.ids) > each, 15 * each + 30, "the last border")
    agent.end(signal.SIGTERM)
    agent.start()
    failures, borders, pictures, late = [], 0, 0, []
    for camera in agent.ids:
        done = [r for r in agent.recordings(camera) if r["state"] != "open"]
        codes = [barcodes(agent.file(camera, r)) for r in done]
        wrong = breaks([frame for file in codes for frame, _ in file])
        if wrong:
            failures.append(f"{camera}: {wrong} pictures lost or doubled")
        borders += len(done) - 1
        pictures += sum(len(file) for file in codes)
        late += [file[0][1] % 10_000 for file in codes[1:]]
        failures += [f"{camera}: {a['id']} and {b['id']} do not meet" for a, b in zip(done, done[1:]) if a["to_us"] != b["from_us"]]
    agent.end(signal.SIGTERM)
    return failures, {"borders": borders, "pictures": pictures, "behind_border_ms_max": max(late)}
