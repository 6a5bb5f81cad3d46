// SPDX-License-Identifier: Apache-2.0
#include "support/github_api.hpp"

#include "error/error.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <array>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::support {

namespace {

using json::Value;

HttpAnswer fault(int status, std::string const& message) {
    return {
        status, json::write(Value{{"message", message}, {"status", std::to_string(status)}}), ""};
}

// The fields of a request's body by GitHub's reference.
using Fields = std::map<std::string, char const*, std::less<>>;

Fields const& fields_of_deployment() {
    static Fields const fields{
        {"ref", "string"},
        {"task", "string"},
        {"auto_merge", "boolean"},
        {"required_contexts", "array"},
        {"payload", "object"},
        {"environment", "string"},
        {"description", "string"},
        {"transient_environment", "boolean"},
        {"production_environment", "boolean"}};
    return fields;
}

Fields const& fields_of_status() {
    static Fields const fields{
        {"state", "string"},
        {"target_url", "string"},
        {"log_url", "string"},
        {"description", "string"},
        {"environment", "string"},
        {"environment_url", "string"},
        {"auto_inactive", "boolean"}};
    return fields;
}

std::string objection(Value const& body, Fields const& fields) {
    for (auto const& [key, value] : body.items()) {
        auto const field = fields.find(key);
        if (field == fields.end()) {
            return key + " is not a permitted key";
        }
        if (std::string_view{value.type_name()} != field->second) {
            return fmt::format("{} is no {}", key, field->second);
        }
    }
    return text::code_points(json::text_at(body, "description")) > 140
               ? "description is too long (maximum is 140 characters)"
               : "";
}

std::string query_of(std::string const& target, std::string_view key) {
    auto const start = target.find('?');
    if (start == std::string::npos) {
        return {};
    }
    for (auto const part : text::split(std::string_view{target}.substr(start + 1), '&')) {
        if (part.starts_with(std::string{key} + "=")) {
            return text::percent_decode(part.substr(key.size() + 1)).value_or("");
        }
    }
    return {};
}

} // namespace

GithubApi::GithubApi()
    : ScriptedServer([this](HttpRequest const& request) { return serve(request); }) {}

void GithubApi::add_foreign(std::string const& environment, std::string const& log_url) {
    std::scoped_lock const lock{mutex_};
    Value const deployment{
        {"id", 1000 + kept_.size()},
        {"url", "https://api.github.com/x"},
        {"sha", "c0ffee"},
        {"task", "deploy"},
        {"environment", environment},
        {"payload", ""}};
    kept_.push_back(
        {json::Box{deployment},
         {json::Box{
             Value{{"state", "in_progress"}, {"log_url", log_url}, {"target_url", log_url}}}}});
}

std::vector<GithubApi::Kept> GithubApi::deployments() const {
    std::scoped_lock const lock{mutex_};
    return kept_;
}

HttpAnswer GithubApi::serve(HttpRequest const& request) {
    std::scoped_lock const lock{mutex_};
    if (request.header("Authorization") != fmt::format("Bearer {}", token)) {
        return fault(401, "Bad credentials");
    }
    if (request.header("User-Agent").empty()) {
        return fault(403, "Request forbidden by administrative rules");
    }
    if (request.header("Accept") != "application/vnd.github+json" ||
        request.header("X-GitHub-Api-Version") != "2022-11-28") {
        return fault(400, "not the headers of the reference");
    }
    std::string const base = fmt::format("/repos/{}/deployments", repository);
    std::string const path = request.target.substr(0, request.target.find('?'));
    if (path == base && request.method == "GET") {
        return list(request.target);
    }
    Value body;
    try {
        body = request.method == "POST" ? json::parse(request.body, "body") : Value{};
    } catch (Error const&) {
        return fault(400, "Problems parsing JSON");
    }
    if (path == base && request.method == "POST") {
        return create(body);
    }
    if (path.starts_with(base + "/") && path.ends_with("/statuses")) {
        if (auto* kept = find(std::atoll(path.c_str() + base.size() + 1))) {
            if (request.method == "POST") {
                return add_status(*kept, body);
            }
            Value all = Value::array();
            for (auto const& status : kept->statuses) {
                all.push_back(*status);
            }
            return {200, json::write(all), ""};
        }
    }
    return fault(404, "Not Found");
}

HttpAnswer GithubApi::list(std::string const& target) const {
    Value all = Value::array();
    for (auto kept = kept_.rbegin(); kept != kept_.rend(); ++kept) {
        Value one = *kept->deployment;
        bool same = true;
        for (auto const* key : {"environment", "task"}) {
            std::string const wanted = query_of(target, key);
            same = same && (wanted.empty() || json::text_at(one, key) == wanted);
        }
        if (same) {
            if (payload_as_text && one["payload"].is_object()) {
                one["payload"] = json::write(one["payload"]);
            }
            all.push_back(std::move(one));
        }
    }
    return {200, json::write(all), ""};
}

HttpAnswer GithubApi::create(Value const& body) {
    std::string const wrong = objection(body, fields_of_deployment());
    if (!wrong.empty()) {
        return fault(422, "Invalid request. " + wrong);
    }
    if (json::text_at(body, "ref").empty()) {
        return fault(422, "Invalid request. \"ref\" wasn't supplied.");
    }
    if (json::text_at(body, "ref") == "no-such-branch") {
        return fault(422, "No ref found for: no-such-branch");
    }
    Value made{{"id", 1 + kept_.size()}, {"url", "https://api.github.com/x"}, {"sha", "c0ffee"}};
    made.update(body);
    kept_.push_back({json::Box{made}, {}});
    return {201, json::write(made), ""};
}

HttpAnswer GithubApi::add_status(Kept& kept, Value const& body) {
    std::string const wrong = objection(body, fields_of_status());
    constexpr std::array states{
        "error", "failure", "inactive", "in_progress", "queued", "pending", "success"};
    bool const known =
        std::find(states.begin(), states.end(), json::text_at(body, "state")) != states.end();
    if (!wrong.empty() || !known) {
        return fault(422, "Validation Failed" + wrong);
    }
    kept.statuses.insert(kept.statuses.begin(), json::Box{body});
    return {201, json::write(body), ""};
}

GithubApi::Kept* GithubApi::find(std::int64_t id) {
    for (auto& kept : kept_) {
        if ((*kept.deployment)["id"] == id) {
            return &kept;
        }
    }
    return nullptr;
}

} // namespace slipway::support
