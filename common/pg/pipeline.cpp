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
}

std::size_t Pipeline::pending() const {
    return static_cast<std::size_t>(std::count_if(
        expected_.begin(), expected_.end(), [](auto const& each) { return !each.is_sync; }));
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
    if (std::none_of(
            expected_.begin(), expected_.end(), [](auto const& each) { return each.is_sync; })) {
        // Without this the server may keep its answers back until a sync.
        PQsendFlushRequest(wire_->raw());
        PQflush(wire_->raw());
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
        // A cancellation ends one statement and with it the rest up to the next sync; behind that
        // the next one runs, and needs a cancellation of its own.
        bool must_cancel = true;
        while (wire_->is_open() && !expected_.empty()) {
            bool const is_sync = expected_.front().is_sync;
            auto const read = [&](time::Deadline until) {
                End end = End::ready;
                if (is_sync) {
                    wire_->next_result(until, Heed::call_only, end);
                } else {
                    read_statement(*wire_, until, Heed::call_only, end);
                }
                return end;
            };
            bool const answered = !is_sync && must_cancel
                                      ? wire_->cancel_and_read(read)
                                      : read(time::Deadline::after(drain_patience)) == End::ready;
            if (!answered) {
                wire_->close();
            }
            must_cancel = is_sync;
            expected_.pop_front();
        }
    } catch (...) {
        wire_->close();
    }
    leave();
}

} // namespace slipway::pg
