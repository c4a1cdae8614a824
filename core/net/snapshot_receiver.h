// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/media/packet_source.h"

#include <QString>

#include <memory>
#include <stop_token>

namespace vedette::net {

/// Single JPEG pictures, fetched again and again: what remains when nothing streams. Each packet has its capture time where
/// the server tells it (X-Capture-Time, else the file). No thread and no retry of its own, as MjpegReceiver.
class SnapshotReceiver final : public media::PacketSource {
public:
    static constexpr std::size_t kMaxPicture = 32U << 20;

    struct Options {
        milliseconds timeout{5000};  ///< for each picture
        QString caFile;
        milliseconds interval{3000}; ///< from one picture to the next
    };
    /// Returns with the first picture. Kinds: as HttpStream::get(); Corrupt for anything but a JPEG.
    static Result<std::unique_ptr<SnapshotReceiver>> open(const QString &url, const Options &options, std::stop_token stop);
    ~SnapshotReceiver() override;

    const media::StreamInfo &info() const override;
    Result<media::PacketPtr> read(std::stop_token stop) override;

private:
    SnapshotReceiver();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::net
