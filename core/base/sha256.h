// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

struct evp_md_ctx_st;

namespace vedette {

/// A SHA-256 (FIPS 180-4), 32 bytes.
using Digest = std::array<std::uint8_t, 32>;
/// 64 digits, lower case.
QString toHex(const Digest &digest);
/// Empty unless the text is what toHex() gives.
std::optional<Digest> digestFromHex(QStringView text);

/// SHA-256 of bytes that come in pieces, by OpenSSL, which uses the processor's instructions for it where there are some.
/// Thread-bound. Ends the program where there is no memory.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256 &&) noexcept;
    Sha256 &operator=(Sha256 &&) noexcept;

    void add(std::span<const std::uint8_t> bytes);
    /// A number of so many bytes, big endian.
    void addNumber(std::uint64_t value, int bytes);
    /// Of what was added since the last one; begins anew.
    Digest finish();

    static Digest of(std::span<const std::uint8_t> bytes);
    static Digest of(const QByteArray &bytes);

private:
    struct Free {
        void operator()(evp_md_ctx_st *context) const;
    };
    std::unique_ptr<evp_md_ctx_st, Free> m_context;
};

} // namespace vedette
