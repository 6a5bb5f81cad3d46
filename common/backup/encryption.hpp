// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/manifest.hpp"
#include "fs/file.hpp"
#include "secret/secret.hpp"

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::backup {

/// With what an encrypted backup is opened: a file of age identities, or their text.
struct Identity {
    fs::Path file; // empty: the text counts
    secret::Secret text;

    [[nodiscard]] bool empty() const { return file.empty() && text.empty(); }
};

/// Throws usage, without showing it, where the text is no public key of age (`age1…`): a private
/// one, say.
void require_recipient(std::string_view text);

/// Throws unavailable, naming the package, where the stock `age` program is not there.
void require_age();

/// Encrypts the tar by the stock program into `<id>.tar.age` beside it, checks that nothing of it
/// is missing, removes the tar and describes the new archive in the manifest. No private key is
/// needed.
fs::Path encrypt(
    fs::Path const& tar,
    std::vector<std::string> const& recipients,
    Manifest& manifest,
    std::stop_token const& stop);

/// Decrypts the archive into a new file by the stock program, and compares it with the manifest;
/// throws refused where the identity is not one of its recipients' (and failed where the archive
/// is damaged). The identity goes through a pipe or by its file's name, never as an argument.
void decrypt(
    fs::Path const& archive,
    Manifest const& manifest,
    Identity const& identity,
    fs::Path const& tar,
    std::stop_token const& stop);

/// The manifest of the tar inside of the encrypted archive.
Manifest plain_manifest(Manifest const& manifest);

/// What of an encrypted archive's bytes differs from the manifest, all read again.
std::vector<std::string>
encrypted_damages(fs::Path const& archive, Manifest const& manifest, std::stop_token const& stop);

} // namespace slipway::backup
