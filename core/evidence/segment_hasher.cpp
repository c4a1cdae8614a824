// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evidence/segment_hasher.h"

#include "core/media/nal.h"
#include "core/protocol/capture_sei.h"

#include <QFile>

#include <algorithm>

namespace vedette::evidence {
namespace {

using media::boxType;
using Span = std::span<const std::uint8_t>;

constexpr qint64 kSlice = 1 << 20;

void addUnit(Sha256 &hash, Span unit)
{
    hash.addNumber(unit.size(), 4);
    hash.add(unit);
}

Span withoutZeros(Span nal)
{
    while (!nal.empty() && nal.back() == 0)
        nal = nal.first(nal.size() - 1);
    return nal;
}

} // namespace

void SegmentHasher::add(Span bytes)
{
    m_file.add(bytes);
    m_hashes.bytes += static_cast<std::int64_t>(bytes.size());
    while (!bytes.empty() && !m_hashes.lostAt) {
        if (m_skip > 0) {
            const std::size_t gone = std::min<std::uint64_t>(m_skip, bytes.size());
            m_skip -= gone;
            bytes = bytes.subspan(gone);
            continue;
        }
        m_pending.insert(m_pending.end(), bytes.begin(), bytes.end());
        bytes = {};
        Span left(m_pending);
        while (!left.empty() && !m_hashes.lostAt) {
            const std::uint64_t taken = takeBox(left);
            if (taken == 0)
                break;
            m_skip = taken > left.size() ? taken - left.size() : 0;
            left = left.subspan(std::min<std::uint64_t>(taken, left.size()));
        }
        m_pending.erase(m_pending.begin(), m_pending.end() - static_cast<std::ptrdiff_t>(left.size()));
    }
}

/// How far the next box goes, maybe beyond what is here; 0 until more of it is needed.
std::uint64_t SegmentHasher::takeBox(Span pending)
{
    const auto head = media::readBoxHead(pending);
    const bool held = head && (head->type == boxType("moov") || head->type == boxType("moof") || head->type == boxType("mdat"));
    if (!head || (held && head->size > kMostHeld)) {
        if (head || pending.size() >= media::BoxHead::kBytes)
            m_hashes.lostAt = m_hashes.bytes - static_cast<std::int64_t>(pending.size());
        return 0;
    }
    if (held && head->size > pending.size())
        return 0;
    if (!m_moof.empty() && head->type != boxType("mdat"))
        breakFragment();
    if (!held)
        return head->size;
    const Span box = pending.first(head->size);
    if (head->type == boxType("moof")) {
        m_moof.assign(box.begin(), box.end());
    } else if (head->type == boxType("mdat")) {
        takeFragment(box);
    } else if (auto tracks = media::readMovie(box); tracks && m_tracks.empty()) {
        m_tracks = std::move(*tracks);
        if (const media::SegmentTrack *pictures = trackOf(false))
            media::forEachNal(pictures->parameterSets, [&](Span nal) { m_sets.put(pictures->codec, nal); });
    }
    return head->size;
}

const media::SegmentTrack *SegmentHasher::trackOf(bool sound) const
{
    const auto found = std::find_if(m_tracks.begin(), m_tracks.end(), [sound](const media::SegmentTrack &each) {
        return each.codec != media::Codec::Unknown && media::isSound(each.codec) == sound;
    });
    return found == m_tracks.end() ? nullptr : &*found;
}

void SegmentHasher::breakFragment()
{
    m_moof.clear();
    m_hashes.fragments.append(protocol::ManifestFragment());
    m_hashes.broken.append(static_cast<int>(m_hashes.fragments.size()));
}

void SegmentHasher::takeFragment(Span mdat)
{
    const auto tracks = media::readFragment(m_moof, mdat.size(), m_tracks);
    if (!tracks) {
        breakFragment();
        return;
    }
    protocol::ManifestFragment fragment;
    bool good = true;
    const media::SegmentTrack *pictures = trackOf(false);
    const media::SegmentTrack *sound = trackOf(true);
    for (const media::TrackFragment &each : *tracks) {
        if (pictures && each.track == pictures->id)
            good = good && fragment.pictures.count == 0 && hashPictures(each, mdat, fragment);
    }
    for (const media::TrackFragment &each : *tracks) {
        if (!sound || each.track != sound->id)
            continue;
        good = good && fragment.sound.count == 0;
        for (const media::SegmentSample &sample : each.samples)
            addUnit(m_track, mdat.subspan(sample.offset - m_moof.size(), sample.size));
        fragment.sound = {static_cast<int>(each.samples.size()), m_track.finish()};
    }
    if (!good) {
        breakFragment();
        return;
    }
    m_moof.clear();
    m_hashes.frames += fragment.pictures.count;
    m_hashes.fragments.append(fragment);
}

bool SegmentHasher::hashPictures(const media::TrackFragment &track, Span mdat, protocol::ManifestFragment &out)
{
    bool good = true;
    for (const media::SegmentSample &sample : track.samples) {
        const bool first = &sample == &track.samples.front();
        good = hashPicture(mdat.subspan(sample.offset - m_moof.size(), sample.size), first, out) && good;
    }
    out.pictures = {static_cast<int>(track.samples.size()), m_track.finish()};
    return good;
}

bool SegmentHasher::hashPicture(Span sample, bool tellSets, protocol::ManifestFragment &out)
{
    const media::Codec codec = trackOf(false)->codec;
    const bool whole = media::forEachSampleNal(sample, [&](Span nal) { tellSets = m_sets.put(codec, withoutZeros(nal)) || tellSets; });
    if (tellSets)
        m_sets.forEach([this](Span set) { addUnit(m_track, set); });
    media::forEachSampleNal(sample, [&](Span nal) {
        nal = withoutZeros(nal);
        const media::NalKind kind = media::nalKind(codec, nal);
        if (kind == media::NalKind::Sei)
            readStamp(nal, out);
        if (kind == media::NalKind::Sei || kind == media::NalKind::Picture)
            addUnit(m_track, nal);
    });
    return whole;
}

void SegmentHasher::readStamp(Span sei, protocol::ManifestFragment &out)
{
    media::Bytes unit{0, 0, 1};
    unit.insert(unit.end(), sei.begin(), sei.end());
    const auto payload = media::findUserDataSei(trackOf(false)->codec, unit, protocol::kCaptureUuid);
    const auto stamp = payload ? protocol::decodeCapture(*payload) : Result<CaptureStamp>(fail(ErrorKind::NotFound, {}));
    if (!stamp)
        return;
    if (!m_hashes.first)
        m_hashes.first = *stamp;
    if (!out.from)
        out.from = stamp->captured;
    m_hashes.uncertainty = std::max(m_hashes.uncertainty, stamp->uncertainty);
}

SegmentHashes SegmentHasher::finish()
{
    if (!m_hashes.lostAt && !m_pending.empty())
        m_hashes.lostAt = m_hashes.bytes - static_cast<std::int64_t>(m_pending.size());
    if (!m_hashes.lostAt && (m_skip > 0 || m_tracks.empty()))
        m_hashes.lostAt = m_hashes.bytes;
    if (!m_moof.empty())
        breakFragment();
    m_hashes.sha256 = m_file.finish();
    return std::move(m_hashes);
}

Result<SegmentHashes> hashSegment(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(file.exists() ? ErrorKind::Denied : ErrorKind::NotFound, QStringLiteral("%1 cannot be opened: %2").arg(path, file.errorString()));
    SegmentHasher hasher;
    while (true) {
        const QByteArray bytes = file.read(kSlice);
        if (bytes.isEmpty())
            break;
        hasher.add(std::span(reinterpret_cast<const std::uint8_t *>(bytes.constData()), static_cast<std::size_t>(bytes.size())));
    }
    if (file.error() != QFileDevice::NoError)
        return fail(ErrorKind::Unavailable, QStringLiteral("%1 cannot be read: %2").arg(path, file.errorString()));
    return hasher.finish();
}

} // namespace vedette::evidence
