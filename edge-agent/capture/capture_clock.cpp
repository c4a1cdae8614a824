// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/capture_clock.h"

#include "core/media/picture_order.h"

#include <algorithm>
#include <random>

namespace vedette::agent {
namespace {

constexpr std::size_t kMaxRuns = 256; // a clock that steps for ever must not fill the memory
constexpr microseconds kGoodBracket{200};
constexpr microseconds kUsableBracket{50'000}; // wider: the machine was too busy to compare its clocks
constexpr int kTries = 4;

std::uint64_t randomRunId()
{
    std::random_device device;
    std::uint64_t id = 0;
    while (id == 0)
        id = (std::uint64_t{device()} << 32) | device();
    return id;
}

microseconds ppm(microseconds span, int parts)
{
    return microseconds{static_cast<std::int64_t>(static_cast<double>(span.count()) * parts / 1e6)};
}

microseconds magnitude(microseconds d)
{
    return d < microseconds{0} ? -d : d;
}

} // namespace

CaptureClock::CaptureClock(const Clock &clock, ClockTrust trust, const ClockProbes &probes)
    : m_clock(clock), m_trust(trust),
      m_keepsTime((probes.batteryClock && probes.batteryClock()) || (probes.hypervisor && probes.hypervisor()))
{
    std::lock_guard lock(m_mutex);
    update();
}

CaptureStamp CaptureClock::stamp(const QString &camera, MonoTime captured, std::uint32_t settingsVersion,
                                 std::optional<PictureRank> rank)
{
    std::lock_guard lock(m_mutex);
    update();
    const ClockRun &run = runAt(captured);
    const bool over = run.id != m_runs.back().id;
    const microseconds offset = over ? run.offset : offsetAt(captured);
    CaptureStamp stamp;
    stamp.run = run.id;
    stamp.settingsVersion = settingsVersion;
    stamp.sequence = number(m_numberings[camera], run.id, rank);
    stamp.captured = utcFromMicros(std::max<std::int64_t>(0, toMicros(captured) + offset.count()));
    stamp.uncertainty = over ? run.uncertainty : uncertaintyAt(captured);
    stamp.known = run.known;
    return stamp;
}

/// A picture may come after the clock has begun another run, and reordered ones on both sides of that moment.
const ClockRun &CaptureClock::runAt(MonoTime captured) const
{
    const bool before = captured < m_runs.back().begin && m_runs.size() > 1;
    return before ? m_runs[m_runs.size() - 2] : m_runs.back();
}

std::uint64_t CaptureClock::number(Numbering &numbering, std::uint64_t run, std::optional<PictureRank> rank)
{
    const std::int64_t room = rank ? media::PictureOrder::kRoom : 0;
    if (rank && rank->first)
        numbering.base = numbering.highest + 1 + room - rank->rank;
    const std::int64_t position = rank ? numbering.base + rank->rank : numbering.highest + 1;
    numbering.highest = std::max(numbering.highest, position);
    auto &runs = numbering.runs;
    const auto known = std::find_if(runs.begin(), runs.end(), [run](const auto &begin) { return begin.run == run; });
    if (known == runs.end()) {
        runs[0] = runs[1];
        runs[1] = {run, position - room};
    }
    const std::int64_t begin = known == runs.end() ? runs[1].position : known->position;
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, position - begin));
}

ClockReading CaptureClock::reading()
{
    std::lock_guard lock(m_mutex);
    update();
    const MonoTime now = m_clock.now();
    const std::int64_t utc = std::max<std::int64_t>(0, toMicros(now) + offsetAt(now).count());
    return {utcFromMicros(utc), m_runs.back().known, uncertaintyAt(now), m_runs.back().id};
}

std::vector<ClockRun> CaptureClock::runs()
{
    std::lock_guard lock(m_mutex);
    update();
    const MonoTime now = m_clock.now();
    m_runs.back().offset = offsetAt(now);
    m_runs.back().uncertainty = uncertaintyAt(now);
    return m_runs;
}

CaptureClock::Measurement CaptureClock::measure() const
{
    Measurement best;
    best.error = microseconds::max();
    for (int i = 0; i < kTries && best.error > kGoodBracket; ++i) {
        const MonoTime before = m_clock.now();
        const UtcTime utc = m_clock.utcNow();
        const MonoTime after = m_clock.now();
        const microseconds half = (after - before) / 2;
        if (half < best.error)
            best = {after, microseconds{toMicros(utc) - toMicros(before + half)}, half, {}};
    }
    best.sync = m_clock.sync();
    return best;
}

bool CaptureClock::trusted(const ClockSync &sync) const
{
    return sync.synchronized || m_trust == ClockTrust::Always || (m_trust == ClockTrust::Auto && m_keepsTime);
}

void CaptureClock::update()
{
    if (m_measured && m_clock.now() - *m_measured < kMeasureEvery)
        return;
    const Measurement m = measure();
    if (!m_runs.empty() && m.error > kUsableBracket)
        return;
    m_measured = m.at;
    m_kernelVouches = m.sync.synchronized;
    if (m_kernelVouches)
        m_disciplined = m.at;

    // Once known in this boot it stays known: a kernel that loses its servers drifts, it does not forget.
    const bool known = trusted(m.sync) || (!m_runs.empty() && m_runs.back().known);
    if (m_runs.empty() || known != m_runs.back().known) {
        beginRun(m, known);
    } else if (known) {
        const microseconds applied = offsetAt(m.at);
        if (magnitude(m.offset - applied) > kStep) {
            beginRun(m, known);
        } else {
            m_anchor = m.at;
            m_anchorOffset = applied;
            m_target = m.offset;
        }
    }
    if (m_kernelVouches)
        m_measureError = std::max(kFloor, m.sync.uncertainty) + m.error;
    else if (!m_disciplined)
        m_measureError = kFloor + kUnvouched + m.error;
}

void CaptureClock::beginRun(const Measurement &m, bool known)
{
    if (!m_runs.empty()) {
        m_runs.back().offset = offsetAt(m.at);
        m_runs.back().uncertainty = uncertaintyAt(m.at);
    }
    if (known) {
        for (ClockRun &run : m_runs) {
            if (run.known || run.corrected)
                continue;
            run.corrected = m.offset;
            // The crystal ran undisciplined from that run to now.
            run.uncertainty = std::max(kFloor, m.sync.uncertainty) + m.error + ppm(m.at - run.begin, kDriftPpm)
                + (m.sync.synchronized ? microseconds{0} : kUnvouched);
        }
    }
    if (m_runs.size() >= kMaxRuns)
        m_runs.erase(m_runs.begin());
    m_runs.push_back({randomRunId(), known, m.at, m.offset, std::nullopt, microseconds{0}});
    m_anchor = m.at;
    m_anchorOffset = m.offset;
    m_target = m.offset;
}

microseconds CaptureClock::offsetAt(MonoTime t) const
{
    if (t <= m_anchor)
        return m_anchorOffset;
    const microseconds most = ppm(t - m_anchor, kMaxSlewPpm);
    return m_anchorOffset + std::clamp(m_target - m_anchorOffset, -most, most);
}

microseconds CaptureClock::uncertaintyAt(MonoTime t) const
{
    microseconds sum = m_measureError + magnitude(m_target - offsetAt(t));
    if (m_disciplined && !m_kernelVouches && t > *m_disciplined)
        sum += ppm(t - *m_disciplined, kDriftPpm);
    return sum;
}

} // namespace vedette::agent
