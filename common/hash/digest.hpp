// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace slipway::hash {

enum class Algorithm : std::uint8_t { md5, sha1, sha256 };

/// A message digest (FIPS 180-4, RFC 1321) of bytes given in pieces; move-only.
class Digest {
public:
    explicit Digest(Algorithm algorithm);

    void update(std::string_view bytes);

    /// The digest as lower-case hexadecimal digits; the object is spent afterwards.
    [[nodiscard]] std::string hex();

    /// The digest's raw bytes; the object is spent afterwards.
    [[nodiscard]] std::string bytes();

private:
    struct Free {
        void operator()(void* context) const noexcept;
    };
    std::unique_ptr<void, Free> context_;
};

/// Lower-case hexadecimal SHA-256 of the bytes.
std::string sha256_hex(std::string_view bytes);

/// Lower-case hexadecimal SHA-1 of the bytes (foreign formats only).
std::string sha1_hex(std::string_view bytes);

/// Lower-case hexadecimal MD5 of the bytes (foreign formats only).
std::string md5_hex(std::string_view bytes);

/// Raw HMAC-SHA-256 (RFC 2104).
std::string hmac_sha256(std::string_view key, std::string_view bytes);

/// CRC-32 with zlib's polynomial; pass the last result as `start` to go on.
std::uint32_t crc32(std::string_view bytes, std::uint32_t start = 0);

/// Lower-case hexadecimal digits of any bytes.
std::string to_hex(std::string_view bytes);

/// `bytes` random bytes of the operating system, as twice as many hexadecimal digits.
std::string random_hex(std::size_t bytes);

} // namespace slipway::hash
