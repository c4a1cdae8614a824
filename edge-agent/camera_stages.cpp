// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/camera_stages.h"

#include "core/base/logging.h"
#include "core/base/secret.h"

#include <algorithm>

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcStage, "vedette.camera")

constexpr std::size_t kSentences = 16; // sentences remembered: a flood of ever other ones is one line each

} // namespace

StageRecord::StageRecord(const QString &camera, const QString &stage, const Clock &clock) : m_camera(camera), m_clock(clock)
{
    m_status.stage = stage;
    m_status.since = clock.utcNow();
}

void StageRecord::set(protocol::StageState state, const QString &reason, std::optional<milliseconds> nextTry)
{
    const UtcTime now = m_clock.utcNow();
    std::lock_guard lock(m_mutex);
    if (state != m_status.state)
        m_status.since = now;
    m_status.state = state;
    m_status.reason = redact(reason);
    m_status.nextTry = nextTry ? std::optional(now + *nextTry) : std::nullopt;
    const bool failed = state == protocol::StageState::Waiting || state == protocol::StageState::Stopped;
    if (failed && nextTry)
        say(m_status.reason, nextTry);
    else if (state == protocol::StageState::Running && m_failed)
        say({}, std::nullopt);
    m_failed = failed || (m_failed && state != protocol::StageState::Running);
}

void StageRecord::say(const QString &sentence, std::optional<milliseconds> nextTry)
{
    const MonoTime now = m_clock.now();
    Said entry{sentence, now, 0};
    const auto found = std::find_if(m_said.begin(), m_said.end(), [&sentence](const Said &each) { return each.sentence == sentence; });
    if (found != m_said.end()) {
        if (now - found->at < kSayAgain) {
            ++found->unsaid;
            return;
        }
        entry.unsaid = found->unsaid;
        m_said.erase(found);
    }
    const QString what = sentence.endsWith(u'.') ? sentence.chopped(1) : sentence;
    const QString times = entry.unsaid > 0 ? QStringLiteral(" (%1 times more in the last minute)").arg(entry.unsaid) : QString();
    if (nextTry)
        qCWarning(lcStage).noquote().nospace() << "camera " << m_camera << ", " << m_status.stage << ": " << what << "; tries again in "
                                               << nextTry->count() << " ms" << times;
    else
        qCInfo(lcStage).noquote().nospace() << "camera " << m_camera << ", " << m_status.stage << ": runs again" << times;
    entry.unsaid = 0;
    m_said.push_back(std::move(entry));
    if (m_said.size() > kSentences)
        m_said.erase(m_said.begin());
}

protocol::StageStatus StageRecord::status() const
{
    std::lock_guard lock(m_mutex);
    return m_status;
}

} // namespace vedette::agent
