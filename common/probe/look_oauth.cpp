// SPDX-License-Identifier: Apache-2.0
#include "probe/look_oauth.hpp"

#include "http/client.hpp"
#include "http/url.hpp"
#include "probe/looking.hpp"
#include "probe/oauth_metadata.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::probe {

namespace {

using Parameters = std::map<std::string, std::string>;

constexpr std::size_t least_state = 8; // characters; RFC 6749 wants it not to be guessed

Parameters parameters_of(std::string const& query) {
    Parameters out;
    for (auto const pair : text::split(query, '&')) {
        auto const equals = std::min(pair.find('='), pair.size());
        auto const decoded = [](std::string_view part) {
            return text::percent_decode(text::replace_all(part, "+", " "))
                .value_or(std::string{part});
        };
        if (!pair.empty()) {
            out[decoded(pair.substr(0, equals))] =
                decoded(pair.substr(std::min(equals + 1, pair.size())));
        }
    }
    return out;
}

struct Redirect {
    std::string fault; // not empty: there is none
    bool hopeless = false;
    std::optional<http::Url> target;
    Parameters parameters;
};

Redirect read_redirect(http::Response const& response, std::string const& start) {
    Redirect out;
    int const status = response.status;
    auto const location = response.headers.find("location");
    out.hopeless = status == 401 || status == 403 || status == 404;
    if (status != 302 && status != 303 && status != 307) {
        out.fault = fmt::format("answers {}, no redirect (302, 303, 307)", status_text(status));
    } else if (!location) {
        out.fault = fmt::format("answers {} without a Location", status_text(status));
    } else {
        try {
            out.target = http::Url::parse(start).resolve(*location);
            out.parameters = parameters_of(out.target->query());
        } catch (Error const& error) {
            out.fault = "redirects to no URL: " + error.message();
        }
    }
    return out;
}

std::string
fault_of_target(http::Url const& target, OauthWish const& wish, Metadata const* metadata) {
    if (target.scheme() != "https" && !is_loopback(target)) {
        return fmt::format("sends the user to {} without TLS", target.authority());
    }
    bool const right = wish.host.empty() || text::equal_ignoring_case(wish.host, target.host()) ||
                       text::equal_ignoring_case(wish.host, target.authority());
    if (!right) {
        return fmt::format("sends the user to {}, not to {}", target.authority(), wish.host);
    }
    if (metadata != nullptr && metadata->authorization) {
        auto const& endpoint = *metadata->authorization;
        if (!endpoint.same_origin(target) || endpoint.path() != target.path()) {
            return fmt::format(
                "sends the user to {}{}, not to the provider's authorization endpoint {}{}",
                target.authority(),
                target.path(),
                endpoint.authority(),
                endpoint.path());
        }
    }
    return {};
}

std::vector<std::string>
faults_of_parameters(Parameters const& given, OauthWish const& wish, secret::Redactor& redactor) {
    std::vector<std::string> faults;
    auto const value = [&](std::string const& name) {
        auto const found = given.find(name);
        return found == given.end() ? std::string{} : found->second;
    };
    for (auto const* name : {"response_type", "client_id", "redirect_uri", "state"}) {
        if (value(name).empty()) {
            faults.push_back(fmt::format("lacks {}", name));
        }
    }
    if (!value("state").empty() && value("state").size() < least_state) {
        faults.push_back("has a state so short that it can be guessed");
    }
    if (!value("code_challenge").empty() && value("code_challenge_method") != "S256") {
        faults.push_back("has a code_challenge that is not S256");
    }
    for (auto const& rule : wish.parameters) {
        auto const found = given.find(rule.subject);
        auto const actual = found == given.end() ? json::Value{} : json::Value(found->second);
        if (auto fault = judge_value(rule.subject, rule, actual, redactor)) {
            faults.push_back(fault->message);
        }
    }
    return faults;
}

class Visit {
public:
    Visit(
        std::string const& id,
        OauthWish const& wish,
        time::Milliseconds timeout,
        time::Deadline deadline,
        secret::Redactor& redactor,
        std::stop_token const& stop)
        : id_(id), wish_(wish), timeout_(timeout), deadline_(deadline), redactor_(redactor),
          client_(http::Options{1, stop}) {}

    Look look(record::Check const& made) {
        std::optional<Metadata> metadata;
        auto look = good(made, wish_.start.empty() ? "the provider's metadata is right" : "");
        if (!wish_.discovery.empty()) {
            metadata =
                read_metadata(wish_.discovery, [&](std::string const& url) { return ask(url); });
            add_part(
                look,
                id_,
                "discovery",
                "The provider's metadata",
                text::join(metadata->faults, "; "),
                fmt::format("of {}, {} keys", metadata->issuer, metadata->keys));
        }
        if (!wish_.start.empty()) {
            judge_start(look, metadata ? &*metadata : nullptr);
        }
        return look;
    }

private:
    http::Response ask(std::string const& url) {
        http::Request request;
        request.url = url;
        request.timeout = timeout_;
        auto outcome = client_.fetch(std::move(request), deadline_);
        return std::move(http::response_of(outcome));
    }

    void judge_start(Look& look, Metadata const* metadata) {
        auto& check = look.checks[0];
        auto const redirect = read_redirect(ask(wish_.start), wish_.start);
        if (redirect.target) {
            look.brief = "sends the user to " + redirect.target->authority();
            check.message = look.brief;
            add_part(
                look,
                id_,
                "target",
                "The login leads to the provider",
                fault_of_target(*redirect.target, wish_, metadata),
                redirect.target->authority() + redirect.target->path());
            auto faults = faults_of_parameters(redirect.parameters, wish_, redactor_);
            if (auto const fault = fault_of_state(redirect.parameters); !fault.empty()) {
                faults.push_back(fault);
            }
            add_part(
                look,
                id_,
                "parameters",
                "The login's request is right",
                faults.empty() ? "" : "the redirect " + text::join(faults, "; "),
                "response_type, client_id, redirect_uri and state are there");
            return;
        }
        look.state = Look::State::wrong;
        look.hopeless = redirect.hopeless;
        look.brief = redirect.fault;
        look.checks[0].status = record::CheckStatus::failed;
        look.checks[0].message = redirect.fault;
    }

    // One that is the same for everybody protects nobody (RFC 6749, section 10.12).
    std::string fault_of_state(Parameters const& first) {
        auto const again = read_redirect(ask(wish_.start), wish_.start).parameters;
        auto const one = first.find("state");
        auto const two = again.find("state");
        bool const same = one != first.end() && two != again.end() && one->second == two->second;
        return same ? "has the same state twice" : "";
    }

    std::string const& id_;
    OauthWish const& wish_;
    time::Milliseconds timeout_;
    time::Deadline deadline_;
    secret::Redactor& redactor_;
    http::Client client_;
};

} // namespace

Look look_at_oauth(
    std::string const& id,
    OauthWish const& wish,
    time::Milliseconds timeout,
    time::Deadline deadline,
    secret::Redactor& redactor,
    std::stop_token const& stop) {
    auto const& url = wish.start.empty() ? wish.discovery : wish.start;
    auto check = begun(id, "Login by OAuth at " + http::Url::parse(url).redacted());
    return guarded(std::move(check), [&](record::Check const& made) {
        return Visit{id, wish, timeout, deadline, redactor, stop}.look(made);
    });
}

} // namespace slipway::probe
