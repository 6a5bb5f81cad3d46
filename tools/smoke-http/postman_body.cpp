// SPDX-License-Identifier: Apache-2.0
#include "postman_body.hpp"

#include "text/join.hpp"

#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

void raw(Value const& body, StepDraft& step, Draft& draft, std::string const& place) {
    auto const text = json::text_at(body, "raw");
    if (text.empty()) {
        return;
    }
    auto const language =
        json::text_at(json::at(json::at(body, "options"), "raw"), "language", "text");
    static std::map<std::string, std::string, std::less<>> const types{
        {"json", "application/json"},
        {"xml", "application/xml"},
        {"html", "text/html"},
        {"javascript", "application/javascript"},
        {"text", "text/plain"}};
    auto const type = types.find(language);
    if (!step.has_header("content-type") && type != types.end()) {
        step.header("Content-Type", type->second);
    }
    step.set("body", draft.text(text, place));
}

void form(Value const& fields, StepDraft& step, Draft& draft, std::string const& place) {
    Value out = Value::object();
    std::string encoded;
    bool twice = false;
    for (auto const& field : fields) {
        auto const key = json::text_at(field, "key");
        if (is_disabled(field) || key.empty()) {
            continue;
        }
        twice = twice || out.contains(key) || key.find("{{") != std::string::npos;
        out[key] = draft.text(json::text_at(field, "value"), place);
    }
    if (twice) {
        draft.leave(place, json::write(fields), "a form that has a field twice");
    }
    if (!out.empty()) {
        step.set("form", std::move(out));
    }
}

void multipart(Value const& fields, StepDraft& step, Draft& draft, std::string const& place) {
    Value out = Value::object();
    for (auto const& field : fields) {
        auto const key = json::text_at(field, "key");
        if (is_disabled(field) || key.empty()) {
            continue;
        }
        auto const type = json::text_at(field, "contentType");
        Value part = Value::object();
        if (json::text_at(field, "type") == "file") {
            auto const& source = json::at(field, "src");
            auto const& file = source.is_array() && source.size() == 1 ? source[0] : source;
            if (!file.is_string()) {
                draft.leave(place, key, "a part that does not name one file");
                continue;
            }
            part["file"] = file;
        } else {
            part["value"] = draft.text(json::text_at(field, "value"), place);
        }
        if (!type.empty()) {
            part["type"] = type;
        }
        if (out.contains(key)) {
            draft.leave(place, key, "a part that is there twice");
            continue;
        }
        out[key] = part.contains("value") && part.size() == 1 ? part["value"] : part;
    }
    if (!out.empty()) {
        step.set("multipart", std::move(out));
    }
}

void graphql(Value const& graphql, StepDraft& step, Draft& draft, std::string const& place) {
    auto const variables = json::text_at(graphql, "variables");
    auto const query = json_quoted(json::text_at(graphql, "query"));
    step.set(
        "body",
        draft.text(
            fmt::format(
                "{{\"query\":{},\"variables\":{}}}",
                query,
                text::trim(variables).empty() ? "{}" : variables),
            place));
    if (!step.has_header("content-type")) {
        step.header("Content-Type", "application/json");
    }
}

} // namespace

bool is_disabled(json::Value const& value) {
    auto const& flag = json::at(value, "disabled");
    return flag.is_boolean() && flag.get<bool>();
}

void add_postman_body(
    json::Value const& body,
    StepDraft& step,
    Draft& draft,
    std::string const& place) {
    auto const mode = json::text_at(body, "mode");
    if (mode.empty() || is_disabled(body)) {
        return;
    }
    if (mode == "raw") {
        raw(body, step, draft, place);
    } else if (mode == "urlencoded") {
        form(json::at(body, "urlencoded"), step, draft, place);
    } else if (mode == "formdata") {
        multipart(json::at(body, "formdata"), step, draft, place);
    } else if (mode == "graphql") {
        graphql(json::at(body, "graphql"), step, draft, place);
    } else if (mode == "file") {
        auto const source = json::text_at(json::at(body, "file"), "src");
        if (source.empty()) {
            draft.leave(place, "file", "a body of a file that it does not name");
        } else {
            step.set("body_file", source);
        }
    } else {
        draft.leave(place, mode, "a body of a kind that suites do not have");
    }
}

} // namespace slipway::smoke_http
