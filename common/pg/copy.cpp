// SPDX-License-Identifier: Apache-2.0
#include "pg/copy.hpp"

#include "pg/wire.hpp"

#include <algorithm>

#include <poll.h>

#include <libpq-fe.h>

namespace slipway::pg {

namespace {

constexpr std::size_t chunk_size = std::size_t{64} << 10U;

void start(Wire& wire, std::string_view sql, ExecStatusType wanted, time::Deadline deadline) {
    wire.require_free(Focus::none);
    wire.require_time(deadline, Heed::limits);
    wire.send(sql, {}, true);
    End end = End::ready;
    OwnedResult first = wire.next_result(deadline, Heed::limits, end);
    wire.require_ready(end);
    if (PQresultStatus(first.get()) == wanted) {
        wire.focus = Focus::copy;
        return;
    }
    Outcome outcome = wire.settle(deadline, Heed::limits);
    bool const failed = PQresultStatus(first.get()) == PGRES_FATAL_ERROR;
    if (failed && outcome.error == nullptr) {
        outcome.error = std::move(first);
    }
    wire.require_success(outcome);
    throw Error{ErrorKind::internal, "a statement for COPY did not start a copy of its direction"};
}

} // namespace

CopyOut::CopyOut(Connection& connection, std::string_view sql, time::Deadline deadline)
    : wire_(connection.wire()), deadline_(deadline) {
    start(*wire_, sql, PGRES_COPY_OUT, deadline_);
    open_ = true;
}

CopyOut::~CopyOut() {
    if (open_) {
        wire_->focus = Focus::none;
        wire_->cancel_and_drain();
    }
}

void CopyOut::finish() {
    open_ = false;
    wire_->focus = Focus::none;
    Outcome const outcome = wire_->settle(deadline_, Heed::limits);
    wire_->require_success(outcome);
    std::shared_ptr<pg_result const> const last{
        outcome.last.get(), [](pg_result const* /*kept by outcome*/) {
        }};
    rows_ = Result{last, "copy"}.affected();
}

bool CopyOut::read(std::string& chunk) {
    chunk.clear();
    if (!open_) {
        return false;
    }
    bool lost = false;
    while (chunk.size() < chunk_size) {
        char* row = nullptr;
        int const length = PQgetCopyData(wire_->raw(), &row, 1);
        if (length > 0) {
            chunk.append(row, static_cast<std::size_t>(length));
            PQfreemem(row);
            continue;
        }
        if (length < 0) {
            // The end, or an error that the result behind it tells; rows before it come first.
            if (chunk.empty()) {
                finish();
                return false;
            }
            return true;
        }
        if (!chunk.empty()) {
            return true;
        }
        if (lost) {
            // In the middle of a row PQgetCopyData would ask for more for ever.
            finish();
            throw wire_->lost_error(nullptr);
        }
        End const end = wire_->wait(POLLIN, deadline_, Heed::limits);
        if (end != End::ready) {
            open_ = false;
            wire_->focus = Focus::none;
            wire_->require_ready(end);
        }
        lost = PQconsumeInput(wire_->raw()) == 0;
    }
    return true;
}

CopyIn::CopyIn(Connection& connection, std::string_view sql, time::Deadline deadline)
    : wire_(connection.wire()), deadline_(deadline) {
    start(*wire_, sql, PGRES_COPY_IN, deadline_);
    open_ = true;
}

CopyIn::~CopyIn() {
    if (open_) {
        abort();
    }
}

void CopyIn::abort() noexcept {
    open_ = false;
    wire_->focus = Focus::none;
    // Draining meets the open copy and ends it with an error before it reads on.
    wire_->cancel_and_drain();
}

void CopyIn::write(std::string_view bytes) {
    if (!open_) {
        throw Error{ErrorKind::internal, "data for a COPY that has ended"};
    }
    while (!bytes.empty()) {
        std::string_view const piece = bytes.substr(0, chunk_size);
        int const put = PQputCopyData(wire_->raw(), piece.data(), static_cast<int>(piece.size()));
        if (put > 0) {
            bytes.remove_prefix(piece.size());
        }
        int unsent = put < 0 ? -1 : PQflush(wire_->raw());
        while (unsent > 0) {
            End const end = wire_->wait(POLLIN | POLLOUT, deadline_, Heed::limits);
            if (end != End::ready) {
                open_ = false;
                wire_->focus = Focus::none;
                wire_->require_ready(end);
            }
            unsent = PQconsumeInput(wire_->raw()) == 0 ? -1 : PQflush(wire_->raw());
        }
        if (unsent < 0) {
            // The server's reason, where it sent one, is in the result.
            finish();
            throw wire_->lost_error(nullptr);
        }
    }
}

std::int64_t CopyIn::finish() {
    if (!open_) {
        throw Error{ErrorKind::internal, "the end of a COPY that has ended"};
    }
    open_ = false;
    wire_->focus = Focus::none;
    PQputCopyEnd(wire_->raw(), nullptr);
    Outcome outcome = wire_->settle(deadline_, Heed::limits);
    wire_->require_success(outcome);
    return Result{std::shared_ptr<pg_result const>{std::move(outcome.last)}, "copy"}.affected();
}

std::string copy_field(std::string_view value) {
    std::string out;
    for (char const c : value) {
        switch (c) {
        case '\\':
            out += "\\\\";
            break;
        case '\t':
            out += "\\t";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        default:
            out += c;
        }
    }
    return out;
}

} // namespace slipway::pg
