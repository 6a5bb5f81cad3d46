// SPDX-License-Identifier: Apache-2.0
#include "attempt.hpp"
#include "probe/sensitive.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"

#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

constexpr time::Milliseconds longest_retry_after{30'000};

std::string url_of(Step const& step, World const& world, std::string& path) {
    auto const& target = step.request.target;
    // A captured value inside of a path is a part of it, whatever it holds; one at its beginning
    // is an address itself.
    path = target.starts_with_variable() ? target.render(*world.variables)
                                         : target.render(*world.variables, text::percent_encode);
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
    } else if (plan.body) {
        request.body = plan.body->render(variables);
    }
    if (!type.empty() && !request.headers.find("content-type")) {
        request.headers.add("content-type", type);
    }
}

void add_credentials(http::Request& request, RequestPlan const& plan, World const& world) {
    auto& redactor = world.context.redactor;
    if (plan.bearer) {
        auto const token = plan.bearer->render(*world.variables);
        redactor.add(token);
        request.headers.remove("authorization");
        request.headers.add("authorization", "Bearer " + token);
    }
    if (plan.basic) {
        auto const user = plan.basic->first.render(*world.variables);
        auto const password = plan.basic->second.render(*world.variables);
        redactor.add_password(user, password);
        request.basic_auth = http::BasicAuth{user, secret::Secret{password}};
    }
}

// Seconds alone: an HTTP date would need the server's clock.
std::optional<time::Milliseconds> retry_after(http::Response const& response) {
    auto const field = response.headers.find("retry-after");
    int seconds = 0;
    if (!field ||
        std::from_chars(field->data(), field->data() + field->size(), seconds).ec != std::errc{}) {
        return std::nullopt;
    }
    return std::min<time::Milliseconds>(std::chrono::seconds{seconds}, longest_retry_after);
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
    out.latency_below = expect.latency_below;
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
    auto const outcome = world.client->fetch(request, world.deadline.sooner(step.timeout));
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

} // namespace

http::Request request_of(Step const& step, World const& world, Attempt& told) {
    auto const& plan = step.request;
    http::Request request;
    request.method = plan.method;
    request.url = url_of(step, world, told.path);
    request.timeout = step.timeout;
    request.follow_redirects = plan.follow_redirects;
    for (auto const& header : plan.headers) {
        request.headers.add(header.first, header.second.render(*world.variables));
    }
    add_body(request, plan, *world.variables);
    add_credentials(request, plan, world);
    probe::teach_credentials(request.url, world.context.redactor);
    auto const url = http::Url::parse(request.url);
    told.origin = url.scheme() + "://" + url.authority();
    auto const cookies = world.cookies.header_for(url);
    if (!cookies.empty() && !request.headers.find("cookie")) {
        request.headers.add("cookie", cookies);
    }
    return request;
}

Attempt attempt_http(Step const& step, World& world) {
    Attempt made;
    auto const request = request_of(step, world, made);
    made.not_tried = world.given_up.contains(made.origin);
    if (made.not_tried) {
        return made;
    }
    auto const outcome = world.client->fetch(request, world.deadline.sooner(step.timeout));
    if (auto const* error = std::get_if<Error>(&outcome)) {
        note_error(made, *error);
        return made;
    }
    auto const& response = std::get<http::Response>(outcome);
    made.answered = true;
    made.status = response.status;
    made.latency_ms = std::chrono::duration<double, std::milli>(response.timings.total).count();
    made.retry_after = retry_after(response);
    auto& redactor = world.context.redactor;
    world.cookies.take(http::Url::parse(request.url), response.headers, redactor);
    // Captured first, so that secrets among them are known before anything is quoted.
    auto const expected = expectation_of(step.expect, *world.variables);
    auto const body = probe::body_as_json(response);
    auto missing = capture(step, body, response.headers, world);
    made.faults = probe::judge(
        expected, response, {world.suite.program.get(), *world.variables, redactor, &body});
    if (made.faults.empty()) {
        // What a wrong answer lacks is no news; that it is wrong is.
        made.faults = std::move(missing);
    }
    if (made.faults.empty() && step.conditional) {
        if (auto fault = repeat_conditionally(request, response, step, world)) {
            made.faults.push_back(std::move(*fault));
        }
    }
    return made;
}

} // namespace slipway::smoke_http
