// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/segment_demuxer.h"

#include "core/media/container_demuxer.h"
#include "core/media/fragment_demuxer.h"

namespace vedette::media {

Result<std::unique_ptr<SegmentDemuxer>> SegmentDemuxer::open(std::unique_ptr<ByteSource> bytes, const QString &name, std::stop_token stop)
{
    if (bytes->size() <= 0)
        return fail(ErrorKind::Corrupt, name + QStringLiteral(": the file is empty"));
    auto ours = FragmentDemuxer::open(bytes, name, stop);
    if (ours || ours.error().kind != ErrorKind::Unsupported)
        return ours;
    return ContainerDemuxer::open(std::move(bytes), name, std::move(stop));
}

} // namespace vedette::media
