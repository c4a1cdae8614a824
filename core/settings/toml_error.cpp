// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/toml_error.h"

#include "core/settings/setting.h"

#include <QRegularExpression>
#include <QStringList>

#include <algorithm>
#include <array>

namespace vedette::settings {
namespace {

/// What toml++ 3 says, as far as it tells one mistake from another, and what people are told.
struct Known {
    const char *said;
    const char *sentence;
};
constexpr std::array kKnown{
    Known{"utf-8", "is not UTF-8 text; save the file as UTF-8"},
    Known{"blank bare keys", "the section has no name"},
    Known{"parsing table header: expected ']", "the section's name does not end with ']'; write [section], or [[camera]] for a camera"},
    Known{"parsing table header", "this is no section; write [section], or [[camera]] for a camera"},
    Known{"parsing boolean", "the value is unknown; write true or false in small letters, and texts in quotes"},
    Known{"leading zero", "the number must not begin with 0"},
    Known{"not representable", "the number is too large"},
    Known{"parsing floating-point", "the number is too large or malformed"},
    Known{"integer", "the number is malformed; write digits alone, and texts in quotes"},
    Known{"escape sequence", "a backslash in \"…\" begins an escape; write it twice, or use '…' for the text"},
    Known{"unicode scalar", "a backslash in \"…\" begins an escape; write it twice, or use '…' for the text"},
    Known{"pair: encountered end-of-file", "the value is missing"},
    Known{"parsing string", "the text has no closing quote"},
    Known{"parsing literal string", "the text has no closing quote"},
    Known{"nested", "is nested too deeply"},
    Known{"inline table", "the braces { } are malformed; a section is easier to write"},
    Known{"expected '='", "'=' and a value are missing after the key"},
    Known{"comment or whitespace", "something follows the value; write each key in a line of its own, and numbers with '.' for the decimals"},
    Known{"expected value", "the value is missing"},
    Known{"value type", "the value is unknown; texts need quotes"},
    Known{"end-of-file", "the file ends in the middle of it"},
    Known{"expected keys", "this is neither a key with a value nor a section"},
};

QString sectionOf(const QString &line)
{
    static const QRegularExpression header(QStringLiteral(R"(^\s*\[{1,2}\s*([^\[\]"'#]+?)\s*\])"));
    return header.match(line).captured(1);
}

QString keyOf(const QString &line)
{
    static const QRegularExpression pair(QStringLiteral(R"(^\s*([A-Za-z0-9_.\-]+|"[^"]*"|'[^']*')\s*=)"));
    return pair.match(line).captured(1);
}

/// The word that a line without '=' begins with, when it is a key: any other may be a password.
QString knownKeyOf(const QString &section, const QString &line)
{
    static const QRegularExpression word(QStringLiteral(R"(^\s*([a-z_]+)\b)"));
    const QString name = word.match(line).captured(1);
    bool known = findSetting(Scope::Agent, section + u'.' + name) != nullptr;
    for (const Scope scope : {Scope::Camera, Scope::CameraSub, Scope::CameraRecording, Scope::CameraControls, Scope::CameraTarget})
        known = known || (section == sectionOf(scope) && findSetting(scope, name));
    return known ? name : QString();
}

bool isControl(QChar c)
{
    return c.category() == QChar::Other_Control && c != u'\t' && c != u'\r';
}

/// The lines up to the broken one.
class Place {
public:
    Place(const QByteArray &text, int line) : m_lines(QString::fromUtf8(text).split(u'\n').mid(0, std::max(1, line))) {}

    QString line() const { return m_lines.last(); }
    QString section() const { return sectionAt(m_lines.size() - 1); }
    QString key() const
    {
        const QString written = keyOf(line());
        const QString name = written.isEmpty() ? knownKeyOf(section(), line()) : written;
        return name.isEmpty() || section().isEmpty() ? section() + name : section() + u'.' + name;
    }
    /// Where the same header, or the same key of this section, was written first; 0: not found.
    qsizetype twin() const
    {
        const QString name = keyOf(line());
        for (qsizetype i = m_lines.size() - 2; i >= 0; --i) {
            if (name.isEmpty() ? sectionOf(m_lines[i]) == sectionOf(line()) : keyOf(m_lines[i]) == name)
                return i + 1;
            if (!name.isEmpty() && !sectionOf(m_lines[i]).isEmpty())
                return 0;
        }
        return 0;
    }
    /// The line in which a text of several lines began that has no end.
    qsizetype openText() const
    {
        for (qsizetype i = m_lines.size() - 1; i >= 0; --i) {
            if (m_lines[i].contains(QLatin1String("\"\"\"")) || m_lines[i].contains(QLatin1String("'''")))
                return i + 1;
        }
        return 0;
    }

private:
    QString sectionAt(qsizetype index) const
    {
        for (; index >= 0; --index) {
            if (const QString name = sectionOf(m_lines[index]); !name.isEmpty())
                return name;
        }
        return {};
    }

    QStringList m_lines;
};

QString redefined(const Place &place)
{
    const bool header = keyOf(place.line()).isEmpty();
    const QString again = place.twin() > 0 ? QStringLiteral("; first in line %1").arg(place.twin()) : QString();
    if (!header)
        return QStringLiteral("is set twice") + again;
    if (place.section() == QLatin1String("camera"))
        return QStringLiteral("write [[camera]], with two brackets, for each camera") + again;
    return place.twin() > 0 ? QStringLiteral("the section is there twice") + again
                            : QStringLiteral("is a value already and cannot be a section");
}

QString sentenceFor(const Place &place, const QString &description)
{
    if (description.contains(QLatin1String("redefine")))
        return redefined(place);
    const QString line = place.line();
    if (std::any_of(line.begin(), line.end(), isControl))
        return QStringLiteral("holds a control character; take it out");
    for (const Known &each : kKnown) {
        if (description.contains(QLatin1String(each.said), Qt::CaseInsensitive))
            return QString::fromUtf8(each.sentence);
    }
    return QStringLiteral("is not valid TOML");
}

} // namespace

TomlError explainTomlError(const QByteArray &text, int line, const QString &description)
{
    if (text.startsWith("\xff\xfe") || text.startsWith("\xfe\xff"))
        return {0, {}, QStringLiteral("is UTF-16; save the file as UTF-8")};
    if (text.contains('\r') && !text.contains('\n'))
        return {0, {}, QStringLiteral("has line ends of CR alone; save the file with LF or CRLF")};
    const Place place(text, line);
    if (description.contains(QLatin1String("end-of-file")) && keyOf(place.line()).isEmpty() && place.openText() > 0) {
        const auto begin = static_cast<int>(place.openText());
        return {begin, Place(text, begin).key(), QStringLiteral("the text has no closing quotes")};
    }
    return {line, place.key(), sentenceFor(place, description)};
}

} // namespace vedette::settings
