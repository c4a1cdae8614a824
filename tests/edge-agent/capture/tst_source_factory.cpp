// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/source_factory.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette::agent;

class TestSourceFactory : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aRaspberryPiHasACamera()
    {
        const QTemporaryDir dir;
        QFile model(dir.filePath(QStringLiteral("model")));
        const auto of = [&model](const QByteArray &text) {
            if (!model.open(QIODevice::WriteOnly | QIODevice::Truncate) || model.write(text) != text.size())
                qFatal("cannot write the model");
            model.close();
            return usualSource(model.fileName());
        };
#ifdef VEDETTE_HAS_LIBCAMERA
        const QString camera = QStringLiteral("libcamera");
#else
        const QString camera = QStringLiteral("rpicam");
#endif
        QCOMPARE(of(QByteArray("Raspberry Pi 5 Model B Rev 1.0\0", 31)), camera);
        QCOMPARE(of("Radxa ROCK 4"), QStringLiteral("test"));
        QCOMPARE(usualSource(dir.filePath(QStringLiteral("none"))), QStringLiteral("test"));
    }
};

QTEST_GUILESS_MAIN(TestSourceFactory)
#include "tst_source_factory.moc"
