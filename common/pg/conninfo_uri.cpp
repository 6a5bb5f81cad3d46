// SPDX-License-Identifier: Apache-2.0
#include "pg/conninfo_uri.hpp"

#include "error/error.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>

#include <libpq-fe.h>

namespace slipway::pg {

namespace {

constexpr std::array<std::string_view, 2> schemes{"postgresql://", "postgres://"};

// Prisma's URL parameters (prisma.io, "PostgreSQL connector"); libpq refuses a URL with them.
constexpr std::array<std::string_view, 9> foreign_parameters{
    "schema",
    "connection_limit",
    "pool_timeout",
    "pgbouncer",
    "socket_timeout",
    "statement_cache_size",
    "sslaccept",
    "sslidentity",
    "single_use_connections"};

std::size_t scheme_length(std::string_view text) {
    for (auto const scheme : schemes) {
        if (text.starts_with(scheme)) {
            return scheme.size();
        }
    }
    return 0;
}

bool plain_word(std::string_view word) {
    return !word.empty() && word.size() <= 40 && std::all_of(word.begin(), word.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    });
}

std::vector<std::string> libpq_parameters() {
    std::vector<std::string> out;
    auto* const all = PQconndefaults();
    for (auto const* option = all; option != nullptr && option->keyword != nullptr; ++option) {
        out.emplace_back(option->keyword);
    }
    PQconninfoFree(all);
    return out;
}

// The end of the user part, found as libpq finds it: an '@' before any '/'.
std::size_t user_part_end(std::string_view uri, std::size_t start) {
    std::size_t const at = uri.find_first_of("@/", start);
    return at != std::string_view::npos && uri[at] == '@' ? at : start;
}

void sort_parameter(std::string_view pair, bool may_show_keys, UriParts& out) {
    std::size_t const equals = pair.find('=');
    std::string_view const raw_key = pair.substr(0, equals);
    std::string_view const raw_value =
        equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    std::string const key = text::percent_decode(raw_key).value_or(std::string{raw_key});
    if (std::find(foreign_parameters.begin(), foreign_parameters.end(), key) !=
        foreign_parameters.end()) {
        out.foreign.emplace_back(
            key, text::percent_decode(raw_value).value_or(std::string{raw_value}));
        return;
    }
    if (is_secret_parameter(key)) {
        out.secrets.emplace_back(raw_value);
    }
    auto const known = libpq_parameters();
    bool const special = key == "ssl"; // libpq takes JDBC's ssl=true
    if (!special && std::find(known.begin(), known.end(), key) == known.end() && may_show_keys &&
        plain_word(key)) {
        out.unknown_key = key;
    }
    out.for_libpq += out.for_libpq.find('?') == std::string::npos ? '?' : '&';
    out.for_libpq += pair;
}

} // namespace

bool is_secret_parameter(std::string_view key) {
    return key == "password" || key == "sslpassword";
}

bool is_connection_uri(std::string_view text) {
    if (scheme_length(text) > 0) {
        return true;
    }
    std::size_t const colon = text.find("://");
    std::string_view const scheme = text.substr(0, colon);
    if (colon == std::string_view::npos || scheme.find_first_of(" =@/") != std::string_view::npos) {
        return false;
    }
    throw Error{
        ErrorKind::usage,
        "the connection string is a URL of another kind than postgresql://",
        "Write postgresql://user:password@host:5432/database, without a driver's name in the "
        "scheme (jdbc:, +asyncpg, prisma:)."};
}

UriParts take_apart(std::string_view uri) {
    UriParts out;
    std::size_t const start = scheme_length(uri);
    std::size_t const user_end = user_part_end(uri, start);
    std::string_view const user_part = uri.substr(start, user_end - start);
    if (std::size_t const colon = user_part.find(':'); colon != std::string_view::npos) {
        out.secrets.emplace_back(user_part.substr(colon + 1));
    }
    std::size_t const question = uri.find('?', user_end);
    if (question == std::string_view::npos) {
        out.for_libpq = uri;
        return out;
    }
    std::string_view const query = uri.substr(question + 1);
    // An '@' in here says that the '?' may have been a part of a password written raw.
    bool const may_show_keys = query.find('@') == std::string_view::npos;
    std::string const head{uri.substr(0, question)};
    // The head may hold a '?' in its user part; sort_parameter looks for the first of the query.
    for (auto const pair : text::split(query, '&')) {
        sort_parameter(pair, may_show_keys, out);
    }
    out.for_libpq = head + out.for_libpq;
    return out;
}

std::string nearest_parameter(std::string_view key) {
    auto known = libpq_parameters();
    known.insert(known.end(), foreign_parameters.begin(), foreign_parameters.end());
    return text::nearest(key, known);
}

} // namespace slipway::pg
