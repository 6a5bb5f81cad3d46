// SPDX-License-Identifier: Apache-2.0
#include "secret/redactor.hpp"

#include "text/escape.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <utility>

namespace slipway::secret {

namespace {

constexpr std::size_t shortest = 4;

std::string lower_hex_of(std::string_view percent_encoded) {
    std::string out{percent_encoded};
    for (std::size_t i = 0; i + 2 < out.size(); ++i) {
        if (out[i] == '%') {
            for (std::size_t k = i + 1; k <= i + 2; ++k) {
                if (out[k] >= 'A' && out[k] <= 'F') {
                    out[k] = static_cast<char>(out[k] - 'A' + 'a');
                }
            }
        }
    }
    return out;
}

// Percent-encoding of what a URL's user part must not hold alone: the way people write it.
std::string sparse_percent_encode(std::string_view value) {
    std::string out;
    for (char const c : value) {
        bool const reserved =
            std::string_view{":/?#[]@ %\"<>\\^`{|}"}.find(c) != std::string_view::npos;
        out += reserved || static_cast<unsigned char>(c) < 0x20 ? text::percent_encode({&c, 1})
                                                                : std::string(1, c);
    }
    return out;
}

// As JavaScript's encodeURIComponent has it, which leaves five marks as they are.
std::string component_percent_encode(std::string_view value) {
    std::string out;
    for (char const c : value) {
        bool const mark = std::string_view{"!'()*"}.find(c) != std::string_view::npos;
        out += mark ? std::string(1, c) : text::percent_encode({&c, 1});
    }
    return out;
}

std::string unicode_escape(unsigned unit) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out = "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) {
        out += digits[(unit >> static_cast<unsigned>(shift)) & 15U];
    }
    return out;
}

// The code point at the start of valid UTF-8 of more than one byte, and how many bytes it has.
std::pair<unsigned, std::size_t> code_point_of(std::string_view value) {
    auto const first = static_cast<unsigned char>(value.front());
    std::size_t const length = first >= 0xF0U ? 4 : first >= 0xE0U ? 3 : 2;
    unsigned point = first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length && i < value.size(); ++i) {
        point = point << 6U | (static_cast<unsigned char>(value[i]) & 0x3FU);
    }
    return {point, length};
}

struct JsonStyle {
    bool slash; // written as \/
    bool ascii; // other characters as \uXXXX
};

std::string json_escaped(std::string_view value, JsonStyle style) {
    constexpr std::string_view controls = "\b\f\n\r\t";
    constexpr std::string_view letters = "bfnrt";
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
        char const c = value[i];
        auto const byte = static_cast<unsigned char>(c);
        auto const control = controls.find(c);
        if (c == '"' || c == '\\' || (c == '/' && style.slash)) {
            out += '\\';
            out += c;
        } else if (control != std::string_view::npos) {
            out += '\\';
            out += letters[control];
        } else if (byte < 0x20U || (byte == 0x7FU && style.ascii)) {
            out += unicode_escape(byte);
        } else if (byte >= 0x80U && style.ascii) {
            auto const [point, length] = code_point_of(value.substr(i));
            out += point < 0x10000U ? unicode_escape(point)
                                    : unicode_escape(0xD800U + ((point - 0x10000U) >> 10U)) +
                                          unicode_escape(0xDC00U + ((point - 0x10000U) & 0x3FFU));
            i += length - 1;
        } else {
            out += c;
        }
    }
    return out;
}

std::string without_padding(std::string value) {
    while (value.ends_with('=')) {
        value.pop_back();
    }
    return value;
}

std::string url_alphabet(std::string value) {
    std::replace(value.begin(), value.end(), '+', '-');
    std::replace(value.begin(), value.end(), '/', '_');
    return value;
}

} // namespace

void Redactor::add_spelling(std::string spelling) {
    if (spelling.size() < shortest ||
        std::find(spellings_.begin(), spellings_.end(), spelling) != spellings_.end()) {
        return;
    }
    auto const at = std::find_if(spellings_.begin(), spellings_.end(), [&](auto const& other) {
        return other.size() < spelling.size();
    });
    spellings_.insert(at, std::move(spelling));
}

void Redactor::add(std::string_view value) {
    if (value.size() < shortest) {
        return;
    }
    std::scoped_lock const lock{mutex_};
    if (std::find(values_.begin(), values_.end(), value) != values_.end()) {
        return;
    }
    values_.emplace_back(value);
    std::string const encoded = text::percent_encode(value);
    std::string const sparse = sparse_percent_encode(value);
    add_spelling(std::string{value});
    for (auto const& spelling : {encoded, sparse, component_percent_encode(value)}) {
        add_spelling(spelling);
        add_spelling(lower_hex_of(spelling));
        add_spelling(text::replace_all(spelling, "%20", "+"));
        add_spelling(lower_hex_of(text::replace_all(spelling, "%20", "+")));
    }
    bool const text = text::valid_utf8(value);
    for (bool const slash : {false, true}) {
        add_spelling(json_escaped(value, {slash, false}));
        if (text) {
            add_spelling(json_escaped(value, {slash, true}));
        }
    }
    add_spelling(text::html_escape(value));
    std::string const base64 = without_padding(text::base64_encode(value));
    add_spelling(base64);
    add_spelling(url_alphabet(base64));
}

void Redactor::add_password(std::string_view user, std::string_view password) {
    add(password);
    if (password.empty()) {
        return;
    }
    std::scoped_lock const lock{mutex_};
    std::string const pair = std::string{user} + ":" + std::string{password};
    std::string const base64 = without_padding(text::base64_encode(pair));
    add_spelling(base64);
    add_spelling(url_alphabet(base64));
}

std::string Redactor::redact(std::string_view text) const {
    std::scoped_lock const lock{mutex_};
    // Every place is found in the text as it was given: two secrets may overlap, and what the
    // first replacement left of the second would be told.
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (auto const& spelling : spellings_) {
        for (std::size_t at = text.find(spelling); at != std::string_view::npos;
             at = text.find(spelling, at + 1)) {
            places.emplace_back(at, at + spelling.size());
        }
    }
    std::sort(places.begin(), places.end());
    std::string out;
    std::size_t told = 0;
    for (std::size_t i = 0; i < places.size();) {
        auto const [start, first_end] = places[i];
        std::size_t end = first_end;
        for (++i; i < places.size() && places[i].first < end; ++i) {
            end = std::max(end, places[i].second);
        }
        out += text.substr(told, start - told);
        out += mask;
        told = end;
    }
    out += text.substr(told);
    return out;
}

std::vector<std::string> Redactor::values() const {
    std::scoped_lock const lock{mutex_};
    return values_;
}

} // namespace slipway::secret
