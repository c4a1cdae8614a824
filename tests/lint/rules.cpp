// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/lint/rules.h"

#include <QDir>
#include <QRegularExpression>
#include <QSet>

#include <algorithm>

namespace vedette::lint {
namespace {

constexpr QLatin1String kSpdx("// SPDX-License-Identifier: GPL-3.0-or-later");

QString at(const Source &source, int line, const QString &sentence)
{
    return QStringLiteral("%1:%2: %3").arg(source.path).arg(line).arg(sentence);
}

bool isBelow(const QString &folder, const QStringList &tops)
{
    return std::any_of(tops.begin(), tops.end(),
                       [&folder](const QString &top) { return folder == top || folder.startsWith(top + u'/'); });
}

/// Lines of code that match, with what was found.
Findings grep(const Source &source, const QRegularExpression &pattern, const QString &sentence)
{
    Findings out;
    for (auto matches = pattern.globalMatch(source.code); matches.hasNext();) {
        const auto match = matches.next();
        const int line = static_cast<int>(QStringView(source.code).first(match.capturedStart()).count(u'\n')) + 1;
        out.append(at(source, line, sentence.arg(match.captured().simplified())));
    }
    return out;
}

using Graph = QMap<QString, QStringList>;

/// One circle for each edge that closes one, as "a → b → a".
QStringList circles(const Graph &graph)
{
    enum class Mark { New, Open, Done };
    QHash<QString, Mark> marks;
    QStringList trail;
    QStringList out;
    const auto visit = [&](const auto &self, const QString &node) -> void {
        marks[node] = Mark::Open;
        trail.append(node);
        for (const QString &next : graph.value(node)) {
            if (marks.value(next, Mark::New) == Mark::Open)
                out.append((trail.mid(trail.indexOf(next)) << next).join(QStringLiteral(" → ")));
            else if (marks.value(next, Mark::New) == Mark::New)
                self(self, next);
        }
        trail.removeLast();
        marks[node] = Mark::Done;
    };
    for (const QString &node : graph.keys()) {
        if (marks.value(node, Mark::New) == Mark::New)
            visit(visit, node);
    }
    return out;
}

bool pageNamesAFile(const Tree &tree, const QString &page, const QString &word)
{
    const QString fromRoot = QDir::cleanPath(word);
    const QString folder = page.contains(u'/') ? page.section(u'/', 0, -2) + u'/' : QString();
    const QString fromPage = QDir::cleanPath(folder + word);
    if (tree.exists(fromRoot) || tree.exists(fromPage))
        return true;
    // "app/widgets/theme" names theme.h and theme.cpp.
    return std::any_of(tree.paths.begin(), tree.paths.end(), [&](const QString &path) {
        return path.startsWith(fromRoot + u'.') || path.startsWith(fromPage + u'.');
    });
}

} // namespace

Findings checkLayers(const Tree &tree, const Layers &layers)
{
    Findings out;
    for (const Source &source : tree.sources) {
        if (!layers.allowedFor(source.folder())) {
            out.append(at(source, 1, QStringLiteral("the folder is not in tests/lint/layers.txt")));
            continue;
        }
        for (const Include &include : source.includes) {
            const bool made = include.header.endsWith(QLatin1String(".moc")) ||
                              include.header.startsWith(QLatin1String("moc_")) ||
                              include.header.startsWith(QLatin1String("ui_"));
            if (include.quoted && !made && !tree.sources.contains(include.header))
                out.append(at(source, include.line,
                              QStringLiteral("\"%1\" is no file; name it from the root").arg(include.header)));
            else if (!include.quoted && tree.sources.contains(include.header))
                out.append(
                    at(source, include.line, QStringLiteral("<%1> is ours; write it in quotes").arg(include.header)));
            else if (include.quoted && !made && !layers.mayInclude(source.folder(), include.header))
                out.append(at(source, include.line,
                              QStringLiteral("%1 may not include %2").arg(source.folder(), include.header)));
        }
    }
    return out;
}

Findings checkTable(const Tree &tree, const Layers &layers)
{
    Findings out;
    QStringList named = layers.noPixels;
    for (auto line = layers.allowed.constBegin(); line != layers.allowed.constEnd(); ++line)
        named += QStringList{line.key()} + line.value();
    for (const Layers::Home &home : layers.homes)
        named += home.folders;
    named.removeDuplicates();
    named.sort();
    for (QString name : std::as_const(named)) {
        if (name.endsWith(QLatin1String("/*")))
            name.chop(2);
        if (name != QLatin1String("*") && !tree.exists(name))
            out.append(QStringLiteral("tests/lint/layers.txt: %1 does not exist").arg(name));
    }
    return out;
}

Findings checkCycles(const Tree &tree)
{
    Graph files;
    Graph folders;
    for (const Source &source : tree.sources) {
        for (const Include &include : source.includes) {
            if (!include.quoted || !tree.sources.contains(include.header))
                continue;
            files[source.path].append(include.header);
            const QString target = include.header.section(u'/', 0, -2);
            if (target != source.folder() && !source.isTest() && !folders[source.folder()].contains(target))
                folders[source.folder()].append(target);
        }
    }
    Findings out;
    for (const QString &circle : circles(files))
        out.append(QStringLiteral("files include each other: ") + circle);
    for (const QString &circle : circles(folders))
        out.append(QStringLiteral("folders include each other: ") + circle);
    return out;
}

Findings checkHomes(const Tree &tree, const Layers &layers)
{
    Findings out;
    for (const Source &source : tree.sources) {
        if (source.isTest())
            continue;
        for (const Include &include : source.includes) {
            // <QtNetwork/QNetworkReply> is QNetworkReply, too.
            const QString bare =
                include.header.startsWith(QLatin1String("Qt")) ? include.header.section(u'/', -1) : include.header;
            for (const Layers::Home &home : layers.homes) {
                const bool its = std::any_of(home.headers.begin(), home.headers.end(), [&](const QString &begin) {
                    return include.header.startsWith(begin) || bare.startsWith(begin);
                });
                if (its && !include.quoted && !home.folders.contains(source.folder()))
                    out.append(at(source, include.line,
                                  QStringLiteral("<%1> belongs only to %2")
                                      .arg(include.header, home.folders.join(QStringLiteral(", ")))));
            }
        }
    }
    return out;
}

Findings checkPixels(const Tree &tree, const Layers &layers, const QStringList &pixelHeaders)
{
    static const QRegularExpression module(
        QStringLiteral("^Qt(Gui|Widgets|OpenGL|OpenGLWidgets|PrintSupport|Svg|SvgWidgets|Quick|Qml)(/|$)"));
    const QSet<QString> pixels(pixelHeaders.begin(), pixelHeaders.end());
    Findings out;
    for (const Source &source : tree.sources) {
        if (!isBelow(source.folder(), layers.noPixels))
            continue;
        for (const Include &include : source.includes) {
            if (module.match(include.header).hasMatch() || pixels.contains(include.header))
                out.append(
                    at(source, include.line, QStringLiteral("<%1> paints; pixels belong to app/").arg(include.header)));
        }
    }
    return out;
}

Findings checkShape(const Tree &tree)
{
    Findings out;
    for (const Source &source : tree.sources) {
        if (!source.text.startsWith(kSpdx + u'\n'))
            out.append(at(source, 1, QStringLiteral("the first line must be \"%1\"").arg(kSpdx)));
        if (source.isHeader()) {
            if (source.text.section(u'\n', 1, 1) != QLatin1String("#pragma once"))
                out.append(at(source, 2, QStringLiteral("the second line of a header must be \"#pragma once\"")));
            continue;
        }
        const QString own = source.path.chopped(4) + QStringLiteral(".h");
        if (tree.sources.contains(own) && (source.includes.isEmpty() || source.includes.first().header != own))
            out.append(at(source, 1, QStringLiteral("the first include must be \"%1\"").arg(own)));
    }
    return out;
}

Findings checkSleeps(const Tree &tree)
{
    static const QRegularExpression sleeps(
        QStringLiteral("\\b(qWait|qSleep|sleep_for|sleep_until|usleep|nanosleep|msleep|sleep)\\s*\\("));
    Findings out;
    for (const Source &source : tree.sources) {
        if (source.isTest())
            out += grep(source, sleeps, QStringLiteral("%1…) sleeps; wait for a condition with a deadline"));
    }
    return out;
}

Findings checkThreads(const Tree &tree)
{
    static const QRegularExpression threads(QStringLiteral(
        "\\b(std::j?thread\\b(?!::)|std::async\\b|QThread\\b(?!::)|QThreadPool\\b|pthread_create\\b|QtConcurrent\\b)"));
    Findings out;
    for (const Source &source : tree.sources) {
        if (!source.isTest() && source.folder() != QLatin1String("core/base"))
            out += grep(source, threads, QStringLiteral("%1: threads are made only by core/base/worker.h"));
    }
    return out;
}

Findings checkNames(const Tree &tree)
{
    static const QRegularExpression code(QStringLiteral("^[a-z0-9]+(_[a-z0-9]+)*\\.(cpp|h|py|sh|cmake|txt|qrc|qss)$"));
    static const QRegularExpression folder(QStringLiteral("^[a-z0-9]+([_-][a-z0-9]+)*$"));
    Findings out;
    for (const QString &path : tree.paths) {
        const QString name = path.section(u'/', -1);
        const bool isCode = QRegularExpression(QStringLiteral("\\.(cpp|cc|cxx|h|hpp|py|sh)$")).match(name).hasMatch();
        if (path.contains(u'/') && isCode && !code.match(name).hasMatch())
            out.append(QStringLiteral("%1: the name is not snake_case").arg(path));
        if (!name.contains(u'.') && path.contains(u'/') && !folder.match(name).hasMatch() && name != name.toUpper())
            out.append(QStringLiteral("%1: the name is not in lower case").arg(path));
    }
    return out;
}

Findings checkPages(const Tree &tree)
{
    static const QRegularExpression quoted(QStringLiteral("`([A-Za-z0-9_.+-]+(?:/[A-Za-z0-9_.+-]+)+/?)`"));
    static const QRegularExpression link(QStringLiteral("\\]\\(([^)#\\s]+)[^)]*\\)"));
    static const QRegularExpression ours(
        QStringLiteral("^(app|core|docs|edge-agent|installer|resources|scripts|tests|translations)/"));
    Findings out;
    for (auto page = tree.pages.constBegin(); page != tree.pages.constEnd(); ++page) {
        QStringList words;
        for (auto matches = quoted.globalMatch(page.value()); matches.hasNext();) {
            if (const QString word = matches.next().captured(1); ours.match(word).hasMatch())
                words.append(word);
        }
        for (auto matches = link.globalMatch(page.value()); matches.hasNext();) {
            if (const QString word = matches.next().captured(1); !word.contains(u':'))
                words.append(word);
        }
        words.removeDuplicates();
        for (const QString &word : words) {
            if (!pageNamesAFile(tree, page.key(), word))
                out.append(QStringLiteral("%1: names %2, which does not exist").arg(page.key(), word));
        }
    }
    return out;
}

} // namespace vedette::lint
