// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/evidence/segment_hasher.h"
#include "edge-agent/recordings/manifest_file.h"
#include "edge-agent/recordings/manifest_rows.h"

#include <QSet>

#include <optional>

namespace vedette::agent {

/// Writes the manifest of each finished segment and lays it on the chain of its lane; makes those that a crash or a disk error
/// kept from being written, by reading the file a piece at a time. A manifest that is there and reads is never written
/// anew: it is the evidence, and what the file is now has to bear comparison with it. Thread-bound, like the rows.
class Manifests {
public:
    static constexpr std::int64_t kPiece = 4 << 20; ///< bytes of a file between two other things that its thread does
    static constexpr int kMostGaps = 10'000;        ///< told by one manifest; the oldest

    Manifests(CatalogRows &rows, QString folder, SegmentDisk &disk) : m_rows(rows), m_folder(std::move(folder)), m_disk(disk) {}

    /// Of a finished segment, whose file and row are there: the manifest's file first, then the row, in a transaction of its
    /// caller's. Unavailable or Denied while the disk refuses.
    Status write(const protocol::Recording &row, const evidence::SegmentHashes &hashes);
    /// The same of a renamed one, whose row is there by its new name: what the manifest of before says, name and times by
    /// row, what its run's times mean by clock. It goes to the end of the chain and names what it replaces. before:
    /// its manifest's file is condemned.
    Status rename(const protocol::Recording &row, const protocol::SegmentName &before, const protocol::ClockRun &clock);
    /// Does a piece of what is missing. False: nothing more is missing that can be made now; the next call looks anew.
    Result<bool> work();
    /// The rows are others now.
    void beginAnew();

private:
    struct Reading {
        protocol::SegmentName name;
        std::int64_t number = 0;     ///< of its row
        std::int64_t at = 0;
        OpenFile file;
        evidence::SegmentHasher hasher;
    };
    Status put(protocol::Manifest manifest);
    Result<protocol::Manifest> describe(const protocol::Recording &row, const evidence::SegmentHashes &hashes);
    Result<bool> begin();
    Status complete(Reading reading);

    CatalogRows &m_rows;
    const QString m_folder;
    SegmentDisk &m_disk;
    std::optional<Reading> m_reading;
    std::int64_t m_after = 0;        ///< number of the row that was looked at last
    QSet<qint64> m_hopeless;         ///< rows whose files are no whole segments
};

} // namespace vedette::agent
