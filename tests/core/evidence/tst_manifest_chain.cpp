// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evidence/manifest_chain.h"

#include <QTest>

using namespace vedette;
using namespace vedette::evidence;
using protocol::Manifest;
using protocol::ManifestLink;

class TestManifestChain : public QObject {
    Q_OBJECT

    QList<Manifest> m_all;

    static Digest hashOf(const Manifest &manifest) { return Sha256::of(toJson(manifest)); }
    static ManifestLink linkOf(const Manifest &manifest) { return {manifest.number, manifest.name.id(), hashOf(manifest)}; }
    static QStringList faults(const QList<Manifest> &manifests)
    {
        ManifestChain chain;
        for (const Manifest &each : manifests)
            chain.add(each, hashOf(each));
        return chain.faults();
    }

private Q_SLOTS:
    void initTestCase()
    {
        for (int n = 1; n <= 5; ++n) {
            Manifest manifest;
            manifest.name = *protocol::parseSegmentId(QStringLiteral("gate-20261121T14") + QString::number(n) + QStringLiteral("500"));
            manifest.number = n;
            if (n > 1)
                manifest.previous = linkOf(m_all.last());
            m_all.append(manifest);
        }
    }
    void whole()
    {
        QCOMPARE(faults(m_all), QStringList());
        QCOMPARE(faults({m_all[4], m_all[2], m_all[0], m_all[1], m_all[3]}), QStringList());
        QCOMPARE(faults({}), QStringList());
    }
    void removed()
    {
        QCOMPARE(faults({m_all[0], m_all[1], m_all[3], m_all[4]}), QStringList{QStringLiteral("manifest 3 of gate-20261121T143500 is missing")});
        QCOMPARE(faults({m_all[0], m_all[4]}), (QStringList{QStringLiteral("manifests 2 to 3 are missing"), QStringLiteral("manifest 4 of gate-20261121T144500 is missing")}));
        QCOMPARE(faults({m_all[3], m_all[4]}), QStringList()); // who knows what was before?
    }
    void changed()
    {
        auto manifests = m_all;
        manifests[1].bytes = 7;
        QCOMPARE(faults(manifests), QStringList{QStringLiteral("manifest 2 of gate-20261121T142500 is not the one that gate-20261121T143500 knows")});
    }
    void twice()
    {
        auto manifests = m_all;
        manifests.append(m_all[2]);
        manifests.last().bytes = 7;
        QCOMPARE(faults(manifests).size(), 1);
        QVERIFY(faults(manifests).first().contains(QLatin1String("twice")));
    }
    void goneByRule()
    {
        ManifestChain chain;
        chain.addGone(linkOf(m_all[1]));
        for (const int n : {0, 2, 3})
            chain.add(m_all[n], hashOf(m_all[n]));
        QCOMPARE(chain.faults(), QStringList());
    }
    void whatTheCatalogKnows()
    {
        ManifestChain chain;
        for (const Manifest &each : m_all)
            chain.expect(linkOf(each));
        for (const int n : {1, 2, 3})
            chain.add(m_all[n], hashOf(m_all[n]));
        QCOMPARE(chain.faults(), (QStringList{QStringLiteral("manifest 1 of gate-20261121T141500 is missing"), QStringLiteral("manifest 5 of gate-20261121T145500 is missing")}));
        Manifest last = m_all[4];
        last.bytes = 7;
        chain.add(m_all[0], hashOf(m_all[0]));
        chain.add(last, hashOf(last));
        QCOMPARE(chain.faults(), QStringList{QStringLiteral("manifest 5 of gate-20261121T145500 is not the one that the catalog knows")});
    }
    /// A segment that got its time: the new manifest proves what the old one was.
    void replaced()
    {
        Manifest renamed = m_all[2];
        renamed.number = 6;
        renamed.previous = linkOf(m_all[4]);
        renamed.replaces = {linkOf(m_all[2])};
        QCOMPARE(faults({m_all[0], m_all[1], m_all[3], m_all[4], renamed}), QStringList());
        renamed.replaces[0].sha256 = {};
        QCOMPARE(faults({m_all[0], m_all[1], m_all[3], m_all[4], renamed}).size(), 1);
    }
};

QTEST_APPLESS_MAIN(TestManifestChain)
#include "tst_manifest_chain.moc"
