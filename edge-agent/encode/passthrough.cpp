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

void Passthrough::write(const media::PacketPtr &packet)
{
    if (m_waitForKey && !packet->key) {
        ++m_dropped;
        return;
    }
    m_waitForKey = false;
    if (packet->key) {
        // The sets in band are those that count; a camera may change them without a new connection.
        media::Bytes sets = media::extractParameterSets(packet->codec, packet->data);
        if (!sets.empty() && sets != m_info.parameterSets) {
            m_info.parameterSets = std::move(sets);
            readSize();
            m_tee->setInfo(m_info);
        }
    }
    m_tee->write(markPacket(*packet, packet->capture.value_or(CaptureStamp{}), m_info.parameterSets));
    ++m_count;
}

} // namespace vedette::agent
