// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "draft.hpp"
#include "json/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace slipway::smoke_http {

/// A word, a text between quotes or back-ticks, a regular expression.
struct HurlToken {
    enum class Kind : std::uint8_t { word, text, regex };
    Kind kind = Kind::word;
    std::string text;
};

/// The words of a line up to its comment; nothing where a quote is not closed.
std::optional<std::vector<HurlToken>> hurl_tokens(std::string_view line);

/// What a query finds: an expression over the body as JSON, or over the exchange.
struct HurlFound {
    bool response = true;
    std::string jq;
    bool nodes = false;   // a list of nodes, of which one alone counts as its value
    std::string header;   // where it is nothing but a header
    bool is_body = false; // the body as text
    bool is_status = false;
    bool is_duration = false;
};

/// Reads a query with its filters, and a predicate behind it, from the words of a line.
class HurlReader {
public:
    HurlReader(std::vector<HurlToken> tokens, Draft& draft, std::string const& place)
        : tokens_(std::move(tokens)), draft_(draft), place_(place) {}

    std::optional<HurlFound> query();

    [[nodiscard]] bool done() const { return at_ >= tokens_.size(); }

    bool predicate(HurlFound const& found, StepDraft& step);

private:
    HurlToken const* next() { return done() ? nullptr : &tokens_[at_++]; }

    [[nodiscard]] bool next_is(std::string_view word) const {
        return !done() && tokens_[at_].kind == HurlToken::Kind::word && tokens_[at_].text == word;
    }

    std::optional<std::string> text() {
        auto const* const token = next();
        return token != nullptr && token->kind == HurlToken::Kind::text ? std::optional{token->text}
                                                                        : std::nullopt;
    }

    std::optional<HurlFound> bare_query();

    static std::optional<HurlFound> cookie(std::string const& written);

    std::optional<HurlFound> certificate();

    bool filter(HurlFound& found);

    // A value behind a predicate.
    std::optional<json::Value> value();

    bool equality(HurlFound const& found, StepDraft& step, bool not_);
    bool comparison(HurlFound const& found, StepDraft& step, std::string const& op, bool not_);
    bool with_value(HurlFound const& found, StepDraft& step, std::string const& word, bool not_);
    static std::string shape(std::string_view word);

    static void
    condition(HurlFound const& found, StepDraft& step, std::string const& test, bool not_) {
        step.want(found.response ? "response" : "jq", one(found) + " | " + test, !not_);
    }

    // One node alone counts as its value.
    static std::string one(HurlFound const& found) {
        return found.nodes ? fmt::format("({} | if length == 1 then .[0] else . end)", found.jq)
                           : found.jq;
    }

    std::vector<HurlToken> tokens_;
    Draft& draft_;
    std::string const& place_;
    std::size_t at_ = 0;
    bool wrong_ = false;
    bool is_bytes_ = false;
    bool is_hash_ = false;
};
} // namespace slipway::smoke_http
