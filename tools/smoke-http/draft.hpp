// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::smoke_http {

/// Something of a document that no part of the suite stands for.
struct Leftover {
    std::string place; // the request's name, or file:line
    std::string text;
    std::string why;
};

/// A step in the making; its parts are written in the order in which a reader wants them.
class StepDraft {
public:
    StepDraft(std::string id, std::string title) : id_(std::move(id)), title_(std::move(title)) {}

    void request(std::string_view method, std::string target);
    /// Any key of a step beside those that have a call of their own.
    void set(std::string_view key, json::Value value);
    void header(std::string_view name, std::string value);
    [[nodiscard]] bool has_header(std::string_view name) const;

    void want_status(std::string word);
    /// Any status will do.
    void want_any_status();
    void want(std::string_view part, std::string subject, json::Value wanted);
    void want_body(std::string_view how, std::string text);
    void want_latency(std::int64_t milliseconds);
    void want_schema(std::string reference);
    /// Says in which file the schema that is wanted stands.
    void place_schema(std::string const& file) { schema_ = schema_.empty() ? "" : file + schema_; }
    void capture(std::string name, json::Value source);

    [[nodiscard]] bool wants_status() const { return !status_->empty(); }
    [[nodiscard]] bool wants_something() const;
    [[nodiscard]] std::string const& target() const { return target_; }
    void retarget(std::string target) { target_ = std::move(target); }
    [[nodiscard]] std::string const& title() const { return title_; }
    [[nodiscard]] std::string const& id() const { return id_; }
    [[nodiscard]] std::set<std::string> const& captured() const { return captured_; }

    [[nodiscard]] json::Value value() const;

private:
    std::string id_;
    std::string title_;
    std::string method_;
    std::string target_;
    json::Box rest_;
    json::Box headers_;
    json::Box status_{new_list()};
    std::vector<std::pair<std::string, std::vector<std::pair<std::string, json::Box>>>> wanted_;
    json::Box body_;
    std::int64_t latency_ms_ = 0;
    std::string schema_;
    json::Box captures_;
    std::set<std::string> captured_;

    static json::Value new_list();
};

/// A suite in the making, of another tool's document.
class Draft {
public:
    std::string name;
    std::vector<StepDraft> steps;
    bool follow_redirects = false;
    std::vector<Leftover> leftovers;
    std::vector<std::string> notes;
    json::Box schemas; // `definitions` for the file beside the suite; empty for none

    void leave(std::string place, std::string text, std::string why);

    /// A step's id of a name: short, unique.
    std::string step_id(std::string_view wanted);

    /// Our name for a variable of the document.
    std::string variable(std::string_view foreign);

    /// Gives a variable a value; later ones do not take the place of earlier ones.
    void define(std::string_view foreign, json::Value value);

    /// A text of the document as one of a suite: `{{name}}` by our names, dollar signs doubled.
    std::string text(std::string_view foreign, std::string const& place);

    /// The expectation to be equal to that very value.
    static json::Value equal_to(json::Value const& value);

    /// As equal_to, of a text that may hold placeholders of the document.
    json::Value equal_to_text(std::string_view foreign, std::string const& place);

    /// The whole suite: what most targets begin with has become the base URL, and variables that
    /// nobody sets come from the environment.
    json::Value finish();

private:
    void find_base();
    [[nodiscard]] std::set<std::string> captured() const;

    std::set<std::string> ids_;
    std::map<std::string, std::string, std::less<>> names_; // ours, by theirs
    std::set<std::string> taken_;
    std::set<std::string> used_;
    std::string base_url_;
    json::Box variables_;
};

/// JSON text of a string, for expressions of jq.
std::string json_quoted(std::string_view text);

/// A URL's characters that may not stand in one, percent-encoded; placeholders stay.
std::string fit_for_url(std::string_view url);

/// A document as a suite, by its kind; `text` is the document, `file` its name. Each throws usage
/// where the document is none of that kind.
struct Document {
    std::string text;
    std::string file;
    std::map<std::string, std::string> values; // of --var
    std::string postman_environment;           // its text
};
Draft draft_of_postman(Document const& document);
Draft draft_of_openapi(Document const& document);
Draft draft_of_hurl(Document const& document);
Draft draft_of_http(Document const& document);

} // namespace slipway::smoke_http
