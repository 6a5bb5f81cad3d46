// SPDX-License-Identifier: Apache-2.0
// Supabase: `supabase/migrations/<digits>_<name>.sql`, `supabase_migrations.schema_migrations`
// (supabase/cli, pkg/migration/{file,history,list,apply}.go).
#include "error/error.hpp"
#include "migration/layout.hpp"
#include "migration/listed.hpp"
#include "migration/rows.hpp"
#include "migration/supabase_split.hpp"

#include <system_error>

namespace slipway::migration {

namespace {

bool is_supabase(Listing const& listing) {
    std::error_code ignored;
    auto const path = std::filesystem::absolute(listing.path, ignored).lexically_normal();
    auto const folder = path.filename().empty() ? path.parent_path() : path;
    bool const its_place =
        folder.filename() == "migrations" && folder.parent_path().filename() == "supabase";
    return its_place || (folder.filename() == "migrations" &&
                         std::filesystem::exists(folder.parent_path() / "config.toml", ignored) &&
                         fs::read_file(folder.parent_path() / "config.toml").find("project_id") !=
                             std::string::npos);
}

// `<digits>_<anything>.sql`; the title is what stands behind the digits.
std::string supabase_title(std::string const& name) {
    auto const digits = name.find_first_not_of("0123456789");
    bool const fits = digits != std::string::npos && digits > 0 && name[digits] == '_' &&
                      name.ends_with(".sql") && name.size() >= digits + 5;
    return fits ? name.substr(digits + 1, name.size() - digits - 5) : "";
}

// The CLI passes over such a first file, which an old version of it wrote.
bool is_old_init(std::string const& name) {
    return name.size() == 23 && name.ends_with("_init.sql") && name < "20211209000000";
}

void read_supabase(Listing const& listing, Folder& folder) {
    std::error_code ignored;
    bool first = true;
    for (auto const& entry : listing.entries) {
        require_sql(entry);
        std::string const name = entry.filename().string();
        std::string const title = supabase_title(name);
        bool const migration = !title.empty() && !(first && is_old_init(name)) &&
                               !std::filesystem::is_directory(entry, ignored);
        first = first && std::filesystem::is_directory(entry, ignored);
        if (!migration) {
            if (companion_of(entry, false).empty()) {
                folder.strays.push_back(entry);
            }
            continue;
        }
        File file = read_one(name.substr(0, name.size() - 4), entry);
        file.version = name.substr(0, name.find('_'));
        file.title = title;
        folder.files.push_back(std::move(file));
    }
    require_different_versions(folder.files); // its order is that of the names
    find_companions(folder, false);
}

class SupabaseLedger final : public ListedLedger {
public:
    [[nodiscard]] std::string table() const override {
        return R"("supabase_migrations"."schema_migrations")";
    }

    void create(pg::Connection& connection) const override {
        connection.exec("create schema if not exists supabase_migrations");
        connection.exec("create table if not exists supabase_migrations.schema_migrations"
                        " (version text not null primary key)");
        connection.exec("alter table supabase_migrations.schema_migrations"
                        " add column if not exists statements text[],"
                        " add column if not exists name text");
    }

    void take_back(
        pg::Send const& send,
        File const& /*file*/,
        Entry const& entry,
        Attempt const& /*attempt*/) const override {
        send("delete from supabase_migrations.schema_migrations where version = $1", {entry.id});
    }

protected:
    [[nodiscard]] History read_list(pg::Connection& connection) const override {
        return read_applied(
            connection,
            table(),
            "select version, version, '', xmin::text from supabase_migrations.schema_migrations"
            " order by version");
    }

    void insert(
        pg::Send const& send,
        File const& file,
        Attempt const& /*attempt*/,
        std::string_view /*took*/) const override {
        send(
            "insert into supabase_migrations.schema_migrations (version, name, statements)"
            " values ($1, $2, $3::text[])",
            {file.version, file.title, pg::text_array(supabase_statements(content_of(file.path)))});
    }
};

} // namespace

constinit Layout const supabase_layout{
    "supabase",
    "it is supabase/migrations",
    is_supabase,
    read_supabase,
    [](Folder const&, pg::ConnInfo const&) -> std::unique_ptr<Ledger> {
        return std::make_unique<SupabaseLedger>();
    },
    [](std::string_view) -> std::vector<std::string> { return {}; },
    false,
    true,
    true};

} // namespace slipway::migration
