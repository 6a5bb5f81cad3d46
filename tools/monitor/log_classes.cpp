// SPDX-License-Identifier: Apache-2.0
#include "log_classes.hpp"

#include "error/error.hpp"

#include <fmt/format.h>
#include <re2/re2.h>
#include <re2/set.h>

namespace slipway::monitor {

namespace {

constexpr std::string_view class_of_errors = "error";
// A cheap look at the raw line, before it is parsed.
constexpr std::string_view grave_json_level =
    R"re("(level|severity|levelname|log\.level|lvl)"\s*:\s*("(err|error|fatal|crit|panic|emerg|alert|severe)|[5-9]\d\b))re";
constexpr std::int64_t most_memory = std::int64_t{4} << 20U;

re2::RE2::Options pattern_options() {
    re2::RE2::Options out;
    out.set_case_sensitive(false);
    out.set_never_nl(false);
    out.set_dot_nl(false);
    out.set_log_errors(false);
    out.set_max_mem(most_memory);
    return out;
}

} // namespace

std::vector<LogClass> const& shipped_classes() {
    static std::vector<LogClass> const out{
        {"panic",
         {R"(^panic: |\bfatal error: |thread '.{0,80}' panicked at)",
          R"(uncaught ?exception|unhandled ?(promise ?)?rejection|unhandled exception)",
          R"(segmentation fault|\bSIGSEGV\b|\bSIGABRT\b|core dumped|stack overflow)",
          R"(out of memory|OutOfMemoryError|\bOOM ?kill|heap limit|Cannot allocate memory)",
          R"(Exception in thread ")"}},
        {"database",
         {R"(deadlock detected|could not serialize access|canceling statement due to)",
          R"(too many (clients|connections)|remaining connection slots|connection pool (timed out|exhausted)|timeout (exceeded )?when trying to connect)",
          R"(could not connect to (the )?(server|database)|connection to server .{0,80} failed|ECONNREFUSED.{0,40}:(5432|6432|3306)|terminating connection|server closed the connection|Can't reach database)",
          R"(duplicate key value|violates (foreign key|unique|not-null|check) constraint)",
          R"((relation|column|function|type|schema|table) "?[^"\n]{1,120}"? does not exist)",
          R"(SQLSTATE|\bPG::\w+|psycopg\d?\.|org\.postgresql|PSQLException|pq: |PrismaClient\w*Error|Sequelize\w*Error|QueryFailedError|\bP[12]0\d\d\b|OperationalError|IntegrityError|ProgrammingError)"}},
        {"oauth",
         {R"(invalid_grant|invalid_client|unauthorized_client|redirect_uri_mismatch|invalid_scope|unsupported_grant_type)",
          R"((oauth2?|openid|oidc|sso)\b.{0,80}\b(error|fail(ed|ure)?|invalid|denied|refused|time(d )?out|expired|mismatch))",
          R"((error|fail(ed|ure)?)\b.{0,80}\b(oauth2?|openid|oidc|sso)\b)"}},
        {"authorization",
         {R"(\bforbidden\b|permission denied|access denied|AccessDenied|not authorized|insufficient (scope|permission|privilege)s?)",
          R"((invalid|missing) csrf|csrf token)"}},
        {"auth",
         {R"(invalid (credentials|password|token|api key|signature)|authentication (failed|failure|error|required)|(login|log-in|sign-?in) (failed|failure))",
          R"((jwt|token|session) (is )?(expired|malformed|invalid|revoked)|TokenExpiredError|JsonWebTokenError)",
          R"(\bunauthenticated\b|\bunauthorized\b|account (is )?locked|failed (login|password))"}},
        {"validation",
         {R"(validation (error|failed|failure)|ValidationError|ZodError|ConstraintViolation)",
          R"(invalid (input|request|payload|body|parameter|argument)s?\b|unprocessable|bad request|BadRequest(Error|Exception)|SyntaxError: Unexpected token)"}},
        {std::string{class_of_errors},
         {R"(\b\w*(Error|Exception)(:|\b \[| at )|Traceback \(most recent call last\))",
          R"((^|[\s\[|"<(])(ERROR|FATAL|CRITICAL|SEVERE|EMERG|EMERGENCY|ALERT|CRIT)([\s\]|":>)]|$))"}},
    };
    return out;
}

struct Classifier::State {
    std::vector<LogClass> classes;
    std::vector<std::unique_ptr<re2::RE2>> patterns; // one a class, its patterns as alternatives
    std::vector<std::unique_ptr<re2::RE2>> ignore;
    std::unique_ptr<re2::RE2::Set> any;
};

Classifier::Classifier(std::vector<LogClass> classes, std::vector<std::string> const& ignore)
    : state_(std::make_unique<State>()) {
    auto const options = pattern_options();
    state_->classes = std::move(classes);
    state_->any = std::make_unique<re2::RE2::Set>(options, re2::RE2::UNANCHORED);
    auto const compiled = [&](std::string const& text, std::string const& of) {
        auto out = std::make_unique<re2::RE2>(text, options);
        if (!out->ok()) {
            throw Error{
                ErrorKind::usage,
                fmt::format("the pattern {} of {} is malformed: {}", text, of, out->error()),
                "Write it in RE2's syntax: github.com/google/re2/wiki/Syntax."};
        }
        return out;
    };
    for (auto const& each : state_->classes) {
        std::string all;
        for (auto const& pattern : each.patterns) {
            static_cast<void>(compiled(pattern, each.name)); // named alone where it is malformed
            all += (all.empty() ? "(?m:" : "|(?m:") + pattern + ")";
        }
        state_->patterns.push_back(compiled(all, each.name));
        state_->any->Add(all, nullptr);
    }
    state_->any->Add(std::string{grave_json_level}, nullptr);
    for (auto const& pattern : ignore) {
        state_->ignore.push_back(compiled(pattern, "ignore"));
    }
    state_->any->Compile();
}

Classifier::Classifier(Classifier&&) noexcept = default;
Classifier& Classifier::operator=(Classifier&&) noexcept = default;
Classifier::~Classifier() = default;

std::vector<LogClass> const& Classifier::classes() const {
    return state_->classes;
}

std::string_view Classifier::classify(std::string_view event, LogEntry& entry) const {
    std::vector<int> found;
    re2::RE2::Set::ErrorInfo error{};
    // Where its memory does not suffice it says no, and the patterns one by one have to tell.
    if (!state_->any->Match(event, &found, &error) && error.kind == re2::RE2::Set::kNoError) {
        return {};
    }
    for (auto const& each : state_->ignore) {
        if (re2::RE2::PartialMatch(event, *each)) {
            return {};
        }
    }
    entry = read_entry(event);
    bool const is_object = entry.level != Level::unknown;
    for (std::size_t i = 0; i < state_->classes.size(); ++i) {
        auto const& name = state_->classes[i].name;
        // A JSON line says itself whether it is an error: a word in its message does not.
        bool const by_level = is_object && name == class_of_errors;
        if (by_level ? entry.level == Level::error
                     : re2::RE2::PartialMatch(entry.text, *state_->patterns[i])) {
            return name;
        }
    }
    return {};
}

} // namespace slipway::monitor
