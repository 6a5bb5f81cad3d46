// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "migration/script.hpp"
#include "pg/pipeline.hpp"
#include "pg/send.hpp"
#include "pg/transaction.hpp"
#include "session.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace slipway::migrate_apply {

/// What a pipeline is to answer next.
struct Queued {
    migration::Script const* script = nullptr; // nothing: a statement of our own
    migration::Step const* step = nullptr;
    bool commits = false;
    bool settles = false; // the session, behind a commit
};

/// The server's error about it, with its place.
Error told(Queued const& at, pg::ServerError const& error);

/// A transaction whose statements are sent without waiting for each answer, so that a migration
/// costs one round trip; one of COPY data or of many megabytes costs a few. Rolls back by its
/// destructor what was not committed.
class Trip {
public:
    /// Queues the begin. Where there is an `around`, no step is queued: it runs each.
    explicit Trip(pg::Connection& connection, AroundStep around = {});
    Trip(Trip const&) = delete;
    Trip& operator=(Trip const&) = delete;
    Trip(Trip&&) = delete;
    Trip& operator=(Trip&&) = delete;
    ~Trip();

    /// Queues a step of a script, or runs it where it cannot be queued. The script must outlive
    /// the trip.
    void step(migration::Script const& script, migration::Step const& step);

    /// Queues statements of our own.
    [[nodiscard]] pg::Send own();

    /// Waits for the answers to all that was queued. Throws the first error, a step's with its
    /// place; nothing more can be queued then.
    void arrive();

    /// Queues the commit, and behind it what `afterwards` queues, an error of which is not told;
    /// then arrives. What stands when this throws, end() says.
    void commit(std::function<void(pg::Send const&)> const& afterwards);

    /// What became of the transaction.
    enum class End : std::uint8_t { open, rolled_back, committed, unknown };
    [[nodiscard]] End end() const {
        // Even the sending of the commit may fail after the server has got it.
        return end_ == End::open && commit_sent_ ? End::unknown : end_;
    }

private:
    void send(std::string_view sql, std::initializer_list<pg::Param> params, Queued const& queued);
    void take_all();
    [[noreturn]] void fail(Queued const& at, Error const& error, bool by_server);
    void leave(bool certain);

    pg::Connection& connection_;
    AroundStep around_;
    std::optional<pg::Transaction> transaction_; // the last to go
    std::optional<pg::Pipeline> pipeline_;
    std::deque<Queued> queued_;
    std::size_t bytes_ = 0;
    bool commit_sent_ = false;
    End end_ = End::open;
};

} // namespace slipway::migrate_apply
