// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/folder_command.h"

#include "core/base/worker.h"
#include "core/protocol/time_range.h"
#include "core/recordings/folder_source.h"

#include <QDateTime>
#include <QEventLoop>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace vedette::app {
namespace {

using recordings::Piece;

struct LanePieces {
    protocol::RecordingLane lane;
    QList<Piece> pieces;
};

QString timeText(const Piece &piece)
{
    if (!piece.known)
        return QStringLiteral("time unknown            ");
    return QDateTime::fromMSecsSinceEpoch(toMicros(piece.from) / 1000, QTimeZone::utc()).toString(QStringLiteral("yyyy-MM-dd'T'HH:mm:ss.zzz'Z'"));
}

QString textOf(const QList<LanePieces> &all)
{
    QStringList lines;
    for (const LanePieces &lane : all) {
        for (const Piece &each : lane.pieces) {
            lines.append(QStringLiteral("%1 %2  %3  %4 s  %5%6").arg(lane.lane.camera, lane.lane.stream, timeText(each))
                             .arg(static_cast<double>((each.to - each.from).count()) / 1e6, 8, 'f', 1).arg(each.id, each.open ? QStringLiteral("  open") : QString()));
            if (!each.fault.isEmpty())
                lines.append(QStringLiteral("    ") + each.fault);
        }
    }
    return lines.isEmpty() ? QStringLiteral("nothing is recorded there") : lines.join(u'\n');
}

QJsonObject jsonOf(const QList<LanePieces> &all)
{
    QJsonArray files;
    for (const LanePieces &lane : all) {
        for (const Piece &each : lane.pieces) {
            QJsonObject file{{QStringLiteral("camera"), lane.lane.camera}, {QStringLiteral("stream"), lane.lane.stream},
                             {QStringLiteral("path"), each.id}, {QStringLiteral("time_known"), each.known}, {QStringLiteral("open"), each.open},
                             {QStringLiteral("from_us"), static_cast<qint64>(toMicros(each.from))}, {QStringLiteral("to_us"), static_cast<qint64>(toMicros(each.to))}};
            if (!each.fault.isEmpty())
                file.insert(QStringLiteral("fault"), each.fault);
            files.append(file);
        }
    }
    return {{QStringLiteral("files"), files}};
}

Result<QList<LanePieces>> piecesOf(recordings::FolderSource &source, UtcTime from, UtcTime to, const std::stop_token &stop)
{
    const auto lanes = source.lanes(stop);
    if (!lanes)
        return fail(lanes.error());
    QList<LanePieces> all;
    for (const recordings::LaneExtent &each : *lanes) {
        auto known = source.pieces(each.lane, from, to, stop);
        const auto unknown = known ? source.unknownPieces(each.lane, stop) : Result<QList<Piece>>(fail(known.error()));
        if (!unknown)
            return fail(unknown.error());
        all.append({each.lane, *known + *unknown});
    }
    return all;
}

} // namespace

int runFolder(const QStringList &arguments, Surroundings &around)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Lists what is recorded in a folder, and what is wrong with it."));
    parser.addPositionalArgument(QStringLiteral("path"), QStringLiteral("A tree of recordings, an SD card, an export, what another program wrote."));
    parser.addOption({QStringLiteral("from"), QStringLiteral("Not before this time, such as 2026-11-21T14:15:00Z."), QStringLiteral("time")});
    parser.addOption({QStringLiteral("to"), QStringLiteral("Before this time."), QStringLiteral("time")});
    parser.addOption({QStringLiteral("zone"), QStringLiteral("Of names that do not tell theirs, such as Europe/Berlin (default UTC)."), QStringLiteral("name"), QStringLiteral("UTC")});
    parser.addOption({QStringLiteral("json"), QStringLiteral("One JSON object on standard output.")});
    if (const auto over = parseArguments(parser, QStringLiteral("folder"), arguments, 1, around))
        return *over;
    UtcTime limits[] = {utcFromMicros(0), utcFromMicros(protocol::kMaxTimeMicros)};
    for (const int i : {0, 1}) {
        const QString option = i == 0 ? QStringLiteral("from") : QStringLiteral("to");
        const auto time = parser.isSet(option) ? protocol::timeFromText(parser.value(option)) : Result<UtcTime>(limits[i]);
        if (!time)
            return badUsage(around, time.error().wrap(QStringLiteral("--") + option).text());
        limits[i] = *time;
    }
    const QByteArray zone = parser.value(QStringLiteral("zone")).toUtf8();
    if (!QTimeZone::isTimeZoneIdAvailable(zone)) // anything may be a rule of POSIX for QTimeZone itself
        return badUsage(around, QStringLiteral("--zone: \"%1\" is not the name of a time zone").arg(parser.value(QStringLiteral("zone"))));
    recordings::FolderSource source(QFileInfo(parser.positionalArguments().first()).absoluteFilePath(), around.clock, QTimeZone(zone));
    Result<QList<LanePieces>> found = fail(ErrorKind::Cancelled, QStringLiteral("interrupted"));
    QEventLoop loop;
    Worker worker("folder", [&](const std::stop_token &stop) {
        found = piecesOf(source, limits[0], limits[1], stop);
        QMetaObject::invokeMethod(&loop, &QEventLoop::quit, Qt::QueuedConnection);
    });
    QObject::connect(&around.interrupt, &Interrupt::requested, &loop, &QEventLoop::quit);
    loop.exec();
    worker.stop();
    const bool json = parser.isSet(QStringLiteral("json"));
    if (!found) {
        print(around.err, QStringLiteral("vedettectl: ") + found.error().text());
        if (json)
            print(around.out, QString::fromUtf8(QJsonDocument(QJsonObject{{QStringLiteral("error"), found.error().text()}}).toJson(QJsonDocument::Compact)));
        return kFailed;
    }
    print(around.out, json ? QString::fromUtf8(QJsonDocument(jsonOf(*found)).toJson(QJsonDocument::Compact)) : textOf(*found));
    return kDone;
}

} // namespace vedette::app
