// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/edge-agent/live_fixture.h"

#include <QFile>
#include <QTemporaryDir>

namespace vedette::test {

/// Puts the fake rpicam-vid (tests/support/fake_rpicam_main.cpp) before everything else on PATH while it lives, with a clip
/// of real H.264.
class FakeRpicam {
public:
    explicit FakeRpicam(int pictures = 25)
    {
        PacketMaker maker(320, 240, 5);
        QFile file(m_dir.filePath(QStringLiteral("clip")));
        if (!file.open(QIODevice::WriteOnly))
            qFatal("no temporary folder");
        for (int i = 0; i < pictures; ++i) {
            packets.push_back(maker.next());
            const auto size = static_cast<std::uint32_t>(packets.back()->data.size());
            file.write(reinterpret_cast<const char *>(&size), sizeof size);
            file.write(reinterpret_cast<const char *>(packets.back()->data.data()), size);
        }
        qputenv("PATH", TEST_TOOLS_DIR "/rpicam:" + m_path);
        qputenv("FAKE_RPICAM_CLIP", file.fileName().toLocal8Bit());
        qputenv("FAKE_RPICAM_ARGV", argvFile().toLocal8Bit());
        does("");
    }
    ~FakeRpicam()
    {
        qputenv("PATH", m_path);
        for (const char *name : {"FAKE_RPICAM", "FAKE_RPICAM_CLIP", "FAKE_RPICAM_ARGV", "FAKE_RPICAM_OLD"})
            qunsetenv(name);
    }
    FakeRpicam(const FakeRpicam &) = delete;
    FakeRpicam &operator=(const FakeRpicam &) = delete;

    /// The words at the top of fake_rpicam_main.cpp; from the next start on.
    static void does(const QByteArray &what) { qputenv("FAKE_RPICAM", what); }
    QStringList arguments() const
    {
        QFile file(argvFile());
        return file.open(QIODevice::ReadOnly) ? QString::fromLocal8Bit(file.readAll()).split(u'\n', Qt::SkipEmptyParts) : QStringList();
    }

    static settings::CameraSettings camera()
    {
        settings::CameraSettings made = testCamera(QStringLiteral("yard"));
        made.source = QStringLiteral("rpicam");
        made.profile = QStringLiteral("high");
        made.sub.enabled = false;
        return made;
    }

    std::vector<media::PacketPtr> packets;

private:
    QString argvFile() const { return m_dir.filePath(QStringLiteral("argv")); }
    QTemporaryDir m_dir;
    const QByteArray m_path = qgetenv("PATH");
};

} // namespace vedette::test
