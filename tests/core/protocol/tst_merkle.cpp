// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/merkle.h"

#include <QTest>

using namespace vedette;
using namespace vedette::protocol;

class TestMerkle : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// The tree heads of Certificate Transparency's own tests (certificate-transparency, merkletree/merkle_tree_test.cc).
    void published()
    {
        const QList<QByteArray> data{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
        const QStringList roots{
            QStringLiteral("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            QStringLiteral("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            QStringLiteral("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
            QStringLiteral("aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
            QStringLiteral("d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
            QStringLiteral("4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
            QStringLiteral("76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
            QStringLiteral("ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
            QStringLiteral("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        };
        std::vector<Digest> leaves;
        QCOMPARE(toHex(merkleRoot(leaves)), roots[0]);
        for (qsizetype i = 0; i < data.size(); ++i) {
            leaves.push_back(merkleLeaf(QByteArray::fromHex(data[i])));
            QCOMPARE(toHex(merkleRoot(leaves)), roots[i + 1]);
        }
    }
};

QTEST_APPLESS_MAIN(TestMerkle)
#include "tst_merkle.moc"
