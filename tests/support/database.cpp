// SPDX-License-Identifier: Apache-2.0
#include "support/database.hpp"

#include "ci/environment.hpp"
#include "fs/file.hpp"
#include "hash/digest.hpp"
#include "pg/quote.hpp"

#include <iostream>

namespace slipway::support {

namespace {

constexpr std::size_t random_bytes = 6;

} // namespace

pg::ConnInfo test_server() {
    fs::Path const folder = fs::Path{SLIPWAY_BUILD_DIR} / "tests" / "cluster";
    if (!std::filesystem::exists(folder / "url")) {
        throw Error{
            ErrorKind::usage,
            "no test server runs; start it with " SLIPWAY_BUILD_DIR
            "/tests/throwaway-cluster start " +
                folder.string() + " --tcp, or run the tests through ctest"};
    }
    return pg::ConnInfo::parse(secret::Secret{fs::read_file(folder / "url")});
}

Database::Database()
    : name_("test_" + hash::random_hex(random_bytes)),
      conninfo_(test_server().with_database(name_)) {
    pg::Connection::open(test_server()).exec("create database " + pg::quote_identifier(name_));
}

Database::Database(std::string const& original)
    : name_("test_" + hash::random_hex(random_bytes)),
      conninfo_(test_server().with_database(name_)) {
    pg::Connection::open(test_server())
        .exec(
            "create database " + pg::quote_identifier(name_) + " template " +
            pg::quote_identifier(original));
}

Database::~Database() {
    if (ci::variable("KEEP_TEST_DB")) {
        std::cout << "kept: " << conninfo_.redacted() << '\n';
        return;
    }
    try {
        pg::Connection::open(test_server())
            .exec("drop database " + pg::quote_identifier(name_) + " with (force)");
    } catch (Error const& error) {
        std::cerr << "database " << name_ << " was not dropped: " << error.message() << '\n';
    }
}

pg::Connection Database::connect(pg::Options options) const {
    return pg::Connection::open(conninfo_, std::move(options));
}

void Database::run(std::string_view sql) const {
    connect().script(sql);
}

} // namespace slipway::support
