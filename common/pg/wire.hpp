// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"
#include "signal/stop.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct pg_conn;
struct pg_result;

namespace slipway::pg {

struct ClearResult {
    void operator()(pg_result* result) const noexcept;
};
using OwnedResult = std::unique_ptr<pg_result, ClearResult>;

struct FinishConnection {
    void operator()(pg_conn* connection) const noexcept;
};
using OwnedConnection = std::unique_ptr<pg_conn, FinishConnection>;

/// How long the rest of an answer may take that nobody wants.
inline constexpr time::Milliseconds drain_patience{5000};

/// How a wait, or the command that waited, ended.
enum class End : std::uint8_t { ready, deadline, stopped };

/// What became of a command, after its answer was read to the end or the connection was lost.
struct Outcome {
    OwnedResult last;         // of the last statement that succeeded, where nobody took it
    OwnedResult error;        // the first error
    End end = End::ready;     // whether it had to be cancelled
    bool complete = false;    // the whole answer was read
    bool wanted_data = false; // a COPY FROM STDIN was refused its data
    bool lost = false;
};

/// What a connection is doing that leaves no room for another command.
enum class Focus : std::uint8_t { none, pipeline, copy };

/// Whether a wait heeds the stop token and the connection's deadline.
enum class Heed : std::uint8_t { limits, call_only };

/// Inside the room: one libpq connection and all waiting on it. Shared by the connection and the
/// transactions, pipelines and copies on it, so that none of these can outlive it unsafely.
class Wire {
public:
    Wire(ConnInfo target, Options options);

    /// Connects (open.cpp); once.
    void open();

    [[nodiscard]] pg_conn* raw() const { return connection_.get(); }
    [[nodiscard]] bool is_open() const;
    [[nodiscard]] ConnInfo const& target() const { return target_; }
    void close() noexcept { connection_.reset(); }
    void set_limits(time::Deadline deadline, std::stop_token const& stop);
    void on_notice(std::function<void(Notice const&)> receiver) { notice_ = std::move(receiver); }
    void receive_notice(pg_result const* notice) const;

    /// Waits until the socket is ready for one of poll's events.
    [[nodiscard]] End wait(short events, time::Deadline deadline, Heed heed) const;

    /// Waits without looking at the socket; stopped or deadline where these struck first.
    [[nodiscard]] End pause(time::Milliseconds duration, time::Deadline deadline) const;

    /// Throws the error of a wait that did not end well.
    void require_time(time::Deadline deadline, Heed heed) const;

    /// Throws where the connection is closed or doing something else than `expected`.
    void require_free(Focus expected) const;

    /// Queues a statement, in the simple protocol where there are no parameters.
    void send(std::string_view sql, std::span<Param const> params, bool simple);

    /// Waits for the next result; null at the end of a command or where `end` says why not.
    OwnedResult next_result(time::Deadline deadline, Heed heed, End& end);

    /// Reads the command's answer to its end; on a deadline or a stop cancels and drains first.
    Outcome
    settle(time::Deadline deadline, Heed heed, std::function<void(OwnedResult)> const& each = {});

    /// Throws where a wait ended by the deadline or a stop; what it was for is cancelled first.
    void require_ready(End end);

    /// Throws what the end of a wait means, where that is not `ready`.
    static void throw_interrupted(End end);

    /// Asks the server to cancel and reads what is left; closes the connection where that fails.
    void cancel_and_drain() noexcept;

    /// Throws what an outcome that is not a success means.
    void require_success(Outcome const& outcome) const;

    /// send, settle, require_success.
    Result run(std::string_view sql, std::span<Param const> params, time::Deadline deadline);

    /// Runs a statement for cleaning up, within a few seconds and whatever the limits say; false
    /// where it failed.
    bool run_quietly(std::string_view sql) noexcept;

    /// Reads what came unasked for, so that a connection that the server closed shows as lost.
    void look_for_loss();

    [[nodiscard]] std::string libpq_message() const;
    [[nodiscard]] Error lost_error(pg_result const* error) const;
    [[nodiscard]] time::Deadline effective(time::Deadline deadline, Heed heed) const;
    [[nodiscard]] bool stop_requested() const { return options_.stop.stop_requested(); }

    Focus focus = Focus::none; // set and cleared by the class that has it
    bool in_transaction = false;

    /// Cancels what the server is doing and calls `read` for the answer, at most 5 s in all. A
    /// request that overtakes its statement is lost without a word, so it is repeated while `read`
    /// ends by its deadline. False where the connection has to be closed.
    [[nodiscard]] bool cancel_and_read(std::function<End(time::Deadline)> const& read);

private:
    using Each = std::function<void(OwnedResult)>;

    /// Sends a cancel request from a thread beside; false where that took longer than 2 s, after
    /// which it could still hit a later command.
    [[nodiscard]] bool cancel() const noexcept;

    End read_all(time::Deadline deadline, Heed heed, Each const& each, Outcome& outcome);
    End leave_copy(pg_result const* result, time::Deadline deadline, Heed heed);

    ConnInfo target_;
    Options options_;
    std::unique_ptr<signal::StopFd> stop_fd_;
    OwnedConnection connection_;
    std::function<void(Notice const&)> notice_;
};

/// The fields of an error or a notice.
ServerMessage message_of(pg_result const* result);

/// A copy that is ended with a zero byte; throws usage where there is one inside.
std::string terminated(std::string_view sql);

} // namespace slipway::pg
