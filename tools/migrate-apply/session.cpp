// SPDX-License-Identifier: Apache-2.0
#include "session.hpp"

#include "ledger/execution_log.hpp"
#include "pg/pipeline.hpp"
#include "pg/quote.hpp"
#include "pg/transaction.hpp"
#include "target/target.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"
#include "time/rfc3339.hpp"

#include <algorithm>
#include <future>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::migrate_apply {

namespace {

using migration::Item;

fs::Path choose_dir(Options const& options) {
    if (!options.dir.empty()) {
        return options.dir;
    }
    std::error_code ignored;
    for (char const* const usual :
         {"prisma/migrations", "supabase/migrations", "migrations", "db/migrations"}) {
        if (std::filesystem::is_directory(usual, ignored)) {
            return usual;
        }
    }
    if (std::filesystem::exists("sqitch.plan", ignored)) {
        return ".";
    }
    throw Error{
        ErrorKind::usage,
        "no folder of migrations here",
        "Name it with --dir; looked for prisma/migrations, supabase/migrations, "
        "migrations, db/migrations and sqitch.plan."};
}

json::Value item_json(Session const& session, Item const& item) {
    json::Value out{
        {"id", item.id},
        {"file", item.file.path.string()},
        {"checksum", item.file.checksum.empty() ? item.entry.checksum : item.file.checksum},
        {"status", migration::name(item.state)},
        {"this_run", false}};
    if (!item.entry.finished_at.empty()) {
        out["applied_at"] = item.entry.finished_at;
    }
    out["has_down"] = !item.file.down.empty();
    if (auto const found = session.done.find(item.id); found != session.done.end()) {
        out["status"] = found->second.status;
        out["this_run"] = true;
        out["duration_ms"] = found->second.duration.count();
    }
    return out;
}

} // namespace

migration::Placeholders placeholders_of(Options const& options, tool::Context& context) {
    migration::Placeholders out;
    for (auto const& given : options.placeholders) {
        auto const is = given.find('=');
        if (is == 0 || is == std::string::npos) {
            throw Error{
                ErrorKind::usage,
                fmt::format("--placeholder needs a name and a value: {}", given.substr(0, is)),
                "--placeholder NAME=VALUE."};
        }
        out[given.substr(0, is)] = given.substr(is + 1);
    }
    auto const target = target::parse(options.database_url, context);
    out.emplace("flyway:user", target.user());
    out.emplace("flyway:database", target.database());
    std::string const now = time::to_rfc3339(context.clock.now());
    out.emplace("flyway:timestamp", now.substr(0, 10) + " " + now.substr(11, 8));
    return out;
}

migration::Folder read_folder(Options const& options, tool::Context& context) {
    return migration::read_folder(
        choose_dir(options), options.layout, placeholders_of(options, context));
}

struct Session::Beginning {
    pg::ConnInfo where;
    migration::Folder folder;
    pg::Connection connection;
};

Session::Beginning Session::begin(Options const& options, tool::Context& context) {
    auto const where = target::parse(options.database_url, context);
    std::stop_source stop;
    std::stop_callback const pass_on{context.stop, [&] {
                                         stop.request_stop();
                                     }};
    auto limits = target::limits(context);
    limits.stop = stop.get_token();
    auto connecting =
        std::async(std::launch::async, [&] { return target::open(where, context, limits); });
    std::optional<migration::Folder> folder;
    try {
        folder.emplace(read_folder(options, context));
    } catch (...) {
        stop.request_stop();
        connecting.wait();
        context.record.target.reset();
        throw;
    }
    auto connection = connecting.get();
    connection.set_limits(context.deadline, context.stop);
    return {where, std::move(*folder), std::move(connection)};
}

Session::Session(Options const& given, tool::Context& with)
    : Session(given, with, begin(given, with)) {}

Session::Session(Options const& given, tool::Context& with, Beginning beginning)
    : options(given), context(with), folder(std::move(beginning.folder)),
      where(std::move(beginning.where)), connection(std::move(beginning.connection)) {
    ledger = migration::ledger_of(folder, where);
    context.log.info(fmt::format(
        "{}: {} of the layout {} ({})",
        folder.path.string(),
        text::counted(folder.files.size(), "migration"),
        folder.layout,
        folder.reason));
    for (auto const& stray : folder.strays) {
        context.record.add(
            {"migrations.stray",
             "Files beside the migrations",
             record::CheckStatus::warned,
             record::Severity::minor,
             fmt::format("{} belongs to no migration and is not applied", stray.string()),
             {},
             {},
             "Move it out of the folder of migrations.",
             {},
             {stray.string(), 0, 0}});
    }
    settle_at_once();
}

Session::Session(Session const& original, pg::ConnInfo const& scratch)
    : options(original.options), context(original.context), folder(original.folder),
      ledger(migration::ledger_of(folder, scratch)), where(scratch),
      connection(pg::Connection::open(scratch, target::limits(context))) {
    settle_at_once();
    refresh();
}

void Session::refresh() {
    history = ledger->read(connection);
    history_exists = history.table_exists;
    standing = migration::compare(folder, history);
    has_looked_ = true;
}

void Session::require_look() const {
    if (!has_looked_) {
        throw Error{ErrorKind::internal, "the history was not read"};
    }
}

pg::Connection Session::reconnect(std::stop_token stop) const {
    auto again = target::limits(context);
    again.stop = std::move(stop);
    again.deadline = time::Deadline::after(time::Milliseconds{15'000});
    return pg::Connection::open(where, again);
}

void Session::lock() {
    target::require_unpooled(
        connection, where, "locks and settings of a session do not hold there");
    auto const deadline = time::Deadline::after(options.lock_wait);
    auto const say = [this](pg::LockHolder const& holder) {
        context.log.info(fmt::format(
            "waiting for another runner: {} (pid {}, user {}, from {})",
            holder.application_name,
            holder.pid,
            holder.user,
            holder.client));
    };
    locks_.push_back(pg::AdvisoryLock::wait(connection, pg::deployment_lock, deadline, say));
    for (auto const foreign : ledger->foreign_locks()) {
        locks_.push_back(pg::AdvisoryLock::wait(connection, foreign, deadline, say));
    }
    ledger->require_free(connection);
    refresh();
}

BlockWatch& Session::block_watch() {
    if (watch_ != nullptr) {
        return *watch_;
    }
    constexpr time::Milliseconds usual_pace{250};
    time::Milliseconds const pace =
        options.lock_timeout.count() > 0
            ? std::clamp(options.lock_timeout / 4, time::Milliseconds{20}, usual_pace)
            : usual_pace;
    watch_ = std::make_unique<BlockWatch>(
        [this](std::stop_token stop) { return reconnect(std::move(stop)); },
        connection.backend_pid(),
        pace,
        [this](std::string const& what) {
            context.log.info(fmt::format("the statement {}", what));
        });
    return *watch_;
}

Session::~Session() {
    // The locks end with the connection, which saves asking for it.
    watch_.reset();
    connection.close();
}

void Session::unlock() {
    watch_.reset();
    locks_.clear();
    connection.close();
}

void Session::settle(pg::Send const& send) const {
    send("reset session authorization", {});
    send("reset role", {});
    send("reset all", {});
    std::string settings = fmt::format(
        "select set_config('statement_timeout', '{}', false),"
        " set_config('lock_timeout', '{}', false),"
        " set_config('idle_in_transaction_session_timeout', '0', false)",
        options.statement_timeout.count(),
        options.lock_timeout.count());
    if (folder.layout == "prisma") {
        // Prisma's engine sets it on each connection, `public` by default.
        send(
            settings + ", set_config('search_path', $1, false)",
            {pg::quote_identifier(migration::prisma_schema(where))});
        return;
    }
    // For a role with the name of our own schema, "$user" would lead every new table into it.
    send(
        settings +
            ", set_config('search_path', case session_user when 'slipway' then regexp_replace("
            "current_setting('search_path'), '\"\\$user\"\\s*,?\\s*', '')"
            " else current_setting('search_path') end, false)",
        {});
}

// Whole or not at all: a later run looks for the table, and not for all that belongs to it.
void Session::create_history() {
    try {
        pg::Transaction transaction{connection};
        ledger->create(connection);
        transaction.commit();
    } catch (Error const& error) {
        if (error.kind() != ErrorKind::in_doubt) {
            throw;
        }
        throw Error{
            ErrorKind::unavailable,
            fmt::format("the connection was lost while {} was made", ledger->table()),
            "No migration was begun. Run migrate-apply again."};
    }
}

void Session::settle_at_once() {
    pg::Pipeline pipeline{connection};
    settle(pg::sending_to(pipeline));
    pipeline.finish();
}

void Session::create_tables() {
    // Not even "if not exists" is for a role that may only write to the table.
    if (!history_exists) {
        create_history();
    }
    if (options.no_log_table) {
        return;
    }
    try {
        ledger::ensure_execution_log(connection);
        keeps_log = true;
    } catch (pg::ServerError const& error) {
        record::Check check;
        check.id = "log.kept";
        check.title = "slipway.execution_log is written";
        check.status = record::CheckStatus::warned;
        check.severity = record::Severity::minor;
        check.message = fmt::format("the table cannot be made: {}", error.message());
        check.hint = "Grant the role CREATE on the database, or say --no-log-table.";
        context.record.add(std::move(check));
    }
}

void Session::become_ourselves() {
    connection.exec("reset session authorization; reset role");
}

void Session::free_limits() {
    constexpr time::Milliseconds enough_for_a_note{5000};
    connection.set_limits(time::Deadline::after(enough_for_a_note));
}

void Session::fill_data() const {
    require_look();
    auto& data = *context.record.data;
    data["layout"] = folder.layout;
    data["directory"] = folder.path.string();
    data["history_table"] = ledger->table();
    data["migrations"] = json::Value::array();
    for (auto const& item : standing.items) {
        data["migrations"].push_back(item_json(*this, item));
    }
}

} // namespace slipway::migrate_apply
