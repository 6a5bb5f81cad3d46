// SPDX-License-Identifier: Apache-2.0
#include "random_values.hpp"

#include "time/clock.hpp"
#include "time/rfc3339.hpp"

#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

template <class Source>
std::string uuid(Source& source) {
    std::uniform_int_distribution<unsigned> word{0, 0xFFFF};
    constexpr unsigned version_4 = 0x4000;
    constexpr unsigned variant_1 = 0x8000;
    return fmt::format(
        "{:04x}{:04x}-{:04x}-{:04x}-{:04x}-{:04x}{:04x}{:04x}",
        word(source),
        word(source),
        word(source),
        version_4 | (word(source) & 0x0FFFU),
        variant_1 | (word(source) & 0x3FFFU),
        word(source),
        word(source),
        word(source));
}

void set_once(json::Value& variables, char const* name, json::Value value) {
    if (!variables.contains(name)) {
        variables[name] = std::move(value);
    }
}

} // namespace

std::vector<std::string> const& standard_variables() {
    static std::vector<std::string> const names{
        "run_uuid", "run_timestamp", "run_number", "random_uuid", "random_int", "now"};
    return names;
}

void add_run_values(json::Value& variables) {
    std::random_device source;
    std::uniform_int_distribution<int> number{100'000, 999'999};
    auto const now = time::SystemClock{}.now().time_since_epoch();
    set_once(variables, "run_uuid", uuid(source));
    set_once(
        variables, "run_timestamp", std::chrono::duration_cast<std::chrono::seconds>(now).count());
    set_once(variables, "run_number", number(source));
}

void add_random_values(json::Value& variables, std::minstd_rand& random) {
    std::uniform_int_distribution<int> number{0, 999};
    set_once(variables, "random_uuid", uuid(random));
    set_once(variables, "random_int", number(random));
    set_once(variables, "now", time::to_rfc3339(time::SystemClock{}.now()));
}

} // namespace slipway::smoke_http
