// SPDX-License-Identifier: Apache-2.0
#include "deployments.hpp"

#include "text/escape.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::github_deployment {

namespace {

constexpr retry::Policy policy{20, time::Milliseconds{500}, time::Milliseconds{10'000}, 0.5};
constexpr std::size_t looked_into = 5;

// GitHub hands a payload back as it came, or as text.
json::Value payload_of(json::Value const& deployment) {
    auto const& payload = json::at(deployment, "payload");
    if (!payload.is_string()) {
        return payload;
    }
    try {
        return json::parse(payload.get<std::string>(), "payload");
    } catch (Error const&) {
        return {};
    }
}

// By this a run knows its own deployment again, also where no record tells of it.
json::Value mark_of(Request const& request) {
    return {
        {"run", request.run.id},
        {"attempt", request.run.attempt},
        {"name", request.run.name},
        {"ref", request.ref}};
}

// The order of the members is GitHub's.
bool is_mark(json::Value const& given, json::Value const& mark) {
    for (auto const& [key, value] : mark.items()) {
        if (json::at(given, key) != value) {
            return false;
        }
    }
    return true;
}

Deployment deployment_of(json::Value const& answer) {
    auto const& id = json::at(answer, "id");
    if (!id.is_number_integer()) {
        throw Error{
            ErrorKind::failed,
            "GitHub's answer has no deployment in it",
            "Is GITHUB_API_URL the address of GitHub's API?"};
    }
    return {
        id.get<std::int64_t>(), json::text_at(answer, "url"), json::text_at(answer, "sha"), false};
}

bool is_below(std::string_view url, std::string const& run_url) {
    return url.starts_with(run_url) && (url.size() == run_url.size() || url[run_url.size()] == '/');
}

} // namespace

Deployment Deployments::create(Request const& request) {
    bool sent = false;
    try {
        return retry::run(
            policy,
            patience_,
            transient,
            [&] {
                auto const all = list(request);
                if (auto own = look(request, all)) {
                    return *own;
                }
                refuse_second(request, all);
                sent = true;
                return post(request);
            },
            told_);
    } catch (Error const& error) {
        if (sent && transient(error)) {
            throw Error{
                ErrorKind::in_doubt,
                "it is not known whether GitHub made the deployment: " + error.message(),
                "Run the same command again: it looks for the deployment of this run before it "
                "makes one."};
        }
        throw;
    }
}

std::optional<Deployment> Deployments::find(Request const& request) {
    return retry::run(
        policy, patience_, transient, [&] { return look(request, list(request)); }, told_);
}

json::Value Deployments::list(Request const& request) {
    auto all = api_.get(fmt::format(
        "/deployments?environment={}&task={}&per_page=100",
        text::percent_encode(request.environment),
        text::percent_encode(request.task)));
    if (!all.is_array()) {
        throw Error{
            ErrorKind::failed,
            "GitHub's list of deployments is no list",
            "Is GITHUB_API_URL the address of GitHub's API?"};
    }
    return all;
}

std::optional<Deployment> Deployments::look(Request const& request, json::Value const& list) const {
    auto const mark = mark_of(request);
    for (auto const& one : list) {
        auto const payload = payload_of(one);
        if (is_mark(json::at(payload, "slipway"), mark)) {
            auto found = deployment_of(one);
            found.found = true;
            return found;
        }
    }
    return std::nullopt;
}

// A job with `environment:` has a deployment made by GitHub itself, whose statuses lead to its run.
void Deployments::refuse_second(Request const& request, json::Value const& list) {
    auto const& run_url = request.run.url;
    if (request.run.ci != "github" || run_url.empty()) {
        return;
    }
    std::size_t looked = 0;
    for (auto const& one : list) {
        if (json::at(payload_of(one), "slipway").is_object() || looked == looked_into) {
            continue;
        }
        ++looked;
        auto const id = deployment_of(one).id;
        for (auto const& status :
             api_.get(fmt::format("/deployments/{}/statuses?per_page=10", id))) {
            if (is_below(json::text_at(status, "log_url"), run_url) ||
                is_below(json::text_at(status, "target_url"), run_url)) {
                throw Error{
                    ErrorKind::refused,
                    fmt::format(
                        "GitHub made deployment {} to {} for this run already",
                        id,
                        text::printable_line(request.environment)),
                    "A job with `environment:` has its deployment and statuses from GitHub: leave "
                    "github-deployment out, or `environment:`."};
            }
        }
    }
}

Deployment Deployments::post(Request const& request) {
    json::Value const body{
        {"ref", request.ref},
        {"task", request.task},
        {"environment", request.environment},
        {"description", request.description},
        {"auto_merge", false},
        {"required_contexts", json::Value::array()},
        {"payload", {{"slipway", mark_of(request)}}}};
    return deployment_of(api_.post("/deployments", body));
}

void Deployments::tell(std::int64_t id, Status const& status) {
    json::Value body{{"state", status.state}, {"description", status.description}};
    if (!status.log_url.empty()) {
        body["log_url"] = status.log_url;
    }
    if (!status.environment_url.empty()) {
        body["environment_url"] = status.environment_url;
    }
    retry::run(
        policy,
        patience_,
        transient,
        [&] { return api_.post(fmt::format("/deployments/{}/statuses", id), body); },
        told_);
}

} // namespace slipway::github_deployment
