// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wall/renderer_choice.h"

#include <QTest>

using namespace vedette;
using namespace vedette::app;

namespace {

GlFacts facts(const char *vendor, const char *renderer, int major, int minor, bool embedded = false)
{
    GlFacts f;
    f.vendor = QLatin1String(vendor);
    f.renderer = QLatin1String(renderer);
    f.major = major;
    f.minor = minor;
    f.embedded = embedded;
    return f;
}

} // namespace

class TestRendererChoice : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void onlyRealGpusDraw_data()
    {
        QTest::addColumn<GlFacts>("gl");
        QTest::addColumn<bool>("automatic");
        QTest::addColumn<bool>("forced");
        QTest::addColumn<QString>("word"); // of the automatic reason
        const auto row = [](const char *name, const GlFacts &f, bool automatic, bool forced, const char *word) {
            QTest::newRow(name) << f << automatic << forced << QString::fromLatin1(word);
        };
        row("intel", facts("Intel", "Mesa Intel(R) UHD Graphics 620 (KBL GT2)", 4, 6), true, true, "UHD Graphics 620");
        row("nvidia", facts("NVIDIA Corporation", "NVIDIA GeForce RTX 3060/PCIe/SSE2", 4, 6), true, true, "GeForce");
        row("raspberry pi", facts("Broadcom", "V3D 4.2", 3, 1), true, true, "V3D");
        row("embedded", facts("ARM", "Mali-G610", 3, 2, true), true, true, "Mali");
        row("llvmpipe", facts("Mesa/X.org", "llvmpipe (LLVM 15.0.6, 256 bits)", 4, 5), false, true, "llvmpipe");
        row("softpipe", facts("Mesa/X.org", "softpipe", 3, 3), false, true, "softpipe");
        row("swrast", facts("VMware, Inc.", "Software Rasterizer", 3, 0), false, true, "computed by the CPU");
        row("swrast mesa", facts("Brian Paul", "Mesa DRI swrast", 3, 0), false, true, "computed by the CPU");
        row("swiftshader", facts("Google Inc.", "ANGLE (Google, Vulkan (SwiftShader Device), SwiftShader driver)", 3, 1, true),
            false, true, "SwiftShader");
        row("unnamed", facts("", "", 4, 5), false, true, "unnamed");
        row("old", facts("Intel", "Mesa DRI Intel(R) 945GM", 2, 1), false, false, "2.1");
        row("old embedded", facts("Broadcom", "VC4 V3D 2.1", 2, 0, true), false, false, "ES 2.0");
        GlFacts none;
        none.problem = QStringLiteral("no OpenGL context can be made");
        row("none", none, false, false, "no OpenGL context");
    }

    void onlyRealGpusDraw()
    {
        QFETCH(GlFacts, gl);
        QFETCH(bool, automatic);
        QFETCH(bool, forced);
        QFETCH(QString, word);
        const RendererChoice choice = chooseRenderer(RendererMode::Auto, gl);
        QCOMPARE(choice.gpu, automatic);
        QVERIFY2(choice.reason.contains(word), qPrintable(choice.reason));
        QCOMPARE(chooseRenderer(RendererMode::OpenGl, gl).gpu, forced);
        QVERIFY(!chooseRenderer(RendererMode::Software, gl).gpu);
        QVERIFY(rendererText(choice).startsWith(automatic ? QStringLiteral("OpenGL (") : QStringLiteral("software (")));
    }

    void wordsAreModes()
    {
        for (const RendererMode mode : {RendererMode::Auto, RendererMode::Software, RendererMode::OpenGl})
            QVERIFY(rendererNamed(rendererWord(mode)) == mode);
        QVERIFY(!rendererNamed(QStringLiteral("OpenGL")));
        QVERIFY(!rendererNamed(QString()));
    }

    void thisPlatformHasNone()
    {
        const GlFacts gl = probeGl(); // tests run on the platform offscreen
        QVERIFY(gl.problem.contains(QStringLiteral("offscreen")));
        QVERIFY(!chooseRenderer(RendererMode::OpenGl, gl).gpu);
    }
};

QTEST_MAIN(TestRendererChoice)
#include "tst_renderer_choice.moc"
