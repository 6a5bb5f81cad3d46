// SPDX-License-Identifier: Apache-2.0
#include "checks.hpp"

#include "kinds.hpp"

#include <algorithm>
#include <array>

namespace slipway::preflight {

namespace {

using enum record::Severity;

constexpr std::array of_surroundings{
    Kind{"tools.git", minor, "git is here", "Install git, or give the commit as GITHUB_SHA."},
    Kind{
        "tools.pg_dump",
        critical,
        "pg_dump is as new as the server",
        "Install the PostgreSQL client programs of the server's major version or a newer one."},
    Kind{
        "tools.pg_restore",
        critical,
        "pg_restore is as new as the server",
        "Install the PostgreSQL client programs of the server's major version or a newer one."},
    Kind{
        "tools.required",
        critical,
        "The programs that the pipeline needs are here",
        "Install them, or put their folder into PATH."},
    Kind{
        "tools.psql",
        minor,
        "psql is here",
        "Install the PostgreSQL client programs: apt-get install postgresql-client."},
    Kind{
        "tools.node",
        major,
        "node is of the version that package.json asks for",
        "Install the version of package.json's engines, for example by nvm install."},
    Kind{
        "tools.slipway",
        critical,
        "The tools of the later steps are here",
        "Install all of Slipway in one folder, or name that folder in SLIPWAY_BIN."},
    Kind{
        "env.environment",
        major,
        "The environment is named",
        "Name it with --environment or SLIPWAY_ENVIRONMENT: backups and rules depend on it."},
    Kind{
        "env.required",
        critical,
        "The required variables are set",
        "Set them in the job's env, from a secret where they are one."},
    Kind{
        "env.placeholder",
        major,
        "No secret is a placeholder",
        "Replace them by generated values, for example of: openssl rand -base64 32."},
    Kind{
        "env.conflict",
        minor,
        "DATABASE_URL and PG* variables agree",
        "Unset one of them, or make them name the same database."},
    Kind{
        "env.production_url",
        critical,
        "No production address outside production",
        "Give this environment its own database and address, or name it production."},
    Kind{
        "env.local_url",
        major,
        "No local address in production",
        "Set API_BASE or DATABASE_URL to the deployed address."},
    Kind{
        "env.sslmode",
        major,
        "The connection to production is encrypted and checked",
        "Add sslmode=verify-full to DATABASE_URL, with sslrootcert where the CA is private."},
    Kind{
        "env.url",
        major,
        "Addresses in variables are well formed",
        "Write them as https://host[:port]/path or postgresql://user@host/database."},
    Kind{
        "env.tls",
        critical,
        "No variable switches the checking of certificates off",
        "Unset it, and name the CA of your own in NODE_EXTRA_CA_CERTS or sslrootcert."},
    Kind{
        "env.node_env",
        major,
        "NODE_ENV is production in production",
        "Set NODE_ENV=production in the job's env."},
    Kind{
        "repo.checkout",
        minor,
        "The folder is a git checkout",
        "Run it in the repository, or --skip repo."},
    Kind{
        "repo.clean",
        major,
        "Nothing is uncommitted",
        "Commit or stash the changes: what is deployed must be what the commit says."},
    Kind{
        "repo.branch",
        major,
        "The branch may be deployed",
        "Deploy from an allowed branch, or name this one with --branch."},
    Kind{
        "repo.commit",
        critical,
        "The checkout is the commit of the run",
        "Check the commit out that the CI run is about."},
    Kind{"repo.pushed", minor, "The commit is on a remote", "Push it, so that others can see it."},
    Kind{
        "repo.lock_file",
        minor,
        "Dependencies are locked",
        "Commit the lock file: npm install --package-lock-only."},
    Kind{
        "repo.operation",
        critical,
        "No merge, rebase or bisect is half done",
        "End it: git merge --abort, git rebase --abort, git bisect reset."},
    Kind{
        "repo.env_file",
        critical,
        "No file of secrets is committed",
        "Take it out: git rm --cached FILE, add it to .gitignore, and replace the secrets in it."},
    Kind{
        "repo.tag",
        major,
        "The commit has the tag that a release needs",
        "Tag it: git tag v1.2.3 && git push --tags."},
};

constexpr std::array of_the_rest{
    Kind{
        "backup.store",
        critical,
        "The folder of backups can be written",
        "Make it writable for this user, or name another with --backup-to."},
    Kind{
        "backup.broken",
        minor,
        "No broken backup lies about",
        "See db-backup list, and remove what is of no use."},
    Kind{
        "backup.latest",
        major,
        "There is a verified backup, and it is fresh",
        "Run db-backup, as the pipeline will before it migrates."},
    Kind{
        "backup.room",
        critical,
        "There is room for one more backup",
        "Free some, or prune: db-backup prune --keep N."},
    Kind{
        "quality.tests",
        critical,
        "The tests have passed on this commit",
        "Run them by test-run, and give its record with --input."},
    Kind{
        "quality.coverage",
        major,
        "Enough of the code is covered by tests",
        "Write tests for what changed, or lower --min-coverage with a reason."},
    Kind{
        "quality.audit",
        major,
        "No dependency has a serious known fault",
        "See npm audit; update the packages."},
    Kind{
        "quality.build_output",
        major,
        "What is to be deployed was built",
        "Run the build before, and keep its output as an artifact."},
    Kind{
        "quality.lint",
        major,
        "The linter found no error",
        "Mend what it names, or run it with --fix."},
    Kind{
        "notify.slack",
        minor,
        "The Slack webhook looks like one",
        "Copy it anew from Slack: https://hooks.slack.com/services/T…/B…/…."},
    Kind{
        "notify.token",
        minor,
        "The Slack token is one of a bot",
        "Copy the bot's token, xoxb-…, from Slack's page OAuth & Permissions."},
};

} // namespace

std::span<Kind const> kinds() {
    static std::vector<Kind> const all = [] {
        std::vector<Kind> out{of_surroundings.begin(), of_surroundings.end()};
        auto const database = database_kinds();
        out.insert(out.end(), database.begin(), database.end());
        out.insert(out.end(), of_the_rest.begin(), of_the_rest.end());
        return out;
    }();
    return all;
}

Kind const* kind_of(std::string_view id) {
    auto const all = kinds();
    auto const found =
        std::find_if(all.begin(), all.end(), [&](Kind const& each) { return each.id == id; });
    return found == all.end() ? nullptr : &*found;
}

std::vector<std::string> const& groups() {
    static std::vector<std::string> const names = [] {
        std::vector<std::string> out;
        for (auto const& kind : kinds()) {
            if (out.empty() || out.back() != kind.group()) {
                out.emplace_back(kind.group());
            }
        }
        return out;
    }();
    return names;
}

} // namespace slipway::preflight
