// SPDX-License-Identifier: Apache-2.0
#include "pg/wire.hpp"

#include "pg/sqlstate.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <future>
#include <thread>
#include <vector>

#include <poll.h>

#include <libpq-fe.h>

namespace slipway::pg {

namespace {

using namespace std::chrono_literals;

constexpr time::Milliseconds cancel_patience = 2s;
constexpr time::Milliseconds first_cancel_patience = 100ms;
bool is_error(pg_result const* result) {
    auto const status = PQresultStatus(result);
    return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE;
}

bool is_copy(pg_result const* result) {
    auto const status = PQresultStatus(result);
    return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

} // namespace

void ClearResult::operator()(pg_result* result) const noexcept {
    PQclear(result);
}

void FinishConnection::operator()(pg_conn* connection) const noexcept {
    PQfinish(connection);
}

std::string terminated(std::string_view sql) {
    if (sql.find('\0') != std::string_view::npos) {
        throw Error{ErrorKind::usage, "a statement or value for PostgreSQL holds a zero byte"};
    }
    return std::string{sql};
}

Wire::Wire(ConnInfo target, Options options)
    : target_(std::move(target)), options_(std::move(options)) {
    set_limits(options_.deadline, options_.stop);
}

void Wire::set_limits(time::Deadline deadline, std::stop_token const& stop) {
    options_.deadline = deadline;
    options_.stop = stop;
    stop_fd_ = stop.stop_possible() ? std::make_unique<signal::StopFd>(stop) : nullptr;
}

bool Wire::is_open() const {
    return connection_ != nullptr && PQstatus(raw()) == CONNECTION_OK;
}

void Wire::receive_notice(pg_result const* notice) const {
    try {
        if (notice_) {
            notice_(message_of(notice));
        }
    } catch (...) { // NOLINT(bugprone-empty-catch)
        // libpq is C: nothing may be thrown through it, and a notice is not worth more.
    }
}

time::Deadline Wire::effective(time::Deadline deadline, Heed heed) const {
    if (heed == Heed::call_only || options_.deadline.is_never()) {
        return deadline;
    }
    bool const own_first =
        deadline.is_never() || options_.deadline.remaining() < deadline.remaining();
    return own_first ? options_.deadline : deadline;
}

End Wire::wait(short events, time::Deadline deadline, Heed heed) const {
    time::Deadline const limit = effective(deadline, heed);
    bool const stoppable = stop_fd_ != nullptr && heed == Heed::limits;
    int const socket = connection_ == nullptr ? -1 : PQsocket(raw());
    if (socket < 0) {
        return End::ready; // there is nothing to wait for; the next read says what happened
    }
    std::array<pollfd, 2> fds{
        pollfd{.fd = socket, .events = events, .revents = 0},
        pollfd{.fd = stoppable ? stop_fd_->get() : -1, .events = POLLIN, .revents = 0}};
    for (;;) {
        auto const timeout = static_cast<int>(limit.remaining().count());
        int const ready = ::poll(fds.data(), fds.size(), limit.is_never() ? -1 : timeout);
        if (ready < 0 && errno != EINTR) {
            throw Error{ErrorKind::internal, "poll failed on a database connection"};
        }
        if (ready > 0) {
            return fds[1].revents != 0 ? End::stopped : End::ready;
        }
        if (limit.expired()) {
            return End::deadline;
        }
    }
}

End Wire::pause(time::Milliseconds duration, time::Deadline deadline) const {
    time::Deadline const limit = effective(deadline, Heed::limits);
    time::Deadline const end = limit.sooner(duration);
    pollfd fd{.fd = stop_fd_ != nullptr ? stop_fd_->get() : -1, .events = POLLIN, .revents = 0};
    while (!end.expired()) {
        if (::poll(&fd, 1, static_cast<int>(end.remaining().count())) > 0) {
            return End::stopped;
        }
    }
    return limit.expired() ? End::deadline : End::ready;
}

void Wire::require_time(time::Deadline deadline, Heed heed) const {
    if (heed == Heed::limits) {
        signal::throw_if_stopped(options_.stop);
    }
    if (effective(deadline, heed).expired()) {
        throw Error{ErrorKind::timeout, "the deadline passed before the next database command"};
    }
}

void Wire::require_free(Focus expected) const {
    if (!is_open()) {
        throw Error{ErrorKind::unavailable, "the connection to " + target_.address() + " is closed"}
            .with_sqlstate(std::string{sqlstate::connection_failure});
    }
    if (focus != expected) {
        throw Error{
            ErrorKind::internal,
            focus == Focus::none ? "a copy or pipeline was used after its end"
            : focus == Focus::copy
                ? "a command on a connection that is in the middle of a COPY"
                : "a command on a connection that is in the middle of a pipeline"};
    }
}

void Wire::send(std::string_view sql, std::span<Param const> params, bool simple) {
    std::string const text = terminated(sql);
    std::vector<char const*> values;
    values.reserve(params.size());
    for (auto const& param : params) {
        if (param.value() && param.value()->find('\0') != std::string::npos) {
            throw Error{ErrorKind::usage, "a value for PostgreSQL holds a zero byte"};
        }
        values.push_back(param.value() ? param.value()->c_str() : nullptr);
    }
    int const sent = simple ? PQsendQuery(raw(), text.c_str())
                            : PQsendQueryParams(
                                  raw(),
                                  text.c_str(),
                                  static_cast<int>(values.size()),
                                  nullptr,
                                  values.data(),
                                  nullptr,
                                  nullptr,
                                  0);
    if (sent == 0) {
        if (!is_open()) {
            throw lost_error(nullptr);
        }
        throw Error{ErrorKind::internal, "libpq refused a command: " + libpq_message()};
    }
}

OwnedResult Wire::next_result(time::Deadline deadline, Heed heed, End& end) {
    end = End::ready;
    for (;;) {
        int const unsent = PQflush(raw());
        if (PQisBusy(raw()) == 0) {
            break;
        }
        end = wait(static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN), deadline, heed);
        if (end != End::ready) {
            return {};
        }
        if (PQconsumeInput(raw()) == 0) {
            break; // PQgetResult then makes a result of the reason
        }
    }
    return OwnedResult{PQgetResult(raw())};
}

End Wire::leave_copy(pg_result const* result, time::Deadline deadline, Heed heed) {
    if (PQresultStatus(result) == PGRES_COPY_IN) {
        PQputCopyEnd(raw(), "the statement needs data of the client, which a COPY has to send");
        return End::ready;
    }
    for (;;) {
        char* row = nullptr;
        int const length = PQgetCopyData(raw(), &row, 1);
        PQfreemem(row);
        if (length < 0) {
            return End::ready;
        }
        if (length == 0) {
            End const end = wait(POLLIN, deadline, heed);
            if (end != End::ready) {
                return end;
            }
            if (PQconsumeInput(raw()) == 0) {
                return End::ready;
            }
        }
    }
}

End Wire::read_all(time::Deadline deadline, Heed heed, Each const& each, Outcome& outcome) {
    for (;;) {
        End end = End::ready;
        OwnedResult result = next_result(deadline, heed, end);
        if (end != End::ready) {
            return end;
        }
        if (result == nullptr) {
            outcome.complete = is_open();
            return End::ready;
        }
        if (is_copy(result.get())) {
            outcome.wanted_data |= PQresultStatus(result.get()) == PGRES_COPY_IN;
            end = leave_copy(result.get(), deadline, heed);
            if (end != End::ready) {
                return end;
            }
        } else if (is_error(result.get())) {
            if (outcome.error == nullptr) {
                outcome.error = std::move(result);
            }
        } else if (each) {
            each(std::move(result));
        } else {
            outcome.last = std::move(result);
        }
    }
}

Outcome
Wire::settle(time::Deadline deadline, Heed heed, std::function<void(OwnedResult)> const& each) {
    Outcome outcome;
    try {
        outcome.end = read_all(deadline, heed, each, outcome);
        if (outcome.end != End::ready) {
            bool const answered = cancel_and_read([&](time::Deadline until) {
                return read_all(until, Heed::call_only, each, outcome);
            });
            if (!answered || !outcome.complete) {
                close();
            }
        }
    } catch (...) {
        cancel_and_drain();
        throw;
    }
    outcome.lost = !is_open();
    return outcome;
}

bool Wire::cancel() const noexcept {
    try {
        std::shared_ptr<PGcancel> const request{PQgetCancel(raw()), &PQfreeCancel};
        if (request == nullptr) {
            return true;
        }
        // PQcancel connects anew and blocks for as long as that takes: it gets a thread that
        // nobody has to join.
        auto const done = std::make_shared<std::promise<void>>();
        auto const finished = done->get_future();
        std::thread{[request, done] {
            std::array<char, 256> why{};
            PQcancel(request.get(), why.data(), static_cast<int>(why.size()));
            done->set_value();
        }}.detach();
        return finished.wait_for(cancel_patience) == std::future_status::ready;
    } catch (...) {
        return false;
    }
}

bool Wire::cancel_and_read(std::function<End(time::Deadline)> const& read) {
    auto const limit = time::Deadline::after(drain_patience);
    for (time::Milliseconds patience = first_cancel_patience;; patience *= 2) {
        bool const sure = cancel();
        End const end = read(sure ? limit.sooner(patience) : limit);
        if (end != End::deadline || !sure || limit.expired()) {
            return sure && end == End::ready;
        }
    }
}

void Wire::cancel_and_drain() noexcept {
    if (!is_open()) {
        return;
    }
    try {
        Outcome ignored;
        auto const drop = [](OwnedResult const& /*result*/) {
        };
        bool const answered = cancel_and_read(
            [&](time::Deadline until) { return read_all(until, Heed::call_only, drop, ignored); });
        if (!answered || !ignored.complete) {
            close();
        }
    } catch (...) {
        close();
    }
}

Result Wire::run(std::string_view sql, std::span<Param const> params, time::Deadline deadline) {
    require_free(Focus::none);
    require_time(deadline, Heed::limits);
    send(sql, params, params.empty());
    Outcome outcome = settle(deadline, Heed::limits);
    require_success(outcome);
    return Result{std::shared_ptr<pg_result const>{std::move(outcome.last)}, sql};
}

bool Wire::run_quietly(std::string_view sql) noexcept {
    try {
        if (!is_open() || focus != Focus::none) {
            return false;
        }
        send(sql, {}, true);
        Outcome const outcome = settle(time::Deadline::after(drain_patience), Heed::call_only);
        return outcome.complete && outcome.error == nullptr;
    } catch (...) {
        return false;
    }
}

void Wire::look_for_loss() {
    // A FATAL message and the end of the stream come in two reads.
    for (int reads = 0; reads < 3 && is_open(); ++reads) {
        pollfd fd{.fd = PQsocket(raw()), .events = POLLIN, .revents = 0};
        if (::poll(&fd, 1, 0) <= 0 || PQconsumeInput(raw()) == 0) {
            return;
        }
        static_cast<void>(PQisBusy(raw())); // parses what was read
    }
}

} // namespace slipway::pg
