// SPDX-License-Identifier: Apache-2.0
#include "pg/pipeline.hpp"

#include "pg/wire.hpp"

#include <algorithm>
#include <optional>

#include <libpq-fe.h>

namespace slipway::pg {

namespace {

using namespace std::chrono_literals;

// The result of one statement with the null behind it read away.
OwnedResult read_statement(Wire& wire, time::Deadline deadline, Heed heed, End& end) {
    OwnedResult out = wire.next_result(deadline, heed, end);
    while (end == End::ready && out != nullptr && wire.is_open()) {
        if (wire.next_result(deadline, heed, end) == nullptr) {
            break;
        }
    }
    return out;
}

} // namespace

Pipeline::Pipeline(Connection& connection) : wire_(connection.wire()) {
    wire_->require_free(Focus::none);
    wire_->require_time(time::Deadline::never(), Heed::limits);
    if (PQenterPipelineMode(wire_->raw()) == 0) {
        throw Error{ErrorKind::internal, "libpq refused pipeline mode: " + wire_->libpq_message()};
    }
    wire_->focus = Focus::pipeline;
    open_ = true;
}

Pipeline::~Pipeline() {
    if (open_) {
        abandon();
    }
}

void Pipeline::require_open() const {
    if (!open_) {
        throw Error{ErrorKind::internal, "a command on a pipeline that has ended"};
    }
    wire_->require_free(Focus::pipeline);
}

std::size_t Pipeline::send(std::string_view sql, std::initializer_list<Param> params) {
    return send(sql, std::span<Param const>{params.begin(), params.size()});
}

std::size_t Pipeline::send(std::string_view sql, std::span<Param const> params) {
    require_open();
    wire_->send(sql, params, false);
    expected_.push_back({false, std::string{sql}});
    return sent_++;
}

void Pipeline::sync() {
    require_open();
    // What the socket does not take now goes out while results are awaited.
    if (PQpipelineSync(wire_->raw()) == 0) {
        throw wire_->lost_error(nullptr);
    }
    expected_.push_back({true, {}});
    ++syncs_;
}

void Pipeline::flush() {
    require_open();
    if (PQsendFlushRequest(wire_->raw()) == 0) {
        throw wire_->lost_error(nullptr);
    }
    flushed_ = sent_;
}

std::size_t Pipeline::pending() const {
    return expected_.size() - syncs_;
}

void Pipeline::skip_syncs(time::Deadline deadline) {
    while (!expected_.empty() && expected_.front().is_sync) {
        End end = End::ready;
        OwnedResult const result = wire_->next_result(deadline, Heed::limits, end);
        if (end != End::ready) {
            abandon();
            Wire::throw_interrupted(end);
        }
        if (!wire_->is_open()) {
            throw wire_->lost_error(result.get());
        }
        expected_.pop_front();
        --syncs_;
        failed_ = false;
    }
}

Result Pipeline::take(time::Deadline deadline) {
    require_open();
    wire_->require_time(deadline, Heed::limits);
    skip_syncs(deadline);
    if (expected_.empty()) {
        throw Error{ErrorKind::internal, "a result was taken of an empty pipeline"};
    }
    if (syncs_ == 0 && sent_ - pending() >= flushed_) {
        flush(); // else the server may keep its answer back until a sync
    }
    End end = End::ready;
    OwnedResult result = read_statement(*wire_, deadline, Heed::limits, end);
    if (end != End::ready) {
        abandon();
        Wire::throw_interrupted(end);
    }
    if (!wire_->is_open() || result == nullptr) {
        throw wire_->lost_error(result.get());
    }
    std::string const sql = std::move(expected_.front().sql);
    expected_.pop_front();
    auto const status = PQresultStatus(result.get());
    if (status == PGRES_PIPELINE_ABORTED) {
        throw Error{
            ErrorKind::failed,
            "a statement was not run, since an earlier one of the same pipeline failed"};
    }
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
        failed_ = true;
        throw ServerError{message_of(result.get())};
    }
    return Result{std::shared_ptr<pg_result const>{std::move(result)}, sql};
}

void Pipeline::finish(time::Deadline deadline) {
    require_open();
    if (!expected_.empty() && !expected_.back().is_sync) {
        sync();
    }
    std::optional<ServerError> first;
    while (pending() > 0) {
        try {
            take(deadline);
        } catch (ServerError const& error) {
            if (!first) {
                first = error;
            }
        } catch (Error const& error) {
            // What was not run because of the first error says nothing new.
            if (error.kind() != ErrorKind::failed || !failed_) {
                throw;
            }
        }
    }
    skip_syncs(deadline);
    leave();
    if (first) {
        throw ServerError{*first};
    }
}

void Pipeline::leave() noexcept {
    open_ = false;
    wire_->focus = Focus::none;
    expected_.clear();
    syncs_ = 0;
    if (wire_->is_open() && PQexitPipelineMode(wire_->raw()) == 0) {
        wire_->close();
    }
}

void Pipeline::abandon() noexcept {
    try {
        if (wire_->is_open() && !expected_.empty() && !expected_.back().is_sync) {
            PQpipelineSync(wire_->raw());
            expected_.push_back({true, {}});
        }
        if (wire_->is_open() && !drain()) {
            wire_->close();
        }
    } catch (...) {
        wire_->close();
    }
    leave();
}

// A cancellation ends one statement and with it the rest up to the next sync; behind that the next
// one runs, and needs a cancellation of its own. Where it comes between two statements, it is lost.
bool Pipeline::drain() {
    bool ends = false; // what is left up to the next sync is not run
    for (; wire_->is_open() && !expected_.empty(); expected_.pop_front()) {
        bool const is_sync = expected_.front().is_sync;
        auto const read = [&](time::Deadline until) {
            End end = End::ready;
            auto const result = is_sync ? wire_->next_result(until, Heed::call_only, end)
                                        : read_statement(*wire_, until, Heed::call_only, end);
            auto const status = PQresultStatus(result.get());
            ends = !is_sync && (ends || (result != nullptr && (status == PGRES_FATAL_ERROR ||
                                                               status == PGRES_PIPELINE_ABORTED)));
            return end;
        };
        bool const there =
            read(time::Deadline::after(is_sync || ends ? drain_patience : 0ms)) == End::ready;
        if (!there && (is_sync || ends || !wire_->cancel_and_read(read))) {
            return false;
        }
    }
    return true;
}

std::vector<Result> exec_all(Connection& connection, std::vector<Statement> const& statements) {
    Pipeline pipeline{connection};
    for (auto const& one : statements) {
        pipeline.send(one.sql, std::span<Param const>{one.params});
    }
    pipeline.sync();
    std::vector<Result> out;
    out.reserve(statements.size());
    for (std::size_t i = 0; i < statements.size(); ++i) {
        out.push_back(pipeline.take());
    }
    pipeline.finish();
    return out;
}

} // namespace slipway::pg
