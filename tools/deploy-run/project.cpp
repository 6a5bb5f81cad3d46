// SPDX-License-Identifier: Apache-2.0
#include "project.hpp"

#include "error/error.hpp"
#include "json/value.hpp"
#include "migration/file.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::deploy_run {

namespace {

constexpr std::size_t most_sources = 3000;
constexpr std::uint64_t largest_source = std::uint64_t{1} << 20U;

class Look {
public:
    explicit Look(fs::Path folder) : folder_(std::move(folder)) {}

    Project project() {
        out_.name = std::filesystem::canonical(folder_).filename().string();
        read_package();
        find_migrations();
        find_tests();
        find_deploy();
        find_health();
        return std::move(out_);
    }

private:
    [[nodiscard]] bool has(fs::Path const& name) const {
        std::error_code ignored;
        return std::filesystem::exists(folder_ / name, ignored);
    }

    [[nodiscard]] std::string script(std::string_view name) const {
        return json::text_at(json::at(*package_, "scripts"), name);
    }

    [[nodiscard]] bool depends_on(std::string_view name) const {
        return !json::at(json::at(*package_, "dependencies"), name).is_null() ||
               !json::at(json::at(*package_, "devDependencies"), name).is_null();
    }

    void read_package() {
        if (!has("package.json")) {
            return;
        }
        package_ = json::Box{json::parse(fs::read_file(folder_ / "package.json"), "package.json")};
        auto const name = json::text_at(*package_, "name");
        if (!name.empty()) {
            out_.name = name.substr(name.rfind('/') + 1);
        }
        out_.package_manager = has("pnpm-lock.yaml")                 ? "pnpm"
                               : has("yarn.lock")                    ? "yarn"
                               : has("bun.lock") || has("bun.lockb") ? "bun"
                                                                     : "npm";
        if (!script("build").empty()) {
            out_.build = out_.package_manager + " run build";
        }
    }

    // The first folder that reads as migrations counts; one inside of another's does not count twice.
    void find_migrations() {
        constexpr std::array places{
            "prisma/migrations",
            "drizzle",
            "src/main/resources/db/migration",
            "supabase/migrations",
            "db/migrations",
            "db/migrate",
            "database/migrations",
            "sql/migrations",
            "sql",
            "migrations"};
        for (fs::Path const place : places) {
            std::error_code ignored;
            if (!std::filesystem::is_directory(folder_ / place, ignored)) {
                continue;
            }
            try {
                auto const read = migration::read_folder(folder_ / place, "auto");
                if (!read.files.empty()) {
                    out_.migrations.push_back({place.string(), read.layout, read.files.size()});
                }
            } catch (Error const& error) {
                out_.passed_over.push_back(fmt::format("{}: {}", place.string(), error.message()));
            }
        }
    }

    void find_tests() {
        if (!script("test").empty()) {
            tests_of_node();
        } else if (
            has("pytest.ini") || has("conftest.py") || names("pyproject.toml", "pytest") ||
            names("requirements-dev.txt", "pytest") || names("requirements.txt", "pytest")) {
            out_.tests = {
                {"python3", "-m", "pytest", "--junitxml=${SLIPWAY_DIR}/tests.xml"},
                "${SLIPWAY_DIR}/tests.xml",
                "pytest"};
        } else if (has("go.mod")) {
            out_.tests = {
                {"sh", "-c", "go test -json ./... > \"$SLIPWAY_DIR/tests.json\""},
                "${SLIPWAY_DIR}/tests.json",
                "go.mod"};
        } else if (has("gradlew")) {
            out_.tests = {{"./gradlew", "test"}, "**/test-results/**/TEST-*.xml", "gradlew"};
        } else if (has("pom.xml")) {
            out_.tests = {{"mvn", "-B", "test"}, "**/surefire-reports/TEST-*.xml", "pom.xml"};
        } else if (has("build/CTestTestfile.cmake")) {
            out_.tests = {
                {"ctest", "--test-dir", "build", "--output-junit", "${SLIPWAY_DIR}/tests.xml"},
                "${SLIPWAY_DIR}/tests.xml",
                "build/CTestTestfile.cmake"};
        }
    }

    // npm passes what follows `--` on to the runner; node's own takes its reporters by a variable.
    void tests_of_node() {
        auto const test = script("test");
        std::string const report = "${SLIPWAY_DIR}/tests.xml";
        std::vector<std::string> words{out_.package_manager, "test"};
        if (out_.package_manager == "npm") {
            words.emplace_back("--");
        }
        if (test.find("vitest") != std::string::npos) {
            words.insert(
                words.end(),
                {"--run",
                 "--reporter=default",
                 "--reporter=junit",
                 "--outputFile.junit=" + report});
        } else if (test.find("jest") != std::string::npos) {
            words.insert(words.end(), {"--json", "--outputFile=${SLIPWAY_DIR}/tests.json"});
            out_.tests = {words, "${SLIPWAY_DIR}/tests.json", "package.json's script test"};
            return;
        } else if (test.find("node --test") != std::string::npos) {
            words = {
                "env",
                "NODE_OPTIONS=--test-reporter=junit --test-reporter-destination=" + report,
                out_.package_manager,
                "test"};
        } else {
            return; // no runner that is known: how it would report is not
        }
        out_.tests = {words, report, "package.json's script test"};
    }

    [[nodiscard]] bool names(char const* file, std::string_view word) const {
        return has(file) &&
               fs::read_file(folder_ / file, largest_source).find(word) != std::string::npos;
    }

    void find_deploy() {
        if (!script("deploy").empty()) {
            out_.deploy = out_.package_manager + " run deploy";
            return;
        }
        for (char const* name : {"deploy.sh", "deploy-app.sh", "bin/deploy", "scripts/deploy.sh"}) {
            if (has(name)) {
                out_.deploy = std::string{"./"} + name;
                return;
            }
        }
        if (has("fly.toml")) {
            out_.deploy = "fly deploy";
        }
    }

    void find_health() {
        std::size_t read = 0;
        std::error_code code;
        std::filesystem::recursive_directory_iterator at{folder_, code};
        for (; !code && at != std::filesystem::recursive_directory_iterator{}; at.increment(code)) {
            auto const name = at->path().filename().string();
            if (at->is_directory(code)) {
                if (name.starts_with('.') || name == "node_modules" || name == "vendor" ||
                    name == "dist" || name == "build" || name == "slipway-out") {
                    at.disable_recursion_pending();
                }
            } else if (
                is_source(at->path()) && ++read <= most_sources && reads_health(at->path())) {
                return;
            }
        }
    }

    static bool is_source(fs::Path const& path) {
        static constexpr std::array endings{
            ".js",
            ".mjs",
            ".cjs",
            ".ts",
            ".tsx",
            ".py",
            ".go",
            ".java",
            ".kt",
            ".rb",
            ".rs",
            ".cs"};
        return std::find(endings.begin(), endings.end(), path.extension()) != endings.end();
    }

    bool reads_health(fs::Path const& path) {
        std::error_code ignored;
        if (std::filesystem::file_size(path, ignored) > largest_source) {
            return false;
        }
        auto const text = fs::read_file(path, largest_source);
        for (std::string_view const known :
             {"/api/health", "/api/healthz", "/healthz", "/health", "/actuator/health"}) {
            for (char const quote : {'"', '\'', '`'}) {
                if (text.find(quote + std::string{known} + quote) != std::string::npos) {
                    out_.health = known;
                    out_.health_place = path.lexically_relative(folder_).string();
                    return true;
                }
            }
        }
        return false;
    }

    fs::Path folder_;
    json::Box package_;
    Project out_;
};

} // namespace

Project look_at_project(fs::Path const& folder) {
    return Look{folder}.project();
}

} // namespace slipway::deploy_run
