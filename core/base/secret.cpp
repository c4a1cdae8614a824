// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/secret.h"

#include <QRegularExpression>

namespace vedette {

QString redact(const QString &text)
{
    // A password may itself hold '@' or ':'; the host is what follows the last '@' before the path.
    static const QRegularExpression userPart(QStringLiteral(R"(([a-zA-Z][a-zA-Z0-9+.-]*://)[^\s/?#]*@)"));
    static const QRegularExpression parameter(
        QStringLiteral(R"(([?&](?:token|key|secret|pass|password|passphrase|user)=)[^&\s#'"]*)"),
        QRegularExpression::CaseInsensitiveOption);
    QString out = text;
    out.replace(userPart, QStringLiteral("\\1…@"));
    out.replace(parameter, QStringLiteral("\\1…"));
    return out;
}

} // namespace vedette
