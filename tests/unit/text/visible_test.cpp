// SPDX-License-Identifier: Apache-2.0
#include "text/visible.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(text_visible)

using slipway::text::visible;

BOOST_AUTO_TEST_CASE(nothing_hides_in_foreign_text) {
    BOOST_TEST(visible("a\x1b[2Jb") == "a\\x1b[2Jb");
    BOOST_TEST(visible("a\u202eb\u2066c\u200f") == "a\\u202eb\\u2066c\\u200f");
    BOOST_TEST(visible("“ä” – 🚢 …") == "“ä” – 🚢 …");
}

BOOST_AUTO_TEST_SUITE_END()
