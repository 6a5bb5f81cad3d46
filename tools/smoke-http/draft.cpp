// SPDX-License-Identifier: Apache-2.0
#include "draft.hpp"

#include "random_values.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

constexpr std::string_view name_letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

std::string upper(std::string_view text) {
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(), [](char byte) {
        return byte >= 'a' && byte <= 'z' ? static_cast<char>(byte - 'a' + 'A') : byte;
    });
    return out;
}

// What other tools call the variables that every suite has.
std::string_view standard_name(std::string_view foreign) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 9> names{{
        {"$guid", "random_uuid"},
        {"$randomUUID", "random_uuid"},
        {"newUuid", "random_uuid"},
        {"$uuid", "random_uuid"},
        {"$timestamp", "run_timestamp"},
        {"$isoTimestamp", "now"},
        {"newDate", "now"},
        {"$randomInt", "random_int"},
        {"$datetime", "now"},
    }};
    for (auto const& one : names) {
        if (one.first == foreign) {
            return one.second;
        }
    }
    return {};
}

// A structure whose texts mean themselves.
// NOLINTNEXTLINE(misc-no-recursion): a value is a tree
Value literal(Value const& value) {
    if (value.is_string()) {
        return text::replace_all(value.get_ref<std::string const&>(), "$", "$$");
    }
    Value out = value;
    if (value.is_structured()) {
        for (auto& part : out) {
            part = literal(part);
        }
    }
    return out;
}

// Whether a text stands for itself as an expectation.
bool is_plain_word(std::string_view text) {
    constexpr std::array words{"true", "false", "null", "exists", "absent"};
    constexpr std::array fronts{"type ", "length ", "contains ", "any ", "all ", "not "};
    constexpr std::string_view letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789 .,-+@/:;()";
    bool const letter =
        !text.empty() && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
    return letter && text.find_first_not_of(letters) == std::string_view::npos &&
           !text.ends_with(' ') &&
           std::none_of(words.begin(), words.end(), [&](auto word) { return text == word; }) &&
           std::none_of(
               fronts.begin(), fronts.end(), [&](auto word) { return text.starts_with(word); });
}

} // namespace

std::string json_quoted(std::string_view text) {
    return json::write(Value(text::to_utf8(text)));
}

std::string fit_for_url(std::string_view url) {
    constexpr std::string_view bad = " \"<>\\^`|\t\r\n";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (std::size_t i = 0; i < url.size(); ++i) {
        auto const byte = static_cast<unsigned char>(url[i]);
        if (url.substr(i).starts_with("{{")) {
            auto const end = url.find("}}", i);
            auto const stop = end == std::string_view::npos ? url.size() : end + 2;
            out += url.substr(i, stop - i);
            i = stop - 1;
        } else if (byte > 0x7E || byte < 0x20 || bad.find(url[i]) != std::string_view::npos) {
            out += '%';
            out += digits[byte >> 4U];
            out += digits[byte & 15U];
        } else {
            out += url[i];
        }
    }
    return out;
}

void Draft::leave(std::string place, std::string text, std::string why) {
    leftovers.push_back({std::move(place), std::move(text), std::move(why)});
}

std::string Draft::step_id(std::string_view wanted) {
    constexpr std::size_t longest = 60;
    std::string id;
    for (char const byte : text::lower(wanted)) {
        bool const fits = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
        if (fits || byte == '.' || byte == '_') {
            id += byte;
        } else if (!id.empty() && id.back() != '-') {
            id += '-';
        }
    }
    id = id.substr(0, longest);
    while (!id.empty() && (id.back() == '-' || id.back() == '.')) {
        id.pop_back();
    }
    id = id.empty() ? "step" : id;
    auto unique = id;
    for (int number = 2; !ids_.insert(unique).second; ++number) {
        unique = fmt::format("{}-{}", id, number);
    }
    return unique;
}

std::string Draft::variable(std::string_view foreign) {
    auto const standard = standard_name(foreign);
    if (!standard.empty()) {
        return std::string{standard};
    }
    auto const known = names_.find(foreign);
    if (known != names_.end()) {
        used_.insert(known->second);
        return known->second;
    }
    std::string made;
    for (char const byte : foreign) {
        made += name_letters.find(byte) == std::string_view::npos ? '_' : byte;
    }
    while (made.starts_with("__")) {
        made.erase(0, 1);
    }
    if (made.empty() || (made[0] >= '0' && made[0] <= '9')) {
        made = "v" + made;
    }
    auto unique = made;
    for (int number = 2; !taken_.insert(unique).second; ++number) {
        unique = fmt::format("{}_{}", made, number);
    }
    names_.emplace(foreign, unique);
    used_.insert(unique);
    return unique;
}

void Draft::define(std::string_view foreign, Value value) {
    auto const ours = variable(foreign);
    if (!variables_->contains(ours)) {
        (*variables_)[ours] = std::move(value);
    }
}

std::string Draft::text(std::string_view foreign, std::string const& place) {
    std::string out;
    while (!foreign.empty()) {
        auto const open = foreign.find("{{");
        out += text::replace_all(text::to_utf8(foreign.substr(0, open)), "$", "$$");
        if (open == std::string_view::npos) {
            break;
        }
        auto const close = foreign.find("}}", open);
        auto const inside = close == std::string_view::npos
                                ? std::string_view{}
                                : text::trim(foreign.substr(open + 2, close - open - 2));
        bool const is_name =
            !inside.empty() && inside.find_first_of("{}\"'\n(") == std::string_view::npos;
        if (!is_name) {
            leave(place, std::string{foreign.substr(open, 60)}, "two braces that name no variable");
            out += "{ {";
            foreign.remove_prefix(open + 2);
            continue;
        }
        if (inside.starts_with('$') && standard_name(inside).empty()) {
            leave(place, std::string{inside}, "a generated value that suites do not have");
        }
        out += "{{" + variable(inside) + "}}";
        foreign.remove_prefix(close + 2);
    }
    return out;
}

Value Draft::equal_to(Value const& value) {
    if (value.is_null()) {
        return "absent";
    }
    if (value.is_structured()) {
        return literal(value);
    }
    if (!value.is_string()) {
        return value;
    }
    auto const& text = value.get_ref<std::string const&>();
    return is_plain_word(text) ? Value(text)
                               : Value("== " + text::replace_all(json_quoted(text), "$", "$$"));
}

Value Draft::equal_to_text(std::string_view foreign, std::string const& place) {
    if (foreign.find("{{") == std::string_view::npos) {
        return equal_to(Value(text::to_utf8(foreign)));
    }
    auto const ours = text(foreign, place);
    bool const one = ours.starts_with("{{") && ours.find("}}") == ours.size() - 2;
    return one ? Value(ours) : Value("== \"" + ours + "\"");
}

std::set<std::string> Draft::captured() const {
    std::set<std::string> out;
    for (auto const& step : steps) {
        out.insert(step.captured().begin(), step.captured().end());
    }
    return out;
}

// So that --base-url means what one expects of it.
void Draft::find_base() {
    std::map<std::string, int> fronts;
    for (auto const& step : steps) {
        auto const& target = step.target();
        if (target.starts_with("{{")) {
            auto const end = target.find("}}") + 2;
            if (end == target.size() || target[end] == '/' || target[end] == '?') {
                ++fronts[target.substr(0, end)];
            }
        } else if (target.starts_with("http")) {
            auto const slashes = target.find("://");
            ++fronts[target.substr(0, target.find_first_of("/?#", slashes + 3))];
        }
    }
    auto const most = std::max_element(
        fronts.begin(), fronts.end(), [](auto& a, auto& b) { return a.second < b.second; });
    if (most == fronts.end()) {
        return;
    }
    auto const front = most->first;
    if (front.starts_with("{{")) {
        auto const ours = front.substr(2, front.size() - 4);
        if (captured().contains(ours)) {
            return;
        }
        auto const value = json::text_at(*variables_, ours);
        base_url_ = value.empty() ? "${" + upper(ours) + "}" : value;
    } else {
        base_url_ = front;
    }
    if (!base_url_.starts_with("$") && base_url_.find("://") == std::string::npos) {
        base_url_ = "http://" + base_url_;
    }
    for (auto& step : steps) {
        if (step.target().starts_with(front)) {
            auto const rest = step.target().substr(front.size());
            step.retarget(rest.starts_with('/') ? rest : "/" + rest);
        }
    }
}

Value Draft::finish() {
    find_base();
    Value out{{"name", name}};
    if (!base_url_.empty()) {
        out["base_url"] = base_url_;
    }
    auto const caught = captured();
    auto const& standard = standard_variables();
    Value list = Value::array();
    for (auto const& step : steps) {
        list.push_back(step.value());
    }
    auto const whole = json::write(list) + base_url_;
    Value variables = Value::object();
    for (auto const& variable : variables_->items()) {
        variables[variable.key()] = variable.value();
    }
    for (auto const& used : used_) {
        bool const known = variables.contains(used) || caught.contains(used) ||
                           std::find(standard.begin(), standard.end(), used) != standard.end();
        bool const needed = whole.find("{{" + used + "}}") != std::string::npos;
        if (!known && needed) {
            variables[used] = "${" + upper(used) + "}";
            notes.push_back(fmt::format("{} has no value: set {} or --var", used, upper(used)));
        }
    }
    if (!variables.empty()) {
        out["variables"] = std::move(variables);
    }
    if (follow_redirects) {
        out["defaults"] = {{"follow_redirects", true}};
    }
    out["steps"] = std::move(list);
    return out;
}

} // namespace slipway::smoke_http
