// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/settings/agent_settings.h"

#include <QFile>
#include <QTemporaryDir>

namespace vedette::test {

using Environment = QHash<QString, QString>;

inline Environment one(const char *name, const char *value)
{
    return {{QString::fromUtf8(name), QString::fromUtf8(value)}};
}

/// A folder with a settings file that a test writes and loads.
class SettingsFolder {
protected:
    QTemporaryDir m_dir;

    QString path(const char *name = "agent.toml") const { return m_dir.filePath(QString::fromLatin1(name)); }
    settings::LoadResult load(const QByteArray &toml, const Environment &environment = {})
    {
        QFile file(path());
        if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(toml) != toml.size())
            qFatal("cannot write the settings file of the test");
        file.close();
        return settings::loadAgentSettings(path(), environment);
    }
    static QString texts(const settings::LoadResult &result)
    {
        QStringList all;
        for (const settings::Problem &problem : result.problems)
            all.append(problem.text());
        return all.join(u'\n');
    }
};

} // namespace vedette::test
