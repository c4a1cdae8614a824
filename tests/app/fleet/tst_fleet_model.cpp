// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/fleet/fleet_model.h"
#include "tests/support/manual_clock.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace vedette;
using namespace vedette::app;

namespace {

protocol::AgentStatus agentWith(const QString &id, const QStringList &cameras)
{
    protocol::AgentStatus status;
    status.id = id;
    status.name = id.toUpper();
    for (const QString &camera : cameras) {
        protocol::CameraStatus c;
        c.id = camera;
        c.name = QStringLiteral("Camera ") + camera;
        status.cameras << c;
    }
    return status;
}

} // namespace

class TestFleetModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void comesAndGoes()
    {
        test::ManualClock clock;
        control::FleetStore fleet(clock);
        FleetModel model(fleet);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
        QCOMPARE(model.rowCount(), 0);

        fleet.setStatus(agentWith(QStringLiteral("pi-2"), {QStringLiteral("c"), QStringLiteral("d")}));
        const QPersistentModelIndex d = model.indexOfCamera(QStringLiteral("d"));
        QVERIFY(d.isValid());
        // An agent above must not move what is selected to another camera.
        fleet.setStatus(agentWith(QStringLiteral("pi-1"), {QStringLiteral("a")}));
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(d.data(FleetModel::IdRole).toString(), QStringLiteral("d"));
        QCOMPARE(d.parent().data(FleetModel::IdRole).toString(), QStringLiteral("pi-2"));

        fleet.setStatus(agentWith(QStringLiteral("pi-2"), {QStringLiteral("d"), QStringLiteral("e"), QStringLiteral("c")}));
        QCOMPARE(d.data(FleetModel::IdRole).toString(), QStringLiteral("d"));
        QCOMPARE(d.row(), 0);
        fleet.setStatus(agentWith(QStringLiteral("pi-2"), {QStringLiteral("e")}));
        QVERIFY(!d.isValid());
        QVERIFY(model.indexOfCamera(QStringLiteral("e")).isValid());
        fleet.setStatus(agentWith(QStringLiteral("pi-2"), {}));
        QCOMPARE(model.rowCount(model.index(1, 0)), 0);
    }

    void showsHonestState()
    {
        test::ManualClock clock;
        control::FleetStore fleet(clock);
        FleetModel model(fleet);
        fleet.setStatus(agentWith(QStringLiteral("pi-1"), {QStringLiteral("a")}));
        fleet.setOnline(QStringLiteral("pi-1"), true, {}, -1);
        CameraHealth health;
        health.state = CameraHealth::State::Stale;
        health.glyph = Glyph::Stale;
        health.word = QStringLiteral("00:38 old");
        health.trailing = QStringLiteral("00:38");
        health.cause = QStringLiteral("The relay does not answer.");
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        model.setHealth(QStringLiteral("a"), health);
        QCOMPARE(changed.count(), 1);
        model.setHealth(QStringLiteral("a"), health); // the same again is no change
        QCOMPARE(changed.count(), 1);
        const QModelIndex a = model.indexOfCamera(QStringLiteral("a"));
        QCOMPARE(a.data(FleetModel::GlyphRole).toInt(), int(Glyph::Stale));
        QCOMPARE(a.data(FleetModel::TrailingRole).toString(), QStringLiteral("00:38"));
        QVERIFY(a.data(Qt::ToolTipRole).toString().contains(health.cause));
        QCOMPARE(a.data(Qt::AccessibleTextRole).toString(), QStringLiteral("Camera a, 00:38 old"));
        QCOMPARE(a.parent().data(FleetModel::GlyphRole).toInt(), int(Glyph::None));

        fleet.setOnline(QStringLiteral("pi-1"), false, QStringLiteral("No answer for 15 s."), 3000);
        QCOMPARE(a.parent().data(FleetModel::GlyphRole).toInt(), int(Glyph::Offline));
        QVERIFY(a.parent().data(Qt::ToolTipRole).toString().contains(QStringLiteral("No answer for 15 s.")));
    }

    void oneIdTwiceIsAFault()
    {
        test::ManualClock clock;
        control::FleetStore fleet(clock);
        FleetModel model(fleet);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
        fleet.setStatus(agentWith(QStringLiteral("pi-1"), {QStringLiteral("gate")}));
        fleet.setStatus(agentWith(QStringLiteral("pi-2"), {QStringLiteral("gate")}));
        const QModelIndex gate = model.indexOfCamera(QStringLiteral("gate"));
        QCOMPARE(gate.data(FleetModel::GlyphRole).toInt(), int(Glyph::Major));
        QVERIFY(gate.data(Qt::ToolTipRole).toString().contains(QStringLiteral("pi-2")));
    }

    void filters()
    {
        test::ManualClock clock;
        control::FleetStore fleet(clock);
        FleetModel model(fleet);
        FleetFilter filter;
        filter.setSourceModel(&model);
        QAbstractItemModelTester tester(&filter, QAbstractItemModelTester::FailureReportingMode::Fatal);
        fleet.setStatus(agentWith(QStringLiteral("pi-1"), {QStringLiteral("gate"), QStringLiteral("dock")}));
        fleet.setStatus(agentWith(QStringLiteral("pi-2"), {QStringLiteral("lab")}));
        CameraHealth offline;
        offline.state = CameraHealth::State::Offline;
        model.setHealth(QStringLiteral("dock"), offline);

        QCOMPARE(filter.rowCount(), 2);
        filter.setText(QStringLiteral("GATE"));
        QCOMPARE(filter.rowCount(), 1);
        QCOMPARE(filter.rowCount(filter.index(0, 0)), 1);
        filter.setText(QStringLiteral("state:offline"));
        QCOMPARE(filter.rowCount(), 1);
        QCOMPARE(filter.index(0, 0, filter.index(0, 0)).data(FleetModel::IdRole).toString(), QStringLiteral("dock"));
        filter.setText(QStringLiteral("state:offline gate"));
        QCOMPARE(filter.rowCount(), 0);
        filter.setText(QStringLiteral("pi-2"));
        QCOMPARE(filter.rowCount(), 1);
        QCOMPARE(filter.rowCount(filter.index(0, 0)), 1);
        filter.setText({});
        QCOMPARE(filter.rowCount(), 2);
    }
};

QTEST_MAIN(TestFleetModel)
#include "tst_fleet_model.moc"
