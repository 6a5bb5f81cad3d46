// SPDX-License-Identifier: Apache-2.0
// Any bytes as a migration script: split, then judged statement by statement.
#include "error/error.hpp"
#include "sql/classify.hpp"
#include "sql/split.hpp"

#include <cstdlib>

using namespace slipway;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const script{reinterpret_cast<char const*>(data), size};
    std::vector<sql::Statement> statements;
    try {
        statements = sql::split(script, "fuzz.sql");
    } catch (Error const& error) {
        require(error.kind() == ErrorKind::usage);
        return 0;
    }
    std::size_t after = 0;
    for (auto const& statement : statements) {
        require(!statement.text.empty());
        require(statement.offset >= after);
        require(script.substr(statement.offset, statement.text.size()) == statement.text);
        require(statement.line >= 1 && statement.column >= 1);
        after = statement.offset + statement.text.size();
        if (statement.kind == sql::Statement::Kind::sql) {
            // What split() let through has no quote that does not end.
            static_cast<void>(sql::classify(statement.text));
        }
    }
    return 0;
}
