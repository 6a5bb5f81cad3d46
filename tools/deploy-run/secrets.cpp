// SPDX-License-Identifier: Apache-2.0
#include "secrets.hpp"

#include "ci/environment.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>

namespace slipway::deploy_run {

namespace {

// The password in `scheme://user:password@host`, where there is one.
void learn_address(std::string_view value, secret::Redactor& redactor) {
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

void learn(std::string_view name, std::string_view value, secret::Redactor& redactor) {
    if (sounds_secret(name)) {
        redactor.add(value);
    }
    learn_address(value, redactor);
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

void learn_secrets(Pipeline const& pipeline, secret::Redactor& redactor) {
    for (auto const& entry : ci::environment()) {
        auto const equals = entry.find('=');
        if (equals != std::string::npos) {
            learn(
                std::string_view{entry}.substr(0, equals),
                std::string_view{entry}.substr(equals + 1),
                redactor);
        }
    }
    for (auto const& step : pipeline.steps) {
        for (auto const& [name, value] : step.environment) {
            learn(name, value, redactor);
        }
    }
}

void learn_secrets(Described const& tool, secret::Redactor& redactor) {
    for (auto const& option : tool.options) {
        if (!option.is_secret()) {
            continue;
        }
        for (auto const& name : option.variables) {
            if (auto const value = ci::variable(name)) {
                redactor.add(*value);
            }
        }
    }
}

} // namespace slipway::deploy_run
