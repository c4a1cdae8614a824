// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/encoder_check.h"

#include <QElapsedTimer>
#include <QTest>

using namespace vedette;
using namespace vedette::media;

class TestEncoderCheck : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void listsThoseOfThisFfmpeg();
    void softwareWorks();
    void everyOneAnswers();
    void unknown();
};

void TestEncoderCheck::listsThoseOfThisFfmpeg()
{
    const QStringList names = h264Encoders();
    QVERIFY(names.contains(QStringLiteral("libx264")));
    QVERIFY(!names.contains(QStringLiteral("libx265")));
    QVERIFY(!names.contains(QStringLiteral("libx264rgb")));
}

void TestEncoderCheck::softwareWorks()
{
    const Status works = checkEncoder(QStringLiteral("libx264"));
    QVERIFY2(works.has_value(), works ? "" : qPrintable(works.error().text()));
}

/// Whatever this machine has: an answer, with words where it is no.
void TestEncoderCheck::everyOneAnswers()
{
    for (const QString &name : h264Encoders()) {
        QElapsedTimer timer;
        timer.start();
        const Status works = checkEncoder(name);
        qInfo("%s: %s (%lld ms)", qPrintable(name), works ? "works" : qPrintable(works.error().text()), static_cast<long long>(timer.elapsed()));
        QVERIFY(works || (!works.error().text().isEmpty() && !works.error().text().contains(u'\n') && !works.error().text().contains(QStringLiteral(" @ 0x"))));
    }
}

void TestEncoderCheck::unknown()
{
    const Status works = checkEncoder(QStringLiteral("libx999"));
    QVERIFY(!works && works.error().kind == ErrorKind::Unsupported);
}

QTEST_GUILESS_MAIN(TestEncoderCheck)
#include "tst_encoder_check.moc"
