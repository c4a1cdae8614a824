// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/probe.h"

#include "core/base/secret.h"
#include "core/base/worker.h"
#include "core/media/encoder_check.h"
#include "edge-agent/capture/child_process.h"
#include "edge-agent/capture/clock_trust.h"
#include "edge-agent/capture/rpicam_source.h"
#include "edge-agent/telemetry/linux_i2c.h"
#include "edge-agent/telemetry/sense_hat.h"

#include <QJsonDocument>

#include <pwd.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <tuple>
#include <utility>
#include <vector>

namespace vedette::agent {
namespace {

constexpr milliseconds kLimit{6'000};
constexpr qsizetype kMostList = 64 * 1024;     // of rpicam-vid --list-cameras
// What a usable camera must give at least: the settings' defaults.
constexpr int kWidth = 1280;
constexpr int kHeight = 720;
constexpr double kFramerate = 20;

/// One question on a thread of its own, for a driver may never answer it. Then the thread is left behind.
template <typename T>
class Question {
public:
    explicit Question(std::function<T()> ask) : m_worker(std::make_unique<Worker>("probe", [ask = std::move(ask), state = m_state](std::stop_token) {
        T answer = ask();
        std::lock_guard lock(state->mutex);
        state->answer = std::move(answer);
        state->answered.notify_all();
    }))
    {
    }
    ~Question()
    {
        std::unique_lock lock(m_state->mutex);
        if (m_state->answer)
            return;
        lock.unlock();
        (void)m_worker.release();
    }
    Question(const Question &) = delete;
    Question &operator=(const Question &) = delete;

    /// Empty when it has not answered by then.
    std::optional<T> answer(std::chrono::steady_clock::time_point deadline)
    {
        std::unique_lock lock(m_state->mutex);
        m_state->answered.wait_until(lock, deadline, [this] { return m_state->answer.has_value(); });
        return m_state->answer;
    }

private:
    struct State {
        std::mutex mutex; // guards answer
        std::condition_variable answered;
        std::optional<T> answer;
    };
    const std::shared_ptr<State> m_state = std::make_shared<State>();
    std::unique_ptr<Worker> m_worker;
};

ProbeReport::V4l2 askDevice(V4l2System &system, const QString &path)
{
    ProbeReport::V4l2 out;
    out.camera.path = path;
    auto device = system.open(path);
    if (!device) {
        out.error = v4l2Error(device.error(), path, QStringLiteral("opened"));
        return out;
    }
    auto camera = describeV4l2(**device, path);
    if (!camera) {
        out.error = camera.error();
        return out;
    }
    out.camera = *camera;
    const auto format = chooseV4l2Format(*camera, kWidth, kHeight, kFramerate);
    out.usable = format.has_value();
    if (!format)
        out.error = format.error();
    return out;
}

ProbeReport::Rpicam askRpicam(milliseconds limit)
{
    ProbeReport::Rpicam out;
    const auto program = findRpicam();
    if (!program)
        return out;
    out.program = *program;
    auto child = ChildProcess::start(*program, {QStringLiteral("--list-cameras")});
    const auto list = child ? (*child)->readAll(kMostList, limit, {}) : Result<QByteArray>(fail(child.error()));
    if (list)
        out.cameras = parseRpicamList(QString::fromUtf8(*list));
    else
        out.reason = list.error().text();
    return out;
}

ProbeReport::Libcamera askLibcamera()
{
    ProbeReport::Libcamera out;
    if (auto cameras = listLibcameras())
        out.cameras = std::move(*cameras);
    else if (cameras.error().kind == ErrorKind::Unsupported)
        out.built = false;
    else
        out.reason = cameras.error().text();
    return out;
}

/// Empty when it answers.
std::optional<Error> askSenseHat()
{
    auto bus = LinuxI2c::open(QStringLiteral("/dev/i2c-1"));
    if (!bus)
        return bus.error();
    const auto hat = SenseHat::create(std::move(*bus));
    return hat ? std::nullopt : std::optional(hat.error());
}

ProbeReport::ClockState askClock()
{
    const ClockSync sync = SystemClock().sync();
    const ClockProbes probes = systemClockProbes();
    return {sync.synchronized, sync.uncertainty, probes.batteryClock(), probes.hypervisor()};
}

QString userName()
{
    const passwd *user = ::getpwuid(::geteuid());
    return user ? QString::fromLocal8Bit(user->pw_name) : QString::number(::geteuid());
}

QString silent(milliseconds limit)
{
    return QStringLiteral("its driver did not answer for %1 s").arg(static_cast<double>(limit.count()) / 1000);
}

} // namespace

ProbeReport probe(V4l2System &v4l2, milliseconds limit)
{
    const auto deadline = std::chrono::steady_clock::now() + limit;
    ProbeReport report;
    report.user = userName();
    report.clock = askClock();

    const QStringList paths = v4l2.paths();
    std::vector<std::unique_ptr<Question<ProbeReport::V4l2>>> devices;
    for (const QString &path : paths)
        devices.push_back(std::make_unique<Question<ProbeReport::V4l2>>([&v4l2, path] { return askDevice(v4l2, path); }));
    const QStringList names = media::h264Encoders();
    std::vector<std::unique_ptr<Question<Status>>> encoders;
    for (const QString &name : names)
        encoders.push_back(std::make_unique<Question<Status>>([name] { return media::checkEncoder(name); }));
    // One after the other: both open the same cameras.
    using Pi = std::pair<ProbeReport::Libcamera, ProbeReport::Rpicam>;
    Question<Pi> pi([limit] {
        ProbeReport::Libcamera libcamera = askLibcamera();
        return Pi(std::move(libcamera), askRpicam(limit / 2));
    });
    Question<std::optional<Error>> hat(askSenseHat);

    for (qsizetype i = 0; i < paths.size(); ++i) {
        auto answer = devices[static_cast<std::size_t>(i)]->answer(deadline);
        report.overdue = report.overdue || !answer;
        report.v4l2.append(answer ? *answer : ProbeReport::V4l2{{paths[i], {}, {}, {}, {}, {}}, false, Error{ErrorKind::Timeout, silent(limit), nullptr}});
    }
    for (qsizetype i = 0; i < names.size(); ++i) {
        const auto works = encoders[static_cast<std::size_t>(i)]->answer(deadline);
        report.overdue = report.overdue || !works;
        report.encoders.append({names[i], !works ? silent(limit) : *works ? QString() : works->error().text()});
    }
    const auto listed = pi.answer(deadline);
    if (listed)
        std::tie(report.libcamera, report.rpicam) = *listed;
    else
        report.libcamera.reason = report.rpicam.reason = silent(limit);
    const auto answered = hat.answer(deadline);
    report.senseHat = answered ? *answered : Error{ErrorKind::Timeout, silent(limit), nullptr};
    report.overdue = report.overdue || !listed || !answered;
    return report;
}

int runProbe(const QStringList &arguments)
{
    const bool json = arguments == QStringList{QStringLiteral("--json")};
    if (!json && !arguments.isEmpty()) {
        std::fputs(arguments == QStringList{QStringLiteral("--help")} ? "vedette-agent probe [--json]: says which cameras, encoders and sensors this machine has, and what is missing.\n"
                                                                      : "Give probe or probe --json.\n", stderr);
        return 2;
    }
    if (!qEnvironmentVariableIsSet("LIBCAMERA_LOG_LEVELS"))
        qputenv("LIBCAMERA_LOG_LEVELS", "*:ERROR"); // what it merely tells would stand among the answers
    const ProbeReport report = probe(linuxV4l2(), kLimit);
    const QByteArray out = json ? QJsonDocument(report.json()).toJson() : redact(report.text()).toUtf8();
    std::fputs(out.constData(), stdout);
    std::fflush(stdout);
    const int code = report.usable() ? 0 : 1;
    if (report.overdue)
        std::_Exit(code); // a thread hangs in a driver
    return code;
}

} // namespace vedette::agent
