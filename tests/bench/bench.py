#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the figures of docs/benchmarks.md: ours and a peer or a physical limit, in one run.

Ratios are medians of interleaved pairs with their quartiles; a difference inside the quartiles is a tie.
Nothing here is an assertion: a missed figure is printed as missed.
"""
import argparse
import pathlib
import signal
import sys
import tempfile

import agent_figures
import common
import console_figures
import library_figures
import player_figures

BENCHES = {
    "faults": agent_figures.bench_faults,
    "first-picture": console_figures.bench_first_picture,
    "latency": console_figures.bench_latency,
    "tile-cpu": console_figures.bench_tile_cpu,
    "renderer": console_figures.bench_renderer,
    "players": console_figures.bench_players,
    "figure": console_figures.bench_figure,
    "four": console_figures.bench_four,
    "sixteen": console_figures.bench_sixteen,
    "gui": console_figures.bench_gui,
    "window": console_figures.bench_window,
    "agent-memory": agent_figures.bench_agent_memory,
    "encode": agent_figures.bench_encode,
    "readers": agent_figures.bench_readers,
    "passthrough": agent_figures.bench_passthrough,
    "library": library_figures.bench_library,
    "recording": agent_figures.bench_recording,
    "agent-latency": agent_figures.bench_agent_latency,
    "reconnects": console_figures.bench_reconnects,
    "seek": player_figures.bench_seek,
    "lanes": player_figures.bench_lanes,
    "timeline": console_figures.bench_timeline,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--count", type=int, default=10_000, help="reconnects, in thousands")
    parser.add_argument("--faults", type=int, default=200, help="injected, for faults")
    parser.add_argument("--seconds", type=int, default=600, help="of failing streams, for gui")
    args = parser.parse_args()
    common.BIN = args.bin
    unknown = [name for name in args.names if name not in BENCHES]
    if unknown:
        parser.error(f"unknown benchmark {unknown[0]}; known: {', '.join(BENCHES)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for name in args.names or BENCHES:
        with tempfile.TemporaryDirectory(prefix="vedette-bench-") as work:
            BENCHES[name](args, pathlib.Path(work))


if __name__ == "__main__":
    main()
