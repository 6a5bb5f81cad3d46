// SPDX-License-Identifier: Apache-2.0
#include "fs/file.hpp"

#include "error/error.hpp"
#include "fs/temp_folder.hpp"
#include "support/forked.hpp"

#include <csignal>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(fs_file)

using namespace slipway;

namespace {

std::function<bool(Error const&)> kind(ErrorKind wanted) {
    return [wanted](Error const& error) {
        return error.kind() == wanted && !error.message().ends_with('.');
    };
}

std::size_t entries(fs::Path const& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{folder}, {}));
}

unsigned mode_of(fs::Path const& path) {
    struct stat status {};
    BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 0777U;
}

} // namespace

BOOST_AUTO_TEST_CASE(an_atomic_write_replaces_the_file_and_leaves_no_other) {
    fs::TempFolder const folder{"fs-test-"};
    fs::Path const file = folder.path() / "a.json";
    fs::write_atomic(file, "old");
    fs::write_atomic(file, std::string(100'000, 'n'));
    BOOST_TEST(fs::read_file(file) == std::string(100'000, 'n'));
    BOOST_TEST(entries(folder.path()) == 1U);
    BOOST_TEST(mode_of(file) == 0644U);
}

BOOST_AUTO_TEST_CASE(a_private_file_is_the_owner_s_alone) {
    fs::TempFolder const folder{"fs-test-"};
    fs::write_atomic(folder.path() / "key", "secret", true);
    BOOST_TEST(mode_of(folder.path() / "key") == 0600U);
}

BOOST_AUTO_TEST_CASE(a_write_that_fails_half_way_leaves_the_old_content_and_no_rubbish) {
    fs::TempFolder const folder{"fs-test-"};
    fs::Path const file = folder.path() / "a.json";
    fs::write_atomic(file, "old");
    // The full disk of an unprivileged test: no file may grow beyond 1000 bytes.
    auto const ended = support::in_child([&]() -> std::string {
        rlimit const limit{1000, 1000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        std::signal(SIGXFSZ, SIG_IGN);
        try {
            fs::write_atomic(file, std::string(5000, 'n'));
        } catch (Error const& error) {
            return std::string{name(error.kind())} + "|" + error.hint();
        }
        return "written";
    });
    BOOST_TEST(
        ended.answer == "unavailable|Free some room on that file system, or name another folder.");
    BOOST_TEST(fs::read_file(file) == "old");
    BOOST_TEST(entries(folder.path()) == 1U);
}

BOOST_AUTO_TEST_CASE(a_place_below_a_file_is_no_place_to_write) {
    fs::TempFolder const folder{"fs-test-"};
    fs::Path const file = folder.path() / "file";
    fs::write_atomic(file, "x");
    auto const usage = kind(ErrorKind::usage);
    BOOST_CHECK_EXCEPTION(fs::write_atomic(file / "a.json", "y"), Error, usage);
    BOOST_CHECK_EXCEPTION(fs::append(file / "a.json", "y"), Error, usage);
    BOOST_CHECK_EXCEPTION(fs::make_folder(file / "sub"), Error, usage);
    BOOST_CHECK_EXCEPTION(fs::write_atomic(folder.path() / "no" / "a.json", "y"), Error, usage);
    BOOST_CHECK_EXCEPTION(fs::write_atomic(folder.path(), "y"), Error, usage);
    BOOST_CHECK_EXCEPTION(fs::free_bytes(file / "sub"), Error, usage);
    BOOST_TEST(fs::read_file(file) == "x");
}

BOOST_AUTO_TEST_CASE(reading_is_bounded_and_names_what_it_cannot_read) {
    fs::TempFolder const folder{"fs-test-"};
    fs::Path const file = folder.path() / "a";
    fs::write_atomic(file, "12345");
    auto const usage = kind(ErrorKind::usage);
    BOOST_TEST(fs::read_file(file, 5) == "12345");
    BOOST_CHECK_EXCEPTION(fs::read_file(file, 4), Error, usage);
    BOOST_CHECK_EXCEPTION(fs::read_file(folder.path()), Error, usage);
    BOOST_CHECK_EXCEPTION(fs::read_file(folder.path() / "absent"), Error, [](Error const& error) {
        return error.message().find("absent") != std::string::npos &&
               error.message().find("No such file") != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(a_file_far_beyond_the_limit_is_refused_without_taking_its_memory) {
    fs::TempFolder const folder{"fs-test-"};
    fs::Path const file = folder.path() / "sparse";
    fs::write_atomic(file, "");
    BOOST_REQUIRE(::truncate(file.c_str(), off_t{1} << 42U) == 0);
    BOOST_CHECK_EXCEPTION(fs::read_file(file, 1000), Error, kind(ErrorKind::usage));
}

BOOST_AUTO_TEST_CASE(files_of_the_kernel_that_tell_no_size_are_read_whole) {
    BOOST_TEST(fs::read_file("/proc/self/status").starts_with("Name:"));
}

BOOST_AUTO_TEST_CASE(append_makes_the_file_and_adds_at_its_end) {
    fs::TempFolder const folder{"fs-test-"};
    fs::append(folder.path() / "log", "a\n");
    fs::append(folder.path() / "log", "b\n");
    BOOST_TEST(fs::read_file(folder.path() / "log") == "a\nb\n");
}

BOOST_AUTO_TEST_CASE(a_durable_rename_moves_and_says_what_it_could_not_move) {
    fs::TempFolder const folder{"fs-test-"};
    fs::write_atomic(folder.path() / "a", "x");
    fs::rename_durably(folder.path() / "a", folder.path() / "b");
    BOOST_TEST(fs::read_file(folder.path() / "b") == "x");
    BOOST_CHECK_EXCEPTION(
        fs::rename_durably(folder.path() / "a", folder.path() / "c"),
        Error,
        kind(ErrorKind::usage));
}

BOOST_AUTO_TEST_CASE(there_is_some_room_left_where_the_tests_run) {
    fs::TempFolder const folder{"fs-test-"};
    BOOST_TEST(fs::free_bytes(folder.path()) > 0U);
}

BOOST_AUTO_TEST_SUITE_END()
