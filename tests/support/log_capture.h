// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <mutex>

namespace vedette::test {

/// What is logged while it lives, from all threads, beside what the handler before it does. One at a time.
class LogCapture {
public:
    LogCapture() : m_before(qInstallMessageHandler(&LogCapture::take)) { lines().clear(); }
    ~LogCapture() { qInstallMessageHandler(m_before); }
    LogCapture(const LogCapture &) = delete;
    LogCapture &operator=(const LogCapture &) = delete;

    int count(const QString &part) const
    {
        std::lock_guard lock(mutex());
        return static_cast<int>(lines().filter(part).size());
    }

private:
    static std::mutex &mutex()
    {
        static std::mutex guard;
        return guard;
    }
    static QStringList &lines()
    {
        static QStringList all;
        return all;
    }
    static void take(QtMsgType, const QMessageLogContext &, const QString &text)
    {
        std::lock_guard lock(mutex());
        lines().append(text);
    }

    const QtMessageHandler m_before;
};

} // namespace vedette::test
