// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace slipway::http {

/// Why a text may not be stored as the address of a link on a web page.
enum class LinkFault : std::uint8_t {
    too_long,    // more than longest_link bytes
    control,     // control, formatting or direction characters, or no UTF-8
    blank,       // white space inside
    no_scheme,   // `example.com`, `//example.com`, `@name`
    scheme,      // `javascript:`, `mailto:`, … however they are spelled
    syntax,      // `https:example.com`, `https:///x`, a backslash, `<`, `>` or `"`
    credentials, // `user:password@`
    host,        // none, or none that a name or an address may be
    port,        // not from 1 to 65535
};

inline constexpr std::size_t longest_link = 2048;

/// Judges an absolute http or https address as foreign people write them, by libcurl's parser and
/// rules stricter than it; nothing where it is fine. Names beyond ASCII are accepted.
std::optional<LinkFault> link_fault(std::string_view text);

/// `url_too_long`, `url_control`, …: the fault's code in reports.
std::string_view name(LinkFault fault);

} // namespace slipway::http
