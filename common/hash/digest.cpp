// SPDX-License-Identifier: Apache-2.0
#include "hash/digest.hpp"

#include "error/error.hpp"

#include <sys/random.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace slipway::hash {

namespace {

// EVP_sha256() and the like are looked up again for each digest, which costs more than a small
// file; what is fetched is kept until the end of the program.
EVP_MD const* fetched(char const* name, EVP_MD const* otherwise) {
    EVP_MD const* const out = EVP_MD_fetch(nullptr, name, nullptr);
    return out == nullptr ? otherwise : out;
}

EVP_MD const* method(Algorithm algorithm) {
    switch (algorithm) {
    case Algorithm::md5: {
        static EVP_MD const* const md5 = fetched("MD5", EVP_md5());
        return md5;
    }
    case Algorithm::sha1: {
        static EVP_MD const* const sha1 = fetched("SHA1", EVP_sha1());
        return sha1;
    }
    case Algorithm::sha256: {
        static EVP_MD const* const sha256 = fetched("SHA256", EVP_sha256());
        return sha256;
    }
    }
    return nullptr;
}

void require(bool ok) {
    if (!ok) {
        throw Error{ErrorKind::internal, "the cryptographic library refused a digest"};
    }
}

std::string one_shot(Algorithm algorithm, std::string_view bytes) {
    Digest digest{algorithm};
    digest.update(bytes);
    return digest.hex();
}

constexpr std::array<std::uint32_t, 256> make_crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value & 1U) != 0 ? 0xEDB88320U ^ (value >> 1U) : value >> 1U;
        }
        table[i] = value;
    }
    return table;
}

constexpr auto crc_table = make_crc_table();

} // namespace

void Digest::Free::operator()(void* context) const noexcept {
    EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context));
}

Digest::Digest(Algorithm algorithm) : context_(EVP_MD_CTX_new()) {
    require(
        context_ != nullptr &&
        EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_.get()), method(algorithm), nullptr) ==
            1);
}

void Digest::update(std::string_view bytes) {
    require(
        EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_.get()), bytes.data(), bytes.size()) ==
        1);
}

std::string Digest::bytes() {
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned length = 0;
    require(
        EVP_DigestFinal_ex(
            static_cast<EVP_MD_CTX*>(context_.get()),
            reinterpret_cast<unsigned char*>(out.data()),
            &length) == 1);
    out.resize(length);
    return out;
}

std::string Digest::hex() {
    return to_hex(bytes());
}

std::string sha256_hex(std::string_view bytes) {
    return one_shot(Algorithm::sha256, bytes);
}

std::string sha1_hex(std::string_view bytes) {
    return one_shot(Algorithm::sha1, bytes);
}

std::string md5_hex(std::string_view bytes) {
    return one_shot(Algorithm::md5, bytes);
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned length = 0;
    require(
        HMAC(
            EVP_sha256(),
            key.data(),
            static_cast<int>(key.size()),
            reinterpret_cast<unsigned char const*>(bytes.data()),
            bytes.size(),
            reinterpret_cast<unsigned char*>(out.data()),
            &length) != nullptr);
    out.resize(length);
    return out;
}

std::uint32_t crc32(std::string_view bytes, std::uint32_t start) {
    std::uint32_t value = ~start;
    for (char const c : bytes) {
        value = crc_table[(value ^ static_cast<unsigned char>(c)) & 0xFFU] ^ (value >> 8U);
    }
    return ~value;
}

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (char const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
    return out;
}

std::string random_hex(std::size_t bytes) {
    std::string out(bytes, '\0');
    // At most 256 bytes are delivered whole and without interruption (getrandom(2)).
    if (bytes > 256 || getrandom(out.data(), bytes, 0) != static_cast<ssize_t>(bytes)) {
        throw Error{ErrorKind::internal, "the system gave no random bytes"};
    }
    return to_hex(out);
}

} // namespace slipway::hash
