// SPDX-License-Identifier: Apache-2.0
#include "yaml_writer.hpp"

#include "config/yaml_scalar.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

constexpr std::size_t longest_line = 90;

// Without quotes only what nobody could take for something else.
bool is_bare(std::string_view text) {
    constexpr std::string_view first = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_/.";
    constexpr std::string_view others =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.-+=? $";
    if (text.empty() || text.size() > longest_line ||
        first.find(text[0]) == std::string_view::npos || text.ends_with(' ') ||
        text.find_first_not_of(others) != std::string_view::npos) {
        return false;
    }
    // Older readers take these for truth values, too.
    for (char const* const word : {"y", "n", "yes", "no", "on", "off"}) {
        if (text::equal_ignoring_case(text, word)) {
            return false;
        }
    }
    auto const meaning = config::resolve_plain(text);
    return meaning && meaning->is_string();
}

std::string scalar(Value const& value) {
    if (!value.is_string()) {
        return json::write(value);
    }
    auto const& text = value.get_ref<std::string const&>();
    return is_bare(text) ? text : json::write(value);
}

bool is_block_text(Value const& value) {
    if (!value.is_string()) {
        return false;
    }
    auto const& text = value.get_ref<std::string const&>();
    if (text.find('\n') == std::string::npos || text.starts_with(' ') || text.starts_with('\n') ||
        text.ends_with("\n\n")) {
        return false;
    }
    auto const lines = text::lines(text);
    return std::all_of(
               text.begin(),
               text.end(),
               [](char byte) {
                   return byte == '\n' || static_cast<unsigned char>(byte) >= 0x20;
               }) &&
           std::none_of(lines.begin(), lines.end(), [](std::string_view line) {
               return line.ends_with(' ') || line.find('\x7F') != std::string_view::npos;
           });
}

// On one line; nothing where that is too long.
std::string flow(Value const& value) {
    std::string out;
    if (value.is_array()) {
        out = "[";
        for (auto const& element : value) {
            out += (out.size() > 1 ? ", " : "") + flow(element);
        }
        out += "]";
    } else if (value.is_object()) {
        out = "{";
        for (auto const& member : value.items()) {
            out += (out.size() > 1 ? ", " : " ") + scalar(Value(member.key())) + ": " +
                   flow(member.value());
        }
        out += out.size() > 1 ? " }" : "}";
    } else {
        auto const text = scalar(value);
        // Inside of brackets a comma would end a bare text.
        out = text;
    }
    return out;
}

class Writer {
public:
    // NOLINTNEXTLINE(misc-no-recursion): a value is a tree
    void put(Value const& value, std::size_t indent, bool top) {
        bool const large = value.is_structured() && !value.empty() &&
                           (top || flow(value).size() + indent > longest_line);
        if (is_block_text(value)) {
            put_block(value.get_ref<std::string const&>(), indent);
        } else if (!large) {
            out_ += flow(value) + "\n";
        } else if (value.is_array()) {
            for (auto const& element : value) {
                put_front(indent);
                out_ += "- ";
                put_element(element, indent + 2);
            }
        } else {
            for (auto const& member : value.items()) {
                put_front(indent);
                put_member(member.key(), member.value(), indent);
            }
        }
    }

    std::string take() { return std::move(out_); }

private:
    void put_front(std::size_t indent) {
        if (pending_) {
            pending_ = false; // stands behind a dash already
        } else {
            out_ += std::string(indent, ' ');
        }
    }

    // NOLINTNEXTLINE(misc-no-recursion): a value is a tree
    void put_element(Value const& element, std::size_t indent) {
        bool const map = element.is_object() && !element.empty() &&
                         (flow(element).size() + indent > longest_line || element.contains("id"));
        if (map) {
            pending_ = true;
            put(element, indent, true);
        } else {
            put_value(element, indent);
        }
    }

    // NOLINTNEXTLINE(misc-no-recursion): a value is a tree
    void put_member(std::string const& key, Value const& value, std::size_t indent) {
        auto const name = scalar(Value(key)).size() > longest_line ? "? " + scalar(Value(key))
                                                                   : scalar(Value(key));
        out_ += name + (name.starts_with("? ") ? "\n" + std::string(indent, ' ') + ":" : ":");
        if (key == "steps") {
            out_ += "\n";
            put(value, indent + 2, true);
            return;
        }
        put_value(value, indent + 2);
    }

    // NOLINTNEXTLINE(misc-no-recursion): a value is a tree
    void put_value(Value const& value, std::size_t indent) {
        bool const large =
            value.is_structured() && !value.empty() && flow(value).size() + indent > longest_line;
        if (large) {
            out_ += "\n";
            put(value, indent, true);
        } else {
            if (!out_.ends_with("- ")) {
                out_ += " ";
            }
            put(value, indent, false);
        }
    }

    void put_block(std::string const& text, std::size_t indent) {
        out_ += text.ends_with('\n') ? "|\n" : "|-\n";
        for (auto const line : text::lines(text)) {
            out_ += line.empty() ? "\n" : std::string(indent, ' ') + std::string{line} + "\n";
        }
    }

    std::string out_;
    bool pending_ = false;
};

} // namespace

std::string write_yaml(Value const& value) {
    Writer writer;
    writer.put(value, 0, true);
    return writer.take();
}

} // namespace slipway::smoke_http
