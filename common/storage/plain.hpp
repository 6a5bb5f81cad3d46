// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/encryption.hpp"
#include "backup/store.hpp"
#include "storage/places.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>

namespace slipway::storage {

/// What it needs to open a backup wherever it lies.
struct Opening {
    Places& places;
    backup::Identity identity;
    fs::Path workplace; // a folder, for what comes out of buckets
    std::stop_token stop;
    std::function<void(std::uint64_t)> on_progress;
};

/// A backup's archive as a file or folder of this machine, decrypted: itself, where it is that
/// already; else in a partial folder, which goes with the object, and after a kill with the next
/// sweep().
class Plain {
public:
    /// Fetches what lies in a bucket; nothing is decrypted yet.
    Plain(backup::Stored stored, Opening opening);

    /// What the transfer damaged; empty where nothing, or nothing was transferred.
    [[nodiscard]] std::string const& damage() const { return damage_; }

    /// As it was stored, but here: perhaps encrypted.
    [[nodiscard]] backup::Stored const& fetched() const { return fetched_; }

    /// Whether plain() needs an identity that was not given.
    [[nodiscard]] bool locked() const;

    /// Decrypts it, once; throws as decrypt() does, and usage where the identity is missing.
    backup::Stored const& plain();

private:
    fs::Path make_room();

    Opening opening_;
    backup::Stored fetched_;
    std::optional<backup::Stored> plain_;
    std::optional<backup::Partial> partial_;
    std::string damage_;
};

} // namespace slipway::storage
