// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/merkle.h"

#include <bit>

namespace vedette::protocol {
namespace {

Digest rootOf(std::span<const Digest> leaves)
{
    if (leaves.size() == 1)
        return leaves.front();
    const std::size_t left = std::bit_floor(leaves.size() - 1);
    Sha256 node;
    node.addNumber(1, 1);
    node.add(rootOf(leaves.first(left)));
    node.add(rootOf(leaves.subspan(left)));
    return node.finish();
}

} // namespace

Digest merkleLeaf(const QByteArray &data)
{
    return Sha256::of('\0' + data);
}

Digest merkleRoot(const std::vector<Digest> &leaves)
{
    return leaves.empty() ? Sha256::of(QByteArray()) : rootOf(leaves);
}

} // namespace vedette::protocol
