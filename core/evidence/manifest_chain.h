// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/protocol/manifest.h"

#include <map>

namespace vedette::evidence {

/// The manifests of one camera's stream, whose numbers rise by one and of which each holds the hash of the one before: what
/// was taken out or changed shows. What is missing at the end shows only to who knows of it by other means. Value type.
class ManifestChain {
public:
    /// A manifest and the hash of its bytes.
    void add(const protocol::Manifest &manifest, const Digest &sha256);
    /// One that went by rule, so that its absence says nothing.
    void addGone(const protocol::ManifestLink &gone);
    /// One that somebody else knows of: it should be here, and have this hash.
    void expect(const protocol::ManifestLink &known);

    /// One sentence each, in order of numbers. Before the first number that is here nothing is missed.
    QStringList faults() const;

private:
    struct Entry {
        std::optional<Digest> here;       ///< its hash as read, replaced or gone by rule
        std::optional<Digest> known;      ///< as the manifest behind it says
        std::optional<Digest> expected;
        QString id;
        QString knownBy;                  ///< id of the manifest behind it
        bool twice = false;
    };
    void note(const protocol::ManifestLink &link);

    std::map<std::int64_t, Entry> m_entries; ///< by number
};

} // namespace vedette::evidence
