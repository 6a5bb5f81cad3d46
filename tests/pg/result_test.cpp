// SPDX-License-Identifier: Apache-2.0
#include "pg/result.hpp"

#include "support/database.hpp"
#include "support/errors.hpp"

#include <vector>

#include <boost/test/unit_test.hpp>

using namespace slipway;
using support::error_of;

namespace pg_results {

namespace {

struct Session {
    support::Database database;
    pg::Connection db = database.connect();

    template <class Act>
    std::string internal(Act&& act) {
        auto const error = error_of(act);
        BOOST_TEST((error.kind() == ErrorKind::internal), error.message());
        return error.message() + " " + error.hint();
    }
};

} // namespace

} // namespace pg_results

BOOST_FIXTURE_TEST_SUITE(pg_results, pg_results::Session)

BOOST_AUTO_TEST_CASE(rows_are_read_by_number_by_name_and_in_a_loop) {
    auto const result = db.exec("select i, 'v' || i as \"Value\" from generate_series(1, 3) i");
    BOOST_TEST(result.rows() == 3);
    BOOST_TEST(result.columns() == 2);
    BOOST_TEST(result.column_name(1) == "Value");
    BOOST_TEST(result.index_of("Value") == 1);
    BOOST_TEST(result[2].get<std::int32_t>("i") == 3);
    std::vector<std::string> values;
    for (auto const row : db.exec("select 'v' || i from generate_series(1, 3) i")) {
        values.push_back(row.get<std::string>(0));
    }
    BOOST_TEST(values == (std::vector<std::string>{"v1", "v2", "v3"}));
}

BOOST_AUTO_TEST_CASE(a_row_outlives_the_result_that_it_came_from) {
    auto const row = db.exec("select 'kept'").one_row();
    BOOST_TEST(row.text(0) == "kept");
}

BOOST_AUTO_TEST_CASE(cells_convert_and_null_is_only_for_optional) {
    auto const row =
        db.exec("select 9000000000, -5, 'NaN'::float8, 1e300::float8, false, null::int").one_row();
    BOOST_TEST(row.get<std::int64_t>(0) == 9'000'000'000);
    BOOST_TEST(row.get<std::int32_t>(1) == -5);
    BOOST_TEST(row.get<double>(2) != row.get<double>(2));
    BOOST_TEST(row.get<double>(3) == 1e300);
    BOOST_TEST(!row.get<bool>(4));
    BOOST_TEST(!row.get<std::optional<std::int32_t>>(5).has_value());
    BOOST_TEST(row.get<std::optional<std::int32_t>>(1).value() == -5);
    internal([&] { static_cast<void>(row.get<std::int32_t>(0)); });
    internal([&] { static_cast<void>(row.get<std::int32_t>(5)); });
    internal([&] { static_cast<void>(row.get<bool>(1)); });
    internal([&] { static_cast<void>(row.get<std::string>(6)); });
    internal([&] { static_cast<void>(row.get<std::string>("nothing")); });
}

BOOST_AUTO_TEST_CASE(a_wrong_shape_is_an_internal_error_that_names_the_query) {
    auto const two = db.exec("select * from generate_series(1, 2) as two_rows");
    std::string const told = internal([&] { static_cast<void>(two.one_row()); });
    BOOST_TEST(told.find("two_rows") != std::string::npos);
    BOOST_TEST(told.find("2 rows") != std::string::npos);
    internal([&] { static_cast<void>(two.one_value<std::int32_t>()); });
    internal([&] { static_cast<void>(two.optional_value<std::int32_t>()); });
    internal([&] { two.no_rows(); });
    internal([&] { static_cast<void>(two[2]); });
    internal([&] { static_cast<void>(db.exec("select 1, 2").one_value<std::int32_t>()); });
}

BOOST_AUTO_TEST_CASE(an_optional_value_is_nothing_for_no_row_and_for_null) {
    BOOST_TEST(!db.exec("select 1 where false").optional_value<std::int32_t>().has_value());
    BOOST_TEST(!db.exec("select null::int").optional_value<std::int32_t>().has_value());
    BOOST_TEST(db.exec("select 5").optional_value<std::int32_t>().value() == 5);
    db.exec("select 1 where false").no_rows();
}

BOOST_AUTO_TEST_CASE(a_command_tells_what_it_did) {
    db.exec("create table t (a int)");
    auto const inserted = db.exec("insert into t select generate_series(1, 4)");
    BOOST_TEST(inserted.affected() == 4);
    BOOST_TEST(inserted.command_tag() == "INSERT 0 4");
    BOOST_TEST(db.exec("update t set a = $1 where a > 2", {9}).affected() == 2);
    BOOST_TEST(db.exec("create table u ()").affected() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
