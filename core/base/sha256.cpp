// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/sha256.h"

#include <algorithm>

#include <openssl/evp.h>

namespace vedette {
namespace {

void check(int done)
{
    if (done != 1)
        qFatal("SHA-256 is not to be had: out of memory");
}

} // namespace

QString toHex(const Digest &digest)
{
    return QString::fromLatin1(QByteArray(reinterpret_cast<const char *>(digest.data()), static_cast<qsizetype>(digest.size())).toHex());
}

std::optional<Digest> digestFromHex(QStringView text)
{
    const QByteArray bytes = QByteArray::fromHex(text.toLatin1());
    Digest digest{};
    if (bytes.size() != static_cast<qsizetype>(digest.size()) || text != QString::fromLatin1(bytes.toHex()))
        return std::nullopt;
    std::copy(bytes.begin(), bytes.end(), digest.begin());
    return digest;
}

void Sha256::Free::operator()(evp_md_ctx_st *context) const
{
    EVP_MD_CTX_free(context);
}

Sha256::Sha256() : m_context(EVP_MD_CTX_new())
{
    check(m_context ? EVP_DigestInit_ex(m_context.get(), EVP_sha256(), nullptr) : 0);
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256 &&) noexcept = default;
Sha256 &Sha256::operator=(Sha256 &&) noexcept = default;

void Sha256::add(std::span<const std::uint8_t> bytes)
{
    check(EVP_DigestUpdate(m_context.get(), bytes.data(), bytes.size()));
}

void Sha256::addNumber(std::uint64_t value, int bytes)
{
    std::array<std::uint8_t, 8> text{};
    for (int i = 0; i < bytes; ++i)
        text.at(static_cast<std::size_t>(i)) = static_cast<std::uint8_t>(value >> 8 * (bytes - 1 - i) & 0xFF);
    add(std::span(text).first(static_cast<std::size_t>(bytes)));
}

Digest Sha256::finish()
{
    Digest digest{};
    check(EVP_DigestFinal_ex(m_context.get(), digest.data(), nullptr));
    check(EVP_DigestInit_ex(m_context.get(), EVP_sha256(), nullptr));
    return digest;
}

Digest Sha256::of(std::span<const std::uint8_t> bytes)
{
    Sha256 hash;
    hash.add(bytes);
    return hash.finish();
}

Digest Sha256::of(const QByteArray &bytes)
{
    return of(std::span(reinterpret_cast<const std::uint8_t *>(bytes.constData()), static_cast<std::size_t>(bytes.size())));
}

} // namespace vedette
