// SPDX-License-Identifier: Apache-2.0
// The split engine: its archives are restored by stock pg_restore and by db-restore, and are the
// database that was backed up.
#include "pg/quote.hpp"
#include "support/everything.hpp"
#include "support/shop.hpp"
#include "text/join.hpp"

#include <atomic>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(db_backup_split)

using namespace slipway;
using support::Database;
using support::Everything;
using support::RestoreSite;
using support::Shop;

namespace {

std::vector<std::string> const
    all_split{"--engine", "split", "--split-larger-than", "0", "--format", "dir"};

std::vector<std::string> lines_of(std::string const& text) {
    std::vector<std::string> out;
    for (auto const line : text::split(text, '\n')) {
        if (!line.starts_with("\\restrict") && !line.starts_with("\\unrestrict")) {
            out.emplace_back(line);
        }
    }
    return out;
}

// The lines of the script that stock pg_restore makes of an archive, sorted: rows have no order.
std::vector<std::string> script_of(fs::Path const& archive, pg::ConnInfo const& target) {
    fs::TempFolder const folder{"slipway-script-"};
    fs::Path const script = folder.path() / "script.sql";
    support::stock("pg_restore", {"--file=" + script.string(), archive.string()}, target);
    auto out = lines_of(fs::read_file(script));
    std::sort(out.begin(), out.end());
    return out;
}

// The first lines that differ; empty where none does.
std::string difference(std::vector<std::string> const& a, std::vector<std::string> const& b) {
    auto const [one, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    if (one == a.end() && other == b.end()) {
        return "";
    }
    return (one == a.end() ? "the end" : *one) + " <> " + (other == b.end() ? "the end" : *other);
}

std::string difference(std::string const& a, std::string const& b) {
    return difference(lines_of(a), lines_of(b));
}

// A database of another encoding for one case.
class Encoded {
public:
    explicit Encoded(std::string const& encoding)
        : name("encoded_" + hash::random_hex(6)),
          conninfo(support::test_server().with_database(name)) {
        pg::Connection::open(support::test_server())
            .exec(
                "create database " + name + " encoding '" + encoding +
                "' locale 'C' template template0");
    }
    Encoded(Encoded const&) = delete;
    Encoded& operator=(Encoded const&) = delete;
    ~Encoded() {
        pg::Connection::open(support::test_server())
            .exec("drop database " + name + " with (force)");
    }

    std::string const name;
    pg::ConnInfo const conninfo;
};

// Its own URL, for a backup of it.
std::pair<std::string, std::string> url(pg::ConnInfo const& info) {
    return {"DATABASE_URL", info.uri().reveal()};
}

} // namespace

BOOST_AUTO_TEST_CASE(stock_pg_restore_and_db_restore_bring_back_all_of_a_database) {
    Everything const everything;
    auto const& site = everything.site();
    auto const live = site.database().conninfo();
    auto const id = site.backup(all_split);
    auto const contents = support::contents_of(live);
    auto const database = support::schema_of(live, true);

    Database const other;
    support::stock(
        "pg_restore",
        {"--exit-on-error", "-j2", "-d", other.name(), (site.backups() / id).string()},
        other.conninfo());
    BOOST_TEST(difference(support::contents_of(other.conninfo()), contents) == "");
    BOOST_TEST(difference(support::schema_of(other.conninfo()), support::schema_of(live)) == "");

    site.sql("truncate public.values_of_all_types; drop table public.dogs; select lo_unlink(4242)");
    auto const restored = site.restore(
        {"--backup-id",
         id,
         "--yes",
         "--environment",
         "test",
         "--from-environment",
         "none",
         "--accept-data-loss"});
    BOOST_TEST(restored.code == 0, restored.all());
    BOOST_TEST(difference(support::contents_of(live), contents) == "");
    BOOST_TEST(difference(support::schema_of(live, true), database) == "");
}

BOOST_AUTO_TEST_CASE(the_archive_is_what_pg_dump_alone_would_have_written) {
    Everything const everything;
    auto const& site = everything.site();
    auto const live = site.database().conninfo();
    auto const split = site.backup(all_split);
    auto const whole = site.backup({"--engine", "pg_dump", "--format", "dir"});
    auto const lines = script_of(site.backups() / split, live);
    BOOST_TEST(lines.size() > 17'000);
    BOOST_TEST(difference(lines, script_of(site.backups() / whole, live)) == "");
}

BOOST_AUTO_TEST_CASE(an_empty_database_and_one_of_small_tables_are_left_to_pg_dump) {
    Shop const shop;
    auto const made = shop.run({"--verify", "restore"});
    BOOST_TEST(made.at("data.engine") == "pg_dump");
    Database const empty;
    auto const nothing = shop.run(
        {"--engine", "split", "--split-larger-than", "0", "--verify", "restore"},
        {url(empty.conninfo())});
    BOOST_TEST(nothing.exit_code == 0, nothing.output);
    BOOST_TEST(nothing.at("data.level") == "restored");
}

BOOST_AUTO_TEST_CASE(a_large_table_is_cut_into_stretches_and_none_of_its_rows_is_lost) {
    Shop const shop;
    shop.database().run(
        "create table wide (id int primary key, t text);"
        "insert into wide select n, repeat(md5(n::text), 8) from generate_series(1, 150000) n;"
        "delete from wide where id % 10 = 3; update wide set t = 'updated' where id % 1000 = 0;"
        "create table toasted (id int, b text); alter table toasted alter b set storage external;"
        "insert into toasted select n, repeat(md5(n::text), 1000) from generate_series(1, 300) n");
    auto const made = shop.run({"--split-larger-than", "8MB", "--jobs", "3", "--format", "dir"});
    BOOST_TEST_REQUIRE(made.exit_code == 0, made.output);
    BOOST_TEST(made.at("data.engine") == "split");
    Database const other;
    support::stock(
        "pg_restore",
        {"-j2", "-d", other.name(), (shop.backups() / made.at("data.id")).string()},
        other.conninfo());
    BOOST_TEST(
        support::contents_of(other.conninfo()) == support::contents_of(shop.database().conninfo()));
    for (auto const& table : (*made.record)["data"]["tables"]) {
        BOOST_TEST((table["name"] != "wide" || table["rows"] == 135'000), table.dump());
    }
}

BOOST_AUTO_TEST_CASE(names_and_text_of_another_encoding_stay_as_they_are) {
    Shop const shop;
    for (std::string const encoding : {"LATIN1", "SQL_ASCII", "EUC_JP"}) {
        Encoded const source{encoding};
        std::string const word = encoding == "EUC_JP" ? "日本" : "h\u00e9t\u00e9";
        auto connection = pg::Connection::open(source.conninfo);
        connection.script(
            "create table \"" + word + "\" (\"" + word + "\" text); insert into \"" + word +
            "\" values ('" + word +
            "'); create table plain (a int generated always as identity); "
            "insert into plain default values");
        if (encoding == "SQL_ASCII") {
            // No encoding at all: bytes that are no UTF-8.
            connection.script(
                "set client_encoding = 'SQL_ASCII'; insert into \"" + word +
                "\" values (E'\\xe9\\xff')");
        }
        auto const made = shop.run(all_split, {url(source.conninfo)});
        BOOST_TEST_REQUIRE(made.exit_code == 0, made.output);
        BOOST_TEST(made.at("data.engine") == "split");
        Encoded const other{encoding};
        support::stock(
            "pg_restore",
            {"--exit-on-error", "-d", other.name, (shop.backups() / made.at("data.id")).string()},
            other.conninfo);
        auto const query = "select string_agg(encode(convert_to(\"" + word + "\", '" + encoding +
                           "'), 'hex'), ' ') from \"" + word + "\"";
        BOOST_TEST(
            pg::Connection::open(other.conninfo).exec(query).one_value<std::string>() ==
            connection.exec(query).one_value<std::string>());
    }
}

BOOST_AUTO_TEST_CASE(both_halves_are_of_one_snapshot_whatever_is_written_meanwhile) {
    Shop const shop;
    shop.database().run(
        "create table large (id int primary key, n bigint, filler text);"
        "insert into large select n, 0, repeat('x', 400) from generate_series(1, 50000) n;"
        "create table small (n bigint); insert into small values (0)");
    std::atomic<bool> done{false};
    std::thread writer{[&] {
        auto connection = shop.database().connect();
        for (int i = 1; !done; i = i % 50'000 + 1) {
            connection.script(
                "begin; update large set n = n + 1 where id = " + std::to_string(i) +
                "; update small set n = n + 1; insert into large values (" +
                std::to_string(100'000 + i) + ", 0, '') on conflict do nothing; commit");
        }
    }};
    for (int round = 0; round < 2; ++round) {
        auto const made =
            shop.run({"--split-larger-than", "8MB", "--format", "dir", "--verify", "restore"});
        BOOST_TEST(made.exit_code == 0, made.output + made.text());
        BOOST_TEST(made.at("data.engine") == "split");
        Database const other;
        support::stock(
            "pg_restore",
            {"-d", other.name(), (shop.backups() / made.at("data.id")).string()},
            other.conninfo());
        auto const row =
            other.connect()
                .exec("select (select sum(n)::bigint from large), (select n from small)")
                .one_row();
        BOOST_TEST(row.get<std::int64_t>(0) == row.get<std::int64_t>(1));
        BOOST_TEST(row.get<std::int64_t>(0) > 0);
    }
    done = true;
    writer.join();
}

BOOST_AUTO_TEST_CASE(an_archive_of_an_unknown_version_is_made_by_pg_dump_alone_and_says_so) {
    Shop const shop;
    auto const bin = shop.programs(
        "$REAL \"$@\" || exit; case \"$*\" in *exclude-table-data*) "
        "printf '\\143' | dd of=$OUT/toc.dat bs=1 seek=6 conv=notrunc status=none;; esac");
    auto const made = shop.run(all_split, {{"SLIPWAY_PG_BIN", bin.string()}});
    BOOST_TEST(made.exit_code == 0, made.output);
    BOOST_TEST(made.at("data.engine") == "pg_dump");
    BOOST_TEST(made.at("status") == "warned");
    BOOST_TEST((made.output.find("is of a version that is not known") != std::string::npos));
    auto const verified = shop.run({"verify", "latest", "--verify", "restore"});
    BOOST_TEST(verified.exit_code == 0, verified.output);
}

BOOST_AUTO_TEST_CASE(an_index_that_only_works_with_a_search_path_is_found_by_the_trial_restore) {
    Shop const shop;
    shop.database().run(
        "create function helper(text) returns text language sql immutable as 'select $1';"
        "create function indexed(text) returns text language sql immutable as 'select helper($1)';"
        "create table t (a text); insert into t values ('x'); create index on t (indexed(a))");
    auto arguments = all_split;
    arguments.insert(arguments.end(), {"--verify", "restore"});
    auto const made = shop.run(arguments);
    BOOST_TEST(made.exit_code == 1, made.output);
    BOOST_TEST(made.check("archive.restored") == "failed");
    BOOST_TEST(made.at("data.level") == "listed");
    BOOST_TEST((made.text().find("helper(text) does not exist") != std::string::npos), made.text());
}

BOOST_AUTO_TEST_SUITE_END()
