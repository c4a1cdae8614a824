// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/capture/local_camera.h"
#include "edge-agent/capture/v4l2_camera.h"

#include <QJsonObject>

#include <optional>

namespace vedette::agent {

/// What "vedette-agent probe" found on this machine. Value; text and JSON are made from it alone.
struct ProbeReport {
    struct Libcamera {
        bool built = true;            ///< this build has source libcamera
        QString reason;               ///< why it lists nothing; else empty
        QList<LocalCamera> cameras;   ///< as device counts them
    };
    /// As rpicam-vid lists it.
    struct RpicamCamera {
        int number = 0;
        QString model;
        QString id;
        QString detail;               ///< "4608x2592 10-bit RGGB"
        bool operator==(const RpicamCamera &) const = default;
    };
    struct Rpicam {
        QString program;              ///< empty: there is none
        QString reason;               ///< why it lists nothing; else empty
        QList<RpicamCamera> cameras;
    };
    struct V4l2 {
        V4l2Camera camera;            ///< only the path where it could not even be asked
        bool usable = false;          ///< by source v4l2
        std::optional<Error> error;   ///< why not
    };
    struct Encoder {
        QString name;
        QString reason;               ///< why it does not work; empty: it does
    };
    struct ClockState {
        bool synchronized = false;    ///< the kernel says so
        microseconds uncertainty{0};  ///< then
        bool batteryClock = false;
        bool hypervisor = false;
    };

    QString user;                     ///< who runs it
    Libcamera libcamera;
    Rpicam rpicam;
    QList<V4l2> v4l2;
    QList<Encoder> encoders;
    std::optional<Error> senseHat;    ///< why there is none; empty: it answers
    ClockState clock;
    bool overdue = false;             ///< something never answered

    /// A camera and an encoder that the agent can use.
    bool usable() const;
    /// What is wrong where something is missing, a sentence with its remedy each.
    QStringList problems() const;
    /// Aligned lines for people, with a line feed at the end.
    QString text() const;
    /// docs/api.md
    QJsonObject json() const;
};

/// The cameras in the output of rpicam-vid --list-cameras.
QList<ProbeReport::RpicamCamera> parseRpicamList(const QString &text);

} // namespace vedette::agent
