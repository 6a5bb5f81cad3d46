// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Texts as transform_parts.hpp cuts and joins them in the server.
namespace slipway::links_migrate {

/// `text` without these characters at both ends.
std::string_view trim(std::string_view text, std::string_view blanks);

/// `text` without the white space of `blanks_sql` at both ends.
std::string_view cut(std::string_view text);

/// At most so many characters of UTF-8.
std::string_view first_characters(std::string_view text, std::size_t most);

/// A member's name as a step of a JSON pointer, with its slash.
std::string pointer(std::string_view member);

/// Where the host ends in an address that was accepted.
std::size_t end_of_host(std::string_view url);

/// Runs of ASCII control characters become one blank each.
std::string without_controls(std::string_view text);

} // namespace slipway::links_migrate
