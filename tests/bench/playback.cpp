// SPDX-License-Identifier: GPL-3.0-or-later
// playback seek SOURCE CAMERA COUNT [SEED]: seeks COUNT random moments of what is recorded and prints for each one line of
//   JSON: {"at":S,"preview_ms":P,"exact_ms":E}, S seconds behind the first picture, P the key frame's time where it came first.
// playback lanes SOURCE SECONDS: plays all lanes at once from the beginning, takes every picture, and prints one line:
//   {"lanes":N,"shown":[pictures a second of each lane],"worst_skew_ms":W,"cpu_s":C}.
// SOURCE is a folder of recordings, or an agent's address with its id before it: bench=http://127.0.0.1:8083.
#include "core/recordings/agent_source.h"
#include "core/recordings/folder_source.h"
#include "core/recordings/library.h"
#include "core/recordings/player.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QTimer>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <map>
#include <random>

using namespace vedette;
using namespace vedette::recordings;

namespace {

constexpr milliseconds kPatience{20'000}; // for one seek

double cpuSeconds()
{
    timespec used{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

std::shared_ptr<RecordingSource> sourceOf(const QString &word, const Clock &clock)
{
    const qsizetype sign = word.indexOf(QLatin1String("=http"));
    if (sign < 0)
        return std::make_shared<FolderSource>(word, clock);
    return std::make_shared<AgentSource>(word.left(sign), word.mid(sign + 1));
}

int complain(const char *what, const QString &detail = {})
{
    std::fprintf(stderr, "playback: %s %s\n", what, qPrintable(detail));
    return 1;
}

class Seeks {
public:
    Seeks(Player &player, LaneExtent extent, int count, unsigned seed) : m_player(player), m_extent(std::move(extent)), m_left(count), m_random(seed)
    {
        QObject::connect(&player, &Player::frameReady, &player, [this] { onPicture(); });
        m_patience.setSingleShot(true);
        QObject::connect(&m_patience, &QTimer::timeout, &player, [] { QCoreApplication::exit(complain("no exact picture came")); });
        player.setLanes({m_extent.lane});
        begin();
    }

private:
    void begin()
    {
        const auto length = static_cast<std::uint64_t>((m_extent.last - m_extent.first).count());
        m_at = m_extent.first + microseconds{static_cast<std::int64_t>((std::uint64_t{m_random()} << 20 ^ m_random()) % length)};
        m_preview = -1;
        m_patience.start(kPatience);
        m_elapsed.start();
        m_player.seek(m_at);
    }
    void onPicture()
    {
        const double passed = static_cast<double>(m_elapsed.nsecsElapsed()) / 1e6;
        const auto frame = m_player.take(m_extent.lane);
        const LaneState state = m_player.state(m_extent.lane);
        if (!frame || state.kind == LaneState::Kind::Seeking) {
            m_preview = frame && m_preview < 0 ? passed : m_preview;
            return;
        }
        std::printf("{\"at\":%.3f,\"preview_ms\":%.2f,\"exact_ms\":%.2f}\n", static_cast<double>((m_at - m_extent.first).count()) / 1e6,
                    m_preview < 0 ? passed : m_preview, passed);
        if (--m_left == 0)
            return QCoreApplication::quit();
        QTimer::singleShot(50, &m_player, [this] { begin(); });
    }

    Player &m_player;
    const LaneExtent m_extent;
    int m_left;
    std::mt19937 m_random;
    UtcTime m_at{};
    double m_preview = -1;
    QElapsedTimer m_elapsed;
    QTimer m_patience;
};

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    const QStringList words = app.arguments();
    const bool seek = words.value(1) == QLatin1String("seek") && words.size() >= 5;
    const bool lanes = words.value(1) == QLatin1String("lanes") && words.size() >= 4;
    if (!seek && !lanes)
        return complain("seek SOURCE CAMERA COUNT [SEED] | lanes SOURCE SECONDS");
    const SystemClock clock;
    const auto source = sourceOf(words[2], clock);
    const auto known = source->lanes({});
    if (!known || known->isEmpty())
        return complain("nothing is recorded there", known ? QString() : known.error().text());
    Library library(clock);
    library.add(source);
    Player player(library, clock);
    if (seek) {
        const auto extent = std::find_if(known->begin(), known->end(), [&](const LaneExtent &each) { return each.lane.camera == words[3]; });
        if (extent == known->end() || extent->last <= extent->first)
            return complain("this camera is not recorded:", words[3]);
        Seeks seeks(player, *extent, words[4].toInt(), words.value(5).toUInt());
        return QCoreApplication::exec();
    }
    QList<RecordingLane> all;
    UtcTime first = UtcTime::max();
    for (const LaneExtent &each : *known) {
        all.append(each.lane);
        first = std::min(first, each.first);
    }
    std::map<RecordingLane, int> shown;
    microseconds worst{0};
    QObject::connect(&player, &Player::frameReady, &player, [&](const RecordingLane &lane) {
        if (player.take(lane) && player.playing()) {
            ++shown[lane];
            worst = std::max(worst, player.state(lane).skew);
        }
    });
    player.setLanes(all);
    player.seek(first);
    const int seconds = words[3].toInt();
    double cpu = 0;
    QElapsedTimer elapsed;
    QTimer::singleShot(1'000, &player, [&] {
        player.play();
        QTimer::singleShot(1'000, &player, [&] {
            shown.clear();
            worst = {};
            cpu = cpuSeconds();
            elapsed.start();
            QTimer::singleShot(seconds * 1'000, &app, &QCoreApplication::quit);
        });
    });
    QCoreApplication::exec();
    cpu = cpuSeconds() - cpu;
    const double passed = static_cast<double>(elapsed.nsecsElapsed()) / 1e9; // timers are coarse
    std::printf("{\"lanes\":%d,\"shown\":[", static_cast<int>(player.lanes().size()));
    const char *comma = "";
    for (const RecordingLane &lane : player.lanes())
        std::printf("%s%.2f", std::exchange(comma, ","), shown[lane] / passed);
    std::printf("],\"worst_skew_ms\":%.1f,\"cpu_s\":%.2f}\n", static_cast<double>(worst.count()) / 1e3, cpu);
    return 0;
}
