// SPDX-License-Identifier: Apache-2.0
#include "backup/unsent.hpp"

#include "error/error.hpp"
#include "fs/file.hpp"
#include "json/value.hpp"

#include <optional>

#include <nlohmann/json.hpp>

namespace slipway::backup {

namespace {

constexpr std::uint64_t largest_note = 1 << 20U;

// Nothing where the folder has no note, or one that is not whole.
std::optional<Unsent> read_note(Partial partial, fs::Path const& store) {
    std::error_code code;
    fs::Path const file = partial.path() / unsent_note;
    if (!std::filesystem::exists(file, code)) {
        return std::nullopt;
    }
    try {
        auto const note = json::parse(fs::read_file(file, largest_note), file.string());
        std::string const id = json::text_at(note, "id");
        fs::Path const work = partial.path() / "work";
        bool const inside = std::filesystem::exists(work / (id + ".manifest.json"), code);
        Stored stored{{}, inside ? work : store};
        stored.manifest.id = id;
        stored.manifest = read_manifest(stored.manifest_path());
        if (!std::filesystem::exists(stored.archive_path(), code)) {
            return std::nullopt;
        }
        return Unsent{std::move(partial), std::move(stored), note.at("places")};
    } catch (Error const&) {
        return std::nullopt;
    } catch (nlohmann::json::exception const&) {
        return std::nullopt;
    }
}

} // namespace

void note_unsent(
    Partial const& partial,
    Manifest const& manifest,
    std::vector<std::string> const& places,
    bool with_manifest) {
    if (with_manifest) {
        write_manifest(manifest, partial.path() / "work");
    }
    json::Value const note{{"id", manifest.id}, {"places", places}};
    fs::write_atomic(partial.path() / unsent_note, json::write(note, true));
}

std::vector<Unsent> take_unsent(fs::Path const& store, std::stop_token const& stop) {
    std::vector<Unsent> out;
    for (auto& partial : take_over(store, stop)) {
        if (auto found = read_note(std::move(partial), store)) {
            out.push_back(std::move(*found));
        }
    }
    return out;
}

} // namespace slipway::backup
