// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/sha256.h"

#include <QTest>

using namespace vedette;

class TestSha256 : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// FIPS 180-4's examples (NIST, "SHA256.pdf"), and nothing at all.
    void published()
    {
        QCOMPARE(toHex(Sha256::of(QByteArray("abc"))), QStringLiteral("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        QCOMPARE(toHex(Sha256::of(QByteArray("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
                 QStringLiteral("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
        QCOMPARE(toHex(Sha256::of(QByteArray())), QStringLiteral("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    }
    void inPieces()
    {
        Sha256 hash;
        hash.addNumber(0x6162, 2);
        hash.addNumber(0x63, 1);
        QVERIFY(hash.finish() == Sha256::of(QByteArray("abc")));
        hash.add(std::array<std::uint8_t, 3>{'a', 'b', 'c'}); // begins anew
        QVERIFY(hash.finish() == Sha256::of(QByteArray("abc")));
        QVERIFY(hash.finish() == Sha256::of(QByteArray()));
    }
    void hexadecimal()
    {
        const Digest digest = Sha256::of(QByteArray("abc"));
        QVERIFY(digestFromHex(toHex(digest)) == digest);
        for (const QString &wrong : {QString(), toHex(digest).toUpper(), toHex(digest).left(62), toHex(digest) + u'0', u'x' + toHex(digest).mid(1), u' ' + toHex(digest).mid(1)})
            QVERIFY2(!digestFromHex(wrong), qPrintable(wrong));
    }
};

QTEST_APPLESS_MAIN(TestSha256)
#include "tst_sha256.moc"
