// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/fragment_demuxer.h"

#include "core/media/container_demuxer.h"
#include "core/media/fragment_file.h"
#include "core/media/nal.h"
#include "core/media/sps.h"

#include <algorithm>

namespace vedette::media {

struct FragmentDemuxer::Private {
    explicit Private(std::unique_ptr<ByteSource> bytes) : file(std::move(bytes)) {}

    FragmentFile file;
    QString name;
    StreamInfo info;
    SystemClock clock;
    microseconds start{0};
    std::optional<Fragment> fragment;  ///< that is read
    std::size_t next = 0;              ///< unit of it
    std::int64_t end = 0;              ///< where the next one begins
    bool awaitKey = false;             ///< something was damaged
    std::uint64_t damaged = 0;

    Result<PacketPtr> unit(const FragmentUnit &unit, std::stop_token stop);
    Status advance(std::stop_token stop);
};

/// Null: it is damaged.
Result<PacketPtr> FragmentDemuxer::Private::unit(const FragmentUnit &unit, std::stop_token stop)
{
    const auto bytes = file.bytes().bytes(unit.offset, unit.size, stop);
    if (!bytes)
        return fail(bytes.error());
    if (bytes->size() < unit.size)
        return nullptr;
    auto out = std::make_shared<Packet>();
    out->codec = unit.sound ? Codec::Aac : info.codec;
    out->pts = unit.pts;
    out->dts = unit.dts;
    out->arrival = clock.now();
    if (unit.sound) {
        out->key = true;
        out->data.assign(bytes->begin(), bytes->end());
        return out;
    }
    auto data = toAnnexB(*bytes);
    if (!data)
        return nullptr;
    out->data = std::move(*data);
    out->key = unit.key || containsKeyFrame(info.codec, out->data);
    if (!out->key)
        return out;
    Bytes sets = extractParameterSets(info.codec, out->data);
    if (sets.empty()) {
        out->data.insert(out->data.begin(), info.parameterSets.begin(), info.parameterSets.end());
    } else if (sets != info.parameterSets) {
        info.parameterSets = std::move(sets);
        if (const auto sequence = readSequence(info.codec, info.parameterSets)) {
            info.width = sequence->width;
            info.height = sequence->height;
        }
    }
    return out;
}

/// To the next fragment; NotFound at the end.
Status FragmentDemuxer::Private::advance(std::stop_token stop)
{
    fragment.reset();
    next = 0;
    auto got = file.at(end, stop);
    if (got && !*got && file.bytes().source().growing()) {
        const std::int64_t before = file.bytes().size();
        if (const Status looked = file.bytes().source().refresh(stop); !looked)
            return looked;
        if (file.bytes().size() > before)
            got = file.at(end, stop);
    }
    if (!got)
        return fail(got.error());
    if (!*got)
        return fail(ErrorKind::NotFound, name + QStringLiteral(": end of file"));
    awaitKey = awaitKey || (*got)->offset != end;
    end = (*got)->end;
    fragment = std::move(*got);
    return {};
}

FragmentDemuxer::FragmentDemuxer() = default;
FragmentDemuxer::~FragmentDemuxer() = default;

Result<std::unique_ptr<SegmentDemuxer>> FragmentDemuxer::open(std::unique_ptr<ByteSource> &bytes, const QString &name, std::stop_token stop)
{
    std::unique_ptr<FragmentDemuxer> demuxer(new FragmentDemuxer);
    demuxer->d = std::make_unique<Private>(std::move(bytes));
    Private &d = *demuxer->d;
    d.name = name;
    auto head = d.file.readHead(stop);
    auto info = head ? ContainerDemuxer::readHead(std::move(*head), name) : Result<StreamInfo>(fail(head.error()));
    const bool ours = info && info->codec == d.file.pictures().codec && !info->parameterSets.empty();
    if (!ours) {
        bytes = d.file.giveBack();
        const bool broken = !info && info.error().kind != ErrorKind::Corrupt && info.error().kind != ErrorKind::Unsupported;
        return broken ? fail(info.error()) : fail(ErrorKind::Unsupported, name + QStringLiteral(": it is no fragmented MP4 of H.264 or H.265"));
    }
    d.info = std::move(*info);
    d.end = d.file.begin();
    if (const Status first = d.advance(stop); first) {
        const auto &units = d.fragment->units;
        d.start = d.fragment->time;
        for (const FragmentUnit &unit : units)
            d.start = unit.sound ? d.start : std::max(d.start, unit.pts);
        for (const FragmentUnit &unit : units)
            d.start = unit.sound ? d.start : std::min(d.start, unit.pts);
    } else if (first.error().kind != ErrorKind::NotFound) {
        return fail(first.error());
    } else if (!d.file.bytes().source().growing()) {
        return fail(ErrorKind::Corrupt, name + QStringLiteral(": there is no whole picture in it"));
    }
    d.awaitKey = false;
    return demuxer;
}

const StreamInfo &FragmentDemuxer::info() const
{
    return d->info;
}

Result<PacketPtr> FragmentDemuxer::read(std::stop_token stop)
{
    for (;;) {
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, d->name + QStringLiteral(": stopped"));
        if (!d->fragment || d->next >= d->fragment->units.size()) {
            if (const Status more = d->advance(stop); !more)
                return fail(more.error());
            continue;
        }
        const FragmentUnit &unit = d->fragment->units[d->next];
        if (d->awaitKey && !unit.sound && !unit.key) {
            ++d->next;
            continue;
        }
        auto packet = d->unit(unit, stop);
        if (!packet)
            return packet;
        ++d->next;
        if (*packet) {
            d->awaitKey = d->awaitKey && unit.sound;
            return packet;
        }
        ++d->damaged;
        d->awaitKey = d->awaitKey || !unit.sound;
    }
}

Status FragmentDemuxer::seek(microseconds pts, std::stop_token stop)
{
    d->fragment.reset();
    d->next = 0;
    d->awaitKey = true;
    if (d->file.bytes().source().growing()) {
        if (const Status looked = d->file.bytes().source().refresh(stop); !looked)
            return looked;
    }
    auto fragment = d->file.find(pts, stop);
    while (fragment && *fragment) {
        const std::vector<FragmentUnit> &units = (*fragment)->units;
        for (std::size_t i = units.size(); i-- > 0;) {
            if (units[i].sound || !units[i].key || units[i].pts > pts)
                continue;
            d->end = (*fragment)->end;
            d->next = i;
            d->fragment = std::move(*fragment);
            return {};
        }
        fragment = d->file.before((*fragment)->offset, stop);
    }
    if (!fragment)
        return fail(fragment.error());
    d->end = d->file.begin(); // from the first key frame on
    return {};
}

microseconds FragmentDemuxer::start() const
{
    return d->start;
}

std::uint64_t FragmentDemuxer::damaged() const
{
    return d->damaged + d->file.damaged();
}

} // namespace vedette::media
