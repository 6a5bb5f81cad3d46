// SPDX-License-Identifier: Apache-2.0
#include "plan/answer.hpp"

#include "pg/quote.hpp"
#include "pg/transaction.hpp"
#include "plan/bisect.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <fmt/format.h>

namespace slipway::plan {

namespace {

using Asked = Question::Kind;
using Status = Answer::Status;

constexpr std::int64_t most_counted = 100'000;

void begin(pg::Connection& connection, Question const& question, AnswerLimits const& limits) {
    std::vector<std::string> path;
    for (auto const& schema : question.path) {
        path.push_back(pg::quote_identifier(schema));
    }
    // Where row level security would hide rows, the server is to say so instead.
    connection.exec(fmt::format(
        "set local statement_timeout = {0}; set local lock_timeout = {0}; set local row_security "
        "= off; select set_config('search_path', {1}, true)",
        limits.time.count(),
        pg::quote_literal(text::join(path, ", "))));
}

void read_keys(
    pg::Connection& connection,
    Question const& question,
    AnswerLimits const& limits,
    Answer& out) {
    if (out.rows == 0 || limits.keys == 0 || question.keys.empty()) {
        return;
    }
    auto const query = fmt::format("{} limit {}", question.keys, limits.keys);
    for (auto const row : connection.exec(query)) {
        out.keys.push_back(row.get<std::optional<std::string>>(0).value_or(""));
    }
}

void count(
    pg::Connection& connection,
    Question const& question,
    AnswerLimits const& limits,
    Answer& out) {
    auto const row = connection.exec(question.count).one_row();
    out.rows = row.get<std::int64_t>(0);
    if (row.columns() > 1) {
        out.values = row.get<std::int64_t>(1);
    }
    if (question.kind == Asked::missing && out.rows > most_counted) {
        out.rows = most_counted;
        out.at_least = true;
    }
    out.status = out.rows == 0 ? Status::holds : Status::broken;
    try {
        read_keys(connection, question, limits, out);
    } catch (pg::ServerError const&) {
        out.keys.clear(); // the number is what matters
    }
}

bool is_time_out(Error const& error) {
    return error.kind() == ErrorKind::timeout || error.sqlstate() == "57014" ||
           error.sqlstate() == "55P03";
}

// False where the limit came first.
bool look_through(pg::Connection& connection, Question const& question, Bisect& bisect) {
    constexpr std::string_view tables = R"(
with recursive family as (
  select $1::oid as oid
  union select i.inhrelid from pg_inherits i join family f on i.inhparent = f.oid)
select f.oid::regclass from family f join pg_class c on c.oid = f.oid
where c.relkind = 'r' order by 1)";
    try {
        for (auto const row : connection.exec(tables, {question.relation->oid})) {
            bisect.look_through(row.get<std::string>(0));
        }
    } catch (Error const& error) {
        if (!is_time_out(error) || bisect.found().error.empty()) {
            throw;
        }
        return false;
    }
    return bisect.found().complete;
}

void probe(
    pg::Connection& connection,
    Question const& question,
    AnswerLimits const& limits,
    Answer& out) {
    auto const deadline = time::Deadline::after(limits.time);
    Bisect bisect{connection, *question.relation, question.probe, deadline, limits.keys};
    bool const complete = look_through(connection, question, bisect);
    auto const& found = bisect.found();
    if (found.error.empty() && !complete) {
        throw Error{ErrorKind::timeout, "the deadline passed"};
    }
    out.status = found.error.empty() ? Status::holds : Status::broken;
    out.reason = found.error;
    out.keys = found.keys;
    out.at_least = !complete;
    // That there is one is known even where the limit came before it was found.
    out.rows = found.error.empty() ? 0 : std::max<std::int64_t>(found.rows, 1);
}

void ask(
    pg::Connection& connection,
    Question const& question,
    AnswerLimits const& limits,
    Answer& out) {
    pg::Transaction look{connection, "begin read only"};
    begin(connection, question, limits);
    if (question.probe.empty()) {
        count(connection, question, limits, out);
    } else {
        probe(connection, question, limits, out);
    }
    look.rollback();
}

void judge_error(
    pg::Connection& connection,
    Error const& error,
    AnswerLimits const& limits,
    Answer& out) {
    if (!connection.is_open() || error.kind() == ErrorKind::interrupted ||
        error.kind() == ErrorKind::terminated) {
        throw error;
    }
    out.status = Status::undecided;
    out.reason = is_time_out(error)
                     ? fmt::format("not decided within {}", time::spell_duration(limits.time))
                     : "it cannot be asked: " + error.message();
}

} // namespace

std::string_view name(Answer::Status status) {
    switch (status) {
    case Status::holds:
        return "holds";
    case Status::broken:
        return "broken";
    case Status::depends:
        return "depends";
    case Status::undecided:
        return "undecided";
    case Status::not_yet:
        return "not_yet";
    }
    return "undecided";
}

Answer answer(pg::Connection& connection, Question const& question, AnswerLimits const& limits) {
    Answer out;
    if (!question.not_yet.empty()) {
        out.status = Status::not_yet;
        out.reason = question.not_yet;
        return out;
    }
    if (!question.unanswerable.empty()) {
        out.reason = question.unanswerable;
        return out;
    }
    if (question.kind == Asked::refused) {
        out.status = Status::broken;
        return out;
    }
    auto const started = std::chrono::steady_clock::now();
    try {
        ask(connection, question, limits, out);
    } catch (Error const& error) {
        judge_error(connection, error, limits, out);
    }
    out.took =
        std::chrono::duration_cast<time::Milliseconds>(std::chrono::steady_clock::now() - started);
    if (out.status == Status::broken && !question.changed_by.empty()) {
        out.status = Status::depends;
        out.reason = question.changed_by + " may change that before";
    }
    return out;
}

namespace {

std::string counted(Answer const& answer, std::string_view noun) {
    return (answer.at_least ? "at least " : "") +
           text::counted(static_cast<std::size_t>(answer.rows), noun);
}

std::string what_breaks(Question const& question, Answer const& answer) {
    bool const one = answer.rows == 1;
    switch (question.kind) {
    case Asked::not_null:
        return counted(answer, "row") + (one ? " holds null" : " hold null");
    case Asked::unique:
        return fmt::format(
            "{} more than once, in {}",
            answer.values.value_or(0) == 1
                ? std::string{"1 value occurs"}
                : fmt::format("{} values occur", answer.values.value_or(0)),
            counted(answer, "row"));
    case Asked::check:
        return counted(answer, "row") + (one ? " breaks it" : " break it");
    case Asked::foreign_key:
        return counted(answer, "row") + (one ? " refers to nothing" : " refer to nothing");
    case Asked::exclusion:
        return counted(answer, "row") + (one ? " is in conflict" : " are in conflict");
    case Asked::type:
        return counted(answer, "value") +
               (one ? " does not fit the new type" : " do not fit the new type");
    case Asked::cut:
        return counted(answer, "value") + " would be cut or rounded";
    case Asked::missing:
        return counted(answer, "row") + " would have no value";
    case Asked::refused:
        return question.refusal;
    }
    return {};
}

} // namespace

std::string words(Question const& question, Answer const& answer) {
    std::string keys;
    if (!answer.keys.empty()) {
        bool const more = answer.rows > static_cast<std::int64_t>(answer.keys.size());
        keys = fmt::format(" ({}{})", text::join(answer.keys, "; "), more ? "; …" : "");
    }
    switch (answer.status) {
    case Status::holds:
        return "the data keep to it";
    case Status::broken:
        return what_breaks(question, answer) + keys;
    case Status::depends:
        return fmt::format("{} now{}, {}", what_breaks(question, answer), keys, answer.reason);
    case Status::undecided:
        return (question.unanswerable.empty() ? "" : "not asked: ") + answer.reason;
    case Status::not_yet:
        return "no rows to ask yet: " + answer.reason;
    }
    return {};
}

} // namespace slipway::plan
