// SPDX-License-Identifier: Apache-2.0
#include "probe/sensitive.hpp"

#include "text/escape.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <nlohmann/json.hpp>

namespace slipway::probe {

namespace {

// Shorter values under such names are flags and kinds, which must not be masked everywhere.
constexpr std::size_t least_length = 8;

// `client_secret` and `clientSecret` are one name.
std::string plain(std::string_view name) {
    std::string out = text::lower(name);
    out.erase(
        std::remove_if(
            out.begin(), out.end(), [](char byte) { return byte == '_' || byte == '-'; }),
        out.end());
    return out;
}

constexpr std::array<std::string_view, 8> words{
    "token",
    "password",
    "passwd",
    "secret",
    "apikey",
    "authorization",
    "credential",
    "privatekey"};

// Whether a name ends with a word, as plain() would have it; without a copy, for this is asked of
// each member of each answer.
bool ends_with(std::string_view name, std::string_view word) {
    while (!word.empty()) {
        if (name.empty()) {
            return false;
        }
        char const byte = name.back();
        name.remove_suffix(1);
        if (byte == '_' || byte == '-') {
            continue;
        }
        char const folded = byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
        if (folded != word.back()) {
            return false;
        }
        word.remove_suffix(1);
    }
    return true;
}

} // namespace

bool is_sensitive_name(std::string_view name) {
    auto const folded = plain(name);
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return folded.find(word) != std::string::npos;
    });
}

void teach_sensitive(json::Value const& document, secret::Redactor& redactor) {
    if (document.is_array()) {
        for (auto const& element : document) {
            teach_sensitive(element, redactor);
        }
        return;
    }
    if (!document.is_object()) {
        return;
    }
    for (auto const& member : document.items()) {
        auto const& value = member.value();
        if (!value.is_string()) {
            teach_sensitive(value, redactor);
            continue;
        }
        auto const& text = value.get_ref<std::string const&>();
        if (text.size() >= least_length &&
            std::any_of(words.begin(), words.end(), [&](std::string_view word) {
                return ends_with(member.key(), word);
            })) {
            redactor.add(text);
        }
    }
}

void teach_credentials(std::string const& url, secret::Redactor& redactor) {
    auto const scheme = url.find("://");
    if (scheme == std::string::npos) {
        return;
    }
    auto const start = scheme + 3;
    auto const authority = url.substr(start, url.find_first_of("/?#", start) - start);
    auto const at = authority.rfind('@');
    if (at == std::string::npos) {
        return;
    }
    auto const colon = authority.find(':');
    auto const password = colon < at ? authority.substr(colon + 1, at - colon - 1)
                                     : authority.substr(0, at); // a token alone
    redactor.add(password);
    if (auto const decoded = text::percent_decode(password)) {
        redactor.add(*decoded);
    }
}

} // namespace slipway::probe
