// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::secret {

/// What stands where a secret stood.
inline constexpr std::string_view mask = "***";

/// Removes every spelling of every secret that it was told of; safe to use from several threads.
///
/// A secret of fewer than four bytes is not searched for, since its text would occur by chance
/// everywhere; such a one is protected by the places that never print it.
class Redactor {
public:
    /// Learns a secret: raw, percent-encoded (both cases of digits, `+` for a space), escaped for
    /// JSON and HTML, and in base64 (standard and URL alphabet).
    void add(std::string_view value);

    /// Learns a user's password: as add(), and the base64 of `user:password` (RFC 7617).
    void add_password(std::string_view user, std::string_view password);

    /// `text` with every known spelling replaced by the mask.
    [[nodiscard]] std::string redact(std::string_view text) const;

    /// The raw secrets learnt, for CI systems that mask them too.
    [[nodiscard]] std::vector<std::string> values() const;

private:
    void add_spelling(std::string spelling);
    mutable std::mutex mutex_;
    std::vector<std::string> values_;
    std::vector<std::string> spellings_; // longest first
};

} // namespace slipway::secret
