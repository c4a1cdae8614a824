// SPDX-License-Identifier: GPL-3.0-or-later
// Stands for rpicam-vid where there is no Raspberry Pi: takes the same options, as strictly, and prints a clip of real H.264
// in real time, or fails as $FAKE_RPICAM says:
//   (nothing)  the clip, again and again
//   no-camera  what rpicam-vid says without one
//   garbage    bytes that are no H.264       text     words on stdout
//   hang       nothing at all                stubborn the same, and ignores SIGTERM
//   die        ten pictures, then an error   crash    ten pictures, then a signal
//   freeze     ten pictures, then nothing    flood    the clip, beside endless noise on stderr
//   halves     each picture in two parts     lumps    three pictures in one write
//   bare       no key frames, and so no parameter sets
//   orphan     ten pictures, ends; a child of its own holds the pipe open
// $FAKE_RPICAM_CLIP: access units, each after its length (4 bytes, this machine's order). $FAKE_RPICAM_ARGV: a file for the
// arguments, one a line. $FAKE_RPICAM_OLD: has only the options of libcamera-apps 1.2.

#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

enum class Takes { Nothing, Value };

std::map<std::string, Takes> options()
{
    std::map<std::string, Takes> all;
    for (const char *name : {"help", "version", "list-cameras", "nopreview", "hflip", "vflip", "inline", "flush", "listen", "keypress", "signal", "split"})
        all[name] = Takes::Nothing;
    for (const char *name : {"camera", "width", "height", "timeout", "output", "rotation", "roi", "shutter", "gain", "metering", "exposure", "ev", "awb",
                             "awbgains", "brightness", "contrast", "saturation", "sharpness", "framerate", "denoise", "mode", "bitrate", "profile", "level",
                             "intra", "codec", "save-pts", "quality", "autofocus-mode", "lens-position", "libav-format", "libav-video-codec"})
        all[name] = Takes::Value;
    if (std::getenv("FAKE_RPICAM_OLD") == nullptr) {
        all["low-latency"] = Takes::Nothing;
        all["hdr"] = Takes::Value;
        all["libav-video-codec-opts"] = Takes::Value;
    }
    return all;
}

[[noreturn]] void fail(const std::string &sentence)
{
    std::fprintf(stderr, "ERROR: *** %s ***\n", sentence.c_str());
    std::exit(255);
}

const std::map<std::string, std::set<std::string>> kWords{
    {"metering", {"centre", "spot", "average", "custom"}},
    {"exposure", {"normal", "sport"}},
    {"awb", {"auto", "incandescent", "tungsten", "fluorescent", "indoor", "daylight", "cloudy", "custom"}},
    {"denoise", {"auto", "off", "cdn_off", "cdn_fast", "cdn_hq"}},
    {"hdr", {"off", "auto", "sensor", "single-exp"}},
    {"autofocus-mode", {"manual", "auto", "continuous"}},
    {"codec", {"h264"}},
    {"rotation", {"0", "180"}},
};

std::map<std::string, std::string> parse(int argc, char **argv)
{
    const auto known = options();
    std::map<std::string, std::string> given;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const auto equals = word.find('=');
        const std::string name = word.rfind("--", 0) == 0 ? word.substr(2, equals == std::string::npos ? equals : equals - 2) : std::string();
        const auto found = known.find(name);
        if (found == known.end())
            fail("unrecognised option '" + word + "'");
        if ((found->second == Takes::Value) != (equals != std::string::npos))
            fail("the argument for option '--" + name + "' is wrong");
        given[name] = equals == std::string::npos ? "" : word.substr(equals + 1);
        if (const auto words = kWords.find(name); words != kWords.end() && words->second.count(given[name]) == 0)
            fail("Invalid " + name + " mode: " + given[name]);
    }
    return given;
}

void pause(double milliseconds)
{
    ::poll(nullptr, 0, static_cast<int>(milliseconds));
}

[[noreturn]] void doNothing()
{
    for (;;)
        ::pause();
}

std::vector<std::string> readClip()
{
    std::vector<std::string> units;
    const char *path = std::getenv("FAKE_RPICAM_CLIP");
    std::ifstream file(path ? path : "", std::ios::binary);
    std::uint32_t size = 0;
    while (file.read(reinterpret_cast<char *>(&size), sizeof size)) {
        std::string unit(size, '\0');
        file.read(unit.data(), size);
        units.push_back(unit);
    }
    if (units.empty())
        fail("the fake has no clip");
    return units;
}

void put(const std::string &bytes)
{
    if (std::fwrite(bytes.data(), bytes.size(), 1, stdout) != 1)
        fail("failed to write output bytes");
    std::fflush(stdout);
}

void play(const std::string &how, double rate)
{
    const std::vector<std::string> units = readClip();
    const double interval = 1000 / rate;
    const bool ends = how == "die" || how == "crash" || how == "freeze" || how == "orphan";
    if (how == "flood" && ::fork() == 0) {
        for (;;)
            std::fputs("WARN V4L2 v4l2_videodevice.cpp:1906 /dev/video0[13:cap]: Dequeue timer of 1000000.00us has expired! ", stderr);
    }
    std::string lump;
    for (std::size_t n = 0;; ++n) {
        pause(interval);
        const std::string &unit = units[n % units.size()];
        if (ends && n == 10)
            break;
        if (how == "bare" && unit.find(std::string("\0\0\1\x67", 4)) != std::string::npos)
            continue;
        if (how == "halves" && n > 5) {
            put(unit.substr(0, unit.size() / 2));
            pause(interval / 2);
            put(unit.substr(unit.size() / 2));
        } else if (how == "lumps") {
            lump += unit;
            if (n % 3 == 2)
                put(std::exchange(lump, {}));
        } else {
            put(unit);
        }
    }
    if (how == "freeze")
        doNothing();
    if (how == "orphan" && ::fork() == 0)
        doNothing();
    if (how == "die")
        fail("failed to queue buffer rtsp://user:secret@10.0.0.1/");
    if (how == "crash") {
        const rlimit none{0, 0};
        ::setrlimit(RLIMIT_CORE, &none);
        std::abort();
    }
    std::exit(3);
}

} // namespace

int main(int argc, char **argv)
{
    const auto given = parse(argc, argv);
    if (given.count("help") != 0) {
        std::puts("Valid options are:");
        for (const auto &[name, takes] : options())
            std::printf("  --%s %s        Words about it, --not-an-option=1\n", name.c_str(), takes == Takes::Value ? "arg (=0)" : "[=arg(=1)] (=0)");
        return 0;
    }
    const std::string how = std::getenv("FAKE_RPICAM") ? std::getenv("FAKE_RPICAM") : "";
    if (given.count("list-cameras") != 0) {
        std::puts(how == "no-camera" ? "No cameras available!"
                                     : "Available cameras\n-----------------\n0 : imx708 [4608x2592 10-bit RGGB] (/base/soc/i2c0mux/i2c@1/imx708@1a)");
        return 0;
    }
    if (const char *path = std::getenv("FAKE_RPICAM_ARGV")) {
        std::ofstream file(path);
        for (int i = 1; i < argc; ++i)
            file << argv[i] << '\n';
    }
    std::fputs("[0:12:41.107] [1205]  INFO Camera camera_manager.cpp:284 libcamera v0.3.2\n", stderr);
    if (how == "no-camera")
        fail("no cameras available");
    if (how == "text")
        put("Preview window unavailable\n");
    if (how == "garbage")
        put(std::string("\0\0\0\1\xff\x13garbage", 13));
    if (how == "stubborn")
        std::signal(SIGTERM, SIG_IGN);
    if (how == "hang" || how == "stubborn" || how == "text" || how == "garbage")
        doNothing();
    play(how, std::atof(given.at("framerate").c_str()));
}
