// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/bounded_queue.h"
#include "core/base/worker.h"
#include "core/media/frame.h"

#include <QObject>

namespace vedette::app {

/// Writes single pictures as files: JPEG of the whole picture, in full size, camera and capture time in the name and in its
/// metadata (a COM segment in words and one as of core/protocol/capture_jpeg.h). On a Worker; kWaiting wait at most, beyond
/// that the oldest is left out. An existing file is never overwritten. Main thread.
class SnapshotWriter final : public QObject {
    Q_OBJECT
public:
    static constexpr std::size_t kWaiting = 32;
    static constexpr int kQuality = 95;

    /// folder: made when it is missing.
    explicit SnapshotWriter(QString folder, QObject *parent = nullptr);
    ~SnapshotWriter() override;

    /// camera: its id; name: for people, may be empty.
    void write(const QString &camera, const QString &name, const media::Frame &frame);

Q_SIGNALS:
    void written(const QString &file);
    /// One sentence that names the file.
    void failed(const QString &sentence);

private:
    struct Picture {
        QString camera;
        QString name;
        media::Frame frame;
    };
    void run(const std::stop_token &stop);
    Result<QString> save(const Picture &picture) const;

    const QString m_folder;
    BoundedQueue<Picture> m_pictures{"snapshots", kWaiting};
    Worker m_worker; // last: it uses all above
};

} // namespace vedette::app
