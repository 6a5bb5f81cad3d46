// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace slipway::monitor {

/// The text with all masked that differs from one event of a kind to the next: times, numbers,
/// identifiers, addresses, quoted values (but the name of a relation, a column, a constraint).
std::string masked(std::string_view text);

/// 16 hexadecimal digits that equal events share: of the masked first line and of the first frames
/// of the stack below it.
std::string fingerprint(std::string_view class_name, std::string_view text);

/// The text with what looks like a secret or a person hidden: passwords in URLs and after `=`,
/// bearer tokens, JSON Web Tokens, keys of AWS, GitHub, Slack and Stripe, private keys, card
/// numbers, e-mail addresses.
std::string without_secrets(std::string_view text);

} // namespace slipway::monitor
