// SPDX-License-Identifier: Apache-2.0
#include "cli/value.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(cli_value)

using namespace slipway;

BOOST_AUTO_TEST_CASE(flags_are_read_in_the_words_of_ci_systems) {
    for (std::string_view const text : {"true", "1", "yes", "on", "TRUE", "Yes"}) {
        bool target = false;
        BOOST_TEST(cli::read_value(text, target) == "");
        BOOST_TEST(target);
    }
    for (std::string_view const text : {"false", "0", "no", "off", "False"}) {
        bool target = true;
        BOOST_TEST(cli::read_value(text, target) == "");
        BOOST_TEST(!target);
    }
    for (std::string_view const text : {"", "2", "y", "truee", " true"}) {
        bool target = true;
        BOOST_TEST(cli::read_value(text, target) != "");
    }
}

BOOST_AUTO_TEST_CASE(whole_numbers_are_read_whole_or_not_at_all) {
    std::int64_t target = 0;
    BOOST_TEST(cli::read_value("-9223372036854775808", target) == "");
    BOOST_TEST(target == std::numeric_limits<std::int64_t>::min());
    for (std::string_view const text :
         {"", "-", "1.5", "1 ", " 1", "0x10", "ten", "1e3", "9223372036854775808"}) {
        BOOST_TEST(cli::read_value(text, target) != "");
    }
}

BOOST_AUTO_TEST_CASE(numbers_may_be_shares) {
    struct Row {
        std::string_view text;
        double value;
    };
    for (auto const& row :
         {Row{"0.95", 0.95}, Row{"95%", 0.95}, Row{"-2", -2.0}, Row{"1e3", 1000.0}}) {
        double target = 0;
        BOOST_TEST(cli::read_value(row.text, target) == "");
        BOOST_TEST(target == row.value, boost::test_tools::tolerance(1e-12));
    }
    for (std::string_view const text : {"", "%", "nan", "inf", "1e999", "95 %", "1,5"}) {
        double target = 0;
        BOOST_TEST(cli::read_value(text, target) != "");
    }
}

BOOST_AUTO_TEST_CASE(sizes_are_decimal_or_binary_as_they_are_written) {
    struct Row {
        std::string_view text;
        std::uint64_t count;
    };
    for (auto const& row :
         {Row{"0", 0},
          Row{"128", 128},
          Row{"128b", 128},
          Row{"128MB", 128'000'000},
          Row{"128 MB", 128'000'000},
          Row{"1.5kB", 1500},
          Row{"1.5 GiB", 1'610'612'736},
          Row{"2k", 2048},
          Row{"1M", 1'048'576},
          Row{"1G", 1'073'741'824},
          Row{"1t", 1'099'511'627'776},
          Row{"2TiB", 2'199'023'255'552}}) {
        BOOST_TEST_CONTEXT(row.text) {
            cli::Bytes target;
            BOOST_TEST(cli::read_value(row.text, target) == "");
            BOOST_TEST(target.count == row.count);
        }
    }
    for (std::string_view const text :
         {"", "MB", "-1", "1.5.2MB", "1 XB", "99999999TB", "1MBB", "."}) {
        BOOST_TEST_CONTEXT(text) {
            cli::Bytes target;
            BOOST_TEST(cli::read_value(text, target) != "");
        }
    }
}

BOOST_AUTO_TEST_CASE(durations_texts_paths_and_lists_take_their_forms) {
    time::Milliseconds wait{0};
    BOOST_TEST(cli::read_value("1m30s", wait) == "");
    BOOST_TEST(wait.count() == 90'000);
    BOOST_TEST(cli::read_value("soon", wait) != "");
    std::optional<time::Milliseconds> maybe;
    BOOST_TEST(cli::read_value("5s", maybe) == "");
    BOOST_TEST(maybe->count() == 5000);
    std::vector<std::int64_t> numbers;
    BOOST_TEST(cli::read_value("1", numbers) == "");
    BOOST_TEST(cli::read_value("2", numbers) == "");
    BOOST_TEST(numbers == (std::vector<std::int64_t>{1, 2}), boost::test_tools::per_element());
    fs::Path path;
    BOOST_TEST(cli::read_value("a b", path) == "");
    BOOST_TEST(path == "a b");
    secret::Secret secret;
    BOOST_TEST(cli::read_value("hunter22", secret) == "");
    BOOST_TEST(secret.reveal() == "hunter22");
}

BOOST_AUTO_TEST_SUITE_END()
