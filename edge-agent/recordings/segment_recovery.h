// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "edge-agent/recordings/recorder_sink.h"
#include "edge-agent/recordings/segment_disk.h"

namespace vedette::agent {

/// Makes a recorded file whole that was not finished: cuts off what follows its last whole fragment, appends the index,
/// syncs it, and tells what it holds; 0 frames where no fragment is whole (the file is then left as it is). A finished file
/// is only read. What is cut is an incomplete tail and nothing else: damage with more behind it, and a file that is no
/// segment, are Corrupt and stay as they are. Blocking; reads the heads of all fragments, and the first and last pictures.
/// Can be repeated after a crash in the middle of it.
Result<RecordedSegment> recoverSegment(SegmentDisk &disk, const QString &file, const protocol::SegmentName &name);

} // namespace vedette::agent
