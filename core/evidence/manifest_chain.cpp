// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evidence/manifest_chain.h"

#include <algorithm>

namespace vedette::evidence {

void ManifestChain::note(const protocol::ManifestLink &link)
{
    Entry &entry = m_entries[link.number];
    entry.twice = entry.twice || (entry.here && *entry.here != link.sha256);
    entry.here = link.sha256;
    entry.id = link.id;
}

void ManifestChain::add(const protocol::Manifest &manifest, const Digest &sha256)
{
    note({manifest.number, manifest.name.id(), sha256});
    for (const protocol::ManifestLink &each : manifest.replaces)
        note(each);
    if (!manifest.previous)
        return;
    Entry &before = m_entries[manifest.previous->number];
    before.known = manifest.previous->sha256;
    before.knownBy = manifest.name.id();
    if (before.id.isEmpty())
        before.id = manifest.previous->id;
}

void ManifestChain::addGone(const protocol::ManifestLink &gone)
{
    note(gone);
}

void ManifestChain::expect(const protocol::ManifestLink &known)
{
    Entry &entry = m_entries[known.number];
    if (entry.id.isEmpty())
        entry.id = known.id;
    entry.expected = known.sha256;
}

QStringList ManifestChain::faults() const
{
    QStringList faults;
    const auto first = std::find_if(m_entries.begin(), m_entries.end(), [](const auto &each) { return each.second.here || each.second.expected; });
    std::int64_t next = first == m_entries.end() ? 0 : first->first;
    for (auto each = first; each != m_entries.end(); ++each) {
        const auto &[number, entry] = *each;
        if (number > next + 1)
            faults.append(QStringLiteral("manifests %1 to %2 are missing").arg(next).arg(number - 1));
        else if (number > next)
            faults.append(QStringLiteral("manifest %1 is missing").arg(next));
        next = number + 1;
        const QString name = QStringLiteral("manifest %1 of %2").arg(number).arg(entry.id);
        if (!entry.here)
            faults.append(name + QStringLiteral(" is missing"));
        else if (entry.twice)
            faults.append(name + QStringLiteral(": its number was given twice"));
        else if (entry.known && *entry.known != *entry.here)
            faults.append(name + QStringLiteral(" is not the one that %1 knows").arg(entry.knownBy));
        else if (entry.expected && *entry.expected != *entry.here)
            faults.append(name + QStringLiteral(" is not the one that the catalog knows"));
    }
    return faults;
}

} // namespace vedette::evidence
