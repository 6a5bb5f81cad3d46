// SPDX-License-Identifier: Apache-2.0
// Queries and filters of Hurl (hurl.dev/docs/asserting-response.html).
#include "hurl_reader.hpp"

#include "jsonpath.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

std::optional<std::vector<HurlToken>> hurl_tokens(std::string_view line) {
    std::vector<HurlToken> out;
    std::size_t at = 0;
    while ((at = line.find_first_not_of(" \t\n", at)) != std::string_view::npos) {
        char const byte = line[at];
        if (byte == '#') {
            break; // a comment
        }
        HurlToken token;
        if (line.substr(at).starts_with("```")) {
            auto const end = line.find("```", at + 3);
            if (end == std::string_view::npos) {
                return std::nullopt;
            }
            auto text = line.substr(at + 3, end - at - 3);
            text.remove_prefix(text.starts_with('\n') ? 1 : 0);
            token = {HurlToken::Kind::text, std::string{text}};
            at = end + 3;
        } else if (byte == '"' || byte == '/' || byte == '`') {
            token.kind = byte == '/' ? HurlToken::Kind::regex : HurlToken::Kind::text;
            auto end = at + 1;
            for (; end < line.size() && line[end] != byte; ++end) {
                if (line[end] == '\\' && end + 1 < line.size() && byte != '`') {
                    char const next = line[++end];
                    if (byte == '/') {
                        token.text += next == '/' ? "/" : std::string{'\\', next};
                    } else {
                        token.text += next == 'n'   ? '\n'
                                      : next == 't' ? '\t'
                                      : next == 'r' ? '\r'
                                                    : next;
                    }
                } else {
                    token.text += line[end];
                }
            }
            if (end >= line.size()) {
                return std::nullopt;
            }
            at = end + 1;
        } else {
            auto const end = std::min(line.find_first_of(" \t\n", at), line.size());
            token.text = line.substr(at, end - at);
            at = end;
        }
        out.push_back(std::move(token));
    }
    return out;
}

std::optional<HurlFound> HurlReader::query() {
    auto found = bare_query();
    while (found && filter(*found)) {
    }
    return wrong_ ? std::nullopt : found;
}

std::optional<HurlFound> HurlReader::bare_query() {
    auto const* const first = next();
    if (first == nullptr || first->kind != HurlToken::Kind::word) {
        return std::nullopt;
    }
    auto const& word = first->text;
    HurlFound out;
    if (word == "status") {
        out.jq = ".status";
        out.is_status = true;
    } else if (word == "version") {
        out.jq = ".http_version";
    } else if (word == "url") {
        out.jq = ".url";
    } else if (word == "body") {
        out.jq = ".text";
        out.is_body = true;
    } else if (word == "rawbytes" || word == "bytes") {
        out.jq = ".bytes"; // and nothing but its count
        is_bytes_ = true;
    } else if (word == "duration") {
        out.jq = ".latency_ms";
        out.is_duration = true;
    } else if (word == "sha256") {
        out.jq = ".sha256";
        is_hash_ = true;
    } else if (word == "ip") {
        out.jq = ".ip";
    } else if (word == "redirects") {
        out.jq = ".redirects";
    } else if (word == "header") {
        auto const name = text();
        if (!name) {
            return std::nullopt;
        }
        out.header = *name;
        out.jq = fmt::format(
            "(.headers[{}] | if type == \"array\" and length == 1 then .[0] else . end)",
            json_quoted(text::lower(*name)));
    } else if (word == "cookie") {
        auto const name = text();
        return name ? cookie(*name) : std::nullopt;
    } else if (word == "jsonpath") {
        auto const path = text();
        auto const converted = path ? jq_of_jsonpath(*path) : std::nullopt;
        if (!converted) {
            return std::nullopt;
        }
        out.response = false;
        out.jq = converted->jq;
        out.nodes = !converted->definite;
    } else if (word == "regex") {
        auto const* const pattern = next();
        if (pattern == nullptr || pattern->kind == HurlToken::Kind::word) {
            return std::nullopt;
        }
        out.jq = fmt::format(
            "([.text | match({}) | .captures[0].string] | .[0])", json_quoted(pattern->text));
    } else if (word == "variable") {
        auto const name = text();
        if (!name) {
            return std::nullopt;
        }
        out.jq = "$" + draft_.variable(*name);
    } else if (word == "certificate") {
        return certificate();
    } else {
        return std::nullopt;
    }
    return out;
}

std::optional<HurlFound> HurlReader::cookie(std::string const& written) {
    auto const open = written.find('[');
    auto const name = written.substr(0, open);
    auto const attribute = open == std::string::npos
                               ? std::string{"value"}
                               : text::lower(written.substr(open + 1, written.size() - open - 2));
    HurlFound out;
    out.jq = fmt::format(".cookies[{}][{}]", json_quoted(name), json_quoted(attribute));
    if (attribute == "secure" || attribute == "httponly") {
        // A flag is there or it is not; it has no value.
        out.jq = fmt::format("(if {0} then true else null end)", out.jq);
    }
    return out;
}

std::optional<HurlFound> HurlReader::certificate() {
    auto const field = text();
    HurlFound out;
    if (field == "Subject" || field == "Issuer") {
        out.jq = field == "Subject" ? ".tls.subject" : ".tls.issuer";
        return out;
    }
    if (field == "Expire-Date" && next_is("daysAfterNow")) {
        ++at_;
        out.jq = ".tls.days_left";
        return out;
    }
    return std::nullopt;
}

bool HurlReader::filter(HurlFound& found) {
    if (done() || tokens_[at_].kind != HurlToken::Kind::word) {
        return false;
    }
    auto const word = tokens_[at_].text;
    static std::map<std::string, std::string, std::less<>> const simple{
        {"count", "length"},
        {"first", ".[0]"},
        {"last", ".[-1]"},
        {"toInt", "tonumber | floor"},
        {"toFloat", "tonumber"},
        {"toString", "tostring"},
        {"base64Decode", "@base64d"},
        {"base64Encode", "@base64"},
        {"urlEncode", "@uri"}};
    static std::set<std::string, std::less<>> const others{
        "nth", "split", "regex", "replace", "replaceRegex", "jsonpath"};
    static std::set<std::string, std::less<>> const unknown{
        "decode",
        "format",
        "dateFormat",
        "toDate",
        "htmlEscape",
        "htmlUnescape",
        "urlDecode",
        "urlQueryParam",
        "xpath",
        "daysAfterNow",
        "daysBeforeNow",
        "toHex",
        "utf8Decode",
        "utf8Encode",
        "base64UrlSafeDecode",
        "base64UrlSafeEncode",
        "location",
        "charsetDecode"};
    if (unknown.contains(word)) {
        wrong_ = true;
        return false;
    }
    auto const known = simple.find(word);
    if (known == simple.end() && !others.contains(word)) {
        return false;
    }
    ++at_;
    if (is_bytes_ || is_hash_) {
        wrong_ = !(is_bytes_ && word == "count");
        return !wrong_;
    }
    auto const pipe = [&](std::string const& what) {
        found.jq = fmt::format("{} | {}", found.jq, what);
        found.header.clear();
        found.is_body = found.is_status = found.is_duration = false;
        found.nodes = false;
    };
    if (known != simple.end()) {
        pipe(known->second);
        return true;
    }
    auto const* const argument = next();
    if (argument == nullptr) {
        wrong_ = true;
        return false;
    }
    auto const quoted = json_quoted(argument->text);
    if (word == "nth") {
        pipe(fmt::format(".[{}]", argument->text));
    } else if (word == "split") {
        pipe(fmt::format("split({})", quoted));
    } else if (word == "regex") {
        pipe(fmt::format("([match({}) | .captures[0].string] | .[0])", quoted));
    } else if (word == "jsonpath") {
        auto const path = jq_of_jsonpath(argument->text);
        wrong_ = !path;
        if (path) {
            pipe(fmt::format(
                "{}{}", found.is_body || found.response ? "fromjson | " : "", path->jq));
            found.nodes = !path->definite;
        }
    } else {
        auto const* const by = next();
        wrong_ = by == nullptr || by->kind == HurlToken::Kind::word;
        if (!wrong_ && word == "replace" && argument->kind == HurlToken::Kind::text) {
            pipe(fmt::format("split({}) | join({})", quoted, json_quoted(by->text)));
        } else if (!wrong_) {
            pipe(fmt::format("gsub({}; {})", quoted, json_quoted(by->text)));
        }
    }
    return !wrong_;
}

} // namespace slipway::smoke_http
