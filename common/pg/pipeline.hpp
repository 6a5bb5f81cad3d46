// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"

#include <deque>
#include <string>
#include <vector>

namespace slipway::pg {

/// Sends statements without waiting for their answers (libpq's pipeline mode). Statements up to a
/// sync() are one implicit transaction where none is open; after one failed, the rest up to the
/// next sync() is not run. The connection does nothing else meanwhile.
class Pipeline {
public:
    explicit Pipeline(Connection& connection);
    Pipeline(Pipeline const&) = delete;
    Pipeline& operator=(Pipeline const&) = delete;
    Pipeline(Pipeline&&) = delete;
    Pipeline& operator=(Pipeline&&) = delete;

    /// Cancels what was not taken, and leaves pipeline mode (or closes the connection).
    ~Pipeline();

    /// Queues a statement; returns its number, from 0.
    std::size_t send(std::string_view sql, std::initializer_list<Param> params = {});
    std::size_t send(std::string_view sql, std::span<Param const> params);

    /// Ends an implicit transaction and the reach of an error.
    void sync();

    /// Has the server send the results so far without waiting for a sync.
    void flush();

    /// Waits for the next result, in the order of sending; throws that statement's error, or
    /// failed where it was not run because of an earlier one's.
    Result take(time::Deadline deadline = time::Deadline::never());

    /// Statements sent whose results were not taken.
    [[nodiscard]] std::size_t pending() const;

    /// Syncs, takes all that is left, leaves pipeline mode, and throws the first error of these;
    /// what was not run because of an error that take() threw is none.
    void finish(time::Deadline deadline = time::Deadline::never());

    /// For the other classes of this room.
    [[nodiscard]] std::shared_ptr<Wire> const& wire() const { return wire_; }

private:
    struct Expected {
        bool is_sync = false;
        std::string sql;
    };

    void require_open() const;
    void skip_syncs(time::Deadline deadline);
    void abandon() noexcept;
    bool drain();
    void leave() noexcept;

    std::shared_ptr<Wire> wire_;
    std::deque<Expected> expected_;
    std::size_t sent_ = 0;
    std::size_t flushed_ = 0; // of these the server has been told not to keep results back
    std::size_t syncs_ = 0;   // among the expected
    bool open_ = false;
    bool failed_ = false; // a statement since the last sync, and its error was thrown
};

/// A statement with its parameters.
struct Statement {
    std::string sql;
    std::vector<Param> params = {};
};

/// Runs statements in one round trip, in one implicit transaction where none is open; throws the
/// first error.
std::vector<Result> exec_all(Connection& connection, std::vector<Statement> const& statements);

} // namespace slipway::pg
