// SPDX-License-Identifier: GPL-3.0-or-later
// Draws a time line with a year of segments again and again and prints the CPU time it took, or writes it as a picture:
//   timeline [--cameras 16] [--segments 35000] [--width 1860] [--height 700] [--zoom SECONDS] [--png FILE] [--light] [--strip]
#include "app/recordings/timeline_widget.h"
#include "app/widgets/theme.h"
#include "tests/support/manual_clock.h"
#include "tests/support/scripted_lane.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QImage>
#include <QPainter>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <random>

using namespace vedette;
using namespace vedette::app;
using namespace vedette::review;
using namespace std::chrono;

namespace {

/// Files of a quarter of an hour with a second between them, and now and then something else.
LaneContent yearOf(int segments, int seed, UtcTime now)
{
    std::mt19937 random{unsigned(seed)};
    LaneContent all;
    UtcTime at = now - seconds{900} * segments;
    const microseconds whole = now - at;
    for (int i = 0; i < segments; ++i, at += seconds{900}) {
        const double age = double((now - at).count()) / double(whole.count());
        const SpanKind kind = age > 0.97 ? SpanKind::Expired : age > 0.02 ? SpanKind::Stored : age > 0.0001 ? SpanKind::InTransit : SpanKind::OnEdge;
        const auto drawn = random() % 1000;
        all.spans.push_back({at, at + seconds{899}, drawn < 6 ? SpanKind::Gap : drawn < 7 ? SpanKind::Lost : kind});
        all.spans.push_back({at + seconds{899}, at + seconds{900}, kind == SpanKind::Expired ? kind : SpanKind::Gap});
    }
    all.marks.push_back({QStringLiteral("b"), LaneMark::Kind::Bookmark, now - minutes{31}, {}, QStringLiteral("Forklift")});
    all.marks.push_back({QStringLiteral("p"), LaneMark::Kind::Protection, now - minutes{30}, now - minutes{20}, {}});
    return all;
}

/// Of this thread: the machine's other work does not count.
double cpuMs()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return double(now.tv_sec) * 1e3 + double(now.tv_nsec) / 1e6;
}

void print(const char *what, std::vector<double> ms)
{
    std::sort(ms.begin(), ms.end());
    std::printf("%-34s p50 %.2f ms  p95 %.2f ms  max %.2f ms  n %zu\n", what, ms[ms.size() / 2], ms[ms.size() * 95 / 100], ms.back(), ms.size());
}

} // namespace

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    QCommandLineParser arguments;
    const auto option = [&](const char *name, const char *value) {
        arguments.addOption({QLatin1String(name), QString(), QLatin1String(value), QLatin1String(value)});
    };
    option("cameras", "16");
    option("segments", "35000");
    option("width", "1860");
    option("height", "700");
    option("zoom", "31536000");
    option("png", "none");
    arguments.addOption({QStringLiteral("light"), QString()});
    arguments.addOption({QStringLiteral("strip"), QString()});
    arguments.process(application);
    const auto number = [&](const char *name) { return arguments.value(QLatin1String(name)).toInt(); };

    QApplication::setStyle(QStringLiteral("Fusion"));
    QApplication::setFont(bodyFont(QApplication::font()));
    QApplication::setPalette((arguments.isSet(QStringLiteral("light")) ? Theme::light() : Theme::dark()).palette());

    test::ManualClock clock;
    const UtcTime now = clock.utcNow();
    ReviewModel model(clock);
    std::vector<std::unique_ptr<LaneSource>> lanes;
    for (int i = 0; i < number("cameras"); ++i)
        lanes.push_back(std::make_unique<test::ScriptedLane>(QStringLiteral("c%1").arg(i), QStringLiteral("Camera %1 north").arg(i + 1), yearOf(number("segments"), i, now)));
    model.setLanes(std::move(lanes));
    model.selectLane(QStringLiteral("c0"));
    TimelineWidget widget(model, arguments.isSet(QStringLiteral("strip")) ? TimelineForm::Strip : TimelineForm::Full);
    widget.resize(number("width"), number("height"));
    widget.show();
    model.show(now - seconds{number("zoom")}, now + seconds{number("zoom") / 20}, widget.axis().width());
    model.seek(now - seconds{number("zoom") / 4});
    QApplication::processEvents();

    const qreal ratio = widget.devicePixelRatioF();
    QImage screen((QSizeF(widget.size()) * ratio).toSize(), QImage::Format_RGB32);
    screen.setDevicePixelRatio(ratio);
    const auto timed = [&](const char *what, const std::function<void(int)> &change) {
        std::vector<double> ms;
        for (int i = 0; i < 300; ++i) {
            change(i);
            const double begun = cpuMs();
            widget.render(&screen, QPoint(), QRegion(), QWidget::DrawWindowBackground);
            ms.push_back(cpuMs() - begun);
        }
        print(what, std::move(ms));
    };
    if (arguments.value(QStringLiteral("png")) != QLatin1String("none")) {
        widget.render(&screen);
        return screen.save(arguments.value(QStringLiteral("png"))) ? 0 : 1;
    }
    timed("panned by a pixel, all drawn", [&](int i) { model.show(widget.axis().panned(i % 60 < 30 ? -1 : 1)); });
    timed("zoomed by an eighth, all drawn", [&](int i) { model.show(widget.axis().zoomed(i % 60 < 30 ? 1 : -1, 900)); });
    timed("play head moved, whole widget", [&](int i) { model.seek(now - seconds{number("zoom") / 4} + minutes{i}); });
    return 0;
}
