// SPDX-License-Identifier: Apache-2.0
#include "schema_difference.hpp"

#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::migrate_apply {

namespace {

using catalog::Change;
using catalog::ChangeKind;

std::optional<std::string_view>
between(std::string_view line, std::string_view from, std::string_view to) {
    std::size_t const begin = line.find(from);
    if (begin == std::string_view::npos) {
        return std::nullopt;
    }
    line.remove_prefix(begin + from.size());
    return line.substr(0, line.find(to));
}

// `-- Name: users; Type: TABLE; Schema: public; Owner: app`
std::optional<DumpEntry> head(std::string_view line) {
    auto const name = between(line, "-- Name: ", "; Type: ");
    auto const type = between(line, "; Type: ", "; Schema: ");
    auto const schema = between(line, "; Schema: ", "; Owner: ");
    if (!line.starts_with("-- Name: ") || !name || !type || !schema) {
        return std::nullopt;
    }
    return DumpEntry{
        std::string{*type}, *schema == "-" ? "" : std::string{*schema}, std::string{*name}};
}

// Settings stand where they are needed next, which says nothing of the entry before them.
bool is_setting(std::string_view line) {
    return line.starts_with("SET default_table") || line.starts_with("\\restrict") ||
           line.starts_with("\\unrestrict");
}

// The words of a name, whatever the quotes and the order: `users_pkey ON users` are those of
// `public.users.users_pkey`.
std::multiset<std::string> words_of(std::string_view schema, std::string_view name) {
    std::multiset<std::string> out;
    std::string word;
    auto const end = [&] {
        if (!word.empty() && word != "on" && word != "ON" && word != "SERVER") {
            out.insert(word);
        }
        word.clear();
    };
    for (char const c : name) {
        if (c == ' ' || c == '.') {
            end();
        } else if (c != '"' && c != '(' && c != ')') {
            word += c;
        }
    }
    end();
    if (!schema.empty()) {
        out.insert(text::replace_all(schema, "\"", ""));
    }
    return out;
}

// `TABLE users` of comments and privileges, without the words of the type.
std::string_view without_type(std::string_view name) {
    auto const is_capital = [](char c) {
        return c >= 'A' && c <= 'Z';
    };
    while (true) {
        std::size_t const end = name.find(' ');
        bool const is_type =
            end != std::string_view::npos &&
            std::all_of(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(end), is_capital);
        if (!is_type) {
            return name;
        }
        name.remove_prefix(end + 1);
    }
}

std::string_view before_bracket(std::string_view name) {
    return name.substr(0, name.find('('));
}

bool is_of(std::string_view kind, std::string_view beginning) {
    return kind.starts_with(beginning);
}

bool tells_of(Change const& change, DumpEntry const& entry) {
    auto const name = catalog::parts_of(change.object);
    bool const comment = is_of(name.kind, "comment on ");
    bool const privileges = is_of(name.kind, "privileges on ");
    if (entry.type == "DEFAULT ACL") {
        return name.kind == "default privileges";
    }
    if (entry.type == "COMMENT" || entry.type == "ACL") {
        // Of a function's arguments these have the names, too.
        return (entry.type == "COMMENT" ? comment : privileges) &&
               words_of("", before_bracket(name.path)) ==
                   words_of(entry.schema, before_bracket(without_type(entry.name)));
    }
    if (comment || privileges) {
        return false;
    }
    bool const named_with_type = entry.type == "CAST" || entry.type == "USER MAPPING";
    bool const in_schema = entry.type == "PUBLICATION TABLES IN SCHEMA";
    auto const theirs = words_of(
        in_schema ? "" : entry.schema, named_with_type ? without_type(entry.name) : entry.name);
    if (entry.type == "OPERATOR") {
        return words_of("", before_bracket(name.path)) == theirs;
    }
    auto const ours = words_of("", name.path);
    // An index that a constraint made goes by the constraint, whose name has the table's.
    bool const has_parts = is_of(entry.type, "TABLE") || entry.type == "FOREIGN TABLE" ||
                           is_of(entry.type, "OPERATOR") || entry.type == "INDEX ATTACH";
    return has_parts ? std::includes(ours.begin(), ours.end(), theirs.begin(), theirs.end())
                     : ours == theirs;
}

char sign(ChangeKind kind) {
    switch (kind) {
    case ChangeKind::added:
        return '+';
    case ChangeKind::removed:
        return '-';
    case ChangeKind::changed:
        return '~';
    }
    return '~';
}

// A table that comes is told with its columns, which are not told by themselves.
std::string definition_of(Change const& change, catalog::SchemaSnapshot const& after) {
    auto const name = catalog::parts_of(change.object);
    if (change.kind != ChangeKind::added || name.kind != "table") {
        return change.kind == ChangeKind::removed ? change.before : change.after;
    }
    std::string const prefix = "column " + std::string{name.path} + ".";
    std::vector<std::string> columns;
    for (auto at = after.objects.lower_bound(prefix);
         at != after.objects.end() && at->first.starts_with(prefix);
         ++at) {
        columns.push_back(at->first.substr(prefix.size()) + " " + at->second);
    }
    return change.after + " (" + text::join(columns, ", ") + ")";
}

std::string line_of(Change const& change, catalog::SchemaSnapshot const& after) {
    constexpr std::size_t most = 160;
    auto const name = catalog::parts_of(change.object);
    auto const shown = [](std::string_view definition) {
        return text::shorten(text::printable_line(definition), most);
    };
    std::string const what = change.kind == ChangeKind::changed
                                 ? shown(change.before) + " -> " + shown(change.after)
                                 : shown(definition_of(change, after));
    return fmt::format("{} {}: {}", sign(change.kind), name.path, what);
}

} // namespace

std::map<DumpEntry, std::string> dump_entries(std::string_view dump) {
    std::map<DumpEntry, std::string> out;
    std::string* into = nullptr;
    std::string_view before;
    for (auto const line : text::lines(dump)) {
        auto const found = before == "--" ? head(line) : std::nullopt;
        before = line;
        if (found) {
            into = &out[*found];
        } else if (
            into != nullptr && !is_setting(line) && !line.empty() && !line.starts_with("--")) {
            *into += std::string{line} + "\n";
        }
    }
    return out;
}

std::vector<std::string> untold(
    std::string_view dump_before,
    std::string_view dump_after,
    std::vector<Change> const& changes) {
    auto const before = dump_entries(dump_before);
    auto const after = dump_entries(dump_after);
    std::vector<std::string> out;
    auto const look = [&](DumpEntry const& entry) {
        bool const told = std::any_of(changes.begin(), changes.end(), [&](Change const& change) {
            return tells_of(change, entry);
        });
        if (!told) {
            out.push_back(fmt::format(
                "{} {}{}{}",
                entry.type,
                entry.schema,
                entry.schema.empty() ? "" : ".",
                entry.name));
        }
    };
    for (auto const& each : before) {
        auto const now = after.find(each.first);
        if (now == after.end() || now->second != each.second) {
            look(each.first);
        }
    }
    for (auto const& each : after) {
        if (!before.contains(each.first)) {
            look(each.first);
        }
    }
    return out;
}

void tell_difference(
    catalog::SchemaSnapshot const& before,
    catalog::SchemaSnapshot const& after,
    tool::Context& context) {
    auto changes = catalog::difference(before, after);
    std::stable_sort(changes.begin(), changes.end(), [](Change const& a, Change const& b) {
        return catalog::parts_of(a.object).kind < catalog::parts_of(b.object).kind;
    });
    auto told = json::Value::array();
    std::string_view kind;
    context.log.info(changes.empty() ? "the schema stays as it is" : "the schema changes:");
    for (auto const& change : changes) {
        auto const name = catalog::parts_of(change.object);
        if (name.kind != kind) {
            kind = name.kind;
            context.log.info(fmt::format("  {}", kind));
        }
        context.log.info("    " + line_of(change, after));
        told.push_back(
            {{"change", catalog::name(change.kind)},
             {"kind", name.kind},
             {"object", name.path},
             {"before", change.before},
             {"after", change.kind == ChangeKind::removed ? "" : definition_of(change, after)}});
    }
    (*context.record.data)["schema_difference"] = std::move(told);
}

} // namespace slipway::migrate_apply
