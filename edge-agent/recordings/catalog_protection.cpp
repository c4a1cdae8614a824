// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/catalog_private.h"
#include "edge-agent/recordings/retention_rows.h"

#include <QFile>
#include <QSaveFile>

namespace vedette::agent {
namespace {

using protocol::Protection;
using Protections = QList<Protection>;

Status writeCopy(RetentionRows &rows, const QString &folder)
{
    const auto all = rows.protections({}, UtcTime{});
    if (!all)
        return fail(all.error());
    QSaveFile file(folder + u'/' + QLatin1String(Catalog::kProtectionsName));
    const QByteArray json = protocol::toJson(*all);
    if (!file.open(QIODevice::WriteOnly) || file.write(json) != json.size() || !file.commit())
        return fail(ErrorKind::Unavailable, QStringLiteral("%1 cannot be written: %2").arg(file.fileName(), file.errorString()));
    return {};
}

/// As one change: in the catalog and in its copy, or in neither.
template <typename Value, typename Change>
Result<Value> change(CatalogRows &catalog, const QString &folder, Change how)
{
    auto transaction = store::Transaction::begin(catalog.database());
    if (!transaction)
        return fail(transaction.error());
    RetentionRows rows(catalog);
    Result<Value> done = how(rows);
    if (!done)
        return done;
    if (const Status copied = writeCopy(rows, folder); !copied)
        return fail(copied.error());
    if (const Status written = transaction->commit(); !written)
        return fail(written.error());
    return done;
}

Result<Protections> addAll(CatalogRows &catalog, RetentionRows &rows, const Protection &wanted)
{
    const auto lanes = catalog.lanes();
    if (!lanes)
        return fail(lanes.error());
    Protections made;
    for (const LaneRow &each : *lanes) {
        if (each.lane.camera != wanted.lane.camera || (!wanted.lane.stream.isEmpty() && each.lane.stream != wanted.lane.stream))
            continue;
        Protection protection = wanted;
        protection.lane = each.lane;
        const auto id = rows.protect(protection);
        if (!id)
            return fail(id.error());
        protection.id = *id;
        made.append(protection);
    }
    if (made.isEmpty())
        return fail(ErrorKind::NotFound, wanted.lane.stream.isEmpty()
                                             ? QStringLiteral("Camera %1 has never been recorded here.").arg(wanted.lane.camera)
                                             : QStringLiteral("Stream %1 of camera %2 has never been recorded here.").arg(wanted.lane.stream, wanted.lane.camera));
    return made;
}

} // namespace

void Catalog::protect(const Protection &protection, Answer<Protections> answer)
{
    d->ask([this, protection, answer = std::move(answer)](CatalogRows &catalog, Ledger &) {
        answer(d->read(change<Protections>(catalog, d->config.folder, [&](RetentionRows &rows) { return addAll(catalog, rows, protection); })));
    });
}

void Catalog::unprotect(std::int64_t id, Answer<Protection> answer)
{
    d->ask([this, id, answer = std::move(answer)](CatalogRows &catalog, Ledger &) {
        answer(d->read(change<Protection>(catalog, d->config.folder, [id](RetentionRows &rows) { return rows.unprotect(id); })));
    });
}

void Catalog::protections(const QString &camera, Answer<Protections> answer)
{
    d->ask([this, camera, answer = std::move(answer)](CatalogRows &catalog, Ledger &) {
        const LedgerTime now = d->config.now();
        answer(d->read(RetentionRows(catalog).protections(camera, now.known ? now.utc : UtcTime{})));
    });
}

/// Into a catalog that was made again, whoever did that; one that has protections knows better.
Status Catalog::Private::takeBackProtections()
{
    QFile file(config.folder + u'/' + QLatin1String(Catalog::kProtectionsName));
    RetentionRows retained(rows);
    const auto own = retained.protections({}, UtcTime{});
    if (!own || !own->isEmpty() || !file.exists())
        return own ? Status() : fail(own.error());
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorKind::Unavailable, QStringLiteral("%1 cannot be read: %2").arg(file.fileName(), file.errorString()));
    const auto all = protocol::parseProtections(file.readAll());
    if (!all)
        return fail(all.error().wrap(file.fileName()));
    for (const Protection &each : *all) {
        if (const auto lane = rows.makeLane(each.lane); !lane)
            return fail(lane.error());
        if (const auto id = retained.protect(each); !id)
            return fail(id.error());
    }
    return {};
}

} // namespace vedette::agent
