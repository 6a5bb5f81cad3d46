// SPDX-License-Identifier: Apache-2.0
#include "foreign_script.hpp"

#include "text/join.hpp"
#include "text/utf8.hpp"

#include <fmt/format.h>

namespace slipway::db_backup {

namespace {

// The identifier at the beginning of the text, quoted or not.
std::string identifier(std::string_view text) {
    text = text::trim(text);
    if (!text.starts_with('"')) {
        return std::string{text.substr(0, text.find_first_of(" ;,"))};
    }
    std::string out;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] != '"') {
            out += text[i];
        } else if (i + 1 < text.size() && text[i + 1] == '"') {
            out += text[++i];
        } else {
            break;
        }
    }
    return out;
}

} // namespace

void ScriptFacts::add_role(std::string_view name) {
    std::string role = identifier(name);
    if (!role.empty() && role != "PUBLIC" && !role.starts_with("pg_") && role != "CURRENT_USER") {
        roles_.insert(std::move(role));
    }
}

// Of psql's commands a dump has these alone.
void ScriptFacts::command(std::string_view text) {
    auto const words = text::split(text, ' ');
    if (words.front() == "\\restrict" || words.front() == "\\unrestrict") {
        return;
    }
    if (words.front() == "\\connect" && words.size() > 1) {
        std::string_view rest = text.substr(words.front().size() + 1);
        constexpr std::string_view reuse = "-reuse-previous=on ";
        if (rest.starts_with(reuse)) {
            rest.remove_prefix(reuse.size());
        }
        std::string const name = identifier(rest);
        if (name.find('=') != std::string::npos) {
            objection_ = "it connects to a place of its own";
        } else if (!database_.empty() && database_ != name) {
            objection_ = "it holds several databases";
        }
        database_ = name;
        return;
    }
    objection_ = "it runs a command of psql: " + text::shorten(text::printable_line(text), 100);
}

void ScriptFacts::line(std::string_view text) {
    if (text.ends_with('\r')) {
        text.remove_suffix(1);
    }
    if (in_rows_) {
        in_rows_ = text != "\\.";
        return;
    }
    constexpr std::string_view version = "-- Dumped from database version ";
    if (text.starts_with("-- PostgreSQL database ")) {
        is_dump_ = true;
        is_complete_ = text.ends_with(" dump complete");
    } else if (text.starts_with(version)) {
        auto const rest = text.substr(version.size());
        server_version_ = rest.substr(0, rest.find(' '));
    } else if (text.starts_with('\\')) {
        command(text);
    } else if (text.starts_with("COPY ") && text.ends_with(" FROM stdin;")) {
        in_rows_ = true;
    } else if (auto const at = text.find(" OWNER TO "); at != std::string_view::npos) {
        add_role(text.substr(at + 10));
    } else if (text.starts_with("GRANT ") || text.starts_with("REVOKE ")) {
        auto const to = text.rfind(text.front() == 'G' ? " TO " : " FROM ");
        if (to != std::string_view::npos) {
            add_role(text.substr(text.find(' ', to + 1) + 1));
        }
    } else if (text.starts_with("ALTER DEFAULT PRIVILEGES FOR ROLE ")) {
        add_role(text.substr(34));
        if (auto const to = text.rfind(" TO "); to != std::string_view::npos) {
            add_role(text.substr(to + 4));
        }
    } else if (text.starts_with("CREATE POLICY ")) {
        if (auto const to = text.find(" TO "); to != std::string_view::npos) {
            for (auto const role : text::split(text.substr(to + 4), ',')) {
                add_role(role);
            }
        }
    } else if (text.starts_with("SET SESSION AUTHORIZATION ")) {
        add_role(text.substr(26));
    }
}

} // namespace slipway::db_backup
