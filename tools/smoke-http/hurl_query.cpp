// SPDX-License-Identifier: Apache-2.0
// Queries, filters and predicates of Hurl (hurl.dev/docs/asserting-response.html).
#include "hurl_query.hpp"

#include "expr/regex.hpp"
#include "jsonpath.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

// A word, a text between quotes or back-ticks, a regular expression.
struct Token {
    enum class Kind : std::uint8_t { word, text, regex };
    Kind kind = Kind::word;
    std::string text;
};

std::optional<std::vector<Token>> tokens_of(std::string_view line) {
    std::vector<Token> out;
    std::size_t at = 0;
    while ((at = line.find_first_not_of(" \t\n", at)) != std::string_view::npos) {
        char const byte = line[at];
        if (byte == '#') {
            break; // a comment
        }
        Token token;
        if (line.substr(at).starts_with("```")) {
            auto const end = line.find("```", at + 3);
            if (end == std::string_view::npos) {
                return std::nullopt;
            }
            auto text = line.substr(at + 3, end - at - 3);
            text.remove_prefix(text.starts_with('\n') ? 1 : 0);
            token = {Token::Kind::text, std::string{text}};
            at = end + 3;
        } else if (byte == '"' || byte == '/' || byte == '`') {
            token.kind = byte == '/' ? Token::Kind::regex : Token::Kind::text;
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

// What a query finds: an expression over the body as JSON, or over the exchange.
struct Found {
    bool response = true;
    std::string jq;
    bool nodes = false;   // a list of nodes, of which one alone counts as its value
    std::string header;   // where it is nothing but a header
    bool is_body = false; // the body as text
    bool is_status = false;
    bool is_duration = false;
};

class Line {
public:
    Line(std::vector<Token> tokens, Draft& draft, std::string const& place)
        : tokens_(std::move(tokens)), draft_(draft), place_(place) {}

    std::optional<Found> query() {
        auto found = bare_query();
        while (found && filter(*found)) {
        }
        return wrong_ ? std::nullopt : found;
    }

    [[nodiscard]] bool done() const { return at_ >= tokens_.size(); }

    bool predicate(Found const& found, StepDraft& step);

private:
    Token const* next() { return done() ? nullptr : &tokens_[at_++]; }

    [[nodiscard]] bool next_is(std::string_view word) const {
        return !done() && tokens_[at_].kind == Token::Kind::word && tokens_[at_].text == word;
    }

    std::optional<std::string> text() {
        auto const* const token = next();
        return token != nullptr && token->kind == Token::Kind::text ? std::optional{token->text}
                                                                    : std::nullopt;
    }

    std::optional<Found> bare_query() {
        auto const* const first = next();
        if (first == nullptr || first->kind != Token::Kind::word) {
            return std::nullopt;
        }
        auto const& word = first->text;
        Found out;
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
            if (pattern == nullptr || pattern->kind == Token::Kind::word) {
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

    static std::optional<Found> cookie(std::string const& written) {
        auto const open = written.find('[');
        auto const name = written.substr(0, open);
        auto const attribute =
            open == std::string::npos
                ? std::string{"value"}
                : text::lower(written.substr(open + 1, written.size() - open - 2));
        Found out;
        out.jq = fmt::format(".cookies[{}][{}]", json_quoted(name), json_quoted(attribute));
        if (attribute == "secure" || attribute == "httponly") {
            // A flag is there or it is not; it has no value.
            out.jq = fmt::format("(if {0} then true else null end)", out.jq);
        }
        return out;
    }

    std::optional<Found> certificate() {
        auto const field = text();
        Found out;
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

    bool filter(Found& found) {
        if (done() || tokens_[at_].kind != Token::Kind::word) {
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
            wrong_ = by == nullptr || by->kind == Token::Kind::word;
            if (!wrong_ && word == "replace" && argument->kind == Token::Kind::text) {
                pipe(fmt::format("split({}) | join({})", quoted, json_quoted(by->text)));
            } else if (!wrong_) {
                pipe(fmt::format("gsub({}; {})", quoted, json_quoted(by->text)));
            }
        }
        return !wrong_;
    }

    // A value behind a predicate.
    std::optional<Value> value() {
        auto const* const token = next();
        if (token == nullptr || token->kind == Token::Kind::regex) {
            return std::nullopt;
        }
        if (token->kind == Token::Kind::text) {
            return Value(token->text);
        }
        if (token->text.starts_with("{{")) {
            auto whole = token->text;
            while (whole.find("}}") == std::string::npos && !done()) {
                whole += next()->text;
            }
            return Value(whole);
        }
        if (token->text.starts_with("hex,") || token->text.starts_with("base64,") ||
            token->text.starts_with("file,")) {
            return std::nullopt;
        }
        auto parsed = Value::parse(token->text, nullptr, false);
        return parsed.is_discarded() ? std::nullopt : std::optional{parsed};
    }

    bool equality(Found const& found, StepDraft& step, bool not_);
    bool comparison(Found const& found, StepDraft& step, std::string const& op, bool not_);
    bool with_value(Found const& found, StepDraft& step, std::string const& word, bool not_);
    static std::string shape(std::string_view word);

    static void condition(Found const& found, StepDraft& step, std::string const& test, bool not_) {
        step.want(found.response ? "response" : "jq", one(found) + " | " + test, !not_);
    }

    // One node alone counts as its value.
    static std::string one(Found const& found) {
        return found.nodes ? fmt::format("({} | if length == 1 then .[0] else . end)", found.jq)
                           : found.jq;
    }

    std::vector<Token> tokens_;
    Draft& draft_;
    std::string const& place_;
    std::size_t at_ = 0;
    bool wrong_ = false;
    bool is_bytes_ = false;
    bool is_hash_ = false;
};

bool has_placeholder(Value const& value) {
    return value.is_string() && value.get_ref<std::string const&>().find("{{") != std::string::npos;
}

// The condition of jq for predicates without a value.
std::string Line::shape(std::string_view word) {
    static std::map<std::string, std::string, std::less<>> const shapes{
        {"isInteger", "type == \"number\" and . == floor"},
        {"isFloat", "type == \"number\" and . != floor"},
        {"isNumber", "type == \"number\""},
        {"isBoolean", "type == \"boolean\""},
        {"isString", "type == \"string\""},
        {"isCollection", "type == \"array\" or type == \"object\""},
        {"isList", "type == \"array\""},
        {"isObject", "type == \"object\""},
        {"isEmpty", "length == 0"},
        {"isUuid",
         "type == \"string\" and "
         "test(\"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$\")"},
        {"isIpv4",
         "type == \"string\" and "
         "test(\"^((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(\\\\.(?!$)|$)){4}$\")"},
        {"isIsoDate",
         "type == \"string\" and "
         "test(\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\\\.[0-9]+)?(Z|[+-][0-9]{"
         "2}"
         ":[0-9]{2})$\")"}};
    auto const known = shapes.find(word);
    return known == shapes.end() ? "" : known->second;
}

bool Line::predicate(Found const& found, StepDraft& step) {
    bool not_ = false;
    if (next_is("not")) {
        not_ = true;
        ++at_;
    }
    auto const* const token = next();
    if (token == nullptr || token->kind != Token::Kind::word) {
        return false;
    }
    auto const word = token->text;
    if (is_bytes_ && tokens_[at_ >= 2 ? at_ - 2 : 0].text != "count" && !not_) {
        return false; // its bytes themselves
    }
    if (word == "exists") {
        if (!found.header.empty()) {
            step.want("headers", found.header, not_ ? "absent" : "exists");
        } else if (found.nodes) {
            step.want("jq", found.jq + " | length > 0", !not_);
        } else {
            step.want(found.response ? "response" : "jq", found.jq, not_ ? "absent" : "exists");
        }
        return done();
    }
    if (auto const test = shape(word); !test.empty()) {
        condition(found, step, test, not_);
        return done();
    }
    if (word == "==" || word == "equals" || word == "!=" || word == "notEquals") {
        bool const unequal = word == "!=" || word == "notEquals";
        return equality(found, step, not_ != unequal) && done();
    }
    if (word == ">" || word == ">=" || word == "<" || word == "<=") {
        return comparison(found, step, word, not_) && done();
    }
    return with_value(found, step, word, not_) && done();
}

bool Line::equality(Found const& found, StepDraft& step, bool not_) {
    if (is_hash_) {
        auto const* const token = next();
        if (token == nullptr || !token->text.starts_with("hex,") || not_) {
            return false;
        }
        auto const hex = token->text.substr(4, token->text.find(';') - 4);
        step.want_body("sha256", hex);
        return true;
    }
    auto const wanted = value();
    if (!wanted) {
        return false;
    }
    if (not_) {
        if (has_placeholder(*wanted)) {
            return false;
        }
        condition(found, step, ". != " + json::write(*wanted), false);
        return true;
    }
    if (found.is_status && wanted->is_number_integer()) {
        step.want_status(json::write(*wanted));
        return true;
    }
    if (found.is_body && wanted->is_string()) {
        step.want_body("equals", draft_.text(wanted->get<std::string>(), place_));
        return true;
    }
    auto const expected = wanted->is_string()
                              ? draft_.equal_to_text(wanted->get<std::string>(), place_)
                              : Draft::equal_to(*wanted);
    if (!found.header.empty()) {
        step.want("headers", found.header, expected);
    } else {
        step.want(found.response ? "response" : "jq", one(found), expected);
    }
    return true;
}

bool Line::comparison(Found const& found, StepDraft& step, std::string const& op, bool not_) {
    auto const limit = value();
    if (!limit || has_placeholder(*limit)) {
        return false;
    }
    if (found.is_duration && op == "<" && !not_ && limit->is_number_integer()) {
        step.want_latency(limit->get<std::int64_t>());
        return true;
    }
    if (found.is_status) {
        step.want_any_status();
    }
    if (not_) {
        condition(found, step, fmt::format(". {} {}", op, json::write(*limit)), true);
    } else {
        step.want(
            found.response ? "response" : "jq",
            one(found),
            fmt::format("{} {}", op, json::write(*limit)));
    }
    return true;
}

bool Line::with_value(Found const& found, StepDraft& step, std::string const& word, bool not_) {
    if (word == "matches") {
        auto const* const pattern = next();
        if (pattern == nullptr || pattern->kind == Token::Kind::word) {
            return false;
        }
        if (found.is_body && !not_) {
            step.want_body("regex", pattern->text);
        } else {
            condition(
                found, step, fmt::format("tostring | test({})", json_quoted(pattern->text)), not_);
        }
        return true;
    }
    auto const wanted = value();
    if (!wanted || (has_placeholder(*wanted) && !(found.is_body && word == "contains"))) {
        return false;
    }
    auto const written = json::write(*wanted);
    if ((word == "contains" || word == "includes") && found.is_body && wanted->is_string()) {
        step.want_body(
            not_ ? "lacks" : "contains", draft_.text(wanted->get<std::string>(), place_));
        return true;
    }
    if (word == "contains" || word == "includes") {
        // One header of that name is enough, as is one element.
        condition(
            found,
            step,
            fmt::format(
                "if type == \"array\" then any(.[]; . == {0}) else tostring | contains({0} | "
                "tostring) end",
                written),
            not_);
        return true;
    }
    if ((word == "startsWith" || word == "endsWith") && wanted->is_string()) {
        condition(
            found,
            step,
            fmt::format(
                "tostring | {}({})", word == "startsWith" ? "startswith" : "endswith", written),
            not_);
        return true;
    }
    return false;
}

} // namespace

bool add_hurl_assert(
    std::string_view line,
    StepDraft& step,
    Draft& draft,
    std::string const& place) {
    auto tokens = tokens_of(line);
    if (!tokens) {
        return false;
    }
    Line reader{std::move(*tokens), draft, place};
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
    auto tokens = tokens_of(rest);
    if (!tokens) {
        return false;
    }
    Line reader{std::move(*tokens), draft, place};
    auto const found = reader.query();
    if (!found || !reader.done()) {
        return false;
    }
    Value source;
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
