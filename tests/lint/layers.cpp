// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/lint/layers.h"

namespace vedette::lint {
namespace {

QStringList words(const QString &text)
{
    return text.simplified().split(u' ', Qt::SkipEmptyParts);
}

} // namespace

const QStringList *Layers::allowedFor(const QString &folder) const
{
    for (QString pattern = folder;; pattern = pattern.section(u'/', 0, -2)) {
        const auto found = allowed.constFind(pattern == folder ? pattern : pattern + QStringLiteral("/*"));
        if (found != allowed.constEnd())
            return &*found;
        if (!pattern.contains(u'/'))
            return nullptr;
    }
}

bool Layers::mayInclude(const QString &folder, const QString &header) const
{
    const QString target = header.section(u'/', 0, -2);
    const QStringList *list = allowedFor(folder);
    return target == folder ||
           (list && (list->contains(QLatin1String("*")) || list->contains(target) || list->contains(header)));
}

Result<Layers> parseLayers(const QString &text)
{
    Layers layers;
    QHash<QString, QStringList> lists;
    const auto refuse = [](qsizetype line, const QString &why) {
        return fail(ErrorKind::InvalidInput, QStringLiteral("layers.txt:%1: %2").arg(line).arg(why));
    };
    const QStringList lines = text.split(u'\n');
    for (qsizetype i = 0; i < lines.size(); ++i) {
        const QString line = lines[i].section(u'#', 0, 0).trimmed();
        if (line.isEmpty())
            continue;
        const QChar separator = line.startsWith(u'@') ? u'=' : u':';
        if (!line.contains(separator))
            return refuse(i + 1, QStringLiteral("no '%1'").arg(separator));
        const QString head = line.section(separator, 0, 0).trimmed();
        QStringList values;
        for (const QString &word : words(line.section(separator, 1))) {
            if (word.startsWith(u'@') && !lists.contains(word))
                return refuse(i + 1, QStringLiteral("unknown list %1").arg(word));
            values += word.startsWith(u'@') ? lists.value(word) : QStringList{word};
        }
        if (head.startsWith(u'@')) {
            lists.insert(head, values);
        } else if (head == QLatin1String("no-pixels")) {
            layers.noPixels = values;
        } else if (head.startsWith(QLatin1String("home "))) {
            layers.homes.append({words(head).mid(1), values});
        } else {
            if (layers.allowed.contains(head) || head.contains(u' '))
                return refuse(i + 1, QStringLiteral("\"%1\" is said twice or is no folder").arg(head));
            layers.allowed.insert(head, values);
        }
    }
    return layers;
}

} // namespace vedette::lint
