// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <tl/expected.hpp>

namespace vedette {

/// Outcome of everything recoverable. One alias, so that std::expected can replace it.
template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

/// The failure branch: return fail(ErrorKind::NotFound, QStringLiteral("no camera gate"));
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorKind kind, const QString &detail)
{
    return tl::unexpected<Error>(Error{kind, detail, nullptr});
}
[[nodiscard]] inline tl::unexpected<Error> fail(Error error)
{
    return tl::unexpected<Error>(std::move(error));
}

} // namespace vedette
