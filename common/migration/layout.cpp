// SPDX-License-Identifier: Apache-2.0
#include "migration/layout.hpp"

#include "hash/digest.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <system_error>

#include <fmt/format.h>

namespace slipway::migration {

namespace {

constexpr std::string_view digits = "0123456789";

// In the order in which they are tried. A layout with marks inside of its files is also numbered
// SQL, so plain comes last, and counts only where no other has a mark.
std::array<Layout const*, 11> const& all() {
    static std::array<Layout const*, 11> const known{
        &prisma_layout,
        &drizzle_layout,
        &drizzle_1_layout,
        &flyway_layout,
        &dbmate_layout,
        &goose_layout,
        &golang_migrate_layout,
        &supabase_layout,
        &node_pg_migrate_layout,
        &sqitch_layout,
        &plain_layout};
    return known;
}

constexpr std::size_t length_of_start = 16384;

void read_entries(Listing& listing) {
    auto const& path = listing.path;
    std::error_code code;
    std::filesystem::directory_iterator at{path, code};
    if (code) {
        throw Error{
            ErrorKind::usage,
            fmt::format("cannot read the migrations in {}: {}", path.string(), code.message()),
            "Name the folder of migrations with --dir."};
    }
    for (; at != std::filesystem::directory_iterator{}; at.increment(code)) {
        listing.entries.push_back(at->path());
        std::error_code ignored;
        if (at->is_directory(ignored)) { // mostly known from the listing itself
            listing.folders.push_back(at->path());
        }
    }
    std::sort(listing.entries.begin(), listing.entries.end());
    std::sort(listing.folders.begin(), listing.folders.end());
}

Layout const& choose(Listing const& listing) {
    std::vector<Layout const*> fitting;
    for (auto const* layout : all()) {
        if (layout->fits(listing)) {
            fitting.push_back(layout);
        }
    }
    bool const marked =
        fitting.size() > 1 && fitting.front()->above_plain && fitting.back() == &plain_layout;
    if (marked) {
        fitting.pop_back();
    }
    if (fitting.size() > 1) {
        throw Error{
            ErrorKind::usage,
            fmt::format(
                "{} fits two layouts, {} ({}) and {} ({})",
                listing.path.string(),
                fitting[0]->name,
                fitting[0]->reason,
                fitting[1]->name,
                fitting[1]->reason),
            "Say which with --layout, or as LAYOUT:DIR where a tool takes folders of any layout."};
    }
    if (fitting.empty() && !listing.entries.empty()) {
        throw Error{
            ErrorKind::usage,
            fmt::format("{} holds no migrations of a known layout", listing.path.string()),
            "Known layouts: " + text::join(layouts(), ", ") + "."};
    }
    return fitting.empty() ? plain_layout : *fitting.front();
}

std::string_view without_leading_zeros(std::string_view number) {
    auto const first = number.find_first_not_of('0');
    return first == std::string_view::npos ? "" : number.substr(first);
}

// Takes the number that a version goes on with, and the dot behind it.
std::string_view next_number(std::string_view& version) {
    auto const end = std::min(version.find_first_not_of(digits), version.size());
    auto const number = version.substr(0, end);
    version.remove_prefix(end);
    if (version.size() > 1 && version[0] == '.' &&
        digits.find(version[1]) != std::string_view::npos) {
        version.remove_prefix(1);
    }
    return without_leading_zeros(number);
}

std::string_view without_letter(std::string_view name) {
    bool const lettered = name.size() > 1 && (name[0] == 'V' || name[0] == 'v') &&
                          digits.find(name[1]) != std::string_view::npos;
    return lettered ? name.substr(1) : name;
}

} // namespace

std::string_view number_of(std::string_view name) {
    name = without_letter(name);
    return name.substr(0, std::min(name.find_first_not_of(digits), name.size()));
}

fs::Content content_of(fs::Path const& path) {
    return fs::read_content(path, largest_migration);
}

Where place_of(fs::Path const& path, std::string_view content, std::size_t at) {
    auto const lines =
        std::count(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    return {path.string(), lines + 1, 0};
}

namespace {

// `read` hands the bytes over in pieces.
template <typename ReadPieces>
File file_of(std::string id, fs::Path const& path, ReadPieces const& read) {
    File file;
    file.version = id;
    file.id = std::move(id);
    file.path = path;
    hash::Digest digest{hash::Algorithm::sha256};
    read([&](std::string_view piece) {
        digest.update(piece);
        file.bytes += piece.size();
    });
    file.checksum = digest.hex();
    return file;
}

} // namespace

File read_one(std::string id, fs::Path const& path, std::string_view content) {
    return file_of(std::move(id), path, [&](auto const& take) { fs::each_piece(content, take); });
}

File read_one(std::string id, fs::Path const& path) {
    return file_of(std::move(id), path, [&](auto const& take) {
        fs::read_pieces(path, largest_migration, take);
    });
}

std::string
without_suffix(std::string const& name, std::initializer_list<std::string_view> suffixes) {
    for (std::string_view const suffix : suffixes) {
        if (name.ends_with(suffix)) {
            return name.substr(0, name.size() - suffix.size());
        }
    }
    return {};
}

void require_sql(fs::Path const& entry) {
    constexpr std::array programs{".js", ".ts", ".mjs", ".py", ".go", ".rb", ".java", ".php"};
    std::string const extension = entry.extension().string();
    bool const program = std::any_of(
        programs.begin(), programs.end(), [&](char const* known) { return extension == known; });
    if (program && !number_of(entry.filename().string()).empty()) {
        throw Error{
            ErrorKind::usage,
            fmt::format("{} is a migration that is not SQL", entry.string()),
            "Only SQL migrations can be applied; it would not be right to skip this one."};
    }
}

void require_different_versions(std::vector<File> const& files) {
    std::map<std::string_view, File const*> seen;
    for (auto const& file : files) {
        auto const [at, fresh] = seen.emplace(file.version, &file);
        if (!fresh) {
            throw Error{
                ErrorKind::usage,
                fmt::format(
                    "two migrations have the number {}: {} and {}",
                    file.version,
                    at->second->path.string(),
                    file.path.string()),
                "Give one of them another number."};
        }
    }
}

bool Listing::is_folder(fs::Path const& entry) const {
    return !folders.empty() && std::binary_search(folders.begin(), folders.end(), entry);
}

File Listing::file(std::string id, fs::Path const& entry) const {
    auto const found = std::lower_bound(started_.begin(), started_.end(), entry);
    if (found != started_.end() && *found == entry) {
        auto const& start = (*starts_)[static_cast<std::size_t>(found - started_.begin())];
        if (!start.empty() && start.size() < length_of_start) {
            return read_one(std::move(id), entry, start);
        }
    }
    return read_one(std::move(id), entry); // and says why where it cannot be read
}

std::vector<std::string> const& Listing::starts() const {
    if (!starts_) {
        starts_.emplace();
        for (auto const& entry : entries) {
            if (entry.extension() == ".sql") {
                started_.push_back(entry);
                starts_->push_back(fs::read_start(entry, length_of_start));
            }
        }
    }
    return *starts_;
}

bool any_has_line(Listing const& listing, bool (*is_one)(std::string_view line)) {
    auto const& starts = listing.starts();
    return std::any_of(starts.begin(), starts.end(), [&](std::string const& start) {
        auto const lines = text::lines(start);
        return std::any_of(lines.begin(), lines.end(), is_one);
    });
}

bool any_has_mark(Listing const& listing, std::string_view mark) {
    auto const& starts = listing.starts();
    return std::any_of(starts.begin(), starts.end(), [&](std::string const& start) {
        return find_mark(start, mark) != std::string::npos;
    });
}

std::size_t find_mark(std::string_view content, std::string_view mark, std::size_t from) {
    auto const squeezed = [](std::string_view line) {
        std::string out;
        for (char const byte : line) {
            if (byte != ' ' && byte != '\t') {
                out += byte;
            }
        }
        return text::lower(out);
    };
    std::string const wanted = squeezed(mark);
    auto found = std::string_view::npos;
    if (from < content.size()) {
        fs::each_line(content.substr(from), [&](std::string_view line, std::size_t at) {
            bool const is =
                line.find("--") != std::string_view::npos && squeezed(line).starts_with(wanted);
            found = is ? from + at : found;
            return !is;
        });
    }
    return found;
}

Layout const& layout_of(std::string_view name) {
    for (auto const* layout : all()) {
        if (layout->name == name) {
            return *layout;
        }
    }
    throw Error{ErrorKind::internal, fmt::format("there is no layout {}", name)};
}

std::vector<std::string> layouts() {
    std::vector<std::string> out;
    for (auto const* layout : all()) {
        out.emplace_back(layout->name);
    }
    return out;
}

bool applies_late(std::string_view layout) {
    return layout_of(layout).applies_late;
}

bool refuses_missing(std::string_view layout) {
    return layout_of(layout).refuses_missing;
}

bool version_order(std::string_view a, std::string_view b) {
    std::string_view rest_a = without_letter(a);
    std::string_view rest_b = without_letter(b);
    for (;;) {
        bool const more_a = !rest_a.empty() && digits.find(rest_a[0]) != std::string_view::npos;
        bool const more_b = !rest_b.empty() && digits.find(rest_b[0]) != std::string_view::npos;
        if (!more_a && !more_b) {
            return a < b;
        }
        auto const x = more_a ? next_number(rest_a) : std::string_view{};
        auto const y = more_b ? next_number(rest_b) : std::string_view{};
        if (x.size() != y.size()) {
            return x.size() < y.size();
        }
        if (x != y) {
            return x < y;
        }
    }
}

std::vector<std::string> accepted_checksums(std::string_view layout, std::string_view content) {
    return layout_of(layout).checksums(content);
}

std::unique_ptr<Ledger> ledger_of(Folder const& folder, pg::ConnInfo const& target) {
    return layout_of(folder.layout).ledger(folder, target);
}

std::unique_ptr<Ledger> ledger_of(std::string_view layout, pg::ConnInfo const& target) {
    return ledger_of(Folder{std::string{layout}, {}, {}, {}, {}}, target);
}

Folder
read_folder(fs::Path const& path, std::string_view layout, Placeholders const& placeholders) {
    Listing listing;
    listing.path = path;
    read_entries(listing);
    listing.placeholders = placeholders;
    auto const& chosen = layout == "auto" ? choose(listing) : layout_of(layout);
    Folder folder{std::string{chosen.name}, std::string{chosen.reason}, path, {}, {}};
    chosen.read(listing, folder);
    return folder;
}

Folder read_named_folder(std::string_view where) {
    for (auto const* layout : all()) {
        bool const named =
            where.starts_with(layout->name) && where.substr(layout->name.size()).starts_with(':');
        if (named) {
            return read_folder(where.substr(layout->name.size() + 1), layout->name);
        }
    }
    return read_folder(where, "auto");
}

} // namespace slipway::migration
