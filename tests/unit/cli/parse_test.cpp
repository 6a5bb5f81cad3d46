// SPDX-License-Identifier: Apache-2.0
#include "cli/parse.hpp"

#include "error/error.hpp"
#include "fs/temp_folder.hpp"
#include "support/forked.hpp"
#include "text/join.hpp"

#include <map>

#include <unistd.h>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(cli_parse)

using namespace slipway;
using Words = std::vector<std::string>;
using Variables = std::map<std::string, std::string>;

namespace {

// A tool of every kind of option, and the values that it was given.
struct Sample {
    std::int64_t keep = 7;
    std::string title = "none";
    std::string dry_run;
    std::string mode = "fast";
    std::string config;
    Words tags{"standard"};
    Words command;
    secret::Secret url;
    std::string file;
    bool json = false;
    cli::Spec spec{"db-backup", "back up"};
    Variables variables;
    std::map<std::string, Words> configured;
    bool in_ci = false;

    explicit Sample(bool with_command = false) {
        spec.verb("create", "make one", true);
        spec.verb("list", "show them");
        spec.option(keep, "--keep N", "how many to keep").only_for({"create"}).env("KEEP");
        spec.option(title, "--title TEXT", "what it is called");
        spec.option(mode, "--mode MODE", "how").choices({"fast", "slow"});
        spec.option(tags, "--tag TAG", "a mark");
        spec.option(url, "--database-url URL", "the database").env("DATABASE_URL").env("PG_URL");
        spec.option(json, "--json", "print JSON");
        spec.option(config, "--config FILE", "values").env("SLIPWAY_CONFIG");
        spec.dry_run(dry_run, {"plan", "trial"}, "change nothing");
        spec.positional(file, "FILE", "which file");
        if (with_command) {
            spec.command_line(command, "what to run");
        }
    }

    cli::Parsed parse(Words const& arguments) {
        cli::Sources sources;
        sources.variable = [this](std::string const& name) {
            auto const found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional{found->second};
        };
        sources.configuration = [this](fs::Path const& path, cli::Option const& option) {
            auto const found = configured.find(path.string() + ":" + option.name);
            return found == configured.end() ? std::nullopt : std::optional{found->second};
        };
        sources.refuse_literal_secrets = in_ci;
        return cli::parse(spec, arguments, sources);
    }

    std::string fault(Words const& arguments) {
        try {
            static_cast<void>(parse(arguments));
        } catch (Error const& error) {
            BOOST_TEST((error.kind() == ErrorKind::usage));
            return error.message() + " | " + error.hint();
        }
        return "no fault";
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(values_follow_their_option_or_an_equals_sign) {
    Sample sample;
    sample.parse({"--keep", "3", "--title=a=b", "--json", "file.tar"});
    BOOST_TEST(sample.keep == 3);
    BOOST_TEST(sample.title == "a=b");
    BOOST_TEST(sample.json);
    BOOST_TEST(sample.file == "file.tar");
    BOOST_TEST(sample.mode == "fast");
}

BOOST_AUTO_TEST_CASE(values_are_taken_as_they_are_whatever_they_look_like) {
    for (std::string const value :
         {"-x", "--y", "-5", "-", "[a,b]", "a,b", "", "{}", "\"q\"", "#"}) {
        BOOST_TEST_CONTEXT(value) {
            Sample apart;
            apart.parse({"--title", value});
            BOOST_TEST(apart.title == value);
            Sample joined;
            joined.parse({"--title=" + value});
            BOOST_TEST(joined.title == value);
        }
    }
    Sample list;
    list.parse({"--tag", "[a,b]", "--tag=c,d"});
    BOOST_TEST(list.tags == (Words{"[a,b]", "c,d"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_negative_number_is_a_value) {
    Sample sample;
    sample.parse({"--keep", "-5"});
    BOOST_TEST(sample.keep == -5);
}

BOOST_AUTO_TEST_CASE(flags_take_no_word_and_may_be_switched_off) {
    struct Row {
        Words arguments;
        bool json;
    };
    for (auto const& row :
         {Row{{"--json"}, true},
          Row{{"--json=true"}, true},
          Row{{"--json=false"}, false},
          Row{{"--json=0"}, false},
          Row{{"--json", "--json=no"}, false},
          Row{{"--json=no", "--json"}, true},
          Row{{}, false}}) {
        Sample sample;
        sample.parse(row.arguments);
        BOOST_TEST(sample.json == row.json);
    }
    Sample word;
    word.parse({"--json", "false"}); // the word is the file, not the flag's value
    BOOST_TEST(word.json);
    BOOST_TEST(word.file == "false");
    BOOST_TEST(
        Sample{}.fault({"--json=maybe"}).find("maybe is neither true nor false") !=
        std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_bare_option_has_a_value_of_its_own) {
    struct Row {
        Words arguments;
        std::string kind;
    };
    for (auto const& row :
         {Row{{}, ""},
          Row{{"--dry-run"}, "plan"},
          Row{{"--dry-run=trial"}, "trial"},
          Row{{"--dry-run=true"}, "plan"},
          Row{{"--dry-run=false"}, ""}}) {
        Sample sample;
        sample.parse(row.arguments);
        BOOST_TEST(sample.dry_run == row.kind);
        BOOST_TEST(sample.spec.is_dry_run() == !row.kind.empty());
    }
    BOOST_TEST(
        Sample{}.fault({"--dry-run=perhaps"}).find("perhaps is no kind of dry-run") !=
        std::string::npos);
    Sample by_variable;
    by_variable.variables["SLIPWAY_DB_BACKUP_DRY_RUN"] = "true";
    by_variable.parse({});
    BOOST_TEST(by_variable.dry_run == "plan");
}

BOOST_AUTO_TEST_CASE(lists_grow_by_repetition_and_by_lines_of_the_variable) {
    Sample repeated;
    repeated.parse({"--tag", "a", "--json", "--tag=b", "--tag", "c"});
    BOOST_TEST(repeated.tags == (Words{"a", "b", "c"}), boost::test_tools::per_element());
    Sample lines;
    lines.variables["SLIPWAY_DB_BACKUP_TAG"] = "a\n  b c \r\n\n,d\n";
    lines.parse({});
    BOOST_TEST(lines.tags == (Words{"a", "b c", ",d"}), boost::test_tools::per_element());
    Sample neither;
    neither.parse({});
    BOOST_TEST(neither.tags == (Words{"standard"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_nearest_source_counts) {
    // From the farthest to the nearest; each test takes the sources up to its row.
    Sample sample;
    auto const keep = [&](Words const& arguments) {
        sample.keep = 7;
        sample.parse(arguments);
        return sample.keep;
    };
    BOOST_TEST(keep({}) == 7);
    sample.configured["c.json:--keep"] = {"6"};
    BOOST_TEST(keep({}) == 7); // no --config
    sample.variables["SLIPWAY_CONFIG"] = "c.json";
    BOOST_TEST(keep({}) == 6);
    sample.variables["KEEP"] = "5";
    BOOST_TEST(keep({}) == 5);
    sample.variables["SLIPWAY_DB_BACKUP_KEEP"] = "4";
    BOOST_TEST(keep({}) == 4);
    BOOST_TEST(keep({"--keep", "3"}) == 3);
}

BOOST_AUTO_TEST_CASE(the_configuration_is_named_by_option_or_variable) {
    for (int way = 0; way < 3; ++way) {
        Sample sample;
        sample.configured["c.json:--keep"] = {"6"};
        sample.configured["wrong.json:--keep"] = {"1"};
        sample.variables["SLIPWAY_CONFIG"] = way == 0 ? "c.json" : "wrong.json";
        if (way == 1) {
            sample.variables["SLIPWAY_DB_BACKUP_CONFIG"] = "c.json";
        }
        sample.parse(way == 2 ? Words{"--config", "c.json"} : Words{});
        BOOST_TEST(sample.keep == 6);
    }
}

BOOST_AUTO_TEST_CASE(an_unknown_option_is_named_with_the_nearest_known_one) {
    BOOST_TEST(
        Sample{}.fault({"--kep", "3"}) ==
        "unknown option --kep | Did you mean --keep? See db-backup --help.");
    BOOST_TEST(Sample{}.fault({"--kep=3"}).find("unknown option --kep |") != std::string::npos);
    BOOST_TEST(Sample{}.fault({"--jsno"}).find("Did you mean --json?") != std::string::npos);
    BOOST_TEST(Sample{}.fault({"-x"}).find("unknown option -x") != std::string::npos);
    BOOST_TEST(Sample{}.fault({"--halp"}).find("Did you mean --help?") != std::string::npos);
    BOOST_TEST(
        Sample{}.fault({"--frobnicate"}) == "unknown option --frobnicate | See db-backup --help.");
}

BOOST_AUTO_TEST_CASE(a_verb_is_named_by_word_or_variable_or_is_the_default) {
    Sample sample;
    BOOST_TEST(sample.parse({}).verb == "create");
    BOOST_TEST(sample.parse({"list"}).verb == "list");
    BOOST_TEST(sample.parse({"--title", "x", "list"}).verb == "list");
    sample.variables["SLIPWAY_DB_BACKUP_COMMAND"] = "list";
    BOOST_TEST(sample.parse({}).verb == "list");
    BOOST_TEST(sample.parse({"create"}).verb == "create");
    BOOST_TEST(sample.parse({"some.file"}).verb == "list");
    BOOST_TEST(sample.file == "some.file");
    sample.variables["SLIPWAY_DB_BACKUP_COMMAND"] = "lst";
    BOOST_TEST(
        sample.fault({}) == "SLIPWAY_DB_BACKUP_COMMAND names the unknown verb lst | "
                            "Verbs are create, list.");
}

BOOST_AUTO_TEST_CASE(a_tool_without_a_default_verb_demands_one) {
    cli::Spec spec{"migrate-apply", "apply"};
    spec.verb("up", "apply");
    spec.verb("down", "undo");
    cli::Sources sources;
    sources.variable = [](std::string const&) -> std::optional<std::string> {
        return {};
    };
    auto const message = [&](Words const& arguments) -> std::string {
        try {
            return cli::parse(spec, arguments, sources).verb;
        } catch (Error const& error) {
            return error.message();
        }
    };
    BOOST_TEST(message({"down"}) == "down");
    BOOST_TEST(message({}) == "a verb is missing");
    BOOST_TEST(message({"dwon"}) == "unknown verb dwon");
}

BOOST_AUTO_TEST_CASE(an_option_of_another_verb_is_refused_but_its_variable_is_not) {
    BOOST_TEST(
        Sample{}.fault({"list", "--keep", "3"}) ==
        "--keep does not belong to db-backup list | It belongs to create. See db-backup --help.");
    Sample sample;
    sample.variables["SLIPWAY_DB_BACKUP_KEEP"] = "nonsense";
    sample.parse({"list"});
    BOOST_TEST(sample.keep == 7);
}

BOOST_AUTO_TEST_CASE(a_required_option_names_every_way_to_give_it) {
    Sample sample;
    std::string target;
    sample.spec.option(target, "--target NAME", "where to").required().env("TARGET");
    std::string const cause = sample.fault({});
    for (std::string_view const way : {"--target", "SLIPWAY_DB_BACKUP_TARGET", "TARGET"}) {
        BOOST_TEST(cause.find(way) != std::string::npos);
    }
    BOOST_TEST(cause.find("where to") != std::string::npos);
    sample.variables["TARGET"] = "there";
    sample.parse({});
    BOOST_TEST(target == "there");
}

BOOST_AUTO_TEST_CASE(faults_in_values_name_their_source) {
    BOOST_TEST(
        Sample{}.fault({"--mode", "medium"}) ==
        "--mode: medium is not possible | Possible are fast, slow.");
    BOOST_TEST(Sample{}.fault({"--keep", "few"}) == "--keep: few is not a whole number | ");
    BOOST_TEST(
        Sample{}.fault({"--keep", "1", "--keep", "2"}) ==
        "--keep is given 2 times | Give it once.");
    Sample variable;
    variable.variables["KEEP"] = "few";
    BOOST_TEST(variable.fault({}) == "KEEP: few is not a whole number | ");
    Sample configured;
    configured.configured["c.json:--keep"] = {"few"};
    BOOST_TEST(
        configured.fault({"--config", "c.json"}) ==
        "--keep in c.json: few is not a whole number | ");
    BOOST_TEST(Sample{}.fault({"--title"}).find("--title") != std::string::npos);
    BOOST_TEST(Sample{}.fault({"a", "b"}).find("a word too many: b") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_secret_comes_from_a_file_and_is_told_to_the_redactor) {
    fs::TempFolder const folder{"cli-test-"};
    fs::Path const file = folder.path() / "url";
    fs::write_atomic(file, "postgres://u:p@h/d\r\n\n");
    Sample sample;
    sample.in_ci = true;
    auto const parsed = sample.parse({"--database-url", "@" + file.string()});
    BOOST_TEST(sample.url.reveal() == "postgres://u:p@h/d");
    BOOST_TEST(parsed.secrets == (Words{"postgres://u:p@h/d"}), boost::test_tools::per_element());
    BOOST_TEST(
        Sample{}
            .fault({"--database-url", "@" + folder.path().string() + "/absent"})
            .find("cannot read") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_secret_comes_from_standard_input) {
    auto const ended = support::in_child([]() -> std::string {
        int fds[2];
        if (::pipe(fds) != 0 || ::write(fds[1], "from stdin\n", 11) != 11) {
            return "no pipe";
        }
        ::close(fds[1]);
        ::dup2(fds[0], STDIN_FILENO);
        Sample sample;
        sample.in_ci = true;
        sample.parse({"--database-url", "-"});
        return sample.url.reveal();
    });
    BOOST_TEST(ended.answer == "from stdin");
}

BOOST_AUTO_TEST_CASE(a_literal_secret_is_refused_in_ci_and_never_repeated) {
    Sample sample;
    sample.parse({"--database-url", "postgres://literal"});
    BOOST_TEST(sample.url.reveal() == "postgres://literal");
    sample.in_ci = true;
    for (Words const& arguments :
         {Words{"--database-url", "postgres://literal"},
          Words{"--database-url=postgres://literal"},
          Words{"--database-ulr=postgres://literal"}}) {
        std::string const cause = sample.fault(arguments);
        BOOST_TEST(cause != "no fault");
        BOOST_TEST(cause.find("literal\"") == std::string::npos);
        BOOST_TEST(cause.find("postgres://") == std::string::npos);
    }
    sample.variables["PG_URL"] = "postgres://from-environment";
    auto const parsed = sample.parse({});
    BOOST_TEST(sample.url.reveal() == "postgres://from-environment");
    BOOST_TEST(parsed.secrets.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_follows_two_dashes_is_the_command) {
    Sample sample{true};
    sample.parse({"--keep", "3", "file", "--", "npm", "test", "--", "--keep=4", "-x"});
    BOOST_TEST(
        sample.command == (Words{"npm", "test", "--", "--keep=4", "-x"}),
        boost::test_tools::per_element());
    BOOST_TEST(sample.keep == 3);
    BOOST_TEST(sample.file == "file");
}

BOOST_AUTO_TEST_CASE(without_a_command_two_dashes_end_the_options) {
    Sample sample;
    sample.parse({"list", "--", "--odd-name"});
    BOOST_TEST(sample.file == "--odd-name");
    BOOST_TEST(Sample{}.fault({"--", "a", "b"}).find("a word too many: b") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(help_version_and_describe_come_before_every_fault_in_values) {
    struct Row {
        Words arguments;
        cli::Parsed::Wish wish;
    };
    using Wish = cli::Parsed::Wish;
    for (auto const& row :
         {Row{{"--help"}, Wish::help},
          Row{{"-h"}, Wish::help},
          Row{{"list", "--keep", "few", "--help"}, Wish::help},
          Row{{"--version"}, Wish::version},
          Row{{"--describe"}, Wish::describe},
          Row{{}, Wish::run}}) {
        Sample sample;
        BOOST_TEST((sample.parse(row.arguments).wish == row.wish));
    }
}

BOOST_AUTO_TEST_SUITE_END()
