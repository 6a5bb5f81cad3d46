// SPDX-License-Identifier: Apache-2.0
#include "probe/look.hpp"

#include "probe/sql.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::probe {

std::string_view name(Look::State state) {
    switch (state) {
    case Look::State::good:
        return "good";
    case Look::State::wrong:
        return "wrong";
    case Look::State::unreached:
        return "unreached";
    }
    return "";
}

namespace {

record::Check check_of(std::string const& id, std::string title) {
    record::Check check;
    check.id = id;
    check.title = std::move(title);
    check.severity = record::Severity::critical;
    return check;
}

Look good(record::Check check, std::string brief) {
    Look look;
    look.brief = std::move(brief);
    check.message = look.brief;
    look.checks.push_back(std::move(check));
    return look;
}

Look wrong(record::Check check, std::string brief, std::string hint = {}) {
    Look look;
    look.state = Look::State::wrong;
    look.brief = std::move(brief);
    check.status = record::CheckStatus::failed;
    check.message = look.brief;
    check.hint = std::move(hint);
    look.checks.push_back(std::move(check));
    return look;
}

// What a database's error means for a probe: not there, or there and not as it should be.
Look of_error(record::Check check, Error const& error) {
    auto look = wrong(std::move(check), error.message(), error.hint());
    look.error = error;
    // A wrong password, role or database does not become right by waiting.
    look.hopeless = error.kind() == ErrorKind::usage;
    bool const answered = error.kind() != ErrorKind::unavailable &&
                          error.kind() != ErrorKind::timeout && !look.hopeless;
    look.state = answered ? Look::State::wrong : Look::State::unreached;
    return look;
}

bool ends_the_run(Error const& error) {
    return error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::terminated ||
           error.kind() == ErrorKind::internal;
}

template <class Work>
Look guarded(record::Check check, Work&& work) {
    auto const start = std::chrono::steady_clock::now();
    Look look;
    try {
        look = work(check);
    } catch (Error const& error) {
        if (ends_the_run(error)) {
            throw;
        }
        look = of_error(std::move(check), error);
    }
    auto const took = std::chrono::steady_clock::now() - start;
    look.latency_ms = std::chrono::duration<double, std::milli>(took).count();
    for (auto& made : look.checks) {
        made.duration = std::chrono::duration_cast<time::Milliseconds>(took);
    }
    return look;
}

} // namespace

Look look_at_postgres(
    std::string const& id,
    pg::ConnInfo const& target,
    pg::Options const& options,
    Role role) {
    auto check = check_of(id, "PostgreSQL at " + target.redacted());
    return guarded(std::move(check), [&](record::Check const& made) {
        auto connection = pg::Connection::open(target, options);
        static_cast<void>(connection.exec("select 1").one_value<std::int64_t>());
        bool const replica = connection.exec("select pg_is_in_recovery()").one_value<bool>();
        bool const right = role == Role::any || (role == Role::replica) == replica;
        std::string const is = replica ? "a replica" : "the primary";
        if (!right) {
            return wrong(
                made,
                fmt::format(
                    "{} is {}, not {}",
                    target.address(),
                    is,
                    replica ? "the primary" : "a replica"));
        }
        return good(
            made,
            fmt::format("answers, is {}, version {}", is, connection.parameter("server_version")));
    });
}

Look look_at_sql(
    std::string const& id,
    std::string const& query,
    std::optional<Rule> const& wanted,
    pg::ConnInfo const& target,
    pg::Options const& options) {
    auto check = check_of(id, query);
    return guarded(std::move(check), [&](record::Check const& made) {
        auto connection = pg::Connection::open(target, options);
        auto const answer = ask(connection, query, {}, false, options.deadline);
        secret::Redactor const none;
        auto const value = answer.value.value_or("null");
        if (wanted) {
            if (auto const fault = judge_cell(*wanted, answer, none)) {
                return wrong(made, fault->message);
            }
            return good(made, "answers " + value);
        }
        bool const truthy = answer.value && value != "f" && value != "0" && !value.empty();
        return truthy ? good(made, "answers " + value)
                      : wrong(made, fmt::format("answers {}, which is not true", value));
    });
}

} // namespace slipway::probe
