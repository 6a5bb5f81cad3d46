// SPDX-License-Identifier: Apache-2.0
#include "fs/temp_folder.hpp"

#include "error/error.hpp"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(fs_temp_folder)

using namespace slipway;

BOOST_AUTO_TEST_CASE(a_temporary_folder_is_private_and_goes_with_all_it_holds) {
    fs::Path path;
    {
        fs::TempFolder const folder{"fs-test-"};
        path = folder.path();
        struct stat status {};
        BOOST_TEST(::stat(path.c_str(), &status) == 0);
        BOOST_TEST((status.st_mode & 0777U) == 0700U);
        BOOST_TEST(path.filename().string().starts_with("fs-test-"));
        fs::make_folder(path / "a" / "b");
        fs::write_atomic(path / "a" / "b" / "c", "x");
    }
    BOOST_TEST(!path.empty());
    BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(a_moved_folder_is_removed_once_by_its_last_owner) {
    fs::TempFolder outer{"fs-test-"};
    fs::Path const first = outer.path();
    {
        fs::TempFolder inner{"fs-test-"};
        fs::Path const second = inner.path();
        outer = std::move(inner);
        BOOST_TEST(!std::filesystem::exists(first));
        BOOST_TEST(outer.path() == second);
    }
    BOOST_TEST(std::filesystem::exists(outer.path()));
}

BOOST_AUTO_TEST_CASE(a_kept_folder_stays) {
    fs::Path path;
    {
        fs::TempFolder folder{"fs-test-"};
        path = folder.keep();
    }
    BOOST_TEST(std::filesystem::exists(path));
    std::filesystem::remove_all(path);
}

BOOST_AUTO_TEST_CASE(a_parent_that_is_not_there_is_named) {
    BOOST_CHECK_EXCEPTION(
        fs::TempFolder("x-", "/proc/self/no-such-folder"), Error, [](Error const& error) {
            return error.kind() == ErrorKind::unavailable &&
                   error.message().find("/proc/self/no-such-folder") != std::string::npos;
        });
}

BOOST_AUTO_TEST_SUITE_END()
