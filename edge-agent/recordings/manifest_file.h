// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/protocol/manifest.h"
#include "edge-agent/recordings/segment_disk.h"

namespace vedette::agent {

/// A manifest as it lies beside its segment. Value type.
struct StoredManifest {
    protocol::Manifest manifest;
    Digest sha256{};  ///< of its bytes
};

/// The bytes of one, at most 16 MiB. NotFound where there is none; Denied or Unavailable for file errors. Blocking.
Result<QByteArray> readManifestBytes(const QString &folder, const protocol::SegmentName &name);
/// The same, parsed; Corrupt, with the path, where it is none, or another segment's.
Result<StoredManifest> readManifest(const QString &folder, const protocol::SegmentName &name);

/// Writes it whole or not at all: under the name + kNew beside it, synced, renamed, the folder synced. Blocking.
DiskResult<void> writeManifest(SegmentDisk &disk, const QString &folder, const protocol::SegmentName &name, const QByteArray &json);

/// What an interrupted writeManifest() leaves.
bool isUnfinishedManifest(const QString &path);

} // namespace vedette::agent
