// SPDX-License-Identifier: Apache-2.0
#include "backup/contents.hpp"

#include "error/error.hpp"
#include "proc/command.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

namespace slipway::backup {

namespace {

constexpr time::Milliseconds longest_listing{120'000};
constexpr std::string_view data_word = "TABLE DATA ";

template <class Number>
bool read_number(std::string_view text, Number& out) {
    auto const read = std::from_chars(text.data(), text.data() + text.size(), out);
    return read.ec == std::errc{} && read.ptr == text.data() + text.size();
}

// `3346; 0 16389 TABLE DATA public users app`; for names with spaces only the numbers are certain.
bool read_entry(std::string_view line, Entry& out) {
    auto const semicolon = line.find("; ");
    if (semicolon == std::string_view::npos ||
        !read_number(line.substr(0, semicolon), out.dump_id)) {
        return false;
    }
    line.remove_prefix(semicolon + 2);
    auto const first = line.find(' ');
    auto const second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    if (second == std::string_view::npos ||
        !read_number(line.substr(first + 1, second - first - 1), out.oid)) {
        return false;
    }
    out.text = line.substr(second + 1);
    return true;
}

bool has_data_file(Manifest const& manifest, std::int64_t dump_id) {
    std::string const stem = fmt::format("{}.dat", dump_id);
    return std::any_of(manifest.members.begin(), manifest.members.end(), [&](Member const& member) {
        return member.path == stem || member.path.starts_with(stem + ".");
    });
}

} // namespace

std::vector<Entry> parse_contents(std::string_view listing) {
    std::vector<Entry> out;
    for (auto const line : text::lines(listing)) {
        Entry entry;
        if (!line.starts_with(';') && read_entry(line, entry)) {
            out.push_back(std::move(entry));
        }
    }
    return out;
}

std::vector<Entry>
contents(Client const& pg_restore, fs::Path const& folder, std::stop_token const& stop) {
    proc::Command command;
    command.program = pg_restore.path.string();
    command.arguments = {"--list", "--format=directory", folder.string()};
    command.environment = {{"LC_ALL", "C"}};
    command.timeout = longest_listing;
    auto const outcome = proc::run(command, stop);
    if (!outcome.ok()) {
        throw Error{
            ErrorKind::failed,
            fmt::format(
                "pg_restore cannot read the archive ({}): {}",
                outcome.how(),
                text::printable_line(text::trim(outcome.error_tail)))};
    }
    return parse_contents(outcome.output);
}

std::vector<std::string>
missing_tables(Manifest const& manifest, std::vector<Entry> const& entries) {
    std::map<std::int64_t, std::int64_t> data; // oid to dump id
    std::map<std::int64_t, bool> definitions;
    for (auto const& entry : entries) {
        if (entry.text.starts_with(data_word)) {
            data[entry.oid] = entry.dump_id;
        } else if (entry.text.starts_with("TABLE ")) {
            definitions[entry.oid] = true;
        }
    }
    std::vector<std::string> out;
    for (auto const& table : manifest.tables) {
        std::string const name = table.schema + "." + table.name;
        auto const found = data.find(table.oid);
        if (!definitions.contains(table.oid)) {
            out.push_back(name + " (no definition)");
        } else if (table.data && found == data.end()) {
            out.push_back(name + " (no data)");
        } else if (table.data && !has_data_file(manifest, found->second)) {
            out.push_back(name + " (no data file)");
        }
    }
    return out;
}

} // namespace slipway::backup
