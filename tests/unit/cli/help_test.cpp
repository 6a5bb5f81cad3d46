// SPDX-License-Identifier: Apache-2.0
#include "cli/help.hpp"

#include "support/record_schema.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(cli_help)

using namespace slipway;

namespace {

struct Sample {
    std::int64_t keep = 7;
    std::string dry_run;
    std::vector<std::string> tags;
    std::vector<fs::Path> files;
    secret::Secret url;
    bool json = false;
    cli::Spec spec{"db-backup", "dump under one snapshot, verified"};

    Sample() {
        spec.verb("create", "make one", true);
        spec.verb("list", "show what is there");
        spec.positional(files, "FILE", "what to look at");
        spec.option(keep, "--keep N", "how many to keep").only_for({"create"}).standard("7");
        spec.option(tags, "--a-rather-long-name-of-an-option WORD", "a mark")
            .choices({"one", "two"});
        spec.option(
                url,
                "--database-url URL",
                "the database, as a URL or as keywords and values, with a help so long that it "
                "needs another row to stand in")
            .env("DATABASE_URL")
            .required();
        spec.dry_run(dry_run, {"plan", "trial"}, "change nothing");
        spec.shared_from_here();
        spec.option(json, "--json", "print the record");
        spec.example("db-backup --keep 3", "Keep three");
    }
};

constexpr std::string_view golden =
    R"(db-backup: dump under one snapshot, verified

Usage: db-backup [create | list] [OPTION…] [FILE…]

Verbs:
  create                      make one (default)
  list                        show what is there

Arguments:
  FILE                        what to look at (repeatable)

Options:
  --keep N                    how many to keep [create] (default: 7)
  --a-rather-long-name-of-an-option WORD
                              a mark {one, two} (repeatable)
  --database-url URL          the database, as a URL or as keywords and values, with a help so
                              long that it needs another row to stand in (required) (env:
                              DATABASE_URL)
  --dry-run[=KIND]            change nothing

Options of every tool:
  --json                      print the record
  --describe                  print the option table as JSON
  -h, --help                  print this
  --version                   print the version

Environment: each option also has a variable, such as SLIPWAY_DB_BACKUP_FILE; lists by newlines.
Order: command line, variable, --config file, default.

Examples:
  # Keep three
  db-backup --keep 3

Exit codes: 0 done, 1 failed, 2 usage, 3 unavailable, 4 refused, 5 timeout, 6 in doubt,
  7 undecided, 70 internal, 130 and 143 stopped by a signal (docs/exit-codes.md)
)";

} // namespace

BOOST_AUTO_TEST_CASE(the_help_of_a_sample_is_this_text) {
    Sample const sample;
    BOOST_TEST(cli::help(sample.spec) == golden);
}

BOOST_AUTO_TEST_CASE(no_row_of_the_help_is_wider_than_100_columns) {
    Sample const sample;
    std::string const text = cli::help(sample.spec);
    for (auto const row : text::lines(text)) {
        BOOST_TEST_CONTEXT(row) {
            BOOST_TEST(text::code_points(row) <= 100U);
            BOOST_TEST(!row.ends_with(' '));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_option_table_is_valid_by_its_schema_and_complete) {
    Sample const sample;
    auto const table = cli::describe(sample.spec, "0.1.0");
    BOOST_TEST(
        support::schema_violations("describe-1", table) == std::vector<std::string>{},
        boost::test_tools::per_element());
    BOOST_TEST(table.at("options").size() == sample.spec.options().size());
    auto const& keep = table.at("options").at(1);
    BOOST_TEST(
        json::write(keep) ==
        R"({"name":"--keep","value":"N","kind":"integer","element":"integer",)"
        R"("help":"how many to keep","default":"7","choices":[],"verbs":["create"],)"
        R"("required":false,"positional":false,"shared":false,)"
        R"("variable":"SLIPWAY_DB_BACKUP_KEEP","variables":[],"bare":null})");
    BOOST_TEST(table.at("options").at(4).at("bare") == "plan");
    BOOST_TEST(table.at("options").at(0).at("element") == "path");
    BOOST_TEST(table.at("verbs").at(0).at("default").get<bool>());
}

BOOST_AUTO_TEST_CASE(a_tool_without_verbs_and_options_has_a_table_too) {
    cli::Spec const spec{"preflight", "look first"};
    BOOST_TEST(support::schema_violations("describe-1", cli::describe(spec, "0.1.0")).empty());
    BOOST_TEST(
        cli::help(spec).starts_with("preflight: look first\n\nUsage: preflight [OPTION…]\n"));
}

BOOST_AUTO_TEST_SUITE_END()
