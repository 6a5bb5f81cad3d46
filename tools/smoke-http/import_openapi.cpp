// SPDX-License-Identifier: Apache-2.0
// OpenAPI documents of version 3.0 and 3.1: a step for each operation that changes nothing.
#include "config/document.hpp"
#include "draft.hpp"
#include "error/error.hpp"
#include "openapi_schema.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

std::string value_text(Value const& value) {
    return value.is_string() ? value.get<std::string>() : json::write(value);
}

class OpenApi {
public:
    explicit OpenApi(Document const& document)
        : document_(document), root_(read(document)),
          schemas_(*root_, json::text_at(*root_, "openapi").starts_with("3.0")) {}

    Draft convert() {
        auto const version = json::text_at(*root_, "openapi");
        if (!version.starts_with("3.0") && !version.starts_with("3.1")) {
            throw Error{
                ErrorKind::usage,
                document_.file + " is no OpenAPI document of version 3.0 or 3.1",
                "A document of Swagger 2.0 has to be converted first."};
        }
        draft_.name = json::text_at(json::at(*root_, "info"), "title", "OpenAPI document");
        auto const base = server();
        for (auto const& path : json::at(*root_, "paths").items()) {
            auto const item = resolved(path.value());
            for (char const* const method : {"get", "head", "options"}) {
                auto const& operation = json::at(item, method);
                if (operation.is_object()) {
                    step(method, path.key(), item, operation, base);
                }
            }
        }
        if (!definitions_.empty()) {
            for (auto const& one : schemas_.definitions().items()) {
                definitions_[one.key()] = one.value();
            }
            *draft_.schemas = {{"definitions", definitions_}};
        }
        return std::move(draft_);
    }

private:
    static json::Box read(Document const& document) {
        auto const text = text::trim(document.text);
        return json::Box{
            text.starts_with('{') ? json::parse(document.text, document.file)
                                  : config::parse_yaml(document.text, document.file).value()};
    }

    // What a reference inside of the document means; null where there is nothing.
    [[nodiscard]] Value resolved(Value const& value) const {
        auto const pointer = json::text_at(value, "$ref");
        if (pointer.empty()) {
            return value;
        }
        if (!pointer.starts_with("#/")) {
            return {};
        }
        auto const decoded = text::percent_decode(pointer.substr(1)).value_or("");
        auto const where = Value::json_pointer(decoded);
        return root_->contains(where) ? resolved(root_->at(where)) : Value{};
    }

    std::string server() {
        auto const& servers = json::at(*root_, "servers");
        if (!servers.is_array() || servers.empty()) {
            return "";
        }
        auto url = json::text_at(servers[0], "url");
        for (auto const& variable : json::at(servers[0], "variables").items()) {
            auto const& value = json::at(variable.value(), "default");
            url = text::replace_all(url, "{" + variable.key() + "}", value_text(value));
        }
        while (url.ends_with('/')) {
            url.pop_back();
        }
        return url;
    }

    // The parameters of the path and of the operation; the latter take the place of the former.
    [[nodiscard]] std::vector<Value> parameters(Value const& item, Value const& operation) const {
        std::vector<Value> out;
        for (auto const* owner : {&item, &operation}) {
            for (auto const& one : json::at(*owner, "parameters")) {
                auto const parameter = resolved(one);
                std::erase_if(out, [&](Value const& known) {
                    return json::text_at(known, "name") == json::text_at(parameter, "name") &&
                           json::text_at(known, "in") == json::text_at(parameter, "in");
                });
                out.push_back(parameter);
            }
        }
        return out;
    }

    // --var, else what the document shows as an example.
    [[nodiscard]] Value example(Value const& parameter) const {
        auto const given = document_.values.find(json::text_at(parameter, "name"));
        if (given != document_.values.end()) {
            return given->second;
        }
        if (parameter.contains("example")) {
            return parameter["example"];
        }
        auto const& examples = json::at(parameter, "examples");
        if (examples.is_object() && !examples.empty()) {
            auto const first = resolved(examples.front());
            if (first.contains("value")) {
                return first["value"];
            }
        }
        auto const schema = resolved(json::at(parameter, "schema"));
        for (char const* const word : {"example", "default", "const"}) {
            if (schema.is_object() && schema.contains(word)) {
                return schema[word];
            }
        }
        for (char const* const word : {"examples", "enum"}) {
            auto const& list = json::at(schema, word);
            if (list.is_array() && !list.empty()) {
                return list[0];
            }
        }
        return {};
    }

    void step(
        std::string const& method,
        std::string const& path,
        Value const& item,
        Value const& operation,
        std::string const& base) {
        auto const place = fmt::format("{} {}", upper(method), path);
        auto const id = json::text_at(operation, "operationId", method + path);
        StepDraft made{
            draft_.step_id(id), text::to_utf8(json::text_at(operation, "summary", place))};
        auto target = path;
        cookies_ = Value::object();
        std::vector<std::string> query;
        for (auto const& parameter : parameters(item, operation)) {
            if (!add_parameter(parameter, target, query, made, place)) {
                return;
            }
        }
        if (operation.contains("requestBody")) {
            draft_.leave(place, "requestBody", "a body of an operation that changes nothing");
            return;
        }
        auto const url =
            base + fit_for_url(target) + (query.empty() ? "" : "?" + text::join(query, "&"));
        // A server without a host is where the document was found: --base-url says it.
        made.request(method, text::replace_all(url, "$", "$$"));
        security(operation, made, place);
        responses(json::at(operation, "responses"), made, place, method == "head");
        draft_.steps.push_back(std::move(made));
    }

    static std::string upper(std::string text) {
        std::transform(text.begin(), text.end(), text.begin(), [](char byte) {
            return static_cast<char>(byte - 'a' + 'A');
        });
        return text;
    }

    // False where a required one has no value.
    bool add_parameter(
        Value const& parameter,
        std::string& target,
        std::vector<std::string>& query,
        StepDraft& made,
        std::string const& place) {
        auto const name = json::text_at(parameter, "name");
        auto const in = json::text_at(parameter, "in");
        auto const& flag = json::at(parameter, "required");
        bool const required = in == "path" || (flag.is_boolean() && flag.get<bool>());
        auto const value = example(parameter);
        if (value.is_null()) {
            if (required) {
                draft_.leave(
                    place,
                    fmt::format("{} parameter {}", in, name),
                    "it has no example: give --var " + name + "=VALUE");
            }
            return !required;
        }
        // What is optional and only has a default is the server's own business.
        if (!required && !is_shown(parameter) && !document_.values.contains(name)) {
            return true;
        }
        if (in == "path") {
            target =
                text::replace_all(target, "{" + name + "}", text::percent_encode(list_text(value)));
        } else if (in == "query") {
            add_query(parameter, name, value, query, place);
        } else if (in == "header") {
            made.header(name, text::replace_all(list_text(value), "$", "$$"));
        } else if (in == "cookie") {
            cookies_[name] = list_text(value);
            made.set("cookies", cookies_);
        }
        return true;
    }

    static bool is_shown(Value const& parameter) {
        return parameter.contains("example") || parameter.contains("examples");
    }

    static std::string list_text(Value const& value) {
        if (!value.is_array()) {
            return value_text(value);
        }
        std::vector<std::string> parts;
        for (auto const& element : value) {
            parts.push_back(value_text(element));
        }
        return text::join(parts, ",");
    }

    // Style form, as is the default; exploded lists repeat the name.
    void add_query(
        Value const& parameter,
        std::string const& name,
        Value const& value,
        std::vector<std::string>& query,
        std::string const& place) {
        auto const style = json::text_at(parameter, "style", "form");
        auto const& explode = json::at(parameter, "explode");
        bool const exploded = !explode.is_boolean() || explode.get<bool>();
        auto const add = [&](std::string const& key, Value const& one) {
            query.push_back(text::percent_encode(key) + "=" + text::percent_encode(list_text(one)));
        };
        if (value.is_object() || (style != "form" && value.is_structured())) {
            if (style == "deepObject" && value.is_object()) {
                for (auto const& member : value.items()) {
                    add(fmt::format("{}[{}]", name, member.key()), member.value());
                }
                return;
            }
            if (style == "form" && exploded) {
                for (auto const& member : value.items()) {
                    add(member.key(), member.value());
                }
                return;
            }
            draft_.leave(place, name, "a query parameter of the style " + style);
        } else if (value.is_array() && exploded) {
            for (auto const& element : value) {
                add(name, element);
            }
        } else {
            add(name, value);
        }
    }

    void security(Value const& operation, StepDraft& made, std::string const& place) {
        auto const& own = json::at(operation, "security");
        auto const& list = own.is_array() ? own : json::at(*root_, "security");
        if (!list.is_array() || list.empty()) {
            return;
        }
        for (auto const& choice : list) {
            if (choice.empty()) {
                return; // works without
            }
        }
        for (auto const& scheme : list[0].items()) {
            auto const definition = resolved(json::at(
                json::at(json::at(*root_, "components"), "securitySchemes"), scheme.key()));
            auto const type = json::text_at(definition, "type");
            auto const http = text::lower(json::text_at(definition, "scheme"));
            auto const variable = [&](std::string_view what) {
                return "{{" + draft_.variable(scheme.key() + "_" + std::string{what}) + "}}";
            };
            if ((type == "http" && http == "bearer") || type == "oauth2" ||
                type == "openIdConnect") {
                made.set("bearer", variable("token"));
            } else if (type == "http" && http == "basic") {
                made.set("basic", {{"user", variable("user")}, {"password", variable("password")}});
            } else if (type == "apiKey" && json::text_at(definition, "in") != "cookie") {
                made.set(
                    "api_key",
                    {{json::text_at(definition, "in"), json::text_at(definition, "name")},
                     {"value", variable("api_key")}});
            } else {
                draft_.leave(place, "security " + scheme.key(), "a scheme that is not converted");
            }
        }
    }

    void responses(
        Value const& responses,
        StepDraft& made,
        std::string const& place,
        bool without_body) {
        std::vector<std::string> good;
        for (auto const& response : responses.items()) {
            if (response.key().starts_with("2")) {
                good.push_back(text::lower(response.key()));
            }
        }
        if (good.empty()) {
            for (auto const& response : responses.items()) {
                if (response.key().starts_with("3")) {
                    good.push_back(text::lower(response.key()));
                }
            }
        }
        for (auto const& status : good) {
            made.want_status(status);
        }
        auto const key = good.empty() ? "default" : good.front();
        auto const response = resolved(json::at(responses, key == "2xx" ? "2XX" : key));
        auto const& content = json::at(response, "content");
        // Several successes may have several bodies, and which one comes is not said.
        if (without_body || good.size() > 1 || !content.is_object()) {
            if (good.size() > 1 && content.is_object()) {
                draft_.leave(place, text::join(good, ", "), "several successes, each with a body");
            }
            return;
        }
        for (auto const& media : content.items()) {
            auto const type = text::lower(media.key());
            bool const json = type.find("json") != std::string::npos;
            auto const& schema = json::at(media.value(), "schema");
            if (!json || (!schema.is_object() && !schema.is_boolean())) {
                continue;
            }
            if (!made.has_header("accept")) {
                made.header("Accept", media.key());
            }
            add_schema(schema, made, place, key);
            return;
        }
    }

    void add_schema(
        Value const& schema,
        StepDraft& made,
        std::string const& place,
        std::string const& status) {
        try {
            auto converted = schemas_.convert(schema);
            if (converted.is_object() && converted.empty()) {
                return;
            }
            auto const name = "answer." + made.id();
            definitions_[name] = std::move(converted);
            made.want_schema("#/definitions/" + name);
        } catch (Error const& error) {
            draft_.leave(place, "schema of " + status, error.message());
        }
    }

    Document const& document_;
    json::Box root_;
    Draft draft_;
    OpenApiSchemas schemas_;
    Value definitions_ = Value::object();
    Value cookies_; // of the step that is made
};

} // namespace

Draft draft_of_openapi(Document const& document) {
    return OpenApi{document}.convert();
}

} // namespace slipway::smoke_http
