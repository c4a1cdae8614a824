// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/result.h"

#include <QSet>
#include <QTest>

using namespace vedette;

class TestError : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyKindHasItsWord()
    {
        QSet<QString> words;
        for (int kind = 0; kind <= static_cast<int>(ErrorKind::Internal); ++kind)
            words.insert(toString(static_cast<ErrorKind>(kind)));
        QCOMPARE(words.size(), static_cast<int>(ErrorKind::Internal) + 1);
        QCOMPARE(toString(ErrorKind::NotFound), QStringLiteral("not_found"));
    }

    void theChainIsOneLine()
    {
        const Error inner{ErrorKind::Denied, QStringLiteral("401"), nullptr};
        const Error outer = inner.wrap(QStringLiteral("camera gate")).wrap(QStringLiteral("start"));
        QVERIFY(outer.kind == ErrorKind::Denied);
        QCOMPARE(outer.text(), QStringLiteral("start: camera gate: 401"));
        QCOMPARE(inner.text(), QStringLiteral("401"));
    }

    void results()
    {
        const auto divide = [](int a, int b) -> Result<int> {
            if (b == 0)
                return fail(ErrorKind::InvalidInput, QStringLiteral("b is 0"));
            return a / b;
        };
        QCOMPARE(*divide(6, 3), 2);
        QVERIFY(!divide(1, 0));
        const Status passedOn = fail(divide(1, 0).error());
        QCOMPARE(passedOn.error().detail, QStringLiteral("b is 0"));
    }
};

QTEST_GUILESS_MAIN(TestError)
#include "tst_error.moc"
