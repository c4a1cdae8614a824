// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/widgets/error_text.h"

#include <QCoreApplication>

namespace vedette::app {

QString errorSentence(ErrorKind kind, const QString &subject)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("ErrorText", text); };
    switch (kind) {
    case ErrorKind::InvalidInput: return tr("%1 refused the request. Check the address.").arg(subject);
    case ErrorKind::NotFound: return tr("%1 does not have this picture.").arg(subject);
    case ErrorKind::Denied: return tr("%1 refused the user name or password.").arg(subject);
    case ErrorKind::Unavailable: return tr("%1 does not answer.").arg(subject);
    case ErrorKind::Timeout: return tr("%1 answers too slowly or sends nothing.").arg(subject);
    case ErrorKind::Corrupt: return tr("%1 answered with something else than video. Check the address.").arg(subject);
    case ErrorKind::Unsupported: return tr("%1 sends video that this computer cannot show.").arg(subject);
    case ErrorKind::Cancelled: return tr("%1 was stopped.").arg(subject);
    case ErrorKind::Internal: break;
    }
    return tr("%1 failed for a reason inside this program. See the log.").arg(subject);
}

} // namespace vedette::app
