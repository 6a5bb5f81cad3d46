// SPDX-License-Identifier: Apache-2.0
#include "transform.hpp"

#include "error/error.hpp"
#include "ledger_key.hpp"
#include "pg/quote.hpp"
#include "text/join.hpp"
#include "transform_columns.hpp"
#include "transform_parts.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::links_migrate {

char const* const plain_address_pattern =
    R"(^[Hh][Tt][Tt][Pp][Ss]?://([A-Za-z0-9-]+\.)+[A-Za-z][A-Za-z0-9-]*(/[A-Za-z0-9._~!$&'()*+,;=:@/%-]*)?(\?[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*)?(#[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*)?$)";

char const* const schemeless_pattern = "^[A-Za-z0-9@._-]+$";

namespace {

using pg::quote_identifier;
using pg::quote_literal;

// One pass, so that what the mapping's author wrote is never looked into.
std::string fill(std::string_view sql, Replacements const& values) {
    std::string out;
    for (;;) {
        auto const begin = sql.find("<<");
        out += sql.substr(0, begin);
        if (begin == std::string_view::npos) {
            return out;
        }
        auto const end = sql.find(">>", begin);
        auto const found = values.find(sql.substr(begin + 2, end - begin - 2));
        if (found == values.end()) {
            throw Error{ErrorKind::internal, "a part of the statement is not filled in"};
        }
        out += found->second;
        sql.remove_prefix(end + 2);
    }
}

std::string range(std::string const& column, std::string const& type) {
    return fmt::format(
        "($1::{1} is null or {0} > $1::{1}) and ($2::{1} is null or {0} <= $2::{1})", column, type);
}

std::string ledger_range(Tables const& tables) {
    auto const& type = tables.key_type;
    if (type == "text") {
        // The order of texts is the collation's, and the ledger's is another.
        return "w.source_key = any (array(select key::text from docs))";
    }
    auto const bound = [&](std::string const& parameter) {
        return ledger_key(fmt::format("{}::{}", parameter, type), type);
    };
    return fmt::format(
        "($1::{0} is null or w.source_key > {1}) and ($2::{0} is null or w.source_key <= {2})",
        type,
        bound("$1"),
        bound("$2"));
}

std::string plain_pattern(Mapping const& m) {
    std::string pattern = plain_address_pattern;
    if (m.schemes.size() == 1) {
        constexpr std::string_view both = "[Ss]?";
        pattern.replace(
            pattern.find(both), both.size(), m.schemes.front() == "https" ? "[Ss]" : "");
    }
    return quote_literal(pattern);
}

void add_source(Replacements& out, Mapping const& m, Tables const& tables) {
    auto const column = "s." + quote_identifier(m.source_json);
    bool const json = tables.kept == Kept::json;
    std::string base = column;
    std::string path;
    if (tables.kept == Kept::other) {
        base = "to_jsonb(" + column + ")";
    } else if (!m.within.empty()) {
        std::string members;
        for (auto const& member : m.within) {
            members += (members.empty() ? "" : ", ") + quote_literal(member);
            path += "/" + text::replace_all(text::replace_all(member, "~", "~0"), "/", "~1");
        }
        base = fmt::format("({} #> array[{}])", column, members);
    }
    out["base"] = base;
    out["path"] =
        quote_literal(path) +
        " || case when k is not null then '/' || replace(replace(k, '~', '~0'), '/', '~1')"
        " when n > 0 then '/' || (n - 1) else '' end";
    out["raw"] = json ? "to_jsonb(" + column + "::text)" : base;
    out["j"] = out["doc_type"] = json ? "json" : "jsonb";
    // A json column may hold what jsonb cannot: zero characters, numbers without bound, any depth.
    out["unread"] =
        json
            ? fmt::format(
                  R"(case when json_typeof({0}) = 'string' or {0}::text ~ '\\u|[0-9][eE]|[0-9]{{250}}'
                       or octet_length({0}::text) -
                          octet_length(translate({0}::text, '[{{', '')) > 200 then {0}::text end)",
                  column)
            : fmt::format(
                  "case when jsonb_typeof({0}) = 'string' and btrim({0} #>> '{{}}', {1}) <> '' "
                  "then {0} #>> '{{}}' end",
                  base,
                  blanks_sql);
    out["unread_kind"] = json ? "'document'" : "'text'";
    out["where"] = m.where.empty() ? "" : "and (" + m.where + "\n)";
    out["members"] = m.object == ObjectIs::items ? parts::object_members : parts::object_itself;
}

void add_ledger(Replacements& out, Mapping const& m, Tables const& tables, bool there) {
    bool const keep = m.repeated == Repeated::keep;
    auto const item = fmt::format(
        "substring(sha256(convert_to({}, 'UTF8')) from 1 for 16)",
        keep ? "l.ident || E'\\n' || l.copy" : "l.ident");
    auto const key = ledger_key("l.key", tables.key_type);
    out["item"] = item;
    out["ledger_key_of_link"] = key;
    out["ledger_key_of_8"] = ledger_key(fmt::format("k::{}", tables.key_type), tables.key_type);
    out["mapping"] = quote_literal(m.name);
    out["ledger_range"] = ledger_range(tables);
    out["known"] = there ? fmt::format(
                               "left join slipway.links_row w on w.mapping = {} and w.source_key = "
                               "{} and w.item = l.item and {}",
                               out["mapping"],
                               key,
                               out["ledger_range"])
                         : "left join (select null::bytea as item) w on false";
    out["is_duplicate"] = keep ? "false" : "l.copy > 1";
    out["same_copy"] = keep ? "and p.copy = l.copy" : "";
    out["present"] = keep
                         ? "select key, ident, row_number() over (partition by key, ident) as copy "
                           "from existing"
                         : "select distinct key, ident from existing";
}

} // namespace

std::string next_key_sql(Mapping const& mapping, Tables const& tables) {
    auto const key = "s." + quote_identifier(mapping.source_key);
    return fmt::format(
        "select k::text from (select {0} as k from {1} s where {2} {3} order by {0} limit $3) b"
        " order by k desc limit 1",
        key,
        tables.source,
        range(key, tables.key_type),
        mapping.where.empty() ? "" : "and (" + mapping.where + "\n)");
}

std::string fresh_rows_sql(Mapping const& mapping, Tables const& tables) {
    Replacements values{
        {"key", quote_identifier(mapping.source_key)},
        {"parent", quote_identifier(mapping.parent)},
        {"source", tables.source},
        {"target", tables.target},
        {"source_range", range("s." + quote_identifier(mapping.source_key), tables.key_type)},
        {"target_range", range("t." + quote_identifier(mapping.parent), tables.key_type)},
        {"ledger_key", ledger_key("d.key", tables.key_type)}};
    add_source(values, mapping, tables);
    add_ledger(values, mapping, tables, true);
    add_columns(values, mapping, tables);
    std::string copied;
    for (std::size_t i = 0; i < tables.copied.size(); ++i) {
        copied += fmt::format(", c{}", i);
    }
    values["copied"] = copied;
    return fill(parts::fresh, values);
}

std::string transform_sql(
    Mapping const& mapping,
    Tables const& tables,
    Purpose purpose,
    bool with_ledger,
    std::string const& only) {
    std::string sql = std::string{parts::items} + parts::links;
    switch (purpose) {
    case Purpose::count:
        sql += std::string{parts::placing} + parts::counts + parts::counted_only;
        break;
    case Purpose::write:
        sql += std::string{parts::placing} + parts::writing + parts::counts + parts::written;
        break;
    case Purpose::verify:
        sql += std::string{parts::comparing};
        break;
    }
    auto const source_key = "s." + quote_identifier(mapping.source_key);
    Replacements values{
        {"key", quote_identifier(mapping.source_key)},
        {"id", quote_identifier(mapping.id)},
        {"parent", quote_identifier(mapping.parent)},
        {"source", tables.source},
        {"target", tables.target},
        {"source_range", range(source_key, tables.key_type)},
        {"target_range", range("t." + quote_identifier(mapping.parent), tables.key_type)},
        {"key_type", tables.key_type},
        {"id_type", tables.id_type},
        {"content", content_sql(mapping)},
        {"new_id", purpose == Purpose::write ? tables.new_id : "null::text"},
        {"overriding", tables.overriding ? "overriding system value" : ""},
        {"longest", std::to_string(tables.longest_url)},
        {"label_limit", std::to_string(mapping.label_limit)},
        {"first_position", std::to_string(mapping.first_position)},
        {"blanks", blanks_sql}};
    add_source(values, mapping, tables);
    add_ledger(values, mapping, tables, with_ledger);
    add_members(values, mapping, tables);
    add_columns(values, mapping, tables);
    values["plain"] = plain_pattern(mapping);
    values["no_scheme"] = mapping.add_https
                              ? "false"
                              : "a.given collate \"C\" ~ " + quote_literal(schemeless_pattern);
    values["where"] += only.empty() ? "" : " and (" + only + ")";
    for (auto const* const nested : {"members", "judge"}) {
        values[nested] = fill(values[nested], values);
    }
    return fill(sql, values);
}

} // namespace slipway::links_migrate
