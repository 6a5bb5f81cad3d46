// SPDX-License-Identifier: Apache-2.0
#include "ci/environment.hpp"
#include "error/error.hpp"
#include "http/url.hpp"
#include "look.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>

namespace slipway::preflight {

namespace {

constexpr std::size_t shortest_secret = 12;

bool holds(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

// The words of a host or name: `db.prod-eu.internal` has `prod`, `products` has not.
bool has_word(std::string_view name, std::string_view word) {
    auto const lower = text::lower(name);
    std::size_t at = 0;
    while ((at = lower.find(word, at)) != std::string::npos) {
        auto const is_letter = [&](std::size_t place) {
            return place < lower.size() && lower[place] >= 'a' && lower[place] <= 'z';
        };
        if ((at == 0 || !is_letter(at - 1)) && !is_letter(at + word.size())) {
            return true;
        }
        at += word.size();
    }
    return false;
}

bool is_secret_name(std::string_view name) {
    return name.ends_with("SECRET") || name.ends_with("PASSWORD") || name.ends_with("TOKEN") ||
           name.ends_with("API_KEY") || name.ends_with("SECRET_KEY");
}

bool is_placeholder(std::string_view value) {
    static constexpr std::array whole{"secret", "password", "test", "admin", "postgres", "root"};
    static constexpr std::array parts{
        "changeme",
        "change-me",
        "change_me",
        "placeholder",
        "your-",
        "your_",
        "xxxx",
        "dummy",
        "todo",
        "example",
        "<",
        "123456"};
    auto const lower = text::lower(value);
    return std::find(whole.begin(), whole.end(), lower) != whole.end() ||
           std::any_of(parts.begin(), parts.end(), [&](auto part) { return holds(lower, part); });
}

void look_for_placeholders(Findings& findings) {
    std::vector<std::string> weak;
    for (auto const& entry : ci::environment()) {
        auto const equals = entry.find('=');
        std::string_view const name = std::string_view{entry}.substr(0, equals);
        std::string_view const value = std::string_view{entry}.substr(equals + 1);
        if (!is_secret_name(name) || value.empty()) {
            continue;
        }
        if (is_placeholder(value)) {
            weak.push_back(fmt::format("{} is a placeholder", name));
        } else if (name.ends_with("SECRET") && value.size() < shortest_secret) {
            weak.push_back(fmt::format("{} is short", name));
        }
    }
    findings.none_of("env.placeholder", weak, "none found", Findings::Amiss::fails);
}

// Hosts and database that this run would talk to.
std::vector<std::string> addresses(Look const& look) {
    std::vector<std::string> out;
    if (look.server.is_named()) {
        out.push_back(look.server.where().host());
        out.push_back(look.server.where().database());
    }
    if (auto const base = ci::first_variable({"API_BASE", "API_URL"})) {
        out.push_back(http::Url::parse(*base).host());
    }
    return out;
}

bool is_local(std::string_view host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

void look_at_addresses(Look const& look, Findings& findings) {
    auto const where = addresses(look);
    if (look.production) {
        findings.skipped("env.production_url", "this is production");
        bool const local = std::any_of(
            where.begin(), where.end(), [](auto const& each) { return is_local(each); });
        local&& look.context.in_ci
            ? findings.failed("env.local_url", "an address of this machine is used")
            : findings.passed("env.local_url", "none found");
        return;
    }
    std::vector<std::string> found;
    for (auto const& each : where) {
        if (has_word(each, "prod") || has_word(each, "production") || has_word(each, "live")) {
            found.push_back(each);
        }
    }
    findings.none_of("env.production_url", found, "none found", Findings::Amiss::fails);
    findings.skipped("env.local_url", "this is not production");
}

void look_at_sslmode(Look const& look, Findings& findings) {
    if (!look.production || !look.server.is_named() || look.server.where().is_local()) {
        findings.skipped("env.sslmode", "no remote database of production");
        return;
    }
    auto const mode = look.server.where().parameter("sslmode").value_or(
        ci::variable("PGSSLMODE").value_or("prefer"));
    auto const message = fmt::format("sslmode is {}", mode);
    mode == "verify-full" || mode == "verify-ca" ? findings.passed("env.sslmode", message)
                                                 : findings.warned("env.sslmode", message);
}

void look_for_conflicts(Look const& look, Findings& findings) {
    if (look.options.database_url.empty()) {
        findings.skipped("env.conflict", "DATABASE_URL is not set");
        return;
    }
    std::vector<std::string> differing;
    auto const compare = [&](std::string const& variable, std::string const& used) {
        auto const other = ci::variable(variable);
        if (other && *other != used) {
            differing.push_back(
                fmt::format("{} is {}, DATABASE_URL says {}", variable, *other, used));
        }
    };
    compare("PGHOST", look.server.where().host());
    compare("PGDATABASE", look.server.where().database());
    findings.none_of("env.conflict", differing, "they do", Findings::Amiss::warns);
}

// Variables that hold an address by their name, and do not parse as one.
void look_at_urls(Findings& findings) {
    std::vector<std::string> malformed;
    for (auto const& entry : ci::environment()) {
        auto const equals = entry.find('=');
        std::string const name = entry.substr(0, equals);
        std::string const value = entry.substr(equals + 1);
        bool const is_address = name.ends_with("_URL") || name == "API_BASE";
        if (!is_address || value.empty()) {
            continue;
        }
        auto const scheme = value.substr(0, value.find("://"));
        bool const known_by_others = scheme.size() < value.size() && !scheme.starts_with("http");
        try {
            if (scheme == "postgres" || scheme == "postgresql") {
                static_cast<void>(pg::ConnInfo::parse(secret::Secret{value}));
            } else if (!known_by_others) {
                static_cast<void>(http::Url::parse(value));
            }
        } catch (Error const&) {
            malformed.push_back(name); // not its value, which may hold a password
        }
    }
    findings.none_of("env.url", malformed, "all found are", Findings::Amiss::fails);
}

void look_at_tls(Look const& look, Findings& findings) {
    std::vector<std::string> off;
    for (auto const& [name, value] :
         {std::pair{"NODE_TLS_REJECT_UNAUTHORIZED", "0"},
          std::pair{"GIT_SSL_NO_VERIFY", "1"},
          std::pair{"GIT_SSL_NO_VERIFY", "true"},
          std::pair{"PYTHONHTTPSVERIFY", "0"},
          std::pair{"PGSSLMODE", "disable"}}) {
        if (ci::variable(name) == value) {
            off.push_back(fmt::format("{}={}", name, value));
        }
    }
    auto const amiss = look.production ? Findings::Amiss::fails : Findings::Amiss::warns;
    findings.none_of("env.tls", off, "none does", amiss);
}

void look_at_node_env(Look const& look, Findings& findings) {
    std::error_code ignored;
    auto const mode = ci::variable("NODE_ENV");
    if (!look.production || (!mode && !std::filesystem::exists("package.json", ignored))) {
        findings.skipped(
            "env.node_env", look.production ? "no package.json here" : "this is not production");
        return;
    }
    mode == "production" ? findings.passed("env.node_env", "it is")
                         : findings.warned("env.node_env", "it is " + mode.value_or("not set"));
}

} // namespace

void look_at_env(Look const& look, Findings& findings) {
    auto const& environment = look.context.options.environment;
    environment.empty() ? findings.warned("env.environment", "it is not, and counts as production")
                        : findings.passed("env.environment", environment);
    std::vector<std::string> missing;
    for (auto const& name : look.options.required_variables) {
        if (!ci::variable(name)) {
            missing.push_back(name);
        }
    }
    if (look.options.required_variables.empty()) {
        findings.skipped("env.required", "none named with --require-env");
    } else {
        findings.none_of("env.required", missing, "all are set", Findings::Amiss::fails);
    }
    look_for_placeholders(findings);
    look_at_urls(findings);
    look_at_tls(look, findings);
    look_at_node_env(look, findings);
    look_for_conflicts(look, findings);
    findings.attempt("env.production_url", [&] { look_at_addresses(look, findings); });
    look_at_sslmode(look, findings);
}

} // namespace slipway::preflight
