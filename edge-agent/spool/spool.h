// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/protocol/sample.h"

#include <QString>

#include <memory>

namespace vedette::agent {

struct SpoolConfig {
    QString path;                       ///< the SQLite file
    std::int64_t maxBytes = 1LL << 30;  ///< 1 GiB
    int maxDays = 30;
    milliseconds commitEvery{5000};
};

/// The durable, sequence-numbered log of the agent (foundation 2). Rows are kept by age and size whether sent or not.
/// At each start the sequence continues kStartGap above the last committed one, so that a number that was published
/// before a power cut is never given to another row. Main thread.
class Spool {
public:
    static constexpr std::uint64_t kStartGap = 1'000'000;
    static constexpr int kMaxPending = 3600;

    /// A corrupt file is set aside and a new spool (with a new id) made.
    static Result<std::unique_ptr<Spool>> open(const SpoolConfig &config, const Clock &clock);
    ~Spool();

    /// Changes when the file breaks while in use: it is set aside then, too.
    const QString &id() const;
    /// The highest number given; 0 in a new spool.
    std::uint64_t lastSequence() const;

    /// Takes the sample, gives it its sequence; committed within commitEvery. Served by since() at once. While the disk
    /// refuses, rows wait in memory, at most kMaxPending; beyond, the oldest are dropped and counted.
    protocol::Sample append(protocol::Sample sample);
    /// PUBACK 0x00 came for it. Written with the next commit.
    void markSent(std::uint64_t sequence);
    /// Rows after this sequence, oldest first.
    Result<QList<protocol::Sample>> since(std::uint64_t sequence, int limit) const;
    /// Rows never sent with first < sequence <= last, oldest first.
    Result<QList<protocol::Sample>> unsent(std::uint64_t first, std::uint64_t last, int limit) const;
    Status commit();
    /// Removes what is too old or too much, for at most a quarter of a second (call again later); returns rows removed.
    /// Age counts from the newest row of known time, so that a wrong clock alone removes nothing.
    Result<std::int64_t> prune();
    /// Rows that were never committed because the disk refused for too long.
    std::uint64_t dropped() const;

private:
    Spool();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::agent
