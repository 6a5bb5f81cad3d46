// SPDX-License-Identifier: Apache-2.0
#include "mrkdwn.hpp"

#include "error/error.hpp"
#include "text/utf8.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(slack_mrkdwn)

using namespace slipway;
using namespace slipway::slack_notify;

BOOST_AUTO_TEST_CASE(foreign_text_calls_nobody_and_links_nowhere) {
    BOOST_TEST(
        mrkdwn("<!channel> <@U123456> <https://x|y>", 200) ==
        "&lt;!channel&gt; &lt;@U123456&gt; &lt;https://x|y&gt;");
    BOOST_TEST(mrkdwn("a & b", 200) == "a &amp; b");
    BOOST_TEST(mrkdwn("  two\nlines\x1b[31m\u202e ", 200) == "two lines\\x1b[31m\\u202e");
}

BOOST_AUTO_TEST_CASE(a_cut_never_splits_a_character_or_an_entity) {
    std::string const text = "ab<>&ä🚢" + std::string(50, '&');
    for (std::size_t limit = 0; limit < 300; ++limit) {
        std::string const out = mrkdwn(text, limit);
        BOOST_TEST(out.size() <= limit);
        BOOST_TEST(text::valid_utf8(out));
        auto const last = out.rfind('&');
        BOOST_TEST((last == std::string::npos || out.find(';', last) != std::string::npos), out);
    }
    BOOST_TEST(mrkdwn("12345", 5) == "12345");
    BOOST_TEST(mrkdwn("123456", 5) == "12…");
}

BOOST_AUTO_TEST_CASE(who_is_called_is_named_by_id) {
    BOOST_TEST(mention("here") == "<!here>");
    BOOST_TEST(mention("@channel") == "<!channel>");
    BOOST_TEST(mention("U012AB3CD") == "<@U012AB3CD>");
    BOOST_TEST(mention("S012AB3CD") == "<!subteam^S012AB3CD>");
    for (auto const* who : {"", "@", "joe", "Ux", "U012ab3cd", "U0123|x>", "<!here>"}) {
        BOOST_CHECK_THROW(mention(who), Error);
    }
}

BOOST_AUTO_TEST_SUITE_END()
