// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

namespace slipway {

/// Why a tool cannot go on; each kind has one exit code (see exit_code).
enum class ErrorKind : std::uint8_t {
    failed,
    usage,
    unavailable,
    refused,
    timeout,
    in_doubt,
    undecided,
    internal,
    interrupted,
    terminated,
};

/// A place in a file; line and column count from 1, 0 means unknown.
struct Where {
    std::string file;
    std::int64_t line = 0;
    std::int64_t column = 0;

    [[nodiscard]] bool known() const { return !file.empty(); }

    /// `file:line:column`, without the parts that are unknown.
    [[nodiscard]] std::string text() const;
};

/// The one exception class: lower-case message without a period, a hint that says what to do,
/// the SQLSTATE and the place where there are such; copying does not throw.
class Error : public std::exception {
public:
    Error(ErrorKind kind, std::string message, std::string hint = {});

    /// Returns a copy of this error with the SQLSTATE of the server's answer.
    [[nodiscard]] Error with_sqlstate(std::string sqlstate) const;

    /// Returns a copy of this error with the place that it is about.
    [[nodiscard]] Error with_where(Where where) const;

    /// Returns a copy of this error with another hint.
    [[nodiscard]] Error with_hint(std::string hint) const;

    /// Returns a copy whose message starts with `context` and a colon.
    [[nodiscard]] Error with_context(std::string_view context) const;

    [[nodiscard]] ErrorKind kind() const noexcept;
    [[nodiscard]] std::string const& message() const noexcept;
    [[nodiscard]] std::string const& hint() const noexcept;
    [[nodiscard]] std::string const& sqlstate() const noexcept;
    [[nodiscard]] Where const& where() const noexcept;
    [[nodiscard]] char const* what() const noexcept override;

private:
    struct Payload;
    explicit Error(std::shared_ptr<Payload const> payload);
    std::shared_ptr<Payload const> payload_;
};

/// The process exit code of an error kind (the table in docs/exit-codes.md).
int exit_code(ErrorKind kind) noexcept;

/// The word for a kind in records: `usage`, `unavailable`, ….
std::string_view name(ErrorKind kind) noexcept;

} // namespace slipway
