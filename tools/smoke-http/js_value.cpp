// SPDX-License-Identifier: Apache-2.0
#include "js_value.hpp"

#include "js_statements.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

using json::Value;

namespace {

bool is_js_word(std::string_view text) {
    constexpr std::string_view letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789$";
    return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

} // namespace

std::optional<Value> js_literal(std::string_view text) {
    std::string json;
    auto const trimmed = text::trim(text);
    if (trimmed == "undefined") {
        return Value{};
    }
    // Single quotes and back-ticks become double ones; names of members get theirs.
    for (std::size_t at = 0; at < trimmed.size();) {
        char const byte = trimmed[at];
        if (byte == '"' || byte == '\'' || byte == '`') {
            auto end = at + 1;
            std::string inside;
            while (end < trimmed.size() && trimmed[end] != byte) {
                if (trimmed[end] == '\\' && end + 1 < trimmed.size()) {
                    char const next = trimmed[end + 1];
                    inside +=
                        next == '\'' || next == '`' ? std::string{next} : std::string{'\\', next};
                    end += 2;
                } else if (trimmed[end] == '"') {
                    inside += "\\\"";
                    ++end;
                } else if (byte == '`' && trimmed.substr(end).starts_with("${")) {
                    return std::nullopt;
                } else {
                    inside += trimmed[end] == '\n' ? "\\n" : std::string{trimmed[end]};
                    ++end;
                }
            }
            json += '"' + inside + '"';
            at = end + 1;
            continue;
        }
        auto const end = std::min(
            trimmed.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$", at),
            trimmed.size());
        auto const word = trimmed.substr(at, end - at);
        auto const rest = text::trim(trimmed.substr(end));
        if (!word.empty() && rest.starts_with(':')) {
            json += '"' + std::string{word} + '"';
        } else {
            json += word;
        }
        at = end;
        if (word.empty()) {
            json += trimmed[at++];
        }
    }
    auto value = Value::parse(json, nullptr, false);
    return value.is_discarded() ? std::nullopt : std::optional{value};
}

std::optional<std::string> js_string(std::string_view text) {
    auto const value = js_literal(text);
    return value && value->is_string() ? std::optional{value->get<std::string>()} : std::nullopt;
}

std::optional<std::string> jq_of_members(std::string_view members) {
    std::string out;
    while (!members.empty()) {
        if (members[0] == '.') {
            auto const end = std::min(members.find_first_of(".[(", 1), members.size());
            auto const name = text::trim(members.substr(1, end - 1));
            if (!is_js_word(name) || (end < members.size() && members[end] == '(')) {
                return std::nullopt;
            }
            out += name == "length" && end == members.size()
                       ? (out.empty() ? " | length" : " | length")
                       : "." + std::string{name};
            members.remove_prefix(end);
        } else if (members[0] == '[') {
            auto const end = js_closing(members, 0);
            if (end == std::string_view::npos) {
                return std::nullopt;
            }
            auto const index = js_literal(members.substr(1, end - 1));
            if (!index || (!index->is_string() && !index->is_number_integer())) {
                return std::nullopt;
            }
            auto const name = index->is_string() ? index->get<std::string>() : "";
            bool const simple = is_js_word(name) && (name[0] < '0' || name[0] > '9') &&
                                name.find('$') == std::string::npos;
            out += simple ? "." + name : fmt::format("[{}]", json::write(*index));
            members.remove_prefix(end + 1);
        } else {
            return std::nullopt;
        }
    }
    // `["x"]` alone is an array of jq.
    return out.empty() ? "." : out.starts_with("[") || out.starts_with(" ") ? "." + out : out;
}

std::string joined_path(std::string const& base, std::string const& more) {
    if (base == ".") {
        return more;
    }
    return more == "."
               ? base
               : base + (more.starts_with(".[") || more.starts_with(". |") ? more.substr(1) : more);
}

} // namespace slipway::smoke_http
