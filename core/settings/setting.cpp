// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/setting.h"

#include "core/settings/setting_check.h"

#include <algorithm>
#include <array>

namespace vedette::settings {
namespace {

using L = QLatin1String;

// clang-format off
constexpr std::array kSettings{
    // key, scope, type, unit, minimum, maximum, choices, default, restarts, help
    Setting{L("agent.id"), Scope::Agent, Type::Id, L(""), 0, 0, L(""), L(""), Restarts::Agent,
            L("Name of this machine in topics, paths and files: 1 to 32 of a-z, 0-9 and '-'. Not set: the host name.")},
    Setting{L("agent.name"), Scope::Agent, Type::Text, L(""), 0, 64, L(""), L(""), Restarts::Nothing,
            L("Name for people. Not set: the id.")},
    Setting{L("agent.data_dir"), Scope::Agent, Type::Path, L(""), 0, 0, L(""), L(""), Restarts::Agent,
            L("Folder for what must survive a restart. Not set: $STATE_DIRECTORY, else vedette-agent below $XDG_STATE_HOME or ~/.local/state.")},

    Setting{L("http.address"), Scope::Agent, Type::Text, L(""), 0, 0, L(""), L("127.0.0.1"), Restarts::Agent,
            L("Address that the HTTP port listens on; only loopback (127.0.0.1 or ::1) until access tokens exist.")},
    Setting{L("http.port"), Scope::Agent, Type::Integer, L(""), 0, 65535, L(""), L("8083"), Restarts::Agent,
            L("HTTP port for control, live video and samples; 0 takes a free one and prints it at the start.")},

    Setting{L("mqtt.host"), Scope::Agent, Type::Text, L(""), 0, 0, L(""), L(""), Restarts::Agent,
            L("Host name or address of the MQTT broker. Not set: no broker, consoles ask over HTTP.")},
    Setting{L("mqtt.port"), Scope::Agent, Type::Integer, L(""), 1, 65535, L(""), L("1883"), Restarts::Agent,
            L("Port of the broker; with TLS it is usually 8883.")},
    Setting{L("mqtt.username"), Scope::Agent, Type::Text, L(""), 0, 0, L(""), L(""), Restarts::Agent,
            L("User name at the broker.")},
    Setting{L("mqtt.password"), Scope::Agent, Type::Secret, L(""), 0, 0, L(""), L(""), Restarts::Agent,
            L("Password at the broker; never shown again.")},
    Setting{L("mqtt.tls"), Scope::Agent, Type::Boolean, L(""), 0, 0, L(""), L("false"), Restarts::Agent,
            L("Encrypts the connection to the broker.")},
    Setting{L("mqtt.ca_file"), Scope::Agent, Type::Path, L(""), 0, 0, L(""), L(""), Restarts::Agent,
            L("PEM file with the authorities that may have signed the broker's certificate. Not set: those of the system.")},

    Setting{L("relay.url"), Scope::Agent, Type::Url, L(""), 0, 0, L("rtsp|rtsps"), L(""), Restarts::Agent,
            L("MediaMTX to push to, as rtsp://HOST:8554; each camera goes to <url>/<camera>. Not set: no relay. A user part, or a token as rtsp://HOST:8554?jwt=TOKEN, is used for pushing and is never shown; ?transport=udp sends the packets by UDP.")},
    Setting{L("relay.public_url"), Scope::Agent, Type::Url, L(""), 0, 0, L("rtsp|rtsps"), L(""), Restarts::Agent,
            L("The relay's address as consoles reach it. Not set: relay.url without its user part and token.")},

    Setting{L("livekit.room"), Scope::Agent, Type::Text, L(""), 0, 128, L(""), L(""), Restarts::Agent,
            L("Room that /webrtc/token lets people watch. Not set: the agent's id. The server is what LIVEKIT_HOST, LIVEKIT_API_KEY and LIVEKIT_API_SECRET name.")},

    Setting{L("sense_hat.kind"), Scope::Agent, Type::Choice, L(""), 0, 0, L("auto|simulated|none"), L("auto"), Restarts::Agent,
            L("Sense HAT: auto uses one that is plugged in, simulated makes plausible values, none leaves it out.")},

    Setting{L("log.format"), Scope::Agent, Type::Choice, L(""), 0, 0, L("auto|text|json"), L("auto"), Restarts::Agent,
            L("Lines of the log: text for people, json one object a line for programs, auto text on a terminal and json otherwise.")},

    Setting{L("clock.trust"), Scope::Agent, Type::Choice, L(""), 0, 0, L("auto|kernel|always"), L("auto"), Restarts::Agent,
            L("When the wall clock counts as known: auto = the kernel says synchronised, or the machine keeps time itself (battery clock, virtual machine); kernel = only the former; always = without asking.")},

    Setting{L("spool.max_mb"), Scope::Agent, Type::Integer, L("MiB"), 16, 1'000'000, L(""), L("1024"), Restarts::Agent,
            L("Most disk space that the log of samples may use; the oldest rows go first.")},
    Setting{L("spool.max_days"), Scope::Agent, Type::Integer, L("days"), 1, 3650, L(""), L("30"), Restarts::Agent,
            L("How long the log keeps samples, sent or not.")},
    Setting{L("recording.folder"), Scope::Agent, Type::Path, L(""), 0, 0, L(""), L(""), Restarts::Agent,
            L("Folder of recordings and their catalog; one agent's alone. Not set: recordings in agent.data_dir.")},
    Setting{L("recording.segment_seconds"), Scope::Agent, Type::Integer, L("s"), 10, 3600, L(""), L("900"), Restarts::Agent,
            L("Length of one recorded file; it ends at the first key frame at or behind a multiple of that in UTC: 900 gives :00, :15, :30 and :45.")},
    Setting{L("recording.max_days"), Scope::Agent, Type::Integer, L("days"), 0, 3650, L(""), L("0"), Restarts::Agent,
            L("Recordings that are older than the newest by more than this go; 0: none for its age.")},
    Setting{L("recording.max_gb"), Scope::Agent, Type::Integer, L("GB"), 0, 1'000'000, L(""), L("0"), Restarts::Agent,
            L("Most disk space of all recordings of this agent, in 1,000,000,000 bytes; the oldest go first. 0: all that is free.")},
    Setting{L("recording.min_free_mb"), Scope::Agent, Type::Integer, L("MiB"), 0, 10'000'000, L(""), L("1024"), Restarts::Agent,
            L("Free space that the oldest recordings make way for; 0: recording stops when the disk is full.")},

    Setting{L("id"), Scope::Camera, Type::Id, L(""), 0, 0, L(""), L(""), Restarts::Camera,
            L("Name in topics, paths and files, unique in the fleet. Not set: the agent's id for one camera, <agent>-<n> for several.")},
    Setting{L("name"), Scope::Camera, Type::Text, L(""), 0, 64, L(""), L(""), Restarts::Nothing,
            L("Name for people. Not set: the id.")},
    Setting{L("source"), Scope::Camera, Type::Choice, L(""), 0, 0, L("test|file|url|libcamera|rpicam|v4l2"), L("test"), Restarts::Camera,
            L("test = a moving synthetic picture; file = a video file, looped in real time; url = a network camera, passed through untouched; libcamera = a camera of this machine, as on a Raspberry Pi; rpicam = the same by the program rpicam-vid; v4l2 = a USB camera or another /dev/video.")},
    Setting{L("file"), Scope::Camera, Type::Path, L(""), 0, 0, L(""), L(""), Restarts::Camera,
            L("Video file for source file; a relative path starts at the folder of this settings file.")},
    Setting{L("url"), Scope::Camera, Type::Url, L(""), 0, 0, L("rtsp|rtsps|http|https|rtmp|rtmps|srt"), L(""), Restarts::Camera,
            L("Address for source url, as rtsp://USER:PASSWORD@HOST/PATH; write '@', ':' and '/' in a password as %40, %3A and %2F. The user part is never shown.")},
    Setting{L("audio"), Scope::Camera, Type::Boolean, L(""), 0, 0, L(""), L("true"), Restarts::Camera,
            L("Whether the sound of source url goes with its pictures: AAC untouched, every other codec made AAC.")},
    Setting{L("device"), Scope::Camera, Type::Text, L(""), 0, 256, L(""), L(""), Restarts::Camera,
            L("Which camera: for source libcamera its id, model or number from 0, for rpicam its number, for v4l2 as /dev/video0. Not set: the first.")},
    Setting{L("width"), Scope::Camera, Type::Integer, L("px"), 16, 8192, L(""), L("1280"), Restarts::Camera,
            L("Picture width of sources test, libcamera, rpicam and v4l2; the most for source file, which keeps its shape. Even.")},
    Setting{L("height"), Scope::Camera, Type::Integer, L("px"), 16, 8192, L(""), L("720"), Restarts::Camera,
            L("Picture height of those, and the most for source file; even.")},
    Setting{L("framerate"), Scope::Camera, Type::Number, L("frames/s"), 1, 120, L(""), L("20"), Restarts::Camera,
            L("Pictures per second of sources test, libcamera, rpicam and v4l2.")},
    Setting{L("bitrate_kbps"), Scope::Camera, Type::Integer, L("kbit/s"), 50, 100'000, L(""), L("2500"), Restarts::Camera,
            L("Bit rate that the encoder aims at.")},
    Setting{L("key_frame_seconds"), Scope::Camera, Type::Number, L("s"), 0.1, 60, L(""), L("2"), Restarts::Camera,
            L("Time between key frames; a viewer can join at each.")},
    Setting{L("encoder"), Scope::Camera, Type::Choice, L(""), 0, 0, L("auto|libx264|h264_v4l2m2m"), L("auto"), Restarts::Camera,
            L("What encodes H.264: auto takes the hardware (h264_v4l2m2m; a Raspberry Pi 5 has none) where it works, and libx264 where it does not or stops working.")},
    Setting{L("preset"), Scope::Camera, Type::Choice, L(""), 0, 0,
            L("ultrafast|superfast|veryfast|faster|fast|medium|slow|slower|veryslow|placebo"), L("superfast"), Restarts::Camera,
            L("x264's trade between processor time and picture quality; ultrafast costs least.")},
    Setting{L("burn_in"), Scope::Camera, Type::Choice, L(""), 0, 0, L("none|name|time|both"), L("none"), Restarts::Camera,
            L("Writes the name, the capture time in UTC, or both into the pictures of main and sub; only where they are encoded here, so not into a stream that is passed through.")},
    Setting{L("test_fault"), Scope::Camera, Type::Choice, L(""), 0, 0, L("none|stall|vanish|error|repeat|jump|black|noise-free"), L("none"), Restarts::Camera,
            L("Fault that source test suffers again and again, for drills: no picture, unplugged, an error, the same buffer, a jump of the time stamps, black pictures, unchanging pictures.")},
    Setting{L("test_fault_seconds"), Scope::Camera, Type::Number, L("s"), 0, 86'400, L(""), L("30"), Restarts::Camera,
            L("When test_fault comes, after each opening of the source.")},
    Setting{L("profile"), Scope::Camera, Type::Choice, L(""), 0, 0, L("baseline|main|high"), L("high"), Restarts::Camera,
            L("The most of H.264 that the encoder uses; a simpler one is for old receivers.")},
    Setting{L("publish"), Scope::Camera, Type::Boolean, L(""), 0, 0, L(""), L("true"), Restarts::Camera,
            L("Whether this camera is pushed to relay.url.")},

    Setting{L("enabled"), Scope::CameraSub, Type::Boolean, L(""), 0, 0, L(""), L(""), Restarts::Camera,
            L("A second, small stream of the camera. Not set: yes for sources that are encoded here, no for those that are passed through, whose pictures must be decoded for it.")},
    Setting{L("width"), Scope::CameraSub, Type::Integer, L("px"), 16, 8192, L(""), L("640"), Restarts::Camera,
            L("Most picture width; the shape is kept and nothing is enlarged. Even.")},
    Setting{L("height"), Scope::CameraSub, Type::Integer, L("px"), 16, 8192, L(""), L("360"), Restarts::Camera,
            L("Most picture height; even.")},
    Setting{L("framerate"), Scope::CameraSub, Type::Number, L("frames/s"), 0, 120, L(""), L("0"), Restarts::Camera,
            L("Most pictures per second; 0 takes all of the main stream.")},
    Setting{L("bitrate_kbps"), Scope::CameraSub, Type::Integer, L("kbit/s"), 50, 100'000, L(""), L("400"), Restarts::Camera,
            L("Bit rate that the encoder aims at.")},

    Setting{L("mode"), Scope::CameraRecording, Type::Choice, L(""), 0, 0, L("off|continuous|schedule|trigger"), L("off"), Restarts::Camera,
            L("When this camera is recorded on this machine: always, by the schedule, or when the command trigger comes.")},
    Setting{L("streams"), Scope::CameraRecording, Type::Choice, L(""), 0, 0, L("main|sub|both"), L("main"), Restarts::Camera,
            L("Which of its streams.")},
    Setting{L("sub_mode"), Scope::CameraRecording, Type::Choice, L(""), 0, 0, L("same|continuous|schedule|trigger"), L("same"), Restarts::Camera,
            L("When the sub stream is recorded, where it is one of the streams; same: as mode.")},
    Setting{L("schedule"), Scope::CameraRecording, Type::Text, L(""), 0, 500, L(""), L(""), Restarts::Camera,
            L("When mode schedule records: parts separated by ';', each with days (none: every day) and times as the clock on the wall shows them; a span may end on the next day.")},
    Setting{L("time_zone"), Scope::CameraRecording, Type::Text, L(""), 0, 64, L(""), L(""), Restarts::Camera,
            L("Time zone of the schedule by its IANA name. Not set: the machine's.")},
    Setting{L("pre_seconds"), Scope::CameraRecording, Type::Integer, L("s"), 0, 60, L(""), L("5"), Restarts::Camera,
            L("Mode trigger: how much from before the trigger is recorded, to the key frame before; kept in memory, at most 64 MiB a stream.")},
    Setting{L("post_seconds"), Scope::CameraRecording, Type::Integer, L("s"), 1, 3600, L(""), L("30"), Restarts::Camera,
            L("Mode trigger: how long is recorded from the last trigger on.")},

    Setting{L("rotation"), Scope::CameraControls, Type::Integer, L("degrees"), 0, 180, L("0|180"), L(""), Restarts::Camera,
            L("Turns the picture, for a camera that hangs upside down; the camera itself cannot turn by 90.")},
    Setting{L("hflip"), Scope::CameraControls, Type::Boolean, L(""), 0, 0, L(""), L(""), Restarts::Camera,
            L("Mirrors the picture left to right.")},
    Setting{L("vflip"), Scope::CameraControls, Type::Boolean, L(""), 0, 0, L(""), L(""), Restarts::Camera,
            L("Mirrors the picture top to bottom.")},
    Setting{L("awb"), Scope::CameraControls, Type::Choice, L(""), 0, 0, L("auto|incandescent|tungsten|fluorescent|indoor|daylight|cloudy|custom"), L(""), Restarts::Nothing,
            L("Automatic white balance; all but auto look only for light of that kind.")},
    Setting{L("exposure"), Scope::CameraControls, Type::Choice, L(""), 0, 0, L("normal|short|long|custom"), L(""), Restarts::Nothing,
            L("What automatic exposure prefers; short is for fast movement, also known as sport.")},
    Setting{L("metering"), Scope::CameraControls, Type::Choice, L(""), 0, 0, L("centre|spot|matrix|custom"), L(""), Restarts::Nothing,
            L("Part of the picture that automatic exposure measures.")},
    Setting{L("shutter_us"), Scope::CameraControls, Type::Integer, L("us"), 0, 1'000'000'000, L(""), L(""), Restarts::Nothing,
            L("Exposure time; 0 is automatic. A time longer than a frame lowers the frame rate.")},
    Setting{L("gain"), Scope::CameraControls, Type::Number, L(""), 0, 64, L(""), L(""), Restarts::Nothing,
            L("Gain of the sensor, 1 for none; 0 is automatic.")},
    Setting{L("ev"), Scope::CameraControls, Type::Number, L("EV"), -8, 8, L(""), L(""), Restarts::Nothing,
            L("Makes automatic exposure brighter or darker; 1 is twice the light.")},
    Setting{L("brightness"), Scope::CameraControls, Type::Number, L(""), -1, 1, L(""), L(""), Restarts::Nothing,
            L("-1 is black, 1 is white, 0 leaves the picture as it is.")},
    Setting{L("contrast"), Scope::CameraControls, Type::Number, L(""), 0, 32, L(""), L(""), Restarts::Nothing,
            L("1 leaves the picture as it is.")},
    Setting{L("saturation"), Scope::CameraControls, Type::Number, L(""), 0, 32, L(""), L(""), Restarts::Nothing,
            L("0 is grey, 1 leaves the picture as it is.")},
    Setting{L("sharpness"), Scope::CameraControls, Type::Number, L(""), 0, 16, L(""), L(""), Restarts::Nothing,
            L("0 does not sharpen, 1 is what is usual for the camera.")},
    Setting{L("denoise"), Scope::CameraControls, Type::Choice, L(""), 0, 0, L("auto|off|minimal|fast|high_quality"), L(""), Restarts::Nothing,
            L("Noise reduction; auto leaves it to the camera, fast is what video usually takes.")},
    Setting{L("hdr"), Scope::CameraControls, Type::Choice, L(""), 0, 0, L("off|single_exposure|multi_exposure|night"), L(""), Restarts::Nothing,
            L("High dynamic range, where the camera has it (needs libcamera 0.2 or newer).")},
    Setting{L("autofocus"), Scope::CameraControls, Type::Choice, L(""), 0, 0, L("manual|auto|continuous"), L(""), Restarts::Nothing,
            L("manual keeps lens_position, auto focuses once at the start, continuous all the time.")},
    Setting{L("lens_position"), Scope::CameraControls, Type::Number, L("dioptres"), 0, 32, L(""), L(""), Restarts::Nothing,
            L("1 / distance in metres, 0 for infinity; needs autofocus manual, or none set.")},
    Setting{L("roi"), Scope::CameraControls, Type::Text, L(""), 0, 64, L(""), L(""), Restarts::Nothing,
            L("Part of the sensor to show, as \"x,y,width,height\" in parts of 1: \"0.25,0.25,0.5,0.5\" is the middle, twice as large.")},

    Setting{L("url"), Scope::CameraTarget, Type::Url, L(""), 0, 0, L("rtsp|rtsps|rtmp|rtmps|srt"), L(""), Restarts::Camera,
            L("Where this camera is pushed to besides the relay. {key} stands for the key; without it a key is appended to an RTMP address as its last part. MediaMTX takes a token (JWT) as rtsp://HOST:8554/PATH?jwt={key}.")},
    Setting{L("name"), Scope::CameraTarget, Type::Id, L(""), 0, 0, L(""), L(""), Restarts::Camera,
            L("Name in status and metrics, unique for the camera. Not set: target-<n>.")},
    Setting{L("key_file"), Scope::CameraTarget, Type::Path, L(""), 0, 0, L(""), L(""), Restarts::Camera,
            L("File with the stream key, password, token or passphrase in its first line; only its owner may read it (chmod 600).")},
    Setting{L("key_env"), Scope::CameraTarget, Type::Text, L(""), 0, 128, L(""), L(""), Restarts::Camera,
            L("Name of the environment variable with that key, instead of a file.")},
    Setting{L("stream"), Scope::CameraTarget, Type::Choice, L(""), 0, 0, L("main|sub"), L("main"), Restarts::Camera,
            L("Which stream is pushed.")},
    Setting{L("transport"), Scope::CameraTarget, Type::Choice, L(""), 0, 0, L("tcp|udp"), L("tcp"), Restarts::Camera,
            L("How an rtsp:// target gets its packets; rtsps:// is always TCP.")},
    Setting{L("enabled"), Scope::CameraTarget, Type::Boolean, L(""), 0, 0, L(""), L("true"), Restarts::Camera,
            L("Whether it is pushed now.")},
};
// clang-format on

} // namespace

std::span<const Setting> settingsTable()
{
    return kSettings;
}

QLatin1String sectionOf(Scope scope)
{
    switch (scope) {
    case Scope::Agent: return {};
    case Scope::Camera: return L("camera");
    case Scope::CameraSub: return L("camera.sub");
    case Scope::CameraRecording: return L("camera.recording");
    case Scope::CameraControls: return L("camera.controls");
    case Scope::CameraTarget: return L("camera.target");
    }
    return {};
}

const Setting *findSetting(Scope scope, QStringView key)
{
    const auto found = std::find_if(kSettings.begin(), kSettings.end(),
                                    [&](const Setting &each) { return each.scope == scope && each.key == key; });
    return found == kSettings.end() ? nullptr : &*found;
}

Result<QJsonValue> checkValue(const Setting &setting, const QJsonValue &value)
{
    auto checked = checkOnly(setting, value);
    if (!checked)
        return fail(checked.error().kind, setting.key + QStringLiteral(": ") + checked.error().detail);
    return checked;
}

} // namespace vedette::settings
