# SPDX-License-Identifier: GPL-3.0-or-later
"""Power cuts: all that an agent did to its disk is logged, and replayed up to any moment without what was not synced yet.

A directory that was not synced keeps the first of its changes, as with a journal; a recorded file the first of its unsynced
bytes, because a file grows only with its data (data=ordered of ext4); any other file any of its unsynced writes, each whole
or torn. Half of the cuts keep nothing of all that.
"""
import collections
import concurrent.futures
import random
import shutil
import signal
import sqlite3
import statistics
import struct
import time

from agent import Agent, Faults, wait_until

HEAD = struct.Struct("=cqqIII")
AT_ONCE = 3
SESSIONS_S = (25, 12)  # recorded, stopped and started again between
SECTOR = 512

Change = collections.namedtuple("Change", "kind micros offset path other bytes")


def read_log(path, folder):
    data, at, changes = path.read_bytes(), 0, []
    while at < len(data):
        kind, micros, offset, *sizes = HEAD.unpack_from(data, at)
        at += HEAD.size
        path, other, content = (data[at + sum(sizes[:i]):at + sum(sizes[:i + 1])] for i in range(3))
        at += sum(sizes)
        changes.append(Change(kind.decode(), micros, offset, inside(path, folder), inside(other, folder) if other else "", content))
    return changes


def inside(path, folder):
    return path.decode().removesuffix(" (deleted)").removeprefix(str(folder)).strip("/")


class File:
    def __init__(self):
        self.synced, self.waiting = bytearray(), []

    def after(self, waiting):
        content = bytearray(self.synced)
        for kind, offset, data in waiting:
            if kind == "W":
                content.extend(bytes(max(0, offset - len(content))))
                content[offset:offset + len(data)] = data
            elif kind == "T":
                del content[offset:]
                content.extend(bytes(offset - len(content)))
            else:
                content.extend(bytes(max(0, offset - len(content))))
        return content

    def sync(self):
        self.synced, self.waiting = self.after(self.waiting), []

    def kept(self, grows, chance):
        if not grows:
            torn = [(kind, offset, data[:chance.randrange(0, len(data) + SECTOR, SECTOR)]) if kind == "W" and chance.random() < 0.3 else
                    (kind, offset, data) for kind, offset, data in self.waiting]
            return self.after([each for each in torn if chance.random() < 0.5])
        content = self.after(self.waiting)
        return content[:chance.randint(min(len(self.synced), len(content)), len(content))]


class Folder:
    def __init__(self):
        self.entries, self.waiting = {}, []  # synced; name and what it leads to from then on, or None

    def after(self, count):
        entries = dict(self.entries)
        for name, node in self.waiting[:count]:
            entries.pop(name, None)
            if node:
                entries[name] = node
        return entries

    def now(self):
        return self.after(len(self.waiting))

    def sync(self):
        self.entries, self.waiting = self.now(), []


def replay(changes):
    root = Folder()

    def find(path):
        node = root
        for name in filter(None, path.split("/")):
            node = node.now().get(name) if isinstance(node, Folder) else None
        return node

    def parent(path):
        above, _, name = path.rpartition("/")
        return find(above), name

    for change in changes:
        node = find(change.path)
        if change.kind in "CM" and change.path and not node:
            above, name = parent(change.path)
            above.waiting.append((name, File() if change.kind == "C" else Folder()))
        elif change.kind == "U" and node:
            above, name = parent(change.path)
            above.waiting.append((name, None))
        elif change.kind == "R" and node:
            above, name = parent(change.path)
            target, renamed = parent(change.other)
            above.waiting.append((name, None))
            target.waiting.append((renamed, node))
        elif change.kind == "S" and node:
            node.sync()
        elif change.kind in "WTA" and isinstance(node, File):
            node.waiting.append((change.kind, change.offset, change.bytes))
    return root


def write(node, where, nothing, chance):
    where.mkdir(parents=True)
    entries = node.entries if nothing else node.after(chance.randint(0, len(node.waiting)))
    for name, each in entries.items():
        if isinstance(each, Folder):
            write(each, where / name, nothing, chance)
        else:
            (where / name).write_bytes(each.synced if nothing else each.kept(name.endswith(".mp4"), chance))


def check_catalog(image, work):
    """What is wrong with the database as it lies there: its own check, and rows whose file is not there."""
    if not (image / "catalog.db").exists():
        return []
    copy = work / "copy"
    copy.mkdir()
    for name in ("catalog.db", "catalog.db-wal"):
        if (image / name).exists():
            shutil.copy(image / name, copy / name)
    failures = []
    database = sqlite3.connect(copy / "catalog.db")
    try:
        if (said := database.execute("PRAGMA integrity_check").fetchall()) != [("ok",)]:
            failures.append(f"the catalog is damaged: {said[:2]}")
        if database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'segments'").fetchone() == (1,):
            for name, size, complete in database.execute("SELECT id, bytes, complete FROM segments WHERE custody <> 'lost' AND state <> 'expired'"):
                camera = name.rsplit("-", 1)[0]
                file = Agent.path(image, camera, name)
                if not file.exists() or (complete and file.stat().st_size != size):
                    failures.append(f"{name} has a row of {size} bytes and {'not so many' if file.exists() else 'no file'}")
    finally:
        database.close()
    return failures


def cut(program, work, changes, sessions, ids, seed):
    chance = random.Random(seed)
    work.mkdir()
    at = chance.randint(1, len(changes))
    micros = changes[at - 1].micros
    image = work / "recordings"
    write(replay(changes[:at]), image, chance.random() < 0.5, chance)
    failures = check_catalog(image, work)
    agent = Agent(program, work, cameras=len(ids), folder=image)
    began = time.monotonic()
    agent.start()
    wait_until(lambda: all(agent.open_frames(camera) > 0 for camera in ids), 30, "recording")
    again = time.monotonic() - began
    if list(image.glob("catalog.db.corrupt-*")):
        failures.append("the catalog was set aside")
    lost = []
    for camera in ids:
        listed = agent.recordings(camera)
        files = set((image / f"camera-{camera}").rglob("*.mp4"))
        failures += [f"{path.name} has no {'row' if path in files else 'file'}" for path in files ^ {agent.file(camera, r) for r in listed}]
        there = max((r["to_us"] for r in listed if r["to_us"] <= micros + 1_000_000), default=0)
        begun = [change.micros for change in changes[:at] if change.kind == "C" and f"_camera-{camera}.mp4" in change.path]
        for start, stop in sessions:
            first = next((each for each in begun if start <= each), None)
            if first and start <= micros:
                lost.append((min(micros, stop) - max(first, there)) / 1e6)
    agent.end(signal.SIGKILL)
    if lost and max(lost) > 5:
        failures.append(f"{max(lost):.3f} s lost")
    shutil.rmtree(work)
    return [f"cut behind change {at}: {failure}" for failure in failures], max(lost, default=0.0), again


def power_cut(args, work):
    """The catalog is whole after every one, each row has its file and each file its row, and at most 5 s of video are lost."""
    folder, log = work / "data" / "recordings", work / "log"
    agent = Agent(args.program, work, cameras=2, faults=Faults(work, folder, log))
    sessions = []
    for seconds in SESSIONS_S:
        begun = time.time_ns() // 1000
        agent.start()
        wait_until(lambda: all(agent.open_frames(camera) > 0 for camera in agent.ids), 20, "recording")
        time.sleep(seconds)
        agent.end(signal.SIGTERM)
        sessions.append((begun, time.time_ns() // 1000))
    changes = read_log(log, folder)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        cuts = [pool.submit(cut, args.program, work / f"cut-{run}", changes, sessions, agent.ids, args.random.random()) for run in range(args.runs)]
    results = [each.result() for each in cuts]
    lost = [each[1] for each in results]
    return [failure for each in results for failure in each[0]], {
        "changes": len(changes), "lost_s_max": max(lost), "lost_s_median": statistics.median(lost), "recording_again_s_max": max(each[2] for each in results)}
