// SPDX-License-Identifier: Apache-2.0
//
// What every tool does alike: a new tool gets these tests for nothing.
#include "fs/file.hpp"
#include "fs/temp_folder.hpp"
#include "fs/unique_fd.hpp"
#include "json/value.hpp"
#include "proc/command.hpp"
#include "support/record_schema.hpp"
#include "support/run_tool.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <csignal>
#include <map>
#include <set>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(every_tool_alike)

using namespace slipway;

namespace {

// A password with every character that some place would have to escape.
constexpr std::string_view raw_password = "s3cret/with+odd %\"chars&<>";
constexpr std::string_view encoded_password = "s3cret%2Fwith%2Bodd%20%25%22chars%26%3C%3E";

std::vector<std::string> every_tool() {
    std::vector<std::string> out;
    for (auto const& entry :
         std::filesystem::directory_iterator{fs::Path{SLIPWAY_SOURCE_DIR} / "tools"}) {
        if (entry.is_directory()) {
            out.push_back(entry.path().filename().string());
        }
    }
    std::sort(out.begin(), out.end());
    BOOST_REQUIRE(!out.empty());
    return out;
}

json::Value describe(std::string const& tool) {
    auto const run = support::run_tool(tool, {"--describe"});
    BOOST_REQUIRE_MESSAGE(run.code == 0, run.all());
    return json::parse(run.out, tool);
}

bool takes_database(json::Value const& described) {
    for (auto const& option : described["options"]) {
        for (auto const& name : option["variables"]) {
            if (name == "DATABASE_URL") {
                return true;
            }
        }
    }
    return false;
}

// A listener that takes connections and never says a word.
class SilentServer {
public:
    SilentServer() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const raw = reinterpret_cast<sockaddr*>(&address);
        BOOST_REQUIRE(::bind(fd_.get(), raw, size) == 0);
        BOOST_REQUIRE(::listen(fd_.get(), 16) == 0);
        BOOST_REQUIRE(::getsockname(fd_.get(), raw, &size) == 0);
        port_ = ntohs(address.sin_port);
    }

    [[nodiscard]] std::string url() const {
        return fmt::format("postgresql://app:{}@127.0.0.1:{}/shop", encoded_password, port_);
    }

private:
    fs::UniqueFd fd_;
    int port_ = 0;
};

// Files with which each tool gets as far as its work; a tool that is not named here gets a word
// for each argument that it must have.
class Material {
public:
    Material() : folder_("slipway-every-tool-") {
        fs::make_folder(folder_.path() / "migrations");
        put("migrations/001_first.sql", "create table first (id int);\n");
        put("token", "t0ken-of-github\n");
        put("suite.yaml",
            "name: s\nbase_url: http://127.0.0.1:9\nsteps:\n"
            "  - id: one\n    sql: select 1\n    expect: { value: \"1\" }\n");
        put("pipeline.yaml", "name: p\nsteps:\n  - id: wait\n    run: sleep 30\n");
        // A pipe that nobody writes to: what reads it waits for ever.
        BOOST_REQUIRE(::mkfifo((folder_.path() / "record.json").c_str(), 0600) == 0);
    }

    [[nodiscard]] std::vector<std::string> arguments(std::string const& tool) const {
        auto const at = [&](char const* name) {
            return (folder_.path() / name).string();
        };
        std::map<std::string, std::vector<std::string>> const known{
            {"db-backup", {"create", "--to", at("backups")}},
            {"db-restore", {"status"}},
            {"deploy-run", {"run", at("pipeline.yaml")}},
            {"github-deployment",
             {"create",
              "--repository=octo-org/shop",
              "--environment=test",
              "--ref=main",
              "--api-url=http://127.0.0.1:9",
              "--token=@" + at("token")}},
            {"health-check", {"postgres", "--wait", "30s"}},
            {"migrate-apply", {"--dir", at("migrations")}},
            {"report-render", {at("record.json")}},
            {"slack-notify", {at("record.json")}},
            {"rollback", {"run", "--scope", "db", "--accept-data-loss"}},
            {"smoke-http", {at("suite.yaml")}},
            {"test-run", {"--report", at("junit.xml"), "--", "sleep", "30"}},
        };
        if (auto const found = known.find(tool); found != known.end()) {
            return found->second;
        }
        std::vector<std::string> words;
        auto const described = describe(tool);
        for (auto const& option : described["options"]) {
            if (option["positional"] && option["required"]) {
                words.emplace_back("something");
            }
        }
        return words;
    }

private:
    void put(char const* name, std::string_view content) const {
        fs::write_atomic(folder_.path() / name, content);
    }

    fs::TempFolder folder_;
};

// More options, in front of a command behind `--`.
std::vector<std::string>
with(std::vector<std::string> arguments, std::vector<std::string> const& more) {
    arguments.insert(std::find(arguments.begin(), arguments.end(), "--"), more.begin(), more.end());
    return arguments;
}

void require_silent_about_password(support::ToolRun const& run, std::string const& tool) {
    for (std::string_view const spelling :
         {raw_password, encoded_password, std::string_view{"s3cret"}}) {
        BOOST_TEST(!run.says(spelling), tool << " tells the password:\n" << run.all());
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(help_names_every_option_within_a_hundred_columns) {
    for (auto const& tool : every_tool()) {
        auto const run = support::run_tool(tool, {"--help"});
        BOOST_TEST(run.code == 0, run.all());
        auto const described = describe(tool);
        for (auto const& option : described["options"]) {
            auto const name = option["name"].get<std::string>();
            BOOST_TEST(run.out.find(name) != std::string::npos, tool << " hides " << name);
        }
        for (auto const line : text::lines(run.out)) {
            BOOST_TEST(text::code_points(line) <= 110U, tool << ": " << line);
        }
    }
}

BOOST_AUTO_TEST_CASE(version_is_the_tool_and_its_number) {
    for (auto const& tool : every_tool()) {
        auto const run = support::run_tool(tool, {"--version"});
        BOOST_TEST(run.code == 0);
        BOOST_TEST(run.out.starts_with(tool + " "), run.out);
        BOOST_TEST(!run.record.has_value());
    }
}

BOOST_AUTO_TEST_CASE(describe_is_valid_by_its_schema) {
    for (auto const& tool : every_tool()) {
        auto const violations = support::schema_violations("describe-1", describe(tool));
        BOOST_TEST(violations.empty(), tool << ": " << text::join(violations, "; "));
    }
}

BOOST_AUTO_TEST_CASE(a_tool_without_database_or_network_loads_neither_library) {
    std::map<std::string, std::set<std::string>> const spared{
        {"report-render", {"libpq", "libcurl"}},
        {"deploy-run", {"libcurl"}}, // `init` reads folders of migrations, whose room knows servers
        {"test-run", {"libpq", "libcurl"}},
        {"slack-notify", {"libpq"}},
        {"github-deployment", {"libpq"}},
        {"migrate-apply", {"libcurl"}},
        {"rollback", {"libcurl"}},
    };
    for (auto const& [tool, libraries] : spared) {
        proc::Command command;
        command.program = "ldd";
        command.arguments = {fmt::format("{}/bin/{}", SLIPWAY_BUILD_DIR, tool)};
        auto const outcome = proc::run(command, {});
        BOOST_REQUIRE(outcome.ok());
        for (auto const& library : libraries) {
            BOOST_TEST(
                outcome.output.find(library) == std::string::npos, tool << " loads " << library);
        }
    }
}

BOOST_AUTO_TEST_CASE(an_unknown_option_is_a_usage_error_with_the_nearest_one) {
    for (auto const& tool : every_tool()) {
        auto const run = support::run_tool(tool, {"--log-levle", "info"});
        BOOST_TEST(run.code == 2, run.all());
        BOOST_TEST(run.says("--log-level"), run.all());
    }
}

BOOST_AUTO_TEST_CASE(an_output_that_cannot_be_written_ends_before_any_work) {
    Material const material;
    SilentServer const server;
    for (auto const& tool : every_tool()) {
        auto const arguments =
            with(material.arguments(tool), {"--output", "/proc/nowhere/record.json"});
        auto const run = support::run_tool(tool, arguments, {{"DATABASE_URL", server.url()}});
        BOOST_TEST(run.code == 2, run.all());
        BOOST_TEST(run.says("/proc/nowhere"), run.all());
        BOOST_TEST(run.duration.count() < 2000, tool << " worked before it looked");
    }
}

BOOST_AUTO_TEST_CASE(a_missing_input_is_a_usage_error_with_its_name) {
    Material const material;
    SilentServer const server;
    for (auto const& tool : every_tool()) {
        auto const arguments = with(material.arguments(tool), {"--input", "/nowhere/backup.json"});
        auto const run = support::run_tool(tool, arguments, {{"DATABASE_URL", server.url()}});
        BOOST_TEST(run.code == 2, run.all());
        BOOST_TEST(run.says("/nowhere/backup.json"), run.all());
        BOOST_TEST(run.at("/error/kind") == "usage", run.all());
    }
}

BOOST_AUTO_TEST_CASE(no_server_is_told_in_one_line_without_the_password) {
    Material const material;
    for (auto const& tool : every_tool()) {
        if (!takes_database(describe(tool))) {
            continue;
        }
        auto arguments = material.arguments(tool);
        std::replace(arguments.begin(), arguments.end(), std::string{"30s"}, std::string{"0s"});
        auto const run = support::run_tool(
            tool,
            arguments,
            {{"DATABASE_URL",
              fmt::format("postgresql://app:{}@127.0.0.1:1/shop", encoded_password)}});
        BOOST_TEST(run.code == 3, run.all());
        BOOST_TEST(run.says("127.0.0.1"), run.all());
        require_silent_about_password(run, tool);
    }
}

BOOST_AUTO_TEST_CASE(sigterm_leaves_an_aborted_record_without_the_password) {
    Material const material;
    SilentServer const server;
    for (auto const& tool : every_tool()) {
        auto const run = support::start_and_kill(
            tool,
            material.arguments(tool),
            {{"DATABASE_URL", server.url()}},
            std::chrono::milliseconds{400},
            SIGTERM);
        if (tool != "report-render" && run.code == 0) {
            continue; // a new tool may have nothing to wait for
        }
        BOOST_TEST(run.code == 143, run.all());
        BOOST_TEST(run.at("/status") == "aborted", run.all());
        BOOST_TEST(run.duration.count() < 6500);
        require_silent_about_password(run, tool);
    }
}

BOOST_AUTO_TEST_SUITE_END()
