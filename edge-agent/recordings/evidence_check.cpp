// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/evidence_check.h"

#include "core/evidence/manifest_chain.h"
#include "edge-agent/recordings/catalog_check.h"
#include "edge-agent/recordings/manifest_file.h"
#include "edge-agent/recordings/manifest_rows.h"

#include <QFileInfo>

#include <map>

namespace vedette::agent {
namespace {

using protocol::Recording;

class Check {
public:
    Check(CatalogRows &rows, QString folder) : m_rows(rows), m_folder(std::move(folder)) {}

    Result<EvidenceCheck> run()
    {
        for (const auto step : {&Check::expectListed, &Check::checkManifests}) {
            if (const Status done = (this->*step)(); !done)
                return fail(done.error());
        }
        for (const auto &[lane, chain] : m_chains) {
            for (const QString &sentence : chain.faults())
                m_check.faults.append({lane, std::nullopt, sentence});
        }
        return std::move(m_check);
    }

private:
    evidence::ManifestChain &chainOf(const protocol::SegmentName &name) { return m_chains[name.camera + u'/' + name.stream]; }

    Status expectListed()
    {
        bool good = true;
        const Status read = ManifestRows(m_rows).each([&](std::int64_t, const protocol::ManifestLink &link, bool gone) {
            const auto name = protocol::parseSegmentId(link.id);
            good = name.has_value();
            if (good)
                gone ? chainOf(*name).addGone(link) : chainOf(*name).expect(link);
            return good;
        });
        if (read && !good)
            return fail(ErrorKind::Corrupt, QStringLiteral("a row of the catalog is damaged"));
        if (!read)
            return read;
        return m_rows.eachHere([this](const Recording &row) {
            if (row.state == protocol::RecordingState::Finished && !row.manifest)
                ++m_check.without;
            return true;
        });
    }

    Status checkManifests()
    {
        const QSet<QString> files = filesBelow(m_folder);
        QStringList paths(files.begin(), files.end());
        paths.sort();
        for (const QString &path : std::as_const(paths)) {
            const auto name = protocol::parseManifestPath(path);
            if (!name)
                continue;
            const auto stored = readManifest(m_folder, *name);
            if (!stored && stored.error().kind != ErrorKind::Corrupt)
                return fail(stored.error());
            if (!stored) {
                m_check.faults.append({path, std::nullopt, stored.error().detail});
                continue;
            }
            ++m_check.manifests;
            chainOf(*name).add(stored->manifest, stored->sha256);
            if (const Status done = files.contains(name->path()) ? checkMedia(*stored) : Status(); !done)
                return done;
        }
        return {};
    }

    Status checkMedia(const StoredManifest &stored)
    {
        const QString path = stored.manifest.name.path();
        const auto hashes = evidence::hashSegment(m_folder + u'/' + path);
        if (!hashes)
            return fail(hashes.error());
        ++m_check.segments;
        m_check.fragments += static_cast<int>(hashes->fragments.size());
        for (const evidence::SegmentFault &fault : compareSegment(stored.manifest, *hashes))
            m_check.faults.append({path, fault, sentence(fault)});
        return {};
    }

    CatalogRows &m_rows;
    const QString m_folder;
    EvidenceCheck m_check;
    std::map<QString, evidence::ManifestChain> m_chains; ///< by "camera/stream"
};

} // namespace

Result<EvidenceCheck> checkEvidence(CatalogRows &rows, const QString &folder)
{
    return Check(rows, folder).run();
}

} // namespace vedette::agent
