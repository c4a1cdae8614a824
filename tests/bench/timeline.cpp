// SPDX-License-Identifier: GPL-3.0-or-later
// Asks a library of a year of segments for what a time line shows, draws it again and again, and prints the CPU time of
// both in ms, a line of JSON each; or writes what it looks like as a picture.
#include "app/recordings/recordings_page.h"
#include "app/recordings/review_strip.h"
#include "app/recordings/timeline_widget.h"
#include "app/widgets/theme.h"
#include "core/recordings/library.h"
#include "core/review/camera_lane.h"
#include "tests/support/manual_clock.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QElapsedTimer>
#include <QImage>
#include <QLabel>
#include <QMouseEvent>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <random>

using namespace vedette;
using namespace vedette::app;
using namespace vedette::review;
using namespace std::chrono;
using protocol::CoverageSpan;
using protocol::Custody;
using protocol::GapReason;

namespace {

/// Files of a quarter of an hour with a second between them, now and then something else; nothing can be opened.
class YearSource final : public recordings::RecordingSource {
public:
    YearSource(int cameras, int segments, UtcTime now)
    {
        for (int camera = 0; camera < cameras; ++camera) {
            std::mt19937 random{unsigned(camera)};
            QList<CoverageSpan> spans;
            UtcTime at = now - seconds{900} * segments;
            const microseconds whole = now - at;
            for (int i = 0; i < segments; ++i, at += seconds{900}) {
                const double age = double((now - at).count()) / double(whole.count());
                const Custody custody = age > 0.97 ? Custody::Expired : age > 0.02 ? Custody::Stored : age > 0.0001 ? Custody::InTransit : Custody::OnEdge;
                const auto drawn = random() % 1000;
                if (drawn < 6)
                    spans.append({at, at + seconds{900}, GapReason(drawn), {}});
                else
                    spans.append({at, at + seconds{899}, {}, drawn < 7 ? Custody::Lost : custody});
                if (drawn >= 6)
                    spans.append({at + seconds{899}, at + seconds{900}, GapReason::Starting, {}});
            }
            m_all.push_back(std::move(spans));
        }
    }
    Kind kind() const override { return Kind::Agent; }
    QString name() const override { return QStringLiteral("agent pi-gate"); }
    Result<QList<recordings::LaneExtent>> lanes(std::stop_token) override
    {
        static const char *const names[] = {"Loading dock 5", "Gate street", "Corridor east", "Workshop CNC", "Greenhouse 2, second row, looking north"};
        QList<recordings::LaneExtent> lanes;
        for (std::size_t i = 0; i < m_all.size(); ++i)
            lanes.append({laneOf(i), i < std::size(names) ? QString::fromLatin1(names[i]) : QStringLiteral("Camera %1 north").arg(i + 1), m_all[i].first().from, m_all[i].last().to, 0});
        return lanes;
    }
    Result<recordings::Account> account(const recordings::RecordingLane &lane, UtcTime from, UtcTime to, std::stop_token) override
    {
        const QList<CoverageSpan> &all = m_all.at(std::size_t(lane.camera.mid(1).toInt()));
        recordings::Account account;
        for (auto span = std::lower_bound(all.begin(), all.end(), from, [](const CoverageSpan &s, UtcTime t) { return s.to <= t; });
             span != all.end() && span->from < to; ++span)
            account.spans.append({std::max(span->from, from), std::min(span->to, to), span->gap, span->custody});
        return account;
    }
    Result<QList<recordings::Piece>> pieces(const recordings::RecordingLane &, UtcTime, UtcTime, std::stop_token) override { return QList<recordings::Piece>(); }
    Result<std::unique_ptr<recordings::SegmentReader>> open(const recordings::RecordingLane &, const recordings::Piece &, std::stop_token) override
    {
        return fail(ErrorKind::NotFound, QStringLiteral("nothing to open"));
    }
    static recordings::RecordingLane laneOf(std::size_t i) { return {QStringLiteral("c%1").arg(i, 3, 10, QLatin1Char('0')), QStringLiteral("main")}; }

private:
    std::vector<QList<CoverageSpan>> m_all;
};

/// Of this thread: the machine's other work does not count.
double cpuMs()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return double(now.tv_sec) * 1e3 + double(now.tv_nsec) / 1e6;
}

void measure(const char *what, const std::function<void(int)> &prepare, const std::function<void()> &run)
{
    std::vector<double> ms;
    for (int i = 0; i < 300; ++i) {
        prepare(i);
        const double begun = cpuMs();
        run();
        ms.push_back(cpuMs() - begun);
    }
    std::sort(ms.begin(), ms.end());
    std::printf("{\"what\": \"%s\", \"p50\": %.3f, \"p95\": %.3f, \"max\": %.3f}\n", what, ms[ms.size() / 2], ms[ms.size() * 95 / 100], ms.back());
}

void settle(microseconds wait)
{
    QElapsedTimer timer;
    timer.start();
    while (timer.nsecsElapsed() < wait.count() * 1000)
        QApplication::processEvents(QEventLoop::WaitForMoreEvents, 20);
}

} // namespace

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    QCommandLineParser arguments;
    const auto option = [&](const char *name, const char *value) { arguments.addOption({QLatin1String(name), QString(), QStringLiteral("value"), QLatin1String(value)}); };
    option("cameras", "16");
    option("segments", "35000");
    option("width", "1860");
    option("height", "700");
    option("zoom", "31536000"); // seconds that are shown
    option("hover", "-1");      // seconds ago, over the third lane
    option("form", "full");     // full, strip, page
    option("png", "");          // file to be written
    arguments.addOption({QStringLiteral("light"), QString()});
    arguments.addHelpOption();
    arguments.process(application);
    const auto number = [&](const char *name) { return arguments.value(QLatin1String(name)).toInt(); };
    const QString form = arguments.value(QStringLiteral("form"));

    QApplication::setStyle(QStringLiteral("Fusion"));
    QApplication::setFont(bodyFont(QApplication::font()));
    const Theme &theme = arguments.isSet(QStringLiteral("light")) ? Theme::light() : Theme::dark();
    QApplication::setPalette(theme.palette());
    application.setStyleSheet(theme.styleSheet(fontScale(QApplication::font())));

    test::ManualClock clock;
    const UtcTime now = clock.utcNow();
    recordings::Library library(clock);
    recordings::Player player(library, clock);
    ReviewModel model(clock);
    RecordingsPage page(library, player, model, new QWidget);
    if (number("cameras") > 0)
        library.add(std::make_shared<YearSource>(number("cameras"), number("segments"), now));
    ReviewStrip strip(model, page.transport(), library);
    TimelineWidget alone(model, TimelineForm::Full);
    QWidget &shown = form == QLatin1String("page") ? static_cast<QWidget &>(page) : form == QLatin1String("strip") ? static_cast<QWidget &>(strip) : alone;
    TimelineWidget &widget = form == QLatin1String("page") ? page.timeline() : form == QLatin1String("strip") ? strip.timeline() : alone;
    shown.resize(number("width"), number("height"));
    shown.show();
    settle(milliseconds{600});
    const seconds zoom{number("zoom")};
    model.show(now - zoom, now + zoom / 20, widget.axis().width());
    model.seek(now - zoom / 4);
    page.transport().pause();
    model.setRange(ReviewModel::Range{now - zoom * 3 / 10, now - zoom / 5});
    settle(seconds{4});

    if (number("hover") >= 0) {
        const QPoint point(widget.width() - widget.axis().width() + int(widget.axis().pixelOf(now - seconds{number("hover")})), 28 + 75);
        QMouseEvent event(QEvent::MouseMove, point, widget.mapToGlobal(point), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
        QApplication::sendEvent(&widget, &event);
        settle(milliseconds{300});
    }
    if (const QString file = arguments.value(QStringLiteral("png")); !file.isEmpty())
        return shown.grab().save(file) ? 0 : 1;

    const qreal ratio = widget.devicePixelRatioF();
    QImage screen((QSizeF(widget.size()) * ratio).toSize(), QImage::Format_RGB32);
    screen.setDevicePixelRatio(ratio);
    const auto draw = [&] { widget.render(&screen, QPoint(), QRegion(), QWidget::DrawWindowBackground); };
    const TimeAxis axis = widget.axis();
    measure("query", [](int) {}, [&] {
        for (int i = 0; i < model.laneCount(); ++i)
            library.view(YearSource::laneOf(std::size_t(i)), axis.left(), axis.right(), axis.perPixel());
    });
    draw();
    measure("pan", [&](int i) { model.show(widget.axis().panned(i % 60 < 30 ? -1 : 1)); }, draw);
    measure("zoom", [&](int i) { model.show(widget.axis().zoomed(i % 60 < 30 ? 1 : -1, 900)); }, draw);
    measure("play", [&](int i) { model.seek(now - zoom / 4 + minutes{i}); }, draw);
    return 0;
}
