// SPDX-License-Identifier: Apache-2.0
#include "lint.hpp"

#include "migration/script.hpp"
#include "pg/quote.hpp"
#include "session.hpp"
#include "target/target.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::migrate_apply {

namespace {

using record::CheckStatus;

// 14.2 as server_version_num has it; 9.6.3 of old is told from 10.1 by its three parts.
int version_number(std::string const& written) {
    constexpr int parts_of_old = 10;
    std::vector<int> parts;
    for (auto const part : text::split(written, '.')) {
        int number = 0;
        auto const [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
        if (error != std::errc{} || end != part.data() + part.size() || number > 99) {
            throw Error{
                ErrorKind::usage,
                fmt::format("{} is no version of PostgreSQL", written),
                "Write it as 14 or 14.2."};
        }
        parts.push_back(number);
    }
    parts.resize(3);
    return parts[0] < parts_of_old ? parts[0] * 10'000 + parts[1] * 100 + parts[2]
                                   : parts[0] * 10'000 + parts[1];
}

// What is judged: texts in the order in which they apply.
struct Matter {
    std::deque<fs::Content> texts; // do not move when there are more
    std::vector<lint::Source> sources;
    lint::Settings settings;
    std::unique_ptr<Session> session; // where a database is asked

    void add(std::string file, fs::Content text, std::optional<bool> transactional) {
        texts.push_back(std::move(text));
        sources.push_back({std::move(file), texts.back(), transactional});
    }

    void add(migration::File const& file) {
        add(file.path.string(), migration::read_text(file), file.transactional);
    }
};

void take_pending(Matter& matter, Options const& options, tool::Context& context) {
    matter.session = std::make_unique<Session>(options, context);
    auto& session = *matter.session;
    session.refresh();
    if (options.pg_version.empty()) {
        matter.settings.server_version = session.connection.server_version();
    }
    matter.settings.pending = true;
    matter.settings.type_of = column_types(session.connection);
    for (auto const& item : session.standing.items) {
        if (item.applies()) {
            matter.add(item.file);
        }
    }
    session.fill_data();
}

void take_folder(Matter& matter, Options const& options, tool::Context& context) {
    auto const folder = read_folder(options, context);
    for (auto const& file : folder.files) {
        matter.add(file);
    }
    auto& data = *context.record.data;
    data["layout"] = folder.layout;
    data["directory"] = folder.path.string();
}

// The migration that a file is, where its folder is one of migrations: then only the part of it
// counts that is applied.
class Folders {
public:
    Folders(std::string layout, migration::Placeholders placeholders)
        : layout_(std::move(layout)), placeholders_(std::move(placeholders)) {}

    migration::File const* find(fs::Path const& file) {
        std::error_code ignored;
        auto const whole = std::filesystem::weakly_canonical(file, ignored);
        // Prisma's files lie in a folder each.
        for (auto const& path : {whole.parent_path(), whole.parent_path().parent_path()}) {
            for (auto const& known : read(path)) {
                if (known.path == whole) {
                    return &known;
                }
            }
        }
        return nullptr;
    }

private:
    std::vector<migration::File> const& read(fs::Path const& path) {
        auto const [found, is_new] = known_.try_emplace(path);
        if (is_new) {
            try {
                found->second = migration::read_folder(path, layout_, placeholders_).files;
            } catch (Error const&) {
                // Any folder may hold the file: it is then judged as it is.
            }
        }
        return found->second;
    }

    std::string layout_;
    migration::Placeholders placeholders_;
    std::map<fs::Path, std::vector<migration::File>> known_;
};

void take_files(Matter& matter, Options const& options, tool::Context& context) {
    Folders folders{options.layout, placeholders_of(options, context)};
    for (auto const& file : options.files) {
        auto const* const known = folders.find(file);
        if (known != nullptr) {
            matter.add(file.string(), migration::read_text(*known), known->transactional);
        } else {
            matter.add(file.string(), fs::read_content(file), std::nullopt);
        }
    }
}

Matter matter_of(Options const& options, tool::Context& context) {
    Matter matter;
    matter.settings.enable = options.enable;
    matter.settings.disable = options.disable;
    if (!options.pg_version.empty()) {
        matter.settings.server_version = version_number(options.pg_version);
    }
    if (!options.files.empty()) {
        take_files(matter, options, context);
    } else if (!options.all && target::is_named(options.database_url)) {
        take_pending(matter, options, context);
    } else {
        take_folder(matter, options, context);
    }
    return matter;
}

bool fails(lint::Severity severity, std::string const& fail_on) {
    return (severity == lint::Severity::error && fail_on != "none") ||
           (severity == lint::Severity::warning && fail_on == "warning");
}

record::Check check_of(lint::Finding const& finding, std::string const& fail_on) {
    record::Check check;
    check.id = "lint." + finding.rule;
    check.title = lint::rule_of(finding.rule).summary;
    check.message = finding.message;
    check.hint = fmt::format("{} See {}.", finding.hint, lint::page_of(finding.rule));
    check.where = finding.where;
    bool const bad = fails(finding.severity, fail_on);
    switch (finding.severity) {
    case lint::Severity::error:
        check.severity = record::Severity::critical;
        break;
    case lint::Severity::warning:
        check.severity = record::Severity::major;
        break;
    case lint::Severity::advice:
        check.severity = record::Severity::minor;
        break;
    case lint::Severity::info:
        check.severity = record::Severity::info;
        break;
    }
    bool const told = finding.severity == lint::Severity::info;
    check.status = bad ? CheckStatus::failed : told ? CheckStatus::skipped : CheckStatus::warned;
    return check;
}

json::Value finding_json(lint::Finding const& finding) {
    return {
        {"rule", finding.rule},
        {"severity", lint::name(finding.severity)},
        {"message", finding.message},
        {"hint", finding.hint},
        {"page", lint::page_of(finding.rule)},
        {"file", finding.where.file},
        {"line", finding.where.line},
        {"column", finding.where.column},
        {"statement", finding.statement}};
}

void tell(tool::Context& context, lint::Finding const& finding) {
    log::Level const level = finding.severity == lint::Severity::error     ? log::Level::error
                             : finding.severity == lint::Severity::warning ? log::Level::warning
                                                                           : log::Level::info;
    context.log.problem(
        level,
        finding.where,
        fmt::format("{} {}", lint::name(finding.severity), finding.rule),
        fmt::format("{}\n{}", finding.message, finding.hint));
}

std::string summary(std::size_t files, std::vector<lint::Finding> const& findings) {
    std::string out = text::counted(files, "file");
    bool any = false;
    for (auto const severity :
         {lint::Severity::error,
          lint::Severity::warning,
          lint::Severity::advice,
          lint::Severity::info}) {
        auto const count = static_cast<std::size_t>(
            std::count_if(findings.begin(), findings.end(), [&](auto const& finding) {
                return finding.severity == severity;
            }));
        bool const countable =
            severity == lint::Severity::error || severity == lint::Severity::warning;
        if (count > 0) {
            out += ", " + (countable ? text::counted(count, lint::name(severity))
                                     : fmt::format("{} {}", count, lint::name(severity)));
            any = true;
        }
    }
    return any ? out : out + ", nothing found";
}

} // namespace

std::function<std::string(sql::Name const& table, std::string const& column)>
column_types(pg::Connection& connection) {
    return [&connection](sql::Name const& table, std::string const& column) {
        std::string const name =
            (table.schema.empty() ? "" : pg::quote_identifier(table.schema) + ".") +
            pg::quote_identifier(table.name);
        auto const found = connection.exec(
            "select format_type(atttypid, atttypmod) from pg_attribute"
            " where attrelid = to_regclass($1) and attname = $2 and not attisdropped",
            {name, column});
        return found.empty() ? std::string{} : std::string{found.text(0, 0)};
    };
}

void lint_migrations(Options const& options, tool::Context& context) {
    Matter const matter = matter_of(options, context);
    auto const findings = lint::check(matter.sources, matter.settings);
    auto list = json::Value::array();
    for (auto const& finding : findings) {
        context.record.add(check_of(finding, options.fail_on));
        list.push_back(finding_json(finding));
        tell(context, finding);
    }
    record::Check all;
    all.id = "lint";
    all.title = "Lint";
    all.message = summary(matter.sources.size(), findings);
    all.severity = record::Severity::info;
    context.record.summary = all.message;
    context.record.add(std::move(all));
    (*context.record.data)["lint"] = {
        {"files", matter.sources.size()},
        {"server_version", matter.settings.server_version},
        {"findings", std::move(list)}};
}

} // namespace slipway::migrate_apply
