// SPDX-License-Identifier: Apache-2.0
#include "catalog/properties.hpp"

#include "error/error.hpp"
#include "pg/quote.hpp"
#include "pg/transaction.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace slipway::catalog {

namespace {

// As JSON, a row of pg_database has whichever columns its server version knows.
constexpr std::string_view facts_query = R"(
select r.rolname::text, t.spcname::text, pg_catalog.pg_encoding_to_char(d.encoding)::text,
       d.datcollate::text, coalesce(d.datctype::text, ''),
       coalesce(j.row ->> 'datlocprovider', 'c'),
       coalesce(j.row ->> 'datlocale', j.row ->> 'daticulocale', ''),
       coalesce(j.row ->> 'daticurules', ''),
       d.datconnlimit::bigint, d.datistemplate, pg_catalog.shobj_description(d.oid, 'pg_database')
from pg_catalog.pg_database d
join pg_catalog.pg_roles r on r.oid = d.datdba
join pg_catalog.pg_tablespace t on t.oid = d.dattablespace,
lateral (select pg_catalog.to_jsonb(d) as row) j
where d.oid = $1::oid)";

constexpr std::string_view settings_query = R"(
select case when s.setrole = 0 then '' else r.rolname::text end as role, v.entry
from pg_catalog.pg_db_role_setting s
left join pg_catalog.pg_roles r on r.oid = s.setrole,
lateral pg_catalog.unnest(s.setconfig) with ordinality as v(entry, place)
where s.setdatabase = $1::oid order by 1, v.place)";

// The owner's and PUBLIC's rights are there unless revoked; with acldefault both cases are alike.
constexpr std::string_view grants_query = R"(
select case when a.grantee = 0 then '' else g.rolname::text end as role,
       a.privilege_type, a.is_grantable
from pg_catalog.pg_database d,
lateral pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a
left join pg_catalog.pg_roles g on g.oid = a.grantee
where d.oid = $1::oid order by 1, 2, 3)";

constexpr std::string_view labels_query = R"(
select provider, label from pg_catalog.pg_shseclabel
where objoid = $1::oid and classoid = 'pg_catalog.pg_database'::regclass order by 1, 2)";

// That of template0. To name a tablespace needs a right to it, to take the template's does not.
constexpr std::string_view template_tablespace = "pg_default";

std::string role_word(std::string const& role) {
    return role.empty() ? "public" : pg::quote_identifier(role);
}

// Their values are kept as lists of quoted names: as one literal they would be quoted again.
constexpr std::string_view list_settings =
    "'search_path', 'temp_tablespaces', 'session_preload_libraries', 'local_preload_libraries'";

void copy_grants(
    pg::Connection& connection,
    std::int64_t original,
    std::string_view name,
    std::string const& owner) {
    std::string const revoke = "revoke all on database " + pg::quote_identifier(name) + " from ";
    connection.exec(revoke + "public");
    connection.exec(revoke + pg::quote_identifier(owner));
    for (auto const& grant : grants_of(connection, original)) {
        give_grant(connection, name, grant);
    }
}

} // namespace

std::vector<Setting> settings_of(pg::Connection& connection, std::int64_t oid) {
    std::vector<Setting> out;
    for (auto const row : connection.exec(settings_query, {oid})) {
        auto const entry = row.get<std::string>(1);
        auto const equals = entry.find('=');
        out.push_back({row.get<std::string>(0), entry.substr(0, equals), entry.substr(equals + 1)});
    }
    return out;
}

void give_setting(pg::Connection& connection, std::string_view name, Setting const& setting) {
    std::string const database = name.empty() ? ""
                                              : (setting.role.empty() ? "" : " in") +
                                                    (" database " + pg::quote_identifier(name));
    std::string const owner =
        setting.role.empty() ? "" : " role " + pg::quote_identifier(setting.role);
    bool const list =
        connection
            .exec("select lower($1) in (" + std::string{list_settings} + ")", {setting.parameter})
            .one_value<bool>();
    // A parameter's name may have a dot, as in my.setting, which quotes would hide.
    std::string const set =
        "alter" + owner + database + " set " +
        connection
            .exec(
                "select pg_catalog.string_agg(pg_catalog.quote_ident(p), '.' order by n) "
                "from pg_catalog.unnest(pg_catalog.string_to_array($1, '.')) "
                "with ordinality u(p, n)",
                {setting.parameter})
            .one_value<std::string>();
    if (list) {
        connection.exec(
            "select pg_catalog.set_config($1, $2, true)", {setting.parameter, setting.value});
        connection.exec(set + " from current");
    } else {
        connection.exec(set + " to " + pg::quote_literal(setting.value));
    }
}

std::vector<DatabaseGrant> grants_of(pg::Connection& connection, std::int64_t oid) {
    std::vector<DatabaseGrant> out;
    for (auto const row : connection.exec(grants_query, {oid})) {
        out.push_back({row.get<std::string>(0), row.get<std::string>(1), row.get<bool>(2)});
    }
    return out;
}

void give_grant(pg::Connection& connection, std::string_view name, DatabaseGrant const& grant) {
    connection.exec(fmt::format(
        "grant {} on database {} to {}{}",
        grant.privilege,
        pg::quote_identifier(name),
        role_word(grant.role),
        grant.grantable ? " with grant option" : ""));
}

Properties properties_of(pg::Connection& connection, std::int64_t oid) {
    auto const row = connection.exec(facts_query, {oid}).one_row();
    Properties out;
    out.owner = row.get<std::string>(0);
    out.tablespace = row.get<std::string>(1);
    out.encoding = row.get<std::string>(2);
    out.collate = row.get<std::string>(3);
    out.ctype = row.get<std::string>(4);
    out.provider = row.get<std::string>(5);
    out.locale = row.get<std::string>(6);
    out.icu_rules = row.get<std::string>(7);
    out.connection_limit = row.get<std::int64_t>(8);
    out.is_template = row.get<bool>(9);
    out.comment = row.get<std::optional<std::string>>(10);
    for (auto const& setting : connection.exec(settings_query, {oid})) {
        auto const role = setting.get<std::string>(0);
        out.settings.push_back((role.empty() ? "" : role + ": ") + setting.get<std::string>(1));
    }
    std::sort(out.settings.begin(), out.settings.end());
    for (auto const& grant : grants_of(connection, oid)) {
        out.grants.push_back(
            (grant.role.empty() ? "public" : grant.role) + ": " + grant.privilege +
            (grant.grantable ? ", grantable" : ""));
    }
    std::sort(out.grants.begin(), out.grants.end());
    for (auto const& label : connection.exec(labels_query, {oid})) {
        out.labels.push_back(label.get<std::string>(0) + ": " + label.get<std::string>(1));
    }
    std::sort(out.labels.begin(), out.labels.end());
    return out;
}

std::string create_statement(std::string_view name, Properties const& properties) {
    std::string out = fmt::format(
        "create database {} with template template0 owner {} encoding {} lc_collate {} "
        "lc_ctype {}",
        pg::quote_identifier(name),
        pg::quote_identifier(properties.owner),
        pg::quote_literal(properties.encoding),
        pg::quote_literal(properties.collate),
        pg::quote_literal(properties.ctype));
    if (properties.tablespace != template_tablespace) {
        out += " tablespace " + pg::quote_identifier(properties.tablespace);
    }
    if (properties.provider == "i") {
        out += " locale_provider icu icu_locale " + pg::quote_literal(properties.locale);
    } else if (properties.provider == "b") {
        out += " locale_provider builtin builtin_locale " + pg::quote_literal(properties.locale);
    }
    if (!properties.icu_rules.empty()) {
        out += " icu_rules " + pg::quote_literal(properties.icu_rules);
    }
    return out;
}

void copy_properties(pg::Connection& connection, std::int64_t original, std::string_view name) {
    auto const wanted = properties_of(connection, original);
    std::string const quoted = pg::quote_identifier(name);
    try {
        pg::Transaction transaction{connection};
        for (auto const& setting : settings_of(connection, original)) {
            give_setting(connection, name, setting);
        }
        copy_grants(connection, original, name, wanted.owner);
        transaction.exec(
            fmt::format("alter database {} connection limit {}", quoted, wanted.connection_limit));
        transaction.exec(
            fmt::format("alter database {} is_template {}", quoted, wanted.is_template));
        for (auto const& row : transaction.exec(labels_query, {original})) {
            transaction.exec(fmt::format(
                "security label for {} on database {} is {}",
                pg::quote_identifier(row.get<std::string>(0)),
                quoted,
                pg::quote_literal(row.get<std::string>(1))));
        }
        transaction.commit();
    } catch (pg::ServerError const& error) {
        throw error.with_context("cannot give the restored database what the live one has");
    }
}

std::vector<std::string>
differences(Properties const& now, Properties const& wanted, bool with_comment) {
    std::vector<std::string> out;
    auto const compare = [&](std::string_view what, auto const& a, auto const& b) {
        if (a != b) {
            out.push_back(fmt::format("{}: {}, not {}", what, a, b));
        }
    };
    auto const compare_lists = [&](std::string_view what,
                                   std::vector<std::string> const& a,
                                   std::vector<std::string> const& b) {
        std::vector<std::string> only;
        std::set_difference(b.begin(), b.end(), a.begin(), a.end(), std::back_inserter(only));
        for (auto const& one : only) {
            out.push_back(fmt::format("{} missing: {}", what, one));
        }
        only.clear();
        std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(only));
        for (auto const& one : only) {
            out.push_back(fmt::format("{} too many: {}", what, one));
        }
    };
    compare("owner", now.owner, wanted.owner);
    compare("tablespace", now.tablespace, wanted.tablespace);
    compare("encoding", now.encoding, wanted.encoding);
    compare("collation", now.collate, wanted.collate);
    compare("character type", now.ctype, wanted.ctype);
    compare("locale provider", now.provider, wanted.provider);
    compare("locale", now.locale, wanted.locale);
    compare("ICU rules", now.icu_rules, wanted.icu_rules);
    compare("connection limit", now.connection_limit, wanted.connection_limit);
    compare("is template", now.is_template, wanted.is_template);
    if (with_comment) {
        compare("comment", now.comment.value_or("(none)"), wanted.comment.value_or("(none)"));
    }
    compare_lists("setting", now.settings, wanted.settings);
    compare_lists("grant", now.grants, wanted.grants);
    compare_lists("security label", now.labels, wanted.labels);
    return out;
}

} // namespace slipway::catalog
