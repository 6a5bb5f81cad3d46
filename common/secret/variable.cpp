// SPDX-License-Identifier: Apache-2.0
#include "secret/variable.hpp"

#include "text/escape.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>

namespace slipway::secret {

namespace {

// The password in `scheme://user:password@host`, where there is one.
void learn_address(std::string_view value, Redactor& redactor) {
    auto const scheme = value.find("://");
    if (scheme == std::string_view::npos) {
        return;
    }
    auto const authority =
        value.substr(scheme + 3, value.find_first_of("/?#", scheme + 3) - scheme - 3);
    auto const at = authority.rfind('@');
    auto const colon = authority.find(':');
    if (at == std::string_view::npos || colon == std::string_view::npos || colon > at) {
        return;
    }
    auto const password = authority.substr(colon + 1, at - colon - 1);
    redactor.add(password);
    auto const decoded = text::percent_decode(password);
    auto const user = text::percent_decode(authority.substr(0, colon));
    if (decoded && user) {
        redactor.add_password(*user, *decoded);
    }
}

} // namespace

bool sounds_secret(std::string_view name) {
    constexpr std::array<std::string_view, 13> words{
        "password",
        "passwd",
        "passphrase",
        "pgpass",
        "secret",
        "token",
        "api_key",
        "apikey",
        "private_key",
        "access_key",
        "credential",
        "webhook",
        "database_url"};
    std::string const small = text::lower(name);
    // These name files and places, which a reader needs.
    if (small.ends_with("_file") || small.ends_with("_path") || small == "pgpassfile") {
        return false;
    }
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return small.find(word) != std::string::npos;
    });
}

void learn_variable(std::string_view name, std::string_view value, Redactor& redactor) {
    if (sounds_secret(name)) {
        redactor.add(value);
    }
    learn_address(value, redactor);
}

void learn_entry(std::string_view entry, Redactor& redactor) {
    auto const equals = entry.find('=');
    if (equals != std::string_view::npos) {
        learn_variable(entry.substr(0, equals), entry.substr(equals + 1), redactor);
    }
}

} // namespace slipway::secret
