// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/snapshot_writer.h"

#include "core/base/compat.h"
#include "core/media/jpeg_encoder.h"
#include "core/protocol/capture_jpeg.h"

#include <QDateTime>
#include <QDir>
#include <QFile>

namespace vedette::app {

namespace {

constexpr milliseconds kLook{200}; // for the stop

/// "gate_20261121T141503250Z"; of a picture of unknown time "gate_unknown_4711".
QString baseName(const QString &camera, const std::optional<CaptureStamp> &stamp)
{
    if (!stamp)
        return camera + QStringLiteral("_unknown");
    if (!stamp->known)
        return QStringLiteral("%1_unknown_%2").arg(camera).arg(stamp->sequence);
    const QDateTime time = QDateTime::fromMSecsSinceEpoch(toMicros(stamp->captured) / 1000, compat::kUtc);
    return camera + time.toString(QStringLiteral("'_'yyyyMMdd'T'HHmmsszzz'Z'"));
}

} // namespace

SnapshotWriter::SnapshotWriter(QString folder, QObject *parent)
    : QObject(parent), m_folder(std::move(folder)), m_worker("snapshot", [this](std::stop_token stop) { run(stop); })
{
}

SnapshotWriter::~SnapshotWriter()
{
    m_worker.stop();
}

void SnapshotWriter::write(const QString &camera, const QString &name, const media::Frame &frame)
{
    if (!frame.isNull())
        m_pictures.push({camera, name, frame});
}

void SnapshotWriter::run(const std::stop_token &stop)
{
    while (!stop.stop_requested()) {
        const auto picture = m_pictures.pop(stop, kLook);
        if (!picture)
            continue;
        const auto saved = save(*picture);
        QMetaObject::invokeMethod(
            this,
            [this, saved] {
                if (saved)
                    Q_EMIT written(*saved);
                else
                    Q_EMIT failed(saved.error().detail);
            },
            Qt::QueuedConnection);
    }
}

Result<QString> SnapshotWriter::save(const Picture &picture) const
{
    media::JpegEncoder encoder;
    auto jpeg = encoder.encode(picture.frame, kQuality);
    if (!jpeg)
        return fail(jpeg.error());
    QByteArray words = "camera " + picture.camera.toUtf8();
    if (!picture.name.isEmpty() && picture.name != picture.camera)
        words += " (" + picture.name.toUtf8() + ')';
    words += ", captured " + (picture.frame.capture ? protocol::captureTimeText(*picture.frame.capture) : QByteArray("unknown"));
    protocol::insertJpegComment(*jpeg, {reinterpret_cast<const std::uint8_t *>(words.constData()), std::size_t(words.size())});
    if (picture.frame.capture)
        protocol::insertJpegCapture(*jpeg, *picture.frame.capture);
    if (!QDir().mkpath(m_folder))
        return fail(ErrorKind::Unavailable, QStringLiteral("The folder %1 cannot be made.").arg(m_folder));
    const QString base = QDir(m_folder).filePath(baseName(picture.camera, picture.frame.capture));
    constexpr int kMostCopies = 1000;
    for (int copy = 1; copy <= kMostCopies; ++copy) {
        QFile file(copy == 1 ? base + QStringLiteral(".jpg") : QStringLiteral("%1-%2.jpg").arg(base).arg(copy));
        if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly)) {
            if (file.exists())
                continue;
            return fail(ErrorKind::Unavailable, QStringLiteral("%1 cannot be written: %2.").arg(file.fileName(), file.errorString()));
        }
        const bool whole = file.write(reinterpret_cast<const char *>(jpeg->data()), qint64(jpeg->size())) == qint64(jpeg->size()) && file.flush();
        if (whole)
            return file.fileName();
        const QString why = file.errorString();
        file.remove(); // half a picture is none
        return fail(ErrorKind::Unavailable, QStringLiteral("%1 cannot be written: %2.").arg(file.fileName(), why));
    }
    return fail(ErrorKind::Unavailable, QStringLiteral("%1.jpg is there a thousand times.").arg(base));
}

} // namespace vedette::app
