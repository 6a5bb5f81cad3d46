// SPDX-License-Identifier: Apache-2.0
#include "engine.hpp"

#include "archive/toc.hpp"
#include "db_backup.hpp"
#include "error/error.hpp"
#include "signal/stop.hpp"
#include "split_copy.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace slipway::db_backup {

namespace {

constexpr int oldest_major = 14; // reads a range of ctid without scanning the whole table
constexpr int oldest_client = 12;
constexpr int newest_client = 18;
constexpr std::uint64_t largest_toc = std::uint64_t{1} << 30U;

Dump stock_part(Dump dump, SplitPlan const& plan, std::string const& encoding, double share) {
    for (auto const& table : plan.tables) {
        // A quoted name is no pattern, so that the sequences beside the table keep their values.
        dump.selection.push_back("--exclude-table-data=" + table.pattern);
    }
    // Names and rows of both parts must be in one encoding.
    dump.selection.push_back("--encoding=" + encoding);
    dump.jobs = std::clamp<std::int64_t>(
        std::llround(static_cast<double>(dump.jobs) * share), 1, dump.jobs);
    dump.show_progress = false;
    return dump;
}

// Which part of the bytes pg_dump has to read; so large is its part of the connections.
double share_left(std::vector<SourceTable> const& selected) {
    std::uint64_t left = 0;
    std::uint64_t all = 1;
    for (auto const& source : selected) {
        all += source.table.data ? source.bytes : 0;
        left += source.table.data && !source.counted_by_engine ? source.bytes : 0;
    }
    return static_cast<double>(left) / static_cast<double>(all);
}

// Adds the tables' files to the archive; false where its table of contents is not understood.
bool splice(
    Dump const& dump,
    fs::Path const& rows,
    SplitCopy const& copy,
    SplitPlan const& plan,
    Written& out) {
    fs::Path const path = dump.folder / "toc.dat";
    auto toc = archive::read_toc(fs::read_file(path, largest_toc));
    if (!toc) {
        return false;
    }
    std::vector<archive::TableData> tables;
    for (auto const& table : plan.tables) {
        tables.push_back({table.oid, table.name, table.columns});
    }
    auto const files = archive::add_table_data(*toc, tables);
    for (std::size_t i = 0; i < files.size(); ++i) {
        auto member = copy.file(i);
        std::string const name = files[i] + ".gz";
        if (i == 0 && !dump.tar.empty()) {
            out.first = name;
        } else {
            std::filesystem::rename(rows / member.path, dump.folder / name);
        }
        member.path = name;
        out.known.push_back(member);
        out.rows[plan.tables[i].oid] = copy.rows(i);
    }
    fs::write_replacing(path, archive::write(*toc));
    return true;
}

} // namespace

std::string why_not_split(backup::Client const& pg_dump, int server_version) {
    if (server_version < oldest_major * 10'000) {
        return fmt::format(
            "a server older than {} reads a whole table for each part of it", oldest_major);
    }
    if (pg_dump.major < oldest_client || pg_dump.major > newest_client) {
        return fmt::format("the archives of pg_dump {} are not known", pg_dump.version);
    }
    return "";
}

Written write_by_pg_dump(Dump const& dump, tool::Context& context) {
    run_dump(dump, context);
    return {"pg_dump", {}, {}, {}};
}

Written write_by_split(
    Dump const& dump,
    SplitPlan const& plan,
    std::vector<SourceTable> const& selected,
    std::string const& encoding,
    tool::Context& context) {
    // Beside the folder, which pg_dump wants to make itself.
    fs::Path const rows = dump.folder.parent_path() / "rows";
    fs::make_folder(rows);
    // A failure of either half ends the other one.
    std::stop_source both;
    std::stop_callback const outer{context.stop, [&] {
                                       both.request_stop();
                                   }};
    SplitCopy copy{
        {dump.source, dump.snapshot, encoding, plan, rows, dump.tar, dump.jobs},
        context,
        both.get_token(),
        [&] {
            both.request_stop();
        }};
    Dump stock = stock_part(dump, plan, encoding, share_left(selected));
    stock.stop = both.get_token();
    try {
        run_dump(stock, context);
    } catch (Error const&) {
        signal::throw_if_stopped(context.stop);
        if (copy.failed()) {
            copy.finish(); // throws what was the reason
        }
        throw;
    }
    copy.finish();
    Written out{"split", {}, {}, {}};
    if (!splice(dump, rows, copy, plan, out)) {
        std::string const why = "the archive's table of contents is of a version that is not known";
        context.log.warning(why + ": all tables are dumped again by pg_dump alone");
        note(
            context,
            "engine.split",
            "the split engine knows this archive",
            why,
            record::Severity::minor);
        std::filesystem::remove_all(rows);
        std::filesystem::remove_all(dump.folder);
        std::filesystem::remove(dump.tar);
        return write_by_pg_dump(dump, context);
    }
    std::filesystem::remove_all(rows);
    return out;
}

} // namespace slipway::db_backup
