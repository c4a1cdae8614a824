# SPDX-License-Identifier: GPL-3.0-or-later
"""A wall clock that is set in mid-segment, forward and back."""
import collections
import signal
import time

from agent import Agent, Faults, Viewer, barcodes, stamps, wait_until

QUICK_STEPS_S = 4  # at most between two steps


def clock_step(args, work):
    """Every picture is in exactly one file, no two files claim the same time, and what the clock leapt over says clock_step."""
    camera = "cam-0"
    faults = Faults(work, work / "data" / "recordings")
    agent = Agent(args.program, work, faults=faults)
    agent.start()
    wait_until(lambda: agent.open_frames(camera) > 0, 20, "recording")
    viewer, failures, offset, latest, leaps = Viewer(agent, camera), [], 0, 0, []
    for run in range(args.runs):
        time.sleep(args.random.uniform(1, QUICK_STEPS_S))
        step = args.random.choice([1, -1]) * round(10 ** args.random.uniform(5.9, 9.5))  # µs: 0.8 s to 53 min
        if run == args.runs - 1:
            step = max(latest - offset, 0) + abs(step)  # the account goes up to now: behind all that was recorded
        before = {r["id"] for r in agent.recordings(camera)}
        offset += step
        latest = max(latest, offset)
        faults.step(offset)
        now = wait_until(lambda: next((r for r in agent.recordings(camera) if r["id"] not in before and r["frames"] > 0), None), 10,
                         f"run {run}: a segment behind a step of {step / 1e6} s")
        leaps += [(run, now["from_us"])] if step > 0 else []
    time.sleep(1)
    spans = agent.coverage(camera)
    agent.end(signal.SIGTERM)
    viewer.join()
    agent.start()
    done = [r for r in agent.recordings(camera) if r["state"] != "open"]
    agent.end(signal.SIGTERM)

    sequences = collections.defaultdict(list)
    for r in done:
        pictures = stamps(agent.file(camera, r).read_bytes())
        numbers = [frame for frame, _ in barcodes(agent.file(camera, r))]
        if len({run for run, _ in pictures}) != 1:
            failures.append(f"{r['id']} is not of one run")
        if numbers != [sequence for _, sequence in pictures] or len(numbers) != r["frames"]:
            failures.append(f"{r['id']} has other pictures than it says")
        sequences[pictures[0][0]] += numbers
    lost = doubled = 0
    for (run, _), (following, _) in zip(viewer.runs, viewer.runs[1:] + [(None, None)]):
        found = sequences[run]
        doubled += len(found) - len(set(found))
        ends = viewer.last[run] if following else max(found, default=-1)  # the newest pictures may have come after the viewer's end
        first = 0 if run != viewer.runs[0][0] else min(found)
        lost += len(set(range(first, ends + 1)) - set(found))
    if lost or doubled or viewer.lost:
        failures.append(f"{lost} pictures are lost and {doubled} doubled; the viewer lost {viewer.lost}")
    ordered = sorted(done, key=lambda r: r["from_us"])
    claimed = [f"{a['id']} and {b['id']} claim the same time" for a, b in zip(ordered, ordered[1:]) if a["to_us"] > b["from_us"]]
    failures += claimed
    failures += [f"the account has a hole at {a['to_us']}" for a, b in zip(spans, spans[1:]) if a["to_us"] != b["from_us"]]
    gaps = collections.Counter(span["gap"] for span in spans if "gap" in span)
    if leaps and not gaps["clock_step"]:
        failures.append("no gap says clock_step")
    return failures, {"segments": len(done), "lost_pictures": lost, "claimed_twice": len(claimed), "clock_step_gaps": gaps["clock_step"]}
