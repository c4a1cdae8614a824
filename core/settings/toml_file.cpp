// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/toml_file.h"

#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonObject>

#include <toml++/toml.h>

#include <algorithm>

namespace vedette::settings {
namespace {

constexpr qint64 kMaxBytes = 1024 * 1024;

tl::unexpected<TomlError> refuse(const QString &sentence)
{
    return tl::unexpected<TomlError>(TomlError{0, {}, sentence});
}

QString toText(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

QJsonValue toJson(const toml::node &node)
{
    if (const auto *text = node.as_string())
        return toText(text->get());
    if (const auto *integer = node.as_integer())
        return static_cast<qint64>(integer->get());
    if (const auto *number = node.as_floating_point())
        return number->get();
    if (const auto *boolean = node.as_boolean())
        return boolean->get();
    if (node.is_array())
        return QJsonArray();
    if (node.is_table())
        return QJsonObject();
    return QJsonValue::Null;
}

int lineOf(const toml::node &node)
{
    return static_cast<int>(node.source().begin.line);
}

TomlEntry entry(const QString &key, const toml::key &source, const toml::node &value)
{
    return {key, static_cast<int>(source.source().begin.line), value.is_floating_point(), toJson(value)};
}

/// Appends the section or list of sections that a value is; false for any other value.
bool appendSections(const QString &name, const toml::node &value, const QStringList &nested, QList<TomlSection> &out);

void appendSection(const QString &name, const toml::table &table, bool listed, const QStringList &nested, QList<TomlSection> &out)
{
    const qsizetype at = out.size();
    out.append({name, lineOf(table), listed, {}});
    for (const auto &[key, value] : table) {
        const QString inner = name + u'.' + toText(key.str());
        if (!nested.contains(inner) || !appendSections(inner, value, nested, out))
            out[at].entries.append(entry(toText(key.str()), key, value));
    }
}

bool appendSections(const QString &name, const toml::node &value, const QStringList &nested, QList<TomlSection> &out)
{
    if (const auto *table = value.as_table()) {
        appendSection(name, *table, false, nested, out);
        return true;
    }
    const toml::array *list = value.as_array();
    if (!list || list->empty() || !list->is_array_of_tables())
        return false;
    for (const toml::node &each : *list)
        appendSection(name, *each.as_table(), true, nested, out);
    return true;
}

QList<TomlSection> sections(const toml::table &root, const QStringList &nested)
{
    TomlSection top;
    QList<TomlSection> out;
    for (const auto &[key, value] : root) {
        const QString name = toText(key.str());
        if (!appendSections(name, value, nested, out))
            top.entries.append(entry(name, key, value));
    }
    if (!top.entries.isEmpty())
        out.prepend(top);
    // toml++ sorts by name; people read from the top, and TOML wants what is in a section after its head.
    std::stable_sort(out.begin(), out.end(),
                     [](const TomlSection &a, const TomlSection &b) { return a.line < b.line; });
    for (TomlSection &each : out) {
        std::stable_sort(each.entries.begin(), each.entries.end(),
                         [](const TomlEntry &a, const TomlEntry &b) { return a.line < b.line; });
    }
    return out;
}

} // namespace

tl::expected<QList<TomlSection>, TomlError> readTomlFile(const QString &path, const QStringList &nested)
{
    const QFileInfo info(path);
    if (!info.exists())
        return refuse(QStringLiteral("there is no such file"));
    if (!info.isFile())
        return refuse(QStringLiteral("this is no regular file"));
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return refuse(QStringLiteral("cannot be read: %1").arg(file.errorString()));
    const QByteArray text = file.read(kMaxBytes + 1);
    if (file.error() != QFileDevice::NoError)
        return refuse(QStringLiteral("cannot be read: %1").arg(file.errorString()));
    if (text.size() > kMaxBytes)
        return refuse(QStringLiteral("is larger than 1 MiB, too large for a settings file"));
    try {
        return sections(toml::parse(std::string_view(text.constData(), static_cast<std::size_t>(text.size()))), nested);
    } catch (const toml::parse_error &problem) {
        return tl::unexpected<TomlError>(
            explainTomlError(text, static_cast<int>(problem.source().begin.line), toText(problem.description())));
    } catch (const std::exception &) {
        return refuse(QStringLiteral("is not valid TOML"));
    }
}

} // namespace vedette::settings
