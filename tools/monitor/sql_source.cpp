// SPDX-License-Identifier: Apache-2.0
#include "sql_source.hpp"

#include "error/error.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace slipway::monitor {

namespace {

// A query of a watch must not become the trouble that it looks for.
constexpr time::Milliseconds longest_query{1000};
constexpr std::size_t longest_cell = 60;

double number_in_cell(std::string_view text) {
    if (text == "t" || text == "f") {
        return text == "t" ? 1 : 0;
    }
    double out = 0;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), out);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || !std::isfinite(out)) {
        throw Error{
            ErrorKind::failed,
            fmt::format(
                "it gave no number: '{}'",
                text::shorten(text::printable_line(text), longest_cell))};
    }
    return out;
}

} // namespace

SqlSource::SqlSource(
    pg::ConnInfo where,
    pg::Options limits,
    std::vector<FigureSpec> specs,
    time::Milliseconds timeout)
    : where_(std::move(where)), limits_(std::move(limits)), specs_(std::move(specs)),
      timeout_(timeout) {
    limits_.connect_timeout = std::min(limits_.connect_timeout, timeout);
}

void SqlSource::connect(time::Deadline deadline) {
    connection_.reset();
    auto limits = limits_;
    limits.deadline = deadline;
    auto fresh = pg::Connection::open(where_, limits);
    fresh.set_limits(limits_.deadline, limits_.stop);
    auto longest = longest_query;
    for (auto const& spec : specs_) {
        longest = std::max(longest, spec.timeout.value_or(longest));
    }
    fresh.exec(
        fmt::format(
            "set default_transaction_read_only = on; set lock_timeout = '500ms';"
            " set statement_timeout = '{}ms'",
            longest.count()),
        {},
        deadline);
    connection_.emplace(std::move(fresh));
}

double SqlSource::ask(FigureSpec const& spec, time::Deadline deadline) {
    if (!connection_ || !connection_->is_open()) {
        connect(deadline);
    }
    auto const result =
        connection_->exec(spec.query, {}, deadline.sooner(spec.timeout.value_or(longest_query)));
    if (result.rows() != 1 || result.columns() != 1) {
        throw Error{
            ErrorKind::failed,
            result.empty() ? "it gave no row"
                           : fmt::format(
                                 "it gave {} rows and {} columns, and not one number",
                                 result.rows(),
                                 result.columns())};
    }
    if (result.is_null(0, 0)) {
        throw Error{ErrorKind::failed, "it gave null"};
    }
    return number_in_cell(result.text(0, 0));
}

void SqlSource::look(Sample& sample) {
    auto const deadline = limits_.deadline.sooner(timeout_);
    for (auto const& spec : specs_) {
        bool const was_open = connection_ && connection_->is_open();
        for (bool again = true; again;) {
            again = false;
            try {
                if (deadline.expired()) {
                    throw Error{ErrorKind::timeout, "no time was left for it"};
                }
                sample.values["sql.value/" + spec.name] = ask(spec, deadline);
            } catch (Error const& error) {
                signal::throw_if_stopped(limits_.stop);
                bool const is_lost = error.kind() == ErrorKind::unavailable;
                again = is_lost && was_open && connection_.has_value();
                if (is_lost) {
                    connection_.reset(); // the server may have been restarted
                }
                if (!again) {
                    sample.gaps["sql." + spec.name] = error.message();
                }
            }
        }
    }
}

} // namespace slipway::monitor
