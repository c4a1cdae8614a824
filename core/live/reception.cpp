// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/live/reception.h"

#include "core/base/wait.h"
#include "core/live/source.h"
#include "core/media/decoder.h"
#include "core/media/nal.h"
#include "core/protocol/capture_jpeg.h"
#include "core/protocol/capture_sei.h"

#include <deque>

namespace vedette::live {

namespace {

constexpr std::size_t kStampsKept = 64;        // more than any decoder holds back
constexpr milliseconds kCatchUpLimit{3000};    // a machine too slow for the stream is not catching up

/// Capture times of packets on their way through the decoder. Beside them rather than in them: a Packet is
/// immutable once shared, and its bytes are not worth a copy.
class StampsInFlight {
public:
    void add(const media::Packet &packet)
    {
        const std::optional<CaptureStamp> stamp = packet.capture ? packet.capture : find(packet);
        if (!stamp)
            return;
        m_stamps.push_back({packet.pts, *stamp});
        if (m_stamps.size() > kStampsKept)
            m_stamps.pop_front();
    }

    void fill(media::Frame &frame) const
    {
        if (frame.capture)
            return;
        for (auto at = m_stamps.rbegin(); at != m_stamps.rend(); ++at) {
            if (at->pts == frame.pts) {
                frame.capture = at->stamp;
                return;
            }
        }
    }

private:
    struct Entry {
        microseconds pts;
        CaptureStamp stamp;
    };

    static std::optional<CaptureStamp> find(const media::Packet &packet)
    {
        if (packet.codec == media::Codec::Mjpeg)
            return toOptional(protocol::findJpegCapture(packet.data));
        if (packet.codec != media::Codec::H264 && packet.codec != media::Codec::H265)
            return std::nullopt;
        const auto payload = media::findUserDataSei(packet.codec, packet.data, protocol::kCaptureUuid);
        if (!payload)
            return std::nullopt;
        return toOptional(protocol::decodeCapture(*payload));
    }

    static std::optional<CaptureStamp> toOptional(const Result<CaptureStamp> &stamp)
    {
        return stamp ? std::optional(*stamp) : std::nullopt;
    }

    std::deque<Entry> m_stamps;
};

/// Tells the group of pictures that a server had kept from those that come as they are made: the former come faster than
/// they are to be shown. Looks at several at a time, because one wait may be this machine's own.
class CatchUp {
public:
    bool active(const media::Packet &packet, microseconds waited)
    {
        if (m_over)
            return false;
        if (!m_last.empty()) {
            const microseconds span = packet.dts - m_last.front().dts;
            const microseconds took = packet.arrival - m_last.front().arrival;
            const bool inRealTime = m_last.size() == kSeen && took * 10 >= span * 6;
            const bool clearlyWaited = waited >= kClearWait && waited * 2 >= packet.dts - m_last.back().dts;
            m_over = inRealTime || clearlyWaited || packet.arrival - m_begun > kCatchUpLimit;
        } else {
            m_begun = packet.arrival; // the first is always one of them, however long the connection took
        }
        m_last.push_back({packet.dts, packet.arrival});
        if (m_last.size() > kSeen)
            m_last.pop_front();
        return !m_over;
    }

private:
    static constexpr std::size_t kSeen = 6;
    static constexpr milliseconds kClearWait{100};

    struct Seen {
        microseconds dts;
        MonoTime arrival;
    };
    bool m_over = false;
    MonoTime m_begun{};
    std::deque<Seen> m_last;
};

} // namespace

Reception::Reception(quint64 id, StreamPath path, std::shared_ptr<media::HardwareDevices> hardware, const Clock &clock, ReceptionSink &sink)
    : m_id(id), m_path(std::move(path)), m_hardware(std::move(hardware)), m_clock(clock), m_sink(sink),
      m_worker("receive-" + std::to_string(id), [this](std::stop_token stop) { run(stop); })
{
}

Reception::~Reception()
{
    m_worker.stop();
}

void Reception::giveUp(const Error &why)
{
    {
        std::lock_guard lock(m_mutex);
        if (!m_why)
            m_why = why;
    }
    m_interrupt.request_stop();
}

void Reception::run(std::stop_token workerStop)
{
    std::stop_callback link(workerStop, [this] { m_interrupt.request_stop(); });
    const Status outcome = receive(m_interrupt.get_token());
    Error error = outcome ? Error{ErrorKind::Cancelled, QStringLiteral("stopped"), nullptr} : outcome.error();
    {
        std::lock_guard lock(m_mutex);
        if (m_why && error.kind == ErrorKind::Cancelled)
            error = *m_why;
    }
    m_finished = true;
    m_sink.ended(m_id, error);
}

Status Reception::receive(std::stop_token stop)
{
    const bool live = !isLocalFile(m_path.url);
    auto source = openSource(m_path.url, {kOpenTimeout, kReadTimeout}, stop);
    if (!source)
        return fail(source.error());
    media::Decoder::Options options;
    options.hardware = m_hardware;
    auto decoder = media::Decoder::create((*source)->info(), options);
    if (!decoder)
        return fail(decoder.error().wrap(QStringLiteral("cannot decode the stream")));
    m_sink.opened(m_id, (*source)->info());
    QString decodedBy;

    StampsInFlight stamps;
    CatchUp catchUp;
    std::optional<microseconds> origin; // of a file: its first dts on our clock
    std::uint64_t errors = 0, lost = 0;
    const auto deliver = [&](std::vector<media::Frame> frames, bool catchingUp) {
        for (media::Frame &frame : frames) {
            stamps.fill(frame);
            m_sink.decoded(m_id, std::move(frame), catchingUp);
        }
    };
    while (!stop.stop_requested()) {
        const MonoTime asked = m_clock.now();
        const Result<media::PacketPtr> packet = (*source)->read(stop);
        const microseconds waited = m_clock.now() - asked;
        if (!packet) {
            if (!live)
                deliver((*decoder)->flush(), false);
            return fail(packet.error());
        }
        m_sink.received(m_id, **packet);
        if (const std::uint64_t now = (*source)->lost(); now > lost) {
            m_sink.lost(m_id, now - lost);
            lost = now;
        }
        stamps.add(**packet);
        if (!live) {
            if (!origin)
                origin = m_clock.now().time_since_epoch() - (*packet)->dts;
            waitUntil(m_clock, MonoTime{*origin + (*packet)->dts}, stop);
        }
        const bool catchingUp = live && catchUp.active(**packet, waited);
        Result<std::vector<media::Frame>> frames = (*decoder)->decode(*packet);
        if (const QString now = (*decoder)->description(); now != decodedBy) {
            decodedBy = now;
            m_sink.decodedBy(m_id, decodedBy);
        }
        if (frames)
            deliver(std::move(*frames), catchingUp);
        if (const std::uint64_t now = (*decoder)->errors(); now > errors) {
            m_sink.undecodable(m_id, now - errors);
            errors = now;
        }
    }
    return {};
}

} // namespace vedette::live
