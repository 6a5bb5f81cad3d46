// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "object_facts.hpp"
#include "pg/connection.hpp"
#include "server_facts.hpp"
#include "source.hpp"

#include <optional>

namespace slipway::monitor {

/// Looks at the server and database through one connection that it keeps, and opens again when it
/// was lost. No statement runs for more than a second or waits for a lock.
class PostgresSource final : public Source {
public:
    /// `timeout` bounds one look as a whole; `every` is the time from one to the next.
    PostgresSource(
        pg::ConnInfo where,
        pg::Options limits,
        time::Milliseconds timeout,
        time::Milliseconds every);

    /// Connects now; throws as pg::Connection::open does.
    void open();

    [[nodiscard]] std::string_view name() const override { return "postgres"; }
    void look(Sample& sample) override;

private:
    void look_once(Sample& sample);
    pg::Result ask(std::string_view sql, std::initializer_list<pg::Param> params = {});
    void read_counters(Sample& sample);
    void read_activity(Sample& sample);
    void read_waits(Sample& sample);

    pg::ConnInfo where_;
    pg::Options limits_;
    time::Milliseconds timeout_;
    time::Deadline deadline_ = time::Deadline::never(); // of the look that goes on
    std::optional<pg::Connection> connection_;
    bool privileged_ = false;
    ServerFacts server_;
    ObjectFacts objects_;
};

} // namespace slipway::monitor
