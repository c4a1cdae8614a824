// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLoggingCategory>
#include <QStringView>

#include <cstdint>
#include <optional>

namespace vedette {

/// Text: "LEVEL category: text". Json: one object a line, time in UTC. Auto: text on a terminal, JSON otherwise.
enum class LogFormat : std::uint8_t { Auto, Text, Json };

/// Installs the one Qt message handler of the process: every line passes redact() and goes to stderr. Where that is
/// systemd's journal ($JOURNAL_STREAM, systemd.exec(5)) lines begin with their priority as in sd-daemon(3). Nobody waits for a
/// reader of them: lines without room are lost, and counted in the next one. Call first in main().
void installLogging();
/// Thread-safe.
void setLogFormat(LogFormat format);
/// "auto", "text", "json".
std::optional<LogFormat> logFormatFromString(QStringView word);

} // namespace vedette
