# SPDX-License-Identifier: GPL-3.0-or-later
"""What the timeline asks of its library: viewports over 560,000 files, and a folder of 99,840 names."""
import json
import shutil
import subprocess

from common import program


def figures(*arguments):
    out = subprocess.run([program("library_figures"), *arguments], capture_output=True, check=True, text=True).stdout
    for figure in map(json.loads, out.splitlines()):
        print(f"{figure['figure']}: p50 {figure['p50_ms']:.2f} ms, p95 {figure['p95_ms']:.2f} ms, n = {figure['n']}, {figure['count']:.0f} of them", flush=True)


def bench_library(_, work):
    figures("index")
    if not shutil.which("ffmpeg"):
        print("folder: skipped, no ffmpeg on PATH")
        return
    clip = work / "clip.seed"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=160x96:rate=20:duration=5", "-c:v", "libx264", "-g", "20",
                    "-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-f", "mp4", str(clip)], check=True)
    figures("folder", str(work / "tree"), str(clip))
