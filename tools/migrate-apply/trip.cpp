// SPDX-License-Identifier: Apache-2.0
#include "trip.hpp"

#include "step.hpp"

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

// Beyond these the answers are awaited before more is sent, so that memory stays bounded.
constexpr std::size_t most_queued = 500;
constexpr std::size_t most_bytes = 4U << 20U;

} // namespace

Error told(Queued const& at, pg::ServerError const& error) {
    if (at.step != nullptr) {
        return located(error, *at.script, *at.step);
    }
    if (at.commits) {
        // A constraint that was deferred speaks up here, where no statement of the file is.
        return Error{
            error.kind(),
            fmt::format("at its commit: {} (SQLSTATE {})", error.message(), error.sqlstate()),
            error.hint()}
            .with_sqlstate(error.sqlstate());
    }
    return static_cast<Error const&>(error);
}

Trip::Trip(pg::Connection& connection, AroundStep around)
    : connection_(connection), around_(std::move(around)) {
    pipeline_.emplace(connection_);
    transaction_.emplace(*pipeline_);
    queued_.emplace_back();
}

Trip::~Trip() {
    pipeline_.reset();
}

void Trip::send(
    std::string_view sql,
    std::initializer_list<pg::Param> params,
    Queued const& queued) {
    pipeline_->send(sql, params);
    queued_.push_back(queued);
    bytes_ += sql.size();
}

void Trip::step(migration::Script const& script, migration::Step const& step) {
    if (step.statement.kind == sql::Statement::Kind::copy_from_stdin || around_) {
        arrive();
        pipeline_->finish();
        pipeline_.reset();
        run_step(connection_, script, step, around_);
        pipeline_.emplace(connection_);
        return;
    }
    if (queued_.size() >= most_queued || bytes_ > most_bytes) {
        arrive();
    }
    send(step.statement.text, {}, {&script, &step});
}

pg::Send Trip::own() {
    return [this](std::string_view sql, std::initializer_list<pg::Param> params) {
        send(sql, params, {});
    };
}

void Trip::arrive() {
    if (queued_.empty()) {
        return;
    }
    pipeline_->sync();
    take_all();
    bytes_ = 0;
}

void Trip::take_all() {
    while (!queued_.empty()) {
        Queued const at = queued_.front();
        try {
            pipeline_->take();
        } catch (pg::ServerError const& error) {
            if (end_ == End::committed) {
                break;
            }
            fail(at, told(at, error), true);
        } catch (Error const& error) {
            if (end_ == End::committed) {
                break;
            }
            fail(at, error, false);
        }
        if (at.commits) {
            end_ = End::committed;
        }
        queued_.pop_front();
    }
}

void Trip::fail(Queued const& at, Error const& error, bool by_server) {
    // A session that is ended while it commits may have done so.
    leave(by_server && (!at.commits || connection_.is_open()));
    if (by_server || at.step == nullptr) {
        throw error;
    }
    // Not the statement's fault: the connection was lost, or a deadline or signal struck.
    Where const where = at.script->place(*at.step);
    throw error.with_context(where.text()).with_where(where);
}

// The server's word that a statement failed means that nothing behind it was run. Where it has
// none, the commit may have been reached, unless the session is still inside of the transaction.
void Trip::leave(bool certain) {
    queued_.clear();
    if (certain) {
        try {
            pipeline_->finish();
        } catch (Error const&) {
            // The first error is the one to tell.
        }
    }
    pipeline_.reset();
    bool const inside =
        connection_.is_open() && connection_.transaction_status() != pg::TransactionStatus::idle;
    end_ = certain || inside || !commit_sent_ ? End::rolled_back : End::unknown;
    transaction_.reset();
}

void Trip::commit(std::function<void(pg::Send const&)> const& afterwards) {
    commit_sent_ = true;
    send("commit", {}, {.commits = true});
    afterwards(own());
    arrive();
    try {
        pipeline_->finish();
    } catch (Error const&) {
        // It was about what comes after the commit.
    }
    pipeline_.reset();
    transaction_->ended_on_pipeline();
    transaction_.reset();
}

} // namespace slipway::migrate_apply
