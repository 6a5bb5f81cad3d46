// SPDX-License-Identifier: Apache-2.0
#include "hurl_query.hpp"

#include "hurl_reader.hpp"
#include "text/join.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

bool add_hurl_assert(
    std::string_view line,
    StepDraft& step,
    Draft& draft,
    std::string const& place) {
    auto tokens = hurl_tokens(line);
    if (!tokens) {
        return false;
    }
    HurlReader reader{std::move(*tokens), draft, place};
    auto const found = reader.query();
    return found && reader.predicate(*found, step);
}

bool add_hurl_capture(
    std::string_view line,
    StepDraft& step,
    Draft& draft,
    std::string const& place) {
    auto const colon = line.find(':');
    if (colon == std::string_view::npos) {
        return false;
    }
    auto const name = text::trim(line.substr(0, colon));
    auto rest = text::trim(line.substr(colon + 1));
    bool const secret = rest.ends_with(" redact");
    rest = secret ? text::trim(rest.substr(0, rest.size() - 7)) : rest;
    auto tokens = hurl_tokens(rest);
    if (!tokens) {
        return false;
    }
    HurlReader reader{std::move(*tokens), draft, place};
    auto const found = reader.query();
    if (!found || !reader.done()) {
        return false;
    }
    json::Value source;
    if (!found->header.empty()) {
        source = {{"header", found->header}};
    } else {
        auto const jq = found->nodes
                            ? fmt::format("({} | if length == 1 then .[0] else . end)", found->jq)
                            : found->jq;
        source = {{found->response ? "response" : "jq", jq}};
    }
    if (secret) {
        source["secret"] = true;
    }
    step.capture(draft.variable(name), std::move(source));
    return true;
}

} // namespace slipway::smoke_http
