// SPDX-License-Identifier: Apache-2.0
#include "transform_columns.hpp"

#include "pg/quote.hpp"
#include "text/join.hpp"
#include "transform.hpp"
#include "transform_parts.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::links_migrate {

namespace {

using pg::quote_identifier;
using pg::quote_literal;

// The first of the members that `pick` (with `@` for the member) finds something in.
std::string first_of(
    std::vector<std::string> const& members,
    std::string const& pick,
    std::string const& type) {
    std::vector<std::string> each;
    for (auto const& member : members) {
        std::string one;
        for (char const c : pick) {
            one += c == '@' ? "v -> " + quote_literal(member) : std::string{c};
        }
        each.push_back(std::move(one));
    }
    each.push_back("null::" + type);
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
    std::string out;
    for (auto const& word : mapping.words) {
        if (!(word.*what).empty()) {
            out += fmt::format(
                " when {} then {}", quote_literal(word.word), quote_literal(word.*what));
        }
    }
    return out.empty() ? other : "case word" + out + " else " + other + " end";
}

// A json column and an array have an order of their own.
std::string order_of_types(Mapping const& mapping, Tables const& tables) {
    if (mapping.types.empty() || tables.kept == Kept::json) {
        return "0";
    }
    std::string out = "case type";
    int place = 0;
    for (auto const& type : mapping.types) {
        out += fmt::format(" when {} then {}", quote_literal(type), ++place);
    }
    return out + fmt::format(" else {} end", place + 1);
}

// The part between `//` and the next `/`, `?` or `#`; such functions are ten times as fast as a
// regular expression with a group in it.
std::string host_of(std::string const& url) {
    return fmt::format("split_part(translate({}, '?#', '//'), '/', 3)", url);
}

// The address with scheme and host, up to the end of `host`, in lower case.
std::string same_form(std::string const& url, std::string const& host) {
    auto const length = fmt::format("position(':' in {}) + 2 + length({})", url, host);
    return fmt::format(
        "(lower(left({0}, {1}) collate \"C\") || substr({0}, {1} + 1))", url, length);
}

std::string filled() {
    return fmt::format(
        "case when jsonb_typeof(@) = 'null' or jsonb_typeof(@) = 'string' and "
        "btrim((@) #>> '{{}}', {}) = '' then null else @ end",
        blanks_sql);
}

void add_values(Replacements& out, Mapping const& m, Tables const& tables) {
    std::string read;
    std::string faults;
    std::string typed;
    std::string names_read;
    std::string names_typed;
    bool element = false;
    for (std::size_t i = 0; i < m.values.size(); ++i) {
        auto const& value = m.values[i];
        std::string found =
            "case when kind = 'object' then " + first_of(value.members, filled(), "jsonb");
        if (value.element) {
            element = true;
            found += " when kind in ('string', 'number', 'boolean') then v";
        }
        found = "coalesce(" + found + " end";
        found += value.name ? ", to_jsonb(name)" : "";
        found += value.standard ? ", " + quote_literal(*value.standard) + "::jsonb" : "";
        read += fmt::format("{}, null::jsonb) as j{}, ", found, i);
        faults += fmt::format(
            "case when j{0} is null then {1} else ({2}) || {3} end, ",
            i,
            value.required ? quote_literal("missing:" + value.column) : "null::text",
            tables.values.at(i).fault,
            quote_literal(":" + value.column));
        typed += fmt::format(
            ", case when verdict_of_item = 'ok' and j{0} is not null then {1} end as v{0}",
            i,
            tables.values.at(i).value);
        names_read += fmt::format(", j{}", i);
        names_typed += fmt::format(", v{}", i);
    }
    out["values_read"] = names_read;
    out["values_typed"] = names_typed;
    out["item_values"] = read;
    out["value_fault"] = "coalesce(" + faults + "null::text)";
    out["typed_values"] = typed;
    out["no_item"] = !m.url.empty() ? "when kind in ('number', 'boolean') then 'not_text'"
                     : element      ? ""
                               : "when kind in ('string', 'number', 'boolean') then 'no_object'";
}

std::string label_fault(Mapping const& m) {
    if (m.label.empty()) {
        return "null::text";
    }
    auto out = fmt::format(
        "case when coalesce(nullif(title, ''), type) is null then {}",
        quote_literal("missing:" + m.label));
    if (m.longer == Longer::reject) {
        out += fmt::format(" when length(title) > {} then 'label_too_long'", m.label_limit);
    }
    return out + " end";
}

// What tells one item from another, of a link (s) or a row (t); one text.
std::string ident(Mapping const& m, char of) {
    std::vector<std::string> each;
    bool plain = true;
    for (auto const& column : m.identity()) {
        auto const name = "t." + quote_identifier(column);
        if (column == m.type) {
            each.push_back(of == 's' ? "s.type" : name + "::text");
        } else if (column == m.url) {
            each.push_back(
                of == 's' ? same_form("s.url", "s.host") : same_form(name, host_of(name)));
        } else if (column == m.label) {
            plain = false;
            each.push_back(of == 's' ? "s.label" : name);
        } else {
            plain = false;
            auto const value = std::find_if(m.values.begin(), m.values.end(), [&](auto const& v) {
                return v.column == column;
            });
            each.push_back(of == 's' ? fmt::format("s.v{}", value - m.values.begin()) : name);
        }
    }
    // Neither a type of the mapping nor an address holds a line's end.
    return plain ? text::join(each, " || E'\\n' || ")
                 : "jsonb_build_array(" + text::join(each, ", ") + ")::text";
}

// Most items have none of the members: one look for all of them.
std::string hidden(Mapping const& m) {
    std::string names;
    for (auto const* const list : {&m.shown_members, &m.hidden_members}) {
        for (auto const& name : *list) {
            names += (names.empty() ? "" : ", ") + quote_literal(name);
        }
    }
    if (names.empty()) {
        return "false";
    }
    return "v ?| array[" + names + "] and (false" + any_is(m.shown_members, "false") +
           any_is(m.hidden_members, "true") + ")";
}

struct Columns {
    std::string names;
    std::string values;
    std::string differs = "false";

    void add(std::string const& column, std::string const& value) {
        names += (names.empty() ? "" : ", ") + quote_identifier(column);
        values += (values.empty() ? "" : ", ") + value;
    }
    void add_compared(std::string const& column, std::string const& of, std::string const& value) {
        add(column, "p." + value);
        compare(column, of + "." + value);
    }
    void compare(std::string const& column, std::string const& value) {
        differs += fmt::format(" or t.{} is distinct from {}", quote_identifier(column), value);
    }
};

Columns columns_of(Mapping const& m, Tables const& tables) {
    Columns out;
    out.add(m.id, "p.new_id");
    out.add(m.parent, "p.key");
    if (!m.label.empty()) {
        out.add_compared(m.label, "l", "label");
    }
    if (!m.url.empty()) {
        out.add_compared(m.url, "l", "url");
    }
    if (!m.type.empty()) {
        out.add(m.type, "p.type::" + tables.type_type);
    }
    if (!m.position.empty()) {
        out.add(m.position, "p.place");
    }
    for (std::size_t i = 0; i < m.values.size(); ++i) {
        // json has no equality.
        auto const& column = m.values[i].column;
        out.add(column, fmt::format("p.v{}", i));
        out.differs +=
            fmt::format(" or t.{}::text is distinct from l.v{}::text", quote_identifier(column), i);
    }
    for (std::size_t i = 0; i < m.copied.size(); ++i) {
        out.add(m.copied[i].target, fmt::format("d.c{}", i));
        out.compare(m.copied[i].target, fmt::format("d.c{}", i));
    }
    for (auto const& each : m.stamped) {
        out.add(each, "now()");
    }
    return out;
}

} // namespace

void add_members(Replacements& out, Mapping const& m, Tables const& tables) {
    auto const text = fmt::format(
        "case when jsonb_typeof(@) = 'string' then nullif(btrim((@) #>> '{{}}', {}), '') end",
        blanks_sql);
    std::string const number =
        "case when jsonb_typeof(@) in ('number', 'string') and (@) #>> '{}' ~ '^[0-9]{1,6}$' then "
        "((@) #>> '{}')::int end";
    out["addresses"] = first_of(m.url_members, filled(), "jsonb");
    out["own_types"] = first_of(m.type_members, text, "text");
    out["own_labels"] = first_of(m.label_members, text, "text");
    out["positions"] = first_of(m.position_members, number, "int");
    out["hidden"] = hidden(m);
    out["judge"] = m.url.empty() ? "" : parts::judge_url;
    out["word_types"] = m.type.empty()
                            ? "null::text"
                            : of_words(m, &Word::type, quote_literal(m.default_type) + "::text");
    out["word_labels"] = of_words(m, &Word::label, "null::text");
    out["type_order"] = order_of_types(m, tables);
    out["host_of_url"] = m.url.empty() ? "null::text" : host_of("url");
    out["keep_value"] = m.url.empty() ? "true" : "false";
    out["label_fault"] = label_fault(m);
    add_values(out, m, tables);
}

void add_columns(Replacements& out, Mapping const& m, Tables const& tables) {
    std::string copied;
    for (std::size_t i = 0; i < tables.copied.size(); ++i) {
        copied += fmt::format("{} as c{}, ", tables.copied[i], i);
    }
    auto const columns = columns_of(m, tables);
    out["copied_source"] = copied;
    out["columns"] = columns.names;
    out["column_values"] = columns.values;
    out["differs"] = columns.differs;
    out["ident_of_link"] = ident(m, 's');
    out["ident_of_row"] = ident(m, 't');
    out["position_of_row"] =
        m.position.empty() ? "0::bigint" : "t." + quote_identifier(m.position) + "::bigint";
    out["has_position"] = m.position.empty() ? "false" : "true";
    out["detail"] = m.type.empty() ? "''" : "type";
    out["shown_of_link"] = m.url.empty() ? "left(l.v::text, 4096)" : "l.url";
    out["shown"] = m.url.empty() ? "left(v::text, 4096)" : "url";
}

std::string content_sql(Mapping const& m) {
    std::string list;
    auto const columns = m.written_columns();
    // The id is what the row is found by.
    for (std::size_t i = 1; i < columns.size(); ++i) {
        list += (list.empty() ? "t." : ", t.") + quote_identifier(columns[i]);
    }
    return "substring(sha256(convert_to(row(" + list + ")::text, 'UTF8')) from 1 for 16)";
}

} // namespace slipway::links_migrate
