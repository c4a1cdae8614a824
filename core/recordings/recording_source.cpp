// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/recording_source.h"

namespace vedette::recordings {

QString toString(RecordingSource::Kind kind)
{
    switch (kind) {
    case RecordingSource::Kind::Folder: return QStringLiteral("folder");
    case RecordingSource::Kind::Agent: return QStringLiteral("agent");
    case RecordingSource::Kind::Relay: return QStringLiteral("relay");
    case RecordingSource::Kind::Store: return QStringLiteral("store");
    }
    return {};
}

} // namespace vedette::recordings
