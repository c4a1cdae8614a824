// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

namespace vedette::agent {

/// The error of a layer below without the NAME that it begins with, for a sentence that names the thing already.
inline Error withoutName(Error error, const QString &name)
{
    if (error.cause && error.detail == name)
        return *error.cause;
    const QString prefix = name + QStringLiteral(": ");
    if (error.detail.startsWith(prefix))
        error.detail.remove(0, prefix.size());
    return error;
}

} // namespace vedette::agent
