// SPDX-License-Identifier: Apache-2.0
#include "secret/redactor.hpp"

#include "text/escape.hpp"
#include "text/join.hpp"

#include <algorithm>

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

std::string json_escaped(std::string_view value, bool escape_slash) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (char const c : value) {
        if (c == '"' || c == '\\' || (c == '/' && escape_slash)) {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (c == '\r') {
            out += "\\r";
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += "\\u00";
            out += digits[static_cast<unsigned char>(c) >> 4U];
            out += digits[static_cast<unsigned char>(c) & 15U];
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
    for (auto const& spelling : {encoded, sparse}) {
        add_spelling(spelling);
        add_spelling(lower_hex_of(spelling));
        add_spelling(text::replace_all(spelling, "%20", "+"));
        add_spelling(lower_hex_of(text::replace_all(spelling, "%20", "+")));
    }
    add_spelling(json_escaped(value, false));
    add_spelling(json_escaped(value, true));
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
    std::string out{text};
    for (auto const& spelling : spellings_) {
        if (out.find(spelling) != std::string::npos) {
            out = text::replace_all(out, spelling, mask);
        }
    }
    return out;
}

std::vector<std::string> Redactor::values() const {
    std::scoped_lock const lock{mutex_};
    return values_;
}

} // namespace slipway::secret
