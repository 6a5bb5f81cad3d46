// SPDX-License-Identifier: Apache-2.0
#include "pg/transaction.hpp"

#include "pg/pipeline.hpp"
#include "pg/sqlstate.hpp"
#include "pg/wire.hpp"

#include <libpq-fe.h>

namespace slipway::pg {

namespace {

Error in_doubt(Wire const& wire, Outcome const& outcome) {
    Error const cause = wire.lost_error(outcome.error.get());
    return Error{
        ErrorKind::in_doubt,
        "it is unknown whether the transaction was committed: " + cause.message(),
        "Look for what the transaction wrote before running it again."}
        .with_sqlstate(cause.sqlstate());
}

} // namespace

Transaction::Transaction(Connection& connection, std::string_view begin)
    : wire_(connection.wire()) {
    wire_->require_free(Focus::none);
    if (wire_->in_transaction || connection.transaction_status() != TransactionStatus::idle) {
        throw Error{ErrorKind::internal, "a transaction was begun inside of another"};
    }
    wire_->run(begin, {}, time::Deadline::never());
    wire_->in_transaction = true;
    open_ = true;
}

Transaction::Transaction(Pipeline& pipeline, std::string_view begin) : wire_(pipeline.wire()) {
    if (wire_->in_transaction) {
        throw Error{ErrorKind::internal, "a transaction was begun inside of another"};
    }
    pipeline.send(begin);
    wire_->in_transaction = true;
    open_ = true;
}

bool Transaction::ended_on_pipeline() {
    if (open_ && wire_->is_open() && PQtransactionStatus(wire_->raw()) == PQTRANS_IDLE) {
        end();
    }
    return !open_;
}

Transaction::~Transaction() {
    if (open_) {
        if (!wire_->run_quietly("rollback")) {
            // Closing makes the server roll back; the session must not go on inside of it.
            wire_->close();
        }
        end();
    }
}

void Transaction::end() noexcept {
    open_ = false;
    wire_->in_transaction = false;
}

Result Transaction::exec(
    std::string_view sql,
    std::initializer_list<Param> params,
    time::Deadline deadline) {
    return exec(sql, std::span<Param const>{params.begin(), params.size()}, deadline);
}

Result
Transaction::exec(std::string_view sql, std::span<Param const> params, time::Deadline deadline) {
    if (!open_) {
        throw Error{ErrorKind::internal, "a command on a transaction that has ended"};
    }
    return wire_->run(sql, params, deadline);
}

void Transaction::commit() {
    if (!open_) {
        throw Error{ErrorKind::internal, "commit of a transaction that has ended"};
    }
    // Until COMMIT is sent nothing is in doubt, so what can be known before is looked at first.
    wire_->look_for_loss();
    wire_->require_free(Focus::none);
    wire_->require_time(time::Deadline::never(), Heed::limits);
    wire_->send("commit", {}, true);
    Outcome outcome;
    try {
        outcome = wire_->settle(time::Deadline::never(), Heed::limits);
    } catch (...) {
        wire_->close();
        outcome.lost = true;
    }
    end();
    if (outcome.lost) {
        throw in_doubt(*wire_, outcome);
    }
    wire_->require_success(outcome);
    if (PQcmdStatus(outcome.last.get()) != std::string_view{"COMMIT"}) {
        throw Error{
            ErrorKind::failed,
            "the transaction was rolled back at its commit, since a statement in it had failed"}
            .with_sqlstate(std::string{sqlstate::in_failed_transaction});
    }
}

void Transaction::rollback() {
    if (!open_) {
        return;
    }
    wire_->require_free(Focus::none);
    bool const done = wire_->run_quietly("rollback");
    end();
    if (!done) {
        wire_->close();
        throw Error{
            ErrorKind::unavailable,
            "the rollback got no answer, the connection was closed instead",
            "The server rolls back when it notices; look at pg_stat_activity."};
    }
}

} // namespace slipway::pg
