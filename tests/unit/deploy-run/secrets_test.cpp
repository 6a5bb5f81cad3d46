// SPDX-License-Identifier: Apache-2.0
#include "secrets.hpp"

#include "deployment.hpp"
#include "secret/variable.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(deploy_run_secrets)

using namespace slipway;
using namespace slipway::deploy_run;
using slipway::secret::sounds_secret;

BOOST_AUTO_TEST_CASE(names_tell_what_is_secret) {
    for (auto const* name :
         {"PGPASSWORD",
          "SLACK_BOT_TOKEN",
          "DATABASE_URL",
          "AWS_SECRET_ACCESS_KEY",
          "SLACK_WEBHOOK_URL",
          "STRIPE_API_KEY",
          "JWT_SECRET"}) {
        BOOST_TEST(sounds_secret(name), name);
    }
    for (auto const* name :
         {"PATH", "API_BASE", "PGPASSFILE", "TOKEN_FILE", "KEYBOARD", "PGHOST"}) {
        BOOST_TEST(!sounds_secret(name), name);
    }
}

BOOST_AUTO_TEST_CASE(variables_of_a_pipeline_are_learnt_with_the_passwords_in_addresses) {
    Pipeline pipeline;
    pipeline.steps.emplace_back();
    pipeline.steps[0].environment = {
        {"APP_TOKEN", "t0ken-value"},
        {"UPSTREAM", "https://joe:p%40ssw0rd@host/x"},
        {"PLAIN", "https://host:8080/a@b"}};
    secret::Redactor redactor;
    learn_secrets(pipeline, redactor);
    BOOST_TEST(redactor.redact("a t0ken-value b") == "a *** b");
    BOOST_TEST(redactor.redact("p@ssw0rd and p%40ssw0rd") == "*** and ***");
    BOOST_TEST(redactor.redact("https://host:8080/a@b") == "https://host:8080/a@b");
}

BOOST_AUTO_TEST_CASE(a_drawing_holds_no_character_that_mermaid_reads_as_its_own) {
    Deployment deployment;
    Entry entry;
    entry.step.id = "a";
    entry.step.run = "echo \"x\" > <y> # z\nnext";
    deployment.pipeline.steps.push_back(entry.step);
    deployment.entries.push_back(entry);
    entry.step.id = "b";
    entry.step.inputs = {"a"};
    entry.fate = Fate::skip;
    deployment.pipeline.steps.push_back(entry.step);
    deployment.entries.push_back(entry);
    auto const drawn = mermaid(deployment);
    BOOST_TEST(drawn.starts_with("flowchart TD\n"));
    BOOST_TEST(
        drawn.find("s1[\"a: $ echo #quot;x#quot; #gt; #lt;y#gt; #35; z next\"]\n") !=
        std::string::npos);
    BOOST_TEST(drawn.find("]:::skipped") != std::string::npos);
    BOOST_TEST(drawn.find("s1 --> s2") != std::string::npos);
    BOOST_TEST(drawn.find("s1 -. record .-> s2") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
