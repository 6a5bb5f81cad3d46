// SPDX-License-Identifier: Apache-2.0
#include "draft.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

using json::Value;

Value StepDraft::new_list() {
    return Value::array();
}

void StepDraft::request(std::string_view method, std::string target) {
    method_ = text::lower(method);
    target_ = std::move(target);
}

void StepDraft::set(std::string_view key, Value value) {
    (*rest_)[std::string{key}] = std::move(value);
}

void StepDraft::header(std::string_view name, std::string value) {
    (*headers_)[std::string{name}] = std::move(value);
}

bool StepDraft::has_header(std::string_view name) const {
    auto const items = headers_->items();
    return std::any_of(items.begin(), items.end(), [&](auto const& field) {
        return text::equal_ignoring_case(field.key(), name);
    });
}

void StepDraft::want_status(std::string word) {
    bool const known = std::find(status_->begin(), status_->end(), Value(word)) != status_->end();
    if (!known) {
        status_->push_back(std::move(word));
    }
}

void StepDraft::want_any_status() {
    for (char const* const word : {"1xx", "2xx", "3xx", "4xx", "5xx"}) {
        want_status(word);
    }
}

void StepDraft::want(std::string_view part, std::string subject, Value wanted) {
    auto found = std::find_if(
        wanted_.begin(), wanted_.end(), [&](auto const& one) { return one.first == part; });
    if (found == wanted_.end()) {
        wanted_.push_back({std::string{part}, {}});
        found = std::prev(wanted_.end());
    }
    found->second.emplace_back(std::move(subject), json::Box{std::move(wanted)});
}

void StepDraft::want_body(std::string_view how, std::string text) {
    auto& part = (*body_)[std::string{how}];
    if (how == "equals" || how == "sha256") {
        part = std::move(text);
    } else {
        if (part.is_null()) {
            part = Value::array();
        }
        part.push_back(std::move(text));
    }
}

void StepDraft::want_latency(std::int64_t milliseconds) {
    latency_ms_ = latency_ms_ == 0 ? milliseconds : std::min(latency_ms_, milliseconds);
}

void StepDraft::want_schema(std::string reference) {
    schema_ = std::move(reference);
}

void StepDraft::capture(std::string name, Value source) {
    captured_.insert(name);
    (*captures_)[std::move(name)] = std::move(source);
}

bool StepDraft::wants_something() const {
    return wants_status() || !wanted_.empty() || !body_->empty() || latency_ms_ > 0 ||
           !schema_.empty();
}

Value StepDraft::value() const {
    Value out{{"id", id_}};
    if (!title_.empty()) {
        out["title"] = text::replace_all(title_, "{{", "{ {");
    }
    out[method_] = target_;
    if (!headers_->empty()) {
        out["headers"] = *headers_;
    }
    for (auto const& one : rest_->items()) {
        out[one.key()] = one.value();
    }
    Value expect = Value::object();
    if (status_->size() == 1) {
        auto const word = status_->front().get<std::string>();
        expect["status"] =
            word.find('x') == std::string::npos ? Value(std::stoi(word)) : Value(word);
    } else if (!status_->empty()) {
        expect["status"] = *status_;
    }
    for (auto const& part : wanted_) {
        std::set<std::string> subjects;
        for (auto const& one : part.second) {
            subjects.insert(one.first);
        }
        // A map has a subject once: several expectations of one become a list of maps.
        bool const unique = subjects.size() == part.second.size();
        auto& list = expect[part.first] = unique ? Value::object() : Value::array();
        for (auto const& one : part.second) {
            if (unique) {
                list[one.first] = *one.second;
            } else {
                list.push_back({{one.first, *one.second}});
            }
        }
    }
    if (!body_->empty()) {
        expect["body"] = *body_;
    }
    if (!schema_.empty()) {
        expect["schema"] = schema_;
    }
    if (latency_ms_ > 0) {
        expect["latency"] = fmt::format("< {}ms", latency_ms_);
    }
    if (!expect.empty()) {
        out["expect"] = std::move(expect);
    }
    if (!captures_->empty()) {
        out["capture"] = *captures_;
    }
    return out;
}

} // namespace slipway::smoke_http
