// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"

namespace vedette {

QString toString(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::InvalidInput: return QStringLiteral("invalid_input");
    case ErrorKind::NotFound: return QStringLiteral("not_found");
    case ErrorKind::Denied: return QStringLiteral("denied");
    case ErrorKind::Unavailable: return QStringLiteral("unavailable");
    case ErrorKind::Timeout: return QStringLiteral("timeout");
    case ErrorKind::Corrupt: return QStringLiteral("corrupt");
    case ErrorKind::Unsupported: return QStringLiteral("unsupported");
    case ErrorKind::Cancelled: return QStringLiteral("cancelled");
    case ErrorKind::Internal: return QStringLiteral("internal");
    }
    return QStringLiteral("internal");
}

Error Error::wrap(const QString &context) const
{
    return {kind, context, std::make_shared<const Error>(*this)};
}

QString Error::text() const
{
    return cause ? detail + QStringLiteral(": ") + cause->text() : detail;
}

} // namespace vedette
