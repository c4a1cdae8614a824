// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/widgets/camera_health.h"
#include "core/control/fleet_store.h"

#include <QAbstractItemModel>
#include <QHash>
#include <QSortFilterProxyModel>

#include <vector>

namespace vedette::app {

/// Agents and under each its cameras, from the FleetStore, with the health that the wall measures. Rows come and go
/// one by one, so that views keep selection and expansion. Main thread.
class FleetModel final : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Role {
        KindRole = Qt::UserRole + 1, ///< Kind as int
        IdRole,                      ///< of the camera or agent
        GlyphRole,                   ///< Glyph as int
        TrailingRole,                ///< the short word at the end of the row
        HealthRole,                  ///< CameraHealth::State as int; -1 for agents
        SearchRole,                  ///< everything a filter looks into
    };
    enum class Kind { Agent, Camera };

    explicit FleetModel(const control::FleetStore &fleet, QObject *parent = nullptr);

    void setHealth(const QString &camera, const CameraHealth &health);
    CameraHealth health(const QString &camera) const { return m_health.value(camera); }
    QModelIndex indexOfCamera(const QString &camera) const;

    QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    QModelIndex parent(const QModelIndex &child) const override;
    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;

private:
    struct Camera {
        QString id;
        QString name;
        QString fault; ///< two agents claim it
    };
    struct Agent {
        quintptr serial = 0; ///< internal id of its cameras' indexes
        QString id;
        QString name;
        bool online = false;
        QString reason;
        QString fault;       ///< why its status cannot be read
        std::vector<Camera> cameras;
    };

    void sync();
    int rowOfSerial(quintptr serial) const;
    std::vector<Agent> snapshot() const;
    void syncCameras(int agentRow, const std::vector<Camera> &wanted);
    QVariant agentData(const Agent &agent, int role) const;
    QVariant cameraData(const Agent &agent, const Camera &camera, int role) const;

    const control::FleetStore &m_fleet;
    std::vector<Agent> m_agents;
    quintptr m_nextSerial = 1;
    QHash<QString, CameraHealth> m_health;
};

/// Keeps what matches every word: part of a name or id, or "state:live", "state:stale", "state:offline",
/// "state:connecting". An agent stays while one of its cameras does.
class FleetFilter final : public QSortFilterProxyModel {
    Q_OBJECT
public:
    explicit FleetFilter(QObject *parent = nullptr);
    void setText(const QString &text);

protected:
    bool filterAcceptsRow(int row, const QModelIndex &parent) const override;

private:
    QStringList m_words;
};

} // namespace vedette::app
