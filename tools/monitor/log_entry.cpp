// SPDX-License-Identifier: Apache-2.0
#include "log_entry.hpp"

#include "error/error.hpp"
#include "json/value.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <array>

#include <nlohmann/json.hpp>

namespace slipway::monitor {

namespace {

using json::Value;

constexpr std::int64_t pino_warning = 40;
constexpr std::int64_t pino_error = 50;

Level level_of_word(std::string_view given) {
    auto const word = text::lower(given);
    constexpr std::array<std::string_view, 9> grave{
        "error", "err", "fatal", "critical", "crit", "panic", "emerg", "alert", "severe"};
    for (auto const each : grave) {
        if (word == each || word == std::string{each} + "ency") {
            return Level::error;
        }
    }
    return word == "warn" || word == "warning" ? Level::warning : Level::calm;
}

Level level_of(Value const& value) {
    if (value.is_string()) {
        return level_of_word(value.get_ref<std::string const&>());
    }
    if (value.is_number_integer()) {
        auto const number = value.get<std::int64_t>();
        return number >= pino_error     ? Level::error
               : number >= pino_warning ? Level::warning
                                        : Level::calm;
    }
    return Level::unknown;
}

std::string first_text(Value const& object, std::initializer_list<std::string_view> keys) {
    for (auto const key : keys) {
        auto found = json::text_at(object, key);
        if (!found.empty()) {
            return found;
        }
    }
    return {};
}

void add_part(std::string& to, std::string const& part) {
    if (!part.empty() && to.find(part) == std::string::npos) {
        to += to.empty() ? part : "\n" + part;
    }
}

LogEntry of_object(Value const& object) {
    LogEntry out;
    for (auto const* key : {"level", "severity", "levelname", "log.level", "lvl"}) {
        if (auto const& level = json::at(object, key); !level.is_null()) {
            out.level = level_of(level);
            break;
        }
    }
    add_part(out.text, first_text(object, {"message", "msg", "MESSAGE", "event", "log"}));
    for (auto const* key : {"err", "error", "exception"}) {
        auto const& error = json::at(object, key);
        if (error.is_string()) {
            add_part(out.text, error.get<std::string>());
        } else if (error.is_object()) {
            auto const type = first_text(error, {"type", "name", "code"});
            auto const message = json::text_at(error, "message");
            add_part(out.text, type + (type.empty() || message.empty() ? "" : ": ") + message);
            add_part(out.text, json::text_at(error, "stack"));
        }
    }
    add_part(
        out.text,
        first_text(
            object, {"stack", "stack_trace", "stacktrace", "exc_info", "error.stack_trace"}));
    return out;
}

} // namespace

LogEntry read_entry(std::string_view event) {
    auto const trimmed = text::trim(event);
    if (trimmed.starts_with('{') && trimmed.ends_with('}')) {
        try {
            auto out = of_object(json::parse(trimmed, "a line"));
            if (!out.text.empty()) {
                out.text = text::to_utf8(out.text);
                return out;
            }
        } catch (Error const&) { // NOLINT(bugprone-empty-catch): then it is a text
        }
    }
    return {Level::unknown, text::to_utf8(event)};
}

} // namespace slipway::monitor
