// SPDX-License-Identifier: Apache-2.0
#include "basis.hpp"

#include "hash/digest.hpp"

#include <nlohmann/json.hpp>

namespace slipway::migrate_apply {

namespace {

// Without the times, which each session's time zone spells in its own way.
std::string digest_of(migration::History const& history) {
    hash::Digest digest{hash::Algorithm::sha256};
    auto const add = [&digest](std::string_view text) {
        digest.update(text);
        digest.update({"\0", 1});
    };
    add(history.baseline);
    for (auto const& entry : history.entries) {
        add(entry.key);
        add(entry.id);
        add(entry.checksum);
        add(entry.finished ? "finished" : "");
        add(entry.rolled_back ? "rolled back" : "");
        add(entry.log);
    }
    return digest.hex();
}

std::string digest_of(migration::Script const& script) {
    hash::Digest digest{hash::Algorithm::sha256};
    for (auto const& step : script.steps) {
        digest.update(step.statement.text);
        digest.update({"\0", 1});
        fs::each_piece(
            step.statement.copy_data, [&digest](std::string_view piece) { digest.update(piece); });
        digest.update({"\0", 1});
    }
    return digest.hex();
}

} // namespace

Basis basis_of(
    Session& session,
    std::vector<Prepared> const& prepared,
    plan::Touched const& touched) {
    Basis basis;
    basis.history_sha256 = digest_of(session.history);
    for (auto const& one : prepared) {
        basis.migrations.push_back({one.item->id, one.item->file.checksum, digest_of(one.script)});
    }
    basis.objects = plan::definitions_of(session.connection, touched);
    return basis;
}

Basis basis_of(Session& session, std::vector<Prepared> const& prepared) {
    plan::Touched touched;
    for (auto const& one : prepared) {
        for (auto const& step : one.script.steps) {
            plan::add_statement(touched, step.statement.text);
        }
    }
    return basis_of(session, prepared, touched);
}

json::Value to_json(Basis const& basis) {
    json::Value out{
        {"history_sha256", basis.history_sha256},
        {"migrations", json::Value::array()},
        {"objects", json::Value::array()}};
    for (auto const& [id, checksum, statements] : basis.migrations) {
        out["migrations"].push_back(
            {{"id", id}, {"checksum", checksum}, {"statements_sha256", statements}});
    }
    for (auto const& [object, digest] : basis.objects) {
        out["objects"].push_back({{"object", object}, {"definition_sha256", digest}});
    }
    return out;
}

Basis basis_from(json::Value const& data) {
    auto const text = [](json::Value const& value, char const* key) {
        auto out = json::text_at(value, key);
        if (out.empty()) {
            throw Error{
                ErrorKind::usage,
                "the record holds no plan",
                "Give the record that migrate-apply plan wrote."};
        }
        return out;
    };
    auto const& plan = json::at(data, "plan");
    Basis basis;
    basis.history_sha256 = text(plan, "history_sha256");
    for (auto const& one : json::at(plan, "migrations")) {
        basis.migrations.push_back(
            {text(one, "id"), text(one, "checksum"), text(one, "statements_sha256")});
    }
    for (auto const& one : json::at(plan, "objects")) {
        basis.objects[text(one, "object")] = text(one, "definition_sha256");
    }
    return basis;
}

} // namespace slipway::migrate_apply
