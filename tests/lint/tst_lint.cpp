// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/lint/rules.h"

#include <QFile>
#include <QTest>

using namespace vedette;
using namespace vedette::lint;

namespace {

const char *const kHead = "// SPDX-License-Identifier: GPL-3.0-or-later\n";

/// A tree of files that are good but for what is given: path → text after the first line.
Tree treeOf(const QList<std::pair<const char *, const char *>> &files)
{
    Tree tree;
    for (const auto &[name, text] : files) {
        const QString path = QLatin1String(name);
        tree.paths.append(path);
        for (QString folder = path; folder.contains(u'/');) {
            folder = folder.section(u'/', 0, -2);
            if (!tree.paths.contains(folder))
                tree.paths.append(folder);
        }
        if (path.endsWith(QLatin1String(".md")))
            tree.pages.insert(path, QString::fromUtf8(text));
        else if (path.endsWith(QLatin1String(".h")) || path.endsWith(QLatin1String(".cpp")))
            tree.sources.insert(
                path, makeSource(path, QLatin1String(kHead) +
                                           QLatin1String(path.endsWith(QLatin1String(".h")) ? "#pragma once\n" : "") +
                                           QString::fromUtf8(text)));
    }
    tree.paths.sort();
    return tree;
}

Layers sampleLayers()
{
    return *parseLayers(QStringLiteral(
        "@low = low core/only.h\nlow:\nhigh: @low\nlib:\ntests/*: *\nno-pixels: low lib\nhome foo/ QFoo: lib\n"));
}

QByteArray lines(const Findings &findings)
{
    return '\n' + findings.join(u'\n').toUtf8();
}

} // namespace

/// The first tests look at the repository; the others prove that each rule can fail.
class TestLint : public QObject {
    Q_OBJECT

    Tree m_tree;
    Layers m_layers;
    QStringList m_pixels;

private Q_SLOTS:
    void initTestCase()
    {
        m_tree = readTree(QStringLiteral(LINT_ROOT));
        QVERIFY2(m_tree.sources.size() > 100, "the repository was not found");
        QVERIFY(m_tree.pages.contains(QStringLiteral("ARCHITECTURE.md")));
        QFile file(QStringLiteral(LINT_ROOT "/tests/lint/layers.txt"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto layers = parseLayers(QString::fromUtf8(file.readAll()));
        QVERIFY2(layers, layers ? "" : qPrintable(layers.error().text()));
        m_layers = *layers;
        m_pixels = readPixelHeaders(QStringLiteral(QT_INCLUDE_DIR));
    }

    void repository_data()
    {
        QTest::addColumn<Findings>("findings");
        QTest::newRow("layers") << checkLayers(m_tree, m_layers);
        QTest::newRow("table") << checkTable(m_tree, m_layers);
        QTest::newRow("cycles") << checkCycles(m_tree);
        QTest::newRow("homes") << checkHomes(m_tree, m_layers);
        QTest::newRow("pixels") << checkPixels(m_tree, m_layers, m_pixels);
        QTest::newRow("shape") << checkShape(m_tree);
        QTest::newRow("sleeps") << checkSleeps(m_tree);
        QTest::newRow("threads") << checkThreads(m_tree);
        QTest::newRow("names") << checkNames(m_tree);
        QTest::newRow("pages") << checkPages(m_tree);
    }
    void repository()
    {
        QFETCH(Findings, findings);
        QVERIFY2(findings.isEmpty(), lines(findings).constData());
    }

    void pixelHeadersAreKnown()
    {
        QVERIFY2(m_pixels.contains(QStringLiteral("QImage")), "QtGui was not found in " QT_INCLUDE_DIR);
        QVERIFY(!m_pixels.contains(QStringLiteral("QString")));
    }

    void layers()
    {
        const auto found = [](const char *path, const char *text) {
            return checkLayers(treeOf({{"low/a.h", ""},
                                       {"low/b.h", ""},
                                       {"high/c.h", ""},
                                       {"core/only.h", ""},
                                       {"core/other.h", ""},
                                       {path, text}}),
                               sampleLayers())
                .filter(QLatin1String(path));
        };
        QCOMPARE(found("high/x.cpp",
                       "#include \"low/a.h\"\n#include \"high/c.h\"\n#include \"core/only.h\"\n#include \"x.moc\"\n"),
                 Findings());
        QCOMPARE(found("low/x.cpp", "#include \"low/a.h\"\n\n#include \"high/c.h\"\n"),
                 Findings{QStringLiteral("low/x.cpp:4: low may not include high/c.h")});
        QCOMPARE(found("high/x.cpp", "#include \"core/other.h\"\n").size(), 1);
        QCOMPARE(found("low/x.cpp", "#include \"a.h\"\n").size(), 1);
        QCOMPARE(found("low/x.cpp", "#include <low/a.h>\n").size(), 1);
        QCOMPARE(found("low/x.cpp", "#include \"nowhere/a.h\"\n").size(), 1);
        QCOMPARE(found("unknown/x.cpp", "").size(), 1);
        QCOMPARE(found("low/deep/x.cpp", "").size(), 1);
        QCOMPARE(found("tests/deep/x.cpp", "#include \"high/c.h\"\n"), Findings());
        QCOMPARE(found("low/x.cpp", "  #  include \"high/c.h\" // why\n").size(), 1);
    }

    void theTable()
    {
        const Tree tree = treeOf({{"low/a.h", ""}, {"high/a.h", ""}, {"lib/a.h", ""}, {"tests/a/a.h", ""}});
        QCOMPARE(checkTable(tree, sampleLayers()),
                 Findings{QStringLiteral("tests/lint/layers.txt: core/only.h does not exist")});
        QVERIFY(!parseLayers(QStringLiteral("low")));
        QVERIFY(!parseLayers(QStringLiteral("low: @nobody")));
        QVERIFY(!parseLayers(QStringLiteral("low:\nlow:")));
        QVERIFY(!parseLayers(QStringLiteral("hmm low: x")));
    }

    void cycles()
    {
        QVERIFY(
            checkCycles(treeOf({{"a/x.h", "#include \"b/y.h\"\n"}, {"b/y.h", "#include \"b/z.h\"\n"}, {"b/z.h", ""}}))
                .isEmpty());
        const Findings headers = checkCycles(treeOf(
            {{"a/x.h", "#include \"a/y.h\"\n"}, {"a/y.h", "#include \"a/z.h\"\n"}, {"a/z.h", "#include \"a/x.h\"\n"}}));
        QCOMPARE(headers, Findings{QStringLiteral("files include each other: a/x.h → a/y.h → a/z.h → a/x.h")});
        const Findings self = checkCycles(treeOf({{"a/x.h", "#include \"a/x.h\"\n"}}));
        QCOMPARE(self.size(), 1);
        const Findings folders = checkCycles(treeOf(
            {{"a/x.h", "#include \"b/y.h\"\n"}, {"b/y.h", ""}, {"b/z.h", "#include \"a/w.h\"\n"}, {"a/w.h", ""}}));
        QCOMPARE(folders, Findings{QStringLiteral("folders include each other: a → b → a")});
    }

    void homes()
    {
        const auto found = [](const char *path, const char *text) {
            return checkHomes(treeOf({{path, text}}), sampleLayers()).size();
        };
        QCOMPARE(found("lib/x.cpp", "#include <foo/a.h>\n#include <QFooBar>\n"), 0);
        QCOMPARE(found("low/x.cpp", "#include <foo/a.h>\n"), 1);
        QCOMPARE(found("low/x.cpp", "#include <QFooBar>\n"), 1);
        QCOMPARE(found("low/x.cpp", "#include <QtAny/QFooBar>\n"), 1);
        QCOMPARE(found("low/x.cpp", "#include <food.h>\n"), 0);
        QCOMPARE(found("tests/low/x.cpp", "#include <foo/a.h>\n"), 0);
    }

    void pixels()
    {
        const QStringList names{QStringLiteral("QImage"), QStringLiteral("qimage.h")};
        const auto found = [&names](const char *path, const char *text) {
            return checkPixels(treeOf({{path, text}}), sampleLayers(), names).size();
        };
        QCOMPARE(found("high/x.cpp", "#include <QImage>\n"), 0);
        for (const char *text : {"#include <QImage>\n", "#include <qimage.h>\n", "#include <QtGui/QImage>\n",
                                 "#include <QtWidgets/QWidget>\n", "#include <QtGui>\n"}) {
            QCOMPARE(found("low/x.cpp", text), 1);
            QCOMPARE(found("low/deep/x.h", text), 1);
        }
        QCOMPARE(found("low/x.cpp", "#include <QString>\n#include <QtCore/QString>\n"), 0);
        QCOMPARE(found("lower/x.cpp", "#include <QImage>\n"), 0);
    }

    void shape()
    {
        QVERIFY(checkShape(treeOf({{"a/x.h", ""},
                                   {"a/x.cpp", "#include \"a/x.h\"\n#include <QString>\n"},
                                   {"a/main.cpp", "int main() {}\n"}}))
                    .isEmpty());
        QCOMPARE(checkShape(treeOf({{"a/x.h", ""}, {"a/x.cpp", "#include <QString>\n#include \"a/x.h\"\n"}})).size(),
                 1);
        QCOMPARE(checkShape(treeOf({{"a/x.h", ""}, {"a/x.cpp", ""}})).size(), 1);
        Tree bare;
        bare.sources.insert(QStringLiteral("a/x.h"),
                            makeSource(QStringLiteral("a/x.h"), QStringLiteral("#pragma once\n")));
        bare.sources.insert(
            QStringLiteral("a/y.h"),
            makeSource(QStringLiteral("a/y.h"), QLatin1String(kHead) + QStringLiteral("#ifndef Y\n#endif\n")));
        bare.sources.insert(QStringLiteral("a/z.cpp"),
                            makeSource(QStringLiteral("a/z.cpp"), QStringLiteral("\n") + QLatin1String(kHead)));
        QCOMPARE(checkShape(bare).size(), 4);
    }

    void sleeps()
    {
        const auto found = [](const char *path, const char *text) { return checkSleeps(treeOf({{path, text}})); };
        for (const char *text : {"QTest::qWait(5);", "QTest::qSleep (5);", "std::this_thread::sleep_for(1s);",
                                 "sleep(1);", "::usleep(5);", "QThread::msleep(5);"})
            QCOMPARE(found("tests/a/tst_x.cpp", text).size(), 1);
        QCOMPARE(
            found("tests/a/tst_x.cpp", "\n\nint a; QTest::qWait(5);"),
            Findings{QStringLiteral("tests/a/tst_x.cpp:4: qWait(…) sleeps; wait for a condition with a deadline")});
        for (const char *text : {"QTest::qWaitFor(done);", "// qWait(5)\n", "/* sleep(1) */", "f(\"sleep(1)\");",
                                 "R\"x(sleep(1))x\";", "asleep(1);", "QTRY_VERIFY(x);"})
            QCOMPARE(found("tests/a/tst_x.cpp", text), Findings());
        QCOMPARE(found("core/a/x.cpp", "sleep(1);"), Findings());
        QCOMPARE(found("tests/a/tst_x.cpp", "int n = 1'000; QTest::qWait(n); char c = '\\''; char d = '\"';").size(),
                 1);
    }

    void threads()
    {
        const auto found = [](const char *path, const char *text) {
            return checkThreads(treeOf({{path, text}})).size();
        };
        for (const char *text : {"std::thread t;", "std::jthread t;", "auto f = std::async(g);",
                                 "class A : public QThread {};", "QThreadPool p;"}) {
            QCOMPARE(found("core/media/x.cpp", text), 1);
            QCOMPARE(found("core/base/x.cpp", text), 0);
            QCOMPARE(found("tests/a/x.cpp", text), 0);
        }
        QCOMPARE(found("core/media/x.cpp",
                       "std::thread::hardware_concurrency(); QThread::idealThreadCount(); // std::thread\n"),
                 0);
    }

    void names()
    {
        QVERIFY(
            checkNames(treeOf({{"core/a/stream_receiver.h", ""}, {"edge-agent/x.cpp", ""}, {"scripts/test.sh", ""}}))
                .isEmpty());
        for (const char *path : {"core/a/StreamReceiver.h", "core/a/stream-receiver.cpp", "core/a/x_.h", "core/a/x.hpp",
                                 "scripts/runTests.sh", "core/Media/x.h"})
            QCOMPARE(checkNames(treeOf({{path, ""}})).size(), 1);
    }

    void pages()
    {
        const auto found = [](const char *page, const char *text) {
            return checkPages(treeOf({{page, text}, {"core/media/decoder.h", ""}, {"docs/wall.png", ""}})).size();
        };
        QCOMPARE(found("README.md", "`core/media` `core/media/` `core/media/decoder.h` `core/media/decoder` "
                                    "![x](docs/wall.png) [y](https://x.org/y) `a/b` `build/x/bin`"),
                 0);
        QCOMPARE(found("core/media/README.md", "[d](decoder.h) [w](../../docs/wall.png) [top](#words)"), 0);
        QCOMPARE(found("README.md", "`core/media/encoder.h`"), 1);
        QCOMPARE(found("README.md", "![x](docs/missing.png)"), 1);
        QCOMPARE(found("core/media/README.md", "`core/nowhere/x.h` and [d](missing.h)"), 2);
    }
};

QTEST_GUILESS_MAIN(TestLint)
#include "tst_lint.moc"
