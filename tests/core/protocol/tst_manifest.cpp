// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/manifest.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <functional>

using namespace vedette;
using namespace vedette::protocol;

namespace {

Digest digest(char byte)
{
    return Sha256::of(QByteArray(1, byte));
}

Manifest sample()
{
    Manifest manifest;
    manifest.name = *parseSegmentId(QStringLiteral("gate-20261121T141500"));
    manifest.name.run = 0xa7;
    manifest.from = utcFromMicros(1'795'270'500'000'123);
    manifest.to = manifest.from + std::chrono::seconds{2};
    manifest.codec = QStringLiteral("h264");
    manifest.width = 2560;
    manifest.height = 1440;
    manifest.sound = true;
    manifest.bytes = 123'456;
    manifest.sha256 = digest('f');
    manifest.settingsVersion = 3;
    manifest.clockRuns = {{0xa7, microseconds{-5}, microseconds{900}, manifest.from}};
    manifest.gaps = {{manifest.from - std::chrono::seconds{9}, manifest.from, GapReason::SourceLost}};
    manifest.fragments = {{manifest.from, {15, digest('a')}, {24, digest('b')}}, {std::nullopt, {15, digest('c')}, {}}};
    manifest.number = 7;
    manifest.previous = ManifestLink{5, QStringLiteral("gate-20261121T140000"), digest('p')};
    manifest.replaces = {{6, QStringLiteral("gate-00000000000000a7-3"), digest('r')}};
    return manifest;
}

using Change = std::function<void(QJsonObject &)>;
QByteArray changed(const Change &change)
{
    QJsonObject object = QJsonDocument::fromJson(toJson(sample())).object();
    change(object);
    return QJsonDocument(object).toJson();
}

/// Sets one key of an inner object or of the first of a list.
Change inner(const char *outer, const char *key, const QJsonValue &value)
{
    return [=](QJsonObject &object) {
        const QString name = QLatin1String(outer);
        QJsonArray list = object[name].toArray();
        QJsonObject changing = list.isEmpty() ? object[name].toObject() : list[0].toObject();
        changing[QLatin1String(key)] = value;
        if (list.isEmpty()) {
            object[name] = changing;
        } else {
            list[0] = changing;
            object[name] = list;
        }
    };
}
Change set(const char *key, const QJsonValue &value)
{
    return [=](QJsonObject &object) { object[QLatin1String(key)] = value; };
}

} // namespace

class TestManifest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void thereAndBack()
    {
        const auto read = parseManifest(toJson(sample()));
        QVERIFY2(read, read ? "" : qPrintable(read.error().text()));
        QVERIFY(*read == sample());
        QCOMPARE(read->frames(), 30);
    }
    void ofUnknownTimeAndFirst()
    {
        Manifest manifest = sample();
        manifest.name = *parseSegmentId(QStringLiteral("gate-00000000000000a7-3_sub"));
        manifest.clockRuns.clear();
        manifest.gaps.clear();
        manifest.previous.reset();
        manifest.replaces.clear();
        const auto read = parseManifest(toJson(manifest));
        QVERIFY2(read, read ? "" : qPrintable(read.error().text()));
        QVERIFY(*read == manifest);
    }
    void wrong_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("key");
        const auto row = [](const char *key, const Change &change) { QTest::newRow(key) << changed(change) << QString::fromLatin1(key); };
        for (const char *key : {"version", "id", "camera", "stream", "time_known", "run", "from_us", "to_us", "codec", "width_px", "height_px", "sound", "bytes",
                                "sha256", "frames", "settings_version", "clock_runs", "gaps", "fragments", "root", "number"}) {
            QTest::newRow(qPrintable(QStringLiteral("without %1").arg(QLatin1String(key)))) << changed([key](QJsonObject &object) { object.remove(QLatin1String(key)); })
                                                                                         << QString::fromLatin1(key);
        }
        row("id", set("id", QStringLiteral("../gate")));
        row("camera", set("camera", QStringLiteral("yard")));
        row("stream", set("stream", QStringLiteral("sub")));
        row("time_known", set("time_known", false));
        row("run", set("run", QStringLiteral("A7")));
        row("to_us", set("to_us", 1));
        row("sha256", set("sha256", toHex(digest('f')).toUpper()));
        row("frames", set("frames", 31));
        row("root", set("root", toHex(digest('x'))));
        row("root", inner("fragments", "video_sha256", toHex(digest('x'))));
        row("root", inner("fragments", "from_us", 1'795'270'500'000'124.0));
        row("fragments[0].video_sha256", inner("fragments", "video_sha256", QStringLiteral("12")));
        row("fragments[0].units", inner("fragments", "units", 0));
        row("clock_runs[0].uncertainty_us", inner("clock_runs", "uncertainty_us", -1));
        row("gaps[0].reason", inner("gaps", "reason", QStringLiteral("lunch")));
        row("gaps[0].to_us", inner("gaps", "to_us", 5));
        row("number", set("number", 0));
        row("previous.number", inner("previous", "number", 7));
        row("previous.id", inner("previous", "id", QStringLiteral("gate")));
        row("replaces[0].sha256", inner("replaces", "sha256", 4));
    }
    void wrong()
    {
        QFETCH(QByteArray, json);
        QFETCH(QString, key);
        const auto read = parseManifest(json);
        QVERIFY(!read);
        QVERIFY(read.error().kind == ErrorKind::InvalidInput);
        QCOMPARE(read.error().detail.section(u' ', 0, 0).remove(u':'), key);
    }
    void newer()
    {
        QVERIFY(parseManifest(changed(set("version", 2))).error().kind == ErrorKind::Unsupported);
    }
    void unknownKeysAreIgnored()
    {
        QVERIFY(parseManifest(changed(set("signature", QStringLiteral("x")))));
    }
    /// Where a hash belongs counts, so that none can be moved.
    void theRootBindsPlaceTimeAndCount()
    {
        const Digest root = fragmentsRoot(sample().fragments);
        const auto other = [&](const std::function<void(QList<ManifestFragment> &)> &change) {
            auto fragments = sample().fragments;
            change(fragments);
            return fragmentsRoot(fragments) != root;
        };
        QVERIFY(other([](auto &list) { list[0].from = *list[0].from + microseconds{1}; }));
        QVERIFY(other([](auto &list) { list[0].pictures.count = 14; }));
        QVERIFY(other([](auto &list) { std::swap(list[0].pictures, list[0].sound); }));
        QVERIFY(other([](auto &list) { std::swap(list[0], list[1]); }));
        QVERIFY(other([](auto &list) { list[1].sound = std::exchange(list[0].sound, {}); }));
        QVERIFY(other([](auto &list) { list.removeLast(); }));
    }
    void besideItsSegment()
    {
        for (const auto &id : {QStringLiteral("gate-20261121T141500_sub_00000000000000a7"), QStringLiteral("gate-00000000000000a7-3")}) {
            const SegmentName name = *parseSegmentId(id);
            QCOMPARE(name.manifestPath(), name.path().chopped(4) + QStringLiteral(".json"));
            QVERIFY(parseManifestPath(name.manifestPath()) == name);
            QVERIFY(!parseManifestPath(name.path()));
            QVERIFY(!parseSegmentPath(name.manifestPath()));
        }
        QVERIFY(!parseManifestPath(QStringLiteral("camera-gate/20261121/notes.json")));
    }
};

QTEST_APPLESS_MAIN(TestManifest)
#include "tst_manifest.moc"
