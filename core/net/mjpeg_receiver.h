// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/media/packet_source.h"

#include <QString>

#include <memory>
#include <stop_token>

namespace vedette::net {

/// Plays Motion JPEG (multipart/x-mixed-replace) by HTTP, an agent's or any camera's. Where a picture has a capture time
/// (core/protocol/capture_jpeg.h) its packet has it, by the part's header, else by the file. No thread and no retry of its
/// own: read() does all, on its user's Worker.
class MjpegReceiver final : public media::PacketSource {
public:
    struct Options {
        milliseconds openTimeout{5000};
        milliseconds readTimeout{5000}; ///< for a whole picture
        QString caFile;
    };
    /// Returns with the answer's head. Kinds: as HttpStream::get(); Corrupt for a web page, Unsupported for any other type,
    /// which something else may know to play.
    static Result<std::unique_ptr<MjpegReceiver>> open(const QString &url, const Options &options, std::stop_token stop);
    ~MjpegReceiver() override;

    const media::StreamInfo &info() const override;
    Result<media::PacketPtr> read(std::stop_token stop) override;

private:
    MjpegReceiver();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::net
