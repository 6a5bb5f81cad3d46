// SPDX-License-Identifier: Apache-2.0
#include "dump.hpp"

#include "db_backup.hpp"
#include "error/error.hpp"
#include "fs/file.hpp"
#include "proc/command.hpp"
#include "progress/progress.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

namespace slipway::db_backup {

namespace {

// What is in flight on the server ends within this time, and the record must follow it.
constexpr time::Milliseconds grace{1500};

struct Cause {
    std::string_view words;
    ErrorKind kind;
    std::string_view hint;
};

constexpr std::array<Cause, 10> causes{{
    {"No space left on device",
     ErrorKind::unavailable,
     "Free some room on that file system, or name another folder with --to."},
    {"File too large",
     ErrorKind::unavailable,
     "A limit for files (ulimit -f) or the file system's own is in the way: raise it, or name "
     "another folder with --to."},
    {"permission denied",
     ErrorKind::usage,
     "Grant the role what is missing: pg_read_all_data (version 14 and newer) reads every table."},
    // That is how pg_dump's --lock-wait-timeout ends.
    {"IN ACCESS SHARE MODE",
     ErrorKind::refused,
     "Another session wants to have a table alone (TRUNCATE, DDL): try again when it has ended."},
    {"lock timeout",
     ErrorKind::refused,
     "Another session wants to have a table alone (TRUNCATE, DDL): try again when it has ended."},
    {"server version mismatch",
     ErrorKind::refused,
     "Install the client programs of the server's version."},
    {"query would be affected by row-level security",
     ErrorKind::usage,
     "Row-level security hides rows from this role: grant it BYPASSRLS, or connect as the owner."},
    {"server closed the connection",
     ErrorKind::unavailable,
     "The connection was lost while dumping: look at the server's log, then try again."},
    {"terminating connection",
     ErrorKind::unavailable,
     "The connection was ended by the server: look at its log, then try again."},
    {"connection to server",
     ErrorKind::unavailable,
     "pg_dump could not connect: see whether the server takes --jobs more connections."},
}};

// pg_dump's complaint without the progress lines around it.
class Complaint {
public:
    void line(std::string_view text) {
        std::string_view constexpr prefix = "pg_dump: ";
        bool const speaks = text.starts_with(prefix);
        if (speaks) {
            text.remove_prefix(prefix.size());
        }
        taking_ = speaks ? text.starts_with("error:") || text.starts_with("detail:") ||
                               text.starts_with("hint:")
                         : taking_;
        if (taking_ && text_.size() < most) {
            text_ += (text_.empty() ? "" : "; ") + text::printable_line(text::trim(text));
        }
    }

    [[nodiscard]] std::string const& text() const { return text_; }

private:
    static constexpr std::size_t most = 1000;
    std::string text_;
    bool taking_ = false;
};

proc::Command command_of(Dump const& dump, tool::Context const& context) {
    proc::Command out;
    out.program = dump.client.path.string();
    // Level 1 needs half of level 6's time for a result a tenth larger (docs/architecture.md).
    out.arguments = {
        "--format=directory",
        "--compress=1",
        "--no-password",
        "--verbose",
        fmt::format("--jobs={}", dump.jobs),
        fmt::format("--snapshot={}", dump.snapshot),
        fmt::format("--lock-wait-timeout={}", std::min(dump.lock_wait, mutual_wait).count()),
        "--file=" + dump.folder.string()};
    if (!dump.durable) {
        out.arguments.emplace_back("--no-sync");
    }
    out.arguments.insert(out.arguments.end(), dump.selection.begin(), dump.selection.end());
    out.environment = dump.source.libpq_environment();
    out.environment.emplace_back("LC_ALL", "C");
    out.environment.emplace_back(
        "PGAPPNAME", fmt::format("slipway/db-backup/{}", context.record.run.id).substr(0, 63));
    out.remove_environment = {"DATABASE_URL", "SLIPWAY_DB_BACKUP_DATABASE_URL"};
    out.grace = grace;
    return out;
}

Error error_of(proc::Outcome const& outcome, std::string const& complaint) {
    std::string const message = fmt::format(
        "pg_dump failed ({}){}{}", outcome.how(), complaint.empty() ? "" : ": ", complaint);
    for (auto const& cause : causes) {
        if (complaint.find(cause.words) != std::string::npos) {
            return Error{cause.kind, message, std::string{cause.hint}};
        }
    }
    return Error{ErrorKind::failed, message, "Nothing of this backup was kept."};
}

} // namespace

void run_dump(Dump const& dump, tool::Context& context) {
    auto command = command_of(dump, context);
    context.log.debug(proc::display(command));
    Complaint complaint;
    std::optional<progress::Progress> progress;
    if (dump.show_progress) {
        progress.emplace(context.log, "dumping tables", progress::Unit::count, dump.tables);
    }
    std::uint64_t begun = 0;
    command.on_error_line = [&](std::string_view line) {
        if (progress && line.find(": dumping contents of table") != std::string_view::npos) {
            progress->at(begun++);
        }
        complaint.line(line);
        context.log.debug(line);
    };
    auto const outcome = proc::run(command, dump.stop.stop_possible() ? dump.stop : context.stop);
    signal::throw_if_stopped(context.stop);
    if (outcome.ok()) {
        note(context, "dump.exit", "pg_dump ended without an error", "").duration =
            outcome.duration;
        return;
    }
    auto words = complaint.text();
    // Its processes may write over each other's words, so that the one that counts is lost.
    constexpr std::uint64_t hardly_any = 1 << 20U;
    std::string const full{causes.front().words};
    if (words.find(full) == std::string::npos &&
        fs::free_bytes(dump.folder.parent_path()) < hardly_any) {
        words += fmt::format("; {}: {}", full, dump.folder.parent_path().string());
    }
    Error const error = error_of(outcome, words);
    note(context, "dump.exit", "pg_dump ended without an error", error.message());
    throw error;
}

} // namespace slipway::db_backup
