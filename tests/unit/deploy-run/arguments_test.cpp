// SPDX-License-Identifier: Apache-2.0
#include "arguments.hpp"

#include "text/join.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(deploy_run_arguments)

using namespace slipway;
using namespace slipway::deploy_run;

namespace {

constexpr std::string_view description = R"({
  "schema": "slipway/describe/1", "tool": "db-backup", "version": "0.1.0", "summary": "",
  "verbs": [{"name": "create", "default": true}, {"name": "list", "default": false}],
  "options": [
    {"name": "--keep", "kind": "integer", "verbs": ["create"]},
    {"name": "--to", "kind": "path"},
    {"name": "--table", "kind": "list", "element": "text"},
    {"name": "--format", "kind": "text", "choices": ["custom", "plain"]},
    {"name": "--quick", "kind": "flag"},
    {"name": "--dry-run", "kind": "text", "bare": "true"},
    {"name": "--output", "kind": "path", "shared": true},
    {"name": "--environment", "kind": "text", "shared": true},
    {"name": "--url", "kind": "secret", "variable": "SLIPWAY_DB_BACKUP_URL",
     "variables": ["DATABASE_URL"]},
    {"name": "DATABASE", "kind": "text", "positional": true},
    {"name": "RECORD", "kind": "list", "element": "path", "positional": true},
    {"name": "COMMAND", "kind": "list", "element": "text", "positional": true}]})";

Setting setting(std::string name, std::vector<std::string> values) {
    Setting out;
    out.name = std::move(name);
    out.list = values.size() > 1;
    out.values = std::move(values);
    out.where = {"p.yaml", 7, 5};
    return out;
}

Setting flag(std::string name, bool value) {
    Setting out = setting(std::move(name), {});
    out.flag = value;
    return out;
}

Step step_with(std::vector<Setting> with, std::string verb = "create") {
    Step step;
    step.id = "backup";
    step.uses = "db-backup";
    step.command = std::move(verb);
    step.command_where = {"p.yaml", 3, 5};
    step.with = std::move(with);
    return step;
}

Invocation spelled(Step const& step, secret::Redactor const& known = {}) {
    return arguments_of(step, read_description(description, "db-backup"), known);
}

std::string words(std::vector<Setting> with) {
    return text::join(spelled(step_with(std::move(with))).words, " ");
}

struct Fault {
    std::int64_t line = 0;
    std::string words;
};

Fault fault_of(Step const& step, secret::Redactor const& known = {}) {
    try {
        spelled(step, known);
    } catch (Error const& error) {
        BOOST_TEST((error.kind() == ErrorKind::usage));
        return {error.where().line, error.message() + " | " + error.hint()};
    }
    return {};
}

bool has(std::string const& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(options_are_spelled_by_their_kind) {
    BOOST_TEST(
        words({setting("keep", {"5"}), setting("to", {"./b"})}) == "create --keep 5 --to ./b");
    BOOST_TEST(words({setting("table", {"a", "b"})}) == "create --table a --table b");
    BOOST_TEST(words({setting("table", {"a"})}) == "create --table a");
    BOOST_TEST(words({flag("quick", true)}) == "create --quick");
    BOOST_TEST(words({flag("quick", false)}) == "create");
    BOOST_TEST(words({flag("dry-run", true)}) == "create --dry-run");
    BOOST_TEST(words({setting("dry-run", {"plan"})}) == "create --dry-run=plan");
    BOOST_TEST(words({setting("to", {"-x"})}) == "create --to=-x");
}

BOOST_AUTO_TEST_CASE(arguments_stand_in_the_order_of_their_declaration) {
    BOOST_TEST(
        words(
            {setting("RECORD", {"r1", "r2"}),
             setting("keep", {"1"}),
             setting("DATABASE", {"d"})}) == "create --keep 1 d r1 r2");
    BOOST_TEST(words({setting("args", {"d", "r"})}) == "create d r");
    auto const made = spelled(step_with({setting("COMMAND", {"npm", "test", "--", "-v"})}));
    BOOST_TEST(text::join(made.words, " ") == "create");
    BOOST_TEST(text::join(made.command_line, " ") == "npm test -- -v");
}

BOOST_AUTO_TEST_CASE(the_default_verb_is_used_where_none_is_given) {
    BOOST_TEST(text::join(spelled(step_with({}, "")).words, " ") == "create");
}

BOOST_AUTO_TEST_CASE(what_the_step_gives_itself_is_known) {
    BOOST_TEST(spelled(step_with({setting("environment", {"test"})})).has_environment);
    BOOST_TEST(!spelled(step_with({})).has_environment);
}

BOOST_AUTO_TEST_CASE(every_wrong_option_is_told_with_its_line) {
    struct Case {
        Step step;
        std::int64_t line;
        std::string_view words;
    };
    std::vector<Case> const cases{
        {step_with({setting("kep", {"5"})}), 7, "no option kep | Did you mean keep?"},
        {step_with({}, "creat"), 3, "no verb creat | Did you mean create?"},
        {step_with({setting("keep", {"5"})}, "list"), 7, "does not belong to db-backup list"},
        {step_with({setting("keep", {"5", "6"})}), 7, "takes one value, not a list"},
        {step_with({setting("quick", {"yes"})}), 7, "takes no value"},
        {step_with({flag("keep", true)}), 7, "takes a value, not true or false"},
        {step_with({setting("format", {"tar"})}),
         7,
         "tar is not possible | Possible are custom, plain."},
        {step_with({setting("output", {"x"})}), 7, "named by deploy-run itself"},
        {step_with({setting("args", {"--keep"})}), 7, "would be read as an option"},
        {step_with({setting("DATABASE", {"--keep"})}), 7, "would be read as an option"},
        {step_with({setting("url", {"pg://u:p@h"})}), 7, "may not stand in a file"},
    };
    for (auto const& one : cases) {
        auto const fault = fault_of(one.step);
        BOOST_TEST_CONTEXT(one.words << " => " << fault.words) {
            BOOST_TEST(fault.line == one.line);
            BOOST_TEST(has(fault.words, one.words));
        }
    }
    BOOST_TEST(!has(fault_of(step_with({setting("url", {"pg://u:p@h"})})).words, "pg://"));
}

BOOST_AUTO_TEST_CASE(a_secret_of_a_variable_goes_by_the_environment) {
    auto url = setting("url", {"pg://u:p@h"});
    url.from_variable = true;
    auto const made = spelled(step_with({url}));
    BOOST_TEST(text::join(made.words, " ") == "create");
    BOOST_REQUIRE(made.secrets.size() == 1U);
    BOOST_TEST(made.secrets.front().first == "SLIPWAY_DB_BACKUP_URL");
    BOOST_TEST(made.secrets.front().second == "pg://u:p@h");
    BOOST_TEST(words({setting("url", {"@/run/url"})}) == "create --url=@/run/url");
}

BOOST_AUTO_TEST_CASE(a_known_secret_in_an_open_option_is_refused) {
    secret::Redactor known;
    known.add("sup3r-s3cret");
    auto to = setting("to", {"/b?key=sup3r-s3cret"});
    to.from_variable = true;
    auto const fault = fault_of(step_with({to}), known);
    BOOST_TEST(fault.line == 7);
    BOOST_TEST(has(fault.words, "list of processes"));
    BOOST_TEST(!has(fault.words, "sup3r"));
}

BOOST_AUTO_TEST_CASE(another_program_is_no_tool) {
    BOOST_CHECK_EXCEPTION(read_description("{}", "ls"), Error, [](Error const& error) {
        return error.kind() == ErrorKind::usage && error.message().find("ls") != std::string::npos;
    });
    BOOST_CHECK_THROW(read_description("usage: ls", "ls"), Error);
}

BOOST_AUTO_TEST_SUITE_END()
