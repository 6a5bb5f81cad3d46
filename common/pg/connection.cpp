// SPDX-License-Identifier: Apache-2.0
#include "pg/connection.hpp"

#include "pg/pipeline.hpp"
#include "pg/wire.hpp"

#include <libpq-fe.h>

namespace slipway::pg {

Connection::Connection(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}

Connection::Connection(Connection&& other) noexcept = default;

Connection& Connection::operator=(Connection&& other) noexcept {
    if (this != &other) {
        close();
        wire_ = std::move(other.wire_);
    }
    return *this;
}

Connection::~Connection() {
    close();
}

Connection Connection::open(ConnInfo const& target, Options options) {
    auto wire = std::make_shared<Wire>(target, std::move(options));
    wire->open();
    return Connection{std::move(wire)};
}

Result Connection::exec(
    std::string_view sql,
    std::initializer_list<Param> params,
    time::Deadline deadline) {
    return wire_->run(sql, {params.begin(), params.size()}, deadline);
}

Result
Connection::exec(std::string_view sql, std::span<Param const> params, time::Deadline deadline) {
    return wire_->run(sql, params, deadline);
}

void Connection::script(
    std::string_view sql,
    std::function<void(Result&&)> const& on_result,
    time::Deadline deadline) {
    wire_->require_free(Focus::none);
    wire_->require_time(deadline, Heed::limits);
    wire_->send(sql, {}, true);
    auto const pass_on = [&](OwnedResult raw) {
        if (on_result) {
            on_result(Result{std::shared_ptr<pg_result const>{std::move(raw)}, sql});
        }
    };
    wire_->require_success(wire_->settle(deadline, Heed::limits, pass_on));
}

bool Connection::is_open() const {
    return wire_ != nullptr && wire_->is_open();
}

int Connection::server_version() const {
    return PQserverVersion(wire_->raw());
}

int Connection::backend_pid() const {
    return PQbackendPID(wire_->raw());
}

std::string Connection::parameter(std::string_view name) const {
    char const* const value = PQparameterStatus(wire_->raw(), std::string{name}.c_str());
    return value == nullptr ? std::string{} : std::string{value};
}

TransactionStatus Connection::transaction_status() const {
    switch (PQtransactionStatus(wire_->raw())) {
    case PQTRANS_IDLE:
        return TransactionStatus::idle;
    case PQTRANS_ACTIVE:
        return TransactionStatus::active;
    case PQTRANS_INTRANS:
        return TransactionStatus::in_transaction;
    case PQTRANS_INERROR:
        return TransactionStatus::aborted;
    case PQTRANS_UNKNOWN:
        return TransactionStatus::unknown;
    }
    return TransactionStatus::unknown;
}

void Connection::on_notice(std::function<void(Notice const&)> receiver) {
    wire_->on_notice(std::move(receiver));
}

void Connection::set_limits(time::Deadline deadline, std::stop_token stop) {
    wire_->set_limits(deadline, stop);
}

bool Connection::looks_pooled() {
    // A quiet transaction pooler hands out the same server again and again, but it cannot have
    // greeted us with that server's process id.
    constexpr int tries = 3;
    Pipeline pipeline{*this};
    pipeline.send("select set_config('slipway.session', 'mine', false)");
    pipeline.sync();
    for (int i = 0; i < tries; ++i) {
        pipeline.send("select pg_backend_pid(), current_setting('slipway.session', true)");
        pipeline.sync(); // each is a transaction of its own
    }
    pipeline.take();
    bool pooled = false;
    for (int i = 0; i < tries; ++i) {
        auto const row = pipeline.take().one_row();
        pooled = pooled || row.get<std::int32_t>(0) != backend_pid() ||
                 row.get<std::optional<std::string>>(1) != "mine";
    }
    pipeline.finish();
    return pooled;
}

void Connection::close() noexcept {
    if (wire_ != nullptr) {
        wire_->close();
    }
}

ConnInfo const& Connection::target() const {
    return wire_->target();
}

} // namespace slipway::pg
