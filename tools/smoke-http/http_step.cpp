// SPDX-License-Identifier: Apache-2.0
#include "attempt.hpp"
#include "fs/file.hpp"
#include "http/retry_after.hpp"
#include "probe/excerpt.hpp"
#include "probe/sensitive.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

constexpr time::Milliseconds longest_retry_after{30'000};
constexpr std::uint64_t largest_body_file = std::uint64_t{64} << 20U;

std::string url_of(Step const& step, World const& world, std::string& path) {
    path = step.request.target.render_url(*world.variables);
    if (path.find("://") != std::string::npos) {
        return path;
    }
    return world.suite.base_url + (path.starts_with('/') ? "" : "/") + path;
}

std::string form_of(RequestPlan const& plan, Value const& variables) {
    std::vector<std::string> pairs;
    for (auto const& field : plan.form) {
        pairs.push_back(
            text::percent_encode(field.first) + "=" +
            text::percent_encode(field.second.render(variables)));
    }
    return text::join(pairs, "&");
}

void add_body(http::Request& request, RequestPlan const& plan, Value const& variables) {
    std::string type;
    if (plan.json) {
        request.body = json::write(plan.json->render(variables));
        type = "application/json";
    } else if (!plan.form.empty()) {
        request.body = form_of(plan, variables);
        type = "application/x-www-form-urlencoded";
    } else if (!plan.multipart.empty()) {
        std::tie(request.body, type) = multipart_of(plan.multipart, variables);
    } else if (plan.body) {
        request.body = plan.body->render(variables);
    } else if (!plan.body_file.empty()) {
        request.body = fs::read_file(plan.body_file, largest_body_file);
    }
    if (!type.empty() && !request.headers.find("content-type")) {
        request.headers.add("content-type", type);
    }
}

void add_bearer(http::Request& request, std::string const& token, World const& world) {
    world.context.redactor.add(token);
    request.headers.remove("authorization");
    request.headers.add("authorization", "Bearer " + token);
}

void add_api_key(http::Request& request, ApiKey const& key, World const& world) {
    auto const value = key.value.render(*world.variables);
    world.context.redactor.add(value);
    if (!key.in_query) {
        request.headers.remove(key.name);
        request.headers.add(key.name, value);
        return;
    }
    auto const hash = request.url.find('#');
    auto url = request.url.substr(0, hash);
    url += url.find('?') == std::string::npos ? '?' : '&';
    request.url = url + text::percent_encode(key.name) + "=" + text::percent_encode(value);
}

void add_credentials(http::Request& request, Step const& step, World& world) {
    auto& redactor = world.context.redactor;
    auto const& plan = step.request;
    if (plan.bearer) {
        add_bearer(request, plan.bearer->render(*world.variables), world);
    }
    if (plan.oauth2) {
        add_bearer(request, access_token(*plan.oauth2, step, world), world);
    }
    if (plan.api_key) {
        add_api_key(request, *plan.api_key, world);
    }
    if (plan.basic) {
        auto const user = plan.basic->first.render(*world.variables);
        auto const password = plan.basic->second.render(*world.variables);
        redactor.add_password(user, password);
        request.basic_auth = http::BasicAuth{user, secret::Secret{password}};
    }
}

// What the jar has, and what the step itself sets.
void add_cookies(http::Request& request, RequestPlan const& plan, World const& world) {
    if (request.headers.find("cookie")) {
        return;
    }
    auto const& jar = world.shared.cookies;
    auto header = jar.empty() ? "" : jar.header_for(http::Url::parse(request.url));
    for (auto const& cookie : plan.cookies) {
        header += (header.empty() ? "" : "; ") + cookie.first + "=" +
                  cookie.second.render(*world.variables);
    }
    if (!header.empty()) {
        request.headers.add("cookie", header);
    }
}

probe::HttpExpectation expectation_of(Expect const& expect, Value const& variables) {
    probe::HttpExpectation out;
    out.status =
        probe::StatusSet{expect.status.empty() ? std::vector<std::string>{"2xx"} : expect.status};
    out.headers = rules_of(expect.headers, variables);
    out.jq = rules_of(expect.jq, variables);
    if (expect.body.equals) {
        out.body.equals = expect.body.equals->render(variables);
    }
    for (auto const& text : expect.body.contains) {
        out.body.contains.push_back(text.render(variables));
    }
    for (auto const& text : expect.body.lacks) {
        out.body.lacks.push_back(text.render(variables));
    }
    out.body.patterns = expect.body.patterns;
    out.body.sha256 = expect.body.sha256;
    out.schema = expect.schema;
    out.schema_name = expect.schema_name;
    return out;
}

probe::Fault fault_of(std::string const& message, Value expected, Value actual) {
    return {
        "conditional",
        "conditional: " + message,
        json::Box{std::move(expected)},
        json::Box{std::move(actual)}};
}

// Asks again with the ETag of the first answer: nothing has changed, so 304 is right.
std::optional<probe::Fault> repeat_conditionally(
    http::Request request,
    http::Response const& first,
    Step const& step,
    World& world) {
    auto const tag = first.headers.find("etag");
    if (!tag) {
        return fault_of("the answer has no ETag", "an ETag", Value{});
    }
    request.headers.add("if-none-match", *tag);
    auto const outcome = world.send(step, request, world.shared.deadline.sooner(step.timeout));
    if (auto const* error = std::get_if<Error>(&outcome)) {
        return fault_of("no second answer: " + error->message(), 304, Value{});
    }
    auto const& second = std::get<http::Response>(outcome);
    if (second.status == 304) {
        return std::nullopt;
    }
    auto const other = second.headers.find("etag");
    return fault_of(
        fmt::format(
            "expected 304 for If-None-Match {}, got {}{}",
            *tag,
            probe::status_text(second.status),
            other && *other != *tag ? " with another ETag, " + *other : ""),
        304,
        second.status);
}

// Whether the answer is one after which a retry has no sense.
bool is_final(Step const& step, http::Response const& response, Value const& body, World& world) {
    if (step.stop_status && step.stop_status->has(response.status)) {
        return true;
    }
    try {
        return step.stop_when &&
               expr::truthy(world.suite.program->evaluate(*step.stop_when, body, *world.variables));
    } catch (Error const&) {
        return false; // the answer is another one than the expression is about
    }
}

bool is_pending(Step const& step, Value const& body, World const& world) {
    try {
        return step.poll && !expr::truthy(world.suite.program->evaluate(
                                step.poll->until, body, *world.variables));
    } catch (Error const&) {
        return true;
    }
}

probe::Fault not_yet(Step const& step, http::Response const& response, World const& world) {
    auto const& redactor = world.context.redactor;
    return {
        "poll",
        fmt::format(
            "poll: {} does not hold; the last answer was {}, body {}",
            step.poll->text,
            probe::status_text(response.status),
            probe::excerpt_of_text(response.body, redactor)),
        json::Box{step.poll->text},
        json::Box{false}};
}

void judge(Step const& step, http::Response const& response, World& world, Attempt& made) {
    auto& redactor = world.context.redactor;
    // Captured first, so that secrets among them are known before anything is quoted.
    auto const expected = expectation_of(step.expect, *world.variables);
    auto const body = probe::body_as_json(response);
    probe::teach_sensitive(body, redactor);
    made.pending = is_pending(step, body, world);
    if (made.pending) {
        made.faults.push_back(not_yet(step, response, world));
        return;
    }
    auto missing = capture(step, body, &response, world);
    made.faults = probe::judge(
        expected, response, {world.suite.program.get(), *world.variables, redactor, &body});
    auto more = judge_answer(step, response, world);
    std::move(more.begin(), more.end(), std::back_inserter(made.faults));
    if (step.repeat == 1) {
        auto late = judge_latency(step.expect.latency, {*made.latency_ms});
        std::move(late.begin(), late.end(), std::back_inserter(made.faults));
    }
    if (response.body_truncated) {
        made.faults.push_back(probe::too_large(response));
        made.hint = "Where so much is right, say max_body: 50MiB.";
    }
    if (made.faults.empty()) {
        // What a wrong answer lacks is no news; that it is wrong is.
        made.faults = std::move(missing);
    }
    made.final = is_final(step, response, body, world);
}

} // namespace

http::Request request_of(Step const& step, World& world, Attempt& told) {
    auto const& plan = step.request;
    http::Request request;
    request.method = plan.method;
    request.url = url_of(step, world, told.path);
    probe::teach_credentials(request.url, world.context.redactor);
    auto const url = http::Url::parse(request.url);
    told.origin = url.scheme() + "://" + url.authority();
    request.timeout = step.timeout;
    request.follow_redirects = plan.follow_redirects;
    request.max_redirects = plan.max_redirects;
    request.max_body = plan.max_body;
    request.insecure = plan.insecure;
    request.ca_file = plan.ca_file;
    request.version = plan.version;
    for (auto const& header : plan.headers) {
        request.headers.add(header.first, header.second.render(*world.variables));
    }
    add_body(request, plan, *world.variables);
    add_credentials(request, step, world);
    add_cookies(request, plan, world);
    if (plan.aws) {
        sign_for_aws(request, *plan.aws, step, world);
    }
    return request;
}

Attempt attempt_http(Step const& step, World& world) {
    Attempt made;
    auto const request = request_of(step, world, made);
    made.not_tried = world.shared.given_up.contains(made.origin);
    if (made.not_tried) {
        return made;
    }
    auto const outcome = world.send(step, request, world.shared.deadline.sooner(step.timeout));
    if (auto const* error = std::get_if<Error>(&outcome)) {
        note_error(made, *error);
        return made;
    }
    auto const& response = std::get<http::Response>(outcome);
    made.answered = true;
    made.status = response.status;
    made.latency_ms = std::chrono::duration<double, std::milli>(response.timings.total).count();
    made.retry_after = http::retry_after(response.headers, world.context.clock.now());
    if (made.retry_after) {
        made.retry_after = std::min(*made.retry_after, longest_retry_after);
    }
    auto& redactor = world.context.redactor;
    if (response.headers.find("set-cookie")) {
        world.shared.cookies.take(http::Url::parse(request.url), response.headers, redactor);
    }
    judge(step, response, world, made);
    if (made.faults.empty() && step.conditional) {
        if (auto fault = repeat_conditionally(request, response, step, world)) {
            made.faults.push_back(std::move(*fault));
        }
    }
    return made;
}

} // namespace slipway::smoke_http
