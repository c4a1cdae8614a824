// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/ids.h"

#include "core/base/secret.h"

#include <algorithm>

namespace vedette::protocol {
namespace {

constexpr qsizetype kMaxIdLength = 32;

bool isLetterOrDigit(QChar c)
{
    return (c >= u'a' && c <= u'z') || (c >= u'0' && c <= u'9');
}

} // namespace

bool isValidId(QStringView id)
{
    if (id.isEmpty() || id.size() > kMaxIdLength || !isLetterOrDigit(id.front()))
        return false;
    return std::all_of(id.begin(), id.end(), [](QChar c) { return isLetterOrDigit(c) || c == u'-'; });
}

Status checkId(const QString &id)
{
    if (isValidId(id))
        return {};
    const QString shown = redact(id.left(2 * kMaxIdLength)).simplified();
    if (id.isEmpty())
        return fail(ErrorKind::InvalidInput, QStringLiteral("the id is empty; use 1 to 32 of a-z, 0-9 and '-'"));
    if (id.size() > kMaxIdLength)
        return fail(
            ErrorKind::InvalidInput,
            QStringLiteral("the id \"%1\" has %2 characters; at most 32 are allowed").arg(shown).arg(id.size()));
    if (id.front() == u'-')
        return fail(ErrorKind::InvalidInput,
                    QStringLiteral("the id \"%1\" begins with '-'; begin with a letter or a digit").arg(shown));
    return fail(ErrorKind::InvalidInput, QStringLiteral("the id \"%1\" may hold only a-z, 0-9 and '-'").arg(shown));
}

} // namespace vedette::protocol
