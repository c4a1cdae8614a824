// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/media/sound_decoder.h"

#include <QObject>

#include <memory>

namespace vedette::app {

/// The loudspeaker. Sound is put in with the moment at which it is due; what comes too late to be heard with its picture is
/// left out, a hole is silence. At most kHeld is held; what goes beyond takes the place of the oldest and is counted. Without
/// a device everything goes by and problem() says why. Main thread, but for what is marked.
class SoundOutput final : public QObject {
    Q_OBJECT

public:
    static constexpr milliseconds kHeld{1'000};
    static constexpr milliseconds kTooLate{60}; ///< EBU R37: sound may lag its picture by 60 ms

    /// clock outlives it. No device is opened before the first sound.
    explicit SoundOutput(const Clock &clock, QObject *parent = nullptr);
    ~SoundOutput() override;

    /// Thread-safe.
    void put(const media::Sound &sound, MonoTime due);
    /// Thread-safe: nothing of what was put in is heard any more.
    void flush();
    void setMuted(bool muted);
    bool muted() const;
    /// 0 to 1, as loud as it is felt.
    void setVolume(double volume);
    double volume() const;
    /// Why nothing is heard, one sentence; empty: it is.
    const QString &problem() const;
    /// Thread-safe: samples that nobody heard because they came too late or too many.
    std::uint64_t dropped() const;

Q_SIGNALS:
    void problemChanged();

private:
    void open();
    void setProblem(const QString &problem);

    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::app
