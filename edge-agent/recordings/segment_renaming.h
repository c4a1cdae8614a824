// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/recordings/manifests.h"

namespace vedette::agent {

/// Gives segments of unknown time the name of their time once the clock has told what their run's times mean. The media is
/// not changed. A second name of the file is made and synced, then row, manifest and account are changed in one
/// transaction with the condemnation of the first name, so that at no moment the file has none; what a crash leaves is put
/// right by finish(). The old id stays known. One whose manifest is not written yet waits for it. Thread-bound, like the rows.
class SegmentRenaming {
public:
    static constexpr int kMostAtOnce = 16; ///< segments in one round

    SegmentRenaming(CatalogRows &rows, QString folder, Manifests &manifests) : m_rows(rows), m_folder(std::move(folder)), m_manifests(manifests) {}

    /// At start, before rows and files are compared: a renaming that a crash interrupted is undone, so that it is done anew.
    Status finish();
    /// What the times of runs mean; kept in the table clock_runs. since counts for nothing.
    Status learn(const QList<protocol::ClockRun> &runs);
    /// One round; returns how many were renamed.
    Result<int> work();
    /// Also by a name from before its time was known.
    Result<std::optional<protocol::Recording>> segmentEver(const QString &id);

private:
    struct Wanted {
        QString id;
        protocol::ClockRun clock;
    };
    Result<QList<Wanted>> wanted();
    Status rename(const Wanted &wanted);
    /// Row, account and the first name, which is condemned.
    Status changeRow(const protocol::SegmentName &before, const protocol::Recording &renamed);
    Result<protocol::SegmentName> freeName(const protocol::Recording &row, UtcTime from);

    CatalogRows &m_rows;
    const QString m_folder;
    Manifests &m_manifests;
};

} // namespace vedette::agent
