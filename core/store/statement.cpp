// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/database.h"

#include "core/store/sqlite_error.h"

#include <sqlite3.h>

#include <utility>

namespace vedette::store {

Statement::~Statement()
{
    sqlite3_finalize(m_statement);
}

Statement::Statement(Statement &&other) noexcept
    : m_statement(std::exchange(other.m_statement, nullptr)), m_bindError(other.m_bindError)
{
}

void Statement::note(int code)
{
    if (code != SQLITE_OK && m_bindError == SQLITE_OK)
        m_bindError = code;
}

Statement &Statement::bind(int parameter, std::int64_t value)
{
    note(sqlite3_bind_int64(m_statement, parameter, value));
    return *this;
}

Statement &Statement::bind(int parameter, double value)
{
    note(sqlite3_bind_double(m_statement, parameter, value));
    return *this;
}

Statement &Statement::bind(int parameter, const QString &value)
{
    const QByteArray utf8 = value.toUtf8();
    note(sqlite3_bind_text64(m_statement, parameter, utf8.constData(), static_cast<sqlite3_uint64>(utf8.size()),
                             SQLITE_TRANSIENT, SQLITE_UTF8));
    return *this;
}

Statement &Statement::bind(int parameter, const QByteArray &value)
{
    note(sqlite3_bind_blob64(m_statement, parameter, value.constData(), static_cast<sqlite3_uint64>(value.size()),
                             SQLITE_TRANSIENT));
    return *this;
}

Statement &Statement::bindNull(int parameter)
{
    note(sqlite3_bind_null(m_statement, parameter));
    return *this;
}

Result<bool> Statement::step()
{
    if (!m_statement || m_bindError != SQLITE_OK)
        return fail(error(m_statement ? m_bindError : SQLITE_MISUSE));
    const int code = sqlite3_step(m_statement);
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    Error problem = error(code);
    sqlite3_reset(m_statement);
    return fail(std::move(problem));
}

Status Statement::each(const std::function<Result<bool>()> &row)
{
    while (true) {
        const auto more = step();
        if (!more)
            return fail(more.error());
        if (!*more)
            return {};
        const auto wanted = row();
        if (!wanted)
            return fail(wanted.error());
        if (!*wanted)
            return {};
    }
}

Status Statement::run()
{
    while (true) {
        const Result<bool> row = step();
        if (!row)
            return fail(row.error());
        if (!*row) {
            reset();
            return {};
        }
    }
}

void Statement::reset()
{
    sqlite3_reset(m_statement);
    m_bindError = SQLITE_OK;
}

std::int64_t Statement::integer(int column) const
{
    return sqlite3_column_int64(m_statement, column);
}

double Statement::real(int column) const
{
    return sqlite3_column_double(m_statement, column);
}

QString Statement::text(int column) const
{
    const auto *utf8 = reinterpret_cast<const char *>(sqlite3_column_text(m_statement, column));
    return QString::fromUtf8(utf8, sqlite3_column_bytes(m_statement, column));
}

QByteArray Statement::blob(int column) const
{
    const auto *bytes = static_cast<const char *>(sqlite3_column_blob(m_statement, column));
    return {bytes, sqlite3_column_bytes(m_statement, column)};
}

bool Statement::isNull(int column) const
{
    return sqlite3_column_type(m_statement, column) == SQLITE_NULL;
}

Error Statement::error(int code) const
{
    const char *sql = m_statement ? sqlite3_sql(m_statement) : "";
    return sqliteError(code, m_bindError == SQLITE_OK && m_statement ? sqlite3_db_handle(m_statement) : nullptr,
                       QString::fromUtf8(sql).left(80).simplified());
}

} // namespace vedette::store
