// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/encode/passthrough.h"

#include "core/media/nal.h"
#include "core/media/sps.h"
#include "edge-agent/encode/capture_marker.h"

namespace vedette::agent {

void Passthrough::begin(const media::StreamInfo &info)
{
    m_info = info;
    readSize();
    m_waitForKey = true;
    m_lacks = Lacks::Nothing;
    m_tee->setInfo(m_info);
}

void Passthrough::readSize()
{
    if (const auto sequence = media::readSequence(m_info.codec, m_info.parameterSets)) {
        m_info.width = sequence->width;
        m_info.height = sequence->height;
    }
}

void Passthrough::setFramerate(double framerate)
{
    m_info.framerate = framerate;
    m_tee->setInfo(m_info);
}

/// The sets in band are those that count; a camera may change them without a new connection.
void Passthrough::take(media::Bytes parameterSets)
{
    if (parameterSets.empty() || parameterSets == m_info.parameterSets)
        return;
    m_info.parameterSets = std::move(parameterSets);
    readSize();
    m_tee->setInfo(m_info);
}

void Passthrough::write(const media::PacketPtr &packet)
{
    // Some cameras send them late, and in a unit of their own.
    if (packet->key || m_info.parameterSets.empty())
        take(media::extractParameterSets(packet->codec, packet->data));
    const bool known = !m_info.parameterSets.empty();
    if (!known || (m_waitForKey && !packet->key)) {
        m_lacks = known ? Lacks::KeyPicture : Lacks::ParameterSets;
        ++m_dropped;
        return;
    }
    m_waitForKey = false;
    m_lacks = Lacks::Nothing;
    m_tee->write(markPacket(*packet, packet->capture.value_or(CaptureStamp{}), m_info.parameterSets));
    ++m_count;
}

QString Passthrough::lacks() const
{
    switch (m_lacks) {
    case Lacks::Nothing: return {};
    case Lacks::ParameterSets: return QStringLiteral("pictures come, but no parameter sets (SPS and PPS) yet, without which nobody can decode them");
    case Lacks::KeyPicture: return QStringLiteral("pictures come, but no key frame yet");
    }
    return {};
}

} // namespace vedette::agent
