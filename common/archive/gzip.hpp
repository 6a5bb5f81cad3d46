// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace slipway::archive {

/// Compresses text into gzip members (RFC 1952) by deflate's fastest good level; members written
/// one after the other are one valid gzip file. Move-only, for one thread at a time.
class GzipMembers {
public:
    GzipMembers();
    GzipMembers(GzipMembers const&) = delete;
    GzipMembers& operator=(GzipMembers const&) = delete;
    GzipMembers(GzipMembers&&) noexcept;
    GzipMembers& operator=(GzipMembers&&) noexcept;
    ~GzipMembers();

    /// Adds bytes to the member that is open, beginning one where none is.
    void add(std::string_view bytes);

    /// The compressed bytes that wait to be taken; those still inside of the compressor not.
    [[nodiscard]] std::size_t ready() const;

    /// Ends the open member and takes all whole members, empty where there were no bytes; good
    /// until the next add().
    [[nodiscard]] std::string_view take();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace slipway::archive
