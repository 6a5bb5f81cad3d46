// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "draft.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::smoke_http {

/// Turns the usual statements of Postman's test scripts into expectations and captures of a step;
/// what it does not know is left over, statement by statement.
class PostmanScript {
public:
    PostmanScript(Draft& draft, StepDraft& step, std::string place)
        : draft_(draft), step_(step), place_(std::move(place)) {}

    void convert(std::string_view script);

    /// What a statement is about: a value of the body by jq, or one of the exchange.
    struct Subject {
        enum class Kind : std::uint8_t { json, status, time, text, size, header, response };
        Kind kind = Kind::json;
        std::string expression; // of jq; the header's name

        [[nodiscard]] bool of_response() const { return kind != Kind::json; }
        [[nodiscard]] std::string jq() const;
    };

private:
    bool statement(std::string const& text);
    bool test_block(std::string const& text);
    bool old_test(std::string const& text);
    bool declaration(std::string const& text);
    bool variable(std::string const& text);
    bool response_chain(std::string const& text);
    bool expectation(std::string const& text);
    bool chain(Subject subject, std::vector<std::string> const& words, std::size_t from);
    bool compare(Subject const& subject, std::string_view op, json::Value const& value, bool not_);
    bool contains(Subject const& subject, json::Value const& value, bool not_);
    bool condition(Subject const& subject, std::string const& test, bool not_);
    bool one_of(Subject const& subject, json::Value const& list, bool not_);
    void want(Subject const& subject, json::Value wanted);

    [[nodiscard]] std::optional<Subject> subject_of(std::string_view text) const;
    std::optional<json::Value> literal_of(std::string_view text);

    Draft& draft_;
    StepDraft& step_;
    std::string place_;
    std::map<std::string, Subject, std::less<>> names_;
};

} // namespace slipway::smoke_http
