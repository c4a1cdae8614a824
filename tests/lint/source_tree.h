// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QList>
#include <QMap>
#include <QString>
#include <QStringList>

namespace vedette::lint {

struct Include {
    QString header; ///< as written
    bool quoted = false;
    int line = 0;
};

/// One C++ file; its path is relative to the root of the repository.
struct Source {
    QString path;
    QString text;
    QString code; ///< text without comments and the insides of literals, same lines
    QList<Include> includes;

    QString folder() const { return path.section(u'/', 0, -2); }
    QString name() const { return path.section(u'/', -1); }
    bool isHeader() const { return path.endsWith(QLatin1String(".h")); }
    bool isTest() const { return path.startsWith(QLatin1String("tests/")); }
};
Source makeSource(const QString &path, const QString &text);

/// What the rules look at. Built from disk or, to test the rules, by hand.
struct Tree {
    QMap<QString, Source> sources; ///< by path
    QMap<QString, QString> pages;  ///< ARCHITECTURE.md and every README.md: path → text
    QStringList paths;             ///< every file and folder, sorted

    bool exists(const QString &path) const;
};
Tree readTree(const QString &root);
/// The header names of QtGui and QtWidgets as installed ("QImage", …), read from Qt's include folder.
QStringList readPixelHeaders(const QString &qtIncludeFolder);

} // namespace vedette::lint
