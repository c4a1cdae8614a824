// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/thumbnail.h"

#include "core/protocol/capture_jpeg.h"
#include "tests/core/recordings/recorded_files.h"
#include "tests/support/manual_clock.h"

#include <QSize>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::recordings;

namespace {

constexpr UtcTime kFrom = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + std::chrono::hours{14};

} // namespace

class TestThumbnail : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    test::ManualClock m_clock;

    Result<Thumbnail> make(std::optional<UtcTime> at, const test::SegmentPlan &plan = {kFrom, 60}, int width = 80, const QByteArray &bytes = {})
    {
        const QString path = m_dir.filePath(QStringLiteral("a.mp4"));
        if (bytes.isEmpty() ? !test::writeSegment(path, plan) : !test::writeBytes(path, bytes))
            return fail(ErrorKind::Internal, QStringLiteral("the file cannot be made"));
        ThumbnailRequest request;
        request.file = path;
        request.from = plan.from;
        request.known = plan.known;
        request.at = at;
        request.width = width;
        request.deadline = m_clock.now() + milliseconds{1};
        return makeThumbnail(request, m_clock, {});
    }

private Q_SLOTS:
    /// Not merely the key frame before it.
    void isTheNewestPictureAtOrBefore_data()
    {
        QTest::addColumn<int>("offsetMs");
        QTest::addColumn<quint64>("number");
        QTest::newRow("first") << 0 << quint64{0};
        QTest::newRow("between two") << 1'999 << quint64{39};
        QTest::newRow("exactly") << 2'000 << quint64{40};
        QTest::newRow("within a group") << 2'360 << quint64{47};
        QTest::newRow("last") << 2'950 << quint64{59};
        QTest::newRow("behind it") << 9'000 << quint64{59};
    }
    void isTheNewestPictureAtOrBefore()
    {
        QFETCH(int, offsetMs);
        QFETCH(quint64, number);
        for (const bool finished : {true, false}) {
            const auto made = make(kFrom + milliseconds{offsetMs}, {.from = kFrom, .pictures = 60, .finished = finished});
            QVERIFY2(made.has_value(), made ? "" : qPrintable(made.error().text()));
            if (finished || number < 49) // of an unfinished one the last whole fragment ends it
                QCOMPARE(made->capture.sequence, number);
            const auto inside = protocol::findJpegCapture(made->jpeg);
            QVERIFY(inside && inside->sequence == made->capture.sequence && inside->captured == made->capture.captured);
        }
    }

    void isTheFirstWhereNothingIsAsked()
    {
        const auto made = make(std::nullopt);
        QVERIFY2(made.has_value(), made ? "" : qPrintable(made.error().text()));
        QCOMPARE(made->capture.sequence, 0U);
        QVERIFY(made->capture.captured == kFrom);
    }

    void keepsItsShapeAndIsNotEnlarged()
    {
        // ITU-T T.81, B.2.2: behind SOF0 length, precision, then the number of lines and of samples a line.
        const auto sizeOf = [](const Result<Thumbnail> &made) {
            const QByteArray jpeg(reinterpret_cast<const char *>(made->jpeg.data()), static_cast<qsizetype>(made->jpeg.size()));
            const qsizetype frame = jpeg.lastIndexOf("\xff\xc0");
            const auto word = [&](qsizetype at) { return static_cast<std::uint8_t>(jpeg[frame + at]) * 256 + static_cast<std::uint8_t>(jpeg[frame + at + 1]); };
            return frame < 0 ? QSize() : QSize(word(7), word(5));
        };
        const auto small = make(kFrom);
        QVERIFY(small);
        QCOMPARE(sizeOf(small), QSize(80, 48)); // of 160 × 96
        const auto large = make(kFrom, {kFrom, 60}, 1920);
        QVERIFY(large);
        QCOMPARE(sizeOf(large), QSize(160, 96));
    }

    void saysWhyThereIsNone()
    {
        QVERIFY(!make(kFrom, {}, 80, QByteArray("no film at all")));
        ThumbnailRequest request;
        request.file = m_dir.filePath(QStringLiteral("gone.mp4"));
        request.deadline = m_clock.now();
        QVERIFY(makeThumbnail(request, m_clock, {}).error().kind == ErrorKind::NotFound);
        QVERIFY(test::writeSegment(m_dir.filePath(QStringLiteral("a.mp4")), {kFrom, 60}));
        request.file = m_dir.filePath(QStringLiteral("a.mp4"));
        request.deadline = m_clock.now() - milliseconds{1};
        QVERIFY(makeThumbnail(request, m_clock, {}).error().kind == ErrorKind::Timeout);
    }
};

QTEST_GUILESS_MAIN(TestThumbnail)
#include "tst_thumbnail.moc"
