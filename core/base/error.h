// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <cstdint>
#include <memory>

namespace vedette {

/// What went wrong, as far as a caller can act on it. Closed list: retry, HTTP status and the
/// operator's sentence depend on the kind alone.
enum class ErrorKind : std::uint8_t {
    InvalidInput, ///< the caller's data is wrong; the same call can never succeed
    NotFound,
    Denied,       ///< credentials missing, wrong or not sufficient
    Unavailable,  ///< the other side does not answer or is not ready; later may succeed
    Timeout,
    Corrupt,      ///< data from disk or the network breaks its format
    Unsupported,  ///< well formed, but this build or machine cannot do it
    Cancelled,    ///< stopped on request; never shown as a fault
    Internal,     ///< a bug of ours
};

/// Kind as a stable lower-case word for JSON and logs, for example "invalid_input".
QString toString(ErrorKind kind);

/// A recoverable failure. Value type; reentrant. The detail is English, for logs and the
/// "Details" fold, and never holds a secret.
struct Error {
    ErrorKind kind = ErrorKind::Internal;
    QString detail;
    std::shared_ptr<const Error> cause;

    /// The same failure seen one level higher: "detail: cause".
    Error wrap(const QString &context) const;
    /// Whole chain in one line.
    QString text() const;
};

} // namespace vedette
