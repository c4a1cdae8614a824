// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/secret.h"

#include <QRegularExpression>

#include <QStringView>

#include <algorithm>

namespace vedette {
namespace {

bool isSchemeCharacter(QChar c)
{
    return c.unicode() < 128 && (c.isLetterOrNumber() || c == u'+' || c == u'-' || c == u'.');
}

/// "554" before a path is a port; anything else after the first ':' is taken for a password.
bool isPort(QStringView text)
{
    return !text.isEmpty() && text.size() <= 5 &&
           std::all_of(text.begin(), text.end(), [](QChar c) { return c >= u'0' && c <= u'9'; });
}

/// Where the user part that begins at begin ends (the index of its '@'), or -1. A password may hold '@', ':' and,
/// wrongly, '/', '?' and '#': what looks like one hides everything up to the last '@' of the word.
qsizetype userPartEnd(QStringView word, qsizetype begin, qsizetype lastAt)
{
    if (lastAt < begin)
        return -1;
    qsizetype end = begin; // of the authority
    while (end < word.size() && word[end] != u'/' && word[end] != u'?' && word[end] != u'#')
        ++end;
    const QStringView authority = word.sliced(begin, end - begin);
    const qsizetype colon = authority.startsWith(u'[') ? -1 : authority.indexOf(u':');
    const bool cutByHash = end < word.size() && word[end] == u'#'; // no path lies between: hardly a port
    if (colon >= 0 && (cutByHash || !isPort(authority.sliced(colon + 1))))
        return lastAt;
    const qsizetype at = authority.lastIndexOf(u'@');
    return at < 0 ? -1 : begin + at;
}

void appendRedacted(QString &out, QStringView word)
{
    const qsizetype lastAt = word.lastIndexOf(u'@');
    qsizetype done = 0;
    for (qsizetype i = word.indexOf(u"://"); i >= 0 && lastAt >= i; i = word.indexOf(u"://", i)) {
        const qsizetype begin = i + 3;
        const bool scheme = i > done && isSchemeCharacter(word[i - 1]);
        const qsizetype end = scheme ? userPartEnd(word, begin, lastAt) : -1;
        i = begin;
        if (end < 0)
            continue;
        out += word.sliced(done, begin - done);
        out += QStringLiteral("…");
        done = end; // the '@' stays
        i = end;
    }
    out += word.sliced(done);
}

QString withoutUserParts(const QString &text)
{
    QString out;
    out.reserve(text.size());
    for (qsizetype i = 0; i < text.size();) {
        qsizetype end = i;
        while (end < text.size() && !text[end].isSpace())
            ++end;
        appendRedacted(out, QStringView(text).sliced(i, end - i));
        for (i = end; i < text.size() && text[i].isSpace(); ++i)
            out += text[i];
    }
    return out;
}

} // namespace

QString redact(const QString &text)
{
    // The names that cameras, relays and clouds use for what lets one in. A ':' behind the value ends the address.
    static const QRegularExpression parameter(
        QStringLiteral(R"(([?&](?:[\w.-]*(?:token|secret|passw|passphrase|pwd|jwt|credential|signature)[\w.-]*|(?:api|access|stream)?[_-]?key)"
                       R"(|pass|pas|user|username|usr|login|loginuse|loginpas|auth|sig|sid|streamid)=)[^&\s#'"]*?(?=:?(?:[&\s#'"]|$)))"),
        QRegularExpression::CaseInsensitiveOption);
    QString out = withoutUserParts(text);
    out.replace(parameter, QStringLiteral("\\1…"));
    return out;
}

} // namespace vedette
