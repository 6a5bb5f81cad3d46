// SPDX-License-Identifier: Apache-2.0
#include "error/error.hpp"

#include <utility>

namespace slipway {

struct Error::Payload {
    ErrorKind kind = ErrorKind::internal;
    std::string message;
    std::string hint;
    std::string sqlstate;
    Where where;
};

namespace {
constexpr int stopped_by_sigint = 128 + 2;
constexpr int stopped_by_sigterm = 128 + 15;
} // namespace

std::string Where::text() const {
    std::string out = file;
    if (line > 0) {
        out += ":" + std::to_string(line);
        if (column > 0) {
            out += ":" + std::to_string(column);
        }
    }
    return out;
}

Error::Error(ErrorKind kind, std::string message, std::string hint)
    : payload_(
          std::make_shared<Payload>(Payload{kind, std::move(message), std::move(hint), {}, {}})) {}

Error::Error(std::shared_ptr<Payload const> payload) : payload_(std::move(payload)) {}

Error Error::with_sqlstate(std::string sqlstate) const {
    auto copy = std::make_shared<Payload>(*payload_);
    copy->sqlstate = std::move(sqlstate);
    return Error{std::move(copy)};
}

Error Error::with_where(Where where) const {
    auto copy = std::make_shared<Payload>(*payload_);
    copy->where = std::move(where);
    return Error{std::move(copy)};
}

Error Error::with_hint(std::string hint) const {
    auto copy = std::make_shared<Payload>(*payload_);
    copy->hint = std::move(hint);
    return Error{std::move(copy)};
}

Error Error::with_context(std::string_view context) const {
    auto copy = std::make_shared<Payload>(*payload_);
    copy->message = std::string{context} + ": " + copy->message;
    return Error{std::move(copy)};
}

ErrorKind Error::kind() const noexcept {
    return payload_->kind;
}

std::string const& Error::message() const noexcept {
    return payload_->message;
}

std::string const& Error::hint() const noexcept {
    return payload_->hint;
}

std::string const& Error::sqlstate() const noexcept {
    return payload_->sqlstate;
}

Where const& Error::where() const noexcept {
    return payload_->where;
}

char const* Error::what() const noexcept {
    return payload_->message.c_str();
}

int exit_code(ErrorKind kind) noexcept {
    switch (kind) {
    case ErrorKind::failed:
        return 1;
    case ErrorKind::usage:
        return 2;
    case ErrorKind::unavailable:
        return 3;
    case ErrorKind::refused:
        return 4;
    case ErrorKind::timeout:
        return 5;
    case ErrorKind::in_doubt:
        return 6;
    case ErrorKind::undecided:
        return 7;
    case ErrorKind::internal:
        return 70;
    case ErrorKind::interrupted:
        return stopped_by_sigint;
    case ErrorKind::terminated:
        return stopped_by_sigterm;
    }
    return 70;
}

std::string_view name(ErrorKind kind) noexcept {
    switch (kind) {
    case ErrorKind::failed:
        return "failed";
    case ErrorKind::usage:
        return "usage";
    case ErrorKind::unavailable:
        return "unavailable";
    case ErrorKind::refused:
        return "refused";
    case ErrorKind::timeout:
        return "timeout";
    case ErrorKind::in_doubt:
        return "in_doubt";
    case ErrorKind::undecided:
        return "undecided";
    case ErrorKind::internal:
        return "internal";
    case ErrorKind::interrupted:
        return "interrupted";
    case ErrorKind::terminated:
        return "terminated";
    }
    return "internal";
}

} // namespace slipway
