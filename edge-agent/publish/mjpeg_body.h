// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/http/http_server.h"
#include "edge-agent/publish/mjpeg_feed.h"

namespace vedette::agent {

/// A camera's pictures as multipart/x-mixed-replace for one client, each part with its length and X-Capture-Time. HTTP
/// worker, but for its construction.
class MjpegBody final : public HttpBody {
public:
    explicit MjpegBody(MjpegReaderPtr reader) : m_reader(std::move(reader)) {}

    QByteArray contentType() const override { return "multipart/x-mixed-replace; boundary=vedette"; }
    QByteArray read() override;
    bool atEnd() const override { return m_reader->ended(); }
    void onReadable(std::function<void()> notify) override { m_reader->onReadable(std::move(notify)); }

private:
    MjpegReaderPtr m_reader;
    bool m_begun = false;
};

/// What X-Capture-Time says of a picture, with or without a stamp.
QByteArray captureTimeOf(const JpegPicture &picture);

} // namespace vedette::agent
