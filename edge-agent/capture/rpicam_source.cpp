// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/rpicam_source.h"

#include "core/base/logging.h"
#include "edge-agent/capture/parameter_sets.h"
#include "edge-agent/capture/rpicam_arguments.h"

#include <QStandardPaths>

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcRpicam, "vedette.rpicam")

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr qsizetype kMostHelp = 256 * 1024;

Result<QSet<QString>> askForOptions(const QString &program, const std::stop_token &stop)
{
    auto child = ChildProcess::start(program, {QStringLiteral("--help")});
    if (!child)
        return fail(child.error());
    const auto help = (*child)->readAll(kMostHelp, RpicamSource::kHelp, stop);
    if (!help)
        return fail(help.error().kind == ErrorKind::Timeout
                        ? Error{ErrorKind::Timeout, QStringLiteral("%1 does not answer --help").arg((*child)->name()), nullptr}
                        : help.error());
    QSet<QString> options = rpicamOptions(QString::fromUtf8(*help));
    if (!options.contains(QStringLiteral("inline")))
        return fail(ErrorKind::Unsupported, QStringLiteral("%1 is not the program of rpicam-apps: its --help names no --inline").arg(program));
    return options;
}

} // namespace

Result<QString> findRpicam()
{
    for (const char *name : {"rpicam-vid", "libcamera-vid"}) {
        if (const QString path = QStandardPaths::findExecutable(QLatin1String(name)); !path.isEmpty())
            return path;
    }
    return fail(ErrorKind::NotFound, QStringLiteral("Neither rpicam-vid nor libcamera-vid is installed: install the package rpicam-apps-lite"));
}

RpicamSource::RpicamSource(const settings::CameraSettings &settings, std::unique_ptr<ChildProcess> child, const SourceContext &context)
    : m_child(std::move(child)), m_context(context),
      m_info{media::Codec::H264, settings.width, settings.height, settings.framerate, {}, 0, {}}, m_buffer(kReadBytes), m_stamper(m_info, context)
{
}

Result<std::unique_ptr<RpicamSource>> RpicamSource::open(const settings::CameraSettings &settings, const SourceContext &context,
                                                         const std::stop_token &stop)
{
    const auto program = findRpicam();
    if (!program)
        return fail(program.error());
    const auto known = askForOptions(*program, stop);
    if (!known)
        return fail(known.error());
    const auto arguments = rpicamArguments(settings, *known);
    if (!arguments)
        return fail(arguments.error());
    auto child = ChildProcess::start(*program, *arguments);
    if (!child)
        return fail(child.error());
    qCInfo(lcRpicam).noquote() << (*child)->name() << arguments->join(u' ');
    std::unique_ptr<RpicamSource> source(new RpicamSource(settings, std::move(*child), context));
    auto first = source->nextPacket(kFirstPicture, stop);
    if (!first)
        return fail(first.error());
    source->m_first = std::move(*first);
    return source;
}

Result<media::AccessUnitSplitter::Unit> RpicamSource::nextUnit(milliseconds limit, const std::stop_token &stop)
{
    for (;;) {
        if (auto unit = m_splitter.next())
            return std::move(*unit);
        // Once a picture came in two parts, the next one has to begin before one is complete: one interval later.
        const bool trusts = m_splitter.torn() == 0;
        const bool mayEnd = m_splitter.open() && trusts;
        const auto got = m_child->read(m_buffer, mayEnd ? kPause : limit, stop);
        if (!got && got.error().kind == ErrorKind::Timeout && mayEnd) {
            m_splitter.finish();
            continue;
        }
        if (!got && got.error().kind == ErrorKind::Timeout)
            return fail(ErrorKind::Timeout, QStringLiteral("%1 gave no picture for %2 s").arg(m_child->name()).arg(limit.count() / 1000));
        if (!got)
            return fail(got.error());
        if (const auto pushed = m_splitter.push(std::span(m_buffer).first(*got), m_context.clock.now()); !pushed)
            return fail(pushed.error().wrap(QStringLiteral("%1 writes something that is no H.264").arg(m_child->name())));
    }
}

void RpicamSource::noteTorn()
{
    if (m_splitter.torn() == m_torn)
        return;
    m_torn = m_splitter.torn();
    m_waitForKey = true;
    qCInfo(lcRpicam).noquote() << m_child->name() << "writes a picture in parts: from now on each is held until the next one begins";
}

Result<media::PacketPtr> RpicamSource::nextPacket(milliseconds limit, const std::stop_token &stop)
{
    for (const MonoTime begun = m_context.clock.now();;) {
        auto unit = nextUnit(limit, stop);
        if (!unit)
            return fail(unit.error());
        noteTorn();
        m_waitForKey = m_waitForKey && !unit->key;
        const bool decodable = learnParameterSets(m_info, unit->key, unit->data) && !m_waitForKey;
        if (!decodable && m_context.clock.now() - begun >= limit)
            return fail(ErrorKind::Unavailable, QStringLiteral("%1 sends pictures, but no key frame with parameter sets (SPS and PPS)").arg(m_child->name()));
        if (!decodable)
            continue;
        media::Packet packet;
        packet.data = std::move(unit->data);
        packet.codec = media::Codec::H264;
        packet.key = unit->key;
        packet.firstByte = unit->firstByte;
        packet.arrival = unit->lastByte;
        packet.pts = packet.dts = microseconds{toMicros(packet.arrival)};
        m_rate.add(packet.pts);
        if (m_rate.perSecond() > 0)
            m_info.framerate = m_rate.perSecond();
        return m_stamper.stamp(packet, microseconds{0});
    }
}

Result<media::PacketPtr> RpicamSource::read(std::stop_token stop)
{
    if (m_first)
        return std::exchange(m_first, nullptr);
    return nextPacket(kSilence, stop);
}

} // namespace vedette::agent
