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
    for (auto const& entry :
         migration::ledger_of(series.layout, connection.target())->read(connection).entries) {
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

void Series::write_to(MigrationSite& site) const {
    std::string journal;
    for (auto const& migration : migrations) {
        std::string sql = layout == "dbmate" ? "-- migrate:up\n" : "";
        for (auto const& part : migration.parts) {
            sql += part.statement + ";\n";
        }
        journal += (journal.empty() ? "" : ",") + std::string{R"({"when":)"} +
                   migration.name.substr(0, 2) + R"(,"tag":")" + migration.name + "\"}";
        if (layout == "prisma") {
            site.add_prisma(migration.name, sql);
        } else if (layout == "flyway") {
            site.add("V" + text::replace_all(migration.name, "_", "__") + ".sql", sql);
        } else {
            site.add(migration.name + ".sql", sql);
        }
    }
    if (layout == "drizzle") {
        // JSON has no numbers that begin with a zero.
        site.add(
            "meta/_journal.json",
            R"({"dialect":"postgresql","entries":[)" +
                text::replace_all(journal, R"("when":0)", R"("when":)") + "]}");
    }
}

std::string Series::version_of(Migration const& migration) const {
    if (layout == "prisma" || layout == "plain") {
        return migration.name;
    }
    std::string const number = migration.name.substr(0, 2);
    return layout != "dbmate" && number[0] == '0' ? number.substr(1) : number;
}

void require_agreement(MigrationSite const& site, Series const& series, std::string const& when) {
    auto const seen = look(site, series);
    for (auto const& migration : series.migrations) {
        auto const row = seen.rows.find(series.version_of(migration));
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
        auto const row = seen.rows.find(series.version_of(series.migrations.at(at++)));
        bool const finished = row != seen.rows.end() && row->second.finished;
        BOOST_TEST(
            (told.at("status") == "applied") == finished,
            when + ": the record says " + told.dump() + "\n" + run.all());
    }
}

Undisturbed run_undisturbed(Series const& series) {
    MigrationSite site;
    series.write_to(site);
    auto const run = site.run();
    BOOST_REQUIRE_MESSAGE(run.code == 0, run.all());
    require_agreement(site, series, "undisturbed");
    return {schema(site), run.duration};
}

void require_completion(
    MigrationSite const& site,
    Series const& series,
    Undisturbed const& whole,
    std::string const& when) {
    auto const run = site.run();
    BOOST_TEST(run.code == 0, when + ": " + run.all());
    auto connection = site.db.connect();
    BOOST_TEST(catalog::invalid_indexes(connection).empty(), when);
    for (auto const& change : catalog::difference(whole.schema, schema(site))) {
        BOOST_ERROR(when + ": differs from an undisturbed run: " + change.object);
    }
    BOOST_TEST(look(site, series).rows.size() == series.migrations.size(), when);
    require_agreement(site, series, when + ", completed");
    BOOST_TEST(site.run().at("/summary") == "nothing is pending", when);
}

} // namespace slipway::faults
