// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/publish/pusher.h"

#include "core/media/av_pusher.h"
#include "core/net/host_lookup.h"
#include "core/net/rtsp_pusher.h"

#include <QUrl>

namespace vedette::agent {
namespace {

class RtspConnection final : public Pusher {
public:
    explicit RtspConnection(std::unique_ptr<net::RtspPusher> rtsp) : m_rtsp(std::move(rtsp)) {}
    Status write(const media::PacketPtr &packet, std::stop_token stop) override { return m_rtsp->write(*packet, std::move(stop)); }
    Status idle(std::stop_token stop) override { return m_rtsp->idle(std::move(stop)); }

private:
    std::unique_ptr<net::RtspPusher> m_rtsp;
};

class AvConnection final : public Pusher {
public:
    explicit AvConnection(std::unique_ptr<media::AvPusher> av) : m_av(std::move(av)) {}
    Status write(const media::PacketPtr &packet, std::stop_token stop) override { return m_av->write(packet, std::move(stop)); }
    Status idle(std::stop_token) override { return {}; }

private:
    std::unique_ptr<media::AvPusher> m_av;
};

} // namespace

Result<std::unique_ptr<Pusher>> openPusher(const QString &url, const media::StreamInfo &info, milliseconds timeout, std::stop_token stop)
{
    if (media::AvPusher::handles(url)) {
        // libavformat's own look-up cannot be stopped and has no deadline.
        if (const Status known = net::lookUpHost(QUrl(url).host(), timeout, stop); !known)
            return fail(known.error());
        auto av = media::AvPusher::open(url, info, {.timeout = timeout, .caFile = {}}, std::move(stop));
        if (!av)
            return fail(av.error());
        return std::make_unique<AvConnection>(std::move(*av));
    }
    auto rtsp = net::RtspPusher::open(url, info, {.timeout = timeout}, std::move(stop));
    if (!rtsp && rtsp.error().kind == ErrorKind::InvalidInput) // its text repeats an address that a key may be in
        return fail(ErrorKind::InvalidInput, QStringLiteral("this is not an RTSP address; write '#' as %23"));
    if (!rtsp)
        return fail(rtsp.error());
    return std::make_unique<RtspConnection>(std::move(*rtsp));
}

} // namespace vedette::agent
