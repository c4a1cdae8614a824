// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/lint/source_tree.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>

#include <algorithm>

namespace vedette::lint {
namespace {

constexpr QLatin1String kTops[] = {
    QLatin1String("app"),        QLatin1String("core"),         QLatin1String("docs"),
    QLatin1String("edge-agent"), QLatin1String("installer"),    QLatin1String("resources"),
    QLatin1String("scripts"),    QLatin1String("translations"), QLatin1String("tests")};

QString readText(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

/// The end of a literal that begins at i with its quote; raw strings are left to the caller.
qsizetype literalEnd(const QString &text, qsizetype i)
{
    const QChar quote = text[i];
    for (++i; i < text.size() && text[i] != quote && text[i] != u'\n'; ++i) {
        if (text[i] == u'\\')
            ++i;
    }
    return std::min(i, text.size());
}

bool isDigitSeparator(const QString &text, qsizetype i)
{
    return text[i] == u'\'' && i > 0 && text[i - 1].isLetterOrNumber();
}

/// Comments and the insides of literals become blanks; new lines stay.
QString codeOnly(const QString &text)
{
    static const QRegularExpression raw(QStringLiteral("R\"([^(\\s]{0,16})\\("));
    QString out = text;
    const auto blank = [&out](qsizetype from, qsizetype to) {
        for (qsizetype i = from; i < to && i < out.size(); ++i) {
            if (out[i] != u'\n')
                out[i] = u' ';
        }
    };
    for (qsizetype i = 0; i < text.size(); ++i) {
        qsizetype end = i;
        if (text[i] == u'/' && i + 1 < text.size() && text[i + 1] == u'/') {
            end = text.indexOf(u'\n', i);
        } else if (text[i] == u'/' && i + 1 < text.size() && text[i + 1] == u'*') {
            end = text.indexOf(QLatin1String("*/"), i + 2);
            end = end < 0 ? end : end + 2;
        } else if (text[i] == u'R' && i + 1 < text.size() && text[i + 1] == u'"') {
            const auto match =
                raw.match(text, i, QRegularExpression::NormalMatch, QRegularExpression::AnchorAtOffsetMatchOption);
            if (!match.hasMatch())
                continue;
            end = text.indexOf(u')' + match.captured(1) + u'"', i);
        } else if (text[i] == u'"' || (text[i] == u'\'' && !isDigitSeparator(text, i))) {
            end = literalEnd(text, i);
        } else {
            continue;
        }
        if (end < 0)
            end = text.size();
        blank(i, end);
        i = end;
    }
    return out;
}

} // namespace

Source makeSource(const QString &path, const QString &text)
{
    static const QRegularExpression include(QStringLiteral("^[ \\t]*#[ \\t]*include[ \\t]*([<\"])([^>\"\\n]+)[>\"]"),
                                            QRegularExpression::MultilineOption);
    Source source{path, text, codeOnly(text), {}};
    for (auto matches = include.globalMatch(text); matches.hasNext();) {
        const auto match = matches.next();
        const int line = static_cast<int>(QStringView(text).first(match.capturedStart(1)).count(u'\n')) + 1;
        source.includes.append({match.captured(2), match.captured(1) == QLatin1String("\""), line});
    }
    return source;
}

bool Tree::exists(const QString &path) const
{
    return std::binary_search(paths.begin(), paths.end(), path);
}

Tree readTree(const QString &root)
{
    Tree tree;
    const QDir dir(root);
    const auto take = [&](const QString &absolute) {
        const QString path = dir.relativeFilePath(absolute);
        tree.paths.append(path);
        if (path.endsWith(QLatin1String(".cpp")) || path.endsWith(QLatin1String(".h")))
            tree.sources.insert(path, makeSource(path, readText(absolute)));
        else if (path.endsWith(QLatin1String("README.md")) || path == QLatin1String("ARCHITECTURE.md"))
            tree.pages.insert(path, readText(absolute));
    };
    for (const QFileInfo &file : dir.entryInfoList(QDir::Files | QDir::Hidden))
        take(file.filePath());
    for (const QLatin1String top : kTops) {
        if (!dir.exists(top))
            continue;
        tree.paths.append(top);
        for (QDirIterator entries(dir.filePath(top), QDir::AllEntries | QDir::NoDotAndDotDot,
                                  QDirIterator::Subdirectories);
             entries.hasNext();) {
            const QString path = entries.next();
            if (!path.contains(QLatin1String("/__pycache__")))
                take(path);
        }
    }
    tree.paths.sort();
    return tree;
}

QStringList readPixelHeaders(const QString &qtIncludeFolder)
{
    QStringList names;
    for (const auto *module :
         {"QtGui", "QtWidgets", "QtOpenGL", "QtOpenGLWidgets", "QtPrintSupport", "QtSvg", "QtSvgWidgets"})
        names += QDir(qtIncludeFolder + u'/' + QLatin1String(module)).entryList(QDir::Files);
    return names;
}

} // namespace vedette::lint
