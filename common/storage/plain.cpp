// SPDX-License-Identifier: Apache-2.0
#include "storage/plain.hpp"

#include "error/error.hpp"
#include "hash/digest.hpp"

#include <fmt/format.h>

namespace slipway::storage {

Plain::Plain(backup::Stored stored, Opening opening)
    : opening_(std::move(opening)), fetched_(std::move(stored)) {
    if (!is_bucket(fetched_.folder)) {
        return;
    }
    fs::Path const here = make_room();
    damage_ = opening_.places.download(
        fetched_, here / fetched_.manifest.archive.path, opening_.on_progress);
    fetched_.folder = here;
}

fs::Path Plain::make_room() {
    if (!partial_) {
        fs::Path const parent = is_bucket(fetched_.folder) ? opening_.workplace : fetched_.folder;
        partial_.emplace(
            parent,
            fmt::format("{}.open-{}", fetched_.manifest.id, hash::random_hex(2)),
            opening_.stop);
        // The partial folder itself is locked, and a trial restore beside the archive locks its.
        fs::make_folder(partial_->path() / "work");
    }
    return partial_->path() / "work";
}

bool Plain::locked() const {
    return fetched_.manifest.encryption && opening_.identity.empty();
}

backup::Stored const& Plain::plain() {
    if (!fetched_.manifest.encryption) {
        return fetched_;
    }
    if (!plain_) {
        if (opening_.identity.empty()) {
            throw Error{
                ErrorKind::usage,
                fmt::format("{} is encrypted", fetched_.manifest.id),
                "Give the identity that opens it: --identity FILE or --identity env:NAME."};
        }
        fs::Path const here = make_room();
        backup::Stored made{backup::plain_manifest(fetched_.manifest), here};
        backup::decrypt(
            fetched_.archive_path(),
            fetched_.manifest,
            opening_.identity,
            made.archive_path(),
            opening_.stop);
        plain_ = std::move(made);
    }
    return *plain_;
}

} // namespace slipway::storage
