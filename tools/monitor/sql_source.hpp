// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"
#include "source.hpp"
#include "sources_file.hpp"

#include <optional>

namespace slipway::monitor {

/// Asks the user's own queries with every sample, read-only, through one connection that it keeps
/// and opens again when it was lost. A query that fails or takes too long costs its own figure.
class SqlSource final : public Source {
public:
    /// `timeout` bounds one look as a whole.
    SqlSource(
        pg::ConnInfo where,
        pg::Options limits,
        std::vector<FigureSpec> specs,
        time::Milliseconds timeout);

    [[nodiscard]] std::string_view name() const override { return "sql"; }
    void look(Sample& sample) override;

private:
    void connect(time::Deadline deadline);
    double ask(FigureSpec const& spec, time::Deadline deadline);

    pg::ConnInfo where_;
    pg::Options limits_;
    std::vector<FigureSpec> specs_;
    time::Milliseconds timeout_;
    std::optional<pg::Connection> connection_;
};

} // namespace slipway::monitor
