// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wall/gl_pictures.h"

#include "app/wall/frame_renderer.h"
#include "core/media/native_frame.h"
#include "core/media/scaler.h"
#include "tests/app/wall/gl_here.h"
#include "tests/support/screen.h"
#include "tests/support/similarity.h"

#include <QApplication>
#include <QOffscreenSurface>
#include <QOpenGLContext>
#include <QOpenGLFramebufferObject>
#include <QTest>

#include <cmath>
#include <cstring>

extern "C" {
#include <libavutil/pixdesc.h>
}

using namespace vedette;
using namespace vedette::app;

namespace {

/// Fine lines, smooth shades and colours, in any 8-bit or 10-bit planar layout.
media::Frame drawnFrame(AVPixelFormat format, int width, int height, const media::Colour &colour)
{
    media::AvFramePtr picture = media::allocatePicture(width, height, format, colour);
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(format);
    const bool wide = d->comp[0].depth > 8;
    const bool interleaved = d->comp[1].plane == d->comp[2].plane;
    for (int c = 0; c < 3; ++c) {
        const int w = c == 0 ? width : AV_CEIL_RSHIFT(width, d->log2_chroma_w);
        const int h = c == 0 ? height : AV_CEIL_RSHIFT(height, d->log2_chroma_h);
        const int plane = interleaved && c == 2 ? 1 : c;
        const int step = interleaved && c > 0 ? 2 : 1;
        for (int y = 0; y < h; ++y) {
            std::uint8_t *row = picture->data[plane] + std::ptrdiff_t{y} * picture->linesize[plane];
            for (int x = 0; x < w; ++x) {
                const double u = double(x) / w, v = double(y) / h;
                const bool line = (int(u * 30) + int(v * 20)) % 2 == 0 && (x % 5 == 0 || y % 7 == 0);
                int value = c == 0 ? (line ? 200 : 60 + int(80 * std::abs(std::sin(u * 9) * std::cos(v * 7))))
                    : c == 1     ? 128 + int(50 * std::sin(u * 6))
                                 : 128 + int(50 * std::cos(v * 5));
                if (wide)
                    reinterpret_cast<std::uint16_t *>(row)[x] = std::uint16_t(value * 4);
                else
                    row[x * step + (interleaved && c == 2 ? 1 : 0)] = std::uint8_t(value);
            }
        }
    }
    return media::makeFrame(std::move(picture));
}

/// As the software wall makes it.
QImage softwarePicture(const media::Frame &frame, QSize size, bool dimmed)
{
    QImage image(size, QImage::Format_RGB32);
    media::Scaler scaler;
    if (!scaler.toBgrx(frame, image.bits(), int(image.bytesPerLine()), size.width(), size.height()))
        return {};
    if (dimmed)
        dimPicture(image);
    return image;
}

/// The worst of the three channels.
double similarity(const QImage &a, const QImage &b)
{
    double worst = 1;
    for (const int shift : {0, 8, 16}) {
        std::vector<double> left, right;
        for (int y = 0; y < a.height(); ++y) {
            for (int x = 0; x < a.width(); ++x) {
                left.push_back(a.pixel(x, y) >> shift & 0xFF);
                right.push_back(b.pixel(x, y) >> shift & 0xFF);
            }
        }
        worst = std::min(worst, test::ssim(left, right, a.width(), a.height()));
    }
    return worst;
}

double meanDifference(const QImage &a, const QImage &b)
{
    double sum = 0;
    for (int y = 0; y < a.height(); ++y)
        for (int x = 0; x < a.width(); ++x)
            sum += std::abs(qRed(a.pixel(x, y)) - qRed(b.pixel(x, y))) + std::abs(qGreen(a.pixel(x, y)) - qGreen(b.pixel(x, y)))
                + std::abs(qBlue(a.pixel(x, y)) - qBlue(b.pixel(x, y)));
    return sum / (3.0 * a.width() * a.height());
}

} // namespace

class TestGlPictures : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        if (const QString why = test::whyNoOpenGl(); !why.isEmpty())
            QSKIP(qPrintable(why));
        m_surface.create();
        QVERIFY(m_context.create());
        QVERIFY(m_context.makeCurrent(&m_surface));
        const Status started = m_pictures.start();
        QVERIFY2(started.has_value(), started ? "" : qPrintable(started.error().detail));
    }

    void cleanupTestCase()
    {
        if (m_context.isValid() && m_context.makeCurrent(&m_surface)) {
            m_pictures.stop();
            m_context.doneCurrent();
        }
    }

    void looksAsBySoftware_data()
    {
        QTest::addColumn<int>("format");
        QTest::addColumn<int>("matrix");
        QTest::addColumn<bool>("full");
        QTest::addColumn<QSize>("from");
        QTest::addColumn<QSize>("to");
        const QSize hd(1280, 720), odd(641, 361), tile(640, 360), small(203, 115), large(900, 507);
        const auto row = [](const char *name, AVPixelFormat format, AVColorSpace matrix, bool full, QSize from, QSize to) {
            QTest::newRow(name) << int(format) << int(matrix) << full << from << to;
        };
        row("601 limited", AV_PIX_FMT_YUV420P, AVCOL_SPC_SMPTE170M, false, hd, tile);
        row("601 full", AV_PIX_FMT_YUV420P, AVCOL_SPC_SMPTE170M, true, hd, tile);
        row("709 limited", AV_PIX_FMT_YUV420P, AVCOL_SPC_BT709, false, hd, tile);
        row("709 full", AV_PIX_FMT_YUV420P, AVCOL_SPC_BT709, true, hd, tile);
        row("2020 limited", AV_PIX_FMT_YUV420P, AVCOL_SPC_BT2020_NCL, false, hd, tile);
        row("unspecified", AV_PIX_FMT_YUV420P, AVCOL_SPC_UNSPECIFIED, false, hd, tile);
        row("odd reduced to odd", AV_PIX_FMT_YUV420P, AVCOL_SPC_BT709, false, odd, small);
        row("odd pixel for pixel", AV_PIX_FMT_YUV420P, AVCOL_SPC_BT709, false, odd, odd);
        row("hardly reduced", AV_PIX_FMT_YUV420P, AVCOL_SPC_BT709, false, hd, {1100, 619});
        row("enlarged", AV_PIX_FMT_YUV420P, AVCOL_SPC_BT709, false, tile, large);
        row("old full range", AV_PIX_FMT_YUVJ420P, AVCOL_SPC_SMPTE170M, true, hd, tile);
        row("4:2:2", AV_PIX_FMT_YUV422P, AVCOL_SPC_BT709, false, hd, tile);
        row("4:4:4", AV_PIX_FMT_YUV444P, AVCOL_SPC_BT709, false, odd, small);
        row("of hardware", AV_PIX_FMT_NV12, AVCOL_SPC_BT709, false, hd, small);
    }

    void looksAsBySoftware()
    {
        QFETCH(int, format);
        QFETCH(int, matrix);
        QFETCH(bool, full);
        QFETCH(QSize, from);
        QFETCH(QSize, to);
        const media::Frame frame = drawnFrame(AVPixelFormat(format), from.width(), from.height(), {AVColorSpace(matrix), full});
        for (const bool dimmed : {false, true}) {
            const QImage ours = drawn(frame, to, dimmed), wanted = softwarePicture(frame, to, dimmed);
            QVERIFY(!ours.isNull() && !wanted.isNull());
            const double like = similarity(ours, wanted), apart = meanDifference(ours, wanted);
            QVERIFY2(like >= 0.98, qPrintable(QStringLiteral("similarity %1, dimmed %2").arg(like).arg(dimmed)));
            QVERIFY2(apart <= 3, qPrintable(QStringLiteral("%1 levels apart, dimmed %2").arg(apart).arg(dimmed)));
        }
    }

    void coloursAreExact()
    {
        using Case = std::tuple<bool, AVColorSpace, int>;
        for (const auto &[full, matrix, side] : {Case{false, AVCOL_SPC_SMPTE170M, 64}, Case{true, AVCOL_SPC_SMPTE170M, 2},
                                                 Case{false, AVCOL_SPC_BT709, 2}, Case{true, AVCOL_SPC_BT709, 64},
                                                 Case{false, AVCOL_SPC_BT2020_NCL, 64}}) {
            for (const auto &yuv : {std::array{16, 128, 128}, std::array{235, 128, 128}, std::array{81, 90, 240}, std::array{145, 54, 34}}) {
                media::AvFramePtr picture = media::allocatePicture(side, side, AV_PIX_FMT_YUV420P, {matrix, full});
                for (int plane = 0; plane < 3; ++plane)
                    std::memset(picture->data[plane], yuv[std::size_t(plane)], std::size_t(picture->linesize[plane] * side / (plane == 0 ? 1 : 2)));
                const media::Frame frame = media::makeFrame(std::move(picture));
                const QRgb ours = drawn(frame, {32, 32}, false).pixel(16, 16), wanted = softwarePicture(frame, {32, 32}, false).pixel(16, 16);
                for (const int shift : {0, 8, 16}) {
                    const int apart = std::abs(int(ours >> shift & 0xFF) - int(wanted >> shift & 0xFF));
                    QVERIFY2(apart <= 3, qPrintable(QStringLiteral("%1 %2").arg(ours, 0, 16).arg(wanted, 0, 16)));
                }
            }
        }
    }

    void nothingWithoutAContext()
    {
        m_context.doneCurrent();
        GlPictures pictures;
        QVERIFY(!pictures.start());
        QVERIFY(!pictures.running());
        QVERIFY(!pictures.accepts(drawnFrame(AV_PIX_FMT_YUV420P, 64, 64, {})));
    }

    void othersAreLeftToTheCpu()
    {
        const media::Colour colour;
        QVERIFY(!m_pictures.accepts(drawnFrame(AV_PIX_FMT_YUV420P10LE, 64, 64, colour)));
        QVERIFY(!m_pictures.accepts(media::Frame{}));
        media::AvFramePtr rgb = media::allocatePicture(16, 16, AV_PIX_FMT_GBRP, colour);
        QVERIFY(!m_pictures.accepts(media::makeFrame(std::move(rgb))));
        media::AvFramePtr grey = media::allocatePicture(16, 16, AV_PIX_FMT_GRAY8, colour);
        QVERIFY(!m_pictures.accepts(media::makeFrame(std::move(grey))));
    }

private:
    QImage drawn(const media::Frame &frame, QSize size, bool dimmed)
    {
        m_context.makeCurrent(&m_surface);
        QOpenGLFramebufferObject target(size + QSize(7, 5));
        target.bind();
        if (!m_pictures.accepts(frame))
            return {};
        m_pictures.upload(QStringLiteral("tile"), frame);
        m_pictures.begin(target.size(), Qt::magenta);
        const QRect where(QPoint(3, 4), size);
        m_pictures.draw(QStringLiteral("tile"), where, dimmed);
        const QString error = m_pictures.error();
        if (!error.isEmpty())
            qWarning() << error;
        return target.toImage().copy(where).convertToFormat(QImage::Format_RGB32);
    }

    QOffscreenSurface m_surface;
    QOpenGLContext m_context;
    GlPictures m_pictures;
};

int main(int argc, char **argv)
{
    if (const int code = test::runOnScreen(argc, argv); code >= 0)
        return code;
    QApplication application(argc, argv);
    TestGlPictures test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_gl_pictures.moc"
