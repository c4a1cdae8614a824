// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/fleet/fleet_model.h"

#include <algorithm>

namespace vedette::app {

namespace {

QString displayName(const QString &name, const QString &id)
{
    return name.isEmpty() ? id : name;
}

template <typename T>
qsizetype rowOf(const std::vector<T> &rows, const QString &id)
{
    const auto it = std::find_if(rows.begin(), rows.end(), [&id](const T &row) { return row.id == id; });
    return it == rows.end() ? -1 : it - rows.begin();
}

QString stateWord(int state)
{
    switch (CameraHealth::State(state)) {
    case CameraHealth::State::Connecting: return QStringLiteral("connecting");
    case CameraHealth::State::Live: return QStringLiteral("live");
    case CameraHealth::State::Stale: return QStringLiteral("stale");
    case CameraHealth::State::Offline: return QStringLiteral("offline");
    }
    return {};
}

} // namespace

FleetModel::FleetModel(const control::FleetStore &fleet, QObject *parent) : QAbstractItemModel(parent), m_fleet(fleet)
{
    connect(&fleet, &control::FleetStore::camerasChanged, this, &FleetModel::sync);
    connect(&fleet, &control::FleetStore::agentChanged, this, &FleetModel::sync);
    sync();
}

std::vector<FleetModel::Agent> FleetModel::snapshot() const
{
    std::vector<Agent> agents;
    for (const QString &id : m_fleet.agents()) {
        const auto entry = m_fleet.agent(id);
        if (entry)
            agents.push_back({0, id, displayName(entry->status.name, id), entry->online, entry->reason, entry->statusFault, {}});
    }
    for (const control::CameraEntry &camera : m_fleet.cameras()) {
        const qsizetype row = rowOf(agents, camera.agent);
        if (row < 0)
            continue;
        const QString fault = camera.alsoClaimedBy.isEmpty()
                                  ? QString()
                                  : tr("also claimed by %1").arg(camera.alsoClaimedBy.join(QStringLiteral(", ")));
        agents[std::size_t(row)].cameras.push_back({camera.status.id, displayName(camera.status.name, camera.status.id), fault});
    }
    return agents;
}

void FleetModel::sync()
{
    const std::vector<Agent> wanted = snapshot();
    for (int row = int(m_agents.size()) - 1; row >= 0; --row) {
        if (rowOf(wanted, m_agents[std::size_t(row)].id) < 0) {
            beginRemoveRows({}, row, row);
            m_agents.erase(m_agents.begin() + row);
            endRemoveRows();
        }
    }
    // Both lists are sorted by id, so what is new belongs where it stands in the wanted list.
    for (int row = 0; row < int(wanted.size()); ++row) {
        const Agent &agent = wanted[std::size_t(row)];
        if (row >= int(m_agents.size()) || m_agents[std::size_t(row)].id != agent.id) {
            beginInsertRows({}, row, row);
            m_agents.insert(m_agents.begin() + row, {m_nextSerial++, agent.id, agent.name, agent.online, agent.reason, agent.fault, {}});
            endInsertRows();
        }
        Agent &mine = m_agents[std::size_t(row)];
        mine.name = agent.name;
        mine.online = agent.online;
        mine.reason = agent.reason;
        mine.fault = agent.fault;
        syncCameras(row, agent.cameras);
        Q_EMIT dataChanged(index(row, 0), index(row, 0));
    }
}

void FleetModel::syncCameras(int agentRow, const std::vector<Camera> &wanted)
{
    const QModelIndex parent = index(agentRow, 0);
    std::vector<Camera> &mine = m_agents[std::size_t(agentRow)].cameras;
    const auto sameIds = std::equal(mine.begin(), mine.end(), wanted.begin(), wanted.end(),
                                    [](const Camera &a, const Camera &b) { return a.id == b.id; });
    if (!sameIds) {
        for (int row = int(mine.size()) - 1; row >= 0; --row) {
            if (rowOf(wanted, mine[std::size_t(row)].id) < 0) {
                beginRemoveRows(parent, row, row);
                mine.erase(mine.begin() + row);
                endRemoveRows();
            }
        }
        for (int row = 0; row < int(wanted.size()); ++row) {
            const Camera &camera = wanted[std::size_t(row)];
            if (row < int(mine.size()) && mine[std::size_t(row)].id == camera.id)
                continue;
            const qsizetype from = rowOf(mine, camera.id);
            if (from >= 0) { // the agent's file was put in another order
                beginMoveRows(parent, int(from), int(from), parent, row);
                const Camera moved = mine[std::size_t(from)];
                mine.erase(mine.begin() + from);
                mine.insert(mine.begin() + row, moved);
                endMoveRows();
            } else {
                beginInsertRows(parent, row, row);
                mine.insert(mine.begin() + row, camera);
                endInsertRows();
            }
        }
    }
    mine = wanted;
    if (!mine.empty())
        Q_EMIT dataChanged(index(0, 0, parent), index(int(mine.size()) - 1, 0, parent));
}

void FleetModel::setHealth(const QString &camera, const CameraHealth &health)
{
    if (m_health.value(camera) == health && m_health.contains(camera))
        return;
    m_health.insert(camera, health);
    const QModelIndex changed = indexOfCamera(camera);
    if (changed.isValid())
        Q_EMIT dataChanged(changed, changed);
}

QModelIndex FleetModel::indexOfCamera(const QString &camera) const
{
    for (int row = 0; row < int(m_agents.size()); ++row) {
        const qsizetype child = rowOf(m_agents[std::size_t(row)].cameras, camera);
        if (child >= 0)
            return index(int(child), 0, index(row, 0));
    }
    return {};
}

QModelIndex FleetModel::index(int row, int column, const QModelIndex &parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    // 0: an agent; otherwise the serial number of the camera's agent, which survives that rows above come and go.
    return createIndex(row, column, parent.isValid() ? m_agents[std::size_t(parent.row())].serial : quintptr(0));
}

QModelIndex FleetModel::parent(const QModelIndex &child) const
{
    if (!child.isValid() || child.internalId() == 0)
        return {};
    const int row = rowOfSerial(child.internalId());
    return row < 0 ? QModelIndex() : createIndex(row, 0, quintptr(0));
}

int FleetModel::rowOfSerial(quintptr serial) const
{
    const auto it = std::find_if(m_agents.begin(), m_agents.end(), [serial](const Agent &a) { return a.serial == serial; });
    return it == m_agents.end() ? -1 : int(it - m_agents.begin());
}

int FleetModel::rowCount(const QModelIndex &parent) const
{
    if (!parent.isValid())
        return int(m_agents.size());
    if (parent.internalId() != 0 || parent.row() >= int(m_agents.size()))
        return 0;
    return int(m_agents[std::size_t(parent.row())].cameras.size());
}

int FleetModel::columnCount(const QModelIndex &) const
{
    return 1;
}

QVariant FleetModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    if (index.internalId() == 0)
        return agentData(m_agents[std::size_t(index.row())], role);
    const int row = rowOfSerial(index.internalId());
    if (row < 0)
        return {};
    const Agent &agent = m_agents[std::size_t(row)];
    return cameraData(agent, agent.cameras[std::size_t(index.row())], role);
}

QVariant FleetModel::agentData(const Agent &agent, int role) const
{
    switch (role) {
    case Qt::DisplayRole: return agent.name;
    case Qt::ToolTipRole: {
        const QString state = agent.online ? tr("answers") : agent.reason.isEmpty() ? tr("does not answer") : agent.reason;
        const QString fault = agent.fault.isEmpty() ? QString() : QLatin1Char('\n') + tr("Its status cannot be read: %1").arg(agent.fault);
        return QString(QStringLiteral("%1 (%2)\n%3").arg(agent.name, agent.id, state) + fault);
    }
    case Qt::AccessibleTextRole: return agent.online ? tr("Agent %1").arg(agent.name) : tr("Agent %1, offline").arg(agent.name);
    case KindRole: return int(Kind::Agent);
    case IdRole: return agent.id;
    case GlyphRole: return int(!agent.online ? Glyph::Offline : agent.fault.isEmpty() ? Glyph::None : Glyph::Warning);
    case TrailingRole: return agent.online ? QString::number(agent.cameras.size()) : tr("offline");
    case HealthRole: return -1;
    case SearchRole: return QString(agent.name + QLatin1Char(' ') + agent.id);
    default: return {};
    }
}

QVariant FleetModel::cameraData(const Agent &agent, const Camera &camera, int role) const
{
    const CameraHealth state = m_health.value(camera.id);
    switch (role) {
    case Qt::DisplayRole: return camera.name;
    case Qt::ToolTipRole: {
        QStringList lines{QStringLiteral("%1 (%2)").arg(camera.name, camera.id), state.word};
        for (const QString &line : {state.cause, camera.fault}) {
            if (!line.isEmpty())
                lines << line;
        }
        return lines.join(QLatin1Char('\n'));
    }
    case Qt::AccessibleTextRole: return QStringLiteral("%1, %2").arg(camera.name, state.word);
    case KindRole: return int(Kind::Camera);
    case IdRole: return camera.id;
    case GlyphRole: return int(camera.fault.isEmpty() ? state.glyph : Glyph::Major);
    case TrailingRole: return camera.fault.isEmpty() ? state.trailing : tr("twice");
    case HealthRole: return int(state.state);
    case SearchRole: return QString(camera.name + QLatin1Char(' ') + camera.id + QLatin1Char(' ') + agent.name + QLatin1Char(' ') + agent.id);
    default: return {};
    }
}

FleetFilter::FleetFilter(QObject *parent) : QSortFilterProxyModel(parent)
{
    setRecursiveFilteringEnabled(true);
}

void FleetFilter::setText(const QString &text)
{
    m_words = text.simplified().split(QLatin1Char(' '), Qt::SkipEmptyParts);
    invalidateFilter();
}

bool FleetFilter::filterAcceptsRow(int row, const QModelIndex &parent) const
{
    const QModelIndex index = sourceModel()->index(row, 0, parent);
    if (!m_words.isEmpty() && index.data(FleetModel::KindRole).toInt() == int(FleetModel::Kind::Agent))
        return false; // by its cameras alone (recursive); a camera matches its agent's name too
    const QString text = index.data(FleetModel::SearchRole).toString();
    static const QString stateKey = QStringLiteral("state:");
    return std::all_of(m_words.begin(), m_words.end(), [&](const QString &word) {
        if (word.startsWith(stateKey, Qt::CaseInsensitive))
            return stateWord(index.data(FleetModel::HealthRole).toInt()).startsWith(word.mid(stateKey.size()), Qt::CaseInsensitive);
        return text.contains(word, Qt::CaseInsensitive);
    });
}

} // namespace vedette::app
