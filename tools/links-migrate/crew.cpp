// SPDX-License-Identifier: Apache-2.0
#include "crew.hpp"

#include "migrate.hpp"
#include "pg/quote.hpp"
#include "pg/sqlstate.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

namespace {

constexpr time::Milliseconds checkpoint_every{1000};

bool met_a_row_that_is_there(Error const& error) {
    constexpr std::string_view exclusion_violation = "23P01";
    return error.sqlstate() == pg::sqlstate::unique_violation ||
           error.sqlstate() == exclusion_violation;
}

} // namespace

Crew::Crew(Session& session, Tables const& tables, Run const& run)
    : session_(session), run_(run.id), transformer_(session.mapping, tables, Purpose::write, true),
      fresh_(FreshRows::open(session.connection, session.mapping, tables)), parts_(run.parts),
      file_(session.context),
      bar_(
          session.context.log,
          "moving the links",
          progress::Unit::count,
          static_cast<std::uint64_t>(
              std::max<std::int64_t>(0, tables.estimated_rows - run.tally().rows))),
      told_(session.context.clock.steady()) {}

void Crew::work() {
    auto const open =
        std::count_if(parts_.begin(), parts_.end(), [](Part const& part) { return !part.done; });
    auto const others =
        std::max<std::int64_t>(0, std::min<std::int64_t>(session_.options.jobs, open) - 1);
    std::vector<pg::Connection> connections;
    connections.reserve(static_cast<std::size_t>(others));
    for (std::int64_t i = 0; i < others; ++i) {
        connections.push_back(session_.another());
    }
    {
        std::vector<std::jthread> threads;
        threads.reserve(connections.size());
        for (auto& connection : connections) {
            threads.emplace_back([this, &connection] { worker(connection); });
        }
        worker(session_.connection);
    }
    if (failure_) {
        std::rethrow_exception(failure_);
    }
}

void Crew::worker(pg::Connection& connection) {
    try {
        while (auto* const part = next_part()) {
            while (!stopped_ && batch(connection, *part)) {
            }
        }
    } catch (...) {
        std::lock_guard const lock{mutex_};
        if (!failure_) {
            failure_ = std::current_exception();
        }
        stopped_ = true;
        returned_.notify_all();
    }
}

Part* Crew::next_part() {
    std::lock_guard const lock{mutex_};
    while (!stopped_ && taken_ < parts_.size()) {
        auto& part = parts_[taken_++];
        if (!part.done) {
            return &part;
        }
    }
    return nullptr;
}

// The rows that a batch may have; 0 at the limit. What another worker has reserved may come back, at
// the end of its part.
std::int64_t Crew::reserve() {
    std::unique_lock lock{mutex_};
    auto const limit = session_.options.limit;
    if (limit > 0) {
        returned_.wait(
            lock, [&] { return stopped_ || mine_.rows + reserved_ < limit || reserved_ == 0; });
    }
    auto const batch = session_.options.batch;
    auto const rows = limit == 0 ? batch : std::min(batch, limit - mine_.rows - reserved_);
    reserved_ += rows;
    return rows;
}

// False where the part is done or the limit reached.
bool Crew::batch(pg::Connection& connection, Part& part) {
    auto const rows = reserve();
    if (rows <= 0) {
        stopped_ = true;
        return false;
    }
    auto const started = session_.context.clock.steady();
    bool fresh = fresh_.has_value();
    auto const outcome = with_retry(session_, [&] {
        try {
            return try_batch(connection, part, rows, fresh);
        } catch (Error const& error) {
            if (!fresh || !met_a_row_that_is_there(error)) {
                throw;
            }
        }
        // COPY knows no ON CONFLICT.
        fresh = false;
        return try_batch(connection, part, rows, fresh);
    });
    told(outcome.value_or(Outcome{}), rows);
    session_.rest(session_.context.clock.steady() - started);
    return outcome.has_value();
}

std::optional<Outcome>
Crew::try_batch(pg::Connection& connection, Part& part, std::int64_t rows, bool fresh) {
    pg::Transaction transaction{connection, "begin isolation level repeatable read"};
    session_.settle(connection);
    // A runner that was killed may still have a batch of this part under way on the server: this
    // waits for it, and then begins where that one ended.
    auto next = lock_part(connection, run_, part.number);
    Range range{next.place(), transformer_.next_key(connection, next.place(), next.to, rows)};
    std::optional<Outcome> outcome;
    if (range.to && !next.done) {
        outcome = write(connection, range, fresh);
        next.last_key = range.to;
        next.tally.add(outcome->tally);
    } else {
        next.done = true;
    }
    note_part(connection, run_, next);
    transaction.commit();
    std::lock_guard const lock{mutex_};
    part = std::move(next);
    return outcome;
}

// Ends the range earlier where not all of it was done.
Outcome Crew::write(pg::Connection& connection, Range& range, bool fresh) {
    Wanted const wanted{session_.samples(), false};
    if (!fresh) {
        return transformer_.run(connection, range, wanted, run_);
    }
    auto written = fresh_->write(connection, range, wanted.rejects, run_);
    range.to = written.to;
    if (written.left.empty()) {
        return std::move(written.outcome);
    }
    auto out = written.outcome.tally.rows == 0
                   ? transformer_.run(connection, range, wanted, run_)
                   : transformer_.run(connection, range, wanted, run_, std::move(written.left));
    out.add(std::move(written.outcome));
    return out;
}

void Crew::told(Outcome const& outcome, std::int64_t reserved) {
    std::lock_guard const lock{mutex_};
    reserved_ -= reserved;
    returned_.notify_all();
    file_.add(outcome.rejects);
    mine_.add(outcome.tally);
    bar_.at(static_cast<std::uint64_t>(mine_.rows));
    auto const now = session_.context.clock.steady();
    if (now - told_ >= checkpoint_every) {
        told_ = now;
        checkpoint();
    }
}

void Crew::checkpoint() {
    (*session_.context.record.data)["counts"] = to_json(mine_);
    session_.context.checkpoint();
}

std::vector<Part> parts_for(
    pg::Connection& connection,
    Mapping const& mapping,
    Tables const& tables,
    std::int64_t jobs,
    std::int64_t batch) {
    std::vector<Part> out(1);
    constexpr std::int64_t parts_a_job = 4;
    if (jobs == 1) {
        return out;
    }
    auto rows = tables.estimated_rows;
    if (rows < jobs * batch) {
        // Never analysed, or small: counting is cheap next to what follows.
        rows = connection.exec("select count(*) from " + tables.source).one_value<std::int64_t>();
    }
    auto const count = std::clamp<std::int64_t>(rows / batch, jobs, jobs * parts_a_job);
    auto const step = rows / count;
    auto const key = pg::quote_identifier(mapping.source_key);
    auto const sql = fmt::format(
        "select {0}::text from {1} where $1::{2} is null or {0} > $1::{2}"
        " order by {0} offset $2 limit 1",
        key,
        tables.source,
        tables.key_type);
    for (std::int64_t i = 1; i < count && step > 0; ++i) {
        auto const bound =
            connection.exec(sql, {out.back().after, step - 1}).optional_value<std::string>();
        if (!bound) {
            break;
        }
        Part next;
        next.number = out.back().number + 1;
        next.after = bound;
        out.back().to = bound;
        out.push_back(std::move(next));
    }
    return out;
}

} // namespace slipway::links_migrate
