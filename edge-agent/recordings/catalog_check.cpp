// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/catalog_check.h"

#include "edge-agent/recordings/catalog.h"
#include "edge-agent/recordings/manifest_file.h"
#include "edge-agent/recordings/manifest_rows.h"
#include "edge-agent/recordings/retention.h"

#include <QDir>
#include <QDirIterator>
#include <QFileInfo>
#include <QSet>

#include <algorithm>

namespace vedette::agent {
namespace {

using protocol::Recording;

/// Finished ones whose file is here with another size.
Result<QList<Recording>> wrongSizes(CatalogRows &rows, const QString &folder, const QSet<QString> &incomplete)
{
    QList<Recording> wrong;
    const Status read = rows.eachHere([&](const Recording &row) {
        const QFileInfo file(folder + u'/' + row.name.path());
        if (file.exists() && file.size() != row.bytes && !incomplete.contains(row.name.id()))
            wrong.append(row);
        return true;
    });
    return read ? Result<QList<Recording>>(wrong) : fail(read.error());
}

Result<QSet<QString>> incompleteIds(CatalogRows &rows)
{
    const auto found = rows.incompleteSegments();
    if (!found)
        return fail(found.error());
    QSet<QString> ids;
    for (const Recording &each : *found)
        ids.insert(each.name.id());
    return ids;
}

/// What the catalog keeps beside itself, also set aside or half written.
bool isOurOwn(const QString &path)
{
    const auto names = {Catalog::kFileName, Catalog::kLockName, Catalog::kProtectionsName, Retention::kBallastName};
    return !path.contains(u'/') && std::any_of(names.begin(), names.end(), [&path](const char *name) { return path.startsWith(QLatin1String(name)); });
}

} // namespace

QSet<QString> filesBelow(const QString &folder)
{
    const QString top = QDir(folder).absolutePath();
    QSet<QString> files;
    QDirIterator each(top, QDir::Files | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot, QDirIterator::Subdirectories);
    while (each.hasNext()) {
        const QString path = each.next().mid(top.size() + 1);
        if (!isOurOwn(path))
            files.insert(path);
    }
    return files;
}

Result<CatalogCheck> checkCatalog(CatalogRows &rows, const QString &folder, CheckDepth depth)
{
    CatalogCheck check;
    const auto note = [&check](int &counter, const char *what, const QString &path) {
        ++counter;
        if (check.examples.size() < CatalogCheck::kMostExamples)
            check.examples.append(QStringLiteral("%1: %2").arg(QLatin1String(what), path));
    };
    const auto incomplete = incompleteIds(rows);
    const auto condemned = incomplete ? rows.condemned() : fail(incomplete.error());
    if (!condemned)
        return fail(condemned.error());
    QSet<QString> files = filesBelow(folder);
    check.files = static_cast<int>(std::count_if(files.begin(), files.end(), [](const QString &path) { return protocol::parseSegmentPath(path).has_value(); }));
    const Status read = rows.eachHere([&](const Recording &row) {
        ++check.rows;
        const QString path = row.name.path();
        if (incomplete->contains(row.name.id()))
            note(check.incomplete, "incomplete", path);
        else if (!files.contains(path))
            note(check.lost, "lost", path);
        files.remove(path);
        return true;
    });
    if (!read)
        return fail(read.error());
    const Status listed = ManifestRows(rows).each([&](std::int64_t, const protocol::ManifestLink &link, bool gone) {
        const auto name = protocol::parseSegmentId(link.id);
        const bool here = name && files.remove(name->manifestPath());
        if (name && !gone && !here)
            note(check.withoutManifest, "lost", name->manifestPath());
        return true;
    });
    if (!listed)
        return fail(listed.error());
    for (const QString &path : *condemned) {
        files.remove(path);
        note(check.condemned, "condemned", path);
    }
    QStringList left(files.begin(), files.end());
    left.sort();
    for (const QString &path : std::as_const(left)) {
        if (protocol::parseSegmentPath(path) || protocol::parseManifestPath(path) || isUnfinishedManifest(path))
            note(check.unlisted, "not listed", path);
        else
            note(check.foreign, "foreign", path);
    }
    if (depth == CheckDepth::Sizes) {
        const auto wrong = wrongSizes(rows, folder, *incomplete);
        if (!wrong)
            return fail(wrong.error());
        for (const Recording &row : *wrong)
            note(check.wrongSize, "another size", row.name.path());
    }
    return check;
}

Result<int> doubtSizes(CatalogRows &rows, const QString &folder)
{
    const auto incomplete = incompleteIds(rows);
    const auto wrong = incomplete ? wrongSizes(rows, folder, *incomplete) : fail(incomplete.error());
    if (!wrong)
        return fail(wrong.error());
    for (const Recording &row : *wrong) {
        const auto lane = rows.makeLane({row.name.camera, row.name.stream});
        if (!lane)
            return fail(lane.error());
        if (const Status put = rows.putSegment(lane->number, row, false); !put)
            return fail(put.error());
    }
    return static_cast<int>(wrong->size());
}

} // namespace vedette::agent
