// SPDX-License-Identifier: GPL-3.0-or-later
// Figures of what the timeline asks: "library_figures index" merges 16 cameras of 35,000 files and a gap behind each and asks
// for viewports of 1,920 points; "library_figures folder DIR FILE" lists and looks into 99,840 names of one file, made below DIR.
// One JSON object a line.
#include "core/recordings/folder_source.h"
#include "core/base/compat.h"
#include "core/recordings/lane_index.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QDir>
#include <QFile>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <unistd.h>

using namespace vedette;
using namespace vedette::recordings;
using protocol::CoverageSpan;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr UtcTime kZero{seconds{1'767'225'600}}; // 2026-01-01
constexpr int kCameras = 16;
constexpr int kPoints = 1920;

double since(MonoTime begin)
{
    return static_cast<double>((SystemClock().now() - begin).count()) / 1000;
}

void tell(const char *what, std::vector<double> ms, double more = 0)
{
    std::sort(ms.begin(), ms.end());
    const auto at = [&ms](double part) { return ms[std::min(ms.size() - 1, static_cast<std::size_t>(part * static_cast<double>(ms.size())))]; };
    std::printf("{\"figure\":\"%s\",\"p50_ms\":%.3f,\"p95_ms\":%.3f,\"most_ms\":%.3f,\"n\":%zu,\"count\":%.0f}\n", what, at(0.5), at(0.95), ms.back(), ms.size(), more);
}

int index()
{
    constexpr int kFiles = 35'000;
    const MonoTime begin = SystemClock().now();
    std::vector<LaneIndex> lanes(kCameras);
    QList<CoverageSpan> spans;
    for (int i = 0; i < kFiles; ++i) {
        const UtcTime from = kZero + minutes{15} * i;
        spans += {CoverageSpan{from, from + seconds{895}, std::nullopt, protocol::Custody::OnEdge}, CoverageSpan{from + seconds{895}, from + minutes{15}, protocol::GapReason::SourceLost, {}}};
    }
    const UtcTime end = kZero + minutes{15} * kFiles;
    for (LaneIndex &lane : lanes) {
        lane.addSource(QStringLiteral("folder"), RecordingSource::Kind::Folder);
        lane.addSource(QStringLiteral("agent"), RecordingSource::Kind::Agent);
        lane.tell(QStringLiteral("agent"), kZero, end, spans);
        lane.tell(QStringLiteral("folder"), kZero, end, spans);
    }
    tell("merge, two sources of 16 x 35,000 files", {since(begin)}, kCameras * kFiles);
    const std::pair<const char *, microseconds> views[] = {{"viewport of 10 s", seconds{10}}, {"viewport of an hour", hours{1}}, {"viewport of a day", hours{24}}, {"viewport of a month", hours{720}}, {"viewport of the year", end - kZero}};
    for (const auto &[name, width] : views) {
        std::vector<double> ms;
        std::size_t shown = 0;
        for (int i = 0; i < 200; ++i) {
            const UtcTime from = kZero + (end - kZero - width) * i / 200;
            const MonoTime asked = SystemClock().now();
            for (const LaneIndex &lane : lanes)
                shown += static_cast<std::size_t>(lane.view(from, from + width, width / kPoints, end, false).spans.size());
            ms.push_back(since(asked));
        }
        tell(name, ms, static_cast<double>(shown) / 200);
    }
    std::vector<double> ms;
    for (int i = 0; i < 200; ++i) {
        const UtcTime from = kZero + (end - kZero) / 2 + minutes{15} * i;
        const MonoTime asked = SystemClock().now();
        lanes[static_cast<std::size_t>(i % kCameras)].tell(QStringLiteral("agent"), from, from + minutes{5}, {CoverageSpan{from, from + minutes{i % 5 + 1}, std::nullopt, protocol::Custody::Stored}});
        ms.push_back(since(asked));
    }
    tell("late data of 5 min into one lane", ms);
    return 0;
}

int folder(const QString &root, const QString &file)
{
    constexpr int kDays = 65;
    int count = 0;
    for (int camera = 0; camera < kCameras; ++camera) {
        const QString path = QStringLiteral("%1/camera-%2").arg(root).arg(camera);
        const QString own = QStringLiteral("%1/%2.seed").arg(root).arg(camera); // file systems bound the names of one file
        if (!QDir().mkpath(path) || !QFile::copy(file, own))
            return 1;
        for (int i = 0; i < kDays * 96; ++i) {
            const QString name = QDateTime::fromSecsSinceEpoch(kZero.time_since_epoch() / seconds{1} + 900 * i, compat::kUtc).toString(QStringLiteral("/yyyy-MM-dd_HH-mm-ss'-000000.mp4'"));
            count += ::link(QFile::encodeName(own).constData(), QFile::encodeName(path + name).constData()) == 0;
        }
    }
    SystemClock clock;
    FolderSource source(root, clock);
    const RecordingLane lane{QStringLiteral("0"), QStringLiteral("main")};
    MonoTime begin = clock.now();
    const auto lanes = source.lanes({});
    tell("list of the folder", {since(begin)}, count);
    begin = clock.now();
    auto account = source.account(lane, kZero + hours{24}, kZero + hours{48}, {});
    tell("first answer, a day of one camera", {since(begin)}, account ? static_cast<double>(account->spans.size()) : -1);
    begin = clock.now();
    int answers = 0;
    do {
        account = source.account(lane, kZero, kZero + hours{24 * kDays}, {});
        ++answers;
    } while (account && account->settling);
    tell("all of one camera, looked into", {since(begin)}, answers);
    begin = clock.now();
    const auto pieces = source.pieces(lane, kZero + hours{100}, kZero + hours{100} + seconds{1}, {});
    tell("the piece of a moment", {since(begin)}, pieces ? static_cast<double>(pieces->size()) : -1);
    return lanes && lanes->size() == kCameras ? 0 : 1;
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    const QStringList arguments = app.arguments();
    if (arguments.value(1) == QLatin1String("index"))
        return index();
    return arguments.size() == 4 ? folder(arguments[2], arguments[3]) : 2;
}
