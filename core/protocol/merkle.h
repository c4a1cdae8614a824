// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/sha256.h"

#include <vector>

namespace vedette::protocol {

/// The Merkle tree of RFC 6962, 2.1, with SHA-256: leaves and inner nodes are hashed with another first byte each, so that
/// none passes for the other. Reentrant.

/// SHA-256(0x00 || data).
Digest merkleLeaf(const QByteArray &data);
/// The root over leaves in order, each made by merkleLeaf(): of none SHA-256 of nothing, of one itself, of more
/// SHA-256(0x01 || left || right), where left is over the largest power of two that is less than all.
Digest merkleRoot(const std::vector<Digest> &leaves);

} // namespace vedette::protocol
