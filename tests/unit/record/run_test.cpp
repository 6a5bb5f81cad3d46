// SPDX-License-Identifier: Apache-2.0
#include "record/run.hpp"

#include "error/error.hpp"
#include "fs/temp_folder.hpp"
#include "support/forked.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(record_run)

using namespace slipway;
using Environment = std::vector<std::pair<std::string, std::string>>;

namespace {
std::string id_in(Environment const& environment, fs::Path const& folder) {
    return support::in_child_with(
               environment, [&] { return record::current_run(folder, "staging", "shop").id; })
        .answer;
}
} // namespace

BOOST_AUTO_TEST_CASE(the_run_is_named_by_ours_then_by_the_ci_then_by_what_is_kept) {
    fs::TempFolder const folder{"record-test-"};
    Environment const github{{"GITHUB_ACTIONS", "true"}, {"GITHUB_RUN_ID", "77"}};
    Environment both = github;
    both.emplace_back("SLIPWAY_RUN_ID", "mine");
    BOOST_TEST(id_in(both, folder.path()) == "mine");
    BOOST_TEST(id_in(github, folder.path()) == "77");
    BOOST_TEST(!std::filesystem::exists(folder.path() / "run.json"));
    fs::Path const fresh = folder.path() / "new" / "folder";
    std::string const kept = id_in({}, fresh);
    BOOST_TEST(!kept.empty());
    BOOST_TEST(std::filesystem::exists(fresh / "run.json"));
    BOOST_TEST(id_in({}, fresh) == kept);
    BOOST_TEST(id_in({}, folder.path()) != kept);
}

BOOST_AUTO_TEST_CASE(a_broken_run_file_is_told_and_not_replaced) {
    fs::TempFolder const folder{"record-test-"};
    fs::write_atomic(folder.path() / "run.json", "{");
    BOOST_CHECK_EXCEPTION(
        record::current_run(folder.path(), "", ""), Error, [](Error const& error) {
            return error.kind() == ErrorKind::usage;
        });
    BOOST_TEST(fs::read_file(folder.path() / "run.json") == "{");
}

BOOST_AUTO_TEST_CASE(the_commit_is_read_from_git_where_the_ci_says_none) {
    fs::TempFolder const folder{"record-test-"};
    fs::Path const git = folder.path() / ".git";
    fs::make_folder(git / "refs" / "heads");
    fs::make_folder(folder.path() / "deep" / "er");
    auto const commit = [&](Environment const& environment) {
        return support::in_child_with(
                   environment,
                   [&] {
                       std::filesystem::current_path(folder.path() / "deep" / "er");
                       return record::current_run(folder.path(), "", "").commit;
                   })
            .answer;
    };
    fs::write_atomic(git / "HEAD", "0123456789abcdef\n");
    BOOST_TEST(commit({}) == "0123456789abcdef");
    fs::write_atomic(git / "HEAD", "ref: refs/heads/main\n");
    BOOST_TEST(commit({}) == ""); // no commit yet
    fs::write_atomic(
        git / "packed-refs",
        "# pack-refs with: peeled fully-peeled sorted \n"
        "1111 refs/heads/main-2\n2222 refs/heads/main\n^3333\n");
    BOOST_TEST(commit({}) == "2222");
    fs::write_atomic(git / "refs" / "heads" / "main", "fedcba9876543210\n");
    BOOST_TEST(commit({}) == "fedcba9876543210");
    BOOST_TEST(
        commit({{"GITHUB_ACTIONS", "true"}, {"GITHUB_RUN_ID", "1"}, {"GITHUB_SHA", "abc"}}) ==
        "abc");
}

BOOST_AUTO_TEST_CASE(a_worktree_of_git_has_its_own_head_and_shared_branches) {
    fs::TempFolder const folder{"record-test-"};
    fs::Path const git = folder.path() / "main" / ".git";
    fs::Path const own = git / "worktrees" / "w";
    fs::make_folder(own);
    fs::make_folder(git / "refs" / "heads");
    fs::make_folder(folder.path() / "w");
    fs::write_atomic(git / "HEAD", "ref: refs/heads/main\n");
    fs::write_atomic(git / "refs" / "heads" / "main", "1111\n");
    fs::write_atomic(git / "refs" / "heads" / "feature", "2222\n");
    fs::write_atomic(own / "HEAD", "ref: refs/heads/feature\n");
    fs::write_atomic(own / "commondir", "../..\n");
    fs::write_atomic(folder.path() / "w" / ".git", "gitdir: " + own.string() + "\n");
    auto const ended = support::in_child_with({}, [&] {
        std::filesystem::current_path(folder.path() / "w");
        return record::current_run(folder.path(), "", "").commit;
    });
    BOOST_TEST(ended.answer == "2222");
}

BOOST_AUTO_TEST_CASE(records_lie_in_slipway_dir_under_the_name_of_tool_and_verb) {
    auto const folder_in = [](Environment const& environment) {
        return support::in_child_with(environment, [] { return record::folder().string(); }).answer;
    };
    BOOST_TEST(folder_in({}) == "slipway-out");
    BOOST_TEST(folder_in({{"SLIPWAY_DIR", "/tmp/x"}}) == "/tmp/x");
    BOOST_TEST(record::file_name("preflight", "", false) == "preflight.json");
    BOOST_TEST(record::file_name("migrate-apply", "plan", false) == "migrate-apply-plan.json");
    BOOST_TEST(record::file_name("db-backup", "create", true) == "db-backup-create-dry-run.json");
}

BOOST_AUTO_TEST_SUITE_END()
