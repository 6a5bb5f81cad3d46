// SPDX-License-Identifier: Apache-2.0
#include "transform.hpp"

#include "http/web_link.hpp"
#include "pg/quote.hpp"
#include "text/join.hpp"
#include "transform_parts.hpp"

#include <utility>

#include <fmt/format.h>

namespace slipway::links_migrate {

char const* const plain_address_pattern =
    R"(^[Hh][Tt][Tt][Pp][Ss]?://([A-Za-z0-9-]+\.)+[A-Za-z][A-Za-z0-9-]*(/[A-Za-z0-9._~!$&'()*+,;=:@/%-]*)?(\?[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*)?(#[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*)?$)";

namespace {

using pg::quote_identifier;
using pg::quote_literal;
using Replacements = std::vector<std::pair<std::string, std::string>>;

std::string fill(std::string sql, Replacements const& values) {
    for (auto const& [name, value] : values) {
        sql = text::replace_all(sql, "<<" + name + ">>", value);
    }
    return sql;
}

// The first of the members that `pick` (with `@` for the member) finds something in.
std::string first_of(std::vector<std::string> const& members, std::string const& pick) {
    std::vector<std::string> each;
    for (auto const& member : members) {
        each.push_back(text::replace_all(pick, "@", "v -> " + quote_literal(member)));
    }
    return "coalesce(" + text::join(each, ", ") + ")";
}

std::string any_is(std::vector<std::string> const& members, std::string const& value) {
    std::string out;
    for (auto const& member : members) {
        out += fmt::format(" or v -> {} = '{}'::jsonb", quote_literal(member), value);
    }
    return out;
}

std::string of_words(Mapping const& mapping, std::string Word::*what, std::string const& other) {
    std::string out = "case word";
    for (auto const& word : mapping.words) {
        out += fmt::format(" when {} then {}", quote_literal(word.word), quote_literal(word.*what));
    }
    return out + " else " + other + " end";
}

std::string order_of_types(Mapping const& mapping) {
    std::string out = "case type";
    int place = 0;
    for (auto const& type : mapping.types) {
        out += fmt::format(" when {} then {}", quote_literal(type), ++place);
    }
    return out + fmt::format(" else {} end", place + 1);
}

std::string same_form(std::string const& url) {
    return fmt::format(
        "(lower(substring({0} from '^[^/]*//[^/?#]*') collate \"C\") || "
        "substring({0} from '^[^/]*//[^/?#]*(.*)$'))",
        url);
}

std::string item_hash(std::string const& type, std::string const& url) {
    return fmt::format(
        "substring(sha256(convert_to({} || E'\\n' || {}, 'UTF8')) from 1 for 16)", type, url);
}

std::string range(std::string const& column, std::string const& cast) {
    return fmt::format(
        "($1::{1} is null or {0} > $1::{1}) and ($2::{1} is null or {0} <= $2::{1})", column, cast);
}

// The ledger keeps keys as text: in the order of a uuid, but not of a number.
std::string ledger_range(Tables const& tables) {
    if (tables.key_type == "uuid") {
        return "($1::uuid is null or w.source_key > $1::uuid::text)"
               " and ($2::uuid is null or w.source_key <= $2::uuid::text)";
    }
    return range("w.source_key::" + tables.key_type, tables.key_type);
}

Replacements members(Mapping const& m) {
    std::string const filled =
        "case when jsonb_typeof(@) = 'null' or btrim((@) #>> '{}', <<blanks>>) = '' then null "
        "else @ end";
    std::string const text =
        "case when jsonb_typeof(@) = 'string' then nullif(btrim((@) #>> '{}', <<blanks>>), '') "
        "end";
    std::string const number =
        "case when jsonb_typeof(@) in ('number', 'string') and (@) #>> '{}' ~ '^[0-9]{1,6}$' then "
        "((@) #>> '{}')::int end";
    return {
        {"addresses", first_of(m.url_members, filled)},
        {"own_types", first_of(m.type_members, text)},
        {"own_labels", first_of(m.label_members, text)},
        {"positions", first_of(m.position_members, number)},
        {"hidden", "false" + any_is(m.shown_members, "false") + any_is(m.hidden_members, "true")}};
}

Replacements columns(Mapping const& m) {
    std::string source;
    std::string target;
    std::string values;
    std::string differs;
    int n = 0;
    for (auto const& each : m.copied) {
        source += fmt::format("s.{} as c{}, ", quote_identifier(each.source), n);
        target += ", " + quote_identifier(each.target);
        values += fmt::format(", d.c{}", n);
        differs += fmt::format(" or t.{} is distinct from d.c{}", quote_identifier(each.target), n);
        ++n;
    }
    for (auto const& each : m.stamped) {
        target += ", " + quote_identifier(each);
        values += ", now()";
    }
    return {
        {"copied_source", source},
        {"more_columns", target},
        {"more_values", values},
        {"copied_differs", differs},
        {"key", quote_identifier(m.source_key)},
        {"json", quote_identifier(m.source_json)},
        {"id", quote_identifier(m.id)},
        {"parent", quote_identifier(m.parent)},
        {"label", quote_identifier(m.label)},
        {"url", quote_identifier(m.url)},
        {"type", quote_identifier(m.type)},
        {"position", quote_identifier(m.position)}};
}

Replacements ledger(Mapping const& m, bool there) {
    return {
        {"known",
         there ? "left join slipway.links_row w on w.mapping = <<mapping>> and w.source_key = "
                 "l.key::text and w.item = <<item_of_link>> and <<ledger_range>>"
               : "left join (select null::bytea as item) w on false"},
        {"mapping", quote_literal(m.name)},
        {"item_of_link", item_hash("l.type", "l.form")},
        {"item_of_row",
         item_hash(
             "t." + quote_identifier(m.type) + "::text",
             same_form("t." + quote_identifier(m.url)))}};
}

} // namespace

std::string content_sql(Mapping const& m) {
    std::string list;
    for (auto const& name : {m.parent, m.label, m.url, m.type, m.position}) {
        list += (list.empty() ? "t." : ", t.") + quote_identifier(name);
    }
    for (auto const& each : m.copied) {
        list += ", t." + quote_identifier(each.target);
    }
    for (auto const& each : m.stamped) {
        list += ", t." + quote_identifier(each);
    }
    return "substring(sha256(convert_to(jsonb_build_array(" + list +
           ")::text, 'UTF8')) from 1 for 16)";
}

std::string
transform_sql(Mapping const& mapping, Tables const& tables, Purpose purpose, bool with_ledger) {
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
    sql = fill(std::move(sql), ledger(mapping, with_ledger));
    sql = fill(std::move(sql), members(mapping));
    sql = fill(std::move(sql), columns(mapping));
    return fill(
        std::move(sql),
        {{"source", tables.source},
         {"target", tables.target},
         {"source_range", range("s." + quote_identifier(mapping.source_key), tables.key_type)},
         {"target_range", range("t." + quote_identifier(mapping.parent), tables.key_type)},
         {"ledger_range", ledger_range(tables)},
         {"key_type", tables.key_type},
         {"id_type", tables.id_type},
         {"type_type", tables.type_type},
         {"content", content_sql(mapping)},
         {"word_types", of_words(mapping, &Word::type, quote_literal(mapping.default_type))},
         {"word_labels", of_words(mapping, &Word::label, "null")},
         {"type_order", order_of_types(mapping)},
         {"form_of_url", same_form("url")},
         {"form_of_row", same_form("t." + quote_identifier(mapping.url))},
         {"plain", quote_literal(plain_address_pattern)},
         {"longest", std::to_string(http::longest_link)},
         {"label_limit", std::to_string(mapping.label_limit)},
         {"blanks", blanks_sql}});
}

} // namespace slipway::links_migrate
