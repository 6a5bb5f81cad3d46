// SPDX-License-Identifier: Apache-2.0
#include "http/web_link.hpp"

#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include <arpa/inet.h>

#include <curl/curl.h>

namespace slipway::http {

namespace {

struct Span {
    char32_t first;
    char32_t last;
};

// Characters that show nothing or turn the direction of what stands around them.
constexpr std::array unseen{
    Span{0x00, 0x1F},
    Span{0x7F, 0x9F},
    Span{0x061C, 0x061C},
    Span{0x200E, 0x200F},
    Span{0x2028, 0x202E},
    Span{0x2066, 0x2069},
    Span{0xFEFF, 0xFEFF},
    Span{0xFFF9, 0xFFFB},
    Span{0xFFFE, 0xFFFF},
    Span{0xE0000, 0xE0FFF},
    Span{0x10FFFE, 0x10FFFF}};

constexpr std::array blanks{
    Span{0x20, 0x20},
    Span{0xA0, 0xA0},
    Span{0x1680, 0x1680},
    Span{0x2000, 0x200A},
    Span{0x202F, 0x202F},
    Span{0x205F, 0x205F},
    Span{0x3000, 0x3000}};

// What no internationalised name holds, or what one may read, or be mapped to, as a delimiter:
// soft hyphens and joiners, punctuation and letter-like signs, full stops of other scripts, wide
// forms of ASCII, private use.
constexpr std::array never_in_a_name{
    Span{0x80, 0xB6},
    Span{0xB8, 0xBF},
    Span{0x034F, 0x034F},
    Span{0x115F, 0x1160},
    Span{0x17B4, 0x17B5},
    Span{0x180B, 0x180E},
    Span{0x2000, 0x22FF},
    Span{0x29F8, 0x29F8},
    Span{0x2FF0, 0x3004},
    Span{0x3008, 0x3020},
    Span{0x3164, 0x3164},
    Span{0xE000, 0xF8FF},
    Span{0xFE00, 0xFFFF},
    Span{0xE0000, 0x10FFFF}};

template <class Spans>
bool within(Spans const& spans, char32_t code) {
    return std::any_of(spans.begin(), spans.end(), [&](Span const& span) {
        return code >= span.first && code <= span.last;
    });
}

// The next code point of valid UTF-8.
char32_t next(std::string_view text, std::size_t& at) {
    auto const lead = static_cast<unsigned char>(text[at++]);
    if (lead < 0x80U) {
        return lead;
    }
    int const more = lead >= 0xF0U ? 3 : lead >= 0xE0U ? 2 : 1;
    char32_t code = lead & (0x3FU >> static_cast<unsigned>(more));
    for (int i = 0; i < more; ++i) {
        code = (code << 6U) | (static_cast<unsigned char>(text[at++]) & 0x3FU);
    }
    return code;
}

template <class Spans>
bool holds(Spans const& spans, std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        if (within(spans, next(text, at))) {
            return true;
        }
    }
    return false;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// What stands before the first colon names the scheme, unless it is a name with a port.
std::optional<LinkFault> scheme_fault(std::string_view text) {
    auto const end = text.find_first_of(":/?#");
    if (end == std::string_view::npos || text[end] != ':') {
        return LinkFault::no_scheme;
    }
    auto const scheme = text::lower(text.substr(0, end));
    if (scheme == "http" || scheme == "https") {
        return std::nullopt;
    }
    bool const port = end + 1 < text.size() && is_digit(text[end + 1]);
    bool const name = scheme == "localhost" || scheme.find('.') != std::string::npos;
    return port && name ? LinkFault::no_scheme : LinkFault::scheme;
}

std::optional<LinkFault> port_fault(std::string_view port) {
    if (port.empty()) {
        return std::nullopt;
    }
    constexpr std::size_t most_digits = 5;
    constexpr unsigned long largest = 65535;
    if (port.size() > most_digits || !std::all_of(port.begin(), port.end(), is_digit)) {
        return LinkFault::port;
    }
    auto const number = std::stoul(std::string{port});
    return number == 0 || number > largest ? std::optional{LinkFault::port} : std::nullopt;
}

// Browsers read a name that ends in a number as an IPv4 address, in every spelling of its numbers: one
// that is not written as four decimal ones deceives the reader, or is refused by them.
bool is_odd_number(std::string_view host) {
    if (host.ends_with('.')) {
        host.remove_suffix(1);
    }
    auto const last = host.substr(host.rfind('.') + 1);
    bool const hex = last.starts_with("0x") || last.starts_with("0X");
    bool const number = hex || (!last.empty() && std::all_of(last.begin(), last.end(), is_digit));
    in_addr address{};
    return number && ::inet_pton(AF_INET, std::string{host}.c_str(), &address) != 1;
}

std::optional<LinkFault> name_fault(std::string_view name) {
    if (name.empty() || name.front() == '.' || name.find("..") != std::string_view::npos ||
        name.find('%') != std::string_view::npos || name.find(':') != std::string_view::npos ||
        holds(never_in_a_name, name) || is_odd_number(name)) {
        return LinkFault::host;
    }
    return std::nullopt;
}

std::optional<LinkFault> authority_fault(std::string_view authority) {
    if (authority.find('@') != std::string_view::npos) {
        return LinkFault::credentials;
    }
    if (authority.starts_with('[')) {
        auto const end = authority.find(']');
        if (end == std::string_view::npos ||
            authority.substr(0, end).find('%') != std::string_view::npos) {
            return LinkFault::host;
        }
        auto const rest = authority.substr(end + 1);
        return rest.empty()          ? std::nullopt
               : rest.front() == ':' ? port_fault(rest.substr(1))
                                     : std::optional{LinkFault::host};
    }
    auto const colon = authority.rfind(':');
    if (auto const fault = name_fault(authority.substr(0, colon))) {
        return fault;
    }
    return colon == std::string_view::npos ? std::nullopt : port_fault(authority.substr(colon + 1));
}

LinkFault fault_of(CURLUcode code) {
    if (code == CURLUE_BAD_PORT_NUMBER) {
        return LinkFault::port;
    }
    if (code == CURLUE_USER_NOT_ALLOWED || code == CURLUE_BAD_LOGIN) {
        return LinkFault::credentials;
    }
    if (code == CURLUE_BAD_HOSTNAME || code == CURLUE_NO_HOST || code == CURLUE_BAD_IPV6) {
        return LinkFault::host;
    }
    return code == CURLUE_UNSUPPORTED_SCHEME ? LinkFault::scheme : LinkFault::syntax;
}

std::optional<LinkFault> parser_fault(std::string const& text) {
    struct Free {
        void operator()(CURLU* handle) const { curl_url_cleanup(handle); }
    };
    std::unique_ptr<CURLU, Free> const handle{curl_url()};
    auto const code = curl_url_set(handle.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER);
    if (code != CURLUE_OK) {
        return fault_of(code);
    }
    char* part = nullptr;
    if (curl_url_get(handle.get(), CURLUPART_HOST, &part, 0) != CURLUE_OK) {
        return LinkFault::host;
    }
    curl_free(part);
    return std::nullopt;
}

} // namespace

std::optional<LinkFault> link_fault(std::string_view text) {
    if (text.size() > longest_link) {
        return LinkFault::too_long;
    }
    if (!text::valid_utf8(text) || holds(unseen, text)) {
        return LinkFault::control;
    }
    if (auto const fault = scheme_fault(text)) {
        return fault;
    }
    if (holds(blanks, text)) {
        return LinkFault::blank;
    }
    auto const after = text.substr(text.find(':') + 1);
    if (!after.starts_with("//") || after.starts_with("///") ||
        text.find_first_of("\\<>\"") != std::string_view::npos) {
        return LinkFault::syntax;
    }
    auto const authority = after.substr(2, after.find_first_of("/?#", 2) - 2);
    if (auto const fault = authority_fault(authority)) {
        return fault;
    }
    return parser_fault(std::string{text});
}

std::string_view name(LinkFault fault) {
    switch (fault) {
    case LinkFault::too_long:
        return "url_too_long";
    case LinkFault::control:
        return "url_control";
    case LinkFault::blank:
        return "url_blank";
    case LinkFault::no_scheme:
        return "url_no_scheme";
    case LinkFault::scheme:
        return "url_scheme";
    case LinkFault::syntax:
        return "url_syntax";
    case LinkFault::credentials:
        return "url_credentials";
    case LinkFault::host:
        return "url_host";
    case LinkFault::port:
        return "url_port";
    }
    return "url_syntax";
}

} // namespace slipway::http
