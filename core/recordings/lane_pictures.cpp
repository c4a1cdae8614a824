// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/lane_pictures.h"

#include "core/recordings/library.h"

#include <algorithm>

namespace vedette::recordings {
namespace {

constexpr milliseconds kAskAgain{500};            // what follows a piece that grows
constexpr milliseconds kHole{500};                // within a piece: pictures are missing
constexpr milliseconds kTorn{1'000};              // a piece that ends so much earlier than it claims may have a better copy
constexpr std::chrono::seconds kEdge{10};         // so near to the last picture, more is to be expected
constexpr microseconds kTick{1};
constexpr microseconds kLongestInterval{1'000'000};
constexpr microseconds kSoundKept{2'000'000};
constexpr std::size_t kMostCopies = 32;                   // tried one after the other for one moment

tl::unexpected<NoPicture> none(NoPicture why)
{
    return tl::unexpected<NoPicture>(std::move(why));
}

NoPicture toNoPicture(const Error &error)
{
    const bool stopped = error.kind == ErrorKind::Cancelled;
    return {stopped ? NoPicture::Kind::Cancelled : NoPicture::Kind::Failed, error.text(), std::nullopt};
}

std::size_t bytesOf(const media::Frame &frame)
{
    return static_cast<std::size_t>(std::max(frame.strides[0], 1)) * static_cast<std::size_t>(frame.height) * 3 / 2;
}

} // namespace

LanePictures::LanePictures(const Library &library, const Clock &clock, RecordingLane lane, Options options)
    : m_library(library), m_clock(clock), m_lane(std::move(lane)), m_options(options)
{
}

LanePictures::~LanePictures() = default;

bool LanePictures::isCurrent(const Copy &copy) const
{
    return m_copy && copy.source == m_copy->source && copy.piece.id == m_copy->piece.id;
}

/// Without those that have failed.
LanePictures::Got<QList<Copy>> LanePictures::copiesAt(UtcTime at, std::stop_token stop) const
{
    auto copies = m_library.copiesAt(m_lane, at, std::move(stop));
    if (!copies)
        return none(toNoPicture(copies.error()));
    const bool any = !copies->isEmpty();
    copies->removeIf([this](const Copy &copy) {
        return std::find(m_failed.begin(), m_failed.end(), std::pair{copy.source->name(), copy.piece.id}) != m_failed.end();
    });
    if (any && copies->isEmpty())
        return none({NoPicture::Kind::Failed, m_failed.back().first + QStringLiteral(": ") + m_failure, std::nullopt});
    return *copies;
}

NoPicture LanePictures::gapAt(UtcTime at, Direction direction, std::stop_token stop) const
{
    const auto next = m_library.nextRecorded(m_lane, at, direction, std::move(stop));
    if (!next)
        return toNoPicture(next.error());
    return {NoPicture::Kind::Gap, QStringLiteral("nothing is recorded at this moment"), *next};
}

NoPicture LanePictures::giveUp(const Error &error)
{
    if (error.kind == ErrorKind::Cancelled || !m_copy)
        return toNoPicture(error);
    m_library.noteFailure(*m_copy, error);
    m_failed.emplace_back(m_copy->source->name(), m_copy->piece.id);
    m_failure = error.text();
    m_reader.reset();
    m_copy.reset();
    return toNoPicture(error);
}

Status LanePictures::makeDecoder()
{
    auto decoder = media::Decoder::create(m_reader->info(), {.threads = m_options.threads, .lowDelay = false, .hardware = nullptr});
    if (!decoder)
        return fail(decoder.error());
    m_decoder = std::move(*decoder);
    m_threads = m_options.threads;
    return {};
}

LanePictures::Got<void> LanePictures::openOne(const QList<Copy> &copies, std::stop_token stop)
{
    NoPicture failure{NoPicture::Kind::Failed, QStringLiteral("there is no copy"), std::nullopt};
    for (const Copy &copy : copies) {
        if (m_reader && isCurrent(copy)) {
            m_copy->piece = copy.piece;
            return {};
        }
        auto reader = copy.source->open(m_lane, copy.piece, stop);
        m_copy = copy;
        m_reader = reader ? std::move(*reader) : nullptr;
        if (!reader) {
            failure = giveUp(reader.error());
            if (failure.kind == NoPicture::Kind::Cancelled)
                return none(failure);
            continue;
        }
        if (const Status made = makeDecoder(); !made) {
            failure = giveUp(made.error());
            continue;
        }
        m_opened = m_given;
        m_soundOffset.reset();
        m_sound.reset();
        m_soundInfo.reset();
        return {};
    }
    return none(failure);
}

/// Whatever shows that moment; in a hole between two pieces that is too small to be one, the picture before it.
LanePictures::Got<void> LanePictures::open(UtcTime at, Direction direction, std::stop_token stop)
{
    const bool within = m_reader && m_copy->piece.from <= at && at < m_copy->piece.to; // what is there of an open piece stays
    if (within)
        return {};
    auto copies = copiesAt(at, stop);
    if (copies && copies->isEmpty())
        copies = copiesAt(at - kSmallHole, stop);
    if (!copies)
        return none(copies.error());
    if (!copies->isEmpty())
        return openOne(*copies, stop);
    const NoPicture gap = gapAt(at, direction, stop);
    if (gap.kind != NoPicture::Kind::Gap || gap.until || direction == Direction::Backward)
        return none(gap);
    // Behind all that is recorded: at the live edge the last picture stands for now.
    const auto last = m_library.nextRecorded(m_lane, at, Direction::Backward, stop);
    if (!last || !*last || at - **last > kEdge)
        return none(gap);
    copies = copiesAt(**last, stop);
    return copies && !copies->isEmpty() ? openOne(*copies, stop) : none(gap);
}

/// At the key frame before that moment, with a decoder that knows nothing yet.
LanePictures::Got<void> LanePictures::position(UtcTime at, Direction direction, std::stop_token stop)
{
    m_ready.clear();
    for (std::size_t i = 0; i < kMostCopies; ++i) {
        if (const auto opened = open(at, direction, stop); !opened)
            return opened;
        Status sought = m_reader->seek(at, stop);
        m_decoder->reset();
        if (sought && m_threads != m_options.threads)
            sought = makeDecoder();
        m_torn = !sought;
        if (sought)
            return {};
        if (const NoPicture failure = giveUp(sought.error()); failure.kind == NoPicture::Kind::Cancelled)
            return none(failure);
    }
    return none({NoPicture::Kind::Failed, m_failure, std::nullopt});
}

LanePictures::Got<std::deque<media::Frame>> LanePictures::upTo(UtcTime at, Direction direction, const Between &between, std::stop_token stop)
{
    m_failed.clear();
    m_heard.clear();
    m_given = UtcTime::min();
    for (std::size_t i = 0; i < kMostCopies; ++i) {
        if (const auto there = position(at, direction, stop); !there)
            return none(there.error());
        std::deque<media::Frame> ring;
        std::size_t bytes = 0;
        bool previewed = false;
        bool over = false;
        std::optional<Error> failure;
        while (!over && m_ready.empty()) {
            auto unit = m_reader->read(stop);
            std::vector<media::Frame> frames;
            if (unit && media::isSound((*unit)->codec))
                continue;
            if (unit) {
                frames = m_decoder->decode(*unit).value_or(std::vector<media::Frame>{});
            } else if (unit.error().kind == ErrorKind::NotFound) {
                over = true;
                frames = m_decoder->flush();
                m_torn = true;
            } else {
                failure = unit.error();
                break;
            }
            for (media::Frame &frame : frames) {
                if (capturedAt(frame) > at && !ring.empty()) {
                    m_ready.push_back(std::move(frame));
                    continue;
                }
                bytes += bytesOf(frame);
                ring.push_back(std::move(frame));
                for (; bytes > m_options.bytes && ring.size() > 1; ring.pop_front())
                    bytes -= bytesOf(ring.front());
            }
            if (!ring.empty() && capturedAt(ring.back()) >= at)
                break;
            const media::Frame *preview = ring.empty() || previewed ? nullptr : &ring.front();
            previewed = previewed || preview;
            if (!over && m_ready.empty() && !between(preview))
                return none({NoPicture::Kind::Cancelled, {}, std::nullopt});
        }
        if (!ring.empty() && (!failure || failure->kind != ErrorKind::Cancelled)) {
            m_given = capturedAt(ring.back());
            return ring;
        }
        if (!failure)
            failure = Error{ErrorKind::Corrupt, QStringLiteral("no picture of this moment can be decoded"), nullptr};
        if (const NoPicture why = giveUp(*failure); why.kind == NoPicture::Kind::Cancelled)
            return none(why);
    }
    return none({NoPicture::Kind::Failed, m_failure, std::nullopt});
}

LanePictures::Got<void> LanePictures::jump(UtcTime at, std::stop_token stop)
{
    m_failed.clear();
    m_heard.clear();
    m_given = at - kTick;
    return position(at, Direction::Forward, stop);
}

LanePictures::Got<std::optional<media::Frame>> LanePictures::keyAt(UtcTime at, Direction direction, std::optional<UtcTime> known, std::stop_token stop)
{
    m_failed.clear();
    m_heard.clear();
    for (std::size_t i = 0; i < kMostCopies; ++i) {
        if (const auto there = position(at, direction, stop); !there)
            return none(there.error());
        auto unit = m_reader->read(stop);
        while (unit && media::isSound((*unit)->codec))
            unit = m_reader->read(stop);
        if (unit && (*unit)->capture && (*unit)->capture->captured == known)
            return std::optional<media::Frame>();
        if (unit) {
            auto frames = m_decoder->decode(*unit).value_or(std::vector<media::Frame>{});
            if (frames.empty())
                frames = m_decoder->flush();
            if (!frames.empty())
                return std::optional(std::move(frames.front()));
            return std::optional<media::Frame>(); // this one is damaged
        }
        if (const NoPicture why = giveUp(unit.error()); why.kind == NoPicture::Kind::Cancelled)
            return none(why);
    }
    return none({NoPicture::Kind::Failed, m_failure, std::nullopt});
}

LanePictures::Got<media::Frame> LanePictures::next(std::stop_token stop)
{
    for (;;) {
        while (!m_ready.empty()) {
            media::Frame frame = std::move(m_ready.front());
            m_ready.pop_front();
            if (capturedAt(frame) <= m_given)
                continue;
            const microseconds since = capturedAt(frame) - m_given;
            if (since > std::max<microseconds>(kHole, 4 * m_interval) && m_given > m_opened) {
                const auto mended = mend(stop);
                if (!mended)
                    return none(mended.error());
                if (*mended)
                    break;
            }
            if (since > microseconds{0} && since < kLongestInterval)
                m_interval = since;
            m_given = capturedAt(frame);
            return frame;
        }
        if (!m_reader || m_torn) {
            const UtcTime at = m_reader ? m_given : m_given + m_interval;
            if (const auto there = position(at, Direction::Forward, stop); !there)
                return none(there.error());
        }
        auto unit = m_reader->read(stop);
        if (unit && media::isSound((*unit)->codec)) {
            hear(**unit);
        } else if (unit) {
            if ((*unit)->capture)
                m_soundOffset = (*unit)->capture->captured.time_since_epoch() - (*unit)->pts;
            for (media::Frame &frame : m_decoder->decode(*unit).value_or(std::vector<media::Frame>{}))
                m_ready.push_back(std::move(frame));
        } else if (unit.error().kind == ErrorKind::NotFound) {
            const auto more = m_copy->piece.open ? followOpen(stop) : goOn(stop);
            if (!more)
                return none(more.error());
        } else {
            m_torn = true;
            if (const NoPicture why = giveUp(unit.error()); why.kind == NoPicture::Kind::Cancelled)
                return none(why);
        }
    }
}

/// Pictures are missing within a piece: another copy may have them. True: it is read now, from the last picture on.
LanePictures::Got<bool> LanePictures::mend(std::stop_token stop)
{
    if (!m_reader)
        return false;
    const UtcTime at = m_given + m_interval;
    auto others = copiesAt(at, stop);
    if (others)
        others->removeIf([this](const Copy &copy) { return isCurrent(copy); });
    if (!others || others->isEmpty())
        return others || others.error().kind != NoPicture::Kind::Cancelled ? Got<bool>(false) : none(others.error());
    m_ready.clear();
    const std::pair torn{m_copy->source->name(), m_copy->piece.id};
    m_failed.push_back(torn);
    m_failure = QStringLiteral("pictures are missing in it");
    if (const auto opened = openOne(*others, stop); !opened) {
        std::erase(m_failed, torn);
        m_torn = true; // back to it, which is all there is
        return opened.error().kind != NoPicture::Kind::Cancelled ? Got<bool>(true) : none(opened.error());
    }
    m_torn = true;
    return true;
}

/// At the end of a piece that grows: it may have been finished, and another begun. Returns where there is more to read.
LanePictures::Got<void> LanePictures::followOpen(std::stop_token stop)
{
    const NoPicture edge{NoPicture::Kind::Edge, {}, std::nullopt};
    if (m_asked != MonoTime::min() && m_clock.now() - m_asked < kAskAgain)
        return none(edge);
    m_asked = m_clock.now();
    const UtcTime at = m_given + m_interval;
    const auto copies = copiesAt(at, stop);
    if (!copies)
        return none(copies.error().kind == NoPicture::Kind::Cancelled ? copies.error() : edge);
    const auto mine = std::find_if(copies->begin(), copies->end(), [this](const Copy &each) { return isCurrent(each); });
    if (mine != copies->end() && mine->piece.open)
        return none(edge);
    if (mine == copies->end() && copies->isEmpty()) {
        const auto last = copiesAt(m_given, stop);
        const bool open = !last || std::any_of(last->begin(), last->end(), [this](const Copy &each) { return isCurrent(each) && each.piece.open; });
        if (open)
            return none(edge);
    }
    if (mine != copies->end())
        m_copy->piece = mine->piece;
    else
        m_copy->piece.to = std::min(m_copy->piece.to, at);
    m_copy->piece.open = false;
    return {}; // read once more: its last pictures may have come meanwhile
}

/// At the end of a whole piece.
LanePictures::Got<void> LanePictures::goOn(std::stop_token stop)
{
    for (media::Frame &frame : m_decoder->flush())
        m_ready.push_back(std::move(frame));
    const bool more = std::any_of(m_ready.begin(), m_ready.end(), [this](const media::Frame &frame) { return capturedAt(frame) > m_given; });
    if (more)
        return {};
    if (m_given == m_opened) { // nothing came of it: not again for this moment
        m_failed.emplace_back(m_copy->source->name(), m_copy->piece.id);
        m_failure = QStringLiteral("no picture of this moment can be decoded");
        if (m_failed.size() > kMostCopies)
            m_failed.erase(m_failed.begin());
    }
    const UtcTime end = m_given == UtcTime::min() ? m_copy->piece.to : m_given + m_interval;
    for (const UtcTime at : {end, std::max(end, m_copy->piece.to)}) {
        if (at == end && m_copy->piece.to - end < kTorn && m_copy->piece.to > end)
            continue; // it is whole
        auto copies = copiesAt(at, stop);
        if (!copies && copies.error().kind == NoPicture::Kind::Cancelled)
            return none(copies.error());
        if (!copies)
            continue;
        copies->removeIf([this](const Copy &copy) { return isCurrent(copy); });
        if (copies->isEmpty())
            continue;
        if (const auto opened = openOne(*copies, stop); !opened)
            return opened;
        const Status sought = m_reader->seek(at, stop);
        m_torn = !sought;
        return sought ? Got<void>() : none(giveUp(sought.error()));
    }
    const UtcTime behind = std::max(end, m_copy->piece.to);
    NoPicture gap = gapAt(behind, Direction::Forward, stop);
    if (gap.kind != NoPicture::Kind::Gap)
        return none(gap);
    if (!gap.until)
        return none({NoPicture::Kind::Edge, {}, std::nullopt});
    if (*gap.until - end > kSmallHole)
        return none(gap);
    m_given = std::max(m_given, *gap.until - kTick);
    return position(*gap.until, Direction::Forward, stop);
}

void LanePictures::hear(const media::Packet &unit)
{
    const auto &info = m_reader->info().audio;
    if (!m_soundWanted || !info || !m_soundOffset)
        return;
    if (!m_sound || m_soundInfo != info) {
        m_soundInfo = info;
        auto decoder = media::SoundDecoder::create(*info);
        m_sound = decoder ? std::move(*decoder) : nullptr;
    }
    if (!m_sound)
        return;
    media::Sound sound = m_sound->decode(unit);
    if (sound.samples.empty())
        return;
    sound.capture.emplace();
    sound.capture->captured = UtcTime{sound.pts + *m_soundOffset};
    const UtcTime oldest = sound.capture->captured - kSoundKept;
    m_heard.push_back(std::move(sound));
    while (m_heard.front().capture->captured < oldest)
        m_heard.pop_front();
}

std::vector<media::Sound> LanePictures::takeSound()
{
    std::vector<media::Sound> out(std::make_move_iterator(m_heard.begin()), std::make_move_iterator(m_heard.end()));
    m_heard.clear();
    return out;
}

QString LanePictures::source() const
{
    return m_copy ? m_copy->source->name() : QString();
}

QString LanePictures::remark() const
{
    return m_reader ? m_reader->remark() : QString();
}

} // namespace vedette::recordings
