// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"

namespace slipway::pg {

/// Reads what `copy … to stdout` sends; the connection does nothing else meanwhile.
class CopyOut {
public:
    /// Starts the copy; the deadline is for all of it.
    CopyOut(
        Connection& connection,
        std::string_view sql,
        time::Deadline deadline = time::Deadline::never());
    CopyOut(CopyOut const&) = delete;
    CopyOut& operator=(CopyOut const&) = delete;
    CopyOut(CopyOut&&) = delete;
    CopyOut& operator=(CopyOut&&) = delete;

    /// Cancels what was not read to its end.
    ~CopyOut();

    /// Replaces `chunk` by the next whole rows, about 64 KiB of them; false at the end. Throws
    /// where the server ended the copy by an error: what was read before is then worth nothing.
    bool read(std::string& chunk);

    /// The rows sent, after read() returned false.
    [[nodiscard]] std::int64_t rows() const { return rows_; }

private:
    void finish();

    std::shared_ptr<Wire> wire_;
    time::Deadline deadline_;
    std::int64_t rows_ = 0;
    bool open_ = false;
};

/// Sends data to `copy … from stdin`; the connection does nothing else meanwhile.
class CopyIn {
public:
    /// Starts the copy; the deadline is for all of it.
    CopyIn(
        Connection& connection,
        std::string_view sql,
        time::Deadline deadline = time::Deadline::never());
    CopyIn(CopyIn const&) = delete;
    CopyIn& operator=(CopyIn const&) = delete;
    CopyIn(CopyIn&&) = delete;
    CopyIn& operator=(CopyIn&&) = delete;

    /// Aborts a copy that was not finished: none of its rows stay.
    ~CopyIn();

    /// Sends bytes, which need not end where a row does; waits where the server is slower.
    void write(std::string_view bytes);

    /// Ends the copy; returns the rows that the server took, or throws its error.
    std::int64_t finish();

private:
    void abort() noexcept;

    std::shared_ptr<Wire> wire_;
    time::Deadline deadline_;
    bool open_ = false;
};

/// A field in COPY's text format (tab between fields, newline after a row), escaped; null is `\N`.
std::string copy_field(std::string_view value);

} // namespace slipway::pg
