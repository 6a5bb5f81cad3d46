// SPDX-License-Identifier: Apache-2.0
#include "smoke_faults.hpp"

#include <ostream>

namespace slipway::smoke_faults {

namespace {

constexpr char const* whole = "sample-app.yaml";
constexpr char const* accounts = "sample-app-auth.yaml";

} // namespace

std::ostream& operator<<(std::ostream& out, Broken const& one) {
    return out << one.suite << " " << one.fault;
}

std::vector<Broken> const& all() {
    static std::vector<Broken> const faults{
        Broken{
            whole,
            "wrong_status",
            "links.create",
            "links.list",
            "links.create",
            "expected 201, got 200 OK"},
        Broken{
            whole,
            "missing_field",
            "login profile.get",
            "profile.patch",
            "login",
            "jq .expiresIn: expected > 0, got null, which is of type null, not number; . = "
            "{\"accessToken\":\"***\",\"tokenType\":\"Bearer\""},
        Broken{
            whole, "broken_etag", "links.list", "", "links.list", "got 200 OK with another ETag"},
        Broken{
            whole,
            "wrong_role_allowed",
            "admin.wrong_role",
            "",
            "admin.wrong_role",
            "expected 403, got 200"},
        Broken{
            whole,
            "theme_not_saved",
            "theme.saved",
            "",
            "theme.saved",
            "jq .theme: expected dark, got \"system\""},
        Broken{
            whole, "links_delete_noop", "links.gone", "", "links.gone", "expected 404, got 200 OK"},
        Broken{whole, "bad_content_type", "root", "", "root", "got \"text/html; charset=utf-8\""},
        Broken{whole, "password_in_body", "login", "", "login", "body: contains \"***\""},
        Broken{
            whole,
            "slow_endpoint",
            "dashboard",
            "",
            "dashboard",
            "latency: expected < 1.5 s, took 2"},
        Broken{
            whole,
            "no_rate_limit",
            "rate_limit",
            "",
            "rate_limit",
            "none of 150 answers within 8.0 s was 429: 150 × 200"},
        Broken{
            whole,
            "no_retry_after",
            "rate_limit",
            "",
            "rate_limit",
            "header retry-after: expected"},
        Broken{
            whole,
            "no_lockout",
            "lockout",
            "",
            "lockout",
            "status: expected 423, got 401 Unauthorized"},
        Broken{
            whole,
            "no_token_needed",
            "me.without_token",
            "",
            "me.without_token",
            "status: expected 401, got 200 OK"},
        Broken{
            whole,
            "links_not_validated",
            "links.refused",
            "",
            "links.refused",
            "status: expected 422, got 201 Created"},
        Broken{
            whole,
            "no_nosniff",
            "root",
            "",
            "root",
            "header x-content-type-options: expected nosniff, got null"},
        Broken{
            whole,
            "oauth_elsewhere",
            "oauth.start",
            "",
            "oauth.start",
            "got \"https://accounts.example.net/"},
        Broken{
            accounts,
            "no_lockout",
            "lockout.locked",
            "lockout.unlock lockout.after_unlock",
            "lockout.locked",
            "status: expected 423, got 200 OK"},
        Broken{
            accounts,
            "expired_token_accepted",
            "token.expired",
            "",
            "token.expired",
            "status: expected 401, got 200 OK"},
        Broken{
            accounts,
            "wrong_role_allowed",
            "roles.user",
            "",
            "roles.user",
            "status: expected 403, got 200 OK"},
        Broken{
            accounts,
            "password_not_changed",
            "password.new_one_counts",
            "password.old_one_does_not",
            "password.new_one_counts",
            "status: expected 2xx, got 401 Unauthorized"},
        Broken{
            accounts,
            "duplicate_unhandled",
            "register.again",
            "",
            "register.again",
            "status: expected 409, got 500 Internal Server Error"},
        Broken{
            accounts,
            "links_of_others",
            "links.of_another",
            "",
            "links.of_another",
            "status: expected 404, got 200 OK"},
        Broken{
            accounts,
            "password_in_body",
            "register",
            "register.again login password.change password.new_one_counts "
            "password.old_one_does_not",
            "register",
            "body: contains \"***\""},
    };
    return faults;
}

} // namespace slipway::smoke_faults
