// SPDX-License-Identifier: Apache-2.0
// What sqitch writes when it deploys, fails and reverts: App::Sqitch::Role::DBIEngine and
// ::Engine::pg of sqitch 1.3.1.
#include "migration/sqitch_ledger.hpp"

#include "ci/environment.hpp"
#include "error/error.hpp"
#include "migration/listed.hpp"
#include "migration/rows.hpp"
#include "migration/sqitch_plan.hpp"
#include "migration/state.hpp"
#include "text/join.hpp"

#include <array>
#include <map>

#include <unistd.h>

#include <fmt/format.h>

namespace slipway::migration {

namespace {

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

class SqitchLedger final : public ListedLedger {
public:
    explicit SqitchLedger(Folder const& folder) {
        for (auto const& file : folder.files) {
            planned_.emplace(file.version, file.planned);
            project_ = file.planned->project;
        }
    }

    [[nodiscard]] std::string table() const override { return R"("sqitch"."changes")"; }

    void create(pg::Connection& connection) const override {
        if (!table_exists(connection, table())) {
            connection.exec(sqitch_registry);
            auto const who = committer(connection, {});
            connection.exec(
                "insert into sqitch.releases (version, installer_name, installer_email)"
                " values (1.1, $1, $2)",
                {who.name, who.email});
        }
        require_known_release(connection);
        if (!planned_.empty()) {
            register_project(connection, *planned_.begin()->second);
        }
    }

    [[nodiscard]] std::vector<std::int64_t> foreign_locks() const override { return {75474063}; }

    void
    note(pg::Connection& connection, std::string_view key, std::string_view log) const override {
        ListedLedger::note(connection, key, log);
        bool const failed = says_rolled_back(log) || log.find('\n') != std::string_view::npos;
        auto const change = failed ? planned_.find(noted_id(connection, key)) : planned_.end();
        if (change != planned_.end()) {
            add_event(connection, "fail", *change->second, {}, tags_of(*change->second));
        }
    }

    void take_back(
        pg::Connection& connection,
        File const& file,
        Entry const& entry,
        Attempt const& attempt) const override {
        connection.exec("lock table sqitch.changes in exclusive mode");
        require_not_required(connection, entry);
        auto const tags = connection.exec(
            "with gone as (delete from sqitch.tags where change_id = $1 returning tag)"
            " select coalesce(array_agg(tag)::text, '{}') from gone",
            {entry.id});
        connection.exec("delete from sqitch.changes where change_id = $1", {entry.id});
        add_event(connection, "revert", *file.planned, attempt, tags.one_value<std::string>());
    }

protected:
    [[nodiscard]] History read_list(pg::Connection& connection) const override {
        History history;
        history.table_exists = table_exists(connection, table());
        if (!history.table_exists) {
            return history;
        }
        require_known_release(connection);
        for (auto const row : connection.exec(
                 "select change_id, change, coalesce(script_hash, ''), committed_at::text"
                 " from sqitch.changes where $1 in ('', project) order by committed_at",
                 {project_})) {
            Entry entry;
            entry.key = entry.id = row.get<std::string>(0);
            entry.name = row.get<std::string>(1);
            entry.checksum = row.get<std::string>(2);
            entry.started_at = entry.finished_at = row.get<std::string>(3);
            entry.finished = true;
            history.entries.push_back(std::move(entry));
        }
        return history;
    }

    // Every change has its own lock of the table, under which sqitch looks at dependencies.
    void
    begin(pg::Connection& connection, File const& file, Attempt const& /*attempt*/) const override {
        connection.exec("lock table sqitch.changes in exclusive mode");
        for (auto const& one : file.planned->dependencies) {
            auto const deployed =
                connection
                    .exec(
                        "select exists (select from sqitch.changes where project = $1"
                        " and (change_id = $2 or ($3 and change = split_part($4, '@', 1))))",
                        {file.planned->project, one.id, one.conflict, one.text})
                    .one_value<bool>();
            if (deployed == one.conflict) {
                throw Error{
                    ErrorKind::refused,
                    fmt::format(
                        "{} {} {}, which {} deployed",
                        file.id,
                        one.conflict ? "conflicts with" : "requires",
                        one.text,
                        one.conflict ? "is" : "is not")};
            }
        }
    }

    void insert(
        pg::Connection& connection,
        File const& file,
        Attempt const& attempt,
        time::Milliseconds /*took*/) const override {
        auto const& change = *file.planned;
        auto const who = committer(connection, attempt);
        connection.exec(
            "insert into sqitch.changes (change_id, script_hash, change, project, note,"
            " committer_name, committer_email, planned_at, planner_name, planner_email)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8::timestamptz, $9, $10)",
            {change.id,
             file.recorded,
             change.name,
             change.project,
             change.note,
             who.name,
             who.email,
             change.date,
             change.planner,
             change.email});
        for (auto const& one : change.dependencies) {
            connection.exec(
                "insert into sqitch.dependencies (change_id, type, dependency, dependency_id)"
                " values ($1, $2, $3, nullif($4, ''))",
                {change.id, one.conflict ? "conflict" : "require", one.text, one.id});
        }
        for (auto const& tag : change.tags) {
            connection.exec(
                "insert into sqitch.tags (tag_id, tag, project, change_id, note, committer_name,"
                " committer_email, planned_at, planner_name, planner_email)"
                " values ($1, $2, $3, $4, $5, $6, $7, $8::timestamptz, $9, $10)",
                {tag.id,
                 tag.name,
                 change.project,
                 change.id,
                 tag.note,
                 who.name,
                 who.email,
                 tag.date,
                 tag.planner,
                 tag.email});
        }
        add_event(connection, "deploy", change, attempt, tags_of(change));
    }

private:
    struct Committer {
        std::string name;
        std::string email;
    };

    // As sqitch: its variables, its configuration, the user.
    [[nodiscard]] Committer committer(pg::Connection& connection, Attempt const& attempt) const {
        auto const first_of = [](std::initializer_list<std::string> choices) {
            for (auto const& one : choices) {
                if (!one.empty()) {
                    return one;
                }
            }
            return std::string{};
        };
        bool const configured = !planned_.empty();
        auto const& conf = configured ? *planned_.begin()->second : PlannedChange{};
        std::string const user =
            attempt.actor.empty()
                ? connection.exec("select session_user::text").one_value<std::string>()
                : attempt.actor;
        return {
            first_of({ci::variable("SQITCH_FULLNAME").value_or(""), conf.user_name, user}),
            first_of(
                {ci::variable("SQITCH_EMAIL").value_or(""),
                 conf.user_email,
                 user + "@" + host_name()})};
    }

    static std::string tags_of(PlannedChange const& change) {
        std::vector<std::string> names;
        for (auto const& tag : change.tags) {
            names.push_back(tag.name);
        }
        return array_of(names);
    }

    static std::string texts_of(PlannedChange const& change, bool conflicts) {
        std::vector<std::string> texts;
        for (auto const& one : change.dependencies) {
            if (one.conflict == conflicts) {
                texts.push_back(one.text);
            }
        }
        return array_of(texts);
    }

    void add_event(
        pg::Connection& connection,
        std::string_view event,
        PlannedChange const& change,
        Attempt const& attempt,
        std::string const& tags) const {
        auto const who = committer(connection, attempt);
        connection.exec(
            "insert into sqitch.events (event, change_id, change, project, note, tags, requires,"
            " conflicts, committer_name, committer_email, planned_at, planner_name, planner_email)"
            " values ($1, $2, $3, $4, $5, $6::text[], $7::text[], $8::text[], $9, $10,"
            " $11::timestamptz, $12, $13)",
            {event,
             change.id,
             change.name,
             change.project,
             change.note,
             tags,
             texts_of(change, false),
             texts_of(change, true),
             who.name,
             who.email,
             change.date,
             change.planner,
             change.email});
    }

    static void require_known_release(pg::Connection& connection) {
        auto const release =
            connection.exec("select coalesce(max(version)::text, '') from sqitch.releases")
                .one_value<std::string>();
        if (release != "1.1") {
            throw Error{
                ErrorKind::refused,
                fmt::format("the registry of sqitch has the version {}", release),
                "Only 1.1 is known; an older one is brought up by sqitch upgrade."};
        }
    }

    static void register_project(pg::Connection& connection, PlannedChange const& change) {
        auto const found = connection.exec(
            "select coalesce(uri, '') from sqitch.projects where project = $1", {change.project});
        if (!found.empty() && found[0].get<std::string>(0) != change.uri) {
            throw Error{
                ErrorKind::refused,
                fmt::format(
                    "the project {} is registered with the URI \"{}\", and the plan says \"{}\"",
                    change.project,
                    found[0].get<std::string>(0),
                    change.uri),
                "Look whether --dir and the database belong together."};
        }
        if (found.empty()) {
            auto const user = connection.exec("select session_user::text").one_value<std::string>();
            connection.exec(
                "insert into sqitch.projects (project, uri, creator_name, creator_email)"
                " values ($1, nullif($2, ''), $3, $4)",
                {change.project,
                 change.uri,
                 change.user_name.empty() ? user : change.user_name,
                 change.user_email.empty() ? user + "@" + host_name() : change.user_email});
        }
    }

    static void require_not_required(pg::Connection& connection, Entry const& entry) {
        std::vector<std::string> dependents;
        for (auto const row : connection.exec(
                 "select c.change from sqitch.dependencies d join sqitch.changes c using"
                 " (change_id) where d.dependency_id = $1 order by 1",
                 {entry.id})) {
            dependents.push_back(row.get<std::string>(0));
        }
        if (!dependents.empty()) {
            throw Error{
                ErrorKind::refused,
                fmt::format("{} is required by {}", entry.name, text::join(dependents, ", ")),
                "Take those back first."};
        }
    }

    std::string project_;
    std::map<std::string, std::shared_ptr<PlannedChange const>, std::less<>> planned_;
};

} // namespace

std::unique_ptr<Ledger> sqitch_ledger(Folder const& folder, pg::ConnInfo const& /*target*/) {
    return std::make_unique<SqitchLedger>(folder);
}

} // namespace slipway::migration
