// SPDX-License-Identifier: Apache-2.0
// Postman collections, versions 2.0 and 2.1 (schema.getpostman.com/json/collection).
#include "draft.hpp"
#include "error/error.hpp"
#include "postman_body.hpp"
#include "postman_script.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

struct Script {
    std::string text;
    std::string place;
};

// What a folder hands down to its requests.
struct Inherited {
    Value const* auth = nullptr;
    std::vector<Script> tests;
    std::string path; // of folders' names
};

std::string script_of(Value const& event) {
    auto const& exec = json::at(json::at(event, "script"), "exec");
    if (exec.is_string()) {
        return exec.get<std::string>();
    }
    std::string out;
    for (auto const& line : exec) {
        if (line.is_string()) {
            out += line.get<std::string>() + "\n";
        }
    }
    return out;
}

// An auth's parameters: a list of {key, value} in version 2.1, an object in 2.0.
std::string parameter(Value const& auth, std::string_view kind, std::string_view key) {
    auto const& parameters = json::at(auth, kind);
    if (parameters.is_object()) {
        return json::text_at(parameters, key);
    }
    for (auto const& one : parameters) {
        if (json::text_at(one, "key") == key) {
            auto const& value = json::at(one, "value");
            return value.is_string() ? value.get<std::string>()
                   : value.is_null() ? ""
                                     : json::write(value);
        }
    }
    return "";
}

class Collection {
public:
    explicit Collection(Document const& document) : document_(document) {}

    Draft convert() {
        auto const root = json::parse(without_mark(document_.text), document_.file);
        auto const& info = json::at(root, "info");
        auto const schema = json::text_at(info, "schema");
        bool const known = schema.find("/v2.") != std::string::npos;
        if (!known || !json::at(root, "item").is_array()) {
            throw Error{
                ErrorKind::usage,
                document_.file + " is no Postman collection of version 2",
                "Export it from Postman as Collection v2.1."};
        }
        draft_.name = json::text_at(info, "name", "Postman collection");
        draft_.follow_redirects = true; // as Postman does
        add_environment();
        for (auto const& variable : json::at(root, "variable")) {
            add_variable(variable);
        }
        Inherited top;
        take(root, top, "the collection");
        walk(json::at(root, "item"), top);
        return std::move(draft_);
    }

private:
    static std::string_view without_mark(std::string_view text) {
        text.remove_prefix(text.starts_with("\xEF\xBB\xBF") ? 3 : 0);
        return text;
    }

    // Values of --var and of the environment come first.
    void add_environment() {
        for (auto const& given : document_.values) {
            draft_.define(given.first, text::replace_all(given.second, "$", "$$"));
        }
        if (document_.postman_environment.empty()) {
            return;
        }
        auto const root =
            json::parse(without_mark(document_.postman_environment), "the environment");
        for (auto const& value : json::at(root, "values")) {
            auto const& enabled = json::at(value, "enabled");
            if (!enabled.is_boolean() || enabled.get<bool>()) {
                add_variable(value);
            }
        }
    }

    void add_variable(Value const& variable) {
        auto const key = json::text_at(variable, "key", json::text_at(variable, "id"));
        auto const& value = json::at(variable, "value");
        if (key.empty() || is_disabled(variable)) {
            return;
        }
        if (value.is_string() &&
            value.get_ref<std::string const&>().find("{{") != std::string::npos) {
            draft_.leave(
                "the variable " + key, value.get<std::string>(), "a value made of other variables");
            return;
        }
        // A secret's value is left out of an export: then it comes from the environment.
        if (value.is_string() && value.get_ref<std::string const&>().empty()) {
            return;
        }
        draft_.define(
            key,
            value.is_string() ? Value(text::replace_all(value.get<std::string>(), "$", "$$"))
            : value.is_primitive() && !value.is_null() ? value
                                                       : Value(json::write(value)));
    }

    // Auth and scripts of a collection, folder or request.
    void take(Value const& owner, Inherited& into, std::string const& place) {
        auto const& auth = json::at(owner, "auth");
        if (auth.is_object()) {
            into.auth = &auth;
        }
        for (auto const& event : json::at(owner, "event")) {
            auto const text = script_of(event);
            if (text::trim(text).empty() || is_disabled(event)) {
                continue;
            }
            if (json::text_at(event, "listen") == "test") {
                into.tests.push_back({text, place});
            } else {
                leave_before(text, place);
            }
        }
    }

    // What runs before a request can do anything.
    void leave_before(std::string const& script, std::string const& place) {
        StepDraft ignored{"", ""};
        Draft scratch;
        PostmanScript{scratch, ignored, place}.convert(script);
        // All but comments and messages is lost, whatever it would mean afterwards.
        for (auto const& statement : scratch.leftovers) {
            draft_.leave(place, statement.text, "a statement of its pre-request script");
        }
        if (ignored.wants_something() || !ignored.captured().empty()) {
            draft_.leave(place, script, "a pre-request script");
        }
    }

    // NOLINTNEXTLINE(misc-no-recursion): folders are a tree
    void walk(Value const& items, Inherited const& outer) {
        for (auto const& item : items) {
            auto inner = outer;
            auto const name = json::text_at(item, "name", "request");
            auto const place = inner.path.empty() ? name : inner.path + " / " + name;
            take(item, inner, place);
            if (json::at(item, "item").is_array()) {
                inner.path = place;
                walk(item["item"], inner);
            } else if (item.contains("request")) {
                request(item, inner, place);
            }
        }
    }

    void request(Value const& item, Inherited inner, std::string const& place) {
        auto const& written = item["request"];
        Value const as_object =
            written.is_string() ? Value{{"url", written}, {"method", "GET"}} : written;
        StepDraft step{draft_.step_id(place), text::to_utf8(json::text_at(item, "name"))};
        auto const method = json::text_at(as_object, "method", "GET");
        static std::set<std::string, std::less<>> const methods{
            "get", "post", "put", "patch", "delete", "head", "options"};
        if (!methods.contains(text::lower(method))) {
            draft_.leave(place, method, "a method that suites do not have");
            return;
        }
        step.request(method, target_of(json::at(as_object, "url"), place));
        if (json::at(as_object, "auth").is_object()) {
            inner.auth = &as_object["auth"];
        }
        headers(as_object, step, place);
        add_postman_body(json::at(as_object, "body"), step, draft_, place);
        if (inner.auth != nullptr) {
            auth(*inner.auth, step, place);
        }
        behaviour(json::at(item, "protocolProfileBehavior"), step, place);
        for (auto const& test : inner.tests) {
            PostmanScript{draft_, step, test.place}.convert(test.text);
        }
        if (step.wants_something() && !step.wants_status()) {
            step.want_any_status();
        }
        draft_.steps.push_back(std::move(step));
    }

    std::string target_of(Value const& url, std::string const& place) {
        auto raw = url.is_string() ? url.get<std::string>() : json::text_at(url, "raw");
        if (raw.empty() && url.is_object()) {
            raw = composed(url); // as programs write it that know the parts alone
        }
        raw = raw.substr(0, raw.find('#'));
        for (auto const& variable : json::at(url, "variable")) {
            auto const key = json::text_at(variable, "key", json::text_at(variable, "id"));
            auto const& value = json::at(variable, "value");
            auto const text = value.is_string() ? value.get<std::string>()
                              : value.is_null() ? ""
                                                : json::write(value);
            replace_segment(raw, ":" + key, text);
        }
        if (raw.find("://") == std::string::npos && !raw.starts_with("{{")) {
            raw = "http://" + raw;
        }
        return draft_.text(fit_for_url(raw), place);
    }

    static std::string joined(Value const& parts, std::string_view separator) {
        if (parts.is_string()) {
            return parts.get<std::string>();
        }
        std::vector<std::string> words;
        for (auto const& part : parts) {
            words.push_back(
                part.is_string() ? part.get<std::string>() : json::text_at(part, "value"));
        }
        return text::join(words, separator);
    }

    static std::string composed(Value const& url) {
        auto const protocol = json::text_at(url, "protocol");
        auto const port = json::text_at(url, "port");
        auto out = (protocol.empty() ? "" : protocol + "://") + joined(json::at(url, "host"), ".") +
                   (port.empty() ? "" : ":" + port);
        auto const path = joined(json::at(url, "path"), "/");
        out += path.empty() || path.starts_with('/') ? path : "/" + path;
        char sign = '?';
        for (auto const& one : json::at(url, "query")) {
            if (!is_disabled(one)) {
                out += sign + json::text_at(one, "key") + "=" + json::text_at(one, "value");
                sign = '&';
            }
        }
        return out;
    }

    static void
    replace_segment(std::string& url, std::string const& name, std::string const& value) {
        for (auto at = url.find("/" + name); at != std::string::npos;
             at = url.find("/" + name, at + 1)) {
            auto const end = at + 1 + name.size();
            if (end == url.size() || url[end] == '/' || url[end] == '?') {
                url.replace(at + 1, name.size(), value);
            }
        }
    }

    void headers(Value const& request, StepDraft& step, std::string const& place) {
        auto const& list = json::at(request, "header");
        if (list.is_string()) {
            for (auto const line : text::lines(list.get_ref<std::string const&>())) {
                auto const colon = line.find(':');
                if (colon != std::string_view::npos) {
                    step.header(
                        text::trim(line.substr(0, colon)),
                        draft_.text(text::trim(line.substr(colon + 1)), place));
                }
            }
            return;
        }
        for (auto const& field : list) {
            auto const key = std::string{text::trim(json::text_at(field, "key"))};
            if (is_disabled(field) || key.empty()) {
                continue;
            }
            if (key.find("{{") != std::string::npos) {
                draft_.leave(place, key, "a header whose name is made of a variable");
            } else if (step.has_header(key)) {
                draft_.leave(place, key, "a header that is sent twice");
            } else {
                step.header(key, draft_.text(json::text_at(field, "value"), place));
            }
        }
    }

    void auth(Value const& auth, StepDraft& step, std::string const& place) {
        auto const type = json::text_at(auth, "type", "noauth");
        auto const value = [&](std::string_view key) {
            return draft_.text(parameter(auth, type, key), place);
        };
        if (type == "noauth") {
            return;
        }
        if (type == "bearer") {
            step.set("bearer", value("token"));
        } else if (type == "basic") {
            step.set("basic", {{"user", value("username")}, {"password", value("password")}});
        } else if (type == "apikey") {
            auto const in = parameter(auth, type, "in") == "query" ? "query" : "header";
            step.set("api_key", {{in, parameter(auth, type, "key")}, {"value", value("value")}});
        } else if (
            type == "oauth2" && parameter(auth, type, "grant_type") == "client_credentials") {
            Value out{
                {"token_url", value("accessTokenUrl")},
                {"client_id", value("clientId")},
                {"client_secret", value("clientSecret")}};
            if (auto const scope = value("scope"); !scope.empty()) {
                out["scope"] = scope;
            }
            if (parameter(auth, type, "client_authentication") == "body") {
                out["credentials"] = "body";
            }
            step.set("oauth2", std::move(out));
        } else if (type == "awsv4" && !parameter(auth, type, "accessKey").empty()) {
            Value out{{"service", value("service")}};
            for (auto const& [ours, theirs] :
                 {std::pair{"region", "region"},
                  {"access_key_id", "accessKey"},
                  {"secret_access_key", "secretKey"},
                  {"session_token", "sessionToken"}}) {
                if (auto const text = value(theirs); !text.empty()) {
                    out[ours] = text;
                }
            }
            step.set("aws_sigv4", std::move(out));
        } else if (type == "oauth2" && !parameter(auth, type, "accessToken").empty()) {
            step.set("bearer", value("accessToken"));
        } else {
            draft_.leave(place, "auth " + type, "a kind of authorization that is not converted");
        }
    }

    void behaviour(Value const& behaviour, StepDraft& step, std::string const& place) {
        if (!behaviour.is_object()) {
            return;
        }
        for (auto const& one : behaviour.items()) {
            if (one.key() == "followRedirects" && one.value().is_boolean()) {
                step.set("follow_redirects", one.value());
            } else if (one.key() == "maxRedirects" && one.value().is_number_integer()) {
                step.set("max_redirects", one.value());
            } else if (one.key() == "strictSSL" && one.value().is_boolean()) {
                bool const strict = one.value();
                step.set("insecure", !strict);
            } else if (one.key() != "disableBodyPruning" && one.key() != "disabledSystemHeaders") {
                draft_.leave(place, one.key(), "a behaviour that is not converted");
            }
        }
    }

    Document const& document_;
    Draft draft_;
};

} // namespace

Draft draft_of_postman(Document const& document) {
    return Collection{document}.convert();
}

} // namespace slipway::smoke_http
