// SPDX-License-Identifier: Apache-2.0
#include "error/error.hpp"
#include "record/read.hpp"
#include "support/sample_record.hpp"

#include <functional>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(record_evidence)

using namespace slipway;
using namespace std::chrono_literals;
using record::Status;
using support::found_at;
using support::sample_record;

namespace {

record::Demand strict_demand() {
    record::Demand demand;
    demand.tool = "sample-tool";
    demand.command = "create";
    demand.environment = "staging";
    demand.commit = "c0ffee";
    demand.run_id = "r1";
    demand.target = record::Target{"7123456789012345678", "shop", 16384};
    demand.younger_than = 1h;
    return demand;
}

time::Instant const soon = *sample_record().finished_at + 10min;

std::string objection_to(
    std::function<void(record::Record&)> const& change,
    std::function<void(record::Demand&)> const& demand_change = {}) {
    auto record = sample_record();
    change(record);
    auto demand = strict_demand();
    if (demand_change) {
        demand_change(demand);
    }
    return record::objection(found_at(record, "a.json"), demand, soon);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_fresh_record_of_the_same_run_is_evidence) {
    BOOST_TEST(objection_to([](record::Record&) {}) == "");
    BOOST_TEST(objection_to([](record::Record& record) { record.status = Status::warned; }) == "");
}

BOOST_AUTO_TEST_CASE(each_difference_is_an_objection_of_its_own) {
    struct Row {
        std::string_view cause;
        std::function<void(record::Record&)> change;
    };
    for (auto const& row :
         {Row{"status running",
              [](auto& record) {
                  record.status = Status::running;
              }},
          Row{"status is failed",
              [](auto& record) {
                  record.status = Status::failed;
              }},
          Row{"status is skipped",
              [](auto& record) {
                  record.status = Status::skipped;
              }},
          Row{"status is undecided",
              [](auto& record) {
                  record.status = Status::undecided;
              }},
          Row{"status is aborted",
              [](auto& record) {
                  record.status = Status::aborted;
              }},
          Row{"it is of list, not of create",
              [](auto& record) {
                  record.command = "list";
              }},
          Row{"dry-run",
              [](auto& record) {
                  record.dry_run = true;
              }},
          Row{"environment production, not staging",
              [](auto& record) {
                  record.run.environment = "production";
              }},
          Row{"environment (none), not staging",
              [](auto& record) {
                  record.run.environment = "";
              }},
          Row{"database crm, not of this shop",
              [](auto& record) {
                  record.target->database = "crm";
              }},
          Row{"database shop, not of this shop",
              [](auto& record) {
                  record.target->system_identifier = "1";
              }},
          Row{"database (none)",
              [](auto& record) {
                  record.target.reset();
              }},
          Row{"commit bad, not c0ffee",
              [](auto& record) {
                  record.run.commit = "bad";
              }},
          Row{"run r2, not r1",
              [](auto& record) {
                  record.run.id = "r2";
              }},
          Row{"more than 1 h 0 min",
              [](auto& record) {
                  *record.finished_at -= 2h;
              }},
          Row{"more than 1 h 0 min", [](auto& record) {
                  record.finished_at.reset();
                  record.started_at -= 2h;
              }}}) {
        BOOST_TEST_CONTEXT(row.cause) {
            BOOST_TEST(objection_to(row.change).find(row.cause) != std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_demanded_is_not_compared) {
    auto const anything = [](record::Demand& demand) {
        demand = record::Demand{};
        demand.tool = "sample-tool";
        demand.allow_dry_run = true;
    };
    BOOST_TEST(
        objection_to(
            [](record::Record& record) {
                record.command = "x";
                record.run = {};
                record.target.reset();
                record.dry_run = true;
                *record.finished_at -= 10000h;
            },
            anything) == "");
}

BOOST_AUTO_TEST_CASE(a_warned_record_may_be_refused) {
    BOOST_TEST(
        objection_to(
            [](record::Record& record) { record.status = Status::warned; },
            [](record::Demand& demand) { demand.allow_warned = false; }) == "its status is warned");
}

BOOST_AUTO_TEST_CASE(where_the_identifier_may_not_be_read_the_name_must_do) {
    BOOST_TEST(
        objection_to([](record::Record& record) { record.target->system_identifier = ""; }) == "");
    BOOST_TEST(
        objection_to(
            [](record::Record&) {},
            [](record::Demand& demand) { demand.target->system_identifier = ""; }) == "");
}

BOOST_AUTO_TEST_CASE(the_newest_that_meets_the_demand_is_taken) {
    auto failed = sample_record();
    failed.status = Status::failed;
    std::vector<record::Found> const all{
        found_at(sample_record(), "old.json"),
        found_at(sample_record(), "good.json"),
        found_at(failed, "failed.json")};
    BOOST_TEST(record::require_evidence(all, strict_demand(), soon).path == "good.json");
}

BOOST_AUTO_TEST_CASE(without_a_record_the_usage_is_wrong_and_with_a_bad_one_it_is_refused) {
    auto other = sample_record();
    other.tool = "preflight";
    std::vector<record::Found> const none{found_at(other, "preflight.json")};
    BOOST_CHECK_EXCEPTION(
        record::require_evidence(none, strict_demand(), soon), Error, [](Error const& error) {
            return error.kind() == ErrorKind::usage &&
                   error.message() == "no record of sample-tool among the inputs";
        });
    auto failed = sample_record();
    failed.status = Status::failed;
    auto dry = sample_record();
    dry.dry_run = true;
    std::vector<record::Found> const bad{found_at(failed, "a.json"), found_at(dry, "b.json")};
    BOOST_CHECK_EXCEPTION(
        record::require_evidence(bad, strict_demand(), soon), Error, [](Error const& error) {
            return error.kind() == ErrorKind::refused &&
                   error.message().find("a.json: its status is failed") != std::string::npos &&
                   error.message().find("b.json: it is of a dry-run") != std::string::npos;
        });
}

BOOST_AUTO_TEST_SUITE_END()
