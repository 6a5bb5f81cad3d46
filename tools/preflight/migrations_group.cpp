// SPDX-License-Identifier: Apache-2.0
#include "fs/file.hpp"
#include "lint/lint.hpp"
#include "look.hpp"
#include "migration/file.hpp"
#include "migration/history.hpp"
#include "migration/script.hpp"
#include "migration/state.hpp"
#include "sql/split.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <deque>

#include <fmt/format.h>

namespace slipway::preflight {

namespace {

using Amiss = Findings::Amiss;
using migration::State;

struct Seen {
    std::vector<std::string> folders;
    std::vector<std::string> strays;
    std::vector<std::string> empty;
    std::vector<std::string> failed;
    std::vector<std::string> drifted;
    std::vector<std::string> missing;
    std::vector<std::string> late;
    std::vector<std::string> pending;
    std::vector<std::string> lint;
    bool blocks = false;
};

bool has_statement(fs::Path const& path) {
    auto const script = fs::read_file(path);
    auto const statements = sql::split(script, path.string());
    return std::any_of(statements.begin(), statements.end(), [](sql::Statement const& each) {
        return !text::trim(each.text).empty();
    });
}

// The texts must stand still while they are judged.
void lint_pending(std::vector<migration::File> const& pending, int server_version, Seen& seen) {
    std::deque<fs::Content> texts;
    std::vector<lint::Source> sources;
    for (auto const& file : pending) {
        texts.push_back(migration::read_text(file));
        sources.push_back({file.path.string(), texts.back(), file.transactional});
    }
    lint::Settings settings;
    settings.server_version = server_version;
    settings.pending = true;
    for (auto const& finding : lint::check(sources, settings)) {
        if (finding.severity >= lint::Severity::warning) {
            seen.lint.push_back(
                fmt::format("{} {}: {}", finding.where.text(), finding.rule, finding.message));
            seen.blocks = seen.blocks || finding.severity == lint::Severity::error;
        }
    }
}

void compare(Look const& look, migration::Folder const& folder, Seen& seen) {
    auto db = look.server.connect();
    auto const ledger = migration::ledger_of(folder, look.server.where());
    auto const standing = migration::compare(folder, ledger->read(db));
    std::vector<migration::File> pending;
    for (auto const& item : standing.items) {
        if (item.applies()) {
            pending.push_back(item.file);
        }
        switch (item.state) {
        case State::failed:
            seen.failed.push_back(item.id);
            break;
        case State::drifted:
            seen.drifted.push_back(item.id);
            break;
        case State::missing:
            seen.missing.push_back(item.id);
            break;
        case State::pending:
        case State::rolled_back:
            seen.pending.push_back(item.id);
            break;
        case State::applied:
            break;
        }
        if (item.out_of_order) {
            seen.late.push_back(item.id);
        }
    }
    lint_pending(pending, db.server_version(), seen);
}

void read(Look const& look, fs::Path const& path, bool asks_server, Seen& seen) {
    auto const folder = migration::read_named_folder(path.string());
    seen.folders.push_back(fmt::format(
        "{}: {} ({})",
        path.string(),
        text::counted(folder.files.size(), "migration"),
        folder.layout));
    for (auto const& stray : folder.strays) {
        seen.strays.push_back(stray.string());
    }
    for (auto const& file : folder.files) {
        if (!has_statement(file.path)) {
            seen.empty.push_back(file.id);
        }
    }
    if (asks_server) {
        compare(look, folder, seen);
    }
}

void tell_history(Seen const& seen, Findings& findings) {
    findings.none_of("migrations.failed", seen.failed, "none has", Amiss::fails);
    findings.none_of("migrations.drift", seen.drifted, "none was", Amiss::fails);
    findings.none_of("migrations.missing", seen.missing, "none is", Amiss::fails);
    findings.none_of("migrations.order", seen.late, "none does", Amiss::fails);
    findings.none_of(
        "migrations.lint", seen.lint, "none does", seen.blocks ? Amiss::fails : Amiss::warns);
    findings.passed(
        "migrations.pending", seen.pending.empty() ? "nothing" : text::join(seen.pending, ", "));
}

} // namespace

void look_at_migrations(Look const& look, Findings& findings) {
    if (look.options.migrations.empty()) {
        findings.skip_rest("migrations", "no folder named with --migrations");
        return;
    }
    bool const asks_server = look.server.identity() != nullptr;
    Seen seen;
    findings.attempt("migrations.readable", [&] {
        for (auto const& path : look.options.migrations) {
            read(look, path, asks_server, seen);
        }
        findings.passed("migrations.readable", text::join(seen.folders, "; "));
        findings.none_of("migrations.strays", seen.strays, "none does", Amiss::warns);
        findings.none_of("migrations.empty", seen.empty, "none is", Amiss::warns);
        if (asks_server) {
            tell_history(seen, findings);
        }
    });
    findings.skip_rest(
        "migrations",
        asks_server ? "the folder could not be read" : "the database was not reached");
}

} // namespace slipway::preflight
