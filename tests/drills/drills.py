#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drills: what an agent must survive, done many times to the real program. Ends with one JSON line: runs, failures and figures."""
import argparse
import json
import pathlib
import random
import signal
import sys
import tempfile

from agent import Agent
from clock import clock_step
from disk import disk_full
from power import power_cut
from recording import kill_recording, segment_border

DRILLS = {"clock-step": clock_step, "disk-full": disk_full, "kill-recording": kill_recording, "power-cut": power_cut,
          "segment-border": segment_border}


def runs(word):
    if not word.isdigit() or not 1 <= int(word) <= 100_000:
        raise argparse.ArgumentTypeError(f"{word} is not a number of runs, 1 to 100000")
    return int(word)


def main():
    parser = argparse.ArgumentParser(prog="drills.sh", description=__doc__)
    parser.add_argument("name", choices=sorted(DRILLS), metavar="NAME", help=", ".join(sorted(DRILLS)))
    parser.add_argument("--runs", type=runs, default=10)
    parser.add_argument("--json", action="store_true", help="the last line alone")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.program, args.random = args.bin.resolve() / "vedette-agent", random.Random(args.seed)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="vedette-drill-") as folder:
        try:
            failures, figures = DRILLS[args.name](args, pathlib.Path(folder))
        except RuntimeError as error:  # what did not happen in time
            failures, figures = [str(error)], {}
        finally:
            for process in Agent.running:
                process.kill()
                process.wait()
    if not args.json:
        for failure in failures:
            print(failure)
    rounded = {name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}
    print(json.dumps({"drill": args.name, "runs": args.runs, "failures": len(failures), **rounded}))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
