// SPDX-License-Identifier: Apache-2.0
#include "judge.hpp"

#include "error/error.hpp"
#include "http/web_link.hpp"
#include "json/value.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

namespace {

// PostgreSQL's text holds no zero character, so its jsonb takes none.
bool holds_zero(json::Value const& value) {
    if (value.is_string()) {
        return value.get_ref<std::string const&>().find('\0') != std::string::npos;
    }
    if (value.is_object()) {
        for (auto const& [name, member] : value.items()) {
            if (name.find('\0') != std::string::npos || holds_zero(member)) {
                return true;
            }
        }
    }
    return value.is_array() && std::any_of(value.begin(), value.end(), holds_zero);
}

bool is_ascii_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_ascii_digit(char c) {
    return c >= '0' && c <= '9';
}

bool stands_in_paths(char c) {
    constexpr std::string_view others = "._~!$&'()*+,;=:@/%-";
    return is_ascii_letter(c) || is_ascii_digit(c) || others.find(c) != std::string_view::npos;
}

// `example.com/x`, `//example.com`: a name of at least two parts, the last of which begins with a
// letter, and what may follow a host. Not `@name`, `name`, `a@example.com`, `1.2`.
bool names_a_host(std::string_view address) {
    if (address.starts_with("//")) {
        address.remove_prefix(2);
    }
    auto const host = address.substr(0, address.find_first_of(":/?#"));
    auto const dot = host.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || dot + 2 >= host.size() ||
        host.find('@') != std::string_view::npos) {
        return false;
    }
    auto const first = static_cast<unsigned char>(host[dot + 1]);
    bool const letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
    return letter || first >= 0x80U;
}

} // namespace

bool is_plain_address(std::string_view address) {
    auto const scheme = text::lower(address.substr(0, address.find(':')));
    if ((scheme != "http" && scheme != "https") ||
        !address.substr(scheme.size()).starts_with("://")) {
        return false;
    }
    address.remove_prefix(scheme.size() + 3);
    auto const host = address.substr(0, address.find_first_of("/?#"));
    // Names of letters, digits and hyphens between single dots; two at least, the last of which
    // begins with a letter.
    auto const last = host.rfind('.');
    if (last == std::string_view::npos || host.front() == '.' || last + 1 == host.size() ||
        !is_ascii_letter(host[last + 1]) || host.find("..") != std::string_view::npos ||
        !std::all_of(host.begin(), host.end(), [](char c) {
            return is_ascii_letter(c) || is_ascii_digit(c) || c == '-' || c == '.';
        })) {
        return false;
    }
    char part = '/';
    for (char const c : address.substr(host.size())) {
        if (c == '#' && part == '#') {
            return false;
        }
        bool const begins = c == '#' || (c == '?' && part == '/');
        part = begins ? c : part;
        if (!begins && !stands_in_paths(c) && c != '?') {
            return false;
        }
    }
    return true;
}

Verdict judge(std::string_view address, Mapping const& mapping) {
    auto fault = is_plain_address(address) && address.size() <= http::longest_link
                     ? std::nullopt
                     : http::link_fault(address);
    std::string mended;
    if (fault == http::LinkFault::no_scheme && mapping.add_https && names_a_host(address)) {
        mended = "https://" + std::string{address.substr(address.starts_with("//") ? 2 : 0)};
        fault = http::link_fault(mended);
    }
    if (fault) {
        return {std::string{http::name(*fault)}, ""};
    }
    auto const& whole = mended.empty() ? address : std::string_view{mended};
    auto const scheme = text::lower(whole.substr(0, whole.find(':')));
    bool const allowed =
        std::find(mapping.schemes.begin(), mapping.schemes.end(), scheme) != mapping.schemes.end();
    return {allowed ? "ok" : std::string{http::name(http::LinkFault::scheme)}, mended};
}

Decoded decode(std::string_view text) {
    auto const trimmed = text::trim(text);
    bool const structured = trimmed.starts_with('{') || trimmed.starts_with('[');
    json::Value value;
    try {
        value = json::parse(trimmed, "the text");
    } catch (Error const&) {
        return {"", structured ? "broken_json" : "scalar"};
    }
    if (holds_zero(value)) {
        return {"", "broken_json"};
    }
    if (value.is_structured()) {
        // As it was written: numbers keep their digits.
        return {std::string{trimmed}, ""};
    }
    if (value.is_string() && !text::trim(value.get<std::string>()).empty()) {
        return {"", "too_deep"};
    }
    bool const nothing = value.is_null() || value.is_string();
    return {"", nothing ? "" : "scalar"};
}

Decoded decode_document(std::string_view text) {
    json::Value value;
    try {
        value = json::parse(text, "the value");
    } catch (Error const&) {
        return {"", "broken_json"};
    }
    if (!value.is_string()) {
        return decode(text);
    }
    auto const inner = value.get<std::string>();
    return text::trim(inner).empty() ? Decoded{} : decode(inner);
}

} // namespace slipway::links_migrate
