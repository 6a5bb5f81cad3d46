// SPDX-License-Identifier: Apache-2.0
#include "probe/sensitive.hpp"

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
        auto const folded = plain(member.key());
        bool const secret = std::any_of(words.begin(), words.end(), [&](std::string_view word) {
            return folded.ends_with(word);
        });
        if (secret && member.value().is_string() &&
            member.value().get_ref<std::string const&>().size() >= least_length) {
            redactor.add(member.value().get_ref<std::string const&>());
        }
        teach_sensitive(member.value(), redactor);
    }
}

} // namespace slipway::probe
