// SPDX-License-Identifier: Apache-2.0
#include "expr/compare.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace slipway::expr {

namespace {

using json::Value;
using Order = std::strong_ordering;

constexpr double two_to_63 = 9223372036854775808.0;

int rank(Value const& value) {
    switch (value.type()) {
    case Value::value_t::null:
    case Value::value_t::discarded:
        return 0;
    case Value::value_t::boolean:
        return value.get<bool>() ? 2 : 1;
    case Value::value_t::number_integer:
    case Value::value_t::number_unsigned:
    case Value::value_t::number_float:
        return 3;
    case Value::value_t::string:
    case Value::value_t::binary:
        return 4;
    case Value::value_t::array:
        return 5;
    case Value::value_t::object:
        return 6;
    }
    return 0;
}

Order order(double a, double b) {
    return a < b ? Order::less : a > b ? Order::greater : Order::equal;
}

template <typename Integer>
Order order_with_double(Integer whole, double other) {
    constexpr double limit = std::is_signed_v<Integer> ? two_to_63 : two_to_63 * 2;
    constexpr double lowest = std::is_signed_v<Integer> ? -two_to_63 : 0;
    if (other >= limit) {
        return Order::less;
    }
    if (other < lowest) {
        return Order::greater;
    }
    auto const truncated = static_cast<Integer>(other);
    if (whole != truncated) {
        return whole < truncated ? Order::less : Order::greater;
    }
    return order(0, other - static_cast<double>(truncated));
}

Order reversed(Order given) {
    return std::is_lt(given) ? Order::greater : std::is_gt(given) ? Order::less : given;
}

Order order_with_double(Value const& whole, double other) {
    return whole.is_number_unsigned() ? order_with_double(whole.get<std::uint64_t>(), other)
                                      : order_with_double(whole.get<std::int64_t>(), other);
}

// nlohmann compares an unsigned with a signed integer as signed, and with a double as double.
Order order_of_numbers(Value const& a, Value const& b) {
    if (a.is_number_float() && b.is_number_float()) {
        return order(a.get<double>(), b.get<double>());
    }
    if (b.is_number_float()) {
        return order_with_double(a, b.get<double>());
    }
    if (a.is_number_float()) {
        return reversed(order_with_double(b, a.get<double>()));
    }
    if (a.is_number_unsigned() && b.is_number_unsigned()) {
        return a.get<std::uint64_t>() <=> b.get<std::uint64_t>();
    }
    if (a.is_number_unsigned()) {
        auto const other = b.get<std::int64_t>();
        return std::cmp_less(other, a.get<std::uint64_t>())    ? Order::greater
               : std::cmp_equal(other, a.get<std::uint64_t>()) ? Order::equal
                                                               : Order::less;
    }
    if (b.is_number_unsigned()) {
        return reversed(order_of_numbers(b, a));
    }
    return a.get<std::int64_t>() <=> b.get<std::int64_t>();
}

std::vector<std::string> sorted_keys(Value const& object) {
    std::vector<std::string> keys;
    for (auto const& item : object.items()) {
        keys.push_back(item.key());
    }
    std::sort(keys.begin(), keys.end());
    return keys;
}

Order order_of_objects(Value const& a, Value const& b) {
    auto const keys = sorted_keys(a);
    auto const others = sorted_keys(b);
    if (keys != others) {
        return keys < others ? Order::less : Order::greater;
    }
    for (auto const& key : keys) {
        Order const found = compare(a[key], b[key]);
        if (found != Order::equal) {
            return found;
        }
    }
    return Order::equal;
}

Order order_of_arrays(Value const& a, Value const& b) {
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        Order const found = compare(a[i], b[i]);
        if (found != Order::equal) {
            return found;
        }
    }
    return a.size() <=> b.size();
}

} // namespace

std::strong_ordering compare(Value const& a, Value const& b) {
    if (rank(a) != rank(b)) {
        return rank(a) <=> rank(b);
    }
    if (a.is_number()) {
        return order_of_numbers(a, b);
    }
    if (a.is_string() && b.is_string()) {
        return a.get_ref<std::string const&>().compare(b.get_ref<std::string const&>()) <=> 0;
    }
    if (a.is_array()) {
        return order_of_arrays(a, b);
    }
    return a.is_object() ? order_of_objects(a, b) : Order::equal;
}

bool equal(Value const& a, Value const& b) {
    return compare(a, b) == Order::equal;
}

} // namespace slipway::expr
