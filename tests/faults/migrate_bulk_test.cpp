// SPDX-License-Identifier: Apache-2.0
// Folders and files far larger than usual: small in the short form, 100 MB and 5,000 files in the
// full one.
#include "fs/file.hpp"
#include "support/kills.hpp"
#include "support/migration_site.hpp"

#include <cstdlib>
#include <fstream>

#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

BOOST_AUTO_TEST_SUITE(migrate_bulk)

using namespace slipway;
using support::MigrationSite;

namespace {

// The same whatever the size of the file: requirement G10 allows 100 MB.
constexpr std::int64_t most_kilobytes = 40'000;

std::size_t size_of_file(std::size_t short_megabytes) {
    return (support::full_faults() ? 100 : short_megabytes) << 20U;
}

// Written bit by bit: what this process has held itself counts for the programs that it starts.
class BigFile {
public:
    explicit BigFile(MigrationSite& site) : path_(site.add("001_a.sql", "")) {
        out_.open(path_, std::ios::binary);
    }

    void add(std::string const& text) {
        out_ << text;
        size_ += text.size();
    }

    // Adds rows until the file has that size; returns how many.
    template <typename Row>
    int fill(std::size_t size, Row const& row) {
        int rows = 0;
        while (size_ < size) {
            add(row(++rows));
        }
        out_.flush();
        return rows;
    }

    void end() { out_.close(); }

    [[nodiscard]] fs::Path const& path() const { return path_; }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    fs::Path path_;
    std::ofstream out_;
    std::size_t size_ = 0;
};

// In kB, of the largest of the programs that were started here.
std::int64_t peak_of_programs() {
    std::string const status = fs::read_file("/proc/self/status");
    auto const at = status.find("VmHWM:");
    BOOST_REQUIRE(at != std::string::npos);
    // A program that is started here inherits this much in its own figure.
    BOOST_REQUIRE(std::strtoll(status.c_str() + at + 6, nullptr, 10) < most_kilobytes);
    rusage used{};
    BOOST_REQUIRE(::getrusage(RUSAGE_CHILDREN, &used) == 0);
    return used.ru_maxrss;
}

std::string row_of_copy(int number) {
    return fmt::format("{}\t{}\n", number, std::string(90, 'x'));
}

std::string insert_of(int number) {
    return fmt::format("insert into a values ({}, '{}');\n", number, std::string(160, 'y'));
}

} // namespace

BOOST_AUTO_TEST_CASE(a_large_copy_block_is_applied_whole_in_little_memory) {
    MigrationSite site;
    BigFile file{site};
    file.add("create table a (id int, t text);\ncopy a from stdin;\n");
    int const rows = file.fill(size_of_file(32), row_of_copy);
    file.add("\\.\ncreate index a_id on a (id);\n");
    file.end();
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(peak_of_programs() < most_kilobytes);
    BOOST_TEST(site.ask("select count(*) from a") == std::to_string(rows));
    BOOST_TEST(site.ask("select to_regclass('a_id') is not null") == "t");
}

BOOST_AUTO_TEST_CASE(a_fault_at_the_end_of_a_large_file_is_placed_and_all_of_it_is_rolled_back) {
    MigrationSite site;
    BigFile file{site};
    file.add("create table a (id int, t text);\n");
    int const rows = file.fill(size_of_file(12), insert_of);
    std::size_t const right = file.size();
    file.add("insert into a values ('not a number', '');\n");
    file.end();
    auto const wrong = site.run();
    BOOST_TEST(wrong.code == 1, wrong.all());
    BOOST_TEST(wrong.at("/error/where/line") == std::to_string(rows + 2));
    BOOST_TEST(wrong.at("/error/where/column") == "23");
    BOOST_TEST(site.ask("select to_regclass('a') is null") == "t");
    std::filesystem::resize_file(file.path(), right);
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(peak_of_programs() < most_kilobytes);
    BOOST_TEST(site.ask("select count(*) from a") == std::to_string(rows));
}

BOOST_AUTO_TEST_CASE(a_quote_that_does_not_end_is_found_in_little_memory) {
    MigrationSite site;
    BigFile file{site};
    int const rows = file.fill(size_of_file(24), insert_of);
    file.add("  select 'x\n");
    file.end();
    auto const run = site.run();
    BOOST_TEST(run.code == 2, run.all());
    BOOST_TEST(run.at("/error/where/line") == std::to_string(rows + 1));
    BOOST_TEST(run.at("/error/where/column") == "10");
    BOOST_TEST(peak_of_programs() < most_kilobytes);
}

BOOST_AUTO_TEST_CASE(without_a_folder_for_temporary_files_a_large_one_is_held_in_memory) {
    MigrationSite site;
    BigFile file{site};
    file.add("create table a (id int, t text);\n");
    int const rows = file.fill(std::size_t{2} << 20U, insert_of);
    file.end();
    auto const run = site.run({}, {{"TMPDIR", "/nonexistent"}});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(site.ask("select count(*) from a") == std::to_string(rows));
}

BOOST_AUTO_TEST_CASE(a_folder_of_very_many_files_is_planned_and_applied) {
    int const files = support::full_faults() ? 5000 : 300;
    MigrationSite site;
    for (int n = 1; n <= files; ++n) {
        site.add(
            fmt::format("{:04}_t.sql", n),
            n % 2 == 1 ? fmt::format("create table t{} (x int);\n", n)
                       : fmt::format("drop table t{};\n", n - 1));
    }
    auto const plan = site.run({"plan", "--to", "0002"});
    BOOST_TEST(plan.code == 0, plan.all());
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(site.ask("select count(*) from slipway.migrations") == std::to_string(files));
    BOOST_TEST(site.run().at("/summary") == "nothing is pending");
}

BOOST_AUTO_TEST_SUITE_END()
