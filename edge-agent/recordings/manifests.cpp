// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/manifests.h"

#include <QFile>
#include <QLoggingCategory>

#include <algorithm>

#include <fcntl.h>

Q_DECLARE_LOGGING_CATEGORY(lcCatalog)

namespace vedette::agent {

using protocol::Manifest;
using protocol::ManifestLink;
using protocol::Recording;

Status Manifests::write(const Recording &row, const evidence::SegmentHashes &hashes)
{
    const auto there = readManifest(m_folder, row.name);
    if (there)
        return ManifestRows(m_rows).set({there->manifest.number, row.name.id(), there->sha256}, fragmentsRoot(there->manifest.fragments));
    if (there.error().kind == ErrorKind::Corrupt)
        qCWarning(lcCatalog).noquote() << "A manifest is written anew:" << there.error().text();
    auto manifest = describe(row, hashes);
    return manifest ? put(std::move(*manifest)) : fail(manifest.error());
}

Status Manifests::rename(const Recording &row, const protocol::SegmentName &before, const protocol::ClockRun &clock)
{
    auto old = readManifest(m_folder, before);
    if (!old)
        return old.error().kind == ErrorKind::NotFound ? Status() : fail(old.error()); // it is made once its time comes
    Manifest manifest = std::move(old->manifest);
    manifest.replaces.prepend({manifest.number, before.id(), old->sha256});
    manifest.name = row.name;
    manifest.from = row.from;
    manifest.to = row.to;
    manifest.clockRuns = {clock};
    if (const Status written = put(std::move(manifest)); !written)
        return written;
    return m_rows.condemn(before.manifestPath());
}

/// At the end of its chain.
Status Manifests::put(Manifest manifest)
{
    const auto lane = m_rows.makeLane({manifest.name.camera, manifest.name.stream});
    const auto last = lane ? ManifestRows(m_rows).last(lane->number) : fail(lane.error());
    if (!last)
        return fail(last.error());
    manifest.previous = *last;
    manifest.number = *last ? (*last)->number + 1 : 1;
    for (const ManifestLink &each : manifest.replaces)
        manifest.number = std::max(manifest.number, each.number + 1);
    const QByteArray json = toJson(manifest);
    if (const auto written = writeManifest(m_disk, m_folder, manifest.name, json); !written)
        return fail(written.error().error());
    return ManifestRows(m_rows).set({manifest.number, manifest.name.id(), Sha256::of(json)}, fragmentsRoot(manifest.fragments));
}

Result<Manifest> Manifests::describe(const Recording &row, const evidence::SegmentHashes &hashes)
{
    Manifest manifest;
    manifest.name = row.name;
    manifest.from = row.from;
    manifest.to = row.to;
    manifest.codec = row.codec;
    manifest.width = row.width;
    manifest.height = row.height;
    manifest.sound = row.sound;
    manifest.bytes = hashes.bytes;
    manifest.sha256 = hashes.sha256;
    manifest.settingsVersion = hashes.first ? hashes.first->settingsVersion : 0;
    manifest.fragments = hashes.fragments;
    if (!row.name.start)
        return manifest;
    manifest.clockRuns = {{row.name.run, microseconds{0}, hashes.uncertainty, row.from}};
    const auto lane = m_rows.makeLane({row.name.camera, row.name.stream});
    const auto before = lane ? ManifestRows(m_rows).endBefore(lane->number, row.from) : fail(lane.error());
    if (!before)
        return fail(before.error());
    const UtcTime since = before->value_or(lane->since.value_or(row.from));
    const auto gaps = since < row.from ? m_rows.gaps(lane->number, since, row.from, kMostGaps) : Result<QList<GapRow>>();
    if (!gaps)
        return fail(gaps.error());
    for (const GapRow &each : *gaps) {
        const protocol::ManifestGap gap{std::max(since, each.from), std::min(row.from, each.to.value_or(row.from)), each.reason};
        if (gap.from < gap.to)
            manifest.gaps.append(gap);
    }
    return manifest;
}

Result<bool> Manifests::work()
{
    if (!m_reading) {
        const auto begun = begin();
        if (!begun || !*begun)
            return begun;
    }
    media::Bytes piece(static_cast<std::size_t>(kPiece));
    const std::int64_t got = m_disk.readAt(m_reading->file.get(), piece, m_reading->at);
    if (got > 0) {
        m_reading->hasher.add(std::span(piece).first(static_cast<std::size_t>(got)));
        m_reading->at += got;
        return true;
    }
    Reading reading = std::move(*m_reading);
    m_reading.reset();
    if (got < 0)
        return fail(DiskError{static_cast<int>(-got), QStringLiteral("%1 cannot be read").arg(reading.name.path())}.error());
    const Status done = complete(std::move(reading));
    return done ? Result<bool>(true) : fail(done.error());
}

/// The next file to be read; false where there is none.
Result<bool> Manifests::begin()
{
    while (true) {
        const auto next = ManifestRows(m_rows).nextWithout(m_after);
        if (!next)
            return fail(next.error());
        if (!*next) {
            m_after = 0;
            return false;
        }
        const auto &[number, row] = **next;
        m_after = number;
        if (m_hopeless.contains(number))
            continue;
        const QByteArray path = QFile::encodeName(m_folder + u'/' + row.name.path());
        const int file = m_disk.openAt(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
        if (file < 0)
            continue; // maybe it is lost, which the next start will see
        m_reading.emplace(Reading{row.name, number, 0, OpenFile(m_disk, file), {}});
        return true;
    }
}

void Manifests::beginAnew()
{
    m_reading.reset();
    m_after = 0;
    m_hopeless.clear();
}

Status Manifests::complete(Reading reading)
{
    const evidence::SegmentHashes hashes = reading.hasher.finish();
    if (!hashes.whole()) {
        m_hopeless.insert(reading.number);
        qCWarning(lcCatalog).noquote() << reading.name.path() << "gets no manifest: it is no whole segment.";
        return {};
    }
    auto transaction = store::Transaction::begin(m_rows.database());
    const auto row = transaction ? m_rows.segment(reading.name.id()) : fail(transaction.error());
    if (!row)
        return fail(row.error());
    if (!*row || (*row)->state != protocol::RecordingState::Finished)
        return {}; // meanwhile a rule took it
    if (const Status written = write(**row, hashes); !written)
        return written;
    return transaction->commit();
}

} // namespace vedette::agent
