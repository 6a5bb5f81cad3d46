// SPDX-License-Identifier: Apache-2.0
#include "shadow_name.hpp"

#include "hash/digest.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

constexpr std::string_view prefix = "slipway_shadow_";
constexpr std::size_t longest_run = 30;
constexpr std::size_t tag_digits = 12;

std::string tag_of(std::string_view of) {
    return hash::sha256_hex(of).substr(0, 4);
}

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

} // namespace

std::string shadow_name(std::string_view run, std::string_view of, std::string_view random) {
    std::string word;
    for (char const c : text::lower(run).substr(0, longest_run)) {
        word += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_';
    }
    return fmt::format("{}{}_{}{}", prefix, word, tag_of(of), random);
}

bool is_shadow_of(std::string_view of, std::string_view name) {
    if (!name.starts_with(prefix) || name.size() < prefix.size() + 1 + tag_digits) {
        return false;
    }
    auto const tag = name.substr(name.size() - tag_digits);
    return name[name.size() - tag_digits - 1] == '_' &&
           std::all_of(tag.begin(), tag.end(), is_hex) && tag.starts_with(tag_of(of));
}

std::int64_t shadow_key(std::string_view name) {
    std::string const digest = hash::sha256_hex("slipway/shadow/" + std::string{name});
    std::uint64_t out = 0;
    std::from_chars(digest.data(), digest.data() + 16, out, 16);
    return static_cast<std::int64_t>(out);
}

} // namespace slipway::migrate_apply
