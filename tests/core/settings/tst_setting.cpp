// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/setting.h"

#include "core/settings/setting_check.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QRegularExpression>
#include <QSet>
#include <QTest>

using namespace vedette;
using namespace vedette::settings;

class TestSetting : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theTableIsSound()
    {
        static const QRegularExpression agentKey(QStringLiteral("^[a-z_]+\\.[a-z_]+$"));
        static const QRegularExpression cameraKey(QStringLiteral("^[a-z_]+$"));
        QSet<QString> seen;
        for (const Setting &setting : settingsTable()) {
            const QString key = setting.key;
            const bool agent = setting.scope == Scope::Agent;
            QVERIFY2((agent ? agentKey : cameraKey).match(key).hasMatch(), qPrintable(key));
            const QString whole = sectionOf(setting.scope) + u'.' + key;
            QVERIFY2(!seen.contains(whole), qPrintable(whole));
            seen.insert(whole);
            QCOMPARE(findSetting(setting.scope, key), &setting);
            QVERIFY2(setting.help.endsWith(u'.'), qPrintable(key));
            QVERIFY2(setting.type == Type::Integer || (setting.type == Type::Choice || setting.type == Type::Url) == !setting.choices.isEmpty(), qPrintable(key));
            const bool number = setting.type == Type::Integer || setting.type == Type::Number;
            QVERIFY2(!number || setting.minimum < setting.maximum, qPrintable(key));
            if (setting.scope == Scope::CameraControls) // the camera has its own
                QVERIFY2(setting.defaultValue.isEmpty(), qPrintable(key));
            else if (!setting.defaultValue.isEmpty())
                QVERIFY2(valueFromText(setting, setting.defaultValue), qPrintable(key));
            else
                QVERIFY2(!number && setting.type != Type::Choice
                             && (setting.type != Type::Boolean || QString(setting.help).contains(QStringLiteral("Not set: "))), qPrintable(key));
        }
        QVERIFY(!findSetting(Scope::Camera, u"mqtt.host"));
        QVERIFY(!findSetting(Scope::Agent, u"width"));
    }

    void noTypeAcceptsAnother()
    {
        const QJsonValue values[] = {
            QJsonValue(true), QJsonValue(1e300), QJsonValue(QStringLiteral("\u0001")), QJsonArray(),
            QJsonObject(),    QJsonValue(),      QJsonValue(QJsonValue::Undefined)};
        for (const Setting &setting : settingsTable()) {
            for (const QJsonValue &value : values) {
                const auto checked = checkValue(setting, value);
                const bool fits =
                    (setting.type == Type::Boolean && value.isBool()) ||
                    ((setting.type == Type::Path || setting.type == Type::Secret) && value.isString());
                QCOMPARE(checked.has_value(), fits);
                if (!checked) {
                    QVERIFY(checked.error().kind == ErrorKind::InvalidInput);
                    QVERIFY2(checked.error().detail.startsWith(setting.key), qPrintable(checked.error().detail));
                }
            }
        }
    }

    void limitsAreInclusive()
    {
        for (const Setting &setting : settingsTable()) {
            if (setting.type != Type::Integer && setting.type != Type::Number)
                continue;
            QVERIFY(checkValue(setting, setting.minimum));
            QVERIFY(checkValue(setting, setting.maximum));
            QVERIFY(!checkValue(setting, setting.minimum - 1));
            QVERIFY(!checkValue(setting, setting.maximum + 1));
        }
    }

    void environmentNames()
    {
        QCOMPARE(environmentName(*findSetting(Scope::Agent, u"mqtt.ca_file")), QStringLiteral("VEDETTE_MQTT_CA_FILE"));
    }

    void urlParts_data()
    {
        QTest::addColumn<QString>("url");
        QTest::addColumn<QString>("host");
        QTest::addColumn<QString>("bare");
        const auto row = [](const char *url, const char *host, const char *bare) {
            QTest::newRow(url) << QString::fromLatin1(url) << QString::fromLatin1(host) << QString::fromLatin1(bare);
        };
        row("rtsp://h:1/p", "h:1", "rtsp://h:1/p");
        row("rtsp://u:p@h/x@y", "h", "rtsp://h/x@y");
        row("rtsp://u:p@q@h", "h", "rtsp://h");
        row("rtsp://u@[::1]:8554?a=b@c", "[::1]:8554", "rtsp://[::1]:8554?a=b@c");
        row("rtsp://", "", "rtsp://");
        row("rtsp://@", "", "rtsp://");
    }
    void urlParts()
    {
        QFETCH(QString, url);
        QFETCH(QString, host);
        QFETCH(QString, bare);
        QCOMPARE(hostOf(url), host);
        QCOMPARE(withoutUser(url), bare);
        QCOMPARE(hasUser(url), url != bare);
    }

    void suggestions()
    {
        const QStringList candidates{QStringLiteral("mqtt.host"), QStringLiteral("mqtt.port"),
                                     QStringLiteral("agent.id")};
        QCOMPARE(suggestion(QStringLiteral("mqtt.hsot"), candidates), QStringLiteral(" (did you mean mqtt.host?)"));
        QCOMPARE(suggestion(QStringLiteral("id"), candidates), QStringLiteral(" (did you mean agent.id?)"));
        QCOMPARE(suggestion(QStringLiteral("nothing like it"), candidates), QString());
        QCOMPARE(suggestion(QString(100'000, u'x'), candidates), QString());
        QCOMPARE(suggestion(QString(), candidates), QString());
    }
};

QTEST_GUILESS_MAIN(TestSetting)
#include "tst_setting.moc"
