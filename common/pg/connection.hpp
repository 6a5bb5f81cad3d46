// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/conninfo.hpp"
#include "pg/param.hpp"
#include "pg/result.hpp"
#include "pg/server_error.hpp"
#include "time/deadline.hpp"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace slipway::pg {

class Wire;

/// How to open a connection, and what bounds every wait on it.
struct Options {
    time::Milliseconds connect_timeout{10'000};
    time::Deadline deadline = time::Deadline::never();
    std::stop_token stop = {};
    std::string application_name = {}; // `slipway/<tool>/<run>`, cut to 63 bytes
};

enum class TransactionStatus : std::uint8_t { idle, active, in_transaction, aborted, unknown };

/// A session on a server; move-only, for one thread at a time.
///
/// No call waits beyond its deadline (the call's, or the connection's where that is earlier) or a
/// requested stop: the command is then cancelled on the server, its answer drained, and timeout or
/// the stop's error thrown, after which the session is usable; where the server does not even
/// answer the cancellation (at most 7 s), the connection is closed. A lost connection is
/// unavailable. What the server refuses is a ServerError.
class Connection {
public:
    /// Resolves names, connects and logs in under `connect_timeout`; throws usage where the server
    /// refuses the password, role or database, unavailable where there is none, and timeout.
    static Connection open(ConnInfo const& target, Options options = {});

    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;
    Connection(Connection&& other) noexcept;
    Connection& operator=(Connection&& other) noexcept;
    ~Connection();

    /// Runs one statement with parameters $1, $2, …; without parameters, a text that may hold
    /// several statements, of which the last one's result is returned.
    Result exec(
        std::string_view sql,
        std::initializer_list<Param> params = {},
        time::Deadline deadline = time::Deadline::never());
    Result exec(
        std::string_view sql,
        std::span<Param const> params,
        time::Deadline deadline = time::Deadline::never());

    /// Runs several statements as the server splits them, in one implicit transaction where they
    /// do not say otherwise; hands over each result and throws the first error, after draining.
    void script(
        std::string_view sql,
        std::function<void(Result&&)> const& on_result = {},
        time::Deadline deadline = time::Deadline::never());

    [[nodiscard]] bool is_open() const;

    /// As 150004 for 15.4.
    [[nodiscard]] int server_version() const;

    [[nodiscard]] int backend_pid() const;

    /// A parameter that the server reports: server_encoding, TimeZone, …; empty where it does not.
    [[nodiscard]] std::string parameter(std::string_view name) const;

    [[nodiscard]] TransactionStatus transaction_status() const;

    /// Calls back for every notice and warning, during the calls that read from the server.
    void on_notice(std::function<void(Notice const&)> receiver);

    /// Replaces the deadline and the stop token: to clean up after these have struck.
    void set_limits(time::Deadline deadline, std::stop_token stop = {});

    /// Whether there is a pooler in between: the process that answers is not the one that greeted
    /// us, or changes, or forgets session settings between transactions. Session locks and
    /// `set` do not hold there. False does not prove that there is none.
    [[nodiscard]] bool looks_pooled();

    /// Ends the session; transactions, locks and copies on it end with it.
    void close() noexcept;

    [[nodiscard]] ConnInfo const& target() const;

    /// For the other classes of this room.
    [[nodiscard]] std::shared_ptr<Wire> const& wire() const { return wire_; }

private:
    explicit Connection(std::shared_ptr<Wire> wire);
    std::shared_ptr<Wire> wire_;
};

} // namespace slipway::pg
