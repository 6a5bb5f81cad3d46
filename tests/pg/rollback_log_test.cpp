// SPDX-License-Identifier: Apache-2.0
#include "ledger/rollback_log.hpp"

#include "support/database.hpp"
#include "time/rfc3339.hpp"

#include <boost/test/unit_test.hpp>

using namespace slipway;

namespace ledger_rollback_log {

namespace {

ledger::Rollback sample(std::string id) {
    ledger::Rollback out;
    out.id = std::move(id);
    out.run_id = "77";
    out.started_at = *time::from_rfc3339("2026-01-31T10:00:00.123Z");
    out.finished_at = *time::from_rfc3339("2026-01-31T10:01:00Z");
    out.environment = "staging";
    out.scope = "full";
    out.reason = "it's \"bad\"";
    out.actor = "someone";
    out.outcome = "passed";
    out.steps = "[{\"id\": \"app\"}]";
    return out;
}

struct Pair {
    support::Database one;
    support::Database other;
    pg::Connection from = one.connect();
    pg::Connection to = other.connect();
};

std::string rows(pg::Connection& connection) {
    return connection
        .exec("select string_agg(id || ' ' || reason || ' ' || steps::text, ', ' order by id) "
              "from slipway.rollback_log")
        .one_value<std::string>();
}

} // namespace

} // namespace ledger_rollback_log

BOOST_FIXTURE_TEST_SUITE(ledger_rollback_log, ledger_rollback_log::Pair)

BOOST_AUTO_TEST_CASE(a_row_is_added_once) {
    ledger::note(from, sample("a"));
    ledger::note(from, sample("a"));
    BOOST_TEST(rows(from) == "a it's \"bad\" [{\"id\": \"app\"}]");
    BOOST_TEST(
        from.exec("select extract(epoch from finished_at - started_at)::text "
                  "from slipway.rollback_log")
            .one_value<std::string>() == "59.877000");
}

BOOST_AUTO_TEST_CASE(rows_are_carried_over_once_and_to_a_table_of_the_same_owner) {
    BOOST_TEST(ledger::carry_rollbacks_over(from, to) == 0);
    BOOST_TEST(to.exec("select to_regnamespace('slipway') is null").one_value<bool>());
    std::string const role = "role_of_" + one.name();
    from.exec("create role " + role);
    ledger::note(from, sample("a"));
    ledger::note(from, sample("b"));
    from.exec("alter schema slipway owner to " + role);
    from.exec("alter table slipway.rollback_log owner to " + role);
    BOOST_TEST(ledger::carry_rollbacks_over(from, to) == 2);
    BOOST_TEST(ledger::carry_rollbacks_over(from, to) == 0);
    BOOST_TEST(rows(to) == rows(from));
    BOOST_TEST(
        to.exec("select tableowner::text from pg_tables where tablename = 'rollback_log'")
            .one_value<std::string>() == role);
    BOOST_TEST(
        to.exec("select nspowner::regrole::text from pg_namespace where nspname = 'slipway'")
            .one_value<std::string>() == role);
    for (auto* connection : {&from, &to}) {
        connection->exec("drop owned by " + role + " cascade");
    }
    from.exec("drop role " + role);
}

BOOST_AUTO_TEST_SUITE_END()
