// SPDX-License-Identifier: Apache-2.0
// Members of a gzip file, as the stock gzip reads them.
#include "archive/gzip.hpp"

#include "archive/member_file.hpp"
#include "fs/temp_folder.hpp"
#include "proc/command.hpp"
#include "support/errors.hpp"

#include <thread>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(archive_gzip)

using namespace slipway;

namespace {

std::string gunzip(fs::Path const& file) {
    proc::Command command;
    command.program = "gzip";
    command.arguments = {"-dc", file.string()};
    command.timeout = time::Milliseconds{20'000};
    auto const outcome = proc::run(command, {});
    BOOST_TEST(outcome.ok(), outcome.error_tail);
    return outcome.output;
}

std::string pattern(std::size_t bytes) {
    std::string out;
    for (std::size_t i = 0; out.size() < bytes; ++i) {
        out += std::to_string(i * 2654435761U) + "\tsome text that repeats\n";
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(members_of_any_size_are_one_file) {
    fs::TempFolder const folder{"gzip-test-"};
    archive::MemberFile file{folder.path() / "a.gz"};
    archive::GzipMembers gzip;
    std::string expected;
    BOOST_TEST(gzip.take().empty());
    for (std::size_t const bytes : {1U, 100'000U, 3'000'000U, 7U, 300'000U}) {
        std::string const text = pattern(bytes);
        expected += text;
        gzip.add(text.substr(0, text.size() / 3));
        gzip.add("");
        gzip.add(text.substr(text.size() / 3));
        file.append(gzip.take());
    }
    file.finish();
    BOOST_TEST((gunzip(file.path()) == expected));
    BOOST_TEST(file.bytes() == std::filesystem::file_size(file.path()));
    BOOST_TEST(file.bytes() < expected.size() / 2);
    BOOST_TEST(file.sha256() == hash::sha256_hex(fs::read_file(file.path())));
}

BOOST_AUTO_TEST_CASE(what_is_ready_grows_before_a_member_ends) {
    archive::GzipMembers gzip;
    for (int i = 0; i < 100 && gzip.ready() < 100'000; ++i) {
        gzip.add(pattern(100'000));
    }
    BOOST_TEST(gzip.ready() >= 100'000);
    BOOST_TEST(gzip.take().size() > 100'000);
    BOOST_TEST(gzip.ready() == 0);
}

BOOST_AUTO_TEST_CASE(pieces_of_several_threads_stay_whole) {
    fs::TempFolder const folder{"gzip-test-"};
    archive::MemberFile file{folder.path() / "a.gz"};
    auto const work = [&](char letter) {
        archive::GzipMembers gzip;
        for (int i = 0; i < 50; ++i) {
            gzip.add(std::string(1000, letter) + "\n");
            file.append(gzip.take());
        }
    };
    std::thread one{work, 'a'};
    std::thread other{work, 'b'};
    one.join();
    other.join();
    file.finish();
    std::string const text = gunzip(file.path());
    BOOST_TEST(text.size() == 2 * 50 * 1001);
    BOOST_TEST((text.find("ab") == std::string::npos && text.find("ba") == std::string::npos));
    BOOST_TEST(file.sha256() == hash::sha256_hex(fs::read_file(file.path())));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_there_is_not_overwritten) {
    fs::TempFolder const folder{"gzip-test-"};
    fs::write_atomic(folder.path() / "a.gz", "x");
    auto const error = support::error_of([&] { archive::MemberFile{folder.path() / "a.gz"}; });
    BOOST_TEST((error.kind() == ErrorKind::usage));
}

BOOST_AUTO_TEST_SUITE_END()
