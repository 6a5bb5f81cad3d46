// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"

namespace slipway::pg {

class Pipeline;

/// A transaction; the destructor rolls back what was not committed. Commands go through it or
/// through its connection alike. One at a time on a connection, else internal.
class Transaction {
public:
    /// Starts with `begin`, which may say the isolation level.
    explicit Transaction(Connection& connection, std::string_view begin = "begin");

    /// Queues its `begin`; the pipeline must end before this object does.
    explicit Transaction(Pipeline& pipeline, std::string_view begin = "begin");
    Transaction(Transaction const&) = delete;
    Transaction& operator=(Transaction const&) = delete;
    Transaction(Transaction&&) = delete;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    Result exec(
        std::string_view sql,
        std::initializer_list<Param> params = {},
        time::Deadline deadline = time::Deadline::never());
    Result exec(
        std::string_view sql,
        std::span<Param const> params,
        time::Deadline deadline = time::Deadline::never());

    /// Commits. Throws failed where the transaction was aborted before (the server then answers
    /// ROLLBACK), in_doubt where the connection was lost while committing: the work may be done
    /// or not, and only looking at it tells. A second call is internal.
    void commit();

    /// Whether it has ended by a `commit` that was queued on the pipeline and answered: asked when
    /// the pipeline is gone. False says that it is open, aborted, or not known.
    bool ended_on_pipeline();

    /// Rolls back, whatever the stop token and the deadline say; nothing where it has ended.
    void rollback();

private:
    void end() noexcept;

    std::shared_ptr<Wire> wire_;
    bool open_ = false;
};

} // namespace slipway::pg
