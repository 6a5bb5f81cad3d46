// SPDX-License-Identifier: Apache-2.0
// health-check's looks at names, certificates, logins, disks and commands.
#include "fs/temp_folder.hpp"
#include "support/http_listener.hpp"
#include "support/migration_site.hpp"
#include "support/sample_app.hpp"
#include "support/tls_server.hpp"

#include <functional>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(health_network)

using namespace slipway;
using support::Environment;
using support::SampleApp;
using support::ToolRun;

namespace {

// One look at the probes of a file.
ToolRun look(std::string const& yaml, Environment const& env = {}) {
    fs::TempFolder const folder{"slipway-probes-"};
    auto const file = folder.path() / "probes.yaml";
    fs::write_atomic(file, "probes:\n" + yaml);
    return support::run_tool("health-check", {"--file", file.string()}, env);
}

// The status and the message of one check; empty where there is none.
std::string check(ToolRun const& run, std::string const& id) {
    for (int i = 0; !run.at("/checks/" + std::to_string(i) + "/id").empty(); ++i) {
        auto const at = "/checks/" + std::to_string(i);
        if (run.at(at + "/id") == id) {
            return run.at(at + "/status") + " " + run.at(at + "/message");
        }
    }
    return {};
}

bool has(std::string const& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string text(std::uint16_t port) {
    return std::to_string(port);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_name_has_its_addresses) {
    auto const good = look("- dns: localhost\n  expect: 127.0.0.1\n");
    BOOST_TEST(good.code == 0, good.all());
    auto const other = look("- dns: localhost\n  expect: [127.0.0.1, 192.0.2.7]\n");
    BOOST_TEST(other.code == 1, other.all());
    BOOST_TEST(has(check(other, "dns"), ", not 192.0.2.7"), other.all());
    auto const none = look("- dns: nobody.invalid\n");
    // Where no name server is reached either, nothing is known of the name.
    BOOST_TEST((none.code == 1 || none.code == 3), none.all());
    BOOST_TEST(has(check(none, "dns"), "failed nobody.invalid has no address"), none.all());
}

BOOST_AUTO_TEST_CASE(a_certificate_has_a_chain_a_name_and_days) {
    support::TlsServer const server{"shop.example", 30};
    auto const place = "127.0.0.1:" + text(server.port());
    auto const entry = "- tls: " + place + "\n  name: shop.example\n";
    auto const trusted = "  ca_file: " + server.certificate() + "\n";
    auto const good = look(entry + trusted);
    BOOST_TEST(good.code == 0, good.all());
    BOOST_TEST(check(good, "tls.name") == "passed for shop.example");
    BOOST_TEST(has(check(good, "tls.days"), " days left"), good.all());
    BOOST_TEST(good.at("/metrics/0/name") == "tls.days_left");
    // 30 in the second in which it was made.
    auto const days = good.at("/metrics/0/value");
    BOOST_TEST((days == "29.0" || days == "30.0"), days);
    auto const unknown = look(entry);
    BOOST_TEST(unknown.code == 1, unknown.all());
    BOOST_TEST(check(unknown, "tls.chain") == "failed the certificate is self-signed");
    auto const soon = look(entry + trusted + "  days: 45\n");
    BOOST_TEST(soon.code == 1, soon.all());
    BOOST_TEST(has(check(soon, "tls.days"), "failed the certificate of shop.example ends in "));
    BOOST_TEST(has(check(soon, "tls.days"), " days, less than 45 days"));
    // A certificate for another name does not heal.
    auto const other = support::run_tool(
        "health-check", {"tls:localhost:" + text(server.port()), "--wait", "60s"});
    BOOST_TEST(other.code == 1, other.all());
    BOOST_TEST(other.at("/data/attempts") == "1");
    BOOST_TEST(has(check(other, "tls.name"), "another name: shop.example, not localhost"));
    support::TlsServer const expired{"shop.example", 0};
    auto const late = look(
        "- tls: 127.0.0.1:" + text(expired.port()) +
        "\n  name: shop.example\n  ca_file: " + expired.certificate() + "\n");
    BOOST_TEST(late.code == 1, late.all());
    BOOST_TEST(check(late, "tls.chain") == "failed the certificate has expired");
    BOOST_TEST(check(late, "tls.days") == "failed the certificate of shop.example has expired");
}

BOOST_AUTO_TEST_CASE(who_speaks_no_tls_is_unhealthy_and_who_is_silent_unreachable) {
    support::HttpListener const plain{[](support::Peer& peer) {
        static_cast<void>(peer.answer(400, "no TLS here"));
    }};
    auto const wrong = look("- tls: 127.0.0.1:" + text(plain.port()) + "\n");
    BOOST_TEST(wrong.code == 1, wrong.all());
    BOOST_TEST(has(check(wrong, "tls"), "no TLS with 127.0.0.1:"), wrong.all());
    support::HttpListener const silent{[](support::Peer& peer) {
        peer.wait_for_end();
    }};
    auto const mute = look("- tls: 127.0.0.1:" + text(silent.port()) + "\n  timeout: 300ms\n");
    BOOST_TEST(mute.code == 3, mute.all());
    BOOST_TEST(has(check(mute, "tls"), "no answer of TLS"), mute.all());
    BOOST_TEST(look("- tls: 'shop.example:'\n").code == 2);
    BOOST_TEST(look("- tls: shop.example\n  ca_file: /nowhere.pem\n").code == 2);
}

BOOST_AUTO_TEST_CASE(the_login_of_the_application_leads_to_the_provider) {
    support::Database const database{support::migrated_sample_database()};
    SampleApp const app{
        database.conninfo(),
        {{"OAUTH_CLIENT_ID", "shop-1"}, {"PUBLIC_URL", "https://shop.example"}}};
    Environment const env{{"API_BASE", app.url()}};
    std::string const entry = "- oauth: ${API_BASE}/api/oauth/google/start\n  expect:\n";
    auto const good = look(
        entry + "    host: accounts.google.com\n    parameters:\n      client_id: shop-1\n"
                "      response_type: code\n      scope: contains email\n"
                "      redirect_uri: https://shop.example/api/oauth/google/callback\n",
        env);
    BOOST_TEST(good.code == 0, good.all());
    BOOST_TEST(check(good, "oauth") == "passed sends the user to accounts.google.com:443");
    BOOST_TEST(has(check(good, "oauth.target"), "passed"), good.all());
    auto const wrong = look(
        entry + "    host: login.microsoftonline.com\n    parameters: {client_id: shop-2}\n", env);
    BOOST_TEST(wrong.code == 1, wrong.all());
    BOOST_TEST(
        check(wrong, "oauth.target") ==
        "failed sends the user to accounts.google.com:443, not to login.microsoftonline.com");
    BOOST_TEST(has(check(wrong, "oauth.parameters"), "client_id"), wrong.all());
    BOOST_TEST(has(check(wrong, "oauth.parameters"), "shop-1"), wrong.all());
    auto const none = look("- oauth: ${API_BASE}/api/health\n", env);
    BOOST_TEST(none.code == 1, none.all());
    BOOST_TEST(check(none, "oauth") == "failed answers 200 OK, no redirect (302, 303, 307)");
}

BOOST_AUTO_TEST_CASE(a_login_that_is_open_to_attack_is_told) {
    support::HttpListener listener{[](support::Peer& peer) {
        while (!peer.read_request().empty()) {
            peer.answer(
                302,
                "",
                "location: http://login.example.com/auth?client_id=a&redirect_uri=b&"
                "state=the-same-for-all&code_challenge=x&code_challenge_method=plain\r\n");
        }
    }};
    auto const made = look("- oauth: " + listener.url("/login") + "\n");
    BOOST_TEST(made.code == 1, made.all());
    BOOST_TEST(
        check(made, "oauth.target") == "failed sends the user to login.example.com:80 without TLS");
    BOOST_TEST(
        check(made, "oauth.parameters") ==
        "failed the redirect lacks response_type; has a code_challenge that is not S256; has the "
        "same state twice");
}

BOOST_AUTO_TEST_CASE(the_providers_metadata_are_read_and_compared) {
    std::string issuer;
    std::string keys = R"({"keys": [{"kid": "1"}]})";
    support::HttpListener listener{[&](support::Peer& peer) {
        for (auto request = peer.read_request(); !request.empty(); request = peer.read_request()) {
            if (has(request, "/.well-known/")) {
                peer.answer(
                    200,
                    R"({"issuer": ")" + issuer + R"(", "authorization_endpoint": ")" + issuer +
                        R"(/auth", "token_endpoint": "http://token.example.com/", "jwks_uri": ")" +
                        issuer + R"(/keys", "response_types_supported": ["code"]})");
            } else if (has(request, "/keys")) {
                peer.answer(200, keys);
            } else {
                peer.answer(302, "", "location: " + issuer + "/authorise?state=1\r\n");
            }
        }
    }};
    issuer = listener.url("");
    auto const made = look(
        "- oauth: " + issuer + "/login\n  discovery: " + issuer +
        "/.well-known/openid-configuration\n");
    BOOST_TEST(made.code == 1, made.all());
    BOOST_TEST(check(made, "oauth.discovery") == "failed has a token_endpoint without TLS");
    BOOST_TEST(has(check(made, "oauth.target"), "not to the provider's authorization endpoint"));
    keys = R"({"keys": []})";
    issuer += "/tenant";
    auto const other = look("- oauth: " + listener.url("/.well-known/openid-configuration") + "\n");
    BOOST_TEST(has(check(other, "oauth.discovery"), "whose metadata lies elsewhere"), other.all());
    BOOST_TEST(has(check(other, "oauth.discovery"), "has no keys at its jwks_uri"), other.all());
}

BOOST_AUTO_TEST_CASE(a_disk_has_room_or_not) {
    auto const good = look("- disk: /\n  free: 1kB\n");
    BOOST_TEST(good.code == 0, good.all());
    BOOST_TEST(has(check(good, "disk"), " % free ("), good.all());
    BOOST_TEST(has(check(good, "disk.inodes"), "passed"), good.all());
    auto const full = look("- disk: /\n  free: 100%\n");
    BOOST_TEST(full.code == 1, full.all());
    BOOST_TEST(has(check(full, "disk"), ", less than 100.0 %"), full.all());
    BOOST_TEST(look("- disk: /nowhere/at/all\n").code == 1);
    BOOST_TEST(look("- disk: /\n  free: much\n").code == 2);
}

BOOST_AUTO_TEST_CASE(a_command_ends_and_says_what_it_should) {
    auto const good =
        look("- command: [sh, -c, 'echo ready; exit 3']\n  expect: {exit_code: 3, output: ready}\n"
             "- command: test -z \"$SLIPWAY_HEALTH_CHECK_FILE\"\n");
    BOOST_TEST(good.code == 0, good.all());
    BOOST_TEST(check(good, "command") == "passed ends with exit code 3: ready");
    auto const wrong = look("- command: 'echo gone >&2; exit 7'\n");
    BOOST_TEST(wrong.code == 1, wrong.all());
    BOOST_TEST(check(wrong, "command") == "failed ends with exit code 7: gone");
    auto const slow = look("- command: sleep 20\n  timeout: 200ms\n");
    BOOST_TEST(slow.code == 3, slow.all());
    BOOST_TEST(check(slow, "command") == "failed the command did not end in time");
    BOOST_TEST(look("- command: [/nowhere/at/all]\n").code == 3);
    auto const secret = look(
        "- command: echo \"$API_TOKEN\"\n",
        {{"API_TOKEN", "tok-5f3c9d1e77"}, {"GITHUB_ACTIONS", ""}});
    BOOST_TEST(!secret.says("tok-5f3c9d1e77"), secret.all());
}

BOOST_AUTO_TEST_SUITE_END()
