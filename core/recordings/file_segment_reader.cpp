// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/file_segment_reader.h"

namespace vedette::recordings {

struct FileSegmentReader::Private {
    media::StreamInfo info;
    SegmentClaim claim;
};

FileSegmentReader::FileSegmentReader() : d(std::make_unique<Private>()) {}
FileSegmentReader::~FileSegmentReader() = default;

Result<std::unique_ptr<SegmentReader>> FileSegmentReader::open(std::unique_ptr<media::ByteSource>, SegmentClaim claim, std::stop_token)
{
    return fail(ErrorKind::Unsupported, claim.name + QStringLiteral(": this build reads no files yet"));
}

const media::StreamInfo &FileSegmentReader::info() const
{
    return d->info;
}

QString FileSegmentReader::remark() const
{
    return {};
}

Status FileSegmentReader::seek(UtcTime, std::stop_token)
{
    return fail(ErrorKind::Unsupported, d->claim.name);
}

Result<media::PacketPtr> FileSegmentReader::read(std::stop_token)
{
    return fail(ErrorKind::Unsupported, d->claim.name);
}

} // namespace vedette::recordings
