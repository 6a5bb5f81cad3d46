// SPDX-License-Identifier: Apache-2.0
#include "fs/unique_fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(fs_unique_fd)

using namespace slipway;

namespace {
int any_fd() {
    return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}
bool is_open(int fd) {
    return ::fcntl(fd, F_GETFD) >= 0;
}
} // namespace

BOOST_AUTO_TEST_CASE(a_descriptor_is_closed_by_its_last_owner) {
    int const number = any_fd();
    {
        fs::UniqueFd first{number};
        BOOST_TEST(static_cast<bool>(first));
        fs::UniqueFd const second{std::move(first)};
        BOOST_TEST(second.get() == number);
        BOOST_TEST(is_open(number));
    }
    BOOST_TEST(!is_open(number));
}

BOOST_AUTO_TEST_CASE(an_assignment_closes_what_was_held) {
    int const old = any_fd();
    int const next = any_fd();
    fs::UniqueFd owner{old};
    owner = fs::UniqueFd{next};
    BOOST_TEST(!is_open(old));
    BOOST_TEST(is_open(next));
    owner.reset();
    BOOST_TEST(!is_open(next));
    BOOST_TEST(!static_cast<bool>(owner));
}

BOOST_AUTO_TEST_SUITE_END()
