// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/sample.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QSet>
#include <QTest>

#include <cmath>
#include <limits>

using namespace vedette;
using protocol::Sample;
using protocol::SampleBatch;

namespace {

SampleBatch batch()
{
    Sample first{1'000'001,
                 utcFromMicros(1'790'000'000'000'001),
                 true,
                 {{QStringLiteral("cpu_load_ratio"), 0.1}, {QStringLiteral("humidity_percent"), 45.25}}};
    Sample second{1'000'002, utcFromMicros(5), false, {}};
    return {QStringLiteral("pi-1"), QStringLiteral("5f0c"), 1'000'002, {first, second}};
}

const char *const kGood =
    R"({"agent":"pi-1","spool":"s","last":9,"samples":[{"sequence":9,"time_us":5,"values":{"x_g":1}}]})";

/// JSON with ' for ", because moc 6.4 loses its way in some raw string literals.
QByteArray quoted(QByteArray text)
{
    return text.replace('\'', '"');
}

} // namespace

class TestSample : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theSeriesTable()
    {
        QSet<QString> keys;
        for (const auto &series : protocol::seriesTable()) {
            QVERIFY2(!keys.contains(series.key), series.key.data());
            keys.insert(series.key);
            QCOMPARE(protocol::findSeries(QString(series.key)), &series);
            QVERIFY(series.low < series.high);
            QVERIFY(series.source == QLatin1String("system") || series.source == QLatin1String("sense_hat"));
            QVERIFY(!series.name.isEmpty());
        }
        QCOMPARE(keys.size(), 17);
        QCOMPARE(QString(protocol::findSeries(u"cpu_temperature_celsius")->unit), QStringLiteral("°C"));
        QCOMPARE(QString(protocol::findSeries(u"magnetic_x_ut")->unit), QStringLiteral("µT"));
        QVERIFY(!protocol::findSeries(u"nonsense"));
    }

    void roundTrip()
    {
        const auto read = protocol::parseSampleBatch(protocol::toJson(batch()));
        QVERIFY2(read, read ? "" : qPrintable(read.error().text()));
        QCOMPARE(read->agent, batch().agent);
        QCOMPARE(read->spool, batch().spool);
        QCOMPARE(read->last, batch().last);
        QCOMPARE(read->samples.size(), 2);
        for (qsizetype i = 0; i < 2; ++i) {
            QCOMPARE(read->samples[i].sequence, batch().samples[i].sequence);
            QCOMPARE(toMicros(read->samples[i].time), toMicros(batch().samples[i].time));
            QCOMPARE(read->samples[i].timeKnown, batch().samples[i].timeKnown);
            QCOMPARE(read->samples[i].values, batch().samples[i].values);
        }
    }

    void largeNumbersStayExact()
    {
        SampleBatch large = batch();
        large.last = 9'007'199'254'740'993; // 2^53 + 1: no double
        large.samples[0].sequence = large.last;
        const auto read = protocol::parseSampleBatch(protocol::toJson(large));
        QVERIFY(read);
        QCOMPARE(read->last, large.last);
        QCOMPARE(read->samples[0].sequence, large.last);
    }

    void whatCouldNotBeReadIsAbsent()
    {
        Sample sample{1,
                      utcFromMicros(1),
                      true,
                      {{QStringLiteral("a"), std::nan("")},
                       {QStringLiteral("b"), std::numeric_limits<double>::infinity()},
                       {QStringLiteral("c"), 1.5}}};
        const QJsonObject json = protocol::toJsonObject(sample);
        QCOMPARE(json.value(QStringLiteral("values")).toObject().keys(), QStringList{QStringLiteral("c")});
        const auto read = protocol::sampleFromJson(
            QJsonDocument::fromJson(R"({"sequence":1,"time_us":1,"values":{"a":null,"c":1.5}})").object());
        QVERIFY(read);
        QCOMPARE(read->values.size(), 1);
    }

    void unknownKeysAreIgnored()
    {
        QByteArray json = kGood;
        json.insert(1, R"("new":{"deep":[1,2,{"x":null}]},)");
        QVERIFY(protocol::parseSampleBatch(json));
    }

    void hostile_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("names");
        const auto with = [](const char *what, const QByteArray &by) {
            return QByteArray(kGood).replace(quoted(what), quoted(by));
        };
        const auto row = [](const char *name, const QByteArray &json, const char *names) {
            QTest::newRow(name) << quoted(json) << QString::fromLatin1(names);
        };
        row("empty", "", "not JSON");
        row("not JSON", "hello", "not JSON");
        row("half", QByteArray(kGood).chopped(5), "not JSON");
        row("binary", QByteArray("\xff\xfe\x00\x01", 4), "not JSON");
        row("a list", "[]", "not an object");
        row("a number", "5", "not");
        row("deep lists", QByteArray(200'000, '['), "not JSON");
        row("deep objects", QByteArray("{\"a\":").repeated(50'000), "not JSON");
        row("17 MiB", "{\"a\":\"" + QByteArray(17 * 1024 * 1024, 'x') + "\"}", "bytes");
        row("no agent", with("'agent':'pi-1',", ""), "agent is missing");
        row("agent null", with("'pi-1'", "null"), "agent is missing");
        row("agent a number", with("'pi-1'", "5"), "agent must be a text");
        row("agent with slash", with("pi-1", "../../x"), "agent");
        row("no spool", with("'spool':'s',", ""), "spool is missing");
        row("spool huge", with("'s'", "'" + QByteArray(5000, 's') + "'"), "spool");
        row("last negative", with("'last':9", "'last':-1"), "last");
        row("last a fraction", with("'last':9", "'last':1.5"), "last must be an integer");
        row("last beyond 64 bits", with("'last':9", "'last':99999999999999999999"), "last must be an integer");
        row("last beyond doubles", with("'last':9", "'last':1e999"), "");
        row("samples an object", with("[{'sequence':9,'time_us':5,'values':{'x_g':1}}]", "{}"),
            "samples must be a list");
        row("sample a number", with("[{", "[7,{"), "samples[0] must be an object");
        row("second sample broken", with("1}}]", "1}},{'sequence':'x'}]"), "samples[1].sequence");
        row("time a text", with("'time_us':5", "'time_us':'5'"), "samples[0].time_us");
        row("time before 1970", with("'time_us':5", "'time_us':-5"), "samples[0].time_us");
        row("time after 9999", with("'time_us':5", "'time_us':253402300800000000"), "samples[0].time_us");
        row("time_known a number", with("'time_us':5", "'time_us':5,'time_known':1"), "samples[0].time_known");
        row("values a list", with("{'x_g':1}", "[1]"), "samples[0].values");
        row("value a text", with("'x_g':1", "'x_g':'1'"), "samples[0].values.x_g");
        row("key with markup", with("'x_g':1", "'<b>':1"), "samples[0].values.<b>");
        row("key with quote", with("'x_g':1", "'a\\'b':1"), "samples[0].values");
        row("empty key", with("'x_g':1", "'':1"), "samples[0].values.");
        QByteArray many;
        for (int i = 0; i < 300; ++i)
            many += ",'k" + QByteArray::number(i) + "':1";
        row("300 values", with("'x_g':1", "'x':1" + many), "samples[0].values");
    }
    void hostile()
    {
        QFETCH(QByteArray, json);
        QFETCH(QString, names);
        const auto read = protocol::parseSampleBatch(json);
        QVERIFY(!read);
        QCOMPARE(toString(read.error().kind), toString(ErrorKind::InvalidInput));
        QVERIFY2(read.error().text().contains(names), qPrintable(read.error().text()));
        QVERIFY(read.error().text().size() < 1000);
    }

    void everyCutAndEveryBrokenByteIsSurvived()
    {
        const QByteArray good = protocol::toJson(batch());
        for (qsizetype n = 0; n < good.size(); ++n) {
            QVERIFY(!protocol::parseSampleBatch(good.left(n)));
            for (const char bad : {'\0', '"', '{', '9', '\xff', '-'}) {
                QByteArray broken = good;
                broken[n] = bad;
                if (const auto read = protocol::parseSampleBatch(broken))
                    QVERIFY(read->samples.size() <= 2);
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestSample)
#include "tst_sample.moc"
