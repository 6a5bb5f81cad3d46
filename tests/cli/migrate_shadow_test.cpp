// SPDX-License-Identifier: Apache-2.0
// migrate-apply --dry-run=shadow: what it sees on the copy, and that the target has no trace of it.
#include "cluster/cluster.hpp"
#include "cluster/installation.hpp"
#include "support/forked.hpp"
#include "support/migration_site.hpp"
#include "text/join.hpp"

#include <csignal>

#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(migrate_shadow)

using namespace slipway;
using namespace std::chrono_literals;
using support::Environment;
using support::MigrationSite;
using support::ToolRun;
using Words = std::vector<std::string>;

namespace {

constexpr std::string_view people = R"(
create table users (id int primary key, email text, note text);
create table orders (id int primary key, user_id int, placed date);
create table parted (placed date) partition by range (placed);
create table parted_1 partition of parted for values from ('2020-01-01') to ('2030-01-01');
insert into users select g, 'x' || g from generate_series(1, 5000) g;
analyze users;
create materialized view counted as select count(*) from users;
)";

// The checks of that id: `warned 3: message`, by line.
Words checks(ToolRun const& run, std::string const& id) {
    Words out;
    if (run.record) {
        for (auto const& check : (*run.record)->at("checks")) {
            if (check.at("id") == id) {
                auto const line = check.value(json::Value::json_pointer{"/where/line"}, 0);
                out.push_back(
                    check.at("status").get<std::string>() + " " + std::to_string(line) + ": " +
                    check.at("message").get<std::string>());
            }
        }
    }
    return out;
}

// The beginnings and the parts that each of them must have.
void require_checks(ToolRun const& run, std::string const& id, std::vector<Words> const& wanted) {
    auto const found = checks(run, id);
    BOOST_TEST(found.size() == wanted.size(), id + "\n" + run.all());
    for (std::size_t each = 0; each < std::min(found.size(), wanted.size()); ++each) {
        for (auto const& word : wanted[each]) {
            BOOST_TEST(found[each].find(word) != std::string::npos, found[each] + " / " + word);
        }
    }
}

Words leftovers(MigrationSite const& site, std::string const& run) {
    Words out;
    auto connection = site.db.connect();
    auto const found = connection.exec(
        "select datname::text from pg_database where datname like 'slipway\\_shadow\\_' || $1 || "
        "'%'",
        {run});
    for (auto const row : found) {
        out.push_back(row.get<std::string>(0));
    }
    return out;
}

// A run of its own name, so that its scratch databases are told from those of other tests.
ToolRun shadow(MigrationSite const& site, Words args = {}, Environment more = {}) {
    args.insert(args.begin(), "--dry-run");
    more.emplace_back("SLIPWAY_RUN_ID", site.db.name());
    return site.run(std::move(args), more);
}

std::string cache() {
    return (fs::Path{SLIPWAY_BUILD_DIR} / "tests" / "cluster-cache").string();
}

ToolRun embedded(MigrationSite const& site, Words args = {}, Environment const& more = {}) {
    args.insert(args.end(), {"--shadow", "embedded", "--shadow-cache", cache()});
    return shadow(site, std::move(args), more);
}

void require_no_trace(MigrationSite const& site, std::string const& before) {
    BOOST_TEST(site.dump() == before);
    BOOST_TEST(leftovers(site, site.db.name()).empty());
}

// A folder of programs that are PostgreSQL's, but for a pg_dump that is this script.
fs::TempFolder programs_with(std::string const& script) {
    fs::TempFolder out{"slipway-bin-"};
    fs::Path const path = out.path() / "pg_dump";
    fs::write_atomic(path, script);
    std::filesystem::permissions(path, std::filesystem::perms{0755});
    return out;
}

fs::Path real_pg_dump() {
    return cluster::find_installation().bin / "pg_dump";
}

} // namespace

BOOST_AUTO_TEST_CASE(a_shadow_tells_locks_rewrites_scans_and_indexes_with_the_target_s_sizes) {
    MigrationSite site;
    site.db.run(people);
    site.add("001_a.sql", R"(alter table users add column theme text not null default 'light';
alter table users alter column id type bigint;
create index users_email on users (email);
alter table users add constraint short check (length(email) < 99);
alter table orders add constraint o_u foreign key (user_id) references users (id);
alter table users alter email set not null;
alter table users add constraint later check (id > 0) not valid;
create table fresh (id int primary key, note text);
create index on fresh (note);
alter table users add unique (note);
)");
    site.add("002_b.sql", R"(create index concurrently users_theme on users (theme);
alter table users validate constraint later;
)");
    site.add("003_c.sql", R"(alter table fresh add column x int;
create index on only parted (placed);
truncate orders;
refresh materialized view counted;
reindex index orders_pkey;
update users set note = '';
)");
    auto const before = site.dump();
    auto const run = shadow(site, {"--big-table", "100kB"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/status") == "warned", run.all());
    BOOST_TEST(run.at("/dry_run") == "true");
    BOOST_TEST(
        run.at("/summary") ==
        "3 migrations would apply; ran on a scratch database on the same server");
    BOOST_TEST(run.at("/target/database") == site.db.name());
    require_checks(
        run,
        "shadow.rewrite",
        {{"warned 2: ", "public.users (", "about 5000 rows"}, {"passed 4: ", "counted"}});
    require_checks(
        run,
        "shadow.index_not_concurrent",
        {{"warned 3: ", "public.users_email on public.users"},
         {"warned 10: ", "public.users_note_key"},
         {"passed 2: ", "public.parted_placed_idx"}});
    require_checks(
        run,
        "shadow.constraint_validated",
        {{"warned 4: ", "for the constraint short"}, {"passed 5: ", "orders", "constraint o_u"}});
    require_checks(run, "shadow.scan", {{"warned 6: ", "reads all of public.users"}});
    require_checks(run, "shadow.index_invalid", {{"warned 2: ", "public.parted_placed_idx"}});
    require_checks(run, "shadow.index_rebuild", {{"passed 5: ", "public.orders_pkey"}});
    require_checks(
        run,
        "shadow.lock",
        {{"warned 1: ", "ACCESS EXCLUSIVE on public.users", "blocks reads and writes"},
         {"passed 1: ", "public.fresh (made by an earlier migration)"},
         {"passed 3: ", "ACCESS EXCLUSIVE on public.orders"}});
    auto const observed = [&](std::string const& place) {
        return run.at("/data/migrations" + place);
    };
    BOOST_TEST(
        observed("/0/statements/0/observed/locks") ==
        R"([{"relation":"public.users","mode":"ACCESS EXCLUSIVE"}])");
    BOOST_TEST(observed("/0/statements/1/observed/rewrites") == R"(["public.users"])");
    BOOST_TEST(observed("/0/statements/6/observed/scans") == "[]");
    BOOST_TEST(observed("/0/statements/8/observed/locks") == "[]"); // made by this migration
    BOOST_TEST(observed("/1/statements/0/observed/new_indexes") == R"(["public.users_theme"])");
    BOOST_TEST(
        observed("/1/statements/1/observed/locks") ==
        R"([{"relation":"public.users","mode":"SHARE UPDATE EXCLUSIVE"}])");
    BOOST_TEST(observed("/2/statements/2/observed/rewrites") == "[]"); // a truncation is none
    BOOST_TEST(observed("/2/statements/5/observed/scans") == R"(["public.users"])");
    BOOST_TEST(observed("/2/status") == "pending");
    BOOST_TEST(run.at("/data/schema_difference_untold") == "[]");
    require_no_trace(site, before);
    // The safe ways were followed: nothing of a small table warns.
    auto const small = shadow(site, {"--only", "001_a", "--big-table", "1GB"});
    BOOST_TEST(small.at("/status") == "passed", small.all());
    require_no_trace(site, before);
}

BOOST_AUTO_TEST_CASE(an_error_on_the_shadow_is_told_with_its_place_and_the_target_is_untouched) {
    MigrationSite site;
    site.db.run(people);
    site.add("001_a.sql", "create table a (id int);");
    auto const file = site.add(
        "002_b.sql",
        "insert into a values (1), (1);\n\n  create unique index concurrently i on a (id);\n");
    auto const before = site.dump();
    auto run = shadow(site);
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/error/where/file") == file.string());
    BOOST_TEST(run.at("/error/where/line") == "3");
    BOOST_TEST(run.at("/error/where/column") == "3");
    BOOST_TEST(run.at("/error/sqlstate") == "23505");
    BOOST_TEST(
        run.at("/error/hint").find("This was on the shadow") != std::string::npos, run.all());
    BOOST_TEST(run.at("/summary") == "002_b fails on the shadow; the target is untouched");
    BOOST_TEST(run.at("/data/migrations/0/status") == "pending");
    require_no_trace(site, before);
    site.add("002_b.sql", "select 1;\nselect nonsense;");
    run = shadow(site, {"--all-or-nothing"});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/error/where/line") == "2");
    BOOST_TEST(run.at("/error/where/column") == "8");
    site.add("002_b.sql", "alter table a add x int;\nalter table users add x int;");
    run = shadow(site, {"--all-or-nothing"});
    BOOST_TEST(run.code == 0, run.all());
    // The table of the first is locked already: this transaction made it.
    require_checks(run, "shadow.lock", {{"passed 2: ", "ACCESS EXCLUSIVE on public.users"}});
    require_no_trace(site, before);
}

BOOST_AUTO_TEST_CASE(the_pending_ones_are_those_of_the_target_and_go_on_where_it_stands) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (id int);");
    BOOST_TEST(site.run().code == 0);
    site.add("002_b.sql", "create index concurrently i on a (id);\nselect nonsense;");
    BOOST_TEST(site.run().code == 1);
    site.db.run("create table public.keyed (id int); insert into public.keyed values (1)");
    site.add(
        "003_c.sql",
        "do $$ begin if exists (select from public.keyed) then raise 'rows were copied'; end if; "
        "end $$;");
    auto const before = site.dump();
    auto run = shadow(site);
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/error/where/line") == "2");
    BOOST_TEST(run.says("going on after statement 1 of 2"));
    require_no_trace(site, before);
    BOOST_TEST(site.run({"resolve", "002_b", "--as", "applied"}).code == 0);
    run = shadow(site);
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/summary").starts_with("1 migration would apply"), run.all());
    site.db.run("truncate public.keyed");
    BOOST_TEST(site.run().code == 0);
    run = shadow(site);
    BOOST_TEST(run.at("/summary") == "nothing is pending", run.all());
    // Prisma's history lies beside the application's tables, its schema named by the URL.
    MigrationSite prisma;
    prisma.add_prisma("20260101000000_a", "create table a (id int);");
    Environment const url{
        {"DATABASE_URL", prisma.db.conninfo().uri().reveal() + "&schema=shop%20x"}};
    prisma.db.run("create schema \"shop x\"");
    BOOST_TEST(prisma.run({}, url).code == 0);
    prisma.add_prisma("20260102000000_b", "alter table a add x int;");
    auto const seen = embedded(prisma, {}, url);
    BOOST_TEST(seen.code == 0, seen.all());
    BOOST_TEST(
        seen.at("/data/schema_difference") ==
        R"([{"change":"added","kind":"column","object":"\"shop x\".a.x","before":"","after":"integer"}])");
}

BOOST_AUTO_TEST_CASE(an_embedded_shadow_has_the_roles_settings_and_rights_of_the_target) {
    MigrationSite site;
    std::string const app = site.db.name() + "_app";
    std::string const other = site.db.name() + "_other";
    site.db.run(
        "create role " + app + " login createrole; create role " + other + "; grant " + other +
        " to " + app + "; create schema shop authorization " + app +
        "; grant create on schema shop to " + other + "; create table shop.t (id int); " +
        "alter table shop.t owner to " + app +
        "; create table shop.foreign_one (id int); grant select on shop.foreign_one to " + app +
        ";" + "alter default privileges for role " + app + " grant select on tables to " + other +
        "; alter database " + site.db.name() + " set search_path = shop, public; " + "alter role " +
        app + " set work_mem = '9MB'; alter role " + app + " in database " + site.db.name() +
        " set my.setting = 'a, b'; create extension citext;" + "grant create on database " +
        site.db.name() + " to " + app);
    site.add(
        "001_a.sql",
        "alter table t add x citext; grant select on t to " + other + "; alter table t owner to " +
            other + "; create role " + site.db.name() + "_new; " +
            "do $$ begin if current_setting('work_mem') <> '9MB' or current_setting('my.setting') "
            "<> 'a, b' then raise 'settings'; end if; end $$;");
    auto const before = site.dump();
    auto const url = site.db.conninfo().with("user", app).uri().reveal();
    auto run = embedded(site, {}, {{"DATABASE_URL", url}});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.says("owner of table"));
    BOOST_TEST(run.at("/data/shadow/kind") == "embedded");
    BOOST_TEST(run.at("/data/shadow/left_out") == "[]");
    // What is not the role's is not the role's there either.
    site.add("001_a.sql", "alter table foreign_one add x int;");
    run = embedded(site, {}, {{"DATABASE_URL", url}});
    BOOST_TEST(run.at("/error/sqlstate") == "42501", run.all());
    // On the same server such a role may make no database, and the ways are named.
    run = shadow(site, {}, {{"DATABASE_URL", url}});
    BOOST_TEST(run.code == 4, run.all());
    for (std::string_view const way :
         {"--shadow embedded", "--shadow-database-url", "--dry-run=plan", "--dry-run=rollback"}) {
        BOOST_TEST(run.at("/error/hint").find(way) != std::string::npos, way);
    }
    // One that may make them copies what it may.
    site.db.run("alter role " + app + " createdb nocreaterole");
    site.add("001_a.sql", "create table n (id int);");
    run = shadow(site, {}, {{"DATABASE_URL", url}});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.says("left out"), run.all());
    BOOST_TEST(leftovers(site, site.db.name()).empty());
    BOOST_TEST(site.dump() == before);
    site.db.run(
        "drop schema shop cascade; alter default privileges for role " + app +
        " revoke select on tables from " + other + "; drop owned by " + app + ", " + other +
        "; drop role " + app + ", " + other);
}

BOOST_AUTO_TEST_CASE(a_statement_for_the_whole_server_is_refused_where_others_live_on_it) {
    MigrationSite site;
    std::string const role = site.db.name() + "_r";
    Words const statements{
        "do $$ begin create role " + role + "; end $$;",
        "do $$ begin begin grant connect on database " + site.db.name() +
            " to public; exception when others then null; end; end $$;",
        "alter database " + site.db.name() + " set work_mem = '9MB';",
        "create database " + role + ";"};
    for (auto const& statement : statements) {
        site.add("001_a.sql", "select 1;\n" + statement);
        auto const run = shadow(site);
        BOOST_TEST(run.code == 4, statement + run.all());
        BOOST_TEST(run.at("/error/where/line") == "2", statement);
        BOOST_TEST(run.at("/error/hint").find("--shadow embedded") != std::string::npos);
        BOOST_TEST(site.ask("select count(*) from pg_roles where rolname = '" + role + "'") == "0");
        BOOST_TEST(
            site.ask("select coalesce(datacl::text, '') || (select count(*) from "
                     "pg_db_role_setting s where s.setdatabase = d.oid) from pg_database d where "
                     "datname = current_database()") == "0",
            statement);
    }
    auto const own = embedded(site);
    BOOST_TEST(own.code == 0, own.all());
    BOOST_TEST(leftovers(site, site.db.name()).empty());
}

BOOST_AUTO_TEST_CASE(a_shadow_on_another_server_lacks_what_that_does_not_have_and_says_so) {
    cluster::Settings settings;
    settings.cache = cache();
    auto const server = cluster::Cluster::start(settings);
    MigrationSite site;
    std::string const role = site.db.name() + "_owner";
    site.db.run(
        "create role " + role + "; create table t (id int); alter table t owner to " + role);
    site.add("001_a.sql", "alter table t add x int;");
    Environment const there{{"SHADOW_DATABASE_URL", server.conninfo().uri().reveal()}};
    auto run = shadow(site, {}, there);
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/shadow/kind") == "url");
    BOOST_TEST(run.at("/data/shadow/left_out").find("OWNER TO") != std::string::npos, run.all());
    BOOST_TEST(
        pg::Connection::open(server.conninfo())
            .exec("select count(*) from pg_database where datname like 'slipway%'")
            .one_value<std::int64_t>() == 0);
    run = shadow(site, {"--shadow", "same"}, there); // by name it wins over the variable
    BOOST_TEST(run.at("/data/shadow/kind") == "same", run.all());
    run = shadow(site, {"--shadow", "url"});
    BOOST_TEST(run.code == 2, run.all());
    site.db.run("drop table t; drop role " + role);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_copied_is_refused_with_the_ways) {
    MigrationSite site;
    site.add("001_a.sql", "create table a ();");
    auto const old = programs_with("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n");
    auto run = shadow(site, {}, {{"SLIPWAY_PG_BIN", old.path().string()}});
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(run.at("/error/hint").find("postgresql-client-") != std::string::npos, run.all());
    // Another runner applies while the schema is copied.
    site.add("002_b.sql", "create table b ();");
    auto const slow = programs_with(
        "#!/bin/sh\n" + real_pg_dump().string() +
        " \"$@\" || exit\ncase \"$*\" in *--schema-only*)\n" + "DATABASE_URL='" +
        site.db.conninfo().uri().reveal() +
        "' " SLIPWAY_BUILD_DIR
        "/bin/migrate-apply --only 001_a --output \"$(mktemp -d)/r.json\" --dir '" +
        site.dir.string() + "' >&2 ;; esac\n");
    run = shadow(site, {}, {{"SLIPWAY_PG_BIN", slow.path().string()}});
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(
        run.says("the history of migrations changed while the schema was copied"), run.all());
    BOOST_TEST(site.ask("select to_regclass('a') is not null") == "t");
    // A table that somebody holds is not waited for longer than --lock-timeout.
    auto holder = site.db.connect();
    holder.exec("begin; lock table a in access exclusive mode");
    run = shadow(site, {"--lock-timeout", "200ms"});
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(run.at("/error/hint").find("--lock-timeout") != std::string::npos, run.all());
    holder.exec("rollback");
    // The embedded server's programs are those of another version.
    auto const none = programs_with("#!/bin/sh\nexit 1\n");
    run = embedded(site, {}, {{"SLIPWAY_PG_BIN", none.path().string()}});
    BOOST_TEST((run.code == 2 || run.code == 4), run.all());
    BOOST_TEST(leftovers(site, site.db.name()).empty());
}

BOOST_AUTO_TEST_CASE(invalid_indexes_and_other_servers_passwords_are_not_copied_and_it_says_so) {
    MigrationSite site;
    site.db.run("create table t (id int); insert into t values (1), (1);"
                "create foreign data wrapper w; create server s foreign data wrapper w;"
                "create user mapping for public server s options (password 'hidden-word')");
    auto connection = site.db.connect();
    BOOST_CHECK_THROW(connection.exec("create unique index concurrently broken on t (id)"), Error);
    site.add("001_a.sql", "create unique index concurrently broken on t (id);");
    auto const run = shadow(site);
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(checks(run, "shadow.invalid_not_copied").size() == 1U, run.all());
    BOOST_TEST(run.at("/data/shadow/left_out").find("user mapping") != std::string::npos);
    BOOST_TEST(!run.says("hidden-word"));
}

BOOST_AUTO_TEST_CASE(a_stopped_shadow_is_dropped_and_so_is_one_that_lost_its_time) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (); select pg_sleep(30);");
    auto const before = site.dump();
    auto args = site.arguments({"--dry-run"});
    auto const env = site.environment({{"SLIPWAY_RUN_ID", site.db.name()}});
    auto const run = support::start_and_kill("migrate-apply", args, env, 1500ms, SIGTERM);
    BOOST_TEST(run.code == 143, run.all());
    BOOST_TEST((run.duration < 5s));
    require_no_trace(site, before);
    auto const late = shadow(site, {"--timeout", "1500ms"});
    BOOST_TEST(late.code == 5, late.all());
    require_no_trace(site, before);
}

// RLIMIT_FSIZE is the full disk of a test: no file of the private server may grow beyond it.
BOOST_AUTO_TEST_CASE(a_full_disk_under_the_embedded_server_is_told_and_all_is_cleaned_up) {
    MigrationSite site;
    site.add(
        "001_a.sql",
        "create table a as select repeat(md5(g::text), 60) x from generate_series(1, 20000) g;");
    auto const before = site.dump();
    fs::TempFolder const place{"slipway-full-"};
    std::filesystem::permissions(place.path(), std::filesystem::perms::all);
    for (rlim_t const most : {rlim_t{20} << 20U, rlim_t{400'000}}) {
        auto const ended = support::in_child([&]() -> std::string {
            rlimit const limit{most, most};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            std::signal(SIGXFSZ, SIG_IGN);
            auto const run = embedded(site, {}, {{"TMPDIR", place.path().string()}});
            return std::to_string(run.code) + " " + run.at("/error/message") + " / " +
                   run.at("/error/hint");
        });
        BOOST_TEST(ended.answer.starts_with("3 "), ended.answer);
        BOOST_TEST(ended.answer.find("room") != std::string::npos, ended.answer);
        BOOST_TEST(ended.answer.find("TMPDIR") != std::string::npos, ended.answer);
        BOOST_TEST(std::filesystem::is_empty(place.path()));
    }
    BOOST_TEST(site.dump() == before);
}

BOOST_AUTO_TEST_SUITE_END()
