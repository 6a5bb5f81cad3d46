// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE slipway // NOLINT(cppcoreguidelines-macro-usage): Boost.Test's switch
#include <boost/test/unit_test.hpp>
