// SPDX-License-Identifier: Apache-2.0
#include "support/links_site.hpp"

#include "support/sample_app.hpp"

namespace slipway::support {

LinksSite::LinksSite(bool seeded) : db(migrated_sample_database()) {
    if (!seeded) {
        db.run("truncate users cascade");
    }
}

Environment LinksSite::environment(Environment const& more) const {
    Environment out{
        {"DATABASE_URL", db.conninfo().uri().reveal()}, {"SLIPWAY_ENVIRONMENT", "test"}};
    out.insert(out.end(), more.begin(), more.end());
    return out;
}

ToolRun LinksSite::run(std::vector<std::string> args, Environment const& more) const {
    return run_tool("links-migrate", std::move(args), environment(more));
}

std::string LinksSite::ask(std::string_view sql) const {
    auto connection = db.connect();
    auto const result = connection.exec(sql);
    return result.empty() ? "" : result[0].get<std::optional<std::string>>(0).value_or("");
}

void LinksSite::add_profile(int number, std::string const& json) const {
    auto connection = db.connect();
    connection.exec(
        R"(insert into users (id, email, "passwordHash", "updatedAt")
           values (md5('user:' || $1)::uuid, 'user' || $1 || '@example.com', 'x', now()))",
        {std::to_string(number)});
    connection.exec(
        R"(insert into profiles (id, "userId", "displayName", "socialLinks", "updatedAt")
           values (md5('profile:' || $1)::uuid, md5('user:' || $1)::uuid, 'Person',
                   nullif($2, '')::jsonb, now()))",
        {std::to_string(number), json});
}

std::string LinksSite::links(int number) const {
    auto connection = db.connect();
    return connection
        .exec(
            R"(select coalesce(string_agg(position || ' ' || type || ' ' || label || ' ' || url,
                                          E'\n' order by position, id), '')
               from profile_links where "profileId" = md5('profile:' || $1)::uuid)",
            {std::to_string(number)})
        .one_value<std::string>();
}

std::string LinksSite::target_digest() const {
    return ask(R"(select count(*) || ' ' || coalesce(md5(string_agg(
                    jsonb_build_array("userId", "profileId", label, url, type, position)::text, ','
                    order by "profileId", position, url, type)), '') from profile_links)");
}

std::string LinksSite::source_digest() const {
    return ask(R"(select md5(string_agg(id || coalesce("socialLinks"::text, '-'), ',' order by id))
                  from profiles)");
}

std::int64_t count(ToolRun const& run, std::string const& name) {
    auto const text = run.at("/data/counts/" + name);
    return text.empty() ? -1 : std::stoll(text);
}

} // namespace slipway::support
