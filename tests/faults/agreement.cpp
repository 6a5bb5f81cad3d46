// SPDX-License-Identifier: Apache-2.0
#include "agreement.hpp"

#include "catalog/tables.hpp"
#include "migration/state.hpp"
#include "pg/transaction.hpp"
#include "text/join.hpp"

#include <map>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace slipway::faults {

namespace {

using support::MigrationSite;

// What the database holds at one instant.
struct Seen {
    std::map<std::string, bool> objects;          // false: an INVALID index
    std::map<std::string, migration::Entry> rows; // not those that were marked as rolled back
};

Seen look(MigrationSite const& site, Series const& series) {
    Seen seen;
    auto connection = site.db.connect();
    pg::Transaction const one_snapshot{connection, "begin isolation level repeatable read"};
    for (auto const row : connection.exec(
             "select c.relname, coalesce(i.indisvalid, true) from pg_class c left join pg_index i"
             " on i.indexrelid = c.oid where c.relnamespace = 'public'::regnamespace")) {
        seen.objects[row.get<std::string>(0)] = row.get<bool>(1);
    }
    // With the folder, for golang-migrate's one row says nothing of the others.
    auto const ledger =
        migration::ledger_of(migration::read_folder(site.dir, series.layout), connection.target());
    for (auto const& entry : ledger->read(connection).entries) {
        if (!entry.rolled_back) {
            BOOST_TEST(seen.rows.count(entry.id) == 0U, "two rows for " + entry.id);
            seen.rows[entry.id] = entry;
        }
    }
    return seen;
}

catalog::SchemaSnapshot schema(MigrationSite const& site) {
    auto connection = site.db.connect();
    return catalog::snapshot(connection);
}

} // namespace

namespace {

// What stands around the statements of a file.
std::string file_of(std::string const& layout, std::string const& sql) {
    if (layout == "dbmate") {
        return "-- migrate:up\n" + sql;
    }
    if (layout == "goose") {
        return "-- +goose Up\n" + sql;
    }
    return layout == "node-pg-migrate" ? "-- Up Migration\n" + sql : sql;
}

std::string path_of(std::string const& layout, std::string const& name) {
    if (layout == "prisma") {
        return name + "/migration.sql";
    }
    if (layout == "drizzle-1") {
        return "202601010000" + name + "/migration.sql";
    }
    if (layout == "sqitch") {
        return "deploy/" + name + ".sql";
    }
    if (layout == "flyway") {
        return "V" + text::replace_all(name, "_", "__") + ".sql";
    }
    return name + (layout == "golang-migrate" ? ".up.sql" : ".sql");
}

} // namespace

void Series::write_to(MigrationSite& site) const {
    std::string journal;
    std::string plan = "%project=faults\n";
    for (auto const& migration : migrations) {
        std::string sql;
        for (auto const& part : migration.parts) {
            sql += part.statement + ";\n";
        }
        journal += (journal.empty() ? "" : ",") + std::string{R"({"when":)"} +
                   migration.name.substr(0, 2) + R"(,"tag":")" + migration.name + "\"}";
        plan += migration.name + " 2026-01-01T00:00:00Z Bob <bob@example.com>\n";
        site.add(path_of(layout, migration.name), file_of(layout, sql));
    }
    if (layout == "drizzle") {
        // JSON has no numbers that begin with a zero.
        site.add(
            "meta/_journal.json",
            R"({"dialect":"postgresql","entries":[)" +
                text::replace_all(journal, R"("when":0)", R"("when":)") + "]}");
    } else if (layout == "sqitch") {
        site.add("sqitch.plan", plan);
    }
}

std::string Series::version_of(MigrationSite const& site, Migration const& migration) const {
    auto const name = layout == "drizzle-1" ? "202601010000" + migration.name : migration.name;
    for (auto const& file : migration::read_folder(site.dir, layout).files) {
        bool const flyway = layout == "flyway" && file.id.starts_with("V" + name.substr(0, 2));
        if (file.id == name || flyway) {
            return file.version;
        }
    }
    return {};
}

void require_agreement(MigrationSite const& site, Series const& series, std::string const& when) {
    auto const seen = look(site, series);
    for (auto const& migration : series.migrations) {
        auto const row = seen.rows.find(series.version_of(site, migration));
        bool const begun = row != seen.rows.end();
        bool const finished = begun && row->second.finished;
        auto const total = static_cast<int>(migration.parts.size());
        int done = finished ? total : 0;
        if (begun && !finished) {
            BOOST_TEST(!migration.transactional, when + ": an unfinished row of " + migration.name);
            done = migration::steps_in(row->second.log);
            BOOST_TEST(done >= 0, when + ": no progress in the row of " + migration.name);
        }
        int step = 0;
        for (auto const& part : migration.parts) {
            auto const object = seen.objects.find(part.makes);
            bool const there = object != seen.objects.end();
            bool const in_flight = begun && !finished && step == done;
            if (step < done) {
                BOOST_TEST(
                    (there && object->second), when + ": lacks or is invalid: " + part.makes);
            } else if (!in_flight) {
                BOOST_TEST(!there, when + ": is there without its row: " + part.makes);
            }
            ++step;
        }
    }
}

void require_true_record(
    MigrationSite const& site,
    Series const& series,
    support::ToolRun const& run,
    std::string const& when) {
    if (!run.record || !(*run.record)->at("data").contains("migrations")) {
        return;
    }
    auto const seen = look(site, series);
    std::size_t at = 0;
    for (auto const& told : (*run.record)->at("data").at("migrations")) {
        auto const row = seen.rows.find(series.version_of(site, series.migrations.at(at++)));
        bool const finished = row != seen.rows.end() && row->second.finished;
        BOOST_TEST(
            (told.at("status") == "applied") == finished,
            when + ": the record says " + told.dump() + "\n" + run.all());
    }
}

Undisturbed run_undisturbed(Series const& series) {
    MigrationSite site;
    series.write_to(site);
    auto const run = site.run(series.options());
    BOOST_REQUIRE_MESSAGE(run.code == 0, run.all());
    require_agreement(site, series, "undisturbed");
    return {schema(site), run.duration};
}

void require_completion(
    MigrationSite const& site,
    Series const& series,
    Undisturbed const& whole,
    std::string const& when) {
    auto const run = site.run(series.options());
    BOOST_TEST(run.code == 0, when + ": " + run.all());
    auto connection = site.db.connect();
    BOOST_TEST(catalog::invalid_indexes(connection).empty(), when);
    for (auto const& change : catalog::difference(whole.schema, schema(site))) {
        BOOST_ERROR(when + ": differs from an undisturbed run: " + change.object);
    }
    BOOST_TEST(look(site, series).rows.size() == series.migrations.size(), when);
    require_agreement(site, series, when + ", completed");
    BOOST_TEST(site.run(series.options()).at("/summary") == "nothing is pending", when);
}

} // namespace slipway::faults
