// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apply.hpp"
#include "pg/pipeline.hpp"
#include "pg/transaction.hpp"
#include "session.hpp"
#include "trip.hpp"

#include <deque>
#include <optional>
#include <set>
#include <span>
#include <string>

namespace slipway::migrate_apply {

/// Small migrations that are sent ahead of the answers to those before them, each in a transaction
/// of its own. There is no sync between them, so that the server runs nothing behind one that has
/// failed: it is as if the rest had never been sent.
class Batch {
public:
    /// The first of these migrations, as many as can go in one batch.
    static std::span<Prepared const>
    next(Session const& session, std::span<Prepared const> migrations);

    /// For these migrations, which must outlive it; sends nothing yet.
    Batch(Session& session, std::span<Prepared const> migrations);
    Batch(Batch const&) = delete;
    Batch& operator=(Batch const&) = delete;
    Batch(Batch&&) = delete;
    Batch& operator=(Batch&&) = delete;

    /// Cancels what is under way.
    ~Batch();

    /// Waits until the next migration is committed. Where it was rolled back, throws why, with its
    /// place, and is over; where it was not run, through no fault of its own, answers false and is
    /// over. Where the answer is not seen, looks up what is applied, so that each of those sent has
    /// its turn; then throws as settle_doubt() for the first that is not.
    bool take();

    /// Whether nothing more is to be taken, and the connection is free.
    [[nodiscard]] bool over() const { return over_; }

private:
    [[nodiscard]] Prepared const& current() const { return migrations_[taken_]; }
    void fill();
    void queue_next();
    void send(std::string_view sql, std::initializer_list<pg::Param> params, Queued const& queued);
    bool take_answers();
    void close();
    void look_up(Queued const& at, Error const& error);
    bool take_known();

    Session& session_;
    std::span<Prepared const> migrations_;
    std::optional<pg::Transaction> transaction_; // the last to go
    std::optional<pg::Pipeline> pipeline_;
    std::deque<Queued> queued_;
    std::deque<std::size_t> bytes_; // of each that is under way
    std::size_t under_way_ = 0;     // the sum of these
    std::size_t sent_ = 0;          // migrations
    std::size_t taken_ = 0;
    bool over_ = false;

    std::optional<Error> doubt_; // why the answers were not seen
    std::size_t doubted_ = 0;    // the first of them, a migration
    Where doubted_at_;           // its statement, where that is known
    std::set<std::string> applied_;
};

} // namespace slipway::migrate_apply
