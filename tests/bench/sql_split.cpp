// SPDX-License-Identifier: Apache-2.0
// How fast split() is, in MB/s, on three kinds of script: best of five.
#include "sql/split.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include <fmt/format.h>

namespace {

constexpr std::size_t size = 64U << 20U;

std::string repeated(std::string_view part) {
    std::string script;
    script.reserve(size + part.size());
    while (script.size() < size) {
        script += part;
    }
    return script;
}

void measure(std::string_view name, std::string const& script) {
    double best = 0;
    std::size_t count = 0;
    for (int round = 0; round < 5; ++round) {
        auto const start = std::chrono::steady_clock::now();
        count = slipway::sql::split(script, "bench.sql").size();
        std::chrono::duration<double> const taken = std::chrono::steady_clock::now() - start;
        best = std::max(best, static_cast<double>(script.size()) / 1e6 / taken.count());
    }
    fmt::print("{:<10} {:>7.0f} MB/s  {} statements\n", name, best, count);
}

} // namespace

int main() {
    measure(
        "inserts",
        repeated(
            "INSERT INTO public.users (id, name, note) VALUES (12345, 'it''s a name', NULL);\n"));
    measure(
        "schema",
        repeated(
            "-- a table\nCREATE TABLE a (id bigint PRIMARY KEY, b text NOT NULL DEFAULT ''); \n"
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN\n"
            "  NEW.updated_at := now(); RETURN NEW;\nEND $f$;\n"));
    std::string copy = "COPY t FROM stdin;\n" + repeated("1\tsome text with words\t2026-01-31\n");
    measure("copy", copy + "\\.\n");
    measure("umlauts", repeated("INSERT INTO t VALUES ('zä€🚢 Straße für Übungen');\r\n"));
}
