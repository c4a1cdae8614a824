// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/sound_output.h"

#include "app/recordings/sound_queue.h"

#include <QAudioDevice>
#include <QAudioSink>
#include <QIODevice>
#include <QMediaDevices>
#include <QtMath>

#include <atomic>

namespace vedette::app {

namespace {

/// What a device asks for, taken from the queue; called on the device's own thread.
class QueueReader final : public QIODevice {
public:
    QueueReader(SoundQueue &queue, const Clock &clock) : m_queue(queue), m_clock(clock) { open(QIODevice::ReadOnly); }

    bool isSequential() const override { return true; }
    qint64 bytesAvailable() const override { return QIODevice::bytesAvailable() + kAlways; }
    /// What lies in the device's buffer before that which is read next.
    void setDelay(microseconds delay) { m_delay = delay.count(); }

protected:
    qint64 readData(char *data, qint64 most) override
    {
        constexpr qint64 kFrame = qint64{sizeof(std::int16_t)} * media::Sound::kChannels;
        const qint64 bytes = most / kFrame * kFrame;
        m_queue.take({reinterpret_cast<std::int16_t *>(data), std::size_t(bytes) / sizeof(std::int16_t)}, m_clock.now() + microseconds{m_delay.load()});
        return bytes;
    }
    qint64 writeData(const char *, qint64) override { return -1; }

private:
    static constexpr qint64 kAlways = 1 << 16; // there is always silence
    SoundQueue &m_queue;
    const Clock &m_clock;
    std::atomic<std::int64_t> m_delay{0};
};

} // namespace

struct SoundOutput::Private {
    explicit Private(const Clock &clock) : reader(queue, clock) {}

    SoundQueue queue{kHeld, kTooLate};
    QueueReader reader;
    std::unique_ptr<QAudioSink> sink; // before the reader goes
    QString problem;
    std::atomic<bool> asked{false};
    bool muted = false;
    double volume = 1;

    void applyVolume()
    {
        if (sink)
            sink->setVolume(muted ? 0.0 : QAudio::convertVolume(volume, QAudio::LogarithmicVolumeScale, QAudio::LinearVolumeScale));
    }
};

SoundOutput::SoundOutput(const Clock &clock, QObject *parent) : QObject(parent), d(std::make_unique<Private>(clock)) {}

SoundOutput::~SoundOutput()
{
    if (d->sink)
        d->sink->stop();
}

void SoundOutput::open()
{
    constexpr milliseconds kBuffer{80}; // what a busy machine is late by, and no more: it is also the delay
    QAudioFormat format;
    format.setSampleRate(media::Sound::kRate);
    format.setChannelCount(media::Sound::kChannels);
    format.setSampleFormat(QAudioFormat::Int16);
    const QAudioDevice device = QMediaDevices::defaultAudioOutput();
    QString problem;
    if (device.isNull())
        problem = tr("This computer has no sound device.");
    else if (!device.isFormatSupported(format))
        problem = tr("The sound device %1 does not take stereo of 48 kHz.").arg(device.description());
    if (problem.isEmpty()) {
        d->sink = std::make_unique<QAudioSink>(device, format);
        d->sink->setBufferSize(format.bytesForDuration(microseconds(kBuffer).count()));
        connect(d->sink.get(), &QAudioSink::stateChanged, this, [this](QAudio::State state) {
            if (state == QAudio::StoppedState && d->sink && d->sink->error() != QAudio::NoError)
                setProblem(tr("The sound device has failed."));
        });
        d->reader.setDelay(microseconds(kBuffer));
        d->applyVolume();
        d->sink->start(&d->reader);
        if (d->sink->error() != QAudio::NoError)
            problem = tr("The sound device %1 does not open.").arg(device.description());
    }
    setProblem(problem);
}

void SoundOutput::setProblem(const QString &problem)
{
    if (problem == d->problem)
        return;
    d->problem = problem;
    Q_EMIT problemChanged();
}

void SoundOutput::put(const media::Sound &sound, MonoTime due)
{
    if (!d->asked.exchange(true))
        QMetaObject::invokeMethod(this, &SoundOutput::open, Qt::QueuedConnection);
    d->queue.put(sound, due);
}

void SoundOutput::flush()
{
    d->queue.clear();
}

void SoundOutput::setMuted(bool muted)
{
    d->muted = muted;
    d->applyVolume();
}

bool SoundOutput::muted() const
{
    return d->muted;
}

void SoundOutput::setVolume(double volume)
{
    d->volume = std::clamp(volume, 0.0, 1.0);
    d->applyVolume();
}

double SoundOutput::volume() const
{
    return d->volume;
}

const QString &SoundOutput::problem() const
{
    return d->problem;
}

std::uint64_t SoundOutput::dropped() const
{
    return d->queue.dropped();
}

} // namespace vedette::app
