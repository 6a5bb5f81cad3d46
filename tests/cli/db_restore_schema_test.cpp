// SPDX-License-Identifier: Apache-2.0
// --schema-swap: for a role that may neither make nor rename databases, the same by schemas.
#include "catalog/snapshot.hpp"
#include "support/restore_site.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(db_restore_schema)

using namespace slipway;
using support::RestoreSite;
using support::ToolRun;

namespace {

// A database of a role that owns all in it, may not make databases, and is no superuser.
class ManagedSite {
public:
    ManagedSite() : role("owner_of_" + site.name()), reader("reader_of_" + site.name()) {
        site.server_sql("create role " + role + " login");
        site.server_sql("create role " + reader);
        site.sql(
            "alter database \"" + site.name() + "\" owner to " + role +
            "; drop view loud; drop table parts, items; create schema extensions authorization " +
            role +
            "; "
            "create extension citext schema extensions; grant usage on schema extensions to "
            "public; "
            "alter database \"" +
            site.name() + "\" set search_path = \"$user\", public, extensions");
        sql(R"(
create schema app; comment on schema app is 'the {shop}';
create type public.mood as enum ('good', 'bad');
create table items (id bigint generated always as identity primary key, name citext, mood mood default 'good');
create table app.parts (id serial primary key, item bigint references items on delete cascade, n int check (n > 0));
create index on app.parts (item);
create function public.twice(n int) returns int language plpgsql immutable set search_path = '' as 'begin return n * 2; end';
create index twice_index on app.parts (public.twice(n));
create view app.loud as select upper(name::text) as shout from items;
create materialized view public.counts as select count(*) as n from items;
create function public.stamp() returns trigger language plpgsql as 'begin new.n := new.n + 1; return new; end';
create trigger stamp before update on app.parts for each row execute function public.stamp();
alter table items enable row level security; create policy mine on items using (id < 1000);
comment on table items is 'what is; sold';
insert into items (name) select 'item ' || n from generate_series(1, 500) n;
insert into app.parts (item, n) select id, 1 from items;
insert into items (name) values (E'tab\tnewline\nbackslash \\. end'), (E'\\.'), (null);
refresh materialized view counts;)");
        sql("grant usage on schema app to " + reader +
            " with grant option; grant select on items to " + reader +
            "; alter default privileges grant select on tables to " + reader +
            "; alter default privileges revoke execute on functions from public" +
            "; alter default privileges in schema app grant insert on tables to " + reader);
    }
    ManagedSite(ManagedSite const&) = delete;
    ManagedSite& operator=(ManagedSite const&) = delete;
    ManagedSite(ManagedSite&&) = delete;
    ManagedSite& operator=(ManagedSite&&) = delete;
    ~ManagedSite() {
        try {
            site.sql(
                "alter database \"" + site.name() + "\" owner to current_user; reassign owned by " +
                role + " to current_user; drop owned by " + role + "; drop owned by " + reader);
            site.server_sql("drop role " + role);
            site.server_sql("drop role " + reader);
        } catch (Error const& error) {
            BOOST_TEST_MESSAGE(error.message());
        }
    }

    [[nodiscard]] pg::ConnInfo where() const {
        return site.database().conninfo().with("user", role);
    }

    void sql(std::string const& script) const { pg::Connection::open(where()).script(script); }

    [[nodiscard]] ToolRun run(std::string const& tool, std::vector<std::string> arguments) const {
        return site.run(tool, std::move(arguments), {{"DATABASE_URL", where().uri().reveal()}});
    }

    [[nodiscard]] ToolRun restore(std::vector<std::string> arguments) const {
        return run("db-restore", std::move(arguments));
    }

    void backup() const {
        auto const made = run("db-backup", {"--id", "good"});
        BOOST_TEST_REQUIRE(made.code == 0, made.all());
    }

    // Everything that a dump tells of the schemas that are live, and the rows.
    [[nodiscard]] std::map<std::string, std::string> all() const {
        auto connection = site.database().connect();
        std::vector<std::string> aside;
        for (auto const& row : connection.exec(
                 "select nspname::text from pg_namespace where nspname like '%\\_\\_prev\\_%'")) {
            aside.push_back(row.get<std::string>(0));
        }
        auto out = catalog::snapshot(connection, aside, catalog::Extent::everything).objects;
        std::erase_if(out, [](auto const& one) {
            return one.first.find("__prev_") != std::string::npos; // default privileges in them
        });
        out["rows"] = site.value(rows);
        return out;
    }

    static constexpr std::string_view rows =
        "select (select count(*) || ' ' || md5(string_agg(i::text, ',' order by id)) from items i) "
        "|| (select count(*) || ' ' || coalesce(md5(string_agg(p::text, ',' order by id)), '') "
        "from app.parts p) || (select n from counts)";

    RestoreSite site;
    std::string role;
    std::string reader;
};

void require_same(
    std::map<std::string, std::string> const& now,
    std::map<std::string, std::string> const& wanted) {
    for (auto const& [object, definition] : wanted) {
        auto const found = now.find(object);
        BOOST_TEST((found != now.end()), object + " is missing");
        if (found != now.end()) {
            BOOST_TEST(found->second == definition, object);
        }
    }
    for (auto const& [object, definition] : now) {
        BOOST_TEST(wanted.contains(object), object + " is too many");
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(the_schemas_are_as_they_were_owners_grants_defaults_and_comments_included) {
    ManagedSite const managed;
    auto const& site = managed.site;
    auto const before = managed.all();
    managed.backup();
    managed.sql(
        "delete from app.parts; alter table items add column later int; create table newer (n int);"
        "create schema since; create table since.t (n int)");
    auto const lost = managed.all();

    BOOST_TEST(managed.restore({"--accept-data-loss"}).code == 4); // no CREATEDB
    BOOST_TEST(managed.restore({"--schema-swap"}).code == 4);
    auto const run = managed.restore({"--schema-swap", "--accept-data-loss"});
    BOOST_TEST_REQUIRE(run.code == 0, run.all());
    require_same(managed.all(), before);
    BOOST_TEST(run.at("/data/mode") == "schema-swap");
    BOOST_TEST(!run.at("/data/safety_backup").empty());
    BOOST_TEST((*run.record)->at("data").at("row_changes").at(0).at("table") == "app.parts");
    BOOST_TEST(site.siblings().empty());
    // The planner has statistics, and the next identity does not collide.
    BOOST_TEST(site.value("select count(*) > 0 from pg_stats where tablename = 'items'") == "t");
    auto const tag = run.at("/data/kept");
    BOOST_TEST(site.value("select count(*) from app__prev_" + tag + ".parts") == "0");

    auto const status = managed.restore({"status", "--schema-swap"});
    BOOST_TEST(status.says("restored from good"), status.all());
    BOOST_TEST((*status.record)->at("data").at("kept_sets").size() == 1U);

    auto const undo = managed.restore({"undo", "--schema-swap", "--accept-data-loss"});
    BOOST_TEST_REQUIRE(undo.code == 0, undo.all());
    require_same(managed.all(), lost);
    BOOST_TEST(managed.restore({"status", "--schema-swap"}).says("swapped back"));
    auto const again = managed.restore({"undo", "--schema-swap", "--accept-data-loss"});
    BOOST_TEST_REQUIRE(again.code == 0, again.all());
    require_same(managed.all(), before);

    BOOST_TEST(managed.restore({"retire", "--schema-swap"}).code == 4);
    auto const retire = managed.restore({"retire", "--schema-swap", "--yes"});
    BOOST_TEST(retire.code == 0, retire.all());
    BOOST_TEST(
        site.value("select count(*) from pg_namespace where nspname like '%\\_\\_prev\\_%'") ==
        "0");
    require_same(managed.all(), before);
    BOOST_TEST(managed.restore({"retire", "--schema-swap", "--yes"}).at("/status") == "skipped");
}

BOOST_AUTO_TEST_CASE(the_logs_of_what_was_done_and_undone_are_carried_over) {
    ManagedSite const managed;
    managed.backup();
    auto const noted = managed.run(
        "rollback", {"run", "--scope", "app", "--app-command", "true", "--reason", "since"});
    BOOST_TEST_REQUIRE(noted.code == 0, noted.all());
    auto const run = managed.restore({"--schema-swap", "--accept-data-loss", "--no-safety-backup"});
    BOOST_TEST_REQUIRE(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/carried_over") == "1");
    BOOST_TEST(managed.site.value("select reason from slipway.rollback_log") == "since");
}

BOOST_AUTO_TEST_CASE(what_belongs_to_the_whole_database_is_refused_by_name) {
    ManagedSite const managed;
    auto const& site = managed.site;
    managed.backup();
    site.sql("create publication feed for table items; select lo_from_bytea(0, 'x')");
    auto const bound = managed.restore({"--schema-swap", "--accept-data-loss"});
    BOOST_TEST(bound.code == 4, bound.all());
    BOOST_TEST(bound.says("publication feed"));
    BOOST_TEST(bound.says("1 large objects"));
    site.sql("drop publication feed; select lo_unlink(oid) from pg_largeobject_metadata;"
             "create schema theirs");
    auto const rights = managed.restore({"--schema-swap", "--accept-data-loss"});
    BOOST_TEST(rights.code == 4, rights.all());
    BOOST_TEST(rights.says("theirs"));
    site.sql("create extension pg_trgm");
    auto const extension = managed.restore({"--schema-swap", "--accept-data-loss"});
    BOOST_TEST(extension.code == 4, extension.all());
    site.sql("drop extension pg_trgm");
    site.sql(
        "drop schema theirs;"
        "create function public.nothing() returns event_trigger language plpgsql as 'begin end';"
        "create event trigger watch on ddl_command_end execute function public.nothing()");
    auto const watched = managed.restore({"--schema-swap", "--accept-data-loss"});
    BOOST_TEST(watched.code == 4, watched.all());
    BOOST_TEST(watched.says("event trigger watch"));
    site.sql("drop event trigger watch");
}

BOOST_AUTO_TEST_CASE(an_extension_among_the_tables_goes_along_and_comes_back) {
    RestoreSite const site;
    site.sql("create extension citext; alter table items add alias citext;"
             "update items set alias = name;"
             "create table tags (tag citext primary key); insert into tags values ('Red')");
    site.backup();
    site.sql("drop table tags");
    auto const run = site.restore({"--schema-swap", "--accept-data-loss"});
    BOOST_TEST_REQUIRE(run.code == 0, run.all());
    BOOST_TEST(site.value("select count(*) from tags where tag = 'red'") == "1");
    std::string const where = "select extnamespace::regnamespace::text from pg_extension "
                              "where extname = 'citext'";
    BOOST_TEST(site.value(where) == "public");
    auto const undo = site.restore({"undo", "--schema-swap", "--accept-data-loss"});
    BOOST_TEST_REQUIRE(undo.code == 0, undo.all());
    BOOST_TEST(site.value("select to_regclass('tags') is null") == "t");
    BOOST_TEST(site.value("select count(*) from items where alias = 'ITEM 7'") == "1");
    BOOST_TEST(site.value(where) == "public");
    auto const retire = site.restore({"retire", "--schema-swap", "--yes"});
    BOOST_TEST(retire.code == 0, retire.all());
    BOOST_TEST(site.value("select count(*) from items where alias = 'ITEM 7'") == "1");
}

BOOST_AUTO_TEST_CASE(an_error_half_way_changes_nothing) {
    ManagedSite const managed;
    managed.backup();
    auto const before = managed.all();
    managed.site.forge(
        "good", "tables", R"([{"schema":"public","name":"items","oid":1,"rows":7,"data":true}])");
    auto const lies =
        managed.restore({"--schema-swap", "--accept-data-loss", "--no-safety-backup"});
    BOOST_TEST(lies.code == 1, lies.all());
    BOOST_TEST(lies.says("503 rows, not 7"));
    require_same(managed.all(), before);
    managed.site.sql("drop extension citext cascade");
    auto const extension = managed.restore({"--schema-swap", "--accept-data-loss"});
    BOOST_TEST(extension.code == 4, extension.all());
    BOOST_TEST(extension.says("citext"));
}

BOOST_AUTO_TEST_CASE(a_session_that_uses_the_old_tables_is_waited_for_and_ended_on_demand) {
    ManagedSite const managed;
    managed.backup();
    auto holder = pg::Connection::open(managed.where());
    holder.exec("begin");
    holder.exec("select from items limit 1");
    auto const refused = managed.restore(
        {"--schema-swap", "--accept-data-loss", "--no-safety-backup", "--lock-wait", "1s"});
    BOOST_TEST(refused.code == 4, refused.all());
    BOOST_TEST(refused.says("--terminate"));
    auto const ended = managed.restore(
        {"--schema-swap", "--accept-data-loss", "--no-safety-backup", "--terminate"});
    BOOST_TEST(ended.code == 0, ended.all());
    BOOST_CHECK_THROW(holder.exec("select 1"), Error);
}

BOOST_AUTO_TEST_CASE(without_owners_and_privileges_it_all_belongs_to_who_restores) {
    ManagedSite const managed;
    managed.backup();
    auto const run = managed.restore(
        {"--schema-swap",
         "--accept-data-loss",
         "--no-safety-backup",
         "--no-owner",
         "--no-privileges"});
    BOOST_TEST_REQUIRE(run.code == 0, run.all());
    BOOST_TEST(
        managed.site.value(
            "select has_table_privilege('" + managed.reader + "', 'items', 'select')") == "f");
    BOOST_TEST(
        managed.site.value("select tableowner from pg_tables where tablename = 'items' and "
                           "schemaname = 'public'") == managed.role);
}

BOOST_AUTO_TEST_SUITE_END()
