// SPDX-License-Identifier: Apache-2.0
#include "order.hpp"

#include <algorithm>

namespace slipway::smoke_http {

namespace {

bool contains(std::vector<std::string> const& list, std::string const& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

bool may_change(Step const& step) {
    auto const& method = step.request.method;
    return step.kind == Kind::http && method != "GET" && method != "HEAD" && method != "OPTIONS";
}

// One is the other, or lies below it: /links and /links/{{id}}; a captured address may be any.
bool same_branch(std::string const& a, std::string const& b) {
    if (a.starts_with("{{") || b.starts_with("{{")) {
        return true;
    }
    auto const plain_a = a.substr(0, a.find('?'));
    auto const plain_b = b.substr(0, b.find('?'));
    auto const& shorter = plain_a.size() < plain_b.size() ? plain_a : plain_b;
    auto const& longer = plain_a.size() < plain_b.size() ? plain_b : plain_a;
    return longer.starts_with(shorter) &&
           (longer.size() == shorter.size() || longer[shorter.size()] == '/');
}

bool captures(Step const& step, std::string const& name) {
    return std::any_of(step.captures.begin(), step.captures.end(), [&](Capture const& capture) {
        return capture.name == name;
    });
}

bool shares_a_value(Step const& earlier, Step const& later) {
    for (auto const& capture : earlier.captures) {
        if (contains(later.uses, capture.name) || contains(later.mentions, capture.name) ||
            captures(later, capture.name)) {
            return true;
        }
    }
    return std::any_of(later.captures.begin(), later.captures.end(), [&](Capture const& capture) {
        return contains(earlier.uses, capture.name) || contains(earlier.mentions, capture.name);
    });
}

bool has_to_wait(Step const& earlier, Step const& later) {
    // A burst uses up what others of that server would need.
    if (earlier.kind == Kind::burst || later.kind == Kind::burst) {
        return true;
    }
    if (contains(later.needs, earlier.id) || contains(later.needs, earlier.group)) {
        return true;
    }
    bool const both_http = earlier.kind == Kind::http && later.kind == Kind::http;
    return shares_a_value(earlier, later) ||
           (both_http && (may_change(earlier) || may_change(later)) &&
            same_branch(earlier.path, later.path)) ||
           (earlier.on_database() && later.on_database() &&
            (earlier.sql.writes || later.sql.writes));
}

} // namespace

std::vector<std::vector<std::size_t>> waits_of(std::vector<Step> const& steps) {
    std::vector<std::vector<std::size_t>> out(steps.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (has_to_wait(steps[j], steps[i])) {
                out[i].push_back(j);
            }
        }
    }
    return out;
}

} // namespace slipway::smoke_http
