#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recomputes the hashes of a recorded file from what core/protocol/manifest.h says, sharing no code with it.

recompute.py FILE.mp4 prints one line a fragment ("number from_us frames hash units hash"), then the file's hash and the root.
"""
import hashlib
import struct
import sys

UUID = bytes.fromhex("5a8f1c0e7d244f6b9c1a76656465747f")
H264, H265 = "h264", "h265"


def boxes(data, at, end):
    while at < end:
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            size, head = struct.unpack_from(">Q", data, at + 8)[0], 16
        yield kind, at, at + head, at + size
        at += size


def find(data, at, end, *path):
    for wanted in path:
        at, end = next((body, stop) for kind, _, body, stop in boxes(data, at, end) if kind == wanted)
    return at, end


class Bits:
    def __init__(self, nal):
        self.text = "".join(f"{byte:08b}" for byte in nal.replace(b"\0\0\3", b"\0\0"))
        self.at = 0

    def take(self, count):
        self.at += count
        return int(self.text[self.at - count:self.at] or "0", 2)

    def ue(self):
        zeros = 0
        while self.take(1) == 0:
            zeros += 1
        return (1 << zeros) - 1 + (self.take(zeros) if zeros else 0)


def kind_of(codec, nal):
    """(type, what): what is "set", "sei", "vcl" or None."""
    if codec == H264:
        number = nal[0] & 31
        what = "set" if number in (7, 8) else "sei" if number == 6 else "vcl" if number in (1, 2, 3, 4, 5, 14, 20) else None
    else:
        number = nal[0] >> 1 & 63
        what = "set" if 32 <= number <= 34 else "sei" if number in (39, 40) else "vcl" if number < 32 else None
    return number, what


def set_id(codec, number, nal):
    bits = Bits(nal[1 if codec == H264 else 2:])
    if codec == H264 and number == 7:
        bits.take(24)
    if codec == H265 and number == 32:
        return bits.take(4)
    if codec == H265 and number == 33:
        bits.take(4)
        layers = bits.take(3)
        bits.take(1 + 96)
        present = [(bits.take(1), bits.take(1)) for _ in range(layers)]
        if layers:
            bits.take(2 * (8 - layers))
        for profile, level in present:
            bits.take(88 * profile + 8 * level)
    return bits.ue()


def config_sets(codec, data, at, end):
    out = []

    def take(count):
        nonlocal at
        for _ in range(count):
            size = struct.unpack_from(">H", data, at)[0]
            out.append(data[at + 2:at + 2 + size])
            at += 2 + size

    if codec == H264:
        at += 6
        take(data[at - 1] & 31)
        at += 1
        take(data[at - 1])
    else:
        at += 23
        for _ in range(data[at - 1]):
            count = struct.unpack_from(">H", data, at + 1)[0]
            at += 3
            take(count)
    return out


def captured(codec, nal):
    body = nal[1 if codec == H264 else 2:]
    plain = bytearray()
    zeros = 0
    for byte in body:
        if zeros >= 2 and byte == 3:
            zeros = 0
            continue
        zeros = zeros + 1 if byte == 0 else 0
        plain.append(byte)
    at = plain.find(UUID)
    return struct.unpack_from(">BBIQQqI", plain, at + 16)[5] if at >= 0 else None


def unit(data):
    return struct.pack(">I", len(data)) + data


class File:
    def __init__(self, data):
        self.data, self.tracks, self.sets = data, {}, {}

    def movie(self, at, end):
        data = self.data
        for kind, _, body, stop in boxes(data, at, end):
            if kind != b"trak":
                continue
            head = find(data, body, stop, b"tkhd")[0]
            number = struct.unpack_from(">I", data, head + (20 if data[head] else 12))[0]
            entry, stop = find(data, body, stop, b"mdia", b"minf", b"stbl", b"stsd")
            name = data[entry + 12:entry + 16]
            codec = {b"avc1": H264, b"avc3": H264, b"hvc1": H265, b"hev1": H265}.get(name, "aac")
            self.tracks[number] = codec
            if codec != "aac":
                for inner, _, inside, over in boxes(data, entry + 8 + 86, stop):
                    if inner in (b"avcC", b"hvcC"):
                        for nal in config_sets(codec, data, inside, over):
                            self.put(codec, nal)

    def put(self, codec, nal):
        number, what = kind_of(codec, nal)
        if what != "set":
            return False
        key = number, set_id(codec, number, nal)
        changed = self.sets.get(key) != nal
        self.sets[key] = nal
        return changed

    def samples(self, moof, end):
        data, out = self.data, {}
        for kind, _, body, stop in boxes(data, moof + 8, end):
            if kind != b"traf":
                continue
            at = find(data, body, stop, b"tfhd")[0]
            flags, track = struct.unpack_from(">II", data, at)
            at += 8
            size = 0
            for bit, width in ((1, 8), (2, 4), (8, 4), (16, 4), (32, 4)):
                if flags & bit:
                    size = struct.unpack_from(">I", data, at)[0] if bit == 16 else size
                    at += width
            for inner, _, at, _ in boxes(data, body, stop):
                if inner != b"trun":
                    continue
                has, count, offset = struct.unpack_from(">IIi", data, at)
                at += 12 + (4 if has & 4 else 0)
                place = moof + offset
                for _ in range(count):
                    here = size
                    for bit in (0x100, 0x200, 0x400, 0x800):
                        if has & bit:
                            here = struct.unpack_from(">I", data, at)[0] if bit == 0x200 else here
                            at += 4
                    out.setdefault(track, []).append(data[place:place + here])
                    place += here
        return out

    def fragment(self, moof, end):
        found = {"from": None, "vcl": (0, None), "aac": (0, None)}
        for track, samples in self.samples(moof, end).items():
            codec, hashed, first = self.tracks[track], hashlib.sha256(), True
            for sample in samples:
                if codec == "aac":
                    hashed.update(unit(sample))
                    continue
                nals, at = [], 0
                while at < len(sample):
                    size = struct.unpack_from(">I", sample, at)[0]
                    nals.append(sample[at + 4:at + 4 + size].rstrip(b"\0"))
                    at += 4 + size
                changed = [self.put(codec, nal) for nal in nals]
                if first or any(changed):
                    for key in sorted(self.sets):
                        hashed.update(unit(self.sets[key]))
                first = False
                for nal in nals:
                    what = kind_of(codec, nal)[1]
                    if what == "sei" and found["from"] is None:
                        found["from"] = captured(codec, nal)
                    if what in ("sei", "vcl"):
                        hashed.update(unit(nal))
            found["aac" if codec == "aac" else "vcl"] = len(samples), hashed.digest()
        return found


def root_of(leaves):
    if len(leaves) == 1:
        return leaves[0]
    left = 1
    while left * 2 < len(leaves):
        left *= 2
    return hashlib.sha256(b"\1" + root_of(leaves[:left]) + root_of(leaves[left:])).digest()


def main():
    with open(sys.argv[1], "rb") as opened:
        data = opened.read()
    file, leaves, number = File(data), [], 0
    for kind, start, body, end in boxes(data, 0, len(data)):
        if kind == b"moov":
            file.movie(body, end)
        if kind != b"moof":
            continue
        number += 1
        found = file.fragment(start, end)
        line = [str(number), str(found["from"] or 0)]
        for track, name in ((1, "vcl"), (2, "aac")):
            count, digest = found[name]
            line += [str(count), digest.hex() if digest else "-"]
            if count:
                leaves.append(hashlib.sha256(b"\0" + struct.pack(">BIqI", track, number, found["from"] or 0, count) + digest).digest())
        print(" ".join(line))
    print("file", hashlib.sha256(data).hexdigest())
    print("root", root_of(leaves).hex())


main()
